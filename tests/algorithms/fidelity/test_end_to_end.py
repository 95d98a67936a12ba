"""Schedulers with real backends: functions that report and continue, and networks trained on digits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import symbolic as sym
from algorithms.fidelity.median_stop import MedianStop
from backends.function import FunctionBackend
from backends.handle import Handle

EPOCHS = "space plain\nx = 0..30\nepochs = fidelity 1..9\nmaximize value\n"


def training(values: Mapping[str, Any], trial: Handle) -> Mapping[str, float]:
    """Count the epochs from where it was left: the best x is 20, and `worked` is what this trial did itself."""
    done = int((trial.start / "epoch").read_text()) if trial.start else 0
    value = 0.0
    for epoch in range(done + 1, int(values["epochs"]) + 1):
        value = epoch - abs(values["x"] - 20)
        trial.report(value, epoch, lambda folder, at=epoch: (folder / "epoch").write_text(str(at)))  # type: ignore[misc]
        if trial.should_stop():
            break
    return {"value": value, "worked": values["epochs"] - done}


@pytest.mark.parametrize("algorithm", ["asha(tpe)", "hyperband", "bohb", "priorband", "successive_halving(candidates: 9)"])
def test_promoted_functions_continue_and_a_killed_study_goes_on(algorithm: str, tmp_path: Path) -> None:
    backend, store = FunctionBackend(training, continues=True), tmp_path / "s.db"
    for trials in (13, 26):  # the second sitting goes on from the first
        study = sym.search(
            sym.parse(EPOCHS),
            backend=backend,
            algorithm=algorithm,
            trials=trials,
            seed=1,
            store=store,
            study="l",
            baseline=False,
            listeners=[],
        )
    assert len(study.trials) == 26
    assert all("restarted" not in t.metrics for t in study.trials)
    assert {t.metrics["worked"] for t in study.trials} >= {1, 2}
    assert study.best.metrics["value"] == max(t.metrics["value"] for t in study.trials if t.fidelity is None)


def test_the_median_rule_ends_functions_early() -> None:
    study = sym.search(
        sym.parse(EPOCHS),
        backend=FunctionBackend(training),
        algorithm=MedianStop(),
        trials=25,
        seed=1,
        baseline=False,
        listeners=[],
    )
    stopped = [t for t in study.trials if t.state == "stopped"]
    assert 0 < len(stopped) < 20 and all(abs(t.candidate.to_dict()["x"] - 20) > 1 for t in stopped)


def test_networks_trained_on_digits_continue_from_their_checkpoints(tmp_path: Path) -> None:
    text = "space small\nmodel = flatten >> linear(8..32 step 8) >> relu >> linear(classes)\n"
    space = sym.parse(text + "train { lr: 1e-3..1e-1 log, epochs: fidelity 1..4 }\nmaximize accuracy\n")
    scheduler = "asha(eta: 2)"
    study = sym.search(
        space, task="digits", algorithm=scheduler, trials=9, store=tmp_path / "s.db", baseline=False, listeners=[]
    )
    assert {t.fidelity for t in study.trials} == {1.0, 2.0, 4.0}
    assert all(t.state == "ok" and "restarted" not in t.metrics for t in study.trials)
