"""Executor `processes`: trials in worker processes, which may die, hang or be killed without harm to the others."""

from __future__ import annotations

import atexit
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import wait
from multiprocessing.process import current_process
from pathlib import Path
from typing import Any, assert_never

import attrs

from backends.errors import ExecutorError
from backends.executors.checkpoints import Checkpoints
from backends.executors.crossing import packed
from backends.executors.jobs import Order
from backends.executors.machine import cores
from backends.executors.outcomes import failure
from backends.executors.slots import Slot, close_all, start_worker
from backends.executors.worker import LOOK_S, Answer, Broken, Message, Quit, Ready
from symbolic.search.events import TRANSIENT, FailureKind, Result, Trial
from symbolic.search.problem import Facts
from symbolic.search.protocols import Backend, Verdict
from symbolic.search.randomness import trial_seed
from symbolic.space import Space
from symbolic.task import Task

GUARD = "a script that searches with workers must do so below `if __name__ == '__main__':`, because workers import it"
FALSE_STARTS = 3
PER_CORE, SPARE = 4, 64
"""Workers that wait for something else than this machine's cores: so many more than cores are allowed."""


def _at_least_one(instance: Any, attribute: Any, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ExecutorError(f"{attribute.name} is {value!r}; it is a whole number of at least 1")


def _not_negative(instance: Any, attribute: Any, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ExecutorError(f"{attribute.name} is {value!r}; it is a whole number of at least 0")


def _sensible(instance: Any, attribute: Any, value: int) -> None:
    _at_least_one(instance, attribute, value)
    most = PER_CORE * cores() + SPARE
    if value > most:
        raise ExecutorError(f"{value} workers on {cores()} cores; at most {most} are started, and about one a core is useful")


def _positive(instance: Any, attribute: Any, value: Any) -> None:
    if value is not None and not value > 0:
        raise ExecutorError(f"{attribute.name} is {value!r}; it is a number of seconds above 0, or none")


@attrs.frozen
class Processes:
    """Runs trials in `workers` processes.

    A trial whose worker dies is run again `retries` times, from its checkpoint where it has one, before it fails.
    `per_gpu` workers share a GPU where there are any; a trial past `trial_timeout` seconds is ended (waiting for verdicts
    not counted). Each worker has cores // workers threads.
    """

    workers: int = attrs.field(default=2, validator=_sensible)
    per_gpu: int = attrs.field(default=1, validator=_at_least_one)
    trial_timeout: float | None = attrs.field(default=None, validator=_positive)
    retries: int = attrs.field(default=0, validator=_not_negative)

    def open(self, backend: Backend, space: Space, task: Task | None, seed: int, folder: Path | None) -> ProcessSession:
        """Start the workers and return the session; `folder` is the study's, None keeps no checkpoints.

        Raises `ExecutorError` where something cannot be sent to them, or when called while a script is being imported.
        """
        if getattr(current_process(), "_inheriting", False):
            raise ExecutorError(GUARD)
        session = ProcessSession(self, packed(backend, space, task), seed, backend.describe(space, task), Checkpoints(folder))
        try:
            session.start()
        except BaseException:
            session.close()
            raise
        return session


@attrs.define(eq=False)
class ProcessSession:
    """A backend opened in worker processes."""

    options: Processes
    cargo: bytes
    seed: int
    facts: Facts
    checkpoints: Checkpoints
    slots: list[Slot] = attrs.field(factory=list)
    queue: deque[Order] = attrs.field(factory=deque)
    opened: float = attrs.field(factory=time.monotonic)
    false_starts: int = 0
    lost: Counter[int] = attrs.field(factory=Counter)

    @property
    def capacity(self) -> int:
        """How many trials run at once."""
        return self.options.workers

    @property
    def burst(self) -> int:
        """How many transient trials may be submitted at once; none may."""
        return 1

    @property
    def threads(self) -> int:
        """How many threads each worker has."""
        return max(1, cores() // self.options.workers)

    def start(self) -> None:
        """Start all workers; they become ready one by one."""
        atexit.register(self.close)
        for i in range(self.options.workers):
            self.slots.append(self._start(i))

    def submit(self, trials: Sequence[Trial], roots: Mapping[int, int] | None = None) -> None:
        """Queue trials; `roots` names the trial whose seed each one uses, its own where left out.

        Raises `ExecutorError` for transient trials: shared weights live in one process.
        """
        assert self.slots, "the session is closed"
        for trial in trials:
            if trial.purpose in TRANSIENT:
                raise ExecutorError(f"a trial of purpose {trial.purpose!r} needs shared weights: use --workers 0")
            seed = trial_seed(self.seed, (roots or {}).get(trial.number, trial.number))
            start, own = self.checkpoints.start(trial), self.checkpoints.of(trial.number)
            self.queue.append(Order(trial, seed, start, own, "auto", self.threads, self.options.trial_timeout))
        self._feed()

    def collect(self, on_report: Callable[[Result], Verdict], timeout_s: float | None) -> list[Result]:
        """Wait for at least one final result or the time-out; answer reports meanwhile. Completion order.

        Raises `ExecutorError` when the evaluator cannot be made or three workers in a row end before they are ready, and
        `KeyboardInterrupt` when user code asks to stop. No trial is charged for either.
        """
        end = None if timeout_s is None else time.monotonic() + timeout_s
        results: list[Result] = []
        while not results and (self.queue or any(slot.order for slot in self.slots)):
            wait([slot.pipe for slot in self.slots], self._patience(end))
            for i, slot in enumerate(self.slots):
                results += self._heard(i, slot, on_report)
            for i, slot in enumerate(self.slots):
                if slot.late and not slot.pipe.poll():
                    results += self._lost(i, "timeout", f"no end within {self.options.trial_timeout:g} s")
            self._feed()
            if end is not None and time.monotonic() >= end:
                break
        return results

    def cancel(self, number: int) -> None:
        """Forget a queued trial; end a running one with its worker."""
        self.queue = deque(order for order in self.queue if order.trial.number != number)
        for i, slot in enumerate(self.slots):
            if slot.order is not None and slot.order.trial.number == number:
                self._replace(i)

    def clock(self) -> float:
        """Return the seconds since the session was opened."""
        return time.monotonic() - self.opened

    def save(self, folder: Path) -> None:
        """Do nothing: workers hold no shared weights."""

    def load(self, folder: Path) -> None:
        """Do nothing: workers hold no shared weights."""

    def close(self) -> None:
        """End all workers, running ones in the middle of their trials. May be called again."""
        self.queue.clear()
        slots, self.slots = self.slots, []
        close_all(slots)
        atexit.unregister(self.close)

    def _start(self, i: int) -> Slot:
        return start_worker(self.cargo, self.seed, i, self.threads, self.options.per_gpu)

    def _replace(self, i: int) -> None:
        close_all([self.slots[i]])
        self.slots[i] = self._start(i)

    def _feed(self) -> None:
        for i, slot in enumerate(self.slots):
            if slot.ready and slot.order is None and self.queue:
                try:
                    slot.give(self.queue[0])
                except (BrokenPipeError, ConnectionResetError):
                    self._replace(i)  # it died idle: the trial was never its
                else:
                    self.queue.popleft()

    def _patience(self, end: float | None) -> float:
        """Return how long to wait for a message: until someone is late, but never long without looking around."""
        ends = [slot.deadline for slot in self.slots if slot.deadline is not None] + ([] if end is None else [end])
        return max(0.0, min([LOOK_S, *(moment - time.monotonic() for moment in ends)]))

    def _heard(self, i: int, slot: Slot, on_report: Callable[[Result], Verdict]) -> list[Result]:
        """Take in what a worker said, or its death; return the final result that came of it, if any."""
        try:
            if not slot.pipe.poll():
                return [] if slot.process.is_alive() or slot.pipe.poll() else self._died(i, slot)
            message: Message = slot.pipe.recv()
        except (EOFError, OSError):
            return self._died(i, slot)
        match message:
            case Ready():
                slot.ready, self.false_starts = True, 0
                return []
            case Broken(why):
                raise ExecutorError(why)
            case Quit(why):
                raise KeyboardInterrupt(why)
            case Answer(result, sent, spent):
                assert slot.order is not None, "a worker answered without a trial"
                result = attrs.evolve(result, trial=slot.order.trial)
                if not result.final:
                    slot.reply(on_report(result), sent)
                    return []
                slot.done()
                if spent:
                    self._replace(i)
                return [result]
        assert_never(message)

    def _died(self, i: int, slot: Slot) -> list[Result]:
        """Replace a worker that died; return its trial as lost. Raises `ExecutorError` if none of them can start."""
        slot.process.join(LOOK_S)
        if slot.ready:
            return self._lost(i, "lost", slot.obituary())
        self.false_starts += 1
        if self.false_starts >= FALSE_STARTS:
            raise ExecutorError(f"{FALSE_STARTS} workers in a row ended before they were ready: {slot.obituary()}; {GUARD}")
        self._replace(i)
        return []

    def _lost(self, i: int, kind: FailureKind, message: str) -> list[Result]:
        """Replace a worker and return its trial as failed, if it had one."""
        slot = self.slots[i]
        order, spent_s = slot.order, slot.elapsed
        self._replace(i)
        if order is None:
            return []
        number = order.trial.number
        self.lost[number] += 1
        if kind == "lost" and self.lost[number] <= self.options.retries:
            self.queue.appendleft(attrs.evolve(order, start=self.checkpoints.start(order.trial)))
            return []
        return [Result(order.trial, "failed", cost_s=spent_s, failure=failure(kind, message))]
