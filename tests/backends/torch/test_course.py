"""Trainings that follow schedules: exactly the values of the schedule, continued bit for bit, stored and trained again."""

from __future__ import annotations

import math

import pytest

import symbolic as sym
from backends.torch.course import course_of
from backends.torch.record import read_record
from backends.torch.tasks.digits import digits
from symbolic.points import Schedule
from symbolic.search.study import load_study, resume_study, search

TEXT = """space s
task digits
model = flatten >> linear(8) >> linear(classes)
train {
  optimizer: sgd
  lr: 1e-3..1.0 log default 0.1
  momentum: 0.0..0.9 default 0.5
  schedule: "constant"
  weight_decay: 0.0..0.1 default 0.0
  data: 0.5..1.0 default 1.0
  batch_size: 64 | 128
  epochs: fidelity 1..4
}
"""
PLAIN = {"train/lr": 0.1, "train/momentum": 0.5, "train/weight_decay": 0.0, "train/data": 1.0, "train/batch_size": 64}


def course(*pairs: tuple[float, float]) -> dict[str, list[float]]:
    return {"progress": [p for p, _ in pairs], "values": [v for _, v in pairs]}


def trained(tmp_path, name: str, *queue: dict[str, object], text: str = TEXT, **more):
    settings = {
        "algorithm": "random",
        "baseline": False,
        "store": tmp_path / f"{name}.db",
        "study": "s",
        "listeners": [],
        **more,
    }
    return search(sym.parse(text), queue=queue, trials=len(queue), **settings)


def test_a_schedule_of_one_value_is_that_value(tmp_path) -> None:
    one = trained(tmp_path, "a", {**PLAIN, "train/lr": course((0.0, 0.1), (0.5, 0.1))}).trials[0]
    other = trained(tmp_path, "b", PLAIN).trials[0]
    assert one.metrics == other.metrics and one.candidate != other.candidate


def test_the_learning_rate_is_exactly_the_schedules(tmp_path) -> None:
    """`schedule: "step"` divides by ten after half and by a hundred after three quarters: so does the schedule."""
    led = {**PLAIN, "train/lr": course((0.0, 0.1), (0.5, 0.01), (0.75, 0.001))}
    ours = trained(tmp_path, "a", led).trials[0]
    theirs = trained(tmp_path, "b", PLAIN, text=TEXT.replace('"constant"', '"step"')).trials[0]
    assert ours.metrics["loss"] == pytest.approx(theirs.metrics["loss"], rel=1e-6)
    assert ours.metrics["loss"] != trained(tmp_path, "c", PLAIN).trials[0].metrics["loss"]


def test_other_arguments_follow_too_and_schedules_are_stored_served_and_best(tmp_path) -> None:
    led = {**PLAIN, "train/momentum": course((0.0, 0.0), (0.5, 0.9)), "train/weight_decay": course((0.0, 0.1), (0.9, 0.0))}
    study = trained(tmp_path, "a", led, {**PLAIN, "train/lr": 0.001})
    assert study.best.number == 0 and study.best.candidate.to_dict() == led
    assert study.report is not None and math.isfinite(study.report["metrics"]["accuracy"])
    stored = load_study(tmp_path / "a.db", "s")
    assert stored.best.candidate.to_dict() == led and stored.frame()["train/lr"] == [0.1, 0.001]
    stored.enqueue([stored.best.candidate])
    again = resume_study(tmp_path / "a.db", "s", trials=3, listeners=[])
    assert again.trials[2].values == again.trials[0].values and again.trials[2].cost_s == 0.0, "answered from the log"


@pytest.mark.parametrize(
    ("path", "message"),
    [("train/data", "train.data cannot follow a schedule"), ("train/batch_size", "no number")],
)
def test_what_is_settled_when_a_training_begins_cannot_follow(tmp_path, path: str, message: str) -> None:
    led = {**PLAIN, path: course((0.0, 1.0), (0.5, 0.5))}
    if path == "train/batch_size":
        with pytest.raises(sym.SpaceError, match=message):
            trained(tmp_path, "a", led)
        return
    trial = trained(tmp_path, "a", led).trials[0]
    assert trial.state == "failed" and message in str(trial.error)


def test_values_hold_from_their_progress_on() -> None:
    space, facts = sym.parse(TEXT), digits().facts
    point = space.candidate(PLAIN).point
    schedules = {"train/lr": Schedule((0.0, 0.5), (0.1, 0.2)), "train/momentum": Schedule((0.0, 0.25), (0.0, 0.9))}

    def recipe_of(point):
        values = sym.Candidate(space, point).to_dict()
        return read_record({"optimizer": "sgd", **{k.removeprefix("train/"): v for k, v in values.items()}}, facts.train)

    made = course_of(space, point, schedules, recipe_of)
    assert made is not None and made.leads_lr and made.progress == (0.0, 0.25, 0.5)
    seen = [(made.at(p)[0].lr, made.at(p)[1]["momentum"]) for p in (0.0, 0.24, 0.25, 0.49, 0.5, 1.0)]
    assert seen == [(0.1, 0.0), (0.1, 0.0), (0.1, 0.9), (0.1, 0.9), (0.2, 0.9), (0.2, 0.9)]
    assert course_of(space, point, {}, recipe_of) is None
