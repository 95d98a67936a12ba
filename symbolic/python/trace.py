"""Tracing: which decisions a constructor asks, and under which values of which others.

One exploring run sees everything that does not hang on Python code reading a value; decisions that were read are tried value
by value, those that then appear or vanish get a condition; random candidates check the result. If a check fails (code
compared an option by identity, or combined decisions), every decision is tried value by value.
E705: a condition that is no conjunction. E709: two equal runs asked different things.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Callable, Hashable, Mapping
from typing import Any

import attrs

from symbolic.errors import SpaceError
from symbolic.python.activity import Conditions, Values, demands, entangled, implied, parents_first, random_candidate
from symbolic.python.asked import Options
from symbolic.python.explore import Explorer, Follower, complete, values_of
from symbolic.python.objective import no_gradients
from symbolic.python.places import Place
from symbolic.python.running import guarded, meta_device, raised, real_device
from symbolic.python.session import Session

_CHECKS = 16
_DEEP_CHECKS = 48  # candidates that have a certain decision, where code was seen to read values
_ENOUGH_RUNS = 1_000  # from here on only what led to a decision is varied, and the checks are left to find the rest
_REPAIRS = 20
_MAX_RUNS = 10_000


@attrs.frozen(eq=False)
class Trace:
    """What tracing found: the decisions, parents first, and for each the values of others under which it exists.

    Conditions that follow from the place (inside an option, in a round) are not repeated. `result` is what one run returned,
    `classes` those of the objects that asked, `failures` the combinations that the constructor refused.
    """

    root: Place
    decisions: tuple[Place, ...]
    conditions: Conditions
    result: object
    classes: frozenset[type]
    runs: int
    failures: tuple[SpaceError, ...]


@attrs.frozen(eq=False)
class Run:
    """One run of the constructor: the values tried in it, what it asked, what it read on which lines.

    `varied`: the decision whose value was tried last. `plain`: decisions that were answered with plain values, whose reading
    goes unseen.
    """

    context: Values
    varied: Place | None
    asked: Values
    read: Mapping[Place, set[Hashable]]
    plain: frozenset[Place]


class _RefusedError(Exception):
    """The exploring run did not get through: a function of C refused a stand-in, or the constructor fails anyway."""


def trace(function: Callable[[], object], name: str, accept: Callable[[object], None] = lambda result: None) -> Trace:
    """Return the decisions of a constructor. `accept` looks at what the first run returns and may raise.

    Raises `SpaceError` E705, E708, E709, or what the questions raise.
    """
    try:
        tracer = Tracer(function, name, probing=True, accept=accept)
        tracer.explore()
        if tracer.consistent():
            return tracer.found()
    except _RefusedError:
        pass
    return trace_slowly(function, name, accept)


def trace_slowly(function: Callable[[], object], name: str, accept: Callable[[object], None] = lambda result: None) -> Trace:
    """Return what `trace` returns, trying every decision value by value, without stand-ins for numbers and options."""
    first = _slowly(Tracer(function, name, probing=False, wrap_all=True, accept=accept))
    # Now that the options with questions are known, all others are handed on as they are.
    return _slowly(Tracer(function, name, probing=False, root=first.root))


def _slowly(tracer: Tracer) -> Trace:
    tracer.explore()
    for _ in range(_REPAIRS):
        if tracer.consistent():
            return tracer.found()
        if not tracer.counterexample:
            # A value with and without a decision: more runs cannot make that a conjunction.
            break
        tracer.repair()
    raise tracer.unclear()


@attrs.define(eq=False)
class Tracer:
    """The state of one tracing.

    `witness`: a run that has a decision. `present` and `absent`: decision -> other decision -> values with and without it.
    """

    function: Callable[[], object]
    name: str
    probing: bool
    root: Place = attrs.field(factory=lambda: Place("root", ""))
    wrap_all: bool = False
    accept: Callable[[object], None] = lambda result: None
    meta: bool = True
    runs: int = 0
    result: object = None
    classes: set[type] = attrs.field(factory=set)
    order: list[Place] = attrs.field(factory=list)
    known: set[Place] = attrs.field(factory=set)
    paired: set[tuple[Place, Place]] = attrs.field(factory=set)
    witness: dict[Place, Run] = attrs.field(factory=dict)
    tried: dict[Place, set[Hashable]] = attrs.field(factory=dict)
    replays: Counter[Place] = attrs.field(factory=Counter)
    present: dict[Place, dict[Place, set[Any]]] = attrs.field(factory=dict)
    absent: dict[Place, dict[Place, set[Any]]] = attrs.field(factory=dict)
    failures: list[SpaceError] = attrs.field(factory=list)
    wrong: list[Place] = attrs.field(factory=list)
    counterexample: Values = attrs.field(factory=dict)

    def explore(self) -> None:
        """Run the defaults, then every value of what was read, in every context in which it was read anew."""
        base, again = self.run({}), self.run({})
        if base is None or again is None:
            raise self.failures[0]
        if list(base.asked) != list(again.asked):
            raise self.restless(base, again)
        pending = deque([base])
        while pending:
            reference = pending.popleft()
            for place, lines in reference.read.items():
                fresh = lines - self.tried.get(place, set())
                if fresh and place not in reference.context:
                    self.tried.setdefault(place, set()).update(fresh)
                    pending.extend(self.vary(reference, place))
            if reference.varied is not None and self.runs < _ENOUGH_RUNS:
                pending.extend(self.pairs(reference))

    def vary(self, reference: Run, place: Place) -> list[Run]:
        """Try the other values of a decision in the context of a run; return the new runs."""
        seen = set(self.known)
        new = self.family(reference, place)
        for run in list(new):
            if not seen.issuperset(run.asked):
                # What is new here may hang on every value that led here or that was read on the way.
                for other in [each for each in {**reference.context, **run.read} if each is not place]:
                    if self.runs < _ENOUGH_RUNS or other in reference.context:
                        new += self.family(run, other)
                seen.update(run.asked)
        return new

    def pairs(self, reference: Run) -> list[Run]:
        """Vary beside one value every decision that was answered plainly: nothing tells where such a value is read."""
        new = []
        for place in sorted(reference.plain - reference.context.keys(), key=self.order.index):
            if reference.varied is not None and (reference.varied, place) not in self.paired:
                self.paired.update({(reference.varied, place), (place, reference.varied)})
                new += self.vary(reference, place)
        return new

    def family(self, reference: Run, place: Place) -> list[Run]:
        """Run a context with every other value of one decision, and learn what appears or vanishes with it."""
        assert place.asked is not None
        value = reference.context.get(place, reference.asked.get(place))
        runs = {value: reference}
        for other in values_of(place.asked):
            if other not in runs:
                run = self.run({**reference.context, place: other}, place)
                if run is not None:
                    runs[other] = run
        for decision in dict.fromkeys(each for run in runs.values() for each in run.asked):
            if decision is not place and place not in entangled(decision):
                for tried, run in runs.items():
                    side = self.present if decision in run.asked else self.absent
                    side.setdefault(decision, {}).setdefault(place, set()).add(tried)
        return [run for run in runs.values() if run is not reference]

    def run(self, context: Values, varied: Place | None = None) -> Run | None:
        """Run the constructor with some values fixed; None, and a failure noted, when it raises."""
        self.runs += 1
        if varied is not None:
            self.replays[varied] += 1
        if self.runs > _MAX_RUNS:
            most = ", ".join(f"{str(place)!r} ({count} runs)" for place, count in self.replays.most_common(5))
            message = f"tracing {self.name} takes more than {_MAX_RUNS} runs; most went into {most}"
            raise SpaceError("E405", message, None, "use sym.repeat(), or read fewer answers in the constructor's code")
        made = self.attempt(context, self.probing, self.probing or self.wrap_all)
        if isinstance(made, Exception):
            if self.probing:
                raise _RefusedError from made
            self.failures.append(raised(self.name, made, context))
            return None
        self.merge(made)
        return attrs.evolve(made, varied=varied)

    def merge(self, run: Run) -> None:
        """Put decisions met for the first time behind the one asked before them."""
        last: Place | None = None
        for place in run.asked:
            if place not in self.known:
                self.known.add(place)
                self.witness[place] = run
                self.order.insert(0 if last is None else self.order.index(last) + 1, place)
            last = place

    def attempt(self, context: Values, probing: bool, wrap_all: bool) -> Run | Exception:
        """Run once, on real numbers where the meta device is not enough; return the run or the constructor's exception."""
        made = self._attempt(context, probing, wrap_all)
        if isinstance(made, Exception) and self.meta:
            self.meta = False
            real = self._attempt(context, probing, wrap_all)
            self.meta = isinstance(real, Exception)
            return real
        return made

    def _attempt(self, context: Values, probing: bool, wrap_all: bool) -> Run | Exception:
        places: dict[str, Place] = {}
        resolver = Explorer(places, context) if probing else Follower(places, context)
        session = Session(resolver, self.root, growing=True, wrap_all=wrap_all, places=places)
        results: list[object] = []
        with meta_device() if self.meta else real_device(), no_gradients(self.name):
            error = guarded(lambda: results.append(session.run(self.function, (), {})))
        if error is not None:
            return error
        if self.result is None:
            self.result = results[0]
            self.accept(self.result)
        self.classes.update(type(owner) for owner, _ in session.scopes.objects.values())
        if isinstance(resolver, Explorer):
            return Run(context, None, resolver.asked, resolver.reads.lines, frozenset(resolver.plain))
        return Run(context, None, resolver.asked, {place: {"asked"} for place in resolver.asked}, frozenset(resolver.asked))

    def conditions(self) -> Conditions:
        """Return the conditions learned so far; decisions that can never exist are left out."""
        rank = {place: index for index, place in enumerate(self.order)}
        found: dict[Place, dict[Place, frozenset[Any]]] = {}
        for decision in self.order:
            needs, given = {}, implied(decision) if self.absent.get(decision) else {}
            for place in sorted(self.absent.get(decision, ()), key=lambda each: rank[each]):
                with_it, without = self.present[decision].get(place, set()), self.absent[decision][place]
                if not given.get(place, with_it | without) & (with_it | without) <= with_it:
                    needs[place] = frozenset(with_it)
            if all(given.get(place, allowed) & allowed or not _complete(place) for place, allowed in needs.items()):
                found[decision] = needs
        while any(not found.keys() >= needs.keys() for needs in found.values()):
            found = {decision: needs for decision, needs in found.items() if found.keys() >= needs.keys()}
        return found

    def consistent(self) -> bool:
        """Return whether random candidates ask exactly what the conditions say; if not, keep one that does not.

        Raises E705 for a condition on more values than are tried.
        """
        self.wrong = [
            decision
            for decision in self.order
            for place, values in self.absent.get(decision, {}).items()
            if values & self.present[decision].get(place, set())
        ]
        self.counterexample = {}
        if self.wrong:
            return False
        conditions = self.conditions()
        _refuse_many(conditions)
        order = parents_first(conditions, conditions)
        generator = random.Random(0)
        hidden = [place for place in order if demands(place, conditions)] if self.tried else []
        for wanted in [None] * _CHECKS + generator.sample(hidden, min(len(hidden), _DEEP_CHECKS)):
            values = random_candidate(order, conditions, generator, demands(wanted, conditions) if wanted is not None else {})
            run = self.attempt(values, False, self.wrap_all)
            if isinstance(run, Exception):
                self.failures.append(raised(self.name, run, values))
            elif set(run.asked) != set(values):
                self.wrong = [place for place in {**run.asked, **values} if (place in run.asked) != (place in values)]
                self.counterexample = {**values, **run.asked}
                return False
        return True

    def repair(self) -> None:
        """Vary, for each decision that was predicted wrongly, everything in a run that has it: that shows a conjunction."""
        self.run(self.counterexample)
        for run in {id(run): run for decision in self.wrong if (run := self.witness.get(decision)) is not None}.values():
            for place in run.asked:
                self.family(run, place)

    def found(self) -> Trace:
        """Return the result."""
        conditions = self.conditions()
        order = parents_first(conditions, conditions)
        try:
            parts = tuple(self.result.modules()) if hasattr(self.result, "modules") else ()
        except Exception as error:
            # A module whose own constructor was never run cannot even be looked into.
            raise raised(self.name, error, {}, self.order[0].span if self.order else None) from error
        classes = frozenset(self.classes) | {type(part) for part in parts}
        return Trace(self.root, order, conditions, self.result, classes, self.runs, tuple(self.failures))

    def unclear(self) -> SpaceError:
        """Return E705 for what is still predicted wrongly."""
        names = ", ".join(dict.fromkeys(repr(str(place)) for place in self.wrong))
        message = f"conditions that are no conjunction of single options: {names}"
        span = self.wrong[0].span if self.wrong else None
        return SpaceError("E705", message, span, "nest the choices or use sym.repeat()")

    def restless(self, first: Run, second: Run) -> SpaceError:
        """Return E709 for two equal runs that asked different things."""
        unlike = [place for place in {**first.asked, **second.asked} if (place in first.asked) != (place in second.asked)]
        place = (unlike or list(first.asked))[0]
        message = f"{self.name} chooses by something that is not a decision: {str(place)!r} is asked in one of two equal runs"
        return SpaceError("E709", message, place.span, "make that a choice, or keep it out of the constructor")


def _refuse_many(conditions: Conditions) -> None:
    """Raise E705 for a condition on a set, or on a decision of which not all values were tried."""
    for decision, needs in conditions.items():
        for place in needs:
            if isinstance(place.asked, Options) and place.asked.form != "one":
                message = f"the existence of {decision.name!r} depends on what {place.name!r} picks: no condition reads it"
                raise SpaceError("E705", message, decision.span, "ask for each option by itself: sym.oneof(True, False)")
            if not _complete(place):
                message = f"the existence of {decision.name!r} depends on {place.name!r}, which has too many values to try"
                raise SpaceError("E705", message, decision.span, "use sym.repeat(), or ask with sym.oneof()")


def _complete(place: Place) -> bool:
    return place.asked is not None and complete(place.asked)
