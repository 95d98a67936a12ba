"""Objectives and limits that read decisions, and the metrics of the reference candidate."""

from __future__ import annotations

import functools
import math
from pathlib import Path
from typing import Any

import pytest

from symbolic.language.load import parse
from symbolic.search.study import Study, load_study, search
from symbolic.search.wishes import PlanError

SPACE = 'depth = 1..6\nkind = "relu" | "gelu"\nextra = 1..3 when kind is gelu\n'


def measure(built: dict[str, Any]) -> dict[str, float]:
    return {"accuracy": 0.5 + 0.05 * built["depth"], "seconds": 2.0 * built["depth"]}


def run(statements: str, store: Any = None, **wishes: Any) -> Study:
    return search(
        parse(SPACE + statements), evaluate=measure, algorithm="random", store=store, listeners=[], **{"trials": 25, **wishes}
    )


def test_decisions_in_objectives() -> None:
    study = run("maximize accuracy - 0.08 * depth - (0.5 if kind is gelu else 0.0)")
    for trial in study.trials:
        values = trial.candidate.to_dict()
        wanted = measure(values)["accuracy"] - 0.08 * values["depth"] - (0.5 if values["kind"] == "gelu" else 0.0)
        assert trial.value == pytest.approx(wanted)
    assert study.best.candidate.to_dict() == {"depth": 1, "kind": "relu"}


def test_what_reads_an_inactive_decision_is_unknown() -> None:
    """An objective that is unknown is no number, so never best; a limit that is unknown is kept."""
    study = run("maximize accuracy + extra")
    assert {t.state for t in study.trials if t.candidate.to_dict()["kind"] == "relu"} == {"failed"}
    assert study.best.candidate.to_dict()["kind"] == "gelu"
    limited = run("maximize accuracy\nrequire seconds <= 4 * extra")
    for trial in limited.trials:
        values = trial.candidate.to_dict()
        broken = "extra" in values and 2.0 * values["depth"] > 4 * values["extra"]
        assert (limited.objectives.known_violation(trial.metrics) > 0) == broken


def test_decisions_in_limits() -> None:
    study = run("maximize accuracy\nrequire seconds <= 6.0 or kind is gelu\nforbid accuracy > 0.7 and extra == 3")
    for trial in study.trials:
        values = trial.candidate.to_dict()
        metrics = measure(values)
        kept = (metrics["seconds"] <= 6.0 or values["kind"] == "gelu") and not (
            metrics["accuracy"] > 0.7 and values.get("extra") == 3
        )
        assert (study.objectives.known_violation(trial.metrics) == 0) == kept


def test_the_reference_is_the_default_candidate_measured_once(tmp_path: Path) -> None:
    store = tmp_path / "studies.db"
    text = "minimize seconds / reference(seconds)\nrequire accuracy >= 0.9 * reference(accuracy)"
    study = run(text, store)
    first = study.trials[0]
    assert first.origin == "baseline" and first.value == 1.0
    for trial in study.trials:
        assert trial.value == measure(trial.candidate.to_dict())["seconds"] / first.metrics["seconds"]
        assert trial.metrics["reference(seconds)"] == first.metrics["seconds"]
    again = load_study(store, study.name)
    assert [t.values for t in again.trials] == [t.values for t in study.trials]


def test_all_wait_for_the_reference() -> None:
    study = run("minimize log(seconds) + 0.1 * seconds / reference(seconds)", workers=2, trials=8)
    assert all(math.isfinite(t.value) for t in study.trials)


def test_a_continued_study_knows_its_reference(tmp_path: Path) -> None:
    store = tmp_path / "studies.db"
    text = "minimize seconds / reference(seconds)"
    whole = run(text, None, trials=12)
    part = run(text, store, trials=5)
    more = run(text, store, trials=12)
    assert more.name == part.name
    assert [t.values for t in more.trials] == [t.values for t in whole.trials]


def test_without_a_reference_there_is_no_study() -> None:
    with pytest.raises(
        PlanError, match=r"reference\(seconds\) is measured on the default candidate, trial 0, and the study has no"
    ):
        run("minimize seconds / reference(seconds)", baseline=False)
    with pytest.raises(PlanError, match="no baseline: the default candidate is not valid"):
        run("minimize seconds / reference(seconds)\nforbid depth == 1")


def test_a_program_with_objectives_over_decisions() -> None:
    import symbolic as sym

    study = functools.partial(sym.search, algorithm="random", trials=10, listeners=[])
    found = study(
        sym.space({"depth": sym.Range(1, 6)}),
        evaluate=lambda v: {"loss": float(v["depth"])},
        objectives="minimize loss + 2 * depth",
    )
    assert {t.value == 3.0 * t.candidate.to_dict()["depth"] for t in found.trials} == {True}
