"""CSV tables: features standardised on the training part, classes or numbers by the target, wrong cells named."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backends.errors import BackendError
from backends.torch.goals import Classification, Regression
from backends.torch.tasks.table import Table

RNG = np.random.default_rng(0)
FEATURES = RNG.normal(5, 3, (40, 2))
TARGETS = {
    "text": [["no", "yes", "maybe"][i % 3] for i in range(40)],
    "whole": [[10, 9, 2][i % 3] for i in range(40)],
    "float": [float(a + b) for a, b in FEATURES],
}


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    def write_file(target: list[Any], name: str = "data.csv") -> str:
        lines = [
            "name,height,weight,y",
            *(f"n{i},{a!r},{b!r},{t}" for i, ((a, b), t) in enumerate(zip(FEATURES.tolist(), target, strict=True))),
        ]
        text = "\n".join(lines).encode()
        (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith("gz") else text)
        return str(tmp_path / name)

    return write_file


@pytest.mark.parametrize(("kind", "labels"), [("text", ["maybe", "no", "yes"]), ("whole", [2, 9, 10])])
@pytest.mark.parametrize("name", ["data.csv", "data.csv.gz"])
def test_classes(kind: str, labels: list[Any], name: str, write: Any, check_splits: Any) -> None:
    task = Table(path=write(TARGETS[kind], name), target="y", ignore="name")
    assert (task.facts.input.axes, dict(task.facts.values)) == ((2,), {"classes": 3, "features": 2})
    check_splits(task.load, 40)
    splits = task.load()
    assert isinstance(splits.goal, Classification)
    assert [labels[t] for t in splits.test.targets.tolist()] == [TARGETS[kind][i] for i in splits.test.index]
    train = FEATURES[splits.train.index]
    assert np.allclose(splits.test.inputs.numpy(), (FEATURES[splits.test.index] - train.mean(0)) / train.std(0), atol=1e-4)


def test_numbers_are_a_regression_and_may_be_asked_for(write: Any) -> None:
    splits = Table(path=write(TARGETS["float"]), target="y", ignore="name").load()
    assert isinstance(splits.goal, Regression)
    told = splits.test.targets.numpy() * splits.goal.spread + splits.goal.mean
    assert np.allclose(told, np.array(TARGETS["float"])[splits.test.index], rtol=1e-4)
    forced = Table(path=write(TARGETS["whole"]), target="y", ignore="name", goal="regression")
    assert next(iter(forced.facts.metrics)) == "r2" and isinstance(forced.load().goal, Regression)


def test_facts_need_no_torch(write: Any, without_torch: Callable[[str], None]) -> None:
    path = write(TARGETS["text"])
    without_torch(f"from backends.torch.tasks.table import Table\nTable(path={path!r}, target='y', ignore='name').facts")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"target": "yy"}, "has no column 'yy'; did you mean 'y'"),
        ({"target": "y", "ignore": "nam"}, "did you mean 'name'"),
        ({"target": "y"}, "row 1: name is 'n0', which is no number; .* ignore: 'name'"),
        ({"target": "name", "ignore": "height, weight, y"}, "no column beside the target"),
        ({"target": "y", "ignore": "name", "goal": "regression"}, "row 1: y is 'no'"),
        ({"target": "y", "goal": "clustering"}, "auto, classification, regression"),
    ],
)
def test_mistakes_are_named(arguments: dict[str, str], message: str, write: Any) -> None:
    with pytest.raises(BackendError, match=message):
        Table(path=write(TARGETS["text"]), **arguments).load()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,y", "has no rows"),
        ("a,a\n1,2\n", "two columns of one name"),
        ("a,y\n1,2\n1,2,3\n", "line 3: 3 values, the header has 2 columns"),
        ("a,y\n1,no\n2,\n", "the target 'y' is empty"),
        ("a,y\n1,no\n2,no\n", "the target 'y' is 'no' in every row"),
        ("a,y\nnan,no\n2,yes\n", "row 1: a is 'nan'"),
    ],
)
def test_damaged_files_are_refused(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(text)
    with pytest.raises(BackendError, match=message):
        Table(path=str(tmp_path / "x.csv"), target="y").load()
