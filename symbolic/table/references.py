"""Resolution of references: a name in scope, then steps into it. Nothing is made; a shared choice becomes active."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from symbolic.errors import SpaceError, nearest
from symbolic.nodes import Def, Ref, Step, Use
from symbolic.table.drafts import ABSENT, Alternatives, Place
from symbolic.table.expand.definitions import Shared, touch
from symbolic.table.expand.reads import read_shared
from symbolic.table.instances import Conditional, Constant, Decided, Fact, Formula, Gathered, Instance, Members
from symbolic.table.scalars import static
from symbolic.table.scope import Growing, Named, below, gather, looked_through, names_in, own
from symbolic.task import FACTS

if TYPE_CHECKING:
    from symbolic.table.expand.expand import Expander


@attrs.frozen(eq=False)
class Found:
    """What a reference led to, and the guard under which it stands (-1: as far as the reference tells, always)."""

    what: Named
    guard: int = -1


def reference(e: Expander, node: Ref, at: Place) -> Instance:
    """Return what a reference names, where it stands as a value: absent in candidates that lack it."""
    found, several = follow(e, node, at, whole=True)
    made = []
    for f in found:
        if isinstance(f.what, Growing):
            hint = "refer to an instance before this one: name[i - 1]"
            raise SpaceError("E403", f"{node.name!r} is not complete here", node.span, hint)
        made.append(_lacking(e, f.what, f.guard, at))
    return Gathered(tuple(made)) if several else made[0]


def _lacking(e: Expander, x: Instance, guard: int, at: Place) -> Instance:
    """Return `x`, made absent where a candidate lacks it although the reference stands."""
    if isinstance(x, Decided | Members):
        column = x.path if isinstance(x, Decided) else next(iter(x.columns), None)
        guard = e.draft.columns[e.draft.where[column]].guard if column is not None else guard
    if e.draft.implies(at.guard, guard) or _use_of(e, guard, at.guard):
        return x
    here = Formula("active", (Formula("guarded", (Constant(True), Constant(guard))),))
    made = Conditional(here, x, None, at.guard)
    e.draft.inner[made] = {x: guard}
    return made


def _use_of(e: Expander, guard: int, here: int) -> bool:
    """Return whether a guard is that of a shared choice that is used here."""
    g = e.draft.guards[guard]
    return isinstance(g, Alternatives) and any(e.draft.implies(here, use) for use in g.guards)


def refer(e: Expander, node: Ref, at: Place) -> Instance:
    """Return what a reference names in an expression.

    A constant in an instance of a repeat or in an option that a candidate may lack is unknown where it is lacking.
    """
    found, several = follow(e, node, at)
    made = [_guarded(e, f, at) for f in found]
    return Gathered(tuple(made)) if several else made[0]


def _guarded(e: Expander, f: Found, at: Place) -> Instance:
    if isinstance(f.what, Growing):
        return f.what.count
    if isinstance(f.what, Fact):
        e.draft.facts[f.what.name] = f.what.value
    if f.guard == -1 or not isinstance(f.what, Constant | Formula | Conditional) or f.what is ABSENT:
        return f.what
    return f.what if e.draft.implies(at.guard, f.guard) else Formula("guarded", (f.what, Constant(f.guard)))


def follow(e: Expander, node: Ref, at: Place, *, whole: bool = False) -> tuple[list[Found], bool]:
    """Return what a reference leads to, and whether it gathers (`[*]`, `[**]`).

    A shared choice becomes active: all of it (`whole`), or what an expression reads of it.

    Raises E201 where nothing has the name, E208 for a missing instance, E403 for a name that comes later.
    """
    d = e.defs.get(node.name) if at.scope.get(node.name) is None else None
    made = _shared(e, d, node, at, whole=whole) if d is not None and d.kind == "shared" else None
    found, several = [Found(_base(e, node, at) if made is None else made.instance)], False
    anywhere = False
    for step in node.steps:
        if step == "**":
            anywhere = several = True
        elif anywhere:
            found, anywhere = _at_any_depth(e, found, _plain(e, step, node, at)), False
        elif step == "*":
            found, several = _gathered(e, found, node), True
        else:
            found = _stepped(e, found, _plain(e, step, node, at), node, at.context.known)
        if not found:
            raise SpaceError("E201", f"nothing below {node.name!r} is called {step!r}", node.span)
    if anywhere:
        raise SpaceError("E208", "'[**]' is followed by the name to gather", node.span, "write model[**].width")
    if made is not None and not whole:
        for f in found:
            read_shared(e, node.name, made, f.what, at)
    return found, several


def _shared(e: Expander, d: Def, node: Ref, at: Place, *, whole: bool) -> Shared:
    if d.params and d.name not in e.shared:
        raise SpaceError("E204", f"{d.name!r} needs its arguments here", node.span, "refer to a use of it")
    return touch(e, d, {}, Use(d.name, span=node.span), at if whole else at.passive())


def _base(e: Expander, node: Ref, at: Place) -> Named:
    found = at.scope.get(node.name)
    if found is not None:
        return found
    if node.name in FACTS and not node.steps:
        return Fact(node.name, node.span, e.fact(node.name))
    if node.name in e.entries:
        raise SpaceError("E403", f"{node.name!r} stands later in the file; references look back", node.span, "move it up")
    raise SpaceError("E201", f"unknown name {node.name!r}", node.span, nearest(node.name, [*e.entries, *e.defs]))


def _plain(e: Expander, step: Step, node: Ref, at: Place) -> str | int:
    """Return a step as a name or a number; an index expression is known before the search starts."""
    if isinstance(step, str | int):
        return step
    value = static(e.formula(step, at))
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise SpaceError("E208", "an index must be known before the search starts", node.span)


def _stepped(e: Expander, found: Sequence[Found], step: str | int, node: Ref, options: Mapping[str, str]) -> list[Found]:
    several = [g for f in found if (g := _into(e, f, step, options)) is not None]
    if several:
        return several
    first = found[0].what
    counted = _count_of(first)
    if isinstance(step, int) and counted is not None:
        yet = " yet" if step >= 0 else ""
        hint = "guard the first one: A if i == 0 else name[i - 1].B" if step < 0 else f"there are {counted}, from 0"
        raise SpaceError("E208", f"there is no instance [{step}]{yet}", node.span, hint)
    raise SpaceError("E201", f"nothing is called {str(step)!r} here", node.span, _suggestion(e, first, step))


def _suggestion(e: Expander, x: Named, step: str | int) -> str:
    """Say what may follow instead of a name that is not there."""
    if isinstance(x, Decided):
        inside = [label for label, o in zip(x.labels, x.options, strict=True) if _into(e, Found(o), step, {}) is not None]
        if inside:
            return f"name the option first: {inside[0]}.{step}"
    known = names_in(x)
    return nearest(str(step), known) or ("it has " + ", ".join(known)[:200] if known else "it has no names inside")


def _count_of(x: Named) -> int | None:
    items = gather(x)
    return len(items.items) if items is not None and own(x, "count") is not None else None


def _into(e: Expander, f: Found, step: str | int, options: Mapping[str, str]) -> Found | None:
    """Take one step: into the thing itself, else through its body, its sites, the branch that is there, a known option."""
    found = own(f.what, step)
    if found is not None:
        return Found(found, e.draft.inner_guard(f.what, found, f.guard))
    if isinstance(f.what, Decided | Members) and step in ("choice", "range"):
        return f
    through = looked_through(f.what)
    if isinstance(f.what, Decided) and f.what.options and f.what.path in options:
        through = [f.what.options[f.what.labels.index(options[f.what.path])]]
    for part in through:
        inner = _into(e, Found(part, e.draft.inner_guard(f.what, part, f.guard)), step, options)
        if inner is not None:
            return inner
    return None


def _gathered(e: Expander, found: Sequence[Found], node: Ref) -> list[Found]:
    out: list[Found] = []
    for f in found:
        items = gather(f.what)
        if items is None:
            raise SpaceError(
                "E201", "'[*]' gathers the instances of a repeat, the fields of a record or the picks of a set", node.span
            )
        out.extend(Found(i, e.draft.inner_guard(f.what, i, f.guard)) for i in items.items)
    return out or [Found(Gathered(()))]


def _at_any_depth(e: Expander, found: Sequence[Found], step: str | int) -> list[Found]:
    """Return everything below that has the name itself, each once."""
    out: dict[int, Found] = {}
    for f in found:
        for container, guard in below(f.what, f.guard, e.draft.inner_guard):
            inner = own(container, step)
            if inner is not None:
                out.setdefault(id(inner), Found(inner, e.draft.inner_guard(container, inner, guard)))
    return list(out.values())
