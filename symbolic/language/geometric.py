"""Geometric grids: `4..64 times 2` is the choice of 4, 8, 16, 32, 64."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from symbolic.language import numbers, raw
from symbolic.language.context import Context
from symbolic.language.raw import Place
from symbolic.language.words import literal
from symbolic.nodes import Choice, Const, Node, Option, Range

MAX_OPTIONS = 10_000


def geometric(ctx: Context, node: raw.Range, low: Node, high: Node, parts: Mapping[str, Node]) -> Choice | Range:
    """Return the choice of `low, low * factor, ..., high`; `parts` are the modifiers by word.

    Where the ends or the factor are no constants it stays a range with `times`, whose values lowering finds. Raises E302
    where the high end is not reached, E303 for a start that is not positive, E307 for a default that is none of the values,
    E309 for a fidelity, E405 for too many.
    """
    places = {word: place for word, _, place in node.modifiers}
    extra = next((word for word in ("step", "log", "prior") if word in parts), None)
    if extra is not None:
        raise ctx.error("E302", f"a range has times or {extra}, not both", places["times"])
    if node.fidelity:
        raise ctx.error("E309", "a fidelity has step or log, not times", places["times"])
    factor = parts["times"]
    if isinstance(factor, Const) and (numbers.value(factor) <= 1 or factor.unit is not None):
        raise ctx.error("E302", "the factor of times is a number above 1", places["times"])
    if isinstance(low, Const) and numbers.value(low) <= 0:
        raise ctx.error("E303", "a geometric range must start above 0", node.place)
    if not (isinstance(low, Const) and isinstance(high, Const) and isinstance(factor, Const)):
        return Range(low, high, default=parts.get("default"), times=factor, span=ctx.span(node.place))
    return _choice(ctx, node, low, high, factor, parts.get("default"))


def _choice(ctx: Context, node: raw.Range, low: Const, high: Const, factor: Const, default: Node | None) -> Choice:
    span = ctx.span(node.place)
    whole = all(isinstance(c.value, int) for c in (low, high, factor))
    grid = _grid(ctx, node.place, low, high, factor)
    constants = [Const(int(v) if whole else float(v), low.unit, span=span) for v in grid]
    place = next((place for word, _, place in node.modifiers if word == "default"), node.place)
    marked = None if default is None else _position(ctx, place, grid, default)
    options = [Option(literal(c.value), c, 1.0, i == marked, span=span) for i, c in enumerate(constants)]
    return Choice(tuple(options), span=span)


def _grid(ctx: Context, place: Place, low: Const, high: Const, factor: Const) -> list[Decimal]:
    """Return the values of the grid, computed in decimal."""
    values, end, times = [numbers.decimal(low)], numbers.decimal(high), numbers.decimal(factor)
    while values[-1] < end:
        values.append(values[-1] * times)
        if len(values) > MAX_OPTIONS:
            raise ctx.error("E405", f"more than {MAX_OPTIONS} options", place, "a larger factor")
    if values[-1] != end:
        message = f"{end} is not reached from {values[0]} in factors of {times}"
        raise ctx.error("E302", message, place, f"end at {values[-2]} or {values[-1]}")
    return values


def _position(ctx: Context, place: Place, grid: list[Decimal], default: Node) -> int:
    """Return which of the values is the default."""
    if not isinstance(default, Const) or numbers.decimal(default) not in grid:
        hint = "one of " + ", ".join(map(str, grid[:8])) + (", ..." if len(grid) > 8 else "")
        raise ctx.error("E307", "the default is none of the values", place, hint)
    return grid.index(numbers.decimal(default))
