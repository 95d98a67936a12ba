"""Types of arguments, as far as they are known before anything is built."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from symbolic.language.context import Context
from symbolic.language.raw import Place
from symbolic.language.words import literal
from symbolic.nodes import Call, Choice, Const, Expr, If, Let, Node, Obj, Range, Record, Ref, Repeat, Use
from symbolic.operators import Parameter

Kind = Literal["int", "float", "bool", "str", "none", "module", "record"]
_FITS: dict[str, frozenset[str]] = {
    "int": frozenset({"int"}),
    "float": frozenset({"int", "float"}),
    "bool": frozenset({"bool"}),
    "str": frozenset({"str"}),
    "module": frozenset({"module"}),
    "output": frozenset({"int"}),
    "weights": frozenset(),
}
_NEEDS = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "str": "a text",
    "module": "an operator",
    "output": "the name of an earlier item, or how many items back it lies",
    "weights": "the name of an earlier item",
}


def check(ctx: Context, who: str, parameter: Parameter, value: Node, place: Place) -> None:
    """Raise E305 when an argument is known to be of a type that its parameter does not take."""
    if parameter.type == "any":
        return
    for kind, node in _kinds(value):
        if kind == "none" and not parameter.required and parameter.default is None:
            continue
        if kind in _FITS[parameter.type] and not (isinstance(node, Range) and kind == "int" and parameter.type == "float"):
            continue
        message = f"the argument {parameter.name!r} of {who!r} is {_NEEDS[parameter.type]}, not {_shown(kind, node)}"
        raise ctx.error("E305", message, place, _remedy(parameter, kind, node))


def _kinds(node: Node) -> Iterator[tuple[Kind, Node]]:
    """Yield what a value may turn out to be; nothing where that is not known here."""
    match node:
        case Const():
            name = type(node.value).__name__
            yield ("none" if name == "NoneType" else name), node  # type: ignore[misc]  # int, float, bool or str
        case Choice(form="one"):
            for option in node.options:
                yield from _kinds(option.value)
        case Range():
            ends = [e.value for e in (node.low, node.high) if isinstance(e, Const)]
            if any(isinstance(e, float) for e in ends):
                yield "float", node
            elif len(ends) == 2:
                yield "int", node
        case If():
            yield from _kinds(node.then)
            if node.other is not None:
                yield from _kinds(node.other)
        case Let():
            yield from _kinds(node.body)
        case Call(fn=fn) if fn not in ("list", "tuple"):
            if "::" not in fn:
                yield "module", node
        case Record():
            yield "record", node
        case Call() | Choice() | Expr() | Obj() | Ref() | Repeat() | Use():
            return


def _shown(kind: Kind, node: Node) -> str:
    match node:
        case Const():
            return repr(node.value) if isinstance(node.value, str) else literal(node.value)
        case Range():
            return f"{'a whole-number' if kind == 'int' else 'a float'} range"
        case Call():
            return repr(node.fn)
        case _:
            return f"a {kind}"


def _remedy(parameter: Parameter, kind: Kind, node: Node) -> str | None:
    if isinstance(node, Range) and kind == "int" and parameter.type == "float":
        ends = [float(e.value) for e in (node.low, node.high) if isinstance(e, Const) and isinstance(e.value, int)]
        return f"write {ends[0]!r}..{ends[1]!r}" if len(ends) == 2 else None
    if isinstance(node, Const) and kind == "float" and parameter.type == "int" and node.value == int(node.value or 0):
        return f"write {int(node.value or 0)}"
    if kind == "str" and parameter.type == "module":
        return "the name of an operator stands without quotes"
    return None
