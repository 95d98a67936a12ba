"""One worker process as the session sees it: its pipe, its trial, and until when it may take."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import attrs

from backends.executors.jobs import Order
from backends.executors.machine import starting, worker_environment
from backends.executors.worker import main
from symbolic.search.protocols import Verdict

GRACE_S = 2.0


@attrs.define(eq=False)
class Slot:
    """A worker and what it is doing. `deadline` is a moment of `time.monotonic`; None: no limit."""

    process: BaseProcess
    pipe: Connection
    ready: bool = False
    order: Order | None = None
    since: float = 0.0
    deadline: float | None = None

    @property
    def late(self) -> bool:
        """Whether its trial has had its time."""
        return self.deadline is not None and time.monotonic() > self.deadline

    @property
    def elapsed(self) -> float:
        """Seconds since its trial began; 0 without a trial."""
        return 0.0 if self.order is None else time.monotonic() - self.since

    def give(self, order: Order) -> None:
        """Send a trial. Raises `BrokenPipeError` if the worker is dead."""
        self.pipe.send(order)
        self.order, self.since = order, time.monotonic()
        self.deadline = None if order.deadline_s is None else self.since + order.deadline_s

    def reply(self, verdict: Verdict, sent: float) -> None:
        """Send the verdict on a report sent at a moment; the wait since then does not count as the trial's time."""
        if self.deadline is not None:
            self.deadline += time.monotonic() - sent
        try:
            self.pipe.send(verdict)
        except (BrokenPipeError, ConnectionResetError):
            return  # it died while we decided: seen at the next look

    def done(self) -> None:
        """Note that the trial has ended."""
        self.order = self.deadline = None

    def obituary(self) -> str:
        """Say how the process ended."""
        code = self.process.exitcode
        if code is None:
            return "its worker closed the connection"
        if code >= 0:
            return f"its worker ended with exit code {code}"
        name = signal.Signals(-code).name
        return f"its worker was killed by {name}" + (", often by the memory limit" if name == "SIGKILL" else "")


def start_worker(cargo: bytes, seed: int, slot: int, threads: int, per_gpu: int) -> Slot:
    """Start a worker by `spawn` (a forked one would hang on the parent's threads or CUDA) and return its slot."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=main, args=(cargo, seed, theirs), name=f"symspace-worker-{slot}")
    with starting(worker_environment(threads, slot, per_gpu)):
        process.start()
    theirs.close()
    return Slot(process, ours)


def close_all(slots: Sequence[Slot]) -> None:
    """End workers: idle ones are asked, busy or starting ones killed; none is left."""
    for slot in slots:
        if slot.ready and slot.order is None and slot.process.is_alive():
            try:
                slot.pipe.send(None)
            except (BrokenPipeError, ConnectionResetError):
                slot.process.kill()
        else:
            slot.process.kill()
    end = time.monotonic() + GRACE_S
    for slot in slots:
        slot.process.join(max(0.0, end - time.monotonic()))
        if slot.process.is_alive():
            slot.process.kill()
            slot.process.join()
        slot.pipe.close()
        slot.process.close()
