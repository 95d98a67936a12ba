"""References from inside the record of a program: how one decision is called where another's condition or bound stands."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from symbolic.errors import SpaceError
from symbolic.language.words import is_name
from symbolic.nodes import Const, Expr, Node, Ref
from symbolic.python.formulas import Applied, Formula, Leaf, Opaque
from symbolic.python.places import Place

_FUNCTIONS: Mapping[Callable[..., Any], str] = {
    max: "max",
    min: "min",
    abs: "abs",
    round: "round",
    math.floor: "floor",
    math.ceil: "ceil",
    math.log: "log",
    math.log2: "log2",
    math.log10: "log10",
    math.exp: "exp",
    math.sqrt: "sqrt",
}


@attrs.frozen(eq=False)
class Level:
    """A record being written: the place it stands for, and the names before the current field."""

    place: Place
    names: set[str] = attrs.field(factory=set)


def reference(target: Place, levels: tuple[Level, ...]) -> Ref:
    """Return the reference to a decision from inside nested records, outermost first.

    Raises E705 where the language has no name for it: it stands later, inside an unfinished record, or is hidden.
    """
    for depth in range(len(levels) - 1, -1, -1):
        steps = _steps(levels[depth].place, target)
        if steps and steps[0] in levels[depth].names:
            hidden = any(steps[0] in level.names for level in levels[depth + 1 :])
            if hidden or not is_name(steps[0]):
                break
            return Ref(steps[0], tuple(steps[1:]))
    message = f"a condition or bound reads {target.path!r}, which has no name where it is needed"
    raise SpaceError(
        "E705", message, target.span, "ask it earlier, in the scope that needs it or around it, under a name of its own"
    )


def _steps(above: Place, target: Place) -> list[str] | None:
    """Return the keys that lead from the record of a place to a decision, or None if it is not below."""
    chain = [target]
    while chain[-1] is not above:
        parent = chain[-1].parent
        if parent is None:
            return None
        chain.append(parent)
    keys: list[str] = []
    below = chain[::-1][1:]
    for place, inner in zip(below, [*below[1:], None], strict=True):
        if inner is not None and inner.kind == "round":
            keys.append(f"{place.part}[{inner.index}]")
        elif place.kind == "option":
            keys.append(place.name)
        elif place.kind != "round":
            keys.append(place.part)
    return keys


def expression(formula: Formula, levels: tuple[Level, ...]) -> Node:
    """Return a formula as an expression of the language. Raises E209 for a function that it has no word for."""
    match formula:
        case Leaf(place):
            return reference(place, levels)
        case Applied(op, args):
            return Expr(op, tuple(expression(arg, levels) for arg in args))
        case Opaque(function, args):
            if function not in _FUNCTIONS:
                name = getattr(function, "__qualname__", repr(function))
                raise SpaceError(
                    "E209", f"a count or bound through {name} is not supported", None, "use + - * / // % ** max min"
                )
            return Expr(_FUNCTIONS[function], tuple(expression(arg, levels) for arg in args))
        case _:
            return Const(formula)
