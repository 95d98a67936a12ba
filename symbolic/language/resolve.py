"""Raw statements to a `Space`: names resolved, arguments bound, constants folded, everything checked that needs no lowering."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from symbolic import registry
from symbolic.errors import Source, SpaceError, nearest
from symbolic.language import bodies, cycles, edits, raw, types, units, usage, values
from symbolic.language.comments import comments
from symbolic.language.context import Context, Operators, Scope
from symbolic.language.lookup import dotted
from symbolic.language.signatures import Registered
from symbolic.language.words import FUNCTIONS, PARAMETER_TYPES, literal
from symbolic.nodes import Arg, Call, Const, Def, Field, Goal, Node, Param, Record
from symbolic.operators import Parameter
from symbolic.registry import RegistryError
from symbolic.space import Space
from symbolic.task import FACTS, TaskFacts


@attrs.frozen
class Reading:
    """A space as read, and what is suspicious about its text."""

    space: Space
    warnings: tuple[SpaceError, ...] = ()


def resolve(source: Source, statements: Sequence[raw.Statement], name: str, operators: Operators) -> Reading:
    """Resolve the statements of a text; `name` is the space's name where no header gives one."""
    header, task = _header(source, statements), _task(source, statements)
    definitions, entries = _defined(source, statements)
    facts = None if task is None else task_facts(task)
    ctx = Context(source, comments(source.text), definitions, frozenset(entries), operators, facts, values.value)
    defs = {d.name: _definition(ctx, d) for d in definitions.values()}
    cycles.check(tuple(defs.values()))
    root = _entries(ctx, entries)
    goals = tuple(_goal(ctx, s) for s in statements if isinstance(s, raw.Objective))
    constraints = tuple(bodies.constraint(ctx, s, Scope()) for s in statements if isinstance(s, raw.Constraint))
    changes = tuple(edits.edit(ctx, s) for s in statements if isinstance(s, raw.Edit))
    outside = [*(g.expression for g in goals), *(c.condition for c in constraints)]
    found = usage.used(defs, [root, *outside])
    ctx.warnings.extend(usage.unused(tuple(defs.values()), found))
    bodies_ = [d.body for d in defs.values()]
    usage.check_fidelities(root, [*bodies_, *outside])
    units.check(root, [*bodies_, *outside])
    space = Space(
        name if header is None else header.name,
        root,
        _version(ctx, header),
        task,
        tuple(d for d in defs.values() if d.name in found),
        goals,
        constraints,
        (),
        changes,
    )
    return Reading(space, tuple(ctx.warnings))


def fragment(source: Source, statements: Sequence[raw.Statement], entries: frozenset[str], task: Call | None) -> Space:
    """Resolve constraints and objectives that stand beside entries which are not in the text."""
    facts = None if task is None else task_facts(task)
    ctx = Context(source, comments(""), {}, entries, Registered(), facts, values.value)
    goals = tuple(_goal(ctx, s) for s in statements if isinstance(s, raw.Objective))
    constraints = tuple(bodies.constraint(ctx, s, Scope()) for s in statements if isinstance(s, raw.Constraint))
    return Space("fragment", Record(()), objectives=goals, constraints=constraints)


def _defined(source: Source, statements: Sequence[raw.Statement]) -> tuple[dict[str, raw.Definition], dict[str, raw.Field]]:
    """Return definitions and entries by name. Raises E202 for a name defined twice or built in, E209 for an import."""
    definitions: dict[str, raw.Definition] = {}
    entries: dict[str, raw.Field] = {}
    for s in statements:
        match s:
            case raw.Definition(name=name) if name in FUNCTIONS or name in FACTS or name == "dag":
                raise _error(source, "E202", f"{name!r} is a built-in name", s.place)
            case raw.Definition(name=name):
                if name in definitions or name in entries:
                    raise _error(source, "E202", f"{name!r} is defined twice", s.place)
                definitions[name] = s
            case raw.Field(key=key):
                if key in entries or key in definitions:
                    raise _error(source, "E202", f"{key!r} is defined twice", s.place)
                entries[key] = s
            case raw.Import():
                raise _error(source, "E209", "import is not supported yet", s.place, "write the definitions in this file")
            case raw.Renamed():
                raise _error(source, "E209", "renamed is not supported yet", s.place)
            case _:
                pass
    return definitions, entries


def _error(source: Source, code: str, message: str, place: raw.Place, hint: str | None = None) -> SpaceError:
    from symbolic.language.parser import spanned

    return SpaceError(code, message, spanned(place, source), hint)


def _header(source: Source, statements: Sequence[raw.Statement]) -> raw.Header | None:
    headers = [s for s in statements if isinstance(s, raw.Header)]
    if headers and statements[0] is not headers[0]:
        raise _error(source, "E202", "the header is the first statement", headers[0].place, "move it to the top")
    if len(headers) > 1:
        raise _error(source, "E202", "a file has one header", headers[1].place)
    return headers[0] if headers else None


def _version(ctx: Context, header: raw.Header | None) -> int:
    if header is None or header.version is None:
        return 1
    version = header.version.value
    if type(version) is not int or version < 1 or header.version.unit is not None:
        raise ctx.error("E305", f"the version {literal(version)} is not a whole number from 1", header.version.place)
    return version


def _task(source: Source, statements: Sequence[raw.Statement]) -> Call | None:
    """Return the task with its constant arguments. Raises E202 for a second one, E207 for anything else."""
    tasks = [s for s in statements if isinstance(s, raw.Task)]
    if len(tasks) > 1:
        raise _error(source, "E202", "a file has one task", tasks[1].place)
    if not tasks:
        return None
    value = tasks[0].value
    call = value if isinstance(value, raw.Call) else raw.Call(value, (), None, None, value.place)
    name = dotted(call.fn)
    wrong = name is None or call.body is not None or call.sites is not None
    args: list[Arg] = []
    for arg in call.args or ():
        wrong = wrong or arg.name is None or not isinstance(arg.value, raw.Literal)
        if arg.name is not None and isinstance(arg.value, raw.Literal):
            args.append(Arg(arg.name, Const(arg.value.value, arg.value.unit)))
    if wrong or name is None:
        hint = "as in: task digits(batch: 64)"
        raise _error(source, "E207", "a task is a name with constant arguments", value.place, hint)
    if len({a.name for a in args}) < len(args):
        raise _error(source, "E202", "an argument of the task is given twice", value.place)
    return Call(name, tuple(args))


def task_facts(task: Call) -> TaskFacts | None:
    """Return the facts of a task where it is registered and can be had, else None: what needs them says so."""
    if task.fn not in registry.entries("tasks"):
        return None
    try:
        made = registry.get("tasks", task.fn)(**{a.name or "": a.value.value for a in task.args if isinstance(a.value, Const)})
    except (RegistryError, TypeError, ValueError):
        return None
    facts = getattr(made, "facts", None)
    return facts if isinstance(facts, TaskFacts) else None


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
