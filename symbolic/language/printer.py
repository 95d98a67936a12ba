"""Canonical text: one statement a line, parentheses only where binding needs them. `parse(print_space(s)) == s`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from symbolic.language.labels import label_of
from symbolic.language.words import BODY_WORDS, STATEMENTS, THIS, is_name, literal, quote
from symbolic.nodes import (
    Arg,
    Call,
    Choice,
    Const,
    Def,
    Expr,
    Field,
    If,
    Let,
    Node,
    Obj,
    Option,
    Range,
    Record,
    Ref,
    Repeat,
    Use,
)
from symbolic.space import Space

# How tightly a form binds; a node inside a tighter place needs parentheses.
_CONDITIONAL, _CHOICE, _SEQUENCE, _OR, _AND, _NOT, _COMPARE, _RANGE, _SUM, _TERM, _UNARY, _POWER, _POSTFIX = range(13)
_BINARY = dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "is", "is not", "in", "not in"), _COMPARE) | {
    "or": _OR,
    "and": _AND,
    "+": _SUM,
    "-": _SUM,
    "*": _TERM,
    "/": _TERM,
    "//": _TERM,
    "%": _TERM,
}
_ZERO_ONE = Range(Const(0), Const(1))


def print_space(space: Space) -> str:
    """Return the canonical text of a space; it ends with a newline."""
    lines = [f"space {space.name} version {space.version}"]
    if space.task is not None:
        lines.append(f"task {print_node(space.task)}")
    lines += [_definition(d) for d in space.defs]
    lines += [_field(f, " =", STATEMENTS) for f in space.root.fields]
    lines += [f"{'maximize' if g.maximize else 'minimize'} {print_node(g.expression)}" for g in space.objectives]
    lines += [f"{c.kind} {print_node(c.condition)}" for c in space.constraints]
    lines += [f"renamed {quote(r.old)} to {quote(r.new)}" for r in space.renames]
    lines += [f"{e.kind} {quote(e.path)} to {print_node(e.value)}" for e in sorted(space.edits, key=lambda e: e.path)]
    return "\n".join(lines) + "\n"


def print_node(node: Node) -> str:
    """Return the canonical text of a node: a value, a condition, an objective.

    >>> from symbolic.nodes import Const, Expr, Ref
    >>> print_node(Expr("*", (Expr("+", (Ref("a"), Const(1))), Const(2.0))))
    '(a + 1) * 2.0'
    """
    return _text(node, _CONDITIONAL)


def _definition(d: Def) -> str:
    params = ""
    if d.params:
        shown = [f"{p.name}: {p.type}" + ("" if p.default is None else f" = {print_node(p.default)}") for p in d.params]
        params = f"({', '.join(shown)})"
    depth = f" depth {d.depth}" if d.kind == "rule" else ""
    body = _body(d.body) if isinstance(d.body, Let) else f"= {print_node(d.body)}"
    return f"{d.kind} {d.name}{params}{depth} {body}"


def _text(node: Node, level: int) -> str:
    """Return a node's text, in parentheses where the place binds tighter than the node."""
    text, own = _bound(node)
    return f"({text})" if own < level else text


def _bound(node: Node) -> tuple[str, int]:
    """Return a node's text and how tightly it binds."""
    match node:
        case Const():
            negative = isinstance(node.value, int | float) and not isinstance(node.value, bool) and node.value < 0
            return _constant(node), _UNARY if negative else _POSTFIX
        case Obj():
            return node.name, _POSTFIX
        case Ref():
            return _reference(node), _POSTFIX
        case Use():
            return node.name + (_arguments(node.args) if node.args else ""), _POSTFIX
        case Call():
            return _call(node)
        case Choice(form="one"):
            return " | ".join(_option(o, _SEQUENCE) for o in node.options), _CHOICE if len(node.options) > 1 else _CONDITIONAL
        case Choice(form="multiset"):
            return _several(node), _POSTFIX if node.low == node.high else _RANGE
        case Choice():
            return _several(node), _POSTFIX
        case Range():
            return _range(node), _RANGE
        case Repeat():
            return _repeat(node), _POSTFIX
        case If():
            return _conditional(node), _CONDITIONAL
        case Expr():
            return _expression(node)
        case Record():
            return _record(node.fields), _POSTFIX
        case Let():
            return _body(node), _POSTFIX
        case _:
            assert_never(node)


def _constant(node: Const) -> str:
    return quote(node.value) if isinstance(node.value, str) else literal(node.value) + (node.unit or "")


def _reference(node: Ref) -> str:
    text = node.name if is_name(node.name) else f"{THIS}[{quote(node.name)}]"
    for step in node.steps:
        if isinstance(step, int):
            text += f"[{step}]"
        elif not isinstance(step, str):
            text += f"[{print_node(step)}]"
        elif step in ("*", "**"):
            text += f"[{step}]"
        else:
            text += f".{step}" if is_name(step) else f"[{quote(step)}]"
    return text


def _guarded(value: Node) -> str:
    """Return a value that stands in a slot, with its `when`."""
    if isinstance(value, If) and value.other is None:
        return f"{print_node(value.then)} when {_text(value.cond, _OR)}"
    return print_node(value)


def _arguments(args: Sequence[Arg]) -> str:
    return "(" + ", ".join(_guarded(a.value) if a.name is None else f"{a.name}: {_guarded(a.value)}" for a in args) + ")"


def _field(field: Field, separator: str, quoted: frozenset[str] = frozenset()) -> str:
    bare = is_name(field.key) and field.key not in quoted
    return f"{field.key if bare else quote(field.key)}{separator} {_guarded(field.value)}"


def _record(fields: Sequence[Field], quoted: frozenset[str] = frozenset()) -> str:
    inside = ", ".join(_field(f, ":", quoted) for f in fields)
    return f"{{ {inside} }}" if inside else "{}"


def _call(node: Call) -> tuple[str, int]:
    if node.fn == ">>":
        return " >> ".join(_item(a) for a in node.args), _SEQUENCE
    if node.fn == "list":
        return "[" + ", ".join(print_node(a.value) for a in node.args) + "]", _POSTFIX
    if node.fn == "tuple":
        comma = "," if len(node.args) == 1 else ""
        return "(" + ", ".join(print_node(a.value) for a in node.args) + comma + ")", _POSTFIX
    text = node.fn + (_arguments(node.args) if node.args or "::" in node.fn else "")
    if node.body is not None:
        text += f" {_body(node.body)}"
    if node.sites is not None:
        text += f" with {_record(node.sites.fields)}"
    return text, _POSTFIX


def _label(name: str) -> str:
    return name if is_name(name) else quote(name)


def _item(arg: Arg) -> str:
    return _text(arg.value, _OR) if arg.name is None else f"{_text(arg.value, _POSTFIX)} as {_label(arg.name)}"


def _option(option: Option, level: int) -> str:
    if label_of(option.value) == option.label:
        text = _text(option.value, level)
    else:
        text = f"{_text(option.value, _POSTFIX)} as {_label(option.label)}"
    weight = "" if option.weight == 1 else f" @ {_weight(option.weight)}"
    return ("default " if option.default else "") + text + weight


def _weight(weight: float) -> str:
    return str(int(weight)) if weight == int(weight) and weight < 1e15 else repr(weight)


def _several(node: Choice) -> str:
    n = len(node.options)
    whole = (0, n) if node.form == "subset" else (n, n)
    count = f" {node.low}" if node.low == node.high else f" {node.low}..{node.high}"
    options = ", ".join(_option(o, _SEQUENCE) for o in node.options)
    if node.form == "multiset":
        return f"{count.strip()} of {{ {options} }}"
    return f"{node.form}{'' if (node.low, node.high) == whole else count} of {{ {options} }}"


def _modifiers(node: Range) -> list[tuple[str, Node]]:
    given = (("step", node.step), ("times", node.times), ("prior", node.prior), ("default", node.default))
    return [(word, value) for word, value in given if value is not None]


def _range(node: Range) -> str:
    if node == _ZERO_ONE:
        return "0..1 step 1"  # without the step it reads like a probability or a flag, and is refused
    text = f"{'fidelity ' if node.fidelity else ''}{_text(node.low, _SUM)}..{_text(node.high, _SUM)}"
    text += "".join(f" {word} {_text(value, _SUM)}" for word, value in _modifiers(node))
    return text + (" log" if node.log else "")


def _repeat(node: Repeat) -> str:
    name = "" if node.name is None else f" as {node.name}"
    index = "" if node.index is None or node.name is None else f"[{node.index}]"
    return f"repeat {_count(node.count)}{name}{index} {_body(node.body)}"


def _count(node: Node) -> str:
    """Return the text of a count, where only numbers and names stand without parentheses."""
    if isinstance(node, Range) and not node.fidelity:
        text = f"{_atom(node.low)}..{_atom(node.high)}"
        text += "".join(f" {word} {_atom(value)}" for word, value in _modifiers(node))
        return text + (" log" if node.log else "")
    return _atom(node)


def _atom(node: Node) -> str:
    text, level = _bound(node)
    plain = isinstance(node, Const | Ref) or (isinstance(node, Use) and not node.args)
    return text if plain and level == _POSTFIX and not text.startswith('"') else f"({text})"


def _body(node: Node) -> str:
    """Return the braces of a body."""
    if isinstance(node, Let):
        items = [f"let {a.name} = {_guarded(a.value)}; " for a in node.names]
        items += [f"{c.kind} {print_node(c.condition)}; " for c in node.constraints]
        return "{ " + "".join(items) + _last(node.body) + " }"
    if isinstance(node, Record):
        return f"{{ {_last(node)} }}"
    return "{ " + _last(node) + " }"


def _last(node: Node) -> str:
    """Return the value of a body, where `let require forbid default` are words of their own."""
    if isinstance(node, Record) and node.fields:
        return _record(node.fields, BODY_WORDS)[2:-2]
    text = print_node(node)
    first = text.split(maxsplit=1)[0].partition("(")[0]
    return f"({text})" if first in ("require", "forbid") else text


def _conditional(node: If) -> str:
    if node.other is None:
        return _guarded(node)
    return f"{_text(node.then, _CHOICE)} if {_text(node.cond, _OR)} else {print_node(node.other)}"


def _expression(node: Expr) -> tuple[str, int]:
    args = node.args
    match node.op:
        case "metric":
            assert isinstance(args[0], Const)
            return str(args[0].value) + (f"({print_node(args[1])})" if len(args) > 1 else ""), _POSTFIX
        case "not":
            return f"not {_text(args[0], _NOT)}", _NOT
        case "neg":
            return f"-{_text(args[0], _UNARY)}", _UNARY
        case "**":
            return f"{_text(args[0], _POSTFIX)} ** {_text(args[1], _UNARY)}", _POWER
        case "and" | "or":
            level = _BINARY[node.op]
            return f" {node.op} ".join(_text(a, level + 1) for a in args), level
        case "is" | "is not":
            assert isinstance(args[1], Const)
            return f"{_text(args[0], _RANGE)} {node.op} {_shown_label(str(args[1].value))}", _COMPARE
        case op if op in _BINARY:
            level = _BINARY[op]
            left = level + 1 if level == _COMPARE else level
            return f"{_text(args[0], left)} {op} {_text(args[1], level + 1)}", level
        case op:
            return f"{op}({', '.join(map(print_node, args))})", _POSTFIX


def _shown_label(label: str) -> str:
    """Return a label as it stands after `is`: bare where it reads as itself."""
    words = label.split(".")
    if label in ("true", "false", "none") or all(map(is_name, words)):
        return label
    return quote(label)
