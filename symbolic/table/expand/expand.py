"""Expansion: a space becomes a tree of instances and a draft of its columns.

Blocks are inlined afresh, shared choices made once, rules bounded, repeats unrolled to their highest count. `Expander` holds
what the parts share and says which part expands a node; the parts are functions in the `expand_*` files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import assert_never

import attrs

from symbolic.errors import SpaceError, nearest
from symbolic.measured import is_measured
from symbolic.nodes import Call, Choice, Const, Def, Expr, If, Let, Node, Obj, Range, Record, Ref, Repeat, Use
from symbolic.space import Space
from symbolic.table.components import component, feasibility
from symbolic.table.computable import guarded_by_condition, refuse_undefined
from symbolic.table.drafts import ABSENT, Draft, Place
from symbolic.table.edits import by_path
from symbolic.table.estimate import refuse_huge
from symbolic.table.expand.choices import one_of
from symbolic.table.expand.costs import chosen_by_cost, reads_cost, refuse_cost
from symbolic.table.expand.definitions import Shared, use
from symbolic.table.expand.formulas import bare, formula, interval_of, reference
from symbolic.table.expand.judged import judged
from symbolic.table.expand.known import knowing
from symbolic.table.expand.ranges import range_
from symbolic.table.expand.repeats import dag, repeat
from symbolic.table.expand.rules import add_rules
from symbolic.table.expand.sets import some_of
from symbolic.table.expand.ties import targets
from symbolic.table.facts import known_facts, refuse_untold
from symbolic.table.instances import (
    Chain,
    Conditional,
    Constant,
    External,
    Fields,
    Gathered,
    Instance,
    Operation,
    Scoped,
)
from symbolic.table.scalars import UNKNOWN, static
from symbolic.table.scope import Scope
from symbolic.table.table import Rule, When
from symbolic.table.truths import check_truth


@attrs.frozen(eq=False, slots=False)
class Expander:
    """What the parts of expansion share."""

    defs: Mapping[str, Def]
    draft: Draft
    root: Scope
    feasible: Callable[[Node, Mapping[str, int]], bool]
    recursive: bool
    entries: frozenset[str]
    space: Space
    shared: dict[str, Shared] = attrs.field(factory=dict)
    rules: list[Rule] = attrs.field(factory=list)

    def slot(self, node: Node, at: Place) -> Instance:
        """Expand a node that stands in a named slot: what it decides has the slot's path."""
        self.draft.tick(node)
        match node:
            case Const(value=value):
                return Constant(value)
            case Obj(name=name, span=span):
                return External(name, span)
            case Ref():
                return reference(self, node, at)
            case Choice(form="one"):
                return one_of(self, node, at)
            case Choice():
                return some_of(self, node, at)
            case Range():
                return range_(self, node, at)
            case Repeat():
                return repeat(self, node, at)
            case Call():
                return _call(self, node, at)
            case Use():
                return use(self, node, at)
            case Record():
                return _record(self, node, at)
            case Let():
                return _let(self, node, at)
            case If():
                return _conditional(self, node, at)
            case Expr():
                made = formula(self, node, at, {})
                if not guarded_by_condition(self.draft, at.guard):
                    refuse_undefined(self.draft, made, interval_of(self.draft), node.span)
                return made
            case _:
                assert_never(node)

    @cached_property
    def facts(self) -> Mapping[str, int] | None:
        """The facts of the task, None where none is known; looked up when an expression first reads one."""
        return known_facts(self.space)

    def fact(self, name: str) -> int | None:
        """Return a fact of the task where it is known already."""
        return None if self.facts is None else self.facts.get(name)

    def formula(self, node: Node, at: Place) -> Instance:
        """Expand an expression that decides what exists: a bound, a count, an index, a constraint.

        It holds no decisions of its own, has one value, and reads no cost.
        """
        made = self.condition(node, at)
        if self.draft.costs:
            refuse_cost(made, node.span)
        return made

    def condition(self, node: Node, at: Place) -> Instance:
        """Expand an expression that holds no decisions of its own and has one value; it may read costs."""
        made = formula(self, node, at.to(""), None)
        if None in self.draft.facts.values():
            refuse_untold(made)
        if isinstance(bare(made), Gathered):
            hint = "join the list with any(...), all(...), sum(...)"
            raise SpaceError("E305", "a list stands where one value is needed", node.span, hint)
        return made


def expand(space: Space) -> tuple[Fields, Draft, tuple[Rule, ...]]:
    """Return the instance tree of a space, the draft of its columns, and its rules over decisions.

    Raises `SpaceError` E2xx, E3xx, E4xx, E501 at the place that is wrong.
    """
    fields, e = _expanded(space)
    _check_edits(e.draft)
    return Fields(fields), e.draft, tuple(e.rules)


def dead_edits(space: Space) -> frozenset[str]:
    """Return the paths of edits whose decisions are not there."""
    _, e = _expanded(space)
    return frozenset(edit.path for edit in space.edits if edit.path not in e.draft.decided)


def _expanded(space: Space) -> tuple[dict[str, Instance], Expander]:
    defs = {d.name: d for d in space.defs}
    draft = Draft(edits=by_path(space.edits), tie_targets=targets(space.edits))
    fields: dict[str, Instance] = {}
    root = Scope()
    recursive = any(d.kind == "rule" for d in space.defs)
    e = Expander(defs, draft, root, feasibility(defs), recursive, frozenset(space.entries), space)
    at = next((f.value.span or f.span for f in space.root.fields), None)
    try:
        refuse_huge(space, e.feasible)
        for field in space.root.fields:
            at = field.value.span or field.span
            value = e.slot(field.value, Place(field.key, root))
            root.names[field.key] = value
            if value is not ABSENT:
                fields[field.key] = value
        draft.constraints += [(c, Place("", root).passive()) for c in space.constraints]
        add_rules(e)
        draft.judged = judged(e, space)
    except RecursionError as error:
        raise SpaceError("E405", "the space is nested too deep to unroll", at, "lower the depth of rules or blocks") from error
    return fields, e


def _check_edits(draft: Draft) -> None:
    for path, edit in draft.edits.items():
        if path not in draft.decided:
            hint = nearest(path, draft.decided) or "`symspace show` lists the paths"
            raise SpaceError("E406", f"no decision {path!r} to {edit.kind}", edit.span, hint)


def _call(e: Expander, node: Call, at: Place) -> Instance:
    match node.fn:
        case ">>":
            return _sequence(e, node, at)
        case "dag":
            return dag(e, node, at)
    named: dict[str, Instance] = {}
    positional: list[Instance] = []
    for k, a in enumerate(node.args):
        value = e.slot(a.value, at.inside(a.name or str(k)))
        if a.name is None:
            positional.append(value)
        elif value is not ABSENT:
            named[a.name] = value
    body = e.slot(node.body, at.inside("body")) if node.body is not None else None
    sites = None
    if node.sites is not None:
        sites = _record(e, node.sites, at.within(Scope(dict(named), at.scope)))
    return Operation(node.fn, at.path, named, tuple(positional), body, sites, node.span)


def _sequence(e: Expander, node: Call, at: Place) -> Chain:
    """Expand `a >> b`: items are named by label or component, the k-th equal one `name#k`."""
    scope = Scope({}, at.scope)
    items: list[Instance] = []
    names: list[str] = []
    met: dict[str, int] = {}
    for a in node.args:
        label = a.name or (a.value.name if isinstance(a.value, Repeat) else None)
        name = label or component(a.value)
        met[name] = met.get(name, 0) + 1
        part = name if met[name] == 1 else f"{name}#{met[name]}"
        item = e.slot(a.value, at.within(scope).inside(part))
        if label is not None and isinstance(a.value, Use | Ref):
            item = Scoped({}, item)  # what is used elsewhere too: the label means this use of it
        items.append(item)
        names.append(part)
        if label is not None:
            scope.names[label] = item
    return Chain(tuple(items), tuple(names), at.path)


def _record(e: Expander, node: Record, at: Place) -> Fields:
    fields: dict[str, Instance] = {}
    scope = Scope({}, at.scope)
    for field in node.fields:
        value = e.slot(field.value, at.within(scope).inside(field.key))
        scope.names[field.key] = value
        if value is not ABSENT:
            fields[field.key] = value
    return Fields(fields, at.path)


def _let(e: Expander, node: Let, at: Place) -> Scoped:
    names: dict[str, Instance] = {}
    scope = Scope({}, at.scope)
    for a in node.names:
        key = a.name or ""
        scope.names[key] = names[key] = e.slot(a.value, at.within(scope).inside(key))
    inner = at.within(scope)
    body = e.slot(node.body, inner)
    if any(map(is_measured, node.constraints)):
        limit = next(c for c in node.constraints if is_measured(c))
        raise SpaceError(
            "E305", "a limit on a metric stands outside of bodies", limit.span, "metrics are those of whole candidates"
        )
    if node.constraints and at.context.rules:
        held = at.within(Scope(dict(_visible(node.body, body)), scope)).passive()
        e.draft.constraints += [(c, held) for c in node.constraints]
    return Scoped(names, body)


def _visible(node: Node, body: Instance) -> dict[str, Instance]:
    """Return what a body's own constraints may name beside its lets: labels of its sequence, its fields, its repeat."""
    match body:
        case Chain(items=items, names=names):
            return dict(zip(names, items, strict=True))
        case Fields(fields=fields):
            return dict(fields)
        case _ if isinstance(node, Repeat) and node.name is not None:
            return {node.name: body}
        case _:
            return {}


def _conditional(e: Expander, node: If, at: Place) -> Instance:
    """Expand `then if cond else other`; what is known already selects at once and leaves no trace."""
    condition = e.condition(node.cond, at)
    check_truth(condition, node.cond.span or node.span)
    if e.draft.costs and reads_cost(condition) is not None:
        return chosen_by_cost(e, node, condition, at)
    known = static(condition)
    if known is not UNKNOWN:
        if known:
            return e.slot(node.then, at)
        return e.slot(node.other, at) if node.other is not None else ABSENT
    then_at = (knowing(e, node.cond, at, True) or at).under(e.draft.guard(When(at.guard, condition, True)))
    then = e.slot(node.then, then_at)
    other = None
    if node.other is not None:
        other_guard = e.draft.guard(When(at.guard, condition, False))
        other_at = knowing(e, node.cond, at, False) or at
        other = e.slot(node.other, other_at.inside("else").under(other_guard))
    made = Conditional(condition, then, other, at.guard)
    e.draft.inner[made] = {then: then_at.guard}
    return made
