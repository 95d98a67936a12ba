"""What an operator is: a torch-free description with typed arguments, a shape rule and a constructor.

An operator is a frozen class whose fields are its arguments (names, order, defaults). `shape` is arithmetic only: it runs
in `check` and on elastic numbers, and imports nothing. `build` may import torch. Operators with a body take a second
argument, the function that continues into the body. Found through the entry-point group `symspace.operators`.
"""

from __future__ import annotations

import inspect
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

    def __str__(self) -> str:
        shown = [f"{p.name}: {p.type}" + ("" if p.required else f" = {p.default}") for p in self.parameters]
        return f"{self.name}({', '.join(shown)})" + (" { body }" if self.body else "")


class Operator(Protocol):
    """An operator with its arguments filled in."""

    def shape(self, s: Shape) -> Shape: ...
    def build(self, s: Shape) -> Any: ...  # a torch module; `symbolic` does not import torch


class BodyOperator(Protocol):
    """An operator with a body: `body` continues into it for a given input shape."""

    def shape(self, s: Shape, body: Callable[[Shape], Shape]) -> Shape: ...
    def build(self, s: Shape, body: Callable[[Shape], tuple[Any, Shape]]) -> tuple[Any, Shape]: ...


C = TypeVar("C", bound=type)


def operator(name: str) -> Callable[[C], C]:
    """Make a class an operator called `name`: a frozen attrs class with a `signature`.

    The class has typed fields (`width: int; kernel: int = 3`), `shape` and `build`; it has a body when `build` takes two
    arguments beside self. The entry point in `symspace.operators` has the same name.
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
        kind = getattr(hints[field.name], "__name__", str(hints[field.name]))
        kind = {"object": "any", "Any": "any"}.get(kind, kind)
        if kind not in TYPES:
            raise TypeError(f"operator {name!r}: argument {field.name!r} has the type {kind!r}; allowed: {', '.join(TYPES)}")
        required = field.default is attrs.NOTHING
        parameters.append(Parameter(field.name, kind, required, None if required else field.default))
    body = len(inspect.signature(cls.build).parameters) == 3  # type: ignore[attr-defined]
    return Signature(name, tuple(parameters), body, inspect.getdoc(cls) or "")


def expect(operator_name: str, s: Shape, *kinds: Kind) -> None:
    """Raise E602 unless the input shape is of one of the kinds."""
    if s.kind not in kinds:
        wanted = " or ".join(f"{'an' if k[0] in 'aeiou' else 'a'} {k}" for k in kinds)
        raise SpaceError("E602", f"{operator_name} needs {wanted}, got {s}")
