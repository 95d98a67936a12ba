"""Tables of allowed rows: `(a, b) in [(1, 4), (2, 5)]`, or in the rows of a CSV file whose header names the decisions.

The rows of a file become part of the space, as a text of their own: the canonical text stands alone.
"""

from __future__ import annotations

from symbolic.errors import Source, Span
from symbolic.language import files, raw
from symbolic.language.context import Context, Scope
from symbolic.language.lookup import dotted
from symbolic.language.parser import located_errors
from symbolic.language.raw import Raw
from symbolic.nodes import Arg, Call, Const, Expr, Node, Ref, Use

MAX_TEXT = 1_500_000


def is_table(node: raw.Op) -> bool:
    """Tell whether `in` asks for rows: a tuple stands on its left, or a text on its right."""
    left, right = node.args
    return isinstance(left, raw.Listing) or (isinstance(right, raw.Literal) and isinstance(right.value, str))


def resolve(ctx: Context, node: raw.Op, scope: Scope) -> Expr:
    """Resolve `(a, b) in rows`. Raises E305 for what is no row of names or of constants, E207 and E405 for a file."""
    left, right = node.args
    names = left.items if isinstance(left, raw.Listing) else (left,)
    asked = Call("tuple", tuple(Arg(None, _name(ctx, n, scope)) for n in names), span=ctx.span(left.place))
    if isinstance(right, raw.Literal) and isinstance(right.value, str):
        rows: Node = _file(ctx, right.value, right)
    elif isinstance(right, raw.Listing) and right.items:
        made = tuple(Arg(None, _row(ctx, item, len(names), scope)) for item in right.items)
        rows = Call("list", made, span=ctx.span(right.place))
    else:
        raise ctx.error("E305", f"{node.op!r} needs rows on its right", right.place, 'write [(1, 4), (2, 5)] or "rows.csv"')
    return Expr(node.op, (asked, rows), span=ctx.span(node.place))


def _name(ctx: Context, node: Raw, scope: Scope) -> Node:
    made = ctx.value(node, scope)
    if not isinstance(made, Ref | Use) or (isinstance(made, Use) and made.args):
        raise ctx.error("E305", "a table of rows is about decisions: their names stand here", node.place)
    return made


def _row(ctx: Context, node: Raw, width: int, scope: Scope) -> Call:
    cells = node.items if isinstance(node, raw.Listing) else (node,) if width == 1 else ()
    if len(cells) != width:
        raise ctx.error("E305", f"this is no row of {width} values", node.place, "as many as names stand on the left")
    return Call("tuple", tuple(Arg(None, _cell(ctx, c, scope)) for c in cells), span=ctx.span(node.place))


def _cell(ctx: Context, node: Raw, scope: Scope) -> Const:
    name = dotted(node)
    made = ctx.value(node, scope) if name is None else Const(name, span=ctx.span(node.place))
    if not isinstance(made, Const):
        raise ctx.error("E305", "a row holds constants and labels", node.place)
    return made


def _file(ctx: Context, path: str, node: raw.Literal) -> Const:
    """Return the rows of a file, or those that stand in the text itself, as text; the span is that of the file."""
    if "\n" in path:
        return Const(path, span=ctx.span(node.place))
    with located_errors(ctx.source):
        file = files.locate(ctx.root, ctx.folder, path, node.place)
        text = "" if (large := file.stat().st_size > MAX_TEXT) else files.text_of(file, path, node.place).strip("\n")
    if large:
        raise ctx.error("E405", f"{path!r} is larger than 1.5 MB", node.place, "leave out the columns that are no decisions")
    if "\n" not in text:
        raise ctx.error("E305", f"{path!r} has no rows below its header", node.place)
    source = Source(files.beside(ctx.source.name, path), text)
    return Const(text, span=Span(source, 1, 1, 0, text.index("\n")))
