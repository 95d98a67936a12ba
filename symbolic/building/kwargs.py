"""The arguments at a place of a candidate, for code that makes the object itself: `SGD(parameters, **kwargs)`."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from symbolic.building.build import Modules, task_facts
from symbolic.building.roles import ABSENT
from symbolic.building.values import Values
from symbolic.building.walk import Walk
from symbolic.candidate import Candidate
from symbolic.errors import SpaceError, nearest
from symbolic.table.instances import (
    Chain,
    Conditional,
    Decided,
    Fields,
    Gathered,
    Instance,
    Members,
    Operation,
    Repeated,
    Scoped,
)
from symbolic.task import TaskFacts


def kwargs(candidate: Candidate, path: str, facts: TaskFacts | None, fidelity: Mapping[str, float]) -> dict[str, Any]:
    """Return the arguments of the call, or the fields of the record, at a path; see `Candidate.kwargs`."""
    maker = Modules(candidate.space, None, False)
    table = candidate.space.lower()
    walk = Walk(table, Values(table, candidate.point), maker, facts or task_facts(candidate.space), fidelity)
    places = dict(_places(walk, table.root))
    if path not in places:
        hint = nearest(str(path), places) or f"places with arguments: {', '.join(map(repr, list(places)[:12]))}"
        raise SpaceError("E601", f"nothing that has arguments stands at {path!r} in this candidate", hint=hint)
    found: dict[str, object]
    match places[path]:
        case Fields(fields=fields):
            found = {key: walk.value(x) for key, x in fields.items()}
        case Operation() as x:
            found = {name: _argument(walk, x, name, y) for name, y in _named(walk, x).items()}
    return {key: value for key, value in found.items() if value is not ABSENT}


def _named(walk: Walk, x: Operation) -> dict[str, Instance]:
    """The arguments of a call by name; positional ones take the names of the parameters."""
    if not x.positional:
        return dict(x.named)
    names: list[str] = []
    if "::" in x.fn:
        names = list(inspect.signature(walk.maker.find(x.fn, x)).parameters)
    if len(names) < len(x.positional):
        raise SpaceError("E601", f"the arguments of {x.fn!r} have no names: write them by name", x.span)
    return {**dict(zip(names, x.positional, strict=False)), **x.named}


def _argument(walk: Walk, x: Operation, name: str, y: Instance) -> object:
    if walk.blueprint.is_layer(y):
        raise SpaceError("E601", f"the argument {name!r} of {x.fn!r} is a layer, made for its input: see `build`", x.span)
    return walk.value(y)


def _plain(walk: Walk, x: Instance) -> Instance:
    """What stands in the end: the option that was chosen, the body of a block, the branch of a condition."""
    match x:
        case Decided(options=options) if options and (code := _code(walk, x)) >= 0:
            return _plain(walk, options[code])
        case Scoped(body=body):
            return _plain(walk, body)
        case Conditional() if (branch := walk.branch(x)) is not None:
            return _plain(walk, branch)
        case _:
            return x


def _code(walk: Walk, x: Decided) -> int:
    assert isinstance(walk.resolver, Values)
    return int(walk.resolver.point.index[walk.table.where[x.path]])


def _places(walk: Walk, root: Instance) -> Iterator[tuple[str, Operation | Fields]]:
    """Yield path and what stands there of all active calls, records, and choices of them; shared parts are met once."""
    waiting, met = [root], set[Instance]()
    while waiting:
        x = waiting.pop()
        if x in met:
            continue
        met.add(x)
        found = _plain(walk, x)
        if isinstance(x, Operation | Fields | Decided) and isinstance(found, Operation | Fields):
            yield x.path, found
        waiting += reversed(_below(walk, x))


def _below(walk: Walk, x: Instance) -> list[Instance]:
    match x:
        case Decided(options=options):
            return [options[code]] if options and (code := _code(walk, x)) >= 0 else []
        case Fields(fields=fields):
            return list(fields.values())
        case Operation(named=named, positional=positional, body=body):
            return [*named.values(), *positional, *([] if body is None else [body])]
        case Chain(items=items) | Gathered(items=items):
            return list(items)
        case Scoped(names=names, body=body):
            return [*names.values(), body]
        case Repeated(items=items):
            count = walk.read(x.count)
            return list(items[:count]) if isinstance(count, int) else []
        case Conditional():
            branch = walk.branch(x)
            return [] if branch is None else [branch]
        case Members(options=options, labels=labels):
            picked = walk.picked(x)
            return [o for o, label in zip(options, labels, strict=True) if isinstance(picked, list | tuple) and label in picked]
        case _:
            return []
