"""The machine as worker processes share it: cores, GPUs, and the environment each one is started with."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS")
_NVIDIA = Path("/proc/driver/nvidia/gpus")


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def gpus() -> tuple[str, ...]:
    """Return the GPUs this process may use, as `CUDA_VISIBLE_DEVICES` names them; none is also an answer."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return tuple(name.strip() for name in visible.split(",") if name.strip())
    return tuple(str(i) for i in range(len(list(_NVIDIA.iterdir())))) if _NVIDIA.is_dir() else ()


def worker_environment(threads: int, slot: int, per_gpu: int) -> dict[str, str]:
    """Return the variables of the worker in a slot.

    Thread pools read them once, when their libraries load, so they must be there before the process starts. Waiting
    threads sleep: spinning ones make a busy neighbour hundreds of times slower.
    """
    variables = {name: str(threads) for name in _THREADS} | {"OMP_WAIT_POLICY": "PASSIVE"}
    available = gpus()
    if available:
        variables["CUDA_VISIBLE_DEVICES"] = available[slot // per_gpu % len(available)]
    return variables


@contextmanager
def starting(variables: Mapping[str, str]) -> Iterator[None]:
    """Start processes inside: with these variables, and deaf to SIGINT from their first instruction on."""
    before = {name: os.environ.get(name) for name in variables}
    blocks = hasattr(signal, "pthread_sigmask")
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if blocks else set()
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        if blocks:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
