"""The classification of exceptions: each kind by class, then by what it says."""

from __future__ import annotations

import pytest

from backends.errors import ShapeError, TrainError
from backends.executors.outcomes import cannot_work, failure, failure_of, kind_of
from symbolic.errors import SpaceError


class OutOfMemoryError(RuntimeError):
    """Named as torch's."""


def caused(cause: Exception) -> SpaceError:
    error = SpaceError("E602", "`model`: app::Net cannot be built")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "kind", "infeasible"),
    [
        (ValueError("size"), "raised", False),
        (MemoryError(), "memory", False),
        (OutOfMemoryError("tried to allocate"), "memory", False),
        (RuntimeError("CUDA error: Out of memory"), "memory", False),
        (RuntimeError("The size of tensor a (4) must match the size of tensor b (8)"), "shape", False),
        (RuntimeError("Kernel size can't be greater than actual input size"), "shape", False),
        (RuntimeError("device-side assert triggered"), "raised", False),
        (NotImplementedError("no kernel for this shape"), "raised", False),
        (ShapeError("does not fit"), "shape", False),
        (TrainError("no such key"), "raised", False),
        (SpaceError("E602", "conv2d needs an image"), "shape", True),
        (SpaceError("E603", "not trusted"), "raised", False),
        (caused(ValueError("dim must be divisible by heads")), "shape", True),
        (caused(RuntimeError("mat1 and mat2 shapes cannot be multiplied")), "shape", True),
        (caused(NameError("no such name")), "raised", False),
        (caused(MemoryError()), "memory", False),
    ],
)
def test_kinds(error: Exception, kind: str, infeasible: bool) -> None:
    assert kind_of(error) == kind
    assert cannot_work(error) == infeasible


def test_long_texts_keep_their_limits_and_the_end_of_the_trace() -> None:
    try:
        raise ValueError("ä" * 100_000)
    except ValueError as e:
        failure = failure_of(e)
    assert len(failure.message.encode()) <= 1024 and failure.message.startswith("ValueError: ä")
    assert len(failure.trace.encode()) <= 16 * 1024 and failure.trace.endswith("ä\n")


def test_messages_are_text_that_every_store_takes():
    found = failure("raised", "a\0b \udc80", "t\0race \udc80")
    assert found.message == "a\\0b \\udc80" and found.trace == "t\\0race \\udc80"
    assert found.message.encode() and found.trace.encode()
