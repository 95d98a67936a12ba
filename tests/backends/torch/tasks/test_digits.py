"""The digits task: facts without data, disjoint and stratified splits that are the same every time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from backends.errors import BackendError
from backends.torch.record import KEYS
from backends.torch.tasks.digits import digits


def test_splits_are_disjoint_by_index_and_cover_all() -> None:
    splits = digits().load()
    indices = [set(s.index.tolist()) for s in (splits.train, splits.validation, splits.test)]
    assert sum(map(len, indices)) == len(set().union(*indices)) == 1797
    assert [len(s) for s in (splits.train, splits.validation, splits.test)] == [1079, 359, 359]


def test_images_and_targets_follow_the_index() -> None:
    from sklearn.datasets import load_digits

    images, targets = load_digits(return_X_y=True)
    splits = digits().load()
    for split in (splits.train, splits.validation, splits.test):
        assert split.inputs.shape == (len(split), 1, 8, 8) and split.inputs.dtype == torch.float32
        assert np.array_equal(split.targets.numpy(), targets[split.index])
        flat = split.inputs.reshape(len(split), -1).numpy()
        assert all(np.corrcoef(flat[i], images[split.index[i]])[0, 1] > 0.999 for i in range(20))
    assert abs(float(splits.train.inputs.mean())) < 1e-5
    assert abs(float(splits.train.inputs.std()) - 1) < 1e-4


def test_every_class_has_the_same_share() -> None:
    splits = digits(validation=0.1, test=0.3).load()
    whole = torch.bincount(torch.cat([splits.train.targets, splits.validation.targets, splits.test.targets]))
    assert (torch.bincount(splits.validation.targets) - 0.1 * whole).abs().max() <= 0.5
    assert (torch.bincount(splits.test.targets) - 0.3 * whole).abs().max() <= 0.5


def test_the_seed_of_the_split_decides_it() -> None:
    assert np.array_equal(digits().load().test.index, digits().load().test.index)
    assert not np.array_equal(digits().load().test.index, digits(seed=1).load().test.index)


def test_facts_load_neither_torch_nor_data() -> None:
    program = (
        "import sys; from backends.torch.tasks.digits import digits; facts = digits().facts\n"
        "assert facts.values['classes'] == 10 and facts.input.axes == (1, 8, 8)\n"
        "assert not {'torch', 'sklearn'} & set(sys.modules), 'facts loaded too much'"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parents[4])


def test_the_task_states_a_default_for_every_key_of_the_train_record() -> None:
    assert set(digits().facts.train) == set(KEYS)


@pytest.mark.parametrize("arguments", [{"validation": 0.7}, {"test": 0}, {"test": "a"}, {"seed": -1}, {"seed": 0.5}])
def test_arguments_are_checked(arguments: dict[str, float]) -> None:
    with pytest.raises(BackendError, match=next(iter(arguments))):
        digits(**arguments)  # type: ignore[arg-type]
