"""Edits: what passes write about paths. Labels on the right are read against the decision, never as names in scope."""

from __future__ import annotations

from symbolic.language import raw
from symbolic.language.context import Context
from symbolic.language.lookup import dotted
from symbolic.language.raw import Raw
from symbolic.nodes import Arg, Call, Const, Edit, Node


def edit(ctx: Context, node: raw.Edit) -> Edit:
    """Resolve `fix p to v`, `limit p to [v, ...]`, `tie p to q`. Raises E207 for what is no value or path."""
    path = _path(ctx, node.path)
    span = ctx.span(node.place)
    if node.kind == "tie":
        return Edit("tie", path, Const(_path(ctx, node.value)), span=span)
    if node.kind == "limit" and not (isinstance(node.value, raw.Listing) and node.value.items):
        raise ctx.error("E207", "limit needs a list of values", node.value.place, 'limit "train/lr" to [1e-3, 1e-2]')
    return Edit(node.kind, path, _value(ctx, node.value), span=span)


def _value(ctx: Context, node: Raw) -> Node:
    match node:
        case raw.Literal():
            return Const(node.value, node.unit, span=ctx.span(node.place))
        case raw.Listing(items=items):
            return Call("list", tuple(Arg(None, _value(ctx, item)) for item in items), span=ctx.span(node.place))
        case raw.Name() | raw.Attribute() if (name := dotted(node)) is not None:
            return Const(name, span=ctx.span(node.place))
    raise ctx.error("E207", "an edit sets a label, a number or a list of them", node.place)


def _path(ctx: Context, node: Raw) -> str:
    """Return a path written as text, or as `a.b[0].c`."""
    match node:
        case raw.Literal(value=str() as path) if path:
            return path
        case raw.Name(id=name):
            return name
        case raw.Attribute(base=base, name=name):
            return f"{_path(ctx, base)}/{name}"
        case raw.Item(base=base, index=raw.Literal(value=int() as index)):
            return f"{_path(ctx, base)}[{index}]"
    raise ctx.error("E207", "a path is written as text", node.place, 'such as "model/stage[1]/kernel"')
