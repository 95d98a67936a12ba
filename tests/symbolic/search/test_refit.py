"""The winner trained on training and validation data before it meets the test data."""

from __future__ import annotations

import numpy as np
import pytest

import symbolic as sym
from backends.torch.tasks.digits import Digits
from symbolic.search.notices import Measured
from symbolic.search.study import load_study, resume_study, search
from symbolic.search.wishes import PlanError

SPACE = "space s\ntask digits\nmodel = flatten >> linear(4..8 step 4) >> linear(classes)\ntrain { epochs: fidelity 1..2 }\n"


def test_training_and_validation_data_are_one_and_the_test_data_stay_apart():
    splits = Digits().load()
    merged = splits.merged()
    assert len(merged.validation) == 0 and len(merged.train) == len(splits.train) + len(splits.validation)
    assert set(merged.train.index) == {*splits.train.index, *splits.validation.index}
    assert np.array_equal(merged.test.index, splits.test.index)
    place = merged.train.index.tolist().index(splits.validation.index[3])
    assert (merged.train.inputs[place] == splits.validation.inputs[3]).all()


def test_the_report_is_of_the_winner_trained_on_both(tmp_path):
    settings = {"algorithm": "random", "store": tmp_path / "s.db", "study": "s"}
    plain = search(sym.parse(SPACE), trials=2, listeners=[], **settings)
    first = dict(plain.report or {})
    heard: list = []
    again = resume_study(tmp_path / "s.db", "s", refit=True, listeners=[heard.append])
    assert len(again.trials) == 2 and sum(isinstance(n, Measured) for n in heard) == 1
    report = load_study(tmp_path / "s.db", "s").report
    assert (
        report is not None and report["refit"] and report["trial"] == first["trial"] and report["metrics"] != first["metrics"]
    )
    resume_study(tmp_path / "s.db", "s", refit=True, listeners=[heard.append])
    assert sum(isinstance(n, Measured) for n in heard) == 1
    other = search(sym.parse(SPACE), trials=2, refit=True, listeners=[], algorithm="random")
    assert other.report == report


def test_several_objectives_have_no_winner_to_train_again():
    with pytest.raises(PlanError, match="no one winner"):
        search(
            sym.parse(SPACE), algorithm="random", objectives=["maximize accuracy", "minimize params"], refit=True, listeners=[]
        )


def test_a_function_cannot_be_trained_again():
    with pytest.raises(PlanError, match="'function' trains no network"):
        search(sym.parse("x = 1..3"), evaluate=lambda v: v["x"], refit=True, listeners=[])
