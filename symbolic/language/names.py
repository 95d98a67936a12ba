"""Names: which of the things a name may mean it means where it stands."""

from __future__ import annotations

from collections.abc import Collection

from symbolic.language import calls, raw
from symbolic.language.context import Context, Scope
from symbolic.language.lookup import is_metric, later, may_be_metric, unknown
from symbolic.language.raw import Raw
from symbolic.language.words import THIS, literal
from symbolic.nodes import Const, Expr, Node, Ref, Step
from symbolic.task import FACTS


def reference(ctx: Context, node: raw.Name | raw.Attribute | raw.Item, scope: Scope) -> Node:
    """Resolve a name with steps into it: a reference, a use, a fact, a metric or an operator without arguments.

    Raises E201 for an unknown name, E208 for what cannot be named, E403 for what stands later.
    """
    base, parts = _quoted(ctx, *_chain(ctx, node), scope)
    span = ctx.span(node.place)
    if scope.has(base.id):
        return Ref(base.id, _steps(ctx, parts, scope), span=span)
    if base.id in ctx.entries:
        if scope.entries is not None and base.id not in scope.entries:
            raise later(ctx, base.id, node.place)
        return Ref(base.id, _steps(ctx, parts, scope), span=span)
    found = _definition(ctx, base, parts)
    if found is not None:
        name, rest = found
        if not rest:
            return calls.use(ctx, name, raw.Call(base, (), None, None, node.place), scope)
        kind = ctx.definitions[name].kind
        if kind != "shared":
            hint = f"label the use, {name} as NAME, and refer to the label"
            raise ctx.error("E208", f"{name!r} is a {kind}: each use has its own decisions, name a use", node.place, hint)
        return Ref(ctx.full(name, node.place, scope), _steps(ctx, rest, scope), span=span)
    if not parts:
        return _alone(ctx, base, scope)
    raise unknown(ctx, base.id, base.place, scope)


def _alone(ctx: Context, name: raw.Name, scope: Scope) -> Node:
    """Resolve a name without steps that is neither local, an entry nor a definition.

    Where a task reports the accuracy and no error, `error` is what is missing to 1.
    """
    if is_metric(ctx, name.id, scope):
        return Expr("metric", (Const(name.id),), span=ctx.span(name.place))
    if name.id == "error" and is_metric(ctx, "accuracy", scope):
        accuracy = Expr("metric", (Const("accuracy"),), span=ctx.span(name.place))
        return Expr("-", (Const(1.0), accuracy), span=ctx.span(name.place))
    if name.id in FACTS:
        if ctx.task is not None and name.id not in ctx.task.values:
            raise ctx.error("E201", f"the task {ctx.task.name!r} has no {name.id!r}", name.place, _known(ctx.task.values))
        ctx.built_in(name.id, name.place)
        return Ref(name.id, (), span=ctx.span(name.place))
    if calls.is_operator(ctx, name.id):
        return calls.operation(ctx, name.id, raw.Call(name, None, None, None, name.place), scope)
    if may_be_metric(ctx, name.id, scope):
        return Expr("metric", (Const(name.id),), span=ctx.span(name.place))
    raise unknown(ctx, name.id, name.place, scope, alone=True)


def _known(names: Collection[str]) -> str:
    return "it has " + ", ".join(names) if names else "it has no facts"


def _chain(ctx: Context, node: raw.Name | raw.Attribute | raw.Item) -> tuple[raw.Name, list[Raw | str]]:
    """Split a chain into its first name and the steps after it; a step is a name, `*`, `**` or an index."""
    steps: list[Raw | str] = []
    base: Raw = node
    while isinstance(base, raw.Attribute | raw.Item):
        steps.append(base.name if isinstance(base, raw.Attribute) else base.index)
        base = base.base
    if not isinstance(base, raw.Name):
        raise ctx.error("E208", "only a name can be followed by '.' or '['", node.place, "name it first: let NAME = ...")
    return base, steps[::-1]


def _quoted(ctx: Context, base: raw.Name, parts: list[Raw | str], scope: Scope) -> tuple[raw.Name, list[Raw | str]]:
    """Read `this["a b"].c` as a name in scope that is no identifier, unless something is called `this`."""
    taken = scope.has(THIS) or THIS in ctx.entries or THIS in ctx.definitions
    if base.id != THIS or taken or not parts or not isinstance(parts[0], raw.Literal):
        return base, parts
    key = parts[0].value
    return (raw.Name(key, base.place.to(parts[0].place)), parts[1:]) if isinstance(key, str) else (base, parts)


def _definition(ctx: Context, base: raw.Name, parts: list[Raw | str]) -> tuple[str, list[Raw | str]] | None:
    """Return the definition with the longest dotted name that a chain starts with, and the steps after it."""
    name, best = base.id, None
    for i in range(len(parts) + 1):
        if name in ctx.definitions:
            best = (name, parts[i:])
        if i == len(parts) or not isinstance(parts[i], str):
            break
        name = f"{name}.{parts[i]}"
    return best


def _steps(ctx: Context, parts: list[Raw | str], scope: Scope) -> tuple[Step, ...]:
    return tuple(part if isinstance(part, str) else _index(ctx, part, scope) for part in parts)


def _index(ctx: Context, node: Raw, scope: Scope) -> Step:
    index = ctx.value(node, scope)
    if not isinstance(index, Const):
        return index
    if isinstance(index.value, str):
        return index.value
    if type(index.value) is not int or index.value < 0:
        raise ctx.error("E208", f"there is no instance [{literal(index.value)}]", node.place, "instances count from 0")
    return index.value
