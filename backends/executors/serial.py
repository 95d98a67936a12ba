"""Executor `serial`: one trial after the other in this process, the only one for transient trials."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from backends.errors import ExecutorError, ExitCalled
from backends.executors.checkpoints import Checkpoints
from backends.executors.jobs import Order, RunningJob
from backends.executors.making import evaluator_of
from backends.executors.outcomes import attempt, exited
from symbolic.search.events import TRANSIENT, Result, Trial
from symbolic.search.problem import Facts
from symbolic.search.protocols import Backend, Evaluator, Verdict
from symbolic.search.randomness import trial_seed
from symbolic.space import Space
from symbolic.task import Task

BURST = 64


def _never(instance: Any, attribute: Any, value: object) -> None:
    if value is not None:
        raise ExecutorError("a time-out per trial needs a worker process that can be ended: add --workers 1")


@attrs.frozen
class Serial:
    """Runs trials in this process; `trial_timeout` is refused, since nothing could be ended here."""

    trial_timeout: float | None = attrs.field(default=None, validator=_never)

    def open(self, backend: Backend, space: Space, task: Task | None, seed: int, folder: Path | None) -> SerialSession:
        """Make the evaluator and return the session; `folder` is the study's, None keeps no checkpoints.

        Raises `ExecutorError` with the trace where the evaluator cannot be made.
        """
        evaluator = evaluator_of(backend, space, task, seed)
        facts = getattr(evaluator, "facts", None) or backend.describe(space, task)
        return SerialSession(evaluator, facts, seed, Checkpoints(folder))


@attrs.define
class SerialSession:
    """A backend opened in this process."""

    evaluator: Evaluator
    facts: Facts
    seed: int
    checkpoints: Checkpoints
    capacity: int = 1
    burst: int = BURST
    queue: deque[Order] = attrs.field(factory=deque)
    opened: float = attrs.field(factory=time.monotonic)
    closed: bool = False

    def submit(self, trials: Sequence[Trial], roots: Mapping[int, int] | None = None) -> None:
        """Queue trials; `roots` names the trial whose seed each one uses, its own where left out."""
        for trial in trials:
            seed = trial_seed(self.seed, (roots or {}).get(trial.number, trial.number))
            durable = trial.purpose not in TRANSIENT
            start = self.checkpoints.start(trial) if durable else None
            self.queue.append(Order(trial, seed, start, self.checkpoints.of(trial.number) if durable else None))

    def collect(self, on_report: Callable[[Result], Verdict], timeout_s: float | None) -> list[Result]:
        """Run the next durable trial, or all queued transient ones, and return the results.

        Nothing can be interrupted here, so the time-out does not matter. An exception in a transient trial is raised, and
        `ExitCalled` where user code calls `sys.exit`: the trial stays unfinished.
        """
        results: list[Result] = []
        while self.queue:
            job = RunningJob(self.queue.popleft(), on_report)
            trial = job.order.trial
            try:
                if trial.purpose not in TRANSIENT:
                    return [*results, attempt(self.evaluator, job)]
                results.append(self.evaluator.run(trial, job))
            except SystemExit as e:
                hint = "raise an exception to let a trial fail, or use --workers 1"
                raise ExitCalled(f"{exited(e)} in trial {trial.number}, so the search stopped; {hint}") from e
        return results

    def cancel(self, number: int) -> None:
        """Forget a queued trial."""
        self.queue = deque(order for order in self.queue if order.trial.number != number)

    def clock(self) -> float:
        """Return the seconds since the session was opened."""
        return time.monotonic() - self.opened

    def save(self, folder: Path) -> None:
        """Write the evaluator's shared weights, if it has any."""
        if hasattr(self.evaluator, "save"):
            self.evaluator.save(folder)

    def load(self, folder: Path) -> None:
        """Read the evaluator's shared weights, if it has any."""
        if hasattr(self.evaluator, "load"):
            self.evaluator.load(folder)

    def close(self) -> None:
        """Let go of the evaluator."""
        self.queue.clear()
        if not self.closed and hasattr(self.evaluator, "close"):
            self.evaluator.close()
        self.closed = True
