"""What a node is called in a path, and questions about a tree that expansion asks before it expands it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import assert_never

from symbolic.nodes import Call, Choice, Const, Def, Expr, If, Let, Node, Obj, Range, Record, Ref, Repeat, Use


def component(node: Node) -> str:
    """Return the part of a path that a node without a label stands for."""
    match node:
        case Call(fn=">>"):
            return "seq"
        case Call(fn="list" | "tuple"):
            return "value"
        case Call(fn=name) | Obj(name=name):
            return name.rpartition("::")[2].rpartition(".")[2]
        case Use(name=name):
            return name.rpartition(".")[2]
        case Ref(name=name):
            return name
        case Choice(form=form):
            return "choice" if form == "one" else form
        case Range():
            return "range"
        case Repeat():
            return "repeat"
        case If():
            return "if"
        case Record():
            return "record"
        case Const() | Expr() | Let():
            return "value"
        case _:
            assert_never(node)


def children(node: Node) -> Iterator[Node]:
    """Yield the nodes directly below one."""
    match node:
        case Const() | Obj():
            return
        case Call(args=args, body=body, sites=sites):
            yield from (a.value for a in args)
            yield from (n for n in (body, sites) if n is not None)
        case Use(args=args):
            yield from (a.value for a in args)
        case Ref(steps=steps):
            yield from (s for s in steps if not isinstance(s, str | int))
        case Choice(options=options):
            yield from (o.value for o in options)
        case Range(low=low, high=high, step=step, times=times, prior=prior, default=default):
            yield from (n for n in (low, high, step, times, prior, default) if n is not None)
        case Repeat(count=count, body=body):
            yield from (count, body)
        case If(cond=cond, then=then, other=other):
            yield from (n for n in (cond, then, other) if n is not None)
        case Expr(args=parts):
            yield from parts
        case Record(fields=fields):
            yield from (f.value for f in fields)
        case Let(names=names, body=body, constraints=constraints):
            yield from (a.value for a in names)
            yield body
            yield from (c.condition for c in constraints)
        case _:
            assert_never(node)


def lands_on(node: Node, defs: Mapping[str, Def]) -> str | None:
    """Return the component of the choice, range or repeat that a node puts at its own path, or None."""
    match node:
        case Choice() | Range() | Repeat():
            return component(node)
        case Use(name=name) if defs[name].kind != "shared":
            return lands_on(defs[name].body, defs)
        case Let(body=body) | If(then=body):
            return lands_on(body, defs)
        case _:
            return None


def decides(node: Node, defs: Mapping[str, Def]) -> bool:
    """Return whether expanding a node makes a decision, or makes a shared choice active."""
    match node:
        case Choice():
            return True
        case Range(fidelity=fidelity):
            return not fidelity
        case Use(name=name):
            d = defs[name]
            return d.kind != "block" or decides(d.body, defs) or any(decides(a.value, defs) for a in node.args)
        case Ref(name=name) if name in defs:
            return True
        case _:
            return any(decides(c, defs) for c in children(node))


def mentions(node: Node, names: frozenset[str]) -> bool:
    """Return whether a node refers to one of the names."""
    if isinstance(node, Ref) and node.name in names:
        return True
    return any(mentions(c, names) for c in children(node))


def steered(d: Def, defs: Mapping[str, Def]) -> Node | None:
    """Return the bound, count or condition by which a parameter of a shared choice steers its decisions, or None."""
    return _steered(d.body, frozenset(p.name for p in d.params), defs)


def _steered(node: Node, tainted: frozenset[str], defs: Mapping[str, Def]) -> Node | None:
    def first(nodes: Iterator[Node], names: frozenset[str] = tainted) -> Node | None:
        return next((s for n in nodes if (s := _steered(n, names, defs)) is not None), None)

    match node:
        case Range():
            return next((n for n in children(node) if mentions(n, tainted)), None)
        case Repeat(count=count, body=body) if mentions(count, tainted) and decides(body, defs):
            return count
        case If(cond=cond, then=then, other=other) if mentions(cond, tainted):
            if any(decides(n, defs) for n in (then, other) if n is not None):
                return cond
        case Use(name=name, args=args):
            inner = defs[name]
            passed = frozenset(a.name or inner.params[i].name for i, a in enumerate(args) if mentions(a.value, tainted))
            if passed and inner.kind == "block" and (found := _steered(inner.body, passed, defs)) is not None:
                return found
        case Let(names=names, body=body):
            found = first(a.value for a in names)
            more = tainted | {a.name or "" for a in names if mentions(a.value, tainted)}
            return found or first(iter((body,)), more)
        case _:
            pass
    return first(children(node))


def feasibility(defs: Mapping[str, Def]) -> Callable[[Node, Mapping[str, int]], bool]:
    """Return the test whether a node can be expanded with what is left of each rule's depth."""
    known: dict[tuple[str, tuple[tuple[str, int], ...]], bool] = {}

    def feasible(node: Node, depths: Mapping[str, int]) -> bool:
        match node:
            case Use(name=name, args=args):
                d = defs[name]
                if d.kind == "rule":
                    left = depths.get(name, d.depth or 0)
                    if left <= 0:
                        return False
                    depths = {**depths, name: left - 1}
                key = (name, tuple(sorted(depths.items())))
                if key not in known:
                    known[key] = feasible(d.body, depths if d.kind != "shared" else {})
                return known[key] and all(feasible(a.value, depths) for a in args)
            case Choice(form="one", options=options):
                return any(feasible(o.value, depths) for o in options)
            case Choice(form="multiset", options=options, low=low):
                return low == 0 or any(feasible(o.value, depths) for o in options)
            case Choice(options=options, low=low):
                return sum(feasible(o.value, depths) for o in options) >= low
            case If(other=None):
                return True
            case _:
                return all(feasible(c, depths) for c in children(node))

    return feasible
