"""Expansion of uses: a block afresh, a rule with one level less, a shared choice once for all its uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from symbolic.errors import SpaceError
from symbolic.nodes import Def, Use
from symbolic.table.components import steered
from symbolic.table.drafts import ABSENT, Alternatives, Context, Place
from symbolic.table.instances import Conditional, Formula, Instance, Scoped
from symbolic.table.parameters import check_parameter
from symbolic.table.scope import Scope

if TYPE_CHECKING:
    from symbolic.table.expand.expand import Expander


@attrs.frozen(eq=False)
class Shared:
    """A shared choice that has been met: the guard of its decisions (any of its uses), and its instance."""

    guard: int
    uses: Alternatives
    instance: Instance


def use(e: Expander, node: Use, at: Place) -> Instance:
    """Expand a use of a definition."""
    d = e.defs[node.name]
    if d.kind == "shared":
        return shared(e, d, node, at)
    if d.kind == "rule":
        at = _descend(d, node, at)
    names = _arguments(e, d, node, at)
    body = e.slot(d.body, at.within(Scope(dict(names), e.root)))
    return Scoped(names, body)


def _descend(d: Def, node: Use, at: Place) -> Place:
    left = at.context.depths.get(d.name, d.depth or 0)
    if left <= 0:
        raise SpaceError(
            "E401", f"rule {d.name!r} is used deeper than its depth {d.depth}", node.span, "add an option without it"
        )
    context = attrs.evolve(at.context, depths={**at.context.depths, d.name: left - 1}, plain=False)
    return attrs.evolve(at, context=context)


def _arguments(e: Expander, d: Def, node: Use, at: Place) -> dict[str, Instance]:
    """Expand the arguments of a use, once each, in the order of the parameters given; then the defaults."""
    names: dict[str, Instance] = {}
    for i, a in enumerate(node.args):
        name = a.name or d.params[i].name
        names[name] = e.slot(a.value, at.inside(name))
    for p in d.params:
        given = names.get(p.name)
        if given is None or given is ABSENT:
            if p.default is None:
                raise SpaceError("E204", f"{d.name!r} needs the argument {p.name!r}", node.span)
            names[p.name] = e.slot(p.default, at.within(e.root).inside(p.name))
        elif isinstance(given, Conditional) and given.other is None and p.default is not None:
            names[p.name] = _defaulted(e, given, e.slot(p.default, at.within(e.root).inside(f"{p.name}/else")))
        check_parameter(e, d, p, names[p.name], node)
    return names


def _defaulted(e: Expander, given: Conditional, default: Instance) -> Conditional:
    """Return the argument where its condition is known true, else the parameter's default."""
    holds = Formula("and", (Formula("active", (given.condition,)), given.condition))
    return Conditional(holds, given.then, default, given.guard)


def shared(e: Expander, d: Def, node: Use, at: Place) -> Instance:
    """Expand a use of a shared choice: its decisions are made at the first use and active where any use is.

    With parameters, every use builds the body anew with its own arguments, on the same decisions.
    """
    names = _arguments(e, d, node, at)
    made = touch(e, d, names, node, at)
    if not d.params:
        return made.instance
    again = attrs.evolve(at.context, depths={}, reuse=True, plain=False)
    return Scoped(names, e.slot(d.body, Place(_home(d), Scope(dict(names), e.root), at.guard, again)))


def touch(e: Expander, d: Def, names: dict[str, Instance], node: Use, at: Place) -> Shared:
    """Return a shared choice, made if this is its first use, and active where this use is.

    Raises E404 when a parameter steers its decisions, E403 when it depends on itself.
    """
    made = e.shared.get(d.name)
    if made is None:
        if d.name in e.draft.owners:
            raise SpaceError("E403", f"shared {d.name!r} depends on itself", node.span)
        steering = steered(d, e.defs)
        if steering is not None:
            message = f"the decisions of the shared choice {d.name!r} depend on its argument"
            raise SpaceError("E404", message, steering.span or d.span, "make it a block, or take the bound from an entry")
        made = e.shared[d.name] = _make(e, d, names)
    if at.context.activate and not at.context.reuse and at.guard not in made.uses.guards:
        made.uses.guards.append(at.guard)
    return made


def _make(e: Expander, d: Def, names: dict[str, Instance]) -> Shared:
    uses = Alternatives()
    guard = e.draft.guard(uses)
    e.draft.owners.append(d.name)
    first = Context(rules=not d.params, plain=False)
    instance = e.slot(d.body, Place(_home(d), Scope(dict(names), e.root), guard, first))
    e.draft.owners.pop()
    e.draft.completed.append(d.name)
    return Shared(guard, uses, instance)


def _home(d: Def) -> str:
    """Return the path of a shared choice: its name, with `/` for `.`."""
    return d.name.replace(".", "/")
