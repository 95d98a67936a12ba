"""Arithmetic over decisions: the expressions that elastic numbers and the axes of shared tensors are made of."""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, TypeAlias, assert_never

import attrs

from backends.supernet.refusal import Refusal

Real: TypeAlias = int | float
Operation = Literal["add", "sub", "mul", "floordiv", "mod", "truediv", "pow"]
MOST_VALUES = 20_000
_SIGNS: Mapping[Operation, str] = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "floordiv": "//",
    "mod": "%",
    "truediv": "/",
    "pow": "**",
}
_FUNCTIONS: Mapping[Operation, Callable[[Real, Real], Real]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "floordiv": operator.floordiv,
    "mod": operator.mod,
    "truediv": operator.truediv,
    "pow": operator.pow,
}


@attrs.frozen
class Number:
    """A plain number; `1` and `1.0` differ."""

    value: Real = attrs.field(eq=lambda v: (type(v), v))


@attrs.frozen
class Leaf:
    """The value of the decision at a path."""

    path: str


@attrs.frozen(cache_hash=True)
class Op:
    """An operation on two expressions."""

    name: Operation
    left: Expression
    right: Expression


@attrs.frozen(cache_hash=True)
class Apply:
    """A plain function of expressions."""

    function: Callable[..., Real]
    args: tuple[Expression, ...]


Expression: TypeAlias = Number | Leaf | Op | Apply


def leaves(e: Expression) -> tuple[str, ...]:
    """Return the paths of the decisions an expression reads, each once, in written order."""
    match e:
        case Number():
            return ()
        case Leaf(path):
            return (path,)
        case Op(_, left, right):
            return tuple(dict.fromkeys(leaves(left) + leaves(right)))
        case Apply(_, args):
            return tuple(dict.fromkeys(path for a in args for path in leaves(a)))
    assert_never(e)


def evaluate(e: Expression, values: Mapping[str, Real]) -> Real:
    """Return the number an expression stands for, given the value of each decision it reads.

    >>> evaluate(Op("mul", Leaf("width"), Number(2)), {"width": 8})
    16
    """
    match e:
        case Number(value):
            return value
        case Leaf(path):
            return values[path]
        case Op(name, left, right):
            return _FUNCTIONS[name](evaluate(left, values), evaluate(right, values))
        case Apply(function, args):
            return function(*(evaluate(a, values) for a in args))
    assert_never(e)


def countable(paths: Sequence[str], options: Mapping[str, Sequence[Real]]) -> bool:
    """Return whether all combinations of the values of some decisions may be looked at."""
    return math.prod(len(options[path]) for path in paths) <= MOST_VALUES


def assignments(paths: Sequence[str], options: Mapping[str, Sequence[Real]]) -> Iterator[dict[str, Real]]:
    """Yield every combination of the values of some decisions. Raises `Refusal` above 20,000 of them."""
    if not countable(paths, options):
        count = math.prod(len(options[path]) for path in paths)
        names = ", ".join(f"`{path}`" for path in paths)
        raise Refusal(
            f"an expression over {names} takes {count} values, more than {MOST_VALUES}",
            remedy="use fewer decisions in one size, or fewer values",
            paths=paths,
        )
    for combination in itertools.product(*(options[path] for path in paths)):
        yield dict(zip(paths, combination, strict=True))


def show(e: Expression) -> str:
    """Return an expression as a user would write it."""
    match e:
        case Number(value):
            return str(value)
        case Leaf(path):
            return path
        case Op(name, left, right):
            return f"({show(left)} {_SIGNS[name]} {show(right)})"
        case Apply(function, args):
            return f"{getattr(function, '__name__', 'function')}({', '.join(map(show, args))})"
    assert_never(e)


def operation(name: Operation, left: Expression, right: Expression) -> Expression:
    """Return `left name right`, with the identities that would hide the layout of an axis taken out.

    >>> show(operation("floordiv", operation("mul", Leaf("groups"), Leaf("size")), Leaf("size")))
    'groups'
    """
    one, zero = Number(1), Number(0)
    if name == "sub" and left == right:
        return zero
    if (right == one and name in ("mul", "floordiv")) or (right == zero and name in ("add", "sub")):
        return left
    if (left == one and name == "mul") or (left == zero and name == "add"):
        return right
    if name == "floordiv" and isinstance(left, Op) and left.name == "mul" and right in (left.left, left.right):
        return left.left if left.right == right else left.right
    return Op(name, left, right)
