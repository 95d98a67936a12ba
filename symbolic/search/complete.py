"""A search that writes `ask` and `tell` only, completed: no early ends, no checkpoints kept, and its state is its fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import attrs

from symbolic.search.events import Event, Plain, Result, Trial
from symbolic.search.problem import Problem
from symbolic.search.protocols import Algorithm, Proposer, Search

METHODS = ("stop", "keep", "state_dict", "load_state_dict")


def scaled(algorithm: Algorithm, problem: Problem) -> Algorithm:
    """Return an algorithm with its settings fitted to the budget, where it does that."""
    fit = getattr(algorithm, "scaled", None)
    fitted: Algorithm = algorithm if fit is None else fit(problem)
    return fitted


def started(algorithm: Algorithm, problem: Problem) -> Search:
    """Start an algorithm and return its search, with the default of every method that it leaves out.

    Raises `TypeError` for a search without its own state that is no attrs class, and for one that writes only one half of
    `state_dict` and `load_state_dict`.
    """
    search = algorithm.start(problem)
    written = {m for m in METHODS if callable(getattr(search, m, None))}
    if len(written) == len(METHODS):
        return cast(Search, search)
    own = written & {"state_dict", "load_state_dict"}
    if len(own) == 1:
        raise TypeError(f"{type(search).__name__} has {own.pop()} alone: write both it and its counterpart, or neither")
    if not own and not attrs.has(type(search)):
        raise TypeError(
            f"{type(search).__name__} is no attrs class: write state_dict and load_state_dict, or use @attrs.define"
        )
    return Completed(search)


@attrs.frozen(eq=False)
class Completed:
    """A search with defaults for what it leaves out.

    The state is the fields that have a default: what `start` passes (the problem, settings) has none and is not state.
    """

    search: Proposer

    def ask(self, numbers: Sequence[int]) -> Sequence[Trial]:
        """Propose as the search does."""
        return self.search.ask(numbers)

    def tell(self, events: Iterable[Event]) -> None:
        """Pass the events on."""
        self.search.tell(events)

    def stop(self, report: Result) -> bool:
        """Ask the search, or never end a trial early."""
        own = getattr(self.search, "stop", None)
        return False if own is None else bool(own(report))

    def keep(self) -> frozenset[int] | None:
        """Ask the search, or need no checkpoint."""
        own = getattr(self.search, "keep", None)
        return frozenset() if own is None else own()

    def state_dict(self) -> dict[str, Plain]:
        """Return the search's own state, or its fields with a default."""
        own = getattr(self.search, "state_dict", None)
        if own is not None:
            return dict(own())
        return {name: _copied(getattr(self.search, name)) for name in _state_fields(type(self.search))}

    def load_state_dict(self, state: Mapping[str, Plain]) -> None:
        """Continue from a state."""
        own = getattr(self.search, "load_state_dict", None)
        if own is not None:
            own(state)
            return
        for name in _state_fields(type(self.search)):
            setattr(self.search, name, _copied(state[name]))


def _state_fields(cls: type) -> list[str]:
    return [f.name for f in attrs.fields(cls) if f.default is not attrs.NOTHING]


def _copied(value: Any) -> Any:
    """A container of one's own, so that neither side sees the other's changes; what is in it is plain data and not changed."""
    match value:
        case dict():
            return {k: _copied(v) for k, v in value.items()}
        case list():
            return [_copied(v) for v in value]
        case set():
            return set(value)
    return value
