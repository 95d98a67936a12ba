"""Edits and renames: what passes and authors write about paths. Labels are read against the decision, not as names."""

from __future__ import annotations

from collections.abc import Iterable

from symbolic.language import raw
from symbolic.language.context import Context
from symbolic.language.lookup import dotted
from symbolic.language.raw import Raw
from symbolic.nodes import Arg, Call, Const, Edit, Node, Rename


def edit(ctx: Context, node: raw.Edit) -> Edit:
    """Resolve `fix p to v`, `limit p to [v, ...]`, `tie p to q`. Raises E207 for what is no value or path."""
    path = _path(ctx, node.path)
    span = ctx.span(node.place)
    if node.kind == "tie":
        return Edit("tie", path, Const(_path(ctx, node.value)), span=span)
    if node.kind == "limit" and not (isinstance(node.value, raw.Listing) and node.value.items):
        raise ctx.error("E207", "limit needs a list of values", node.value.place, 'limit "train/lr" to [1e-3, 1e-2]')
    return Edit(node.kind, path, _value(ctx, node.value), span=span)


def renames(ctx: Context, statements: Iterable[raw.Statement]) -> tuple[Rename, ...]:
    """Resolve the `renamed A to B` of a text. Raises E202 for a path that is renamed twice, or that comes back to itself."""
    made: list[Rename] = []
    for s in statements:
        if not isinstance(s, raw.Renamed):
            continue
        old, new = _path(ctx, s.old), _path(ctx, s.new)
        if any(r.old == old for r in made):
            raise ctx.error("E202", f"{old!r} is renamed twice", s.place, "rename the new name in turn: a to b, b to c")
        trail, at = [old], new
        while at not in trail and (after := next((r.new for r in made if r.old == at), None)) is not None:
            trail.append(at)
            at = after
        if at == old:
            raise ctx.error("E202", f"the renames go in a circle: {' -> '.join([*trail, at])}", s.place)
        made.append(Rename(old, new, span=ctx.span(s.place)))
    return tuple(made)


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
