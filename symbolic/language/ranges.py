"""Ranges: what can be checked where the ends are constants, and the normal form of mixed and geometric ones."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import attrs

from symbolic.language import numbers, raw
from symbolic.language.context import Context, Scope
from symbolic.language.geometric import geometric
from symbolic.language.raw import Place
from symbolic.language.words import literal
from symbolic.nodes import Const, Node, Range

MAX_CODES = 2**31 - 1


def resolve(ctx: Context, node: raw.Range, scope: Scope, *, plain: bool = False) -> Node:
    """Resolve a range; one with `times` becomes the choice of its values.

    `plain`: the place asks for a number, so `0..1` says what it means. Raises E301-E303, E305, E307, E308, E405.
    """
    parts = _modifiers(ctx, node, scope)
    low, high = ctx.value(node.low, scope), ctx.value(node.high, scope)
    for end, written in ((low, node.low), (high, node.high)):
        numbers.check(ctx, end, written.place)
    if isinstance(low, Const) and isinstance(high, Const):
        bare = not plain and not scope.sites and not node.modifiers and not node.fidelity
        _check_ends(ctx, node, low, high, bare)
    if "times" in parts:
        return geometric(ctx, node, low, high, parts)
    return _plain(ctx, node, low, high, parts)


def _plain(ctx: Context, node: raw.Range, low: Node, high: Node, parts: Mapping[str, Node]) -> Range:
    step, prior, default = (parts.get(word) for word in ("step", "prior", "default"))
    made = Range(low, high, step, "log" in parts, prior, default, node.fidelity, span=ctx.span(node.place))
    made = _as_float(made)
    _check(ctx, node, made)
    return _without_unit_step(made)


def _modifiers(ctx: Context, node: raw.Range, scope: Scope) -> dict[str, Node]:
    parts: dict[str, Node] = {}
    for word, value, place in node.modifiers:
        if word in parts:
            raise ctx.error("E202", f"{word!r} is given twice", place)
        parts[word] = Const(True) if value is None else ctx.value(value, scope)
        if value is not None:
            numbers.check(ctx, parts[word], value.place)
    return parts


def _check_ends(ctx: Context, node: raw.Range, low: Const, high: Const, bare: bool) -> None:
    a, b = numbers.value(low), numbers.value(high)
    if low.unit != high.unit:
        raise ctx.error("E308", "the two ends have different units", node.place, "write the unit at both ends")
    if a > b:
        shown = [literal(end.value) for end in (low, high)]
        raise ctx.error("E301", f"the range {'..'.join(shown)} is reversed", node.place, f"write {'..'.join(shown[::-1])}")
    if a == b:
        raise ctx.error("E301", "the range has one value", node.place, f"write {literal(low.value)}")
    if bare and (low.value, high.value) == (0, 1) and isinstance(low.value, int) and isinstance(high.value, int):
        raise ctx.error("E301", "the range 0..1 has two whole numbers", node.place, "write 0 | 1 or 0.0..1.0")


def _as_float(r: Range) -> Range:
    """Make all constants of a range floats when one end or the step is."""
    ends = [r.low, r.high, r.step]
    if not any(isinstance(e, Const) and isinstance(e.value, float) for e in ends):
        return r
    low, high, step, prior, default = (_float(e) for e in (r.low, r.high, r.step, r.prior, r.default))
    assert low is not None and high is not None
    return Range(low, high, step, r.log, prior, default, r.fidelity, span=r.span)


def _without_unit_step(r: Range) -> Range:
    """Leave a step of 1 away where all whole numbers are meant anyway."""
    whole = all(isinstance(end, Const) and isinstance(end.value, int) for end in (r.low, r.high))
    return attrs.evolve(r, step=None) if whole and r.step == Const(1) else r


def _float(node: Node | None) -> Node | None:
    if isinstance(node, Const) and type(node.value) is int:
        return Const(float(node.value), node.unit, span=node.span)
    return node


def _check(ctx: Context, node: raw.Range, r: Range) -> None:
    """Check log, step, prior and default where they and the ends are constants."""
    places = {word: place for word, _, place in node.modifiers}
    if r.log and isinstance(r.low, Const) and numbers.value(r.low) <= 0:
        raise ctx.error("E303", "a log range must start above 0", node.place)
    if isinstance(r.step, Const) and numbers.value(r.step) <= 0:
        raise ctx.error("E302", "a step is a positive number", places["step"])
    if not (isinstance(r.low, Const) and isinstance(r.high, Const)):
        return
    low, high = numbers.decimal(r.low), numbers.decimal(r.high)
    step = Decimal(1) if isinstance(r.low.value, int) and isinstance(r.high.value, int) else None
    if isinstance(r.step, Const):
        if r.step.unit != r.low.unit:
            raise ctx.error("E308", "the step has another unit than the ends", places["step"])
        step = numbers.decimal(r.step)
        _check_grid(ctx, node, low, high, step)
    if step is not None and (high - low) / step >= MAX_CODES:
        hint = "a larger step, or a float range: 1.0..1e12"
        raise ctx.error("E405", "an integer range of more than 2^31 values", node.place, hint)
    for word, value in (("prior", r.prior), ("default", r.default)):
        if isinstance(value, Const):
            _check_inside(ctx, r, word, value, step, places)


def _check_grid(ctx: Context, node: raw.Range, low: Decimal, high: Decimal, step: Decimal) -> None:
    if step > high - low:
        hint = f"a step of at most {high - low}"
        raise ctx.error("E302", f"{high} is not reached from {low} in steps of {step}", node.place, hint)
    if (high - low) / step >= MAX_CODES:
        raise ctx.error("E405", "a grid of more than 2^31 values", node.place, "a larger step")
    steps, rest = divmod(high - low, step)
    if rest:
        last = low + steps * step
        message = f"{high} is not reached from {low} in steps of {step}"
        raise ctx.error("E302", message, node.place, f"end at {last} or {last + step}")


def _check_inside(ctx: Context, r: Range, word: str, value: Const, step: Decimal | None, places: Mapping[str, Place]) -> None:
    assert isinstance(r.low, Const) and isinstance(r.high, Const)
    low, high, at = numbers.decimal(r.low), numbers.decimal(r.high), numbers.decimal(value)
    if value.unit != r.low.unit:
        raise ctx.error("E308", f"the {word} has another unit than the ends", places[word])
    if not low <= at <= high:
        message = f"the {word} {literal(value.value)} is outside {literal(r.low.value)}..{literal(r.high.value)}"
        raise ctx.error("E307", message, places[word])
    if step is not None and (at - low) % step:
        below = at - (at - low) % step
        message = f"the {word} {literal(value.value)} is not on the grid"
        raise ctx.error("E307", message, places[word], f"write {below} or {below + step}")
