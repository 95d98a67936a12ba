"""What an evaluator gets beside its trial, and the rendezvous of its reports with the loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import attrs

from backends.errors import ExecutorError
from backends.executors.checkpoints import replace
from symbolic.search.events import Result, Trial
from symbolic.search.protocols import Verdict


@attrs.frozen
class Order:
    """The plain part of a job: what crosses to a worker process with the trial."""

    trial: Trial
    seed: int
    start: Path | None = None
    checkpoint: Path | None = None
    device: str = "auto"
    threads: int = 1
    deadline_s: float | None = None


@attrs.define
class RunningJob:
    """A job in progress. `decide` carries a report to the loop and brings its verdict back."""

    order: Order
    decide: Callable[[Result], Verdict]
    verdict: Verdict = "go"
    last: Result | None = None

    @property
    def seed(self) -> int:
        """The seed of everything random in the trial."""
        return self.order.seed

    @property
    def start(self) -> Path | None:
        """The checkpoint to start from."""
        return self.order.start

    @property
    def checkpoint(self) -> Path | None:
        """Where the trial's checkpoint goes; None: none is wanted."""
        return self.order.checkpoint

    @property
    def device(self) -> str:
        """The device to use, or `auto`."""
        return self.order.device

    @property
    def threads(self) -> int:
        """How many threads the trial may use."""
        return self.order.threads

    @property
    def deadline_s(self) -> float | None:
        """After how many seconds the trial is ended from outside; None: never."""
        return self.order.deadline_s

    def report(self, metrics: Mapping[str, float], fidelity: float, save: Callable[[Path], None] | None = None) -> bool:
        """Report metrics at a fidelity and wait for the verdict; return whether to go on.

        After the report is recorded, `save` replaces the checkpoint, except on the verdict `stop`: a trial that runs again
        must meet its stop again. Once told to end, further reports are not sent. Raises `ExecutorError` unless the
        fidelities of a trial rise.
        """
        if self.verdict != "go":
            return False
        if self.last is not None and self.last.fidelity is not None and not fidelity > self.last.fidelity:
            raise ExecutorError(
                f"reported at {fidelity:g} after {self.last.fidelity:g}: the steps of a trial's reports must rise"
            )
        self.last = Result(self.order.trial, "running", {k: float(v) for k, v in metrics.items()}, float(fidelity))
        self.verdict = self.decide(self.last)
        if self.verdict != "stop" and save is not None and self.order.checkpoint is not None:
            replace(self.order.checkpoint, save)
        return self.verdict == "go"
