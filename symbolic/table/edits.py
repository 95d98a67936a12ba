"""What passes wrote about one path: `fix`, `limit` and `tie`, read against the decision that stands there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from symbolic.errors import SpaceError, nearest
from symbolic.nodes import Call, Const, Edit, Node, Ref, Scalar, Use
from symbolic.table.components import component
from symbolic.table.grid import code_of
from symbolic.table.scalars import is_number, literal, same_option


def by_path(edits: Iterable[Edit]) -> dict[str, Edit]:
    """Return the edits by their path. Raises E202 where two edits of one kind have the same path, or two kinds disagree."""
    out: dict[str, Edit] = {}
    for edit in edits:
        if edit.path in out:
            message = f"{edit.path!r} is edited twice, by {out[edit.path].kind!r} and {edit.kind!r}"
            raise SpaceError("E202", message, edit.span, "keep one of the two")
        out[edit.path] = edit
    return out


def values_of(value: Node, edit: Edit) -> tuple[Scalar, ...]:
    """Return the constants on the right of an edit; a bare name is a label. Raises E406 for anything else."""
    match value:
        case Const(value=v):
            return (v,)
        case Call(fn="list" | "tuple", args=args):
            return tuple(v for a in args for v in values_of(a.value, edit))
        case Use(args=()) | Ref(steps=()) | Call(args=()):
            return (component(value),)
        case _:
            raise SpaceError("E406", f"{edit.path!r} is edited with a label, a number or a list of them", edit.span)


def option(edit: Edit, labels: Sequence[str], values: Sequence[Scalar], wanted: Scalar) -> int:
    """Return the position of the option meant by a label or value. Raises E406 with the nearest label."""
    for k, (label, value) in enumerate(zip(labels, values, strict=True)):
        if wanted == label or same_option(value, wanted):
            return k
    hint = nearest(literal(wanted), labels) or "one of " + ", ".join(labels[:12])
    raise SpaceError("E406", f"{edit.path!r} cannot be {wanted!r}", edit.span, hint)


def kept_options(edit: Edit, labels: Sequence[str], values: Sequence[Scalar]) -> tuple[int, ...]:
    """Return the positions of the options a limit keeps, in option order."""
    return tuple(sorted({option(edit, labels, values, v) for v in values_of(edit.value, edit)}))


def number(edit: Edit, wanted: Scalar, low: float, high: float, step: float) -> float:
    """Return the number meant by an edit of a range. Raises E406 outside the range or off its grid (`step` 0: no grid)."""
    if not is_number(wanted):
        raise SpaceError("E406", f"{edit.path!r} cannot be {wanted!r}", edit.span, f"a number in {low}..{high}")
    value = wanted if isinstance(wanted, int | float) else 0
    if not low <= value <= high or (step and code_of(low, step, value) is None):
        grid = f" step {step}" if step not in (0, 1) else ""
        raise SpaceError("E406", f"{edit.path!r} cannot be {wanted!r}", edit.span, f"allowed: {low}..{high}{grid}")
    return value


def kept_codes(edit: Edit, low: float, high: float, step: float) -> tuple[float, ...]:
    """Return the numbers a limit of a range keeps, rising."""
    return tuple(sorted({number(edit, v, low, high, step) for v in values_of(edit.value, edit)}))
