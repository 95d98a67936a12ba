"""A program: a class or function of the user's, traced once, that runs under any resolver."""

from __future__ import annotations

import functools
import inspect
import weakref
from collections.abc import Callable, Collection, Mapping
from typing import Any

import attrs

from symbolic.errors import SpaceError
from symbolic.python import frames
from symbolic.python.forward import check_forward
from symbolic.python.objective import refuse_objective, refuse_result
from symbolic.python.places import name_places
from symbolic.python.searchable import check_decorated, signature_choices
from symbolic.python.session import Session
from symbolic.python.trace import Trace, trace
from symbolic.resolver import Resolver


@attrs.frozen(eq=False)
class Program:
    """A traced constructor; its places have their final names. `name` is its `module::Qual`."""

    target: Callable[..., Any]
    name: str
    trace: Trace

    def run(self, kwargs: Mapping[str, object], resolver: Resolver, prefix: str) -> object:
        """Call the program with some arguments given; everything else it asks is answered by the resolver.

        Paths of decisions are `prefix/path`. What the resolver answers is passed on untouched. An option that asks
        questions of its own opens its scope whenever it is called, wherever that is. Raises `SpaceError` E707 for a
        decision that tracing did not see, and whatever the constructor raises.
        """
        return Session(resolver, self.trace.root, prefix).run(self.target, (), kwargs)


_programs: weakref.WeakKeyDictionary[Callable[..., Any], dict[str, Program]] = weakref.WeakKeyDictionary()


def program(target: Callable[..., Any], name: str, given: Mapping[str, object] | None = None) -> Program:
    """Return the program of a class or function, traced at the first call. `given`: arguments that are constants.

    Raises `SpaceError` for questions that cannot stand where they stand (E701-E711) and constructors that fail (E708).
    """
    constants = dict(given or {})
    known, key = _programs.setdefault(target, {}), repr(sorted(constants.items()))
    if key not in known:
        check_decorated([target])
        refuse_objective(target, name)
        _check_arguments(target, name, constants)
        function = functools.partial(target, **constants) if constants else target
        found = trace(function, name.rpartition("::")[2], functools.partial(refuse_result, target=target, name=name))
        name_places(found.root)
        check_decorated(found.classes)
        check_forward(found.classes)
        known[key] = Program(target, name, found)
    return known[key] if known[key].name == name else attrs.evolve(known[key], name=name)


def _check_arguments(target: Callable[..., Any], name: str, given: Collection[str]) -> None:
    """Raise E711 for a parameter that neither has a default nor is a choice: tracing has nothing to pass."""
    try:
        parameters = inspect.signature(target).parameters.values()
    except (TypeError, ValueError):
        return
    choices = signature_choices(target)
    for parameter in parameters:
        empty = parameter.default is parameter.empty and parameter.name not in choices and parameter.name not in given
        if empty and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            code = getattr(getattr(target, "__init__", None) if isinstance(target, type) else target, "__code__", None)
            span = frames.header_span(code) if code is not None else None
            hint = f"give it a default, describe it (Annotated[int, sym.Range(16, 64)]), or sym.call(f, {parameter.name}=...)"
            if parameter.name == "trial":
                hint = "a target is what to build; give a function that measures as evaluate=: sym.search(Net, evaluate=f)"
            raise SpaceError("E711", f"{name} needs a value for its parameter {parameter.name!r}", span, hint)
