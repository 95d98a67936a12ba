"""The four interfaces of a search: Algorithm and Search (what to propose), Backend and Evaluator (what evaluates),
Session (where it runs). Implementations are final: they compose and do not inherit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal, Protocol

from symbolic.search.events import Event, Plain, Result, Trial
from symbolic.search.problem import Facts, Needs, Problem
from symbolic.space import Space
from symbolic.task import Task

Verdict = Literal["go", "stop", "leave"]


class Proposer(Protocol):
    """What a running search must write: a fold over events. Only `tell` changes it."""

    def ask(self, numbers: Sequence[int]) -> Sequence[Trial]:
        """Propose at most one trial per number, using a prefix of `numbers`. PURE: changes nothing.

        Fewer than asked: waiting for results. None while nothing is pending: done for good. One answer never mixes
        transient and durable trials. `ask([a, b])` equals `ask([a])`, tell, `ask([b])`.
        """

    def tell(self, events: Iterable[Event]) -> None:
        """Take in trials (own ones too, in number order) and results (any order, partial or final, failed ones too)."""


class Search(Proposer, Protocol):
    """A running search with all that the loop asks of it; `symbolic.search.complete` has the defaults of these four."""

    def stop(self, report: Result) -> bool:
        """Say whether the reporting trial should end, asked right after `tell` of that report. PURE."""

    def keep(self) -> frozenset[int] | None:
        """Return the trials whose checkpoints are still wanted (None: all). Monotone."""

    def state_dict(self) -> dict[str, Plain]:
        """Return the state as plain data."""

    def load_state_dict(self, state: Mapping[str, Plain]) -> None:
        """Continue exactly from a state."""


class Algorithm(Protocol):
    """A frozen attrs class of hyper-parameters with the paper's defaults.

    It may have more, each found by its name: `scaled(problem)`, itself with settings that fit the budget, asked once when a
    study begins; `parts(problem)`, a wrapper's inner algorithms as (name, algorithm, problem); `stages(problem)`, what `plan`
    prints (`symbolic.search.stages.Stage`: rungs, steps, how many trials); `ends`, True where no default budget is wanted since
    the search ends by itself.
    """

    @property
    def needs(self) -> Needs: ...
    def start(self, problem: Problem) -> Proposer: ...


class Job(Protocol):
    """What an evaluator gets beside its trial."""

    @property
    def seed(self) -> int: ...
    @property
    def start(self) -> Path | None: ...
    @property
    def checkpoint(self) -> Path | None: ...
    @property
    def device(self) -> str: ...
    @property
    def threads(self) -> int: ...
    @property
    def deadline_s(self) -> float | None: ...
    def report(self, metrics: Mapping[str, float], fidelity: float, save: Callable[[Path], None] | None = None) -> bool:
        """Report metrics at a fidelity, strictly rising. False: end now. `save` writes the checkpoint after the commit."""


class Evaluator(Protocol):
    """WHAT evaluates: one trial at a time. May have `save(folder)`, `load(folder)` for shared weights and `close()`."""

    @property
    def provides(self) -> frozenset[str]: ...
    def run(self, trial: Trial, job: Job) -> Result: ...


class Backend(Protocol):
    """A frozen attrs class of options, registered by name, picklable."""

    @property
    def provides(self) -> frozenset[str]: ...
    def describe(self, space: Space, task: Task | None) -> Facts:
        """Say what the static checks read, before any data is loaded, in under a second."""

    def evaluator(self, space: Space, task: Task | None, seed: int) -> Evaluator:
        """Make the evaluator: called once per worker, in the worker; loads data here."""


class Session(Protocol):
    """WHERE: a backend opened in this process, in worker processes, ..."""

    @property
    def facts(self) -> Facts: ...
    @property
    def capacity(self) -> int: ...
    @property
    def burst(self) -> int: ...
    def submit(self, trials: Sequence[Trial], roots: Mapping[int, int] | None = None) -> None:
        """Take in trials. `roots`: number -> the trial whose seed it uses (first of a chain of equals), its own if left out."""

    def collect(self, on_report: Callable[[Result], Verdict], timeout_s: float | None) -> list[Result]:
        """Block for at least one result or the time-out; results in completion order."""

    def cancel(self, number: int) -> None: ...
    def clock(self) -> float: ...
    def save(self, folder: Path) -> None: ...
    def load(self, folder: Path) -> None: ...
    def close(self) -> None: ...


class Executor(Protocol):
    """Opens a backend as a session; registered in `symspace.executors`."""

    def open(self, backend: Backend, space: Space, task: Task | None, seed: int, folder: Path | None) -> Session: ...
