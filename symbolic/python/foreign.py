"""`call`, `rebind`, `edit`: classes and functions from elsewhere become spaces without being changed.

`call` names a constructor and its arguments, among which descriptions may stand at any depth; `rebind` replaces arguments;
`edit` replaces submodules of what the call makes. Each returns a new object. E203: an argument that the constructor does not
take. E711: what cannot be called or replaced.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any

import attrs

from symbolic.errors import SpaceError, Span, nearest
from symbolic.python import frames
from symbolic.python.addresses import placed, steps_of
from symbolic.python.containers import holds, replaced
from symbolic.python.edited import edited
from symbolic.python.session import current, outside


@attrs.frozen(eq=False)
class Foreign:
    """A call of a constructor that is not written for searching. `parts`: dotted path of a submodule -> what replaces it."""

    target: Callable[..., Any]
    positional: tuple[Any, ...] = ()
    named: Mapping[str, Any] = attrs.field(factory=dict)
    parts: Mapping[str, Any] = attrs.field(factory=dict)
    span: Span | None = attrs.field(default=None, repr=False)

    def rebind(self, values: Mapping[str, Any] | None = None, /, **arguments: Any) -> Foreign:
        """Return the call with some arguments replaced or added; `values`: by their address, at any depth of the arguments.

        `{"setting[1][0]": 6}`, `{"setting/1/0": 6}` and `{"cfg.width": sym.Range(8, 64)}` are addresses: a value, or a choice
        that stood there, is replaced. Raises E203 for an argument that the constructor does not take, E711 for an address
        that leads nowhere.
        """
        if not isinstance(values, Mapping | None):
            raise SpaceError("E711", f"{values!r} is no dict of addresses", self.span, 'write rebind({"setting[1][0]": 6})')
        made = _bound(self.target, self.positional, {**self.named, **arguments}, self.span)
        made = attrs.evolve(made, parts=self.parts)
        for address, value in (values or {}).items():
            made = placed(made, steps_of(address, self.span), value, address, self.span)
        return made

    def edit(self, parts: Mapping[str, Any]) -> Foreign:
        """Return the call with submodules of its result replaced: dotted path -> class, function or `call`, or one of them.

        A function may take the old module (`lambda old: old` has no name, so define it in a module). Raises E711.
        """
        _check_parts(parts, self.span)
        return attrs.evolve(self, parts={**self.parts, **parts})

    def __call__(self) -> Any:
        """Build with the default of every choice. Raises E711 in a constructor that is searched, which would not see them."""
        if current() is not None and self.chooses:
            hint = "make it an entry of the space, an argument of another sym.call, or a class of your own that asks"
            raise SpaceError("E711", f"the choices of {self} cannot be asked inside a constructor", self.span, hint)
        return self.default()

    def default(self) -> Any:
        """Build with the default of every choice; questions of the arguments are no questions of the session around."""
        with outside():
            args = [replaced(value) for value in self.positional]
            kwargs = {name: replaced(value) for name, value in self.named.items()}
            parts = {path: replaced(value) for path, value in self.parts.items()}
        made = self.target(*args, **kwargs)
        return edited(made, parts) if parts else made

    @property
    def chooses(self) -> bool:
        """Whether a description stands among the arguments or replacements, at any depth."""
        return any(map(holds, (*self.positional, *self.named.values(), *self.parts.values())))

    def __str__(self) -> str:
        return f"sym.call({getattr(self.target, '__qualname__', self.target)}, ...)"


def call(target: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Foreign:
    """Describe a call of a class or function from elsewhere; descriptions stand in for values at any depth of its arguments.

    They may stand in lists, tuples, dicts, named tuples, dataclasses, attrs objects and other `call`s, which are built inside
    out. The path of a decision is the address of its value: `model/setting/1/0`, `model/cfg/width`. Calling the result builds
    with defaults. Raises E203 for an argument that the target does not take, E711 for a target that cannot be called.

    >>> from symbolic.python.descriptions import OneOf
    >>> call(dict, rates=[0.1, OneOf(0.5, 0.9)])()
    {'rates': [0.1, 0.5]}
    """
    span = frames.span_of(sys._getframe(1))
    if not callable(target) or isinstance(target, Foreign) or hasattr(type(target), "forward"):
        raise SpaceError("E711", f"{target!r} cannot be called to make something", span, "give a class or function")
    return _bound(target, args, kwargs, span)


def rebind(made: Foreign, values: Mapping[str, Any] | None = None, /, **arguments: Any) -> Foreign:
    """Return a `call` with some arguments replaced or added, by name or by their address; see `Foreign.rebind`.

    >>> rebind(call(dict, width=3), width=5, depth=1)()
    {'width': 5, 'depth': 1}
    >>> rebind(call(dict, setting=[[1, 16], [6, 24]]), {"setting[1][0]": 3})()
    {'setting': [[1, 16], [3, 24]]}
    """
    return _foreign(made, "rebind", sys._getframe(1)).rebind(values, **arguments)


def edit(made: Foreign, parts: Mapping[str, Any], /) -> Foreign:
    """Return a `call` with submodules of its result replaced by dotted path; see `Foreign.edit`."""
    return _foreign(made, "edit", sys._getframe(1)).edit(parts)


def _foreign(made: object, word: str, frame: FrameType) -> Foreign:
    if not isinstance(made, Foreign):
        hint = f"write sym.{word}(sym.call(f, ...), ...)"
        raise SpaceError("E711", f"sym.{word} changes a sym.call(...), not {made!r}", frames.span_of(frame), hint)
    return made


def _bound(target: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any], span: Span | None) -> Foreign:
    """Return a call with every argument by name that can be. Raises E203 where they do not fit."""
    try:
        any(map(holds, (*args, *kwargs.values())))
    except RecursionError:
        raise SpaceError("E105", f"an argument of {getattr(target, '__qualname__', target)} contains itself", span) from None
    try:
        signature = inspect.signature(target)
    except (TypeError, ValueError):
        return Foreign(target, args, dict(kwargs), span=span)
    taken = [p for p in signature.parameters.values() if p.kind is not p.VAR_POSITIONAL]
    open_ended = any(p.kind is p.VAR_KEYWORD for p in taken)
    name = getattr(target, "__qualname__", repr(target))
    for word in kwargs:
        if word not in signature.parameters and not open_ended:
            known = [p.name for p in taken]
            hint = nearest(word, known) or (f"it takes {', '.join(known[:12])}" if known else "it takes no arguments")
            raise SpaceError("E203", f"{name} has no argument {word!r}", span, hint)
    try:
        bound = signature.bind_partial(*args, **kwargs)
    except TypeError as error:
        raise SpaceError("E203", f"{name} does not take these arguments: {error}", span) from error
    if any(
        p.kind in (p.POSITIONAL_ONLY, p.VAR_POSITIONAL) and p.name in bound.arguments for p in signature.parameters.values()
    ):
        return Foreign(target, bound.args, bound.kwargs, span=span)
    named: dict[str, Any] = {}
    for word, value in bound.arguments.items():
        named.update(value if signature.parameters[word].kind is inspect.Parameter.VAR_KEYWORD else {word: value})
    return Foreign(target, (), named, span=span)


def _check_parts(parts: object, span: Span | None) -> None:
    if not isinstance(parts, Mapping):
        raise SpaceError("E711", f"{parts!r} is no dict of submodules", span, 'write edit({"layer1.0.relu": nn.GELU})')
    for path in parts:
        if not isinstance(path, str) or not path or "/" in path:
            hint = "a dotted path such as 'layer1.0.conv2'"
            raise SpaceError("E711", f"{path!r} is no path of a submodule", span, hint)
