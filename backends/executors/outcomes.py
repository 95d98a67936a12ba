"""How one trial ends: the only place that turns exceptions and verdicts into results."""

from __future__ import annotations

import errno
import time
import traceback

import attrs

from backends.errors import ShapeError
from backends.executors.jobs import RunningJob
from symbolic.errors import SpaceError, SymspaceError
from symbolic.search.events import Failure, FailureKind, Result, Status
from symbolic.search.protocols import Evaluator

MESSAGE_BYTES, TRACE_BYTES = 1024, 16 * 1024
_MEMORY_WORDS = ("out of memory", "can't allocate memory", "tried to allocate", "status_alloc_failed")
_SHAPE_WORDS = ("shape", "size", "dimension", "channels", "d input")


def attempt(evaluator: Evaluator, job: RunningJob) -> Result:
    """Run one trial to its final result; an exception of the user's becomes a failed one.

    `KeyboardInterrupt` and `SystemExit` pass: what they end is for the process to say.
    """
    trial, began = job.order.trial, time.perf_counter()
    try:
        result = evaluator.run(trial, job)
    except Exception as e:
        status: Status = "infeasible" if cannot_work(e) else "failed"
        result = Result(trial, status, cost_s=time.perf_counter() - began, failure=failure_of(e))
    return concluded(result, job)


def concluded(result: Result, job: RunningJob) -> Result:
    """Return the result as the last verdict has it: cancelled after `leave`, stopped with its last metrics after `stop`."""
    if job.verdict == "leave":
        return attrs.evolve(result, status="cancelled")
    if job.verdict == "stop" and result.status == "ok" and job.last is not None:
        return attrs.evolve(result, status="stopped", metrics=job.last.metrics, fidelity=job.last.fidelity)
    return result


def exited(e: SystemExit) -> str:
    """Say that user code asked to end the program.

    >>> exited(SystemExit(3))
    'your code called sys.exit(3)'
    """
    return f"your code called sys.exit({'' if e.code is None else repr(e.code)})"


def failure_of(e: Exception) -> Failure:
    """Return an exception as text, with what kind of failure it is."""
    return failure(kind_of(e), f"{type(e).__name__}: {e}", "".join(traceback.format_exception(e)))


def failure(kind: FailureKind, message: str, trace: str = "") -> Failure:
    """Return a failure with its message cut to 1 KB and its trace to 16 KB, of which the end is kept."""
    return Failure(
        kind, _text(message)[:MESSAGE_BYTES].decode(errors="ignore"), _text(trace)[-TRACE_BYTES:].decode(errors="ignore")
    )


def _text(text: str) -> bytes:
    """Encode text that may hold what no database takes: half characters of odd file names, and the character 0."""
    return text.replace("\0", "\\0").encode(errors="backslashreplace")


def kind_of(e: Exception) -> FailureKind:
    """Tell running out of memory and unfitting shapes from other exceptions: by class first, then by text."""
    if isinstance(e, MemoryError) or type(e).__name__ == "OutOfMemoryError":
        return "memory"
    if isinstance(e, OSError) and e.errno == errno.ENOMEM:
        return "memory"
    if isinstance(e, ShapeError) or cannot_work(e):
        return "shape"
    if isinstance(e, SpaceError) and isinstance(e.__cause__, Exception):
        return kind_of(e.__cause__)
    if isinstance(e, RuntimeError) and any(words in str(e).lower() for words in _MEMORY_WORDS):
        return "memory"
    return "shape" if isinstance(e, RuntimeError) and speaks_of_shapes(e) else "raised"


def cannot_work(e: Exception) -> bool:
    """Return whether a candidate cannot be built (E602): its shapes do not fit, or a constructor rejects its arguments.

    Any other exception of a constructor is a mistake in the program, not in the candidate.
    """
    if not isinstance(e, SpaceError) or e.code != "E602":
        return False
    cause = e.__cause__
    if not isinstance(cause, Exception) or isinstance(cause, SymspaceError | ValueError | AssertionError):
        return True
    return isinstance(cause, RuntimeError) and kind_of(cause) == "shape"


def speaks_of_shapes(e: Exception) -> bool:
    """Guess whether an exception says that tensors do not fit together; torch has no class for that."""
    return not isinstance(e, NotImplementedError) and any(word in str(e).lower() for word in _SHAPE_WORDS)
