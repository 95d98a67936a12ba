"""Constraints and objectives beside a Python space: the rounds of a repeat are gathered, the names of `model` stand free.

`sum(model.body[*].rank)` and `sum(body[*].rank)` mean the fields `"body[0]"`, `"body[1]"`, ... of the program `model`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import attrs

from symbolic.errors import SpaceError
from symbolic.language.words import COSTS
from symbolic.nodes import Arg, Call, Choice, Const, Expr, If, Node, Obj, Record, Ref, Step
from symbolic.task import TaskFacts

_PROGRAM = "model"
_GATHERING = frozenset({"sum", "mean", "count", "any", "all", "min", "max", "len"})


def free_names(root: Record, facts: TaskFacts | None) -> set[str]:
    """Return the names inside the program `model` that may stand without `model.` before them."""
    program = _field(root, _PROGRAM)
    if not isinstance(program, Call):
        return set()
    taken = {*COSTS, *(field.key for field in root.fields), *(facts.metrics if facts is not None else ())}
    return {name.partition("[")[0] for name in _inside(program)} - taken


def located(node: Any, root: Record) -> Any:
    """Return a condition, an expression, or what holds some, with every reference led to a field.

    What `[*]` gathers from rounds becomes a list, `sum([model["body[0]"].rank, ...])`. Raises E208 where two references in
    one expression gather unlike numbers of things.
    """
    if isinstance(node, tuple):
        return tuple(located(each, root) for each in node)
    if isinstance(node, Ref):
        found = _led(node, root)
        return found[0] if len(found) == 1 else node
    if isinstance(node, Expr) and node.op in _GATHERING and len(node.args) == 1:
        return attrs.evolve(node, args=(_spread(node.args[0], root),))
    if attrs.has(type(node)):
        names = [a.name for a in attrs.fields(type(node)) if a.name not in ("span", "doc")]
        return attrs.evolve(node, **{name: located(getattr(node, name), root) for name in names})
    return node


def _spread(node: Node, root: Record) -> Node:
    """Return the list of an expression for each of the things that the references in it gather, or the expression itself."""
    gathered = {ref: _led(ref, root) for ref in _references(node) if "*" in ref.steps}
    gathered = {ref: led for ref, led in gathered.items() if led != [ref]}
    if not gathered:
        moved: Node = located(node, root)
        return moved
    counts = {len(led) for led in gathered.values()}
    if len(counts) > 1:
        raise SpaceError("E208", "two references gather unlike numbers of things", next(iter(gathered)).span)
    items = [_replaced(node, {ref: led[k] for ref, led in gathered.items()}) for k in range(counts.pop())]
    return Call("list", tuple(Arg(None, located(item, root)) for item in items), span=node.span)


def _references(node: Any) -> Iterator[Ref]:
    if isinstance(node, Ref):
        yield node
    elif isinstance(node, tuple):
        for each in node:
            yield from _references(each)
    elif attrs.has(type(node)):
        for field in attrs.fields(type(node)):
            if field.name not in ("span", "doc"):
                yield from _references(getattr(node, field.name))


def _replaced(node: Any, by: Mapping[Ref, Ref]) -> Any:
    if isinstance(node, Ref):
        return by.get(node, node)
    if isinstance(node, tuple):
        return tuple(_replaced(each, by) for each in node)
    if attrs.has(type(node)):
        names = [a.name for a in attrs.fields(type(node)) if a.name not in ("span", "doc")]
        return attrs.evolve(node, **{name: _replaced(getattr(node, name), by) for name in names})
    return node


def _led(ref: Ref, root: Record) -> list[Ref]:
    """Return the references that one with `name[i]` or `name[*]` stands for; one where it has neither."""
    entries = {field.key for field in root.fields}
    steps: tuple[Step, ...] = (ref.name, *ref.steps) if ref.name in entries else (_PROGRAM, ref.name, *ref.steps)
    head, *rest = steps
    paths: list[tuple[list[Step], Node | None]] = [([head], _field(root, str(head)))]
    position = 0
    while position < len(rest):
        step, after = rest[position], rest[position + 1] if position + 1 < len(rest) else None
        grown, used = [], 1
        for path, node in paths:
            keys = _rounds(node, step, after)
            if keys is None:
                grown.append(([*path, step], _field(node, step) if isinstance(step, str) else None))
            else:
                used = 2
                grown.extend(([*path, key], _field(node, key)) for key in keys)
        paths, position = grown, position + used
    return [
        Ref(str(path[0]), tuple(path[1:]), span=ref.span) for path, node in paths if "*" not in ref.steps or node is not None
    ]


def _rounds(node: Node | None, name: Step, index: Step | None) -> list[str] | None:
    """Return the keys that `name[index]` stands for in a node, or None where these are no rounds."""
    if not isinstance(name, str) or node is None:
        return None
    keys = [key for key in _inside(node) if re.fullmatch(rf"{re.escape(name)}\[\d+\]", key)]
    if not keys or not (isinstance(index, int) or index == "*"):
        return None
    return keys if index == "*" else [f"{name}[{index}]"]


def _inside(node: Node) -> Collection[str]:
    """Return the names that stand inside a node."""
    match node:
        case Record(fields=fields):
            return [field.key for field in fields]
        case Call(args=args, sites=sites):
            return [*(arg.name for arg in args if arg.name), *(_inside(sites) if sites is not None else ())]
        case If(then=then):
            return _inside(then)
        case Choice(options=options):
            return [option.label for option in options]
        case _:
            return []


def _field(node: Node | None, key: str | Step) -> Node | None:
    """Return what a node calls by a name, or None."""
    match node:
        case Record(fields=fields):
            return next((field.value for field in fields if field.key == key), None)
        case Call(args=args, sites=sites):
            return next((arg.value for arg in args if arg.name == key), None) or _field(sites, key)
        case If(then=then):
            return _field(then, key)
        case Choice(options=options):
            return next((option.value for option in options if option.label == key), None)
        case Const() | Obj() | _:
            return None
