"""What is used: definitions nobody names are left out with a warning; fidelities stand where they hold for everything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from symbolic.errors import SpaceError
from symbolic.language.children import children, descend
from symbolic.nodes import Call, Const, Def, Expr, Let, Node, Range, Record, Ref, Use


def used(definitions: Mapping[str, Def], roots: Iterable[Node]) -> set[str]:
    """Return the names of the definitions that the roots use, directly or through others."""
    found: set[str] = set()
    todo = list(roots)
    while todo:
        for node in descend(todo.pop()):
            if isinstance(node, Use | Ref) and node.name in definitions and node.name not in found:
                found.add(node.name)
                d = definitions[node.name]
                todo += [d.body, *(p.default for p in d.params if p.default is not None)]
    return found


def unused(definitions: Sequence[Def], found: set[str]) -> list[SpaceError]:
    """Return E402 for each definition that is not used, to be shown as a warning."""
    hint = "it is left out; name it, or remove it"
    return [SpaceError("E402", f"{d.kind} {d.name!r} is never used", d.span, hint) for d in definitions if d.name not in found]


def check_fidelities(root: Record, others: Iterable[Node]) -> None:
    """Raise E309 for a fidelity whose ends are not constants or that stands in anything that may be absent or repeated."""
    for field in root.fields:
        _check(field.value, True)
    for node in others:
        _check(node, False)


def _check(node: Node, allowed: bool) -> None:
    if isinstance(node, Range) and node.fidelity:
        ends = (node.low, node.high, *(() if node.step is None else (node.step,)))
        if not allowed or not all(isinstance(e, Const) for e in ends):
            hint = "it stands in an entry, with constant ends: epochs: fidelity 1..9"
            raise SpaceError("E309", "a fidelity is constant and unconditional", node.span, hint)
        if node.prior is not None or node.default is not None:
            raise SpaceError(
                "E309", "a fidelity has no prior and no default", node.span, "a scheduler drives it, else its high end holds"
            )
    within = allowed and (isinstance(node, Record | Let) or (isinstance(node, Call) and node.fn not in ("list", "tuple")))
    for child in children(node):
        _check(child, within and not isinstance(child, Expr))
