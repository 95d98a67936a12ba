"""Raw statements to a `Space`: names resolved, arguments bound, constants folded, everything checked that needs no lowering."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import attrs

from symbolic.errors import Source, SpaceError, nearest
from symbolic.language import bodies, cycles, edits, raw, types, units, usage, values
from symbolic.language.comments import comments
from symbolic.language.context import Context, Operators, Scope
from symbolic.language.imports import Module, load_imports
from symbolic.language.signatures import Registered
from symbolic.language.statements import defined, header, task, task_facts
from symbolic.language.words import PARAMETER_TYPES, literal
from symbolic.nodes import Call, Const, Constraint, Def, Field, Goal, Node, Param, Record
from symbolic.operators import Parameter
from symbolic.space import Space


@attrs.frozen
class Reading:
    """A space as read, and what is suspicious about its text."""

    space: Space
    warnings: tuple[SpaceError, ...] = ()


def resolve(
    source: Source, statements: Sequence[raw.Statement], default: str, operators: Operators, folder: Path | None = None
) -> Reading:
    """Resolve the statements of a text; `default` is the space's name where no header gives one.

    `folder` is where the files lie that it imports or takes rows from; None: it may name none.
    """
    name, version = header(source, statements, default)
    call = task(source, statements)
    definitions, entries = defined(source, statements)
    facts = None if call is None else task_facts(call)
    folder = None if folder is None else folder.resolve()
    module = load_imports(source, statements, definitions, folder)
    visible = module.visible()
    ctx = Context(
        source,
        comments(source.text),
        visible,
        frozenset(entries),
        operators,
        facts,
        values.value,
        folder=folder,
        root=folder,
        repeats={r.name: key for key, f in entries.items() if isinstance(r := f.value, raw.Repeat) and r.name is not None},
    )
    defs = {d.name: d for other in module.imported for d in _imported(ctx, other)}
    defs |= {d.name: _definition(ctx, d) for d in definitions.values()}
    cycles.check(tuple(defs.values()))
    root = _entries(ctx, entries)
    goals, constraints = _conditions(ctx, statements)
    changes = tuple(sorted((edits.edit(ctx, s) for s in statements if isinstance(s, raw.Edit)), key=lambda e: e.path))
    outside = [*(g.expression for g in goals), *(c.condition for c in constraints)]
    inside = [d.body for d in defs.values()]
    usage.check_fidelities(root, [*inside, *outside])
    units.check(root, [*inside, *outside])
    found = usage.used(defs, [root, *outside])
    ctx.warnings.extend(usage.unused([defs[name] for name in definitions], found))
    kept = tuple(d for d in defs.values() if d.name in found)
    space = Space(name, root, version, call, kept, goals, constraints, edits.renames(ctx, statements), changes)
    return Reading(space, tuple(ctx.warnings))


def fragment(source: Source, statements: Sequence[raw.Statement], entries: frozenset[str], call: Call | None) -> Space:
    """Resolve constraints and objectives that stand beside entries which are not in the text."""
    facts = None if call is None else task_facts(call)
    ctx = Context(source, comments(""), {}, entries, Registered(), facts, values.value)
    goals, constraints = _conditions(ctx, statements)
    return Space("fragment", Record(()), objectives=goals, constraints=constraints)


def _conditions(ctx: Context, statements: Sequence[raw.Statement]) -> tuple[tuple[Goal, ...], tuple[Constraint, ...]]:
    """Resolve objectives and constraints: they may name every entry."""
    goals = tuple(_goal(ctx, s) for s in statements if isinstance(s, raw.Objective))
    return goals, tuple(bodies.constraint(ctx, s, Scope()) for s in statements if isinstance(s, raw.Constraint))


def _imported(ctx: Context, module: Module) -> Iterator[Def]:
    """Resolve the definitions of imported files: each sees the top level of its own file, and no entry."""
    outside = ctx.entries | {name for name in ctx.definitions if "." not in name}
    for other in module.all():
        inner = attrs.evolve(
            ctx,
            source=other.source,
            comments=comments(other.source.text),
            definitions=other.visible(),
            entries=frozenset(),
            prefix=other.prefix,
            folder=other.folder,
            outside=outside,
        )
        for definition in other.definitions.values():
            made = _definition(inner, definition)
            yield attrs.evolve(made, name=other.prefix + made.name)


def _definition(ctx: Context, node: raw.Definition) -> Def:
    """Resolve a definition: it sees its parameters and the top level."""
    names: set[str] = set()
    parameters = []
    for p in node.parameters:
        if p.name in names:
            raise ctx.error("E202", f"parameter {p.name!r} is given twice", p.place)
        names.add(p.name)
        parameters.append(_parameter(ctx, node, p))
    body = ctx.value(node.body, Scope(names=names))
    depth = None if node.depth is None else node.depth.value
    if node.kind == "rule" and (type(depth) is not int or depth < 1):
        place = node.place if node.depth is None else node.depth.place
        raise ctx.error("E305", f"the depth {literal(depth)} is not a whole number from 1", place)
    doc = ctx.comments.of(node.place.line)
    whole = depth if type(depth) is int else None
    return Def(node.kind, node.name, tuple(parameters), body, whole, doc=doc, span=ctx.span(node.place))


def _parameter(ctx: Context, node: raw.Definition, p: raw.Parameter) -> Param:
    kind = p.type or "any"
    if kind not in PARAMETER_TYPES:
        hint = nearest(kind, PARAMETER_TYPES) or "types: " + " ".join(PARAMETER_TYPES)
        raise ctx.error("E305", f"unknown type {kind!r}", p.place, hint)
    default = None if p.default is None else ctx.value(p.default, Scope())
    if default is not None and p.default is not None:
        types.check(ctx, node.name, Parameter(p.name, kind, True), default, p.default.place)
    return Param(p.name, kind, default, span=ctx.span(p.place))


def _entries(ctx: Context, entries: Mapping[str, raw.Field]) -> Record:
    """Resolve the entries in order: each sees those before it."""
    before: set[str] = set()
    fields = []
    for key, field in entries.items():
        value = ctx.value(field.value, Scope(entries=before))
        _warn_list(ctx, field, value)
        fields.append(Field(key, value, doc=ctx.comments.of(field.place.line), span=ctx.span(field.place)))
        before.add(key)
    return Record(tuple(fields))


def _warn_list(ctx: Context, field: raw.Field, value: Node) -> None:
    if isinstance(value, Call) and value.fn == "list" and value.args and all(isinstance(a.value, Const) for a in value.args):
        shown = [literal(a.value.value) for a in value.args if isinstance(a.value, Const)]
        between = f"{shown[0]}..{shown[-1]} or " if len(shown) == 2 and isinstance(field.value, raw.Listing) else ""
        hint = f"to choose write {between}{' | '.join(shown[:6])}"
        ctx.warnings.append(SpaceError("E310", f"{field.key!r} is one list, not a choice", value.span, hint))


def _goal(ctx: Context, node: raw.Objective) -> Goal:
    expression = ctx.value(node.value, Scope(measured=True))
    if isinstance(expression, Const | Call | Record):
        hint = "such as: maximize accuracy"
        raise ctx.error("E305", "an objective is a metric or an expression over metrics", node.value.place, hint)
    return Goal(node.maximize, expression, span=ctx.span(node.place))
