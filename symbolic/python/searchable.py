"""`@searchable`: a class or function whose signature holds choices. It is changed in place and stays what it is.

Outside a search its defaults are plain values. Inside, a parameter that is not given is asked; one that is given is no
decision. E711: two choice points on one parameter, or one on a parameter that cannot be passed by name.
"""

from __future__ import annotations

import functools
import inspect
import sys
import typing
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, TypeVar, cast

import attrs

from symbolic.errors import SpaceError
from symbolic.python import frames
from symbolic.python.asked import Asked, Interval, Options, interval_of, options_of, picked_of, undecorated
from symbolic.python.session import Session, current

F = TypeVar("F", bound=Callable[..., Any])
_CHOICES = "__symbolic_choices__"  # attribute of the decorated function; a class itself gets none


def searchable(target: F) -> F:
    """Make the choices in the signature of a class or function searchable.

    A choice is a description (`sym.Range`, `sym.OneOf`, ...) in the `Annotated` metadata of a parameter, whose plain
    default becomes the default of the decision, or the default of a parameter itself. Raises `SpaceError` E711, E307.

    >>> from symbolic.python.descriptions import Range
    >>> @searchable
    ... def model(depth: int = Range(1, 3)) -> int:
    ...     return depth
    >>> model()
    1
    """
    function = cast(Any, target).__init__ if isinstance(target, type) else target
    if not inspect.isfunction(function) and not isinstance(target, type):
        raise SpaceError("E711", f"@searchable decorates a class or function, not {target!r}")
    choices = signature_choices(target)
    if not choices and isinstance(target, type):
        return target
    missing = {name: default_of(choice) for name, choice in choices.items() if _required(function, name)}
    _plain_defaults(function)
    wrapper = _constructor(function, choices, missing) if isinstance(target, type) else _function(function, choices, missing)
    setattr(wrapper, _CHOICES, choices)
    if missing:
        cast(Any, wrapper).__signature__ = _with_defaults(inspect.signature(function), missing)
    if isinstance(target, type):
        target.__init__ = wrapper  # type: ignore[misc]
        return target
    return cast(F, wrapper)


def signature_choices(target: Callable[..., Any]) -> dict[str, Asked]:
    """Return the choices in the signature of a class or function by parameter, decorated or not."""
    function = cast(Any, target).__init__ if isinstance(target, type) else target
    known: dict[str, Asked] | None = getattr(function, _CHOICES, None)
    if known is not None:
        return known
    if not hasattr(function, "__code__"):
        return {}
    hints = _hints(function)
    found = {}
    for parameter in inspect.signature(function).parameters.values():
        choice = _choice(function, parameter, hints.get(parameter.name))
        if choice is not None:
            found[parameter.name] = choice
    return found


def check_decorated(targets: Iterable[Callable[..., Any]]) -> None:
    """Raise E703 for a class or function whose signature describes choices and that is not `@searchable`."""
    for target in targets:
        function = cast(Any, target).__init__ if isinstance(target, type) else target
        if not hasattr(function, _CHOICES):
            for choice in signature_choices(target).values():
                raise undecorated(choice.span)


def _hints(function: Callable[..., Any]) -> Mapping[str, Any]:
    """Return the annotations of a function, evaluated where they can be."""
    try:
        return typing.get_type_hints(function, include_extras=True)
    except (NameError, AttributeError, TypeError):
        # An annotation under TYPE_CHECKING: the others must not be lost with it.
        return {name: _evaluated(function, hint) for name, hint in getattr(function, "__annotations__", {}).items()}


def _evaluated(function: Callable[..., Any], hint: object) -> object:
    if not isinstance(hint, str):
        return hint
    try:
        return eval(hint, getattr(function, "__globals__", {}))  # the user's own annotation, as typing evaluates it
    except (NameError, AttributeError, TypeError) as error:
        if "Annotated" in hint:
            span = frames.header_span(cast(Any, function).__code__)
            raise SpaceError("E711", f"the annotation {hint!r} cannot be evaluated: {error}", span) from error
        return hint


def _choice(function: Callable[..., Any], parameter: inspect.Parameter, hint: Any) -> Asked | None:
    if isinstance(hint, Options | Interval):
        where = hint.span or frames.header_span(cast(Any, function).__code__)
        advice = f"write {parameter.name}: Annotated[int, sym.Range(...)], with the type of its values"
        raise SpaceError("E711", f"the annotation of {parameter.name!r} is a choice point, not a type", where, advice)
    found = [parameter.default] if isinstance(parameter.default, Options | Interval) else []
    found += [item for item in getattr(hint, "__metadata__", ()) if isinstance(item, Options | Interval)]
    if not found:
        return None
    span = found[0].span or frames.header_span(cast(Any, function).__code__)
    if len(found) > 1:
        raise SpaceError("E711", f"parameter {parameter.name!r} has two choice points", span, "keep one of them")
    if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
        raise SpaceError("E711", f"parameter {parameter.name!r} cannot be passed by name", span)
    if found[0].name not in (None, parameter.name):
        raise SpaceError("E711", f"parameter {parameter.name!r} names its choice {found[0].name!r}", span, "leave name= out")
    choice: Asked = attrs.evolve(found[0], name=parameter.name, span=span)
    if parameter.default is parameter.empty or parameter.default is found[0]:
        return choice
    return _with_default(choice, parameter.default)


def _with_default(choice: Asked, default: Any) -> Asked:
    """Return a choice with the plain default of its parameter. Raises E307 when that is not offered."""
    match choice:
        case Interval(kind, low, high, step, log, _, prior, name, doc, span):
            made = interval_of(kind, low, high, step=step, log=log, default=default, prior=prior, name=name, doc=doc, span=span)
            return made
        case Options(form="one", labels=labels, options=options, weights=weights, name=name, doc=doc, span=span):
            given = dict(zip(labels, options, strict=True))
            return options_of([given], default=default, weights=weights, name=name, doc=doc, span=span)
        case Options(labels=labels, options=options, low=low, high=high, name=name, doc=doc, span=span):
            given = dict(zip(labels, options, strict=True))
            form: Literal["subset", "permutation"] = "subset" if choice.form == "subset" else "permutation"
            return picked_of(form, [given], low, high, default=default, name=name, doc=doc, span=span)


def default_of(choice: Asked) -> Any:
    """Return the plain value that a choice has outside a search."""
    match choice:
        case Interval():
            return choice.start
        case Options(form="one", options=options, default=default):
            return options[default[0]]
        case Options(options=options, default=default):
            return tuple(options[index] for index in default)


def _required(function: Callable[..., Any], name: str) -> bool:
    return inspect.signature(function).parameters[name].default is inspect.Parameter.empty


def _with_defaults(signature: inspect.Signature, missing: Mapping[str, Any]) -> inspect.Signature:
    """Return a signature with defaults for described parameters that have none; those behind them become keyword-only."""
    parameters: list[inspect.Parameter] = []
    keyword = False
    for parameter in signature.parameters.values():
        shown = parameter.replace(default=missing[parameter.name]) if parameter.name in missing else parameter
        positional = shown.kind is shown.POSITIONAL_OR_KEYWORD
        keyword = keyword or (positional and shown.default is shown.empty and any(p.default is not p.empty for p in parameters))
        parameters.append(shown.replace(kind=shown.KEYWORD_ONLY) if keyword and positional else shown)
    return signature.replace(parameters=parameters)


def _plain_defaults(function: Any) -> None:
    """Replace descriptions among the defaults of a function by plain values."""

    def plain(value: object) -> object:
        return default_of(value) if isinstance(value, Options | Interval) else value

    if function.__defaults__:
        function.__defaults__ = tuple(plain(value) for value in function.__defaults__)
    if function.__kwdefaults__:
        function.__kwdefaults__ = {name: plain(value) for name, value in function.__kwdefaults__.items()}


def _constructor(function: Callable[..., None], choices: Mapping[str, Asked], missing: Mapping[str, Any]) -> Callable[..., Any]:
    names = tuple(inspect.signature(function).parameters)[1:]

    # Its name tells sessions that it constructs its first argument.
    @functools.wraps(function)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        session = current()
        if session is not None:
            kwargs = _answered(session, names[: len(args)], kwargs, choices)
        elif missing:
            kwargs = _filled(names[: len(args)], kwargs, missing)
        function(self, *args, **kwargs)

    return __init__


def _function(function: Callable[..., Any], choices: Mapping[str, Asked], missing: Mapping[str, Any]) -> Callable[..., Any]:
    names = tuple(inspect.signature(function).parameters)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        session = current()
        if session is None:
            return function(*args, **_filled(names[: len(args)], kwargs, missing))
        made = functools.partial(_ask_and_call, session, function, names, choices)
        return session.enter(sys._getframe(1), function, made, args, kwargs)

    return call


def _ask_and_call(
    session: Session,
    function: Callable[..., Any],
    names: tuple[str, ...],
    choices: Mapping[str, Asked],
    *args: Any,
    **kwargs: Any,
) -> Any:
    return function(*args, **_answered(session, names[: len(args)], kwargs, choices))


def _filled(given: tuple[str, ...], kwargs: Mapping[str, Any], missing: Mapping[str, Any]) -> dict[str, Any]:
    return {**{name: value for name, value in missing.items() if name not in given}, **kwargs}


def _answered(
    session: Session, given: tuple[str, ...], kwargs: Mapping[str, Any], choices: Mapping[str, Asked]
) -> dict[str, Any]:
    """Return the keyword arguments with an answer for each choice that was not given. The caller's frame is the scope."""
    frame = sys._getframe(1)
    answered = dict(kwargs)
    for name, choice in choices.items():
        if name in answered or name in given:
            continue
        if isinstance(choice, Options) and choice.form == "one" and len(choice.options) == 1:
            answered[name] = choice.options[0]
            continue
        place, decision = session.ask(choice, frame, ("signature", name))
        if isinstance(choice, Options):
            answered[name] = session.answer(choice, place, decision)
        else:
            answered[name] = session.resolver.answer(decision, ())
    return answered
