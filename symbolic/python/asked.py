"""What a choice offers, whether described in a signature or asked in a body: options, or a range of numbers.

Checked when made: E301 reversed range, E302 end off the grid, E303 log range from zero, E304 too few options, E305 wrong
kind of number, E306 weights, E307 a default or prior that is not offered. Descriptions are equal only to themselves, because
`typing.Annotated` hands out the first of several equal ones; `agreement.py` says whether two questions ask the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal, TypeAlias

import attrs

from symbolic.errors import SpaceError, Span, nearest
from symbolic.python.labels import labelled, literal, plain_number

Number: TypeAlias = int | float
MISSING: Any = type("Missing", (), {"__repr__": lambda self: "..."})()
"""No default was given (`None` may be an option)."""


def undecorated(span: Span | None) -> SpaceError:
    """Return the error for a description that arrives as a value: the place that should have answered it is missing."""
    return SpaceError(
        "E703",
        "this value describes a choice, it is not a number or an option: "
        "the function that declares it is not decorated with @sym.searchable",
        span,
        "capitals stand in signatures of @sym.searchable functions and classes; in a body ask: sym.oneof, sym.integer, ...",
    )


def _stray(self: object, *others: object) -> Any:
    """Refuse to be used as a value."""
    raise undecorated(getattr(self, "span", None))


@attrs.frozen(eq=False)
class Options:
    """One option, a subset or an order of options; `default` holds positions; `low..high` how many are picked."""

    form: Literal["one", "subset", "permutation"]
    labels: tuple[str, ...]
    options: tuple[object, ...]
    low: int = 1
    high: int = 1
    default: tuple[int, ...] = (0,)
    weights: tuple[float, ...] | None = None
    name: str | None = None
    doc: str | None = None
    span: Span | None = attrs.field(default=None, repr=False)

    def offers(self) -> str:
        """Return the options in words."""
        return f"({', '.join(self.labels)})"

    __index__ = __int__ = __float__ = __bool__ = __len__ = __iter__ = __call__ = _stray
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __floordiv__ = __truediv__ = __mod__ = _stray


@attrs.frozen(eq=False)
class Interval:
    """A range of numbers or counts, both ends included; ends may be formulas over earlier answers."""

    kind: Literal["integer", "float", "count"]
    low: Any
    high: Any
    step: Number | None = None
    log: bool = False
    default: Number | None = None
    prior: Number | None = None
    name: str | None = None
    doc: str | None = None
    span: Span | None = attrs.field(default=None, repr=False)

    def offers(self) -> str:
        """Return the range in words."""
        return f"{self.low}..{self.high}" + (f" step {self.step}" if self.step else "") + (" log" if self.log else "")

    @property
    def start(self) -> Number:
        """The default value: the one given, else the prior, else the low end, of floats the middle on their scale."""
        if self.default is not None:
            return self.default
        if self.prior is not None:
            return self.prior
        if self.kind != "float":
            return self.low  # type: ignore[no-any-return]
        return middle(self.low, self.high, self.step, self.log)

    __index__ = __int__ = __float__ = __bool__ = __len__ = __iter__ = __call__ = _stray
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __floordiv__ = __truediv__ = __mod__ = _stray


Asked: TypeAlias = Options | Interval


def middle(low: float, high: float, step: float | None, log: bool) -> float:
    """Return the middle of a range on its own scale; with a step the nearest value of the grid, as lowering does.

    >>> middle(0.0, 0.5, None, False), middle(1e-4, 1e-2, None, True), middle(0.1, 0.7, 0.1, False)
    (0.25, 0.001, 0.4)
    """
    point = math.sqrt(low * high) if log else (low + high) / 2
    if step is None:
        return float(min(max(point, low), high))
    # Decimals, because 0.1 + 2 * 0.1 is not 0.3 in floats.
    return float(Decimal(repr(low)) + round((point - low) / step) * Decimal(repr(step)))


def options_of(
    options: Sequence[object],
    *,
    default: object = MISSING,
    weights: Sequence[float] | None = None,
    name: str | None = None,
    doc: str | None = None,
    span: Span | None = None,
) -> Options:
    """Return a one-of. `options` are the arguments given: options, or one mapping from labels to options."""
    labels, values = labelled(options, span)
    chosen = (0,) if default is MISSING else (_position(default, labels, values, span),)
    checked, called = _weights(weights, len(labels), span), _named(name, span)
    return Options("one", labels, values, 1, 1, chosen, checked, called, _documented(doc, span), span)


def picked_of(
    form: Literal["subset", "permutation"],
    options: Sequence[object],
    low: int,
    high: int,
    *,
    default: Sequence[object] | None = None,
    weights: Sequence[float] | None = None,
    name: str | None = None,
    doc: str | None = None,
    span: Span | None = None,
) -> Options:
    """Return a subset or permutation of `low..high` of the options; the default is the first `low` in written order.

    Raises E304 for a count that cannot be picked, E306 for weights, E307 for a default that is none of the sets.
    """
    labels, values = labelled(options, span)
    if weights is not None:
        raise SpaceError(
            "E306", f"weights have no meaning in a {form}", span, "all of its sets are equally likely: leave weights= out"
        )
    if type(low) is not int or type(high) is not int:
        raise SpaceError("E304", f"cannot pick {low!r}..{high!r}", span, "pick a whole number of options, or (lowest, highest)")
    if not 0 <= low <= high <= len(labels):
        raise SpaceError("E304", f"cannot pick {low}..{high} of {len(labels)}", span)
    if isinstance(default, str) or not isinstance(default, Sequence | None):
        raise SpaceError("E307", f"the default {default!r} is no sequence of options", span)
    if default is None:
        return Options(
            form, labels, values, low, high, tuple(range(low)), None, _named(name, span), _documented(doc, span), span
        )
    chosen = tuple(_position(option, labels, values, span) for option in default)
    chosen = tuple(sorted(chosen)) if form == "subset" else chosen
    if len(set(chosen)) != len(chosen) or not low <= len(chosen) <= high:
        raise SpaceError("E307", f"the default {list(default)!r} is not a choice of {low}..{high} of the options", span)
    if form == "permutation":
        # The default of an order is the written one: so write it like that.
        order = (*chosen, *(index for index in range(len(labels)) if index not in chosen))
        labels, values = tuple(labels[index] for index in order), tuple(values[index] for index in order)
        chosen = tuple(range(len(chosen)))
    return Options(form, labels, values, low, high, chosen, None, _named(name, span), _documented(doc, span), span)


def interval_of(
    kind: Literal["integer", "float", "count"],
    low: Any,
    high: Any,
    *,
    step: Number | None = None,
    log: bool = False,
    default: Number | None = None,
    prior: Number | None = None,
    name: str | None = None,
    doc: str | None = None,
    span: Span | None = None,
) -> Interval:
    """Return a checked range. Ends that are no plain numbers (they depend on earlier answers) are left to lowering."""
    low, high, step, default, prior = map(plain_number, (low, high, step, default, prior))
    made = Interval(kind, low, high, step, log, default, prior, _named(name, span), _documented(doc, span), span)
    if not isinstance(log, bool):
        raise SpaceError("E305", f"log={log!r} is neither True nor False", span)
    for number in (low, high, *(each for each in (step, default, prior) if each is not None)):
        _check_number(number, kind, span)
    if kind == "float":
        made = attrs.evolve(made, low=_real(low), high=_real(high), step=_real(step))
        made = attrs.evolve(made, default=_real(default), prior=_real(prior))
    if kind == "integer" and step == 1:
        made = attrs.evolve(made, step=None)
    if type(low) in (int, float) and type(high) in (int, float):
        _check_ends(made)
    return made


def _check_number(value: Any, kind: str, span: Span | None) -> None:
    """Raise E305 for what is neither a fitting number nor a stand-in for one, E703 for a description."""
    if type(value) in (Options, Interval):
        raise undecorated(value.span or span)
    if hasattr(type(value), "__symbolic_lift__"):
        # Computed from earlier answers, as far as a run that stands for many tells.
        return
    if type(value) not in (int, float):
        raise SpaceError("E305", f"{value!r} is not a number", span)
    if kind != "float" and type(value) is float:
        raise SpaceError("E305", f"{value!r} is not a whole number", span, "write floating(...), or Range with float ends")
    if not math.isfinite(value):
        raise SpaceError("E305", f"{value!r} is not a finite number", span)


def _real(value: Any) -> Any:
    return float(value) if type(value) is int else value


def _check_ends(made: Interval) -> None:
    if made.low > made.high:
        raise SpaceError("E301", f"the range {made.low}..{made.high} is reversed", made.span)
    if made.step is not None and made.step <= 0:
        raise SpaceError("E305", f"the step {made.step} is not positive", made.span)
    if made.log and made.low <= 0:
        raise SpaceError("E303", f"a log range must start above 0, this one starts at {made.low}", made.span)
    if made.kind == "count" and made.low < 0:
        raise SpaceError("E305", f"a repeat count is a whole number from 0, got {made.low}", made.span)
    if made.step is not None and not on_grid(made.high, made):
        below = made.low + math.floor((made.high - made.low) / made.step) * made.step
        raise SpaceError(
            "E302",
            f"{made.high} is not reached from {made.low} in steps of {made.step}",
            made.span,
            f"end at {below} or {below + made.step}",
        )
    for word, value in (("default", made.default), ("prior", made.prior)):
        if value is not None and not (made.low <= value <= made.high and on_grid(value, made)):
            raise SpaceError("E307", f"the {word} {value} is outside {made.offers()}", made.span)


def on_grid(value: Number, made: Interval) -> bool:
    """Return whether a value is a whole number of steps above the low end.

    >>> on_grid(0.7, interval_of("float", 0.1, 0.7, step=0.1)), on_grid(5, interval_of("integer", 1, 8))
    (True, True)
    """
    if made.step is None:
        return made.kind == "float" or float(value).is_integer()
    return (Decimal(repr(value)) - Decimal(repr(made.low))) % Decimal(repr(made.step)) == 0


def _position(default: object, labels: tuple[str, ...], options: tuple[object, ...], span: Span | None) -> int:
    for index, option in enumerate(options):
        if option is default or (type(option) is type(default) and literal(option) is not None and option == default):
            return index
    if isinstance(default, str) and default in labels:
        return labels.index(default)
    hint = nearest(str(literal(default)), labels) or f"one of {', '.join(labels)}"
    raise SpaceError("E307", f"the default {default!r} is not among the options", span, hint)


def _weights(weights: Sequence[float] | None, count: int, span: Span | None) -> tuple[float, ...] | None:
    if weights is None:
        return None
    if isinstance(weights, str) or not isinstance(weights, Sequence):
        raise SpaceError("E306", f"the weights {weights!r} are no sequence of numbers", span)
    if len(weights) != count:
        raise SpaceError("E306", f"{len(weights)} weights for {count} options", span)
    for weight in weights:
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not weight > 0 or not math.isfinite(weight):
            raise SpaceError("E306", f"the weight {weight!r} is not a positive number", span)
    return tuple(float(weight) for weight in weights)


def _named(name: str | None, span: Span | None) -> str | None:
    if name is not None and (not isinstance(name, str) or not name or any(mark in name for mark in "/[]#")):
        raise SpaceError("E103", f"{name!r} cannot be a name", span, "a name is a text without / [ ] #")
    return name


def _documented(doc: str | None, span: Span | None) -> str | None:
    if doc is not None and not isinstance(doc, str):
        raise SpaceError("E305", f"doc={doc!r} is no text", span)
    return doc


def ends_of(pick: object, span: Span | None) -> tuple[int, int]:
    """Return lowest and highest of `pick`, a number or a pair. Raises E304 for anything else.

    >>> ends_of(2, None), ends_of((1, 3), None)
    ((2, 2), (1, 3))
    """
    pair = pick if isinstance(pick, tuple | list) else (pick, pick)
    if len(pair) != 2 or any(type(end) is not int for end in pair):
        raise SpaceError("E304", f"cannot pick {pick!r}", span, "pick a whole number of options, or (lowest, highest)")
    return pair[0], pair[1]
