"""Looking names up: what a name could mean, and what to say when it means nothing."""

from __future__ import annotations

from symbolic.errors import SpaceError, nearest
from symbolic.language import raw
from symbolic.language.context import Context, Scope
from symbolic.language.raw import Place, Raw
from symbolic.language.words import COSTS, FUNCTIONS, literal, quote
from symbolic.task import FACTS

_ELSEWHERE = {"True": "true", "False": "false", "None": "none", "null": "none", "nil": "none"}


def dotted(node: Raw | str) -> str | None:
    """Return `a.b.c` of a chain of names, or None of anything else."""
    if isinstance(node, raw.Name):
        return node.id
    if isinstance(node, raw.Attribute):
        base = dotted(node.base)
        return None if base is None else f"{base}.{node.name}"
    return None


def label(node: Raw) -> str | None:
    """Return the label that a node writes (`relu`, `lib.act`, `3`, `"3x3"`), or None."""
    return literal(node.value) if isinstance(node, raw.Literal) else dotted(node)


def is_metric(ctx: Context, name: str, scope: Scope) -> bool:
    """Tell whether a name is a metric where it stands."""
    return scope.measured and (name in COSTS or name in (ctx.metrics() or ()))


def later(ctx: Context, name: str, place: Place) -> SpaceError:
    """Return the error of a reference to something further down."""
    return ctx.error("E403", f"{name!r} stands later in the file; references look back", place, f"move {name!r} up")


def unknown(ctx: Context, name: str, place: Place, scope: Scope) -> SpaceError:
    """Return the error of a name that means nothing here, with the nearest that does."""
    if name in _ELSEWHERE:
        return ctx.error("E201", f"unknown name {name!r}", place, f"write {_ELSEWHERE[name]}")
    if scope.is_later(name):
        return later(ctx, name, place)
    if name in FUNCTIONS:
        return ctx.error("E201", f"{name!r} is a function", place, f"write {name}(...)")
    if name in COSTS:
        hint = "metrics stand in constraints and objectives"
        return ctx.error("E209", f"the cost {name!r} as a value is not supported yet", place, hint)
    known = {n for frame in scope.frames() for n in frame.names} | ctx.entries | set(ctx.definitions) | set(ctx.operators)
    known |= FUNCTIONS | set(FACTS)
    if scope.measured:
        known |= set(COSTS) | set(ctx.metrics() or ())
    hint = nearest(name, sorted(known)) or f"a text is quoted: {quote(name)}"
    return ctx.error("E201", f"unknown name {name!r}", place, hint)
