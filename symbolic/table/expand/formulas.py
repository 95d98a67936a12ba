"""Expansion of expressions: names become instances, what is known folds, `[*]` spreads, types are checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symbolic.errors import SpaceError, Span, nearest
from symbolic.nodes import Call, Choice, Const, Expr, If, Node, Range, Ref, Repeat, Use
from symbolic.table.components import component, decides
from symbolic.table.computable import MAX_WEIGHT, weight
from symbolic.table.drafts import ABSENT, Draft, Place
from symbolic.table.expand.costs import cost
from symbolic.table.expand.known import knowing
from symbolic.table.expand.tables import rows
from symbolic.table.grid import value_at
from symbolic.table.hull import Interval, IntervalOf
from symbolic.table.instances import (
    Chain,
    Conditional,
    Constant,
    Decided,
    External,
    Fact,
    Fields,
    Formula,
    Gathered,
    Instance,
    Members,
    Operation,
    Repeated,
    Scoped,
    Varying,
)
from symbolic.table.references import Found, follow, refer, reference
from symbolic.table.scalars import AGGREGATES, COMPARISONS, NUMERIC_OPS, UNKNOWN, is_number, literal, same_option, static
from symbolic.table.scope import Growing
from symbolic.table.table import FLOAT, ONE
from symbolic.table.truths import check_truth

if TYPE_CHECKING:
    from symbolic.table.expand.expand import Expander

__all__ = ["bare", "check_number", "formula", "interval_of", "reference"]

_LISTS = (*AGGREGATES, "min", "max")


def formula(e: Expander, node: Node, at: Place, met: dict[str, int] | None) -> Instance:
    """Expand an expression.

    `met` counts the decisions inside by component, to number them; None where an expression may hold none (conditions,
    bounds, constraints). Raises E305 for what is no expression or has the wrong type, E201 for an unknown option.
    """
    e.draft.tick(node)
    match node:
        case Const(value=value):
            return Constant(value)
        case Ref():
            return refer(e, node, at)
        case Expr(op="metric"):
            return cost(e, node, at)
        case Expr(op="active"):
            return _active(e, node, at)
        case Expr(op="in" | "not in", args=(Call(fn="tuple"), _)):
            return rows(e, node, at)
        case Expr(op="and" | "or"):
            return _apply(e, node, _in_turn(e, node, at, met))
        case Expr():
            return _apply(e, node, [formula(e, a, at, met) for a in node.args])
        case If():
            return _if(e, node, at, met)
        case Call(fn="list" | "tuple", args=args):
            return Gathered(tuple(formula(e, a.value, at, met) for a in args))
        case Use(name=name, args=(), span=span) if e.defs[name].kind == "shared" and not e.defs[name].params:
            return refer(e, Ref(name, span=span), at)
        case Choice() | Range() | Repeat() | Use() if met is not None:
            name = component(node)
            met[name] = met.get(name, 0) + 1
            return e.slot(node, at.inside(name if met[name] == 1 else f"{name}#{met[name]}"))
        case _:
            message = "an expression is made of numbers, names and comparisons"
            raise SpaceError("E305", message, node.span, "bind a decision to a name with let first")


def _in_turn(e: Expander, node: Expr, at: Place, met: dict[str, int] | None) -> list[Instance]:
    """Expand the parts of `and` and `or` up to one that decides; each knows the options that those before it ask for."""
    parts: list[Instance] = []
    here: Place | None = at
    for part in node.args:
        if here is None:
            break
        parts.append(formula(e, part, here, met))
        value = static(parts[-1])
        if value is not UNKNOWN and bool(value) == (node.op == "or"):
            return [Constant(bool(value))]
        here = knowing(e, part, here, node.op == "and")
    return parts


def _if(e: Expander, node: If, at: Place, met: dict[str, int] | None) -> Instance:
    condition = formula(e, node.cond, at, None)
    check_truth(condition, node.cond.span or node.span)
    known = static(condition)
    if known is not UNKNOWN:
        chosen = node.then if known else node.other
        return ABSENT if chosen is None else formula(e, chosen, at, met)
    if met is not None and any(decides(n, e.defs) for n in (node.then, node.other) if n is not None):
        met["if"] = met.get("if", 0) + 1
        return e.slot(node, at.inside("if" if met["if"] == 1 else f"if#{met['if']}"))
    then = formula(e, node.then, knowing(e, node.cond, at, True) or at, None)
    if node.other is None:
        return Conditional(condition, then, None, at.guard)
    other = formula(e, node.other, knowing(e, node.cond, at, False) or at, None)
    return Formula("if", (condition, then, other), node.span)


def _apply(e: Expander, node: Expr, args: list[Instance]) -> Instance:
    """Apply an operation: over every item of a list, or once; constants fold."""
    op = node.op
    if op in ("is", "is not", "in", "not in"):
        return _membership(e, node, args)
    if op in _LISTS and (op in AGGREGATES or any(isinstance(bare(a), Gathered | Members) for a in args)):
        items = tuple(i for a in args for i in _items(e, a, node))
        if op == "len" and len(args) == 1 and (members := _set_in(args[0])) is not None:
            op, items = ("sum", (bare(args[0]),)) if not members.ordered else ("count", items)
        return _folded(e, Formula(op, (Gathered(items),), node.span))
    spread = next((len(g.items) for a in args if isinstance(g := bare(a), Gathered)), None)
    if spread is None:
        _check_numbers(e, op, args, node)
        return _folded(e, Formula(op, tuple(args), node.span))
    lists = [g for a in args if isinstance(g := bare(a), Gathered)]
    if any(len(g.items) != spread for g in lists):
        lengths = " and ".join(str(len(g.items)) for g in lists)
        raise SpaceError("E305", f"{op!r} goes over lists of unlike lengths, {lengths}", node.span)
    rows = [[g.items[i] if isinstance(g := bare(a), Gathered) else a for a in args] for i in range(spread)]
    return Gathered(tuple(_apply(e, node, row) for row in rows))


def _set_in(x: Instance) -> Members | None:
    """Return the set that an instance is, perhaps under a guard."""
    x = bare(x)
    if isinstance(x, Conditional) and x.other is None and x is not ABSENT:
        x = bare(x.then)
    return x if isinstance(x, Members) else None


def _items(e: Expander, x: Instance, node: Expr) -> list[Instance]:
    match bare(x):
        case Gathered(items=items):
            return [i for item in items for i in _items(e, item, node)]
        case Members(labels=labels) as members:
            return [Formula("in", (Constant(label), members)) for label in labels]
        case Conditional(then=then, other=None) as c if isinstance(inside := bare(then), Members):
            flags = [Formula("in", (Constant(label), inside)) for label in inside.labels]
            return [Conditional(c.condition, flag, None, c.guard) for flag in flags]
        case item:
            _check_numbers(e, node.op, [item], node)
            return [x]


def _folded(e: Expander, x: Formula) -> Instance:
    """Return a constant for what is known. Raises E405 for an expression that is too long with all it names written out."""
    if weight(x, e.draft.weights) > MAX_WEIGHT:
        hint = "it names others that name others: give fewer of them in one expression"
        raise SpaceError("E405", f"this expression reads more than {MAX_WEIGHT} parts", x.span, hint)
    value = static(x)
    return x if value is UNKNOWN else Constant(value)


def bare(x: Instance) -> Instance:
    """Return what stands inside the scopes of blocks and lets; a repeat in an expression is its count, a list its items."""
    while True:
        match x:
            case Scoped(body=inner) | Repeated(count=inner):
                x = inner
            case Operation(fn="list" | "tuple", positional=items):
                return Gathered(items)
            case _:
                return x


def _check_numbers(e: Expander, op: str, args: list[Instance], node: Expr) -> None:
    """Raise E305 where an operand cannot be what the operation needs."""
    if op in ("and", "or", "not", "if"):
        for a in args:
            check_truth(a, node.span)
        return
    for a in args:
        check_number(e, bare(a), op, node.span)


def check_number(e: Expander, x: Instance, op: str, span: Span | None) -> None:
    """Raise E305 where an instance is known to be no number."""
    hint = "compare options with 'is'" if op in COMPARISONS else None
    match x:
        case _ if x is ABSENT:
            return
        case Constant(value=value) if not isinstance(value, int | float):
            raise SpaceError("E305", f"{literal(value)!r} is not a number", span, hint)
        case Decided(path=path, labels=labels) if labels:
            values = e.draft.column(x).values or ()
            if not all(isinstance(v, int | float) for v in values):
                raise SpaceError("E305", f"{path!r} is not a number", span, hint)
        case Conditional(then=then, other=other):
            for part in (then, other):
                if part is not None:
                    check_number(e, bare(part), op, span)
        case Fields() | Chain() | Operation() | External() | Members():
            raise SpaceError("E305", "this is not a number", span, hint)
        case Formula() if op in NUMERIC_OPS or op in COMPARISONS:
            return
        case _:
            return


def _active(e: Expander, node: Expr, at: Place) -> Instance:
    """Expand `active(x)`: whether x is part of the candidate. It is always known."""
    if len(node.args) != 1 or not isinstance(node.args[0], Ref):
        raise SpaceError("E305", "active() takes the name of one decision, instance or option", node.span)
    found, several = follow(e, node.args[0], at)
    made = [_is_active(f, node) for f in found]
    return Gathered(tuple(made)) if several else made[0]


def _is_active(f: Found, node: Expr) -> Instance:
    if isinstance(f.what, Growing):
        return Constant(True)
    if isinstance(bare(f.what), Decided | Members | Conditional):
        return Formula("active", (f.what,), node.span)
    if f.guard == -1:
        return Constant(True)
    return Formula("active", (Formula("guarded", (Constant(True), Constant(f.guard))),), node.span)


def _membership(e: Expander, node: Expr, args: list[Instance]) -> Instance:
    """Expand `x is label`, `x in [a, b]` and `label in subset`."""
    left, right = args
    target = bare(right)
    if isinstance(target, Members):
        return _in_set(e, node, left, target)
    if isinstance(target, Conditional) and target is not ABSENT:
        then = _membership(e, node, [left, target.then])
        other = None if target.other is None else _membership(e, node, [left, target.other])
        return Conditional(target.condition, then, other, target.guard)
    if target in e.draft.settled and isinstance(left, Constant):
        return Constant((literal(left.value) in e.draft.settled[target]) == (node.op == "in"))
    wanted = target.items if isinstance(target, Gathered) else (target,)
    if not all(isinstance(w, Constant) for w in wanted):
        raise SpaceError("E305", f"{node.op!r} needs an option, or a list of constants, on its right", node.span)
    if isinstance(left, Gathered):
        return Gathered(tuple(_membership(e, node, [i, right]) for i in left.items))
    return _is(e, node, left, right, [w.value for w in wanted if isinstance(w, Constant)])


def _is(e: Expander, node: Expr, left: Instance, right: Instance, wanted: list[int | float | bool | str | None]) -> Instance:
    positive = node.op in ("is", "in")
    if (labels := _settled(e, left)) is not None:
        return Constant(any(literal(w) in labels for w in wanted) == positive)
    x = bare(left)
    match x:
        case Decided(labels=labels) if labels:
            values = e.draft.column(x).values or ()
            for w in wanted:
                if w not in labels and not any(same_option(v, w) for v in values):
                    _no_option(e, node, x, w)
        case Decided() | Formula():
            for w in wanted:
                if node.op in ("is", "is not") or not is_number(w):
                    raise SpaceError("E305", f"'{literal(w)}' is no option of a number", node.span, "compare numbers with ==")
        case Conditional(then=then, other=other) if x is not ABSENT:
            parts = [_is(e, node, p, right, wanted) if p is not None else None for p in (then, other)]
            return Conditional(x.condition, parts[0] or ABSENT, parts[1], x.guard)
        case Constant():
            pass
        case _ if x is ABSENT:
            return ABSENT
        case _:
            hint = "numbers are compared with ==" if isinstance(x, Fact | Varying) else None
            raise SpaceError("E305", f"{node.op!r} needs a choice on its left", node.span, hint)
    return _folded(e, Formula(node.op, (x, right), node.span))


def _settled(e: Expander, x: Instance) -> tuple[str, ...] | None:
    while x not in e.draft.settled:
        if not isinstance(x, Scoped):
            return None
        x = x.body
    return e.draft.settled[x]


def _no_option(e: Expander, node: Expr, x: Decided, wanted: int | float | bool | str | None) -> None:
    """Raise E201, unless an edit left the option out: then no candidate has it."""
    if x.path not in e.draft.edits:
        hint = nearest(literal(wanted), x.labels) or "options: " + ", ".join(x.labels[:12])
        raise SpaceError("E201", f"{x.path!r} has no option {literal(wanted)!r}", node.span, hint)


def _in_set(e: Expander, node: Expr, left: Instance, members: Members) -> Instance:
    if not isinstance(left, Constant) or node.op not in ("in", "not in"):
        raise SpaceError("E305", "write LABEL in SUBSET", node.span, "or count(subset) for how many are picked")
    label = literal(left.value)
    if label not in members.labels:
        if members.path in e.draft.edits:
            return Constant(node.op == "not in")
        hint = nearest(label, members.labels) or "options: " + ", ".join(members.labels[:12])
        raise SpaceError("E201", f"{members.path!r} has no option {label!r}", node.span, hint)
    return Formula(node.op, (Constant(label), members), node.span)


def interval_of(draft: Draft) -> IntervalOf:
    """Return the function that tells between which numbers a decision lies."""

    def interval(x: Decided) -> Interval:
        column = draft.column(x)
        if column.kind == ONE:
            values = column.values or ()
            if not all(is_number(v) for v in values):
                raise SpaceError("E305", f"{x.path!r} is not a number", x.span, "compare options with 'is'")
            numbers = [v for v in values if isinstance(v, int | float)]
            return Interval(min(numbers), max(numbers), all(isinstance(v, int) for v in numbers))
        if column.kind == FLOAT or not column.integer:
            return Interval(column.low, column.high, False)
        return Interval(int(column.low), int(value_at(column.low, column.step, column.card - 1)), True)

    return interval
