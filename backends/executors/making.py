"""Making the evaluator of a backend in this process, with what goes wrong told as the study's error, not a trial's."""

from __future__ import annotations

import traceback

from backends.errors import ExecutorError, ExitCalled
from backends.executors.outcomes import exited
from symbolic.errors import SymspaceError
from symbolic.search.protocols import Backend, Evaluator
from symbolic.space import Space
from symbolic.task import Task


def evaluator_of(backend: Backend, space: Space, task: Task | None, seed: int) -> Evaluator:
    """Return the evaluator. Raises `ExecutorError` with the trace where it cannot be made."""
    try:
        return backend.evaluator(space, task, seed)
    except SymspaceError:
        raise
    except SystemExit as e:
        raise ExitCalled(f"{exited(e)} while the backend started\n{traceback.format_exc()}") from e
    except Exception as e:
        raise ExecutorError(f"the backend could not start:\n{traceback.format_exc()}") from e
