"""What stands at each decision: the options a supernet knows, and which of them are in use in the current step."""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Iterator, Mapping, Sequence
from typing import Self

import attrs
from torch import Tensor

from backends.supernet.expressions import Expression, Leaf, Number, Real, assignments, evaluate, leaves, show
from backends.supernet.refusal import Refusal
from symbolic.errors import Span
from symbolic.resolver import Decision


@attrs.frozen(eq=False)
class Setting:
    """What a step computes.

    `support`: path -> codes of the options in use, rising; a path that is missing uses its largest value.
    `weights`: path -> weight of each supported option `[support]`; a path that is missing uses its only option as it is.
    `reals`: path -> value of a float decision; a path that is missing stays at its default.
    """

    support: Mapping[str, tuple[int, ...]] = attrs.field(factory=dict)
    weights: Mapping[str, Tensor] = attrs.field(factory=dict)
    reals: Mapping[str, float] = attrs.field(factory=dict)


@attrs.frozen(eq=False)
class Reading:
    """A decision that was read as a plain number while the network was built, and where."""

    expression: Expression
    span: Span | None


@attrs.define(eq=False)
class State:
    """The decisions of one supernet and the current setting (None while the network is built).

    `options`: path -> values in code order (the codes themselves where options are modules; low, default and high of a
    float). `axes`: storage of a tensor -> the expressions of its axes. `readings`: numbers read while building that no
    tensor factory has explained yet. `refusal`: an error raised inside of C code, which replaces it by one of its own.
    """

    options: dict[str, tuple[Real, ...]] = attrs.field(factory=dict)
    decisions: dict[str, Decision] = attrs.field(factory=dict)
    defaults: dict[str, float] = attrs.field(factory=dict)
    setting: Setting | None = None
    axes: dict[int, tuple[Expression, ...]] = attrs.field(factory=dict)
    readings: dict[object, Reading] = attrs.field(factory=dict)
    refusal: Refusal | None = None
    single: dict[str, Real] = attrs.field(factory=dict)
    _largest: dict[Expression, Real] = attrs.field(factory=dict)
    _physical: dict[Expression, Real] = attrs.field(factory=dict)

    def __deepcopy__(self, memo: object) -> Self:
        """Return the state itself: a layer that a constructor copies belongs to the same supernet."""
        return self

    @property
    def building(self) -> bool:
        """Whether the network is still being built."""
        return self.setting is None

    def note(self, decision: Decision, values: Sequence[Real], default: float | None = None) -> Leaf:
        """Record a decision and its values in code order (of a float: its ends; and its default); return its leaf."""
        path = decision.path
        if default is not None:
            self.defaults[path] = default
            values = sorted({*values, default})
        self.options[path], self.decisions[path] = tuple(values), decision
        return Leaf(path)

    def use(self, setting: Setting) -> None:
        """Make a setting current."""
        self.setting = setting
        self._physical.clear()
        self.single = {path: self.supported(path)[0] for path in self.options}

    @property
    def mixing(self) -> bool:
        """Whether anything is mixed in the current setting."""
        return self.setting is not None and bool(self.setting.weights)

    def support(self, path: str) -> tuple[int, ...]:
        """Return the codes in use."""
        assert self.setting is not None
        found = self.setting.support.get(path)
        if found is not None:
            return found
        values = self.options[path]
        return (max(range(len(values)), key=lambda code: values[code]),)

    def weights(self, path: str) -> Tensor | None:
        """Return the weights of the options in use, or None for a single path."""
        return None if self.setting is None else self.setting.weights.get(path)

    def relaxed(self, e: Expression) -> tuple[str, ...]:
        """Return the decisions of an expression that are mixed in the current setting."""
        return tuple(path for path in leaves(e) if self.weights(path) is not None)

    def supported(self, path: str) -> tuple[Real, ...]:
        """Return the values in use."""
        if path in self.defaults:
            assert self.setting is not None
            return (self.setting.reals.get(path, self.defaults[path]),)
        return tuple(self.options[path][code] for code in self.support(path))

    def largest(self, e: Expression) -> Real:
        """Return the largest value over all candidates: the size of the shared tensors."""
        if isinstance(e, Number):
            return e.value
        if e not in self._largest:
            self._largest[e] = max(evaluate(e, values) for values in assignments(leaves(e), self.options))
        return self._largest[e]

    def physical(self, e: Expression) -> Real:
        """Return the largest value over the options in use: the size that is computed."""
        if isinstance(e, Number):
            return e.value
        if isinstance(e, Leaf) and not self.mixing:
            return self.single[e.path]
        if e not in self._physical:
            self._physical[e] = max(evaluate(e, values) for values in self.in_use(leaves(e)))
        return self._physical[e]

    def in_use(self, paths: Sequence[str]) -> Iterator[dict[str, Real]]:
        """Yield every combination of the values in use of some decisions."""
        return assignments(paths, {path: self.supported(path) for path in paths})

    def size(self, e: Expression) -> int:
        """Return the computed size of an axis."""
        return int(self.physical(e))

    def combinations(self, paths: Sequence[str]) -> Iterator[tuple[dict[str, Real], Tensor]]:
        """Yield values and weight for every combination of supported options of mixed decisions (at least one).

        The values hold all other decisions as well, at their value in use.
        """
        weights = [self.weights(path) for path in paths]
        for codes in itertools.product(*(range(len(self.support(path))) for path in paths)):
            chosen = [w[code] for w, code in zip(weights, codes, strict=True) if w is not None]
            values = {path: self.supported(path)[code] for path, code in zip(paths, codes, strict=True)}
            yield {**self.single, **values}, functools.reduce(operator.mul, chosen)

    def declared(self, e: Expression) -> tuple[str, ...]:
        """Return one line for each decision of an expression: where it was declared."""
        spans = {path: self.decisions[path].span for path in leaves(e)}
        return tuple(f"decision `{path}` declared at {span}" for path, span in spans.items() if span is not None)

    def refuse(self, what: str, e: Expression, span: Span | None, remedy: str) -> Refusal:
        """Return the error for an expression that had to be one number at a place."""
        if span is None:
            span = next((s for p in leaves(e) if (s := self.decisions[p].span) is not None), None)
        message = f"{what}: `{show(e)}` must be one number here, and it is a decision"
        return Refusal(message, span=span, declared=self.declared(e), remedy=remedy, paths=leaves(e))
