"""Errors that users of the backends can cause, or that the machine causes."""

from __future__ import annotations

from symbolic.errors import SymspaceError


class BackendError(SymspaceError):
    """Base class of the errors of backends, executors and tasks."""


class ExecutorError(BackendError):
    """Workers cannot be started, or what they need cannot be sent to them."""


class ExitCalled(ExecutorError):
    """User code called `sys.exit` where it would have ended the search without a word."""

    exit_code = 1


class TrainError(BackendError):
    """A training that cannot be done as asked: its record, its network, its checkpoint."""


class ShapeError(TrainError):
    """Shapes that do not fit: found before training the trial is infeasible, later it failed."""
