"""The resolver of a supernet: it answers every decision with something that stands for all of its options."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import attrs
from torch import nn

from backends.supernet.expressions import Apply, Expression, Leaf, Number, Real, show
from backends.supernet.mixed import Gate, Mixed, MixedCallable
from backends.supernet.numbers import Elastic, expression, number
from backends.supernet.refusal import Refusal
from backends.supernet.state import State
from symbolic.resolver import Decision

T = TypeVar("T")
_STEER = "their options steer Python code, which one network cannot hold"


def _pick(code: Real, *values: Real) -> Real:
    return values[int(code)]


@attrs.frozen(eq=False)
class ElasticResolver:
    """Answers with elastic numbers, mixed modules and gates.

    `values`: the numbers of an integer, a count or a stepped float in code order, by path; without it they follow
    from the decision's ends and step. `defaults`: the default of each float decision. `pinned`: float decisions that stay at
    their default because something reads them as plain numbers.
    """

    state: State
    values: Mapping[str, Sequence[Real]] = attrs.field(factory=dict)
    defaults: Mapping[str, float] = attrs.field(factory=dict)
    pinned: frozenset[str] = frozenset()
    mixes: bool = True

    def answer(self, decision: Decision, options: Sequence[object]) -> object:
        """Return what stands for all options. Raises `Refusal` where one network cannot hold them."""
        match decision.kind:
            case "one":
                return self._one(decision, options)
            case "integer" | "count":
                return number(self.state.note(decision, self._grid(decision)), self.state)
            case "float" if decision.path not in self.values:
                return self._float(decision)
            case "float":
                return number(self.state.note(decision, self._grid(decision)), self.state)
            case kind:
                raise _refusal(
                    decision, f"`{decision.path}` is a {kind}, which a supernet cannot hold yet", "write one choice each"
                )

    def repeat(self, decision: Decision, body: Callable[[int], T]) -> Sequence[T]:
        """Return the units of the deepest candidate, each behind a gate."""
        values = self._grid(decision)
        return self._gates(self.state.note(decision, values), int(max(values)), body)

    def counted(self, count: int, body: Callable[[int], T]) -> Sequence[T]:
        """Return the units of a repeat whose count was answered before."""
        e = expression(count)
        if isinstance(e, Number):
            return [body(i) for i in range(count)]
        if not isinstance(e, Leaf):
            raise self.state.refuse(
                "a repeat count must be a decision itself", e, None, "ask for the count itself, with that range"
            )
        return self._gates(e, int(self.state.largest(e)), body)

    def _gates(self, leaf: Leaf, most: int, body: Callable[[int], T]) -> list[T]:
        gates: list[T] = []
        for index in range(most):
            unit = body(index)
            if not isinstance(unit, nn.Module):
                decision = self.state.decisions[leaf.path]
                what = f"the body of `{decision.path}` builds a {type(unit).__name__}; a searched depth needs modules"
                raise _refusal(decision, what, "return a module from the body")
            gates.append(Gate(self.state, leaf, index, unit))  # type: ignore[arg-type]
        return gates

    def _grid(self, decision: Decision) -> tuple[Real, ...]:
        known = self.values.get(decision.path)
        if known is not None:
            return tuple(known)
        step = int(decision.step or 1)
        return tuple(range(int(decision.low), int(decision.high) + 1, step))

    def _float(self, decision: Decision) -> object:
        default = self.defaults.get(decision.path, (decision.low + decision.high) / 2)
        leaf = self.state.note(decision, (decision.low, decision.high), default)
        return default if decision.path in self.pinned else number(leaf, self.state)

    def _one(self, decision: Decision, options: Sequence[object]) -> object:
        if any(isinstance(o, (bool, str)) or o is None for o in options):
            labels = ", ".join(decision.labels)
            remedy = "write a oneof of whole modules; nn.Identity for None"
            raise _refusal(decision, f"the options of `{decision.path}` are {labels}: {_STEER}", remedy)
        if all(isinstance(o, (int, float)) for o in options):
            return self._number(decision, options)
        if all(isinstance(o, tuple) for o in options):
            return self._numbers(decision, options)
        leaf = self.state.note(decision, range(len(options)))
        if all(isinstance(o, nn.Module) for o in options):
            return Mixed(self.state, leaf.path, [o for o in options if isinstance(o, nn.Module)])
        if all(callable(o) for o in options):
            return MixedCallable(self.state, leaf.path, [o for o in options if callable(o)])
        kinds = ", ".join(sorted({type(o).__name__ for o in options}))
        raise _refusal(decision, f"the options of `{decision.path}` are of unlike kinds ({kinds}): {_STEER}", "use one kind")

    def _number(self, decision: Decision, options: Sequence[object]) -> object:
        if any(type(o) is Elastic for o in options):
            return self._select(self.state.note(decision, range(len(options))), options)
        return number(self.state.note(decision, [o for o in options if isinstance(o, (int, float))]), self.state)

    def _numbers(self, decision: Decision, options: Sequence[object]) -> object:
        rows = [o for o in options if isinstance(o, tuple)]
        lengths = {len(row) for row in rows}
        if len(lengths) > 1 or not all(isinstance(x, int) and not isinstance(x, bool) for row in rows for x in row):
            raise _refusal(
                decision, f"the options of `{decision.path}` are unlike tuples: {_STEER}", "use equally long tuples of ints"
            )
        leaf = self.state.note(decision, range(len(rows)))
        return tuple(self._select(leaf, [row[j] for row in rows]) for j in range(lengths.pop()))

    def _select(self, leaf: Leaf, options: Sequence[object]) -> object:
        picked: tuple[Expression, ...] = tuple(expression(o) for o in options)
        return number(Apply(_pick, (leaf, *picked)), self.state)


def _refusal(decision: Decision, message: str, remedy: str) -> Refusal:
    return Refusal(message, span=decision.span, remedy=remedy, paths=[decision.path])


def unexplained(state: State) -> Refusal | None:
    """Return the error for a number that was read as a plain one and that no tensor explains, if there is one."""
    for reading in state.readings.values():
        e = reading.expression
        error = state.refuse("", e, reading.span, "write sym.repeat(body, count) for range(count), and a oneof for a lookup")
        message = f"`{show(e)}` is read as a plain number here and cannot stay a decision"
        return Refusal(message, span=error.span, declared=error.declared, remedy=error.remedy, paths=error.paths)
    return None
