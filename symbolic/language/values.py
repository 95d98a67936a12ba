"""Resolving any node: each form goes to the file that knows it."""

from __future__ import annotations

from typing import assert_never

from symbolic.language import bodies, calls, expressions, names, options, ranges, raw
from symbolic.language.context import Context, Scope
from symbolic.language.raw import Raw
from symbolic.nodes import Arg, Call, Const, If, Node, Obj


def value(ctx: Context, node: Raw, scope: Scope) -> Node:
    """Resolve a node where a value stands. Raises `SpaceError` at the place that is wrong."""
    match node:
        case raw.Literal():
            return Const(node.value, node.unit, span=ctx.span(node.place))
        case raw.Object():
            return Obj(node.name, span=ctx.span(node.place))
        case raw.Name() | raw.Attribute() | raw.Item():
            return names.reference(ctx, node, scope)
        case raw.Call():
            return calls.call(ctx, node, scope)
        case raw.OneOf():
            return options.one_of(ctx, node, scope)
        case raw.Several():
            return options.several(ctx, node, scope)
        case raw.Range():
            return ranges.resolve(ctx, node, scope)
        case raw.Repeat():
            return bodies.repeat(ctx, node, scope)
        case raw.If():
            return _conditional(ctx, node, scope)
        case raw.Op():
            return expressions.resolve(ctx, node, scope)
        case raw.Record():
            return bodies.record(ctx, node, scope)
        case raw.Body():
            return bodies.body(ctx, node, scope)
        case raw.Sequence():
            return bodies.sequence(ctx, node, scope)
        case raw.Listing():
            items = tuple(Arg(None, ctx.value(item, scope)) for item in node.items)
            return Call(node.kind, items, span=ctx.span(node.place))
        case raw.Label():
            hint = "to name a value: let NAME = ..."
            raise ctx.error("E207", "'as' names an item of a sequence, an option or a repeat", node.place, hint)
        case _:
            assert_never(node)


def _conditional(ctx: Context, node: raw.If, scope: Scope) -> If:
    condition = ctx.value(node.cond, scope)
    word = "when" if node.other is None else "if"
    expressions.condition(ctx, f"{word!r} needs a condition", condition, node.cond.place)
    then = ctx.value(node.then, scope)
    other = None if node.other is None else ctx.value(node.other, scope)
    return If(condition, then, other, span=ctx.span(node.place))
