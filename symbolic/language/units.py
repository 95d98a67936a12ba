"""Units: seconds are not added to bytes. Checked where the unit of both sides is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from symbolic.errors import SpaceError
from symbolic.language.children import descend
from symbolic.language.words import COSTS, words_of
from symbolic.nodes import Choice, Const, Expr, If, Node, Range, Record, Ref

_SAME = words_of("+ - == != < <= > >=")
_KEEP = words_of("neg abs min max round floor ceil sum mean")


@attrs.frozen
class Unit:
    """A known unit (None: a plain number). `measured`: a metric takes part, which a plain number may stand beside."""

    name: str | None
    measured: bool = False


def check(root: Record, others: Iterable[Node]) -> None:
    """Raise E308 where two units that are known do not go together."""
    entries = {f.key: f.value for f in root.fields}
    for top in (root, *others):
        for node in descend(top):
            if isinstance(node, Range):
                _check_pair(_unit(node.low, entries), _unit(node.high, entries), node, "the two ends have different units")
            elif isinstance(node, Expr) and node.op in _SAME:
                a, b = (_unit(arg, entries) for arg in node.args)
                _check_pair(a, b, node, f"the two sides of {node.op} have different units")


def _check_pair(a: Unit | None, b: Unit | None, node: Range | Expr, message: str) -> None:
    if a is None or b is None or a.name == b.name:
        return
    if None in (a.name, b.name) and (a.measured or b.measured):
        return
    shown = " and ".join("a plain number" if u.name is None else u.name for u in (a, b))
    raise SpaceError("E308", message, node.span, shown)


def _unit(node: Node, entries: Mapping[str, Node]) -> Unit | None:
    """Return the unit of a node, or None where it is not known."""
    match node:
        case Const(value=bool() | str() | None):
            return None
        case Const(unit=unit):
            return Unit(unit)
        case Range(low=low):
            return _unit(low, entries)
        case Choice(form="one", options=options):
            units = {_unit(o.value, entries) for o in options}
            return units.pop() if len(units) == 1 else None
        case If(then=then):
            return _unit(then, entries)
        case Ref():
            target = _target(node, entries)
            return None if target is None else _unit(target, {})
        case Expr(op="metric", args=(Const(value="reference"), measured)):
            return _unit(measured, entries)
        case Expr(op="metric", args=(Const(value=str() as name), *_)):
            return Unit(COSTS[name], True) if name in COSTS else Unit(None, True)
        case Expr(op=op, args=args) if op in _KEEP or op in ("+", "-"):
            return _unit(args[0], entries)
        case Expr(op="*" | "/" as op, args=(left, right)):
            return _product(op, _unit(left, entries), _unit(right, entries))
    return None


def _product(op: str, a: Unit | None, b: Unit | None) -> Unit | None:
    if a is None or b is None:
        return None
    measured = a.measured or b.measured
    if op == "*" and None in (a.name, b.name):
        return Unit(a.name or b.name, measured)
    if op == "/" and (b.name is None or a.name == b.name):
        return Unit(a.name if b.name is None else None, measured)
    return None


def _target(node: Ref, entries: Mapping[str, Node]) -> Node | None:
    """Follow a reference through records; None where it leads elsewhere."""
    found = entries.get(node.name)
    for step in node.steps:
        if not isinstance(found, Record) or not isinstance(step, str):
            return None
        found = next((f.value for f in found.fields if f.key == step), None)
    return found
