"""What a condition tells of what follows it: after `opt is sgd`, the fields of that option are meant by `opt.momentum`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from symbolic.nodes import Const, Expr, Node, Ref
from symbolic.table.drafts import ABSENT, Place
from symbolic.table.instances import Conditional, Decided, Repeated, Scoped
from symbolic.table.references import follow
from symbolic.table.scope import Named

if TYPE_CHECKING:
    from symbolic.table.expand.expand import Expander


def knowing(e: Expander, condition: Node, at: Place, holds: bool) -> Place | None:
    """Return the place where a condition, expanded before, is known to hold (or not to); None where that cannot be.

    Of conditions, `x is label` is understood, alone or joined: `and` where it holds, `or` where it does not, `not`. Of two
    options, one that is not taken leaves the other.
    """
    match condition:
        case Expr(op="not", args=(inner,)):
            return knowing(e, inner, at, not holds)
        case Expr(op="and" | "or" as op, args=parts) if (op == "and") == holds:
            for part in parts:
                known = knowing(e, part, at, holds)
                if known is None:
                    return None
                at = known
        case Expr(op="is" | "is not" as op, args=(Ref() as ref, Const(value=str() as label))):
            return _with_option(e, ref, label, at) if (op == "is") == holds else _without_option(e, ref, label, at)
    return at


def _with_option(e: Expander, ref: Ref, label: str, at: Place) -> Place | None:
    found, several = follow(e, ref, at.passive())
    decided = None if several else _decision(found[0].what)
    if decided is None or not decided.labels:
        return at
    if label not in decided.labels:
        return None if decided.path in e.draft.edits else at
    known = {**at.context.known, decided.path: label}
    return attrs.evolve(at, context=attrs.evolve(at.context, known=known))


def _without_option(e: Expander, ref: Ref, label: str, at: Place) -> Place:
    found, several = follow(e, ref, at.passive())
    decided = None if several else _decision(found[0].what)
    left = () if decided is None else tuple(other for other in decided.labels if other != label)
    if decided is None or len(left) != 1 or len(decided.labels) == 1:
        return at
    known = {**at.context.known, decided.path: left[0]}
    return attrs.evolve(at, context=attrs.evolve(at.context, known=known))


def _decision(x: Named) -> Decided | None:
    while True:
        match x:
            case Scoped(body=inner) | Repeated(count=inner):
                x = inner
            case Conditional(then=inner, other=None) if x is not ABSENT:
                x = inner
            case Decided():
                return x
            case _:
                return None
