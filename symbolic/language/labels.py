"""The name that an option or an item has by itself, when no `as` gives it one."""

from __future__ import annotations

from symbolic.language.words import literal
from symbolic.nodes import Call, Choice, Const, Expr, If, Let, Node, Obj, Range, Record, Ref, Repeat, Use


def label_of(node: Node) -> str | None:
    """Return the derived label of a node, or None where it has none (a choice, an `if`, arithmetic).

    >>> label_of(Const(0.5)), label_of(Call("torch.nn::ReLU")), label_of(Range(Const(1), Const(2)))
    ('0.5', 'ReLU', 'range')
    """
    match node:
        case Const():
            return literal(node.value)
        case Obj(name=name) | Call(fn=name) if "::" in name:
            return name.rpartition("::")[2].rpartition(".")[2]
        case Call(fn="list" | "tuple"):
            from symbolic.language.printer import print_node  # the printer reads labels in turn

            return print_node(node)
        case Call(fn=">>"):
            return node.args[0].name or label_of(node.args[0].value)
        case Call():
            return node.fn
        case Use():
            return node.name.rpartition(".")[2]
        case Ref(steps=steps):
            return ".".join([node.name, *(s for s in steps if isinstance(s, str))]) if _plain(steps) else None
        case Range():
            return "range"
        case Repeat():
            return node.name or "repeat"
        case Record():
            return "record"
        case Choice() | If() | Let() | Expr() | Obj():
            return None


def _plain(steps: tuple[object, ...]) -> bool:
    return all(isinstance(s, str) and s not in ("*", "**") for s in steps)
