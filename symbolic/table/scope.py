"""Names in scope while a space is expanded, and what an instance calls by a name (`model.head[0].width`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias, assert_never

import attrs

from symbolic.table.instances import (
    Chain,
    Conditional,
    Constant,
    Decided,
    External,
    Fact,
    Fields,
    Formula,
    Gathered,
    Instance,
    Members,
    Operation,
    Repeated,
    Scoped,
    Varying,
)


@attrs.frozen(eq=False)
class Growing:
    """A repeat whose instances are being made: its body may refer to the ones before."""

    path: str
    count: Instance
    items: list[Instance]


Named: TypeAlias = "Instance | Growing"


@attrs.frozen(eq=False)
class Scope:
    """Names of one level; `names` grows as a record, a let or a sequence is walked."""

    names: dict[str, Named] = attrs.field(factory=dict)
    outer: Scope | None = None

    def get(self, name: str) -> Named | None:
        """Return what the nearest level calls by this name."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        return None


def own(x: Named, step: str | int) -> Named | None:
    """Return what `x` itself calls by this name or index, without looking further in."""
    match x:
        case Fields(fields=names) | Scoped(names=names):
            return names.get(str(step))
        case Chain(items=items, names=chained):
            return items[chained.index(step)] if step in chained else None
        case Operation(named=named, positional=positional):
            if isinstance(step, int):
                return positional[step] if 0 <= step < len(positional) else None
            return named.get(step)
        case Decided(options=options, labels=labels) | Members(options=options, labels=labels):
            return options[labels.index(step)] if options and step in labels else None
        case Repeated(items=items, count=count) | Growing(items=items, count=count):
            if isinstance(step, int):
                return items[step] if 0 <= step < len(items) else None
            return count if step == "count" else None
        case _:
            return None


def looked_through(x: Named) -> list[Named]:
    """Return what a reference looks into when `x` itself has no such name: its sites and body, or the then branch."""
    match x:
        case Scoped(body=body):
            return [body]
        case Operation(body=body, sites=sites):
            return [part for part in (sites, body) if part is not None]
        case Conditional(then=then):
            return [then]
        case _:
            return []


def gather(x: Named) -> Gathered | None:
    """Return what `[*]` names in `x`: the instances of a repeat, the values of a record, the flags of a set."""
    match x:
        case Repeated(items=items) | Growing(items=items):
            return Gathered(tuple(items))
        case Fields(fields=fields):
            return Gathered(tuple(fields.values()))
        case Members(labels=labels):
            return Gathered(tuple(Formula("in", (Constant(label), x)) for label in labels))
        case Scoped(body=body) | Conditional(then=body):
            return gather(body)
        case Operation(body=body, sites=sites):
            part = sites if sites is not None else body
            return gather(part) if part is not None else None
        case _:
            return None


def below(x: Named, guard: int, inner: Callable[[Named, Named, int], int]) -> Iterator[tuple[Named, int]]:
    """Yield `x` and every instance below it, each once, with the guard it stands under (`inner` of container and part)."""
    seen: set[int] = set()
    stack: list[tuple[Named, int]] = [(x, guard)]
    while stack:
        top, under = stack.pop()
        if id(top) not in seen:
            seen.add(id(top))
            yield top, under
            stack.extend((part, inner(top, part, under)) for part in reversed(parts(top)))


def parts(x: Named) -> list[Named]:
    """Return the instances directly below one, in order."""
    match x:
        case Constant() | External() | Fact() | Varying():
            return []
        case Decided(options=options) | Members(options=options):
            return list(options)
        case Operation(named=named, positional=positional, body=body, sites=sites):
            return [*positional, *named.values(), *(p for p in (sites, body) if p is not None)]
        case Chain(items=items) | Gathered(items=items) | Growing(items=items):
            return list(items)
        case Fields(fields=fields):
            return list(fields.values())
        case Scoped(names=names, body=body):
            return [*names.values(), body]
        case Repeated(items=items):
            return list(items)
        case Conditional(then=then, other=other):
            return [then, *([other] if other is not None else [])]
        case Formula(op=op, args=args):
            return [] if op == "metric" else list(args)
        case _:
            assert_never(x)


def names_in(x: Named) -> list[str]:
    """Return the names that may follow in a reference, for hints."""
    match x:
        case Fields(fields=fields):
            return list(fields)
        case Chain(names=names):
            return list(names)
        case Scoped(names=scoped, body=body):
            return [*scoped, *names_in(body)]
        case Operation(named=named, body=body, sites=sites):
            return [*named, *(n for p in (sites, body) if p is not None for n in names_in(p))]
        case Decided(labels=labels) | Members(labels=labels):
            return list(labels)
        case Repeated() | Growing():
            return ["[*]", "count"]
        case Conditional(then=then):
            return names_in(then)
        case _:
            return []
