"""Looking names up: what a name could mean, and what to say when it means nothing."""

from __future__ import annotations

import difflib
import re

from symbolic.errors import SpaceError, nearest
from symbolic.language import raw
from symbolic.language.context import Context, Scope
from symbolic.language.raw import Place, Raw
from symbolic.language.words import COSTS, FUNCTIONS, USUAL_METRICS, VALUES, literal, quote
from symbolic.task import FACTS

_CALLED = {
    **dict.fromkeys(
        ("choice", "choices", "categorical", "oneof", "one_of", "select", "choose"), "options are separated by |: a | b"
    ),
    **dict.fromkeys(
        ("range", "randint", "int", "integer", "quniform", "linspace"), "a range is written 1..9, with step 2 in steps"
    ),
    **dict.fromkeys(("uniform", "float", "floating", "real"), "a range of floats is written 0.0..1.0"),
    **dict.fromkeys(("loguniform", "log_uniform", "logspace", "lognormal"), "a range over orders of magnitude: 1e-4..1e-1 log"),
    **dict.fromkeys(("sample", "some_of", "someof", "manyof"), "different options are picked by: subset 1..2 of { a, b, c }"),
}
"""What other libraries call a choice, and how it is written here."""
_WITH_UNIT = re.compile(r"\w+_(ns|us|ms|s|uj|mj|j|kj|mw|w|b|kb|mb|gb|kib|mib|gib|bytes|hz|khz|mhz|cycles)")
"""Names of metrics that programs measure: `energy_mj`, `flash_kb`."""
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


def may_be_metric(ctx: Context, name: str, scope: Scope) -> bool:
    """Tell whether an unknown name may be a metric, and looks like no slip of the pen.

    Where the task is known, what it does not report is measured by a metric command, and has its unit in its name.
    """
    known = ctx.metrics()
    if not scope.measured or name in FUNCTIONS or "." in name or scope.is_later(name):
        return False
    if known is not None and not _WITH_UNIT.fullmatch(name):
        return False
    near = [*ctx.entries, *scope.visible(), *(USUAL_METRICS if known is None else known)]
    similar = difflib.get_close_matches(name, near, n=1, cutoff=0.75)
    return not similar or similar[0] in name


def later(ctx: Context, name: str, place: Place) -> SpaceError:
    """Return the error of a reference to something further down."""
    return ctx.error("E403", f"{name!r} stands later in the file; references look back", place, f"move {name!r} up")


def unknown(ctx: Context, name: str, place: Place, scope: Scope, *, alone: bool = False, called: bool = False) -> SpaceError:
    """Return the error of a name that means nothing here, with the nearest that does; `alone`: it may be meant as a text."""
    if name in _ELSEWHERE:
        return ctx.error("E201", f"unknown name {name!r}", place, f"write {_ELSEWHERE[name]}")
    if name in _CALLED and called:
        return ctx.error("E201", f"unknown name {name!r}", place, _CALLED[name])
    if scope.is_later(name):
        return later(ctx, name, place)
    if name in ctx.repeats:
        hint = f"{name!r} is its name inside the braces; here it is {ctx.repeats[name]!r}"
        return ctx.error("E201", f"unknown name {name!r}", place, hint)
    if name in FUNCTIONS:
        return ctx.error("E201", f"{name!r} is a function", place, f"write {name}(...)")
    if name in COSTS:
        hint = (
            f"write {name}(ENTRY), the cost of an entry above"
            if name in VALUES
            else "metrics stand in objectives and constraints"
        )
        return ctx.error("E201", f"{name!r} is no value by itself", place, hint)
    known = scope.visible() | ctx.entries | set(ctx.definitions) | set(ctx.operators) | set(FACTS)
    if not alone:
        known |= FUNCTIONS
    if scope.measured:
        known |= set(COSTS) | set(USUAL_METRICS if ctx.metrics() is None else ctx.metrics() or ())
    return ctx.error("E201", f"unknown name {name!r}", place, _hint(ctx, name, place, scope, sorted(known), alone))


def _hint(ctx: Context, name: str, place: Place, scope: Scope, known: list[str], alone: bool) -> str | None:
    """Return the nearest known name, or what may stand here instead; both where the name is no slip of the pen for sure."""
    close, help_ = nearest(name, known), _help(ctx, name, place, scope, alone)
    if close is None or help_ is None or not alone or scope.measured:
        return close or help_
    return close if difflib.get_close_matches(name, known, n=1, cutoff=0.75) else f"{close} {help_}"


def _help(ctx: Context, name: str, place: Place, scope: Scope, alone: bool) -> str | None:
    """Return what may stand where a name is not known and none is near."""
    if ctx.source.text[: place.start].rstrip().endswith("//"):
        return "a comment begins with #, // divides"
    if scope.measured:
        return "metrics: " + ", ".join(sorted({*COSTS, *(ctx.metrics() or USUAL_METRICS)}))
    return f"a text is quoted: {quote(name)}" if alone else None
