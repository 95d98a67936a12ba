"""Executor `threads`: trials in threads of this process, for functions that wait on something else, such as a server's answer.

There is no time-out and no lost worker here: a thread cannot be ended. Trials share the global random generators, so only what
a candidate builds is seeded; a function draws from `trial.seed`.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import attrs

from backends.errors import ExecutorError
from backends.executors.checkpoints import Checkpoints
from backends.executors.jobs import Order, RunningJob
from backends.executors.making import evaluator_of
from backends.executors.outcomes import attempt, exited, failure
from symbolic.search.events import TRANSIENT, Result, Trial
from symbolic.search.problem import Facts
from symbolic.search.protocols import Backend, Evaluator, Verdict
from symbolic.search.randomness import trial_seed
from symbolic.space import Space
from symbolic.task import Task

MOST = 256
LOOK_S = 0.5


class Concurrent(Protocol):
    """An evaluator that several threads may use: `concurrent()` returns it in that form."""

    def concurrent(self) -> Evaluator: ...


def _number(instance: Any, attribute: Any, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST:
        raise ExecutorError(f"{attribute.name} is {value!r}; it is a whole number from 1 to {MOST}")


def _never(instance: Any, attribute: Any, value: object) -> None:
    if value is not None:
        raise ExecutorError("a time-out per trial needs a worker process that can be ended: use processes, --workers 1")


@attrs.frozen
class Threads:
    """Runs trials in `workers` threads; `trial_timeout` is refused, since a thread cannot be ended."""

    workers: int = attrs.field(default=4, validator=_number)
    trial_timeout: float | None = attrs.field(default=None, validator=_never)

    def open(self, backend: Backend, space: Space, task: Task | None, seed: int, folder: Path | None) -> ThreadSession:
        """Start the threads. Raises `ExecutorError` for a backend that trains here or keeps global state."""
        evaluator: Any = evaluator_of(backend, space, task, seed)
        if not callable(getattr(evaluator, "concurrent", None)):
            raise ExecutorError(
                f"{type(backend).__name__} cannot run in threads, which share their random generators: use worker processes"
            )
        session = ThreadSession(evaluator.concurrent(), backend.describe(space, task), seed, Checkpoints(folder), self.workers)
        session.start()
        return session


@attrs.frozen(eq=False)
class Said:
    """What a thread says: a report, with where the verdict goes; a final result; or that user code stops the search."""

    result: Result | None
    reply: queue.SimpleQueue[Verdict] | None = None
    quit: str = ""


@attrs.define(eq=False)
class ThreadSession:
    """A backend opened in threads."""

    evaluator: Evaluator
    facts: Facts
    seed: int
    checkpoints: Checkpoints
    capacity: int
    burst: int = 1
    orders: queue.SimpleQueue[Order | None] = attrs.field(factory=queue.SimpleQueue)
    inbox: queue.SimpleQueue[Said] = attrs.field(factory=queue.SimpleQueue)
    cancelled: set[int] = attrs.field(factory=set)
    threads: list[threading.Thread] = attrs.field(factory=list)
    opened: float = attrs.field(factory=time.monotonic)
    running: int = 0
    closed: bool = False

    def start(self) -> None:
        """Start the threads. They do not keep the program from ending."""
        for i in range(self.capacity):
            self.threads.append(threading.Thread(target=self._serve, name=f"symspace-trial-{i}", daemon=True))
            self.threads[-1].start()

    def _serve(self) -> None:
        while (order := self.orders.get()) is not None:
            if self.closed or order.trial.number in self.cancelled:
                continue
            try:
                self.inbox.put(Said(attempt(self.evaluator, RunningJob(order, self._ask))))
            except KeyboardInterrupt:
                self.inbox.put(Said(None, quit=f"KeyboardInterrupt in trial {order.trial.number}"))
            except SystemExit as e:  # it ends this trial, and not the search
                self.inbox.put(Said(Result(order.trial, "failed", failure=failure("raised", exited(e)))))

    def _ask(self, report: Result) -> Verdict:
        """Wait, in the trial's thread, for the verdict on a report."""
        if self.closed or report.trial.number in self.cancelled:
            return "leave"
        reply: queue.SimpleQueue[Verdict] = queue.SimpleQueue()
        self.inbox.put(Said(report, reply))
        while True:
            try:
                return reply.get(timeout=LOOK_S)
            except queue.Empty:
                if self.closed:  # nobody reads the inbox any more
                    return "leave"

    def submit(self, trials: Sequence[Trial], roots: Mapping[int, int] | None = None) -> None:
        """Queue trials. Raises `ExecutorError` for transient ones: shared weights live in one thread."""
        for trial in trials:
            if trial.purpose in TRANSIENT:
                raise ExecutorError(f"a trial of purpose {trial.purpose!r} needs shared weights: use --workers 0")
            seed = trial_seed(self.seed, (roots or {}).get(trial.number, trial.number))
            self.cancelled.discard(trial.number)
            self.orders.put(Order(trial, seed, self.checkpoints.start(trial), self.checkpoints.of(trial.number)))
            self.running += 1

    def collect(self, on_report: Callable[[Result], Verdict], timeout_s: float | None) -> list[Result]:
        """Wait for at least one final result or the time-out; answer reports meanwhile, in this thread. Completion order."""
        end = None if timeout_s is None else time.monotonic() + timeout_s
        results: list[Result] = []
        while self.running and not (results and self.inbox.empty()):
            try:
                said = self.inbox.get(timeout=None if end is None else max(0.0, end - time.monotonic()))
            except queue.Empty:
                break
            if said.result is None:
                raise KeyboardInterrupt(said.quit)
            if said.reply is not None:
                said.reply.put("leave" if said.result.trial.number in self.cancelled else on_report(said.result))
            elif said.result.trial.number not in self.cancelled:
                self.running -= 1
                results.append(said.result)
        return results

    def cancel(self, number: int) -> None:
        """Forget a trial: one that runs ends at its next report, and its result is dropped."""
        if number not in self.cancelled:
            self.cancelled.add(number)
            self.running -= 1

    def clock(self) -> float:
        """Return the seconds since the session was opened."""
        return time.monotonic() - self.opened

    def save(self, folder: Path) -> None:
        """Do nothing: threads hold no shared weights."""

    def load(self, folder: Path) -> None:
        """Do nothing: threads hold no shared weights."""

    def close(self) -> None:
        """Let go of the threads: idle ones end now, the others at their next report or their end."""
        if self.closed:
            return
        self.closed = True
        while not self.inbox.empty():
            said = self.inbox.get()
            if said.reply is not None:
                said.reply.put("leave")
        for _ in self.threads:
            self.orders.put(None)
