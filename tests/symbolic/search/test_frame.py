"""Tables of trials: active decisions only, by column, for pandas, in terminals and notebooks."""

import io
import math
import sys

import pytest
from rich.console import Console

import symbolic as sym
from symbolic.errors import SymspaceError

LAYERS = "space s\nmodel = repeat 1..4 as layers { 16..64 step 16 }\nminimize loss"


@pytest.fixture(scope="module")
def study():
    def loss(values):
        if len(values) == 3:
            raise ValueError("made up")
        return {"loss": len(values), "wide": values[0]}

    return sym.search(sym.parse(LAYERS), evaluate=loss, trials=20, algorithm="random", listeners=[])


def test_a_row_holds_exactly_the_layers_that_exist(study):
    frame = study.frame()
    assert frame.columns[:4] == ("number", "state", "loss", "wide")
    assert len(frame) == len(study.trials) == 20
    for row, trial in zip(frame, study.trials, strict=True):
        there = {path: value for path, value in row.items() if path.startswith("model") and value is not None}
        assert there == trial.candidate.to_dict()
        assert len(there) == 1 + row["model"]
    assert frame["number"] == list(range(20))


def test_a_failed_trial_has_no_value(study):
    failed = [row for row in study.frame() if row["state"] == "failed"]
    assert failed
    assert all(math.isnan(row["loss"]) and row["wide"] is None for row in failed)


def test_an_unknown_column_names_the_nearest(study):
    with pytest.raises(SymspaceError, match="no column 'lose'; did you mean 'loss'"):
        study.frame()["lose"]


def test_pandas(study, monkeypatch):
    pandas = pytest.importorskip("pandas")
    made = study.frame().to_pandas()
    assert isinstance(made, pandas.DataFrame)
    assert list(made.columns) == list(study.frame().columns)
    assert made["loss"].min() == study.best.value
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(SymspaceError, match=r"pip install 'symspace\[pandas\]'"):
        study.frame().to_pandas()


def test_frames_show_themselves(study):
    console = Console(file=io.StringIO(), width=160)
    console.print(study.frame())
    assert "20 rows, 9 columns" in console.file.getvalue()
    assert study.frame()._repr_html_().count("<tr>") == 21
    assert "model[3]" in str(study.frame())
