"""Where torch computes: the device by name, and how many threads for how long."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from backends.errors import BackendError


def pick(*names: str) -> torch.device:
    """Return the first device that is not `auto`; if all are, the GPU where there is one, else the CPU.

    Raises `BackendError` for a device that this machine does not have.
    """
    name = next((n for n in names if n != "auto"), "cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as e:
        raise BackendError(f"the device {name!r} cannot be used here: {str(e).splitlines()[0]}; try cpu or auto") from e
    return device


@contextmanager
def using_threads(count: int) -> Iterator[None]:
    """Compute with this many threads inside. One is quickest for small networks, and its sums are always the same."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def mixed_precision(device: torch.device, wanted: bool) -> Iterator[None]:
    """Compute in bfloat16 inside, where that is safe; weights and sums of losses stay in single precision."""
    if not wanted:
        yield
        return
    with torch.autocast(device.type, torch.bfloat16):
        yield


def check_mixed_precision(device: torch.device) -> None:
    """Raise `BackendError` for a device that has no bfloat16."""
    if device.type not in ("cpu", "cuda") or (device.type == "cuda" and not torch.cuda.is_bf16_supported()):
        raise BackendError(f"mixed precision needs a CPU, or a GPU with bfloat16; {device} has none: leave amp out")


def forget_memory() -> None:
    """Give memory that tensors no longer use back to the device, after an allocation that failed."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
