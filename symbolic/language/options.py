"""Choices: options and members of sets with their labels, weights and defaults."""

from __future__ import annotations

from collections.abc import Mapping

from symbolic.language import raw
from symbolic.language.context import Context, Scope
from symbolic.language.geometric import MAX_OPTIONS
from symbolic.language.labels import label_of
from symbolic.language.raw import Place
from symbolic.language.words import literal
from symbolic.nodes import Choice, Const, Node, Option, Range

MAX_PICKS = 1000


def one_of(ctx: Context, node: raw.OneOf, scope: Scope) -> Choice:
    """Resolve `a | b`. Raises E206 for options without a name or with one name, E307 for two defaults."""
    options = _options(ctx, node.options, scope, node.place)
    if sum(o.default for o in options) > 1:
        raise ctx.error("E307", "two options are marked default", node.place)
    return Choice(options, span=ctx.span(node.place))


def several(ctx: Context, node: raw.Several, scope: Scope) -> Choice:
    """Resolve a subset, permutation or multiset. Raises E304 for a count that cannot be picked, E306 for a weight."""
    for option in node.options:
        if option.weight is not None:
            raise ctx.error("E306", f"a weight has no meaning in a {node.form}", option.weight.place)
    options = _options(ctx, node.options, scope, node.place)
    low, high = _count(ctx, node, scope)
    return Choice(options, node.form, low, high, span=ctx.span(node.place))


def _count(ctx: Context, node: raw.Several, scope: Scope) -> tuple[int, int]:
    n = len(node.options)
    if node.count is None:
        return (0, n) if node.form == "subset" else (n, n)
    count = node.count
    if isinstance(count, raw.Range) and count.modifiers:
        raise ctx.error("E304", "the number picked is a plain range", count.place, f"write {_word(node)}1..2 of {{ ... }}")
    ends = (count.low, count.high) if isinstance(count, raw.Range) else (count, count)
    low, high = (ctx.value(end, scope) for end in ends)
    if not (isinstance(low, Const) and isinstance(high, Const)):
        raise ctx.error("E304", "the number picked must be a constant or a constant range", count.place)
    a, b = low.value, high.value
    shown = literal(a) if a == b else f"{literal(a)}..{literal(b)}"
    if (
        type(a) is not int
        or type(b) is not int
        or not 0 <= a <= b <= (MAX_PICKS if node.form == "multiset" else n)
        or low.unit
        or high.unit
    ):
        raise ctx.error("E304", f"cannot pick {shown} of {n}", count.place)
    return a, b


def _word(node: raw.Several) -> str:
    return "" if node.form == "multiset" else f"{node.form} "


def _options(ctx: Context, options: tuple[raw.Option, ...], scope: Scope, place: Place) -> tuple[Option, ...]:
    if len(options) > MAX_OPTIONS:
        raise ctx.error("E405", f"a choice of more than {MAX_OPTIONS} options", place)
    seen: dict[str, Node] = {}
    numbers: dict[float, str] = {}
    made = []
    for option in options:
        resolved = _option(ctx, option, scope, seen)
        value = resolved.value
        if isinstance(value, Const) and type(value.value) in (int, float) and value.unit is None:
            twin = numbers.setdefault(float(value.value or 0), literal(value.value))
            if twin != literal(value.value):
                message = f"the options {twin} and {literal(value.value)} are one number"
                raise ctx.error("E206", message, option.place, "leave one away")
        seen[resolved.label] = value
        made.append(resolved)
    return tuple(made)


def _option(ctx: Context, option: raw.Option, scope: Scope, seen: Mapping[str, Node]) -> Option:
    labelled = option.value if isinstance(option.value, raw.Label) else None
    written, given = (option.value, None) if labelled is None else (labelled.value, labelled.name)
    value = ctx.value(written, scope)
    if isinstance(value, Range) and value.fidelity:
        raise ctx.error("E309", "a fidelity is constant and unconditional", option.place, "not inside an option")
    label = given or label_of(value)
    if label is None:
        raise ctx.error("E206", "this option has no name of its own", option.place, "name it: (...) as NAME")
    if label in seen:
        hint = "name them: (...) as NAME" if not isinstance(value, Const) else "leave one away, or name it: ... as NAME"
        raise ctx.error("E206", f"two options are called {label!r}", option.place, hint)
    return Option(label, value, _weight(ctx, option), option.default, span=ctx.span(option.place))


def _weight(ctx: Context, option: raw.Option) -> float:
    if option.weight is None:
        return 1.0
    value = option.weight.value
    if not isinstance(value, int | float) or value <= 0 or option.weight.unit is not None:
        message = f"the weight {literal(value)} is not a positive number"
        raise ctx.error("E306", message, option.weight.place)
    return float(value)
