"""The environment of workers: GPUs by slot, threads, and a parent that is left as it was."""

from __future__ import annotations

import os
import signal

import pytest

from backends.executors.machine import cores, gpus, starting, worker_environment


@pytest.mark.parametrize(
    ("visible", "per_gpu", "devices"),
    [
        ("0,1", 1, ["0", "1", "0", "1"]),
        ("0,1", 2, ["0", "0", "1", "1"]),
        ("3", 1, ["3"] * 4),
        ("GPU-a,GPU-b", 1, ["GPU-a", "GPU-b"] * 2),
    ],
)
def test_slots_share_the_gpus(visible: str, per_gpu: int, devices: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert [worker_environment(1, slot, per_gpu)["CUDA_VISIBLE_DEVICES"] for slot in range(4)] == devices


def test_without_gpus_nothing_is_said_about_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert gpus() == ()
    variables = worker_environment(3, 0, 1)
    assert "CUDA_VISIBLE_DEVICES" not in variables
    assert variables["OMP_NUM_THREADS"] == "3" and variables["OMP_WAIT_POLICY"] == "PASSIVE"


def test_variables_and_signals_are_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    with pytest.raises(ValueError), starting({"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}):
        assert os.environ["OMP_NUM_THREADS"] == "1"
        assert signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ())
        raise ValueError
    assert os.environ["OMP_NUM_THREADS"] == "7" and "OMP_WAIT_POLICY" not in os.environ
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == mask


def test_there_is_a_core() -> None:
    assert cores() >= 1
