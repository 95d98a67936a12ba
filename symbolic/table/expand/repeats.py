"""Expansion of repeats, unrolled to their highest count, and of dag cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symbolic.errors import SpaceError
from symbolic.nodes import Call, Choice, Const, Node, Option, Range, Repeat
from symbolic.table.components import decides
from symbolic.table.drafts import MAX_COLUMNS, MAX_NODES, Place
from symbolic.table.expand.formulas import interval_of
from symbolic.table.hull import hull
from symbolic.table.instances import Constant, Decided, Fields, Formula, Gathered, Instance, Operation, Repeated, Scoped
from symbolic.table.scope import Growing, Named, Scope
from symbolic.table.table import INT, ONE, Test, When

if TYPE_CHECKING:
    from symbolic.table.expand.expand import Expander

_MANY_CODES = 512
"""Above this many codes an instance's guard compares the count, instead of listing codes: lists would grow as the square."""


def repeat(e: Expander, node: Repeat, at: Place) -> Repeated:
    """Expand a repeat: the count at its path, instance i at `path[i]`, active where the count exceeds i."""
    count = e.slot(node.count, at)
    low, high = _counts(e, count, node.count, at, node.body)
    growing = Growing(at.path, count, [])
    guards: dict[Named, int] = {}
    e.draft.inner[growing] = guards
    for i in range(high):
        e.draft.tick(node)
        names: dict[str, Instance | Growing] = {node.name: growing} if node.name is not None else {}
        if node.index is not None:
            names[node.index] = Constant(i)
        guard = at.guard if i < low else exceeds(e, count, i, at.guard)
        item_at = at.to(f"{at.path}[{i}]").within(Scope(names, at.scope)).under(guard)
        item = e.slot(node.body, item_at)
        guards[item] = guard
        growing.items.append(item)
    if isinstance(count, Decided) and count.path == at.path and not at.context.reuse:
        e.draft.column(count).end = len(e.draft.columns)
    made = Repeated(at.path, count, tuple(growing.items), node.span)
    e.draft.inner[made] = guards
    return made


def exceeds(e: Expander, count: Instance, i: int, parent: int) -> int:
    """Return the guard that holds where `parent` does and the count is greater than i."""
    bare = count.body if isinstance(count, Scoped) else count
    column = e.draft.column(bare) if isinstance(bare, Decided) else None
    if not isinstance(bare, Decided) or column is None or column.kind not in (INT, ONE) or column.card > _MANY_CODES:
        return e.draft.guard(When(parent, Formula(">", (count, Constant(i))), True))
    if column.kind == ONE:
        codes = frozenset(k for k, v in enumerate(column.values or ()) if isinstance(v, int) and v > i)
    else:
        first = int((i - column.low) // column.step) + 1
        codes = frozenset(range(max(first, 0), column.card))
    return e.draft.guard(Test(parent, e.draft.where[bare.path], codes))


def _counts(e: Expander, count: Instance, node: Node, at: Place, body: Node | None = None) -> tuple[int, int]:
    """Return below which instance all are certain, and the highest count. Raises E305, E405."""
    interval = hull(count, interval_of(e.draft), node.span, e.draft.intervals)
    if not interval.integer or interval.low < 0:
        shown = f"{interval.low}..{interval.high}" if interval.low != interval.high else f"{interval.low}"
        raise SpaceError("E305", "a repeat count is a whole number from 0", node.span, f"this one is {shown}")
    if interval.high > MAX_NODES:
        raise SpaceError("E405", f"a repeat of {interval.high}", node.span, f"at most {MAX_NODES}")
    if interval.high > MAX_COLUMNS and body is not None and not e.draft.edits and decides(body, e.defs):
        hint = f"at most {MAX_COLUMNS} with decisions inside"
        raise SpaceError("E405", f"a repeat of {interval.high}", node.span, hint)
    bare = count.body if isinstance(count, Scoped) else count
    certain = isinstance(bare, Constant) or (
        isinstance(bare, Decided) and e.draft.implies(at.guard, e.draft.column(bare).guard)
    )
    return int(interval.low) if certain else 0, int(interval.high)


def dag(e: Expander, node: Call, at: Place) -> Operation:
    """Expand `dag(inputs: m, nodes: n, picks: k, ...) { op }`: node m + j takes edges from the m + j nodes before it."""
    given = {a.name: a.value for a in node.args}
    if "nodes" not in given or node.body is None:
        missing = "the argument 'nodes'" if "nodes" not in given else "the operator of an edge in braces"
        raise SpaceError("E204", f"'dag' needs {missing}", node.span)
    inputs = _constant(given.get("inputs"), "inputs", 1, node)
    nodes = e.slot(given["nodes"], at.inside("nodes"))
    low, high = _counts(e, nodes, given["nodes"], at)
    named = {"inputs": Constant(inputs), "nodes": nodes}
    for name, value in given.items():
        if name not in ("inputs", "nodes", "picks"):
            named[name or ""] = e.slot(value, at.inside(name or ""))
    cells: dict[str, Instance] = {}
    guards: dict[Named, int] = {}
    for j in range(high):
        guard = at.guard if j < low else exceeds(e, nodes, j, at.guard)
        cell_at = at.to(f"{at.path}/node[{inputs + j}]").under(guard)
        edges = _edges(e, node, node.body, given.get("picks"), inputs + j, cell_at)
        cell = Fields({"from": edges}, cell_at.path)
        if isinstance(edges, Gathered):
            cell = Fields({"from": edges, "picked": _picked(e, edges)}, cell_at.path)
        guards[cell] = guard
        cells[str(inputs + j)] = cell
    named["node"] = Fields(cells, at.path)
    e.draft.inner[named["node"]] = guards
    return Operation("dag", at.path, named, span=node.span)


def _edges(e: Expander, node: Call, body: Node, picks: Node | None, earlier: int, at: Place) -> Instance:
    """Expand the edges into one node: all of them, or a subset chosen first."""
    if picks is None:
        edges = {str(i): e.slot(body, at.to(f"{at.path}/from[{i}]")) for i in range(earlier)}
        return Fields(edges, f"{at.path}/from")
    if isinstance(picks, Range):
        low, high = (_constant(n, "picks", 0, node) for n in (picks.low, picks.high))
    else:
        low = high = _constant(picks, "picks", 0, node)
    if low > earlier:
        message = f"node {earlier} has {earlier} earlier nodes, it cannot pick {low}"
        raise SpaceError("E304", message, picks.span or node.span)
    options = tuple(Option(str(i), body) for i in range(earlier))
    return e.slot(Choice(options, "subset", low, min(high, earlier), span=node.span), at.inside("from"))


def _picked(e: Expander, edges: Gathered) -> Fields:
    """Return the edges of a node whose picks are no decision, by the node they come from."""
    return Fields(dict(zip(e.draft.settled[edges], edges.items, strict=True)))


def _constant(node: Node | None, name: str, default: int, call: Call) -> int:
    if node is None:
        return default
    if isinstance(node, Const) and isinstance(node.value, int) and not isinstance(node.value, bool) and node.value >= 0:
        return node.value
    raise SpaceError("E305", f"'{name}' of a dag is a constant whole number from 0", node.span or call.span)
