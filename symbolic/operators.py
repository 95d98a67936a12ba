"""What an operator is: a torch-free description with typed arguments, a shape rule and a constructor.

An operator is a frozen class whose fields are its arguments (names, order, defaults). `shape` is arithmetic only: it runs
in `check` and on elastic numbers, and imports nothing. `build` may import torch. Operators with a body take a second
argument, the function that continues into the body. Found through the entry-point group `symspace.operators`.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import attrs

from symbolic.errors import SpaceError
from symbolic.shapes import Kind, Shape

TYPES = ("int", "float", "bool", "str", "module", "output", "weights", "any")
_MISSING = object()


@attrs.frozen
class Parameter:
    """One argument of an operator: its name, one of `TYPES`, and a default unless `required`."""

    name: str
    type: str
    required: bool
    default: object = None


@attrs.frozen
class Signature:
    """What the language knows of an operator without importing torch."""

    name: str
    parameters: tuple[Parameter, ...] = ()
    body: bool = False
    doc: str = attrs.field(default="", eq=False)
    value: bool = False
    """Whether it describes a value (an optimizer) instead of a module: it has no shape rule, and `build` ignores its shape."""

    def __str__(self) -> str:
        shown = [f"{p.name}: {p.type}" + ("" if p.required else f" = {_written(p.default)}") for p in self.parameters]
        return f"{self.name}({', '.join(shown)})" + (" { body }" if self.body else "")


def _written(default: object) -> str:
    """A default as the language writes it."""
    match default:
        case None:
            return "none"
        case bool():
            return str(default).lower()
        case _:
            return str(default)


class Operator(Protocol):
    """An operator with its arguments filled in."""

    def shape(self, s: Shape) -> Shape: ...
    def build(self, s: Shape) -> Any: ...  # a torch module; `symbolic` does not import torch


class ValueOperator(Protocol):
    """An operator that stands for a value (an optimizer in a record): its class says `value = True`."""

    def build(self, s: Shape | None = None) -> Any: ...


class Part(Protocol):
    """What an argument of type `module` is given: something that builds itself for an input shape, afresh each time."""

    def shape(self, s: Shape) -> Shape: ...
    def build(self, s: Shape) -> tuple[Any, Shape]: ...


class BodyOperator(Protocol):
    """An operator with a body: `body` continues into it for a given input shape."""

    def shape(self, s: Shape, body: Callable[[Shape], Shape]) -> Shape: ...
    def build(self, s: Shape, body: Callable[[Shape], tuple[Any, Shape]]) -> tuple[Any, Shape]: ...


C = TypeVar("C", bound=type)


@typing.dataclass_transform(frozen_default=True, field_specifiers=(attrs.field,))
def operator(name: str) -> Callable[[C], C]:
    """Make a class an operator called `name`: a frozen attrs class with a `signature`.

    The class has typed fields (`width: int; kernel: int = 3`), `shape` and `build`; it has a body when `build` takes two
    arguments beside self, and describes a value (no `shape`) when the class says `value = True`. Two more attributes, both
    tuples of argument names: `spatial`, those that change the number of places (a supernet gets one layer per value, not an
    elastic number), and `from_task`, those that a fact of the task fills when they are not given. The entry point in
    `symspace.operators` has the same name.
    """

    def wrap(cls: C) -> C:
        made = attrs.frozen(cls)
        made.signature = signature_of(name, made)  # type: ignore[attr-defined]
        return made

    return wrap


def signature_of(name: str, cls: type) -> Signature:
    """Read the signature off an attrs class. Raises `TypeError` for a field type outside `TYPES`."""
    hints = typing.get_type_hints(cls)
    parameters = []
    for field in attrs.fields(cls):
        hint = _without_none(hints[field.name])
        kind = getattr(hint, "__name__", str(hint))
        kind = {"object": "any", "Any": "any", "Part": "module"}.get(kind, kind)
        if kind not in TYPES:
            raise TypeError(f"operator {name!r}: argument {field.name!r} has the type {kind!r}; allowed: {', '.join(TYPES)}")
        required = field.default is attrs.NOTHING
        parameters.append(Parameter(field.name, kind, required, None if required else field.default))
    body = len(inspect.signature(cls.build).parameters) == 3  # type: ignore[attr-defined]
    return Signature(name, tuple(parameters), body, inspect.getdoc(cls) or "", bool(getattr(cls, "value", False)))


def _without_none(hint: Any) -> Any:
    """Return T for `T | None`: an argument that may be left out."""
    if not isinstance(hint, types.UnionType) and typing.get_origin(hint) is not typing.Union:
        return hint
    rest = [a for a in typing.get_args(hint) if a is not type(None)]
    return rest[0] if len(rest) == 1 else hint


def expect(operator_name: str, s: Shape, *kinds: Kind) -> None:
    """Raise E602 unless the input shape is of one of the kinds."""
    if s.kind not in kinds:
        wanted = " or ".join({"image": "an image", "sequence": "a sequence"}.get(k, k) for k in kinds)
        raise SpaceError("E602", f"{operator_name} needs {wanted}, got {s}")
