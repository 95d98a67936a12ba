"""The two resolvers of tracing: `Explorer` sees all options at once, `Follower` answers plain values and notes them."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import attrs

from symbolic.errors import SpaceError, Span
from symbolic.python.asked import Asked, Interval, Options
from symbolic.python.formulas import Applied, Formula, Leaf, evaluate, leaves, monotone
from symbolic.python.places import Place
from symbolic.python.probe import Probe, Reads, formula_of, plain
from symbolic.resolver import Decision

T = TypeVar("T")
FEW = 16
"""Integers of more values are tried at the lowest, the middle and the highest."""
_COMBINATIONS = 4096
_MAX_ROUNDS = 100_000
_SETS = 64


def values_of(asked: Asked) -> tuple[Any, ...]:
    """Return the values of a choice that are tried: labels, tuples of labels, numbers."""
    match asked:
        case Options(form="one", labels=labels):
            return labels
        case Options(form=form, labels=labels, low=low, high=high):
            choose = itertools.combinations if form == "subset" else itertools.permutations
            sets = itertools.chain.from_iterable(choose(labels, count) for count in range(low, high + 1))
            return tuple(itertools.islice(sets, _SETS))
        case Interval(kind="float", low=low, high=high):
            return float(plain(low)), float(plain(high))
        case Interval():
            values = grid(asked)
            return tuple(values) if len(values) <= FEW else (values[0], values[len(values) // 2], values[-1])


def complete(asked: Asked) -> bool:
    """Return whether `values_of` gives all values."""
    match asked:
        case Options(form="one"):
            return True
        case Interval(kind="integer" | "count"):
            return len(grid(asked)) <= FEW
        case _:
            return False


def grid(asked: Interval) -> range:
    """Return the values of a range of integers; ends that follow earlier answers are taken at their widest."""
    return range(lowest(formula_of(asked.low)), highest(formula_of(asked.high)) + 1, int(asked.step or 1))


def start_of(asked: Asked) -> Any:
    """Return the default of a choice in the terms of `values_of`."""
    match asked:
        case Options(form="one", labels=labels, default=default):
            return labels[default[0]]
        case Options(labels=labels, default=default):
            return tuple(labels[index] for index in default)
        case Interval():
            return plain(asked.start)


def number_of(asked: Asked, value: Any) -> Any:
    """Return what stands for a value in a formula: the number behind a label."""
    return asked.options[asked.labels.index(value)] if isinstance(asked, Options) and asked.form == "one" else value


def draw(asked: Asked, numbers: Mapping[Place, Any], generator: random.Random) -> Any:
    """Return a random value; `numbers` holds the earlier answers that its bounds may read."""
    match asked:
        case Options(form="one", labels=labels):
            return generator.choice(labels)
        case Options(form=form, labels=labels, low=low, high=high):
            picked = generator.sample(labels, generator.randint(low, high))
            return tuple(label for label in labels if label in picked) if form == "subset" else tuple(picked)
        case Interval(kind=kind, step=step):
            low, high = (evaluate(formula_of(end), numbers) for end in (asked.low, asked.high))
            if kind == "float":
                return generator.uniform(low, high) if step is None else low
            return generator.randrange(int(low), int(high) + 1, int(step or 1)) if high >= low else low


def highest(formula: Formula) -> int:
    """Return the largest value of a formula over all answers of its decisions.

    Where these are too many, over the ends of its ranges, which is enough without `%` and functions; E405 otherwise.
    """
    places = list(dict.fromkeys(leaves(formula)))
    domains = [_domain(place) for place in places]
    if math.prod(map(len, domains)) > _COMBINATIONS:
        domains = [(min(domain), max(domain)) for domain in domains]
        if not monotone(formula) or math.prod(map(len, domains)) > _COMBINATIONS:
            names = ", ".join(place.name for place in places)
            raise SpaceError(
                "E405", f"a count or bound over {names} takes more than {_COMBINATIONS} combinations", places[0].span
            )
    return max(int(evaluate(formula, dict(zip(places, row, strict=True)))) for row in itertools.product(*domains))


def _domain(place: Place) -> Sequence[Any]:
    assert place.asked is not None
    if isinstance(place.asked, Interval):
        return grid(place.asked) if place.asked.kind != "float" else values_of(place.asked)
    return [number_of(place.asked, value) for value in values_of(place.asked)]


def lowest(formula: Formula) -> int:
    """Return the smallest value of a formula, as `highest`."""
    return -highest(Applied("neg", (formula,)))


@attrs.frozen(eq=False)
class Every:
    """Calls every option and hands back what the chosen one returns; otherwise like the chosen option."""

    explorer: Explorer
    place: Place
    labels: tuple[str, ...]
    options: tuple[Any, ...]
    chosen: int

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        results = []
        for label, option in zip(self.labels, self.options, strict=True):
            self.explorer.trail.append((self.place, label))
            results.append(option(*args, **kwargs))
            self.explorer.trail.pop()
        if any(isinstance(result, int | float | str | tuple | None) for result in results):
            # Python code can branch on such a result.
            self.explorer.reads.note([self.place])
        return results[self.chosen]

    def __getattr__(self, name: str) -> Any:
        self.explorer.reads.note([self.place])
        return getattr(self.options[self.chosen], name)

    def __eq__(self, other: object) -> bool:
        self.explorer.reads.note([self.place])
        return bool(self.options[self.chosen] == other)

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        # `isinstance` sees the option.
        return type(self.options[self.chosen])

    def __hash__(self) -> int:
        self.explorer.reads.note([self.place])
        return hash(self.options[self.chosen])


@attrs.define(eq=False)
class Explorer:
    """Answers so that one run meets as much as possible: probes, `Every`, all rounds of a repeat.

    `fixed` holds the values tried in this run, other decisions take their defaults. `asked` records decisions in order,
    `trail` the options being called, `plain` the decisions that have no stand-in.
    """

    places: Mapping[str, Place]
    fixed: Mapping[Place, Any]
    reads: Reads = attrs.field(factory=Reads)
    asked: dict[Place, Any] = attrs.field(factory=dict)
    trail: list[tuple[Place, str]] = attrs.field(factory=list)
    plain: set[Place] = attrs.field(factory=set)

    def answer(self, decision: Decision, options: Sequence[object]) -> object:
        """Return a stand-in for all answers, or, where there is none, the value of this run, noted as read."""
        place, value = self._noted(decision)
        asked = place.asked
        if not isinstance(asked, Options):
            return Probe(value, Leaf(place), self.reads)
        if asked.form != "one":
            self._given(place)
            return tuple(options[asked.labels.index(label)] for label in value)
        chosen = asked.labels.index(value)
        if all(type(option) in (int, float) for option in options):
            return Probe(options[chosen], Leaf(place), self.reads)
        modules = [hasattr(type(option), "forward") for option in options]
        if all(callable(option) for option in options) and not any(modules):
            return Every(self, place, asked.labels, tuple(options), chosen)
        if not all(modules):
            self._given(place)
        return options[chosen]

    def _given(self, place: Place) -> None:
        """Note that a decision is answered with a plain value, which code can read unseen."""
        self.reads.note([place])
        self.plain.add(place)

    def repeat(self, decision: Decision, body: Callable[[int], T]) -> Sequence[T]:
        """Return the default number of units after making as many as there can be."""
        place, value = self._noted(decision)
        assert place.asked is not None and isinstance(place.asked, Interval)
        return [body(index) for index in _rounds(highest(formula_of(place.asked.high)), place.span)][:value]

    def counted(self, count: Any, body: Callable[[int], T]) -> Sequence[T]:
        """As `repeat`, for a count that was answered before."""
        return [body(index) for index in _rounds(highest(formula_of(count)))][: plain(count)]

    def _noted(self, decision: Decision) -> tuple[Place, Any]:
        place = self.places[decision.path]
        assert place.asked is not None
        value = self.fixed.get(place, start_of(place.asked))
        self.asked.setdefault(place, value)
        return place, value


@attrs.define(eq=False)
class Follower:
    """Answers plain values: those of `fixed`, else defaults; `asked` records them in order."""

    places: Mapping[str, Place]
    fixed: Mapping[Place, Any]
    asked: dict[Place, Any] = attrs.field(factory=dict)

    def answer(self, decision: Decision, options: Sequence[object]) -> object:
        """Return the option, options or number of this run."""
        place = self.places[decision.path]
        assert place.asked is not None
        value = self.fixed.get(place, start_of(place.asked))
        if isinstance(place.asked, Interval):
            # Ends that follow earlier answers may be narrower in this run.
            value = min(max(value, decision.low), decision.high)
        self.asked.setdefault(place, value)
        if not isinstance(place.asked, Options):
            return value
        labels = decision.labels
        if place.asked.form == "one":
            return options[labels.index(value)]
        return tuple(options[labels.index(label)] for label in value)

    def repeat(self, decision: Decision, body: Callable[[int], T]) -> Sequence[T]:
        """Return the units of this run's count."""
        count = self.answer(decision, ())
        assert isinstance(count, int)
        return [body(index) for index in _rounds(count, decision.span)]

    def counted(self, count: int, body: Callable[[int], T]) -> Sequence[T]:
        """Return that many units."""
        return [body(index) for index in _rounds(count)]


def _rounds(count: int, span: Span | None = None) -> range:
    """Return the rounds of a repeat. Raises E405 for more than a space can hold."""
    if count > _MAX_ROUNDS:
        raise SpaceError("E405", f"a repeat of up to {count} rounds, more than {_MAX_ROUNDS}", span, "lower its highest count")
    return range(count)
