"""A user's own data and loss as a task: read once, searched, sent to workers, and what is refused."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

import symbolic as sym
from backends.errors import BackendError
from backends.executors.processes import Processes
from backends.torch.goals import Classification, Regression
from backends.torch.tasks.custom import Task
from backends.torch.train import TrainBackend
from symbolic.search import calls
from symbolic.search.events import Trial

GENERATOR = torch.Generator().manual_seed(0)
X = torch.randn(120, 6, generator=GENERATOR)
Y = (X[:, 0] + X[:, 1] > 0).long()
TARGET = X[:, :1] * 2 + 1
NAN = torch.where((torch.arange(120) == 17)[:, None] & (torch.arange(6) == 2), float("nan"), X)
MODULE = """
import torch
from backends.torch.tasks.custom import Task
X = torch.randn(80, 4, generator=torch.Generator().manual_seed(0))
def tall() -> Task:
    return Task((X, (X[:, 0] > 0).long()), loss="cross_entropy", source="{module}::tall")
def wrong() -> int:
    return 3
"""
MODEL = "space s\nmodel = linear(8 | 16) >> relu >> linear(2)\n"


def loader(shuffle: bool = False) -> DataLoader[Any]:
    return DataLoader(TensorDataset(X, Y), batch_size=32, shuffle=shuffle)


def test_loader_dataset_and_tensors_give_the_same() -> None:
    sources = (loader(), list(loader()), TensorDataset(X, Y), (X, Y), (X.numpy(), Y.numpy()))
    one, *others = (Task(data).load() for data in sources)
    for other in others:
        for a, b in zip((one.train, one.validation, one.test), (other.train, other.validation, other.test), strict=True):
            assert torch.equal(a.inputs, b.inputs) and torch.equal(a.targets, b.targets)
            assert np.array_equal(a.index, b.index)
    assert torch.equal(one.test.inputs, X[one.test.index])
    assert [len(one.train), len(one.validation), len(one.test)] == [72, 24, 24]


def test_a_shuffled_loader_is_read_equally_and_leaves_the_generator_alone() -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    one = Task(loader(shuffle=True)).load()
    assert torch.equal(before, torch.get_rng_state())
    torch.manual_seed(6)
    assert torch.equal(one.train.inputs, Task(loader(shuffle=True)).load().train.inputs)


def test_given_validation_and_test_data_are_kept() -> None:
    task = Task((X[:80], Y[:80]), validation=(X[80:100], Y[80:100]), test=(X[100:], Y[100:]))
    splits = task.load()
    assert torch.equal(splits.train.inputs, X[:80]) and torch.equal(splits.test.inputs, X[100:])
    assert splits.validation.index.tolist() == list(range(80, 100))


@pytest.mark.parametrize(
    ("inputs", "kind", "values"),
    [
        (X, "features", {"features": 6}),
        (X.reshape(120, 2, 3), "sequence", {"length": 2, "features": 3}),
        (X.reshape(120, 1, 2, 3), "image", {"channels": 1}),
        (torch.arange(120 * 4).reshape(120, 4) % 9, "tokens", {"length": 4, "vocabulary": 9}),
    ],
)
def test_facts_are_read_off_the_data(inputs: torch.Tensor, kind: str, values: dict[str, int]) -> None:
    facts = Task((inputs, Y)).facts
    assert (facts.input.kind, dict(facts.values)) == (kind, {**values, "classes": 2})


@pytest.mark.parametrize("loss", ["cross_entropy", functional.cross_entropy, nn.CrossEntropyLoss()])
def test_cross_entropy_is_classification(loss: Any) -> None:
    task = Task((X, Y), loss=loss, classes=5)
    assert task.load().goal == Classification(5)
    assert next(iter(task.facts.metrics)) == "accuracy"


def test_cross_entropy_with_weights_is_a_classification_with_its_own_loss(run: Callable[..., Any]) -> None:
    weighted = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 1.2]), label_smoothing=0.1)
    task = Task((X, Y), loss=weighted)
    assert task.load().goal == Classification(2, weighted) and next(iter(task.facts.metrics)) == "accuracy"
    result = run(sym.parse(MODEL), {"model/linear/width": 16}, task=task)
    plain = run(sym.parse(MODEL), {"model/linear/width": 16}, task=Task((X, Y)))
    assert result.metrics["loss"] != plain.metrics["loss"]
    smoothed = run(sym.parse(MODEL + "train { label_smoothing: 0.1 }\n"), {"model/linear/width": 16}, task=task)
    assert "this task has a loss of its own: leave it at 0" in smoothed.failure.message


@pytest.mark.parametrize("loss", ["mse", functional.mse_loss, nn.MSELoss()])
def test_squared_error_is_regression(loss: Any) -> None:
    task = Task((X, TARGET), loss=loss)
    assert task.load().goal == Regression() and next(iter(task.facts.metrics)) == "r2"


def absolute(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return (outputs - targets).abs().mean()


def near(outputs: torch.Tensor, targets: torch.Tensor) -> float:
    return float(((outputs - targets).abs() < 0.5).float().mean())


def test_a_loss_and_metrics_of_ones_own(run: Callable[..., Any]) -> None:
    task = Task((X, TARGET), loss=absolute, metrics={"near": near, "worst": (lambda o, t: (o - t).abs().max(), "minimize")})
    assert list(task.facts.metrics.items())[:3] == [("near", True), ("worst", False), ("loss", False)]
    space = sym.parse("space s\nmodel = linear(1) >> dropout(0.0..0.1)\ntrain { lr: 0.05..0.1, epochs: 40 }\n")
    result = run(space, {"model/dropout/rate": 0.0, "train/lr": 0.05}, task=task)
    assert result.status == "ok", result.failure
    assert result.metrics["near"] > 0.9 and result.metrics["loss"] < 0.3 <= 10 * result.metrics["worst"]


@pytest.mark.parametrize("targets", [Y.int(), Y.bool(), Y.to(torch.uint8), Y.numpy()])
def test_class_numbers_of_all_types_are_int64(targets: Any) -> None:
    assert torch.equal(Task((X, targets)).load().test.targets, Task((X, Y)).load().test.targets)


def test_own_metrics_stand_beside_those_of_the_loss(run: Callable[..., Any]) -> None:
    task = Task((X, Y), metrics={"wrong": (lambda o, t: 1 - (o.argmax(1) == t).double().mean(), "minimize")})
    result = run(sym.parse(MODEL), {"model/linear/width": 16}, task=task)
    assert result.metrics["wrong"] == pytest.approx(1 - result.metrics["accuracy"])


def test_search_takes_it_and_goes_on_with_it(tmp_path: Path) -> None:
    space, store = sym.parse(MODEL), str(tmp_path / "s.db")
    options: dict[str, Any] = {"task": Task((X, Y)), "algorithm": "random", "store": store, "study": "own"}
    study = sym.search(space, trials=2, **options)
    assert study.best.values[0] > 0.6 and study.report is not None
    assert len(sym.search(space, trials=2, **options).trials) == 2


def test_without_test_data_nothing_is_measured_on_them() -> None:
    task = Task((X, Y), test=None)
    assert len(task.load().test) == 0 and len(task.load().train) == 96
    space = sym.parse(MODEL)
    trial = Trial(0, space.candidate({"model/linear/width": 8}).point)
    assert set(TrainBackend().test(space, task, trial, None, 0)) == {"params"}


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    name = "custom_tasks_of_a_user"
    (tmp_path / f"{name}.py").write_text(MODULE.format(module=name))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return name


def test_a_source_makes_it_again_in_texts_and_in_workers(module: str, run: Callable[..., Any]) -> None:
    import importlib

    task = importlib.import_module(module).tall()
    text = calls.to_text("tasks", task)
    assert text == f'backends.torch.tasks.custom::Task(source: "{module}::tall")'
    for again in (calls.from_text("tasks", text), pickle.loads(pickle.dumps(task))):
        assert again.train is None and again.facts == task.facts
        assert torch.equal(again.load().test.inputs, task.load().test.inputs)
    space = sym.parse(MODEL)
    session = Processes(1).open(TrainBackend(), space, task, 3, None)
    try:
        session.submit([Trial(0, space.candidate({"model/linear/width": 8}).point)])
        (result,) = session.collect(lambda report: "go", 60.0)
    finally:
        session.close()
    assert dict(result.metrics) == dict(run(space, {"model/linear/width": 8}, task=task).metrics)


def test_without_a_source_the_data_travel() -> None:
    again = pickle.loads(pickle.dumps(Task((X, Y))))
    assert torch.equal(again.load().train.inputs, Task((X, Y)).load().train.inputs)


def batches_of_one() -> Iterator[int]:
    yield 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "give it a source"),
        ({"train": 3}, "train is int; it is a DataLoader"),
        ({"train": []}, "gives no examples"),
        ({"train": batches_of_one()}, r"gives int, not \(inputs, targets\)"),
        ({"train": [(X, Y), (X[:, :2], Y)]}, "unlike shapes"),
        ({"train": (X, Y[:50])}, "120 inputs and 50 targets"),
        ({"train": (X, Y), "test": (X[:, :2], Y)}, "unlike shapes"),
        ({"train": (X, Y), "validation": 0.7}, "validation is 0.7"),
        ({"train": (X, Y), "loss": "hinge"}, 'it is "cross_entropy", "mse" or a function'),
        ({"train": (X, TARGET)}, "cross_entropy needs class numbers"),
        ({"train": (X, Y), "metrics": {"m": 3}}, "the metric 'm' is 3"),
        ({"train": (X, Y), "metrics": {"m": (near, "up")}}, "the metric 'm'"),
        ({"train": (X[0], Y[:6])}, "inputs are torch.float32"),
        ({"source": "nowhere_to_be_found::task"}, "cannot be imported"),
        ({"train": (NAN, Y)}, r"train \(inputs\) holds NaN or infinity in 1 of 120 examples, the first is 17"),
        ({"train": (X, NAN[:, 2]), "loss": "mse"}, r"train \(targets\) holds NaN"),
        ({"train": (X, Y), "test": (NAN, Y)}, r"test \(inputs\) holds NaN"),
        ({"train": (X, Y - 1)}, "the class number -1; classes are numbered from 0"),
        ({"train": (X, Y * 5)}, "no example of class 1, 2, 3, 4; number the classes from 0 on"),
        ({"train": (X, Y * 0)}, "is class 0 in every example"),
        ({"train": (X, Y), "classes": 1}, "the class number 1, and there are 1 classes"),
        ({"train": (X, Y), "validation": (X, Y + 1)}, r"validation \(targets\) holds the class number 2"),
        ({"train": (X, Y), "loss": nn.CrossEntropyLoss}, r"make one: CrossEntropyLoss\(\)"),
        ({"train": (X.to(torch.complex64), Y)}, "complex numbers are neither"),
        ({"train": [{"x": X, "y": Y}]}, r"gives dict, not \(inputs, targets\)"),
    ],
)
def test_mistakes_are_named(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(BackendError, match=message):
        Task(**arguments).facts  # noqa: B018  # asking is what fails


def test_a_source_that_makes_no_task_is_refused(module: str) -> None:
    with pytest.raises(BackendError, match="gives int, not a Task"):
        Task(source=f"{module}::wrong").load()


def test_label_smoothing_needs_classes(run: Callable[..., Any]) -> None:
    space = sym.parse("space s\nmodel = linear(1)\ntrain { label_smoothing: 0.1..0.2 }\n")
    result = run(space, {"train/label_smoothing": 0.1}, task=Task((X, TARGET), loss="mse"))
    assert "label_smoothing is for the library's cross-entropy" in result.failure.message


@pytest.mark.parametrize("metrics", [3, [len], {"": len}, {3: len}])
def test_metrics_are_functions_by_name(metrics: Any) -> None:
    with pytest.raises(BackendError, match="metrics is"):
        Task((X, Y), metrics=metrics)
