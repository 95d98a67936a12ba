"""What introduces names: sequences with labels, records with fields, bodies with lets, repeats with index and name."""

from __future__ import annotations

from symbolic.language import ranges, raw
from symbolic.language.context import Context, Scope
from symbolic.language.raw import Place, Raw
from symbolic.language.words import literal
from symbolic.nodes import Arg, Call, Const, Constraint, Expr, Field, Let, Node, Range, Record, Repeat

MAX_REPEATS = 400_000


def sequence(ctx: Context, node: raw.Sequence, scope: Scope) -> Call:
    """Resolve `a >> b`: an item sees the labels before it. Raises E202 for a label given twice."""
    inner = scope.inner()
    inner.later = set(_labels(node))
    items = []
    for item in node.items:
        label, value = (item.name, item.value) if isinstance(item, raw.Label) else (None, item)
        if label is not None and label in inner.names:
            raise ctx.error("E202", f"two items are called {label!r}", item.place)
        resolved = ctx.value(value, inner)
        name = label
        if isinstance(resolved, Repeat) and resolved.name is not None:
            if label is not None:
                raise ctx.error("E202", f"this repeat is called {resolved.name!r} already", item.place)
            name = resolved.name
            if name in inner.names:
                raise ctx.error("E202", f"two items are called {name!r}", item.place)
        if name is not None:
            inner.names.add(name)
            inner.later.discard(name)
        items.append(Arg(label, resolved))
    return Call(">>", tuple(items), span=ctx.span(node.place))


def record(ctx: Context, node: raw.Record, scope: Scope) -> Record:
    """Resolve a record: a field sees the fields before it. Raises E202 for a key given twice."""
    inner = scope.inner()
    inner.later = {f.key for f in node.fields}
    fields = []
    for field in node.fields:
        if field.key in inner.names:
            raise ctx.error("E202", f"{field.key!r} is defined twice", field.place)
        fields.append(_field(ctx, field, inner))
        inner.names.add(field.key)
        inner.later.discard(field.key)
    return Record(tuple(fields), span=ctx.span(node.place))


def _field(ctx: Context, node: raw.Field, scope: Scope) -> Field:
    value = ctx.value(node.value, scope)
    return Field(node.key, value, doc=ctx.comments.of(node.place.line), span=ctx.span(node.place))


def body(ctx: Context, node: raw.Body, scope: Scope) -> Let:
    """Resolve `{ let ...; require ...; value }`. Raises E202 for a name given twice."""
    inner = scope.inner()
    inner.later = {item.name for item in node.items if isinstance(item, raw.Let)}
    names = []
    for item in node.items:
        if not isinstance(item, raw.Let):
            continue
        if item.name in inner.names:
            raise ctx.error("E202", f"{item.name!r} is defined twice", item.place)
        names.append(Arg(item.name, ctx.value(item.value, inner)))
        inner.names.add(item.name)
        inner.later.discard(item.name)
    within = inner.inner(set(_labels(node.value)))
    constraints = [constraint(ctx, item, within) for item in node.items if isinstance(item, raw.Constraint)]
    return Let(tuple(names), ctx.value(node.value, inner), tuple(constraints), span=ctx.span(node.place))


def _labels(node: Raw) -> list[str]:
    """Return the names that a body's value gives to its parts: labels, a repeat's name, fields."""
    match node:
        case raw.Sequence(items=items):
            return [name for item in items for name in _labels(item)]
        case raw.Label(name=name):
            return [name]
        case raw.Repeat(name=str() as name):
            return [name]
        case raw.Record(fields=fields):
            return [f.key for f in fields]
    return []


def constraint(ctx: Context, node: raw.Constraint, scope: Scope) -> Constraint:
    """Resolve a constraint; `forbid c when g` is `forbid g and c`, `require c when g` is `require not g or c`.

    Raises E305 for what cannot be true or false.
    """
    condition: Raw = node.condition
    if node.guard is not None:
        if node.kind == "forbid":
            condition = raw.Op("and", (node.guard, condition), node.place)
        else:
            condition = raw.Op("or", (raw.Op("not", (node.guard,), node.guard.place), condition), node.place)
    resolved = ctx.value(condition, scope.inner(measured=True))
    if (isinstance(resolved, Const) and not isinstance(resolved.value, bool)) or isinstance(resolved, Call | Range | Record):
        raise ctx.error("E305", f"{node.kind} needs a condition", node.condition.place, "such as x <= 3 or x is relu")
    if isinstance(resolved, Expr) and resolved.op == "metric":
        raise ctx.error(
            "E305", f"{node.kind} needs a condition", node.condition.place, "compare the metric: params(model) <= 1M"
        )
    return Constraint(node.kind, resolved, span=ctx.span(node.place))


def repeat(ctx: Context, node: raw.Repeat, scope: Scope) -> Repeat:
    """Resolve a repeat. Raises E305 for a count that is no whole number from 0, E405 for too many."""
    written = node.count
    count = ranges.resolve(ctx, written, scope, plain=True) if isinstance(written, raw.Range) else ctx.value(written, scope)
    _check_count(ctx, count, written.place)
    inner = scope.inner({n for n in (node.index, node.name) if n is not None})
    if node.index is not None and node.index == node.name:
        raise ctx.error("E202", f"{node.name!r} is defined twice", node.place, "the index needs a name of its own")
    return Repeat(count, ctx.value(node.body, inner), node.name, node.index, span=ctx.span(node.place))


def _check_count(ctx: Context, count: Node, place: Place) -> None:
    match count:
        case Const(value=value):
            ends = [value]
        case Range(low=low, high=high):
            ends = [e.value for e in (low, high) if isinstance(e, Const)]
        case Call() | Record() | Repeat():
            ends = [None]
        case _:
            return
    for end in ends:
        if type(end) is not int or end < 0:
            shown = "" if end is None else f", not {literal(end)}"
            raise ctx.error("E305", f"a repeat count is a whole number from 0{shown}", place)
        if end > MAX_REPEATS:
            raise ctx.error("E405", f"more than {MAX_REPEATS} repeats", place)
