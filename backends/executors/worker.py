"""The life of a worker process: make an evaluator, say ready, serve one trial at a time, leave when the parent does."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import traceback
from multiprocessing.connection import Connection, wait
from multiprocessing.process import parent_process

import attrs

from backends.executors.crossing import unpacked
from backends.executors.jobs import Order, RunningJob
from backends.executors.outcomes import attempt, exited, failure
from symbolic.errors import SymspaceError
from symbolic.search.events import Result
from symbolic.search.protocols import Evaluator, Verdict

LOOK_S = 1.0


@attrs.frozen
class Ready:
    """The evaluator is made: trials may come."""


@attrs.frozen
class Broken:
    """The evaluator cannot be made; `why` is the message of a user's error, the trace of any other."""

    why: str


@attrs.frozen
class Quit:
    """User code asked to stop the search (`KeyboardInterrupt`)."""

    why: str


@attrs.frozen(eq=False)
class Answer:
    """A report that waits for a verdict, or the final result. `spent`: this process should not run another trial."""

    result: Result
    sent: float
    spent: bool = False


Message = Ready | Broken | Quit | Answer


def main(cargo: bytes, seed: int, pipe: Connection) -> None:
    """Serve trials that come through the pipe until it closes or says None."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to the whole group; the loop decides
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=_leave_with_parent, args=(os.getppid(),), daemon=True).start()
    try:
        backend, space, task = unpacked(cargo)
        evaluator = backend.evaluator(space, task, seed)
    except SystemExit as e:
        pipe.send(Broken(f"the backend could not start: {exited(e)}\n{traceback.format_exc()}"))
        return
    except Exception as e:
        pipe.send(Broken(str(e) if isinstance(e, SymspaceError) else f"the backend could not start:\n{traceback.format_exc()}"))
        return
    pipe.send(Ready())
    try:
        serve(evaluator, pipe)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # the parent is gone
    finally:
        if hasattr(evaluator, "close"):
            evaluator.close()


def serve(evaluator: Evaluator, pipe: Connection) -> None:
    """Run the orders that arrive, one at a time."""

    def decide(report: Result) -> Verdict:
        pipe.send(Answer(_bare(report), time.monotonic()))
        verdict: Verdict = pipe.recv()
        return verdict

    while (order := pipe.recv()) is not None:
        assert isinstance(order, Order)
        try:
            result = attempt(evaluator, RunningJob(order, decide))
        except KeyboardInterrupt:
            pipe.send(Quit(f"KeyboardInterrupt in trial {order.trial.number}"))
            continue
        except SystemExit as e:  # it ends this trial, and neither the search nor the worker
            result = Result(order.trial, "failed", failure=failure("raised", exited(e), traceback.format_exc()))
        pipe.send(Answer(_bare(result), time.monotonic(), _spent(result)))


def _bare(result: Result) -> Result:
    """Leave out the point of a result's trial, which the parent knows."""
    return attrs.evolve(result, trial=None)  # type: ignore[arg-type]  # put back by the session


def _spent(result: Result) -> bool:
    """Say whether this process is unfit: memory ran out, or an exception may have poisoned its CUDA context."""
    if result.status != "failed" or result.failure is None:
        return False
    torch = sys.modules.get("torch")
    return result.failure.kind == "memory" or (torch is not None and torch.cuda.is_initialized())


def _leave_with_parent(parent: int) -> None:
    """End this process as soon as the parent is gone, even in the middle of a trial."""
    process = parent_process()
    assert process is not None
    while os.getppid() == parent:
        if wait([process.sentinel], LOOK_S):
            break
    os._exit(1)
