"""Constant numbers: checking that something is one, and folding arithmetic."""

from __future__ import annotations

from decimal import Decimal

from symbolic.errors import SpaceError
from symbolic.language import words
from symbolic.language.context import Context
from symbolic.language.raw import Fault, Place
from symbolic.language.words import MAX_NUMBER, literal, words_of
from symbolic.nodes import Call, Const, Expr, Node, Obj, Record, Repeat

FOLDED = words_of("+ - * / ** neg")
MAX_EXPONENT = 64
MAX_BASE = 1e6


def check(ctx: Context, node: Node, place: Place) -> None:
    """Raise E305 when a node is known to be no number."""
    match node:
        case Const(value=bool() | str() | None):
            shown = repr(node.value) if isinstance(node.value, str) else literal(node.value)
            raise ctx.error("E305", f"{shown} is not a number", place, "compare options with 'is'")
        case Call(fn=fn) if fn not in ("list", "tuple"):
            raise ctx.error("E305", f"{fn!r} is not a number", place, "compare options with 'is'")
        case Obj(name=name):
            raise ctx.error("E305", f"{name!r} is not a number", place)
        case Record() | Repeat():
            what = "a record" if isinstance(node, Record) else "a repeat"
            raise ctx.error("E305", f"{what} is not a number", place, "name a field, or .count")


def value(node: Const) -> int | float:
    """Return the number of a constant that was checked to be one."""
    assert isinstance(node.value, int | float)
    return node.value


def decimal(node: Const) -> Decimal:
    """Return the number of a constant as it is written, exactly."""
    return Decimal(repr(value(node)))


def fold(ctx: Context, node: Expr, place: Place) -> Node:
    """Return the constant that `+ - * / **` or a sign of constants gives, else the node.

    Raises E104 when the result is too large, E301 for a division by zero, E308 when the units do not go together.
    """
    if node.op not in FOLDED or not all(isinstance(a, Const) for a in node.args):
        return node
    if node.op == "neg":
        only = node.args[0]
        assert isinstance(only, Const)
        return Const(-value(only), only.unit, span=node.span)
    a, b = node.args
    assert isinstance(a, Const) and isinstance(b, Const)
    unit = _unit(ctx, node.op, a.unit, b.unit, place)
    try:
        made = _power(ctx, value(a), value(b), place) if node.op == "**" else _compute(node.op, value(a), value(b))
        if isinstance(made, float):
            words.finite(made, place)
    except (ZeroDivisionError, Fault, OverflowError) as e:
        raise _failure(ctx, e, place) from None
    if isinstance(made, int) and len(str(abs(made))) > MAX_NUMBER:
        raise ctx.error("E104", "the value is too large", place, f"whole numbers have at most {MAX_NUMBER} digits")
    if unit is not None and isinstance(made, float) and made == int(made):
        made = int(made)
    return Const(made, unit, span=node.span)


def _failure(ctx: Context, e: Exception, place: Place) -> SpaceError:
    if isinstance(e, ZeroDivisionError):
        return ctx.error("E301", "division by zero", place)
    return ctx.error("E104", "the value is too large", place, "numbers reach 1e308")


def _compute(op: str, a: int | float, b: int | float) -> int | float:
    match op:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
        case _:
            return a / b


def _power(ctx: Context, a: int | float, b: int | float, place: Place) -> int | float:
    if abs(b) > MAX_EXPONENT or abs(a) > MAX_BASE:
        raise ctx.error("E104", "this power is too large", place, f"exponents reach {MAX_EXPONENT}, bases 1e6")
    made = a**b
    if isinstance(made, complex):
        raise ctx.error("E301", "a root of a negative number", place)
    assert isinstance(made, int | float)
    return made


def _unit(ctx: Context, op: str, a: str | None, b: str | None, place: Place) -> str | None:
    """Return the unit of a result."""
    if op in "+-" and a == b:
        return a
    if op == "*" and None in (a, b):
        return a or b
    if op == "/" and (b is None or a == b):
        return a if b is None else None
    if op == "**" and a is None and b is None:
        return None
    raise ctx.error("E308", f"the units of the two sides of {op} do not go together", place)
