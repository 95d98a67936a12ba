"""A study as Optuna sees it: parameters of active decisions only, values, states, constraints, reports, the same best."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import symbolic as sym
from symbolic.dashboard.export import ExportError, export_to_optuna

optuna = pytest.importorskip("optuna")
SPACE = """
kind = sgd(momentum: 0.5..0.9) | adam
lr = 1e-5..1e-1 log
width = 1..64 log
layers = repeat 1..3 { 16..64 step 16 }
augment = subset 0..2 of { "a", "b", "c" }
order = permutation 2 of { "p", "q", "r" }
mixed = 1 | true | none | "x"
grid = 0.0..1.0 step 0.1
"""


def measured(built: dict[str, Any], trial: Any) -> dict[str, float]:
    """Reports twice, fails for the label `x`, gives no number for null, and is worth what follows from the candidate."""
    values = trial.candidate.to_dict()
    for step in (1, 2):
        trial.report({"loss": values["grid"] + step, "size": 0.0}, step=step)
    if values["mixed"] == "x":
        raise ValueError("no x")
    loss = math.nan if values["mixed"] is None else values["grid"] + values["lr"]
    return {"loss": loss, "size": float(values["width"]), "depth": float(values["layers"])}


def exported(study: Any, tmp_path: Path) -> Any:
    url = f"sqlite:///{tmp_path / 'o.db'}"
    assert export_to_optuna(study, url) == len(study.trials)
    return optuna.load_study(study_name=study.name, storage=url)


def searched(text: str, tmp_path: Path, evaluate: Callable[..., Any] = measured, trials: int = 24) -> Any:
    space = sym.parse(f"space s\n{SPACE}{text}")
    store = tmp_path / "s.db"
    return sym.search(space, evaluate=evaluate, trials=trials, algorithm="random", seed=3, store=store, listeners=[])


def test_trials_are_those_of_the_study(tmp_path: Path) -> None:
    study = searched("minimize loss\n", tmp_path)
    found = exported(study, tmp_path)
    assert found.direction.name == "MINIMIZE" and found.metric_names == ["loss"]
    for ours, theirs in zip(study.trials, found.trials, strict=True):
        values = ours.candidate.to_dict()
        assert theirs.user_attrs["symspace:number"] == theirs.number == ours.number
        assert theirs.params["lr"] == values["lr"] and theirs.params["width"] == values["width"]
        assert theirs.params["kind"] == values["kind"]
        assert ("kind/sgd/momentum" in theirs.params) == (values["kind"] == "sgd")
        assert [k for k in range(3) if f"layers[{k}]" in theirs.params] == list(range(values["layers"]))
        assert [k for k in "abc" if theirs.params[f"augment/{k}"]] == values["augment"]
        assert [theirs.params[f"order[{k}]"] for k in range(2)] == values["order"]
        assert (
            theirs.params["mixed"] == {1: "1", None: "none", "x": "x"}.get(values["mixed"], "true") or values["mixed"] is True
        )
        assert (theirs.state.name == "COMPLETE") == (ours.state == "ok")
        if ours.state == "ok":
            assert theirs.values == list(ours.values) and theirs.user_attrs["size"] == values["width"]
        else:
            assert theirs.state.name == "FAIL" and theirs.user_attrs["symspace:error"] == ours.error
        assert theirs.intermediate_values == {1: values["grid"] + 1, 2: values["grid"] + 2}
    assert {t.state.name for t in found.trials} == {"COMPLETE", "FAIL"}
    assert found.best_trial.number == study.best.number


def test_distributions_are_those_of_the_decisions(tmp_path: Path) -> None:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    found = exported(searched("minimize loss\n", tmp_path), tmp_path)
    known = {path: d for trial in found.trials for path, d in trial.distributions.items()}
    assert known["kind"] == CategoricalDistribution(("sgd", "adam"))
    assert known["kind/sgd/momentum"] == FloatDistribution(0.5, 0.9)
    assert known["lr"] == FloatDistribution(1e-5, 1e-1, log=True)
    assert known["width"] == IntDistribution(1, 64, log=True)
    assert known["layers"] == IntDistribution(1, 3)
    assert known["layers[0]"] == IntDistribution(16, 64, step=16)
    assert known["augment/a"] == CategoricalDistribution((False, True))
    assert known["order[0]"] == CategoricalDistribution(("p", "q", "r"))
    assert known["mixed"] == CategoricalDistribution(("1", "true", "none", "x"))
    assert known["grid"] == FloatDistribution(0.0, 1.0, step=0.1)


def test_several_objectives_and_limits(tmp_path: Path) -> None:
    text = "minimize loss\nmaximize size\nrequire depth <= 2\nforbid loss > 0.9\n"
    study = searched(text, tmp_path, trials=30)
    found = exported(study, tmp_path)
    assert [d.name for d in found.directions] == ["MINIMIZE", "MAXIMIZE"]
    complete = [t for t in found.trials if t.state.name == "COMPLETE"]
    assert complete and all(len(t.system_attrs["constraints"]) == 2 for t in complete)
    for trial in complete:
        deep, costly = trial.system_attrs["constraints"]
        assert (deep > 0) == (trial.user_attrs["depth"] > 2) and (costly > 0) == (trial.values[0] > 0.9)
    assert {t.number for t in found.best_trials} >= {t.number for t in study.pareto}
    feasible = {t.number for t in complete if max(t.system_attrs["constraints"]) <= 0}
    assert {t.number for t in study.pareto} <= feasible


def test_trials_that_are_infeasible_before_they_are_measured(tmp_path: Path) -> None:
    """The trainer counts parameters first: over the limit nothing is trained, so there is no value."""
    pytest.importorskip("torch")
    text = (
        "space s\ntask digits\nmodel = flatten >> linear(4 | 64) >> relu >> linear(classes)\ntrain { epochs: fidelity 1..2 }\n"
        "maximize accuracy\nrequire params(model) <= 1000\n"
    )
    study = sym.search(sym.parse(text), trials=2, algorithm="random", seed=0, store=tmp_path / "s.db", listeners=[])
    found = exported(study, tmp_path)
    for ours, theirs in zip(study.trials, found.trials, strict=True):
        broken = theirs.system_attrs["constraints"][0] > 0
        assert broken == (ours.state == "infeasible") == (theirs.params["model/linear/width"] == 64)
        assert theirs.state.name == ("PRUNED" if broken else "COMPLETE")
        assert list(theirs.intermediate_values) == ([] if broken else [1, 2][: len(theirs.intermediate_values)])


def test_it_is_written_anew_and_never_over_another_study(tmp_path: Path) -> None:
    study = searched("minimize loss\n", tmp_path, trials=4)
    exported(study, tmp_path)
    url = f"sqlite:///{tmp_path / 'o.db'}"
    assert len(exported(study, tmp_path).trials) == 4
    optuna.delete_study(study_name=study.name, storage=url)
    optuna.create_study(study_name=study.name, storage=url)
    with pytest.raises(ExportError, match="has another study called"):
        export_to_optuna(study, url)


def test_without_optuna_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = searched("minimize loss\n", tmp_path, trials=1)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ExportError, match=r"pip install 'symspace\[optuna\]'"):
        export_to_optuna(study, "sqlite:///x.db")
