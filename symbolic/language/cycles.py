"""Definitions that use themselves: blocks and shared choices may not, rules must be able to end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symbolic.errors import SpaceError
from symbolic.language.children import children, descend
from symbolic.nodes import Choice, Const, Def, If, Node, Range, Ref, Repeat, Use


def check(definitions: Sequence[Def]) -> None:
    """Raise E401 for a block or shared choice that uses itself, and for a rule that never ends."""
    known = {d.name: d for d in definitions}
    graph = {d.name: _uses(d, known) for d in definitions}
    done: set[str] = set()
    for name in graph:
        _visit(name, graph, known, done)
    _check_ends(known)


def _uses(definition: Def, known: Mapping[str, Def]) -> list[str]:
    """Return the definitions that a body names, but for rules: these may recurse."""
    names = dict.fromkeys(n.name for n in descend(definition.body) if isinstance(n, Use | Ref) and n.name in known)
    return [] if definition.kind == "rule" else list(names)


def _visit(start: str, graph: Mapping[str, list[str]], known: Mapping[str, Def], done: set[str]) -> None:
    """Search from a definition, depth first, for a way back to one that is still open."""
    trail, rest = {start: None}, [list(graph[start])]
    while trail:
        if not rest[-1]:
            done.add(trail.popitem()[0])
            rest.pop()
            continue
        name = rest[-1].pop(0)
        if name in trail:
            names = list(trail)
            cycle = [*names[names.index(name) :], name]
            d = known[name]
            hint = "only a rule may recurse: rule NAME depth N = ..."
            raise SpaceError("E401", f"{d.kind} {name!r} uses itself: {' -> '.join(cycle)}", d.span, hint)
        if name not in done:
            trail[name] = None
            rest.append(list(graph[name]))


def _check_ends(known: Mapping[str, Def]) -> None:
    """Find the definitions that can be built out of ones already known to end, until no more are found."""
    users: dict[str, list[str]] = {name: [] for name in known}
    for name, d in known.items():
        for used in {n.name for n in descend(d.body) if isinstance(n, Use | Ref) and n.name in known}:
            users[used].append(name)
    ends: set[str] = set()
    todo = list(known)
    while todo:
        name = todo.pop()
        if name not in ends and _finite(known[name].body, ends, known):
            ends.add(name)
            todo += users[name]
    for name, d in known.items():
        if name not in ends:
            message = f"{d.kind} {name!r} never ends: every option uses it again"
            raise SpaceError("E401", message, d.span, "add an option without it")


def _finite(node: Node, ends: set[str], known: Mapping[str, Def]) -> bool:
    """Tell whether a node can be built with only the definitions that are known to end."""
    match node:
        case Use(name=name) | Ref(name=name) if name in known and name not in ends:
            return False
        case Choice(form="one"):
            return any(_finite(o.value, ends, known) for o in node.options)
        case Choice(form="multiset"):
            return node.low == 0 or any(_finite(o.value, ends, known) for o in node.options)
        case Choice():
            return sum(_finite(o.value, ends, known) for o in node.options) >= node.low
        case If(other=None):
            return True
        case If(then=then, other=other) if other is not None:
            return _finite(then, ends, known) or _finite(other, ends, known)
        case Repeat(count=count, body=body):
            return _may_be_empty(count) or _finite(body, ends, known)
    return all(_finite(c, ends, known) for c in children(node))


def _may_be_empty(count: Node) -> bool:
    low = count.low if isinstance(count, Range) else count
    return isinstance(low, Const) and low.value == 0
