"""The small tables of scikit-learn: splits by the seed, standardised by the training part alone, learnt in seconds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine

import symbolic as sym
from backends.torch.goals import Classification, Regression
from backends.torch.record import KEYS
from backends.torch.tasks.breast_cancer import BreastCancer
from backends.torch.tasks.diabetes import Diabetes
from backends.torch.tasks.wine import Wine
from symbolic.search.objectives import Objective
from symbolic.search.targets import task_of, with_objectives

KNOWN = [(Wine, load_wine, 178), (BreastCancer, load_breast_cancer, 569), (Diabetes, load_diabetes, 442)]


@pytest.mark.parametrize(("task", "read", "count"), KNOWN)
def test_splits_are_disjoint_and_follow_the_index(task: Any, read: Any, count: int, check_splits: Callable[..., None]) -> None:
    check_splits(task().load, count)
    features, targets = read(return_X_y=True)
    splits, facts = task().load(), task().facts
    assert facts.input.axes == (features.shape[1],) == tuple(splits.train.inputs.shape[1:])
    train = splits.train.index
    expected = (features - features[train].mean(0)) / features[train].std(0)
    for split in (splits.train, splits.validation, splits.test):
        assert split.inputs.dtype == torch.float32
        assert np.allclose(split.inputs.numpy(), expected[split.index], atol=1e-4)
        if isinstance(splits.goal, Classification):
            assert np.array_equal(split.targets.numpy(), targets[split.index])
        else:
            assert np.allclose(split.targets.numpy() * splits.goal.spread + splits.goal.mean, targets[split.index], rtol=1e-4)
    assert set(facts.train) == set(KEYS)


@pytest.mark.parametrize("task", [Wine, BreastCancer])
def test_every_class_has_the_same_share(task: Any) -> None:
    splits = task(validation=0.1, test=0.3).load()
    whole = torch.bincount(torch.cat([splits.train.targets, splits.validation.targets, splits.test.targets]))
    assert len(whole) == task().facts.values["classes"] == splits.goal.classes
    assert (torch.bincount(splits.validation.targets) - 0.1 * whole).abs().max() <= 0.5
    assert (torch.bincount(splits.test.targets) - 0.3 * whole).abs().max() <= 0.5


@pytest.mark.parametrize("task", [Wine, BreastCancer, Diabetes])
def test_the_seed_decides_the_split(task: Any) -> None:
    assert not np.array_equal(task().load().test.index, task(seed=1).load().test.index)


def test_facts_need_no_torch(without_torch: Callable[[str], None]) -> None:
    without_torch(
        "from symbolic import registry\n"
        "for name in ('wine', 'breast_cancer', 'diabetes', 'mnist', 'fashion_mnist', 'cifar10', 'cifar100', 'fake_images'):\n"
        "    assert registry.get('tasks', name)().facts.name == name"
    )


@pytest.mark.parametrize(
    ("task", "width", "metric", "least"),
    [("wine", "classes", "accuracy", 0.9), ("breast_cancer", "classes", "accuracy", 0.9), ("diabetes", "1", "r2", 0.3)],
)
def test_a_small_network_learns_it(task: str, width: str, metric: str, least: float, run: Callable[..., Any]) -> None:
    space = sym.parse(f"space s\ntask {task}\nmodel = linear(8 | 16) >> relu >> linear({width})\n")
    space, made = task_of(space, None)
    result = run(space, {"model/linear/width": 16}, task=made)
    assert result.status == "ok", result.failure
    assert result.metrics[metric] > least


def test_a_regression_is_judged_by_r2_where_nothing_is_stated() -> None:
    space, task = task_of(sym.parse("space s\ntask diabetes\nmodel = linear(1)\n"), None)
    (goal,) = with_objectives(space, None, task).objectives
    assert goal.maximize
    assert Objective("r2", maximize=True).expression == next(iter(Diabetes().facts.metrics))


def test_r2_and_mse_are_those_of_scikit_learn() -> None:
    from sklearn.metrics import mean_squared_error, r2_score

    rng = np.random.default_rng(0)
    known, told = rng.normal(size=50), rng.normal(size=50)
    goal = Regression(mean=3.0, spread=2.0)
    found = goal.metrics(torch.from_numpy(told)[:, None], torch.from_numpy(known))
    assert found["r2"] == pytest.approx(r2_score(known, told))
    assert found["loss"] == pytest.approx(mean_squared_error(known, told))
    assert found["mse"] == pytest.approx(mean_squared_error(known * 2 + 3, told * 2 + 3))
