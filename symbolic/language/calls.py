"""Calls: uses of definitions, operators, functions, metrics and Python callables, told apart by the name called."""

from __future__ import annotations

from symbolic.language import arguments, raw
from symbolic.language.context import Context, Scope
from symbolic.language.lookup import dotted, is_metric, may_be_metric, unknown
from symbolic.language.words import COSTS, FUNCTIONS, VALUES
from symbolic.nodes import Arg, Call, Const, Expr, Node, Record, Ref, Use
from symbolic.operators import Parameter, Signature

_ANY_NUMBER = frozenset({"min", "max"})
DAG = "dag"
REFERENCE = "reference"


def call(ctx: Context, node: raw.Call, scope: Scope) -> Node:
    """Resolve a call. Raises E201 for an unknown name, E203-E205 for wrong arguments, E208 for what is no function."""
    if isinstance(node.fn, raw.Object):
        return _object(ctx, node.fn.name, node, scope)
    name = dotted(node.fn)
    if name is None:
        raise ctx.error("E208", "this cannot be called", node.fn.place, "only operators, definitions and module::name can")
    if _is_value(ctx, name, node, scope):
        raise ctx.error("E208", f"{name!r} is a value, it cannot be called", node.place, "its name alone stands for it")
    if name in ctx.definitions:
        return use(ctx, name, node, scope)
    if is_metric(ctx, name, scope):
        return _metric(ctx, name, node, scope)
    if name in COSTS and not scope.measured:
        return _cost(ctx, name, node, scope)
    if name in FUNCTIONS:
        return _function(ctx, name, node, scope)
    if is_operator(ctx, name):
        return operation(ctx, name, node, scope)
    if name == REFERENCE and scope.measured:
        return _reference(ctx, node, scope)
    if not may_be_metric(ctx, name, scope):
        raise unknown(ctx, name, node.fn.place, scope, called=True)
    return _metric(ctx, name, node, scope)


def _is_value(ctx: Context, name: str, node: raw.Call, scope: Scope) -> bool:
    """Tell whether the name called is a value; `dropout(dropout)` calls the operator, for values cannot be called."""
    first = name.partition(".")[0]
    if not scope.has(first) and (first not in ctx.entries or name in ctx.definitions):
        return False
    callable_too = name in ctx.definitions or name in FUNCTIONS or is_operator(ctx, name)
    return not callable_too or not (node.args or node.body is not None)


def is_operator(ctx: Context, name: str) -> bool:
    """Tell whether a name is an operator's; `dag` is the language's own."""
    return name in ctx.operators or name == DAG


def use(ctx: Context, name: str, node: raw.Call, scope: Scope) -> Use:
    """Resolve a use of a definition; braces after it are its argument `body`."""
    definition = ctx.definitions[name]
    if node.sites is not None:
        raise ctx.error("E203", "'with' belongs to a Python callable", node.sites.place)
    args = node.args or ()
    if node.body is not None:
        args = (*args, raw.Argument("body", node.body, node.body.place))
    parameters = tuple(Parameter(p.name, p.type or "any", p.default is None) for p in definition.parameters)
    bound = arguments.bind(ctx, name, args, parameters, scope, node.place)
    return Use(ctx.full(name, node.place, scope), bound, span=ctx.span(node.place))


def operation(ctx: Context, name: str, node: raw.Call, scope: Scope) -> Call:
    """Resolve a call of an operator."""
    if node.sites is not None:
        raise ctx.error("E203", "'with' belongs to a Python callable", node.sites.place)
    ctx.built_in(name, node.place)
    signature = ctx.operators.get(name)
    args = node.args or ()
    if name == DAG:
        bound = _dag(ctx, node, scope, signature)
    elif signature is None:
        bound = arguments.loose(ctx, args, scope)
    else:
        bound = arguments.bind(ctx, name, args, signature.parameters, scope, node.place)
        if signature.body and node.body is None and not (signature.bare and args):
            hint = f"write {name} {{ ... }}" + (f", or {name}(NAME)" if signature.bare else "")
            raise ctx.error("E204", f"{name!r} needs a body", node.place, hint)
        if not signature.body and node.body is not None:
            raise ctx.error("E203", f"{name!r} takes no body", node.body.place, str(signature))
    body = None if node.body is None else ctx.value(node.body, scope)
    return Call(name, bound, body, span=ctx.span(node.place))


def _dag(ctx: Context, node: raw.Call, scope: Scope, signature: Signature | None) -> tuple[Arg, ...]:
    """Bind the arguments of `dag(inputs: m, nodes: n, picks: k) { op }`; where no operator says which, others pass through."""
    for arg in node.args or ():
        if arg.name is None:
            raise ctx.error("E205", "'dag' takes its arguments by name", arg.place, "dag(inputs: 1, nodes: 3) { ... }")
    if "nodes" not in {arg.name for arg in node.args or ()}:
        raise ctx.error("E204", "'dag' needs the argument 'nodes'", node.place, "dag(inputs: 1, nodes: 3) { ... }")
    if node.body is None:
        raise ctx.error("E204", "'dag' needs a body: the operator of an edge", node.place, "dag(inputs: 1, nodes: 3) { ... }")
    if signature is not None:
        return arguments.bind(ctx, DAG, node.args or (), signature.parameters, scope, node.place)
    return arguments.loose(ctx, node.args or (), scope)


def _object(ctx: Context, name: str, node: raw.Call, scope: Scope) -> Call:
    """Resolve a call of `module::Qual`; in `with { ... }` its named arguments are in scope."""
    args = arguments.loose(ctx, node.args or (), scope.inner(sites=True))
    body = None if node.body is None else ctx.value(node.body, scope)
    sites = None
    if node.sites is not None:
        resolved = ctx.value(node.sites, scope.inner({a.name for a in args if a.name is not None}, sites=True))
        assert isinstance(resolved, Record)
        sites = resolved
    return Call(name, args, body, sites, span=ctx.span(node.place))


def _plain(ctx: Context, name: str, node: raw.Call, scope: Scope, what: str) -> tuple[Node, ...]:
    """Resolve the arguments of a function or metric: positional ones only, no body."""
    if node.body is not None or node.sites is not None:
        raise ctx.error("E203", f"the {what} {name!r} takes no body", node.place)
    for arg in node.args or ():
        if arg.name is not None:
            raise ctx.error("E203", f"the {what} {name!r} has no argument {arg.name!r}", arg.place, "leave the name away")
    return tuple(ctx.value(arg.value, scope) for arg in node.args or ())


def _function(ctx: Context, name: str, node: raw.Call, scope: Scope) -> Expr:
    args = _plain(ctx, name, node, scope, "function")
    if not args:
        raise ctx.error("E204", f"the function {name!r} needs an argument", node.place)
    if len(args) > 1 and name not in _ANY_NUMBER:
        raise ctx.error("E205", f"the function {name!r} takes 1 argument, {len(args)} given", node.place)
    return Expr(name, args, span=ctx.span(node.place))


def _metric(ctx: Context, name: str, node: raw.Call, scope: Scope) -> Expr:
    args = _plain(ctx, name, node, scope, "metric")
    if len(args) > 1:
        raise ctx.error("E205", f"the metric {name!r} takes 1 argument, {len(args)} given", node.place, "the entry it measures")
    return Expr("metric", (Const(name), *args), span=ctx.span(node.place))


def _cost(ctx: Context, name: str, node: raw.Call, scope: Scope) -> Expr:
    """Resolve a cost as a value, `params(model)`: of an entry above, known once that is built.

    Raises E305 for what is no entry, and for a cost that is measured only later.
    """
    if name not in VALUES:
        known = " and ".join(f"{cost}(ENTRY)" for cost in sorted(VALUES))
        raise ctx.error(
            "E305", f"{name!r} is measured later: no value can depend on it", node.place, f"{known} are known early"
        )
    args = _plain(ctx, name, node, scope, "cost")
    of = args[0] if len(args) == 1 else None
    if not isinstance(of, Ref) or of.steps or of.name not in ctx.entries or scope.has(of.name):
        raise ctx.error("E305", f"{name}() takes an entry that stands above", node.place, f"such as {name}(model)")
    return Expr("metric", (Const(name), of), span=ctx.span(node.place))


def _reference(ctx: Context, node: raw.Call, scope: Scope) -> Expr:
    """Resolve `reference(metric)`: the metric of the study's reference candidate, measured once."""
    args = _plain(ctx, REFERENCE, node, scope, "metric")
    if len(args) != 1 or not (isinstance(args[0], Expr) and args[0].op == "metric"):
        raise ctx.error("E305", "reference() takes one metric", node.place, "such as reference(seconds)")
    return Expr("metric", (Const(REFERENCE), args[0]), span=ctx.span(node.place))
