"""What an operator is: a torch-free description with typed arguments, a shape rule and a constructor.

An operator is a frozen class whose fields are its arguments (names, order, defaults). `shape` is arithmetic only: it runs
in `check` and on elastic numbers, and imports nothing. `build` may import torch. Operators with a body take a second
argument, the function that continues into the body. Found through the entry-point group `symspace.operators`.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Sequence
from functools import cached_property
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
    many: bool = False
    """Whether it takes all positional arguments that are left, and none by name."""


@attrs.frozen
class Signature:
    """What the language knows of an operator without importing torch."""

    name: str
    parameters: tuple[Parameter, ...] = ()
    body: bool = False
    doc: str = attrs.field(default="", eq=False)
    value: bool = False
    """Whether it describes a value (an optimizer) instead of a module: it has no shape rule, and `build` ignores its shape."""
    bare: bool = False
    """Whether the body may be left out where an argument is given."""

    @cached_property
    def named(self) -> dict[str, Parameter]:
        """The arguments that can be given by name."""
        return {p.name: p for p in self.parameters if not p.many}

    @cached_property
    def needed(self) -> tuple[str, ...]:
        """The arguments that must be given."""
        return tuple(name for name, p in self.named.items() if p.required)

    def __str__(self) -> str:
        body = "" if not self.body else " or { body }" if self.bare else " { body }"
        return f"{self.name}({', '.join(map(_shown, self.parameters))})" + body


def _shown(p: Parameter) -> str:
    if p.many:
        return f"{p.name}: {p.type}, ..."
    return f"{p.name}: {p.type}" + ("" if p.required else f" = {_written(p.default)}")


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


class Output(Protocol):
    """What an argument of type `output` is given: what an earlier item gave, to be read where the operator runs."""

    @property
    def shape(self) -> Shape: ...
    def read(self) -> Any: ...  # a module that gives the output, whatever it is called with


class Weights(Protocol):
    """What an argument of type `weights` is given: the weight of an earlier layer, `parameter` once that is built."""

    @property
    def shape(self) -> tuple[int, ...]: ...
    def parameter(self) -> Any: ...


class Edges(Protocol):
    """What an operator gets as its body that is a graph: `nodes` nodes, each with edges from the inputs and nodes before it.

    `earlier`: the inputs beside the one that reaches the operator, the oldest first; that one comes after them.
    """

    @property
    def nodes(self) -> int: ...
    @property
    def earlier(self) -> tuple[Output, ...]: ...
    def into(self, node: int, sources: Sequence[Shape], strides: Sequence[int | None]) -> list[tuple[int, Any, Shape]]:
        """Build the edges into a node; return for each the place of its source, the layer, and the shape it gives.

        `strides`: that of the edges from each source, for their first operator that takes one; None: its own.
        """


class BodyOperator(Protocol):
    """An operator with a body: `body` continues into it for a given input shape."""

    def shape(self, s: Shape, body: Callable[[Shape], Shape]) -> Shape: ...
    def build(self, s: Shape, body: Callable[[Shape], tuple[Any, Shape]]) -> tuple[Any, Shape]: ...


C = TypeVar("C", bound=type)


@typing.dataclass_transform(frozen_default=True, field_specifiers=(attrs.field,))
def operator(name: str) -> Callable[[C], C]:
    """Make a class an operator called `name`: a frozen attrs class with a `signature`.

    The class has typed fields (`width: int; kernel: int = 3`), `shape` and `build`; it has a body when `build` takes two
    arguments beside self (one that may be left out when the second has a default), and describes a value (no `shape`) when
    the class says `value = True`. A last field of type `tuple[Part, ...]` takes any number of operators. Two more attributes,
    both tuples of argument names: `spatial`, those that change the number of places (a supernet gets one layer per value, not
    an elastic number), and `from_task`, those that a fact of the task fills when they are not given. A method
    `weight_shape(s)` says that later layers may share the weight. The entry point in `symspace.operators` has the same name.
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
        many = typing.get_origin(hint) is tuple
        hint = typing.get_args(hint)[0] if many else hint
        kind = getattr(hint, "__name__", str(hint))
        kind = {"object": "any", "Any": "any", "Part": "module", "Output": "output", "Weights": "weights"}.get(kind, kind)
        if kind not in TYPES:
            raise TypeError(f"operator {name!r}: argument {field.name!r} has the type {kind!r}; allowed: {', '.join(TYPES)}")
        required = field.default is attrs.NOTHING
        parameters.append(Parameter(field.name, kind, required, None if required else field.default, many))
    takes = list(inspect.signature(cls.build).parameters.values())  # type: ignore[attr-defined]
    body = len(takes) == 3 and not any(p.many for p in parameters)
    bare = body and takes[2].default is not inspect.Parameter.empty
    return Signature(name, tuple(parameters), body, inspect.getdoc(cls) or "", bool(getattr(cls, "value", False)), bare)


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
