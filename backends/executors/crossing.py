"""What crosses to a worker process: backend, space and task, by reference wherever they hold code."""

from __future__ import annotations

import io
import pickle
import sys
from pathlib import Path
from types import FunctionType
from typing import Any

import attrs

from backends.errors import ExecutorError
from symbolic.search.protocols import Backend
from symbolic.space import Space
from symbolic.task import Task

Cargo = tuple[Backend, Space, Task | None]


def packed(backend: Backend, space: Space, task: Task | None) -> bytes:
    """Return what a worker needs to make its evaluator, as bytes: also the folders where it finds the user's modules.

    Raises `ExecutorError` naming the function, class or object that a fresh process could not import.
    """
    buffer = io.BytesIO()
    fresh = attrs.evolve(space)  # without its cached table: a worker lowers for itself
    pickler = _Pickler(buffer, pickle.HIGHEST_PROTOCOL)
    pickler.folders = []
    try:
        pickler.dump((backend, fresh, task))
    except (pickle.PicklingError, TypeError, AttributeError) as e:
        raise ExecutorError(
            f"the backend, the space or the task cannot be sent to worker processes: {e}; use --workers 0"
        ) from e
    return pickle.dumps((pickler.folders, buffer.getvalue()))


def unpacked(cargo: bytes) -> Cargo:
    """Return what `packed` packed, importing what it refers to."""
    folders, content = pickle.loads(cargo)
    sys.path += [folder for folder in folders if folder not in sys.path]
    backend, space, task = pickle.loads(content)
    return backend, space, task


class _Pickler(pickle.Pickler):
    """Checks every function and class that goes by reference, so that the refusal can say which one and why."""

    folders: list[str]

    def reducer_override(self, obj: object) -> Any:
        if not isinstance(obj, FunctionType | type):
            return NotImplemented
        if reason := _not_importable(obj):
            name = "a lambda" if obj.__name__ == "<lambda>" else repr(obj.__qualname__.replace("<locals>.", ""))
            raise ExecutorError(
                f"{name} cannot be sent to worker processes: it is defined {reason}; move it to a module, or use --workers 0"
            )
        if (folder := _folder(obj.__module__)) is not None and folder not in (*sys.path, *self.folders):
            self.folders.append(folder)
        return NotImplemented


def _folder(module: str) -> str | None:
    """Return the folder from which a module's top package is imported; None for one without a file."""
    top = sys.modules.get(module.partition(".")[0])
    file = getattr(top, "__file__", None)
    if file is None:
        return None
    return str(Path(file).resolve().parents[1 if hasattr(top, "__path__") else 0])


def _not_importable(obj: FunctionType | type) -> str | None:
    """Say where an object is defined if a fresh process cannot import it from there; None if it can."""
    if obj.__module__ == "__main__" and not hasattr(sys.modules["__main__"], "__file__"):
        return "in <main>"
    if "<locals>" in obj.__qualname__:
        return f"inside {obj.__qualname__.split('.<locals>')[0]!r} of {obj.__module__!r}"
    return f"in {obj.__module__!r} without a name" if "<lambda>" in obj.__qualname__ else None
