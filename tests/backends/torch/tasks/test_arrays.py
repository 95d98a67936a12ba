"""NumPy archives: the kind of task told by the arrays, parts drawn or given, and what cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from backends.errors import BackendError
from backends.torch.goals import Classification, Regression
from backends.torch.tasks.arrays import Arrays

RNG = np.random.default_rng(0)
CLASSES = np.arange(60) % 3


def save(path: Path, **arrays: Any) -> Arrays:
    np.savez(path / "data.npz", **arrays)
    return Arrays(path=str(path / "data.npz"))


@pytest.mark.parametrize(
    ("x", "kind", "axes", "dtype"),
    [
        (RNG.normal(3, 2, (60, 5)), "features", (5,), torch.float32),
        (RNG.integers(0, 256, (60, 8, 6), np.uint8), "image", (1, 8, 6), torch.float32),
        (RNG.integers(0, 256, (60, 3, 8, 6), np.uint8), "image", (3, 8, 6), torch.float32),
        (RNG.normal(3, 2, (60, 3, 8, 6)).astype(np.float32), "image", (3, 8, 6), torch.float32),
        (RNG.normal(3, 2, (60, 7, 4)), "sequence", (7, 4), torch.float32),
        (RNG.integers(0, 50, (60, 7)), "tokens", (7,), torch.int64),
    ],
)
def test_kinds_of_inputs(x: np.ndarray, kind: str, axes: Any, dtype: Any, tmp_path: Path, check_splits: Any) -> None:
    task = save(tmp_path, x=x, y=CLASSES)
    assert (task.facts.input.kind, task.facts.input.axes, task.facts.values["classes"]) == (kind, axes, 3)
    check_splits(task.load, 60)
    splits = task.load()
    assert splits.train.inputs.dtype == dtype and splits.train.inputs.shape[1:] == axes
    assert np.array_equal(splits.test.targets.numpy(), CLASSES[splits.test.index])
    if kind == "tokens":
        assert task.facts.values["vocabulary"] == x.max() + 1
        assert np.array_equal(splits.test.inputs.numpy(), x[splits.test.index])
    else:
        channels = splits.train.inputs.movedim(-1 if kind in ("features", "sequence") else 1, 0).flatten(1)
        assert torch.allclose(channels.mean(1), torch.zeros(len(channels)), atol=1e-4)
        assert torch.allclose(channels.std(1, correction=0), torch.ones(len(channels)), atol=1e-3)


def test_floats_are_a_regression(tmp_path: Path) -> None:
    y = RNG.normal(5, 3, 60)
    splits = (task := save(tmp_path, x=RNG.normal(size=(60, 5)), y=y)).load()
    assert isinstance(splits.goal, Regression) and "classes" not in task.facts.values
    assert next(iter(task.facts.metrics)) == "r2"
    assert np.allclose(splits.test.targets.numpy() * splits.goal.spread + splits.goal.mean, y[splits.test.index], atol=1e-4)


def test_given_parts_are_kept(tmp_path: Path, check_splits: Any) -> None:
    x, y = RNG.normal(size=(90, 2)), np.arange(90) % 3
    task = save(tmp_path, x_train=x[:60], y_train=y[:60], x_test=x[60:], y_test=y[60:])
    check_splits(task.load, 90)
    splits = task.load()
    assert np.array_equal(splits.test.index, np.arange(60, 90)) and len(splits.validation) == 12
    task = save(tmp_path, x=x[:60], y=y[:60], x_validation=x[60:70], y_validation=y[60:70], x_test=x[70:], y_test=y[70:])
    splits = task.load()
    assert np.array_equal(splits.validation.index, np.arange(60, 70)) and len(splits.train) == 60
    assert isinstance(splits.goal, Classification) and splits.goal.classes == 3


def test_facts_need_no_torch(tmp_path: Path, without_torch: Callable[[str], None]) -> None:
    save(tmp_path, x=RNG.normal(size=(60, 5)), y=CLASSES)
    without_torch(
        "from backends.torch.tasks.arrays import Arrays\n"
        f"assert Arrays(path={str(tmp_path / 'data.npz')!r}).facts.values['features'] == 5"
    )


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"z": CLASSES}, "it has no array 'x', only z"),
        ({"x": RNG.normal(size=(60, 2)), "y": CLASSES[:50]}, "x has 60 examples and y 50"),
        ({"x": RNG.normal(size=(60, 2)), "y": -CLASSES}, "y holds the class number -2; classes are numbered from 0"),
        ({"x": RNG.normal(size=(60, 2)), "y": CLASSES * 2 + 1}, "no example of class 0, 2, 4; number the classes from 0 on"),
        ({"x": RNG.normal(size=(60, 2)), "y": CLASSES[:0]}, "y is empty"),
        ({"x": RNG.integers(-9, 9, (60, 2)) - 1, "y": CLASSES}, "x holds the token -10; tokens are numbered from 0"),
        (
            {"x": np.where(np.arange(60) % 50 == 7, np.nan, RNG.normal(size=(2, 60))).T, "y": CLASSES},
            "x holds NaN or infinity in 2 of 60 examples, the first is 7; fill what is missing",
        ),
        ({"x": RNG.normal(size=(60, 2)), "y": np.where(CLASSES, 1.0, np.inf)}, "y holds NaN or infinity in 20 of 60"),
        ({"x": RNG.normal(size=60), "y": CLASSES}, "of shape .60."),
        ({"x": RNG.normal(size=(60, 2)), "y": CLASSES[:, None]}, "it is .example., class numbers or floats"),
        ({"x": np.array([{}] * 60), "y": CLASSES}, "x is object"),
    ],
)
def test_wrong_arrays_are_refused(arrays: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(BackendError, match=message):
        save(tmp_path, **arrays).load()


def test_missing_and_damaged_files_are_refused(tmp_path: Path) -> None:
    save(tmp_path, x=CLASSES, y=CLASSES)
    with pytest.raises(BackendError, match=r"did you mean 'data\.npz'"):
        Arrays(path=str(tmp_path / "date.npz")).facts  # noqa: B018  # asking is what fails
    (tmp_path / "data.npz").write_bytes(b"nonsense")
    with pytest.raises(BackendError, match="it is no NumPy archive"):
        Arrays(path=str(tmp_path / "data.npz")).load()
    with pytest.raises(BackendError, match="a text in quotes"):
        Arrays(path="")
