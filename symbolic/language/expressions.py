"""Arithmetic, comparison and logic: what may stand on which side, options compared by name, constants folded."""

from __future__ import annotations

from symbolic.language import numbers, raw, tables
from symbolic.language.context import Context, Scope
from symbolic.language.lookup import dotted, label
from symbolic.language.raw import Place, Raw
from symbolic.language.words import literal, words_of
from symbolic.nodes import Arg, Call, Choice, Const, Expr, Node, Obj, Range, Record, Repeat

_ARITHMETIC = words_of("+ - * / // % ** neg")
_ORDER = words_of("< <= > >=")


def resolve(ctx: Context, node: raw.Op, scope: Scope) -> Node:
    """Resolve an operator. Raises E305 for a side that it does not take, and what folding raises."""
    if node.op in ("is", "is not"):
        return _is(ctx, node, scope)
    if node.op in ("in", "not in"):
        return _in(ctx, node, scope)
    args = tuple(ctx.value(a, scope) for a in node.args)
    span = ctx.span(node.place)
    if node.op in _ARITHMETIC or node.op in _ORDER:
        for arg, written in zip(args, node.args, strict=True):
            numbers.check(ctx, arg, written.place)
        made = Expr(node.op, args, span=span)
        return numbers.fold(ctx, made, node.place)
    if node.op in ("==", "!="):
        return _equal(ctx, node, args)
    for arg, written in zip(args, node.args, strict=True):
        condition(ctx, f"{node.op!r} joins conditions, and this is none", arg, written.place)
    return Expr(node.op, args, span=span)


def _equal(ctx: Context, node: raw.Op, args: tuple[Node, ...]) -> Expr:
    """Resolve `==` and `!=`; against a text or `none` they mean `is`."""
    left, right = args
    if isinstance(left, Const) and not isinstance(right, Const):
        left, right = right, left
    if isinstance(right, Const) and (right.value is None or isinstance(right.value, str)):
        word = "is" if node.op == "==" else "is not"
        return Expr(word, (left, Const(literal(right.value), span=right.span)), span=ctx.span(node.place))
    for arg, place in ((args[0], node.args[0].place), (args[1], node.args[1].place)):
        if not (isinstance(arg, Const) and isinstance(arg.value, bool)):
            _no_option(ctx, arg, place)
            numbers.check(ctx, arg, place)
    return Expr(node.op, args, span=ctx.span(node.place))


def _no_option(ctx: Context, node: Node, place: Place) -> None:
    if isinstance(node, Call) and "::" not in node.fn and node.fn not in ("list", "tuple"):
        hint = f"compare options with 'is': ... is {node.fn}"
        raise ctx.error("E305", f"{node.fn!r} is not a number", place, hint)


def condition(ctx: Context, message: str, node: Node, place: Place) -> None:
    """Raise E305 with a message for what stands where a condition is needed and cannot be true or false."""
    match node:
        case Const(value=bool()):
            return
        case Const() | Call() | Obj() | Range() | Record() | Repeat():
            wrong = True
        case Choice(options=options):
            wrong = any(isinstance(o.value, Call | Obj) for o in options)
        case _:
            return
    if wrong:
        raise ctx.error("E305", message, place, "options are separated by |")


def _is(ctx: Context, node: raw.Op, scope: Scope) -> Expr:
    left, right = node.args
    name = label(right)
    if name is None:
        hint = "x is relu; numbers are compared with =="
        raise ctx.error("E305", f"{node.op!r} needs the name of an option on its right", right.place, hint)
    return Expr(node.op, (ctx.value(left, scope), Const(name, span=ctx.span(right.place))), span=ctx.span(node.place))


def _in(ctx: Context, node: raw.Op, scope: Scope) -> Expr:
    """Resolve `x in [a, b]` (labels or values), `label in subset`, and tables of rows."""
    if tables.is_table(node):
        return tables.resolve(ctx, node, scope)
    left, right = node.args
    span = ctx.span(node.place)
    if isinstance(right, raw.Listing):
        items = tuple(Arg(None, _label_or_value(ctx, item, scope)) for item in right.items)
        if not items:
            raise ctx.error("E305", f"{node.op!r} needs at least one value on its right", right.place)
        return Expr(node.op, (ctx.value(left, scope), Call("list", items, span=ctx.span(right.place))), span=span)
    return Expr(node.op, (_label_or_value(ctx, left, scope), ctx.value(right, scope)), span=span)


def _label_or_value(ctx: Context, node: Raw, scope: Scope) -> Node:
    """Read a name as a label, unless it is local."""
    name = dotted(node)
    if name is None or scope.has(name.partition(".")[0]):
        return ctx.value(node, scope)
    return Const(name, span=ctx.span(node.place))
