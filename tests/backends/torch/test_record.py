"""The train record: defaults behind it, values checked, unknown keys named with the nearest known one."""

from __future__ import annotations

from typing import Any

import pytest

from backends.errors import TrainError
from backends.torch.operators.optimizers import SGD, AdamW
from backends.torch.record import KEYS, check_record, read_record
from backends.torch.tasks.digits import digits
from symbolic.errors import SpaceError
from symbolic.nodes import Const, Field, Record
from symbolic.space import Space

DEFAULTS = digits().facts.train


def test_without_a_record_all_values_are_the_tasks() -> None:
    recipe = read_record(None, DEFAULTS)
    assert recipe.optimizer == AdamW()
    assert {key: getattr(recipe, key) for key in KEYS if key != "optimizer"} == {
        k: v for k, v in DEFAULTS.items() if k != "optimizer"
    }


def test_given_values_win() -> None:
    recipe = read_record({"optimizer": SGD(momentum=0.7), "lr": 0.1, "batch_size": 32, "clip": 1.0}, DEFAULTS)
    assert (recipe.optimizer, recipe.lr, recipe.batch_size, recipe.clip) == (SGD(momentum=0.7), 0.1, 32, 1.0)
    assert recipe.epochs == DEFAULTS["epochs"]


def test_an_optimizer_may_be_given_by_name() -> None:
    assert read_record({"optimizer": "sgd"}, DEFAULTS).optimizer == SGD()


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"optimiser": "sgd"}, "no key 'optimiser'; did you mean 'optimizer'?"),
        ({"zzz": 1}, "known: optimizer, lr"),
        ({"drop_path": 1.0}, "train.drop_path is 1.0; it is a number at least 0 and below 1"),
        ({"droppath": 0.1}, "did you mean 'drop_path'?"),
        ({"ema": 1}, "train.ema is 1; it is a number above 0 and below 1, or none"),
        ({"augment": "flp"}, "did you mean 'flip'?"),
        ({"augment": 2}, "a strength from 0 to 1"),
        ({"data": 1.5}, "above 0 and at most 1"),
        ({"size": 0}, "a whole number of at least 1"),
        ({"optimizer": "sdg"}, "did you mean 'sgd'?"),
        ({"optimizer": 3}, "known: sgd, adam, adamw, rmsprop, lion"),
        ({"lr": 0.0}, "train.lr is 0.0; it is a number above 0"),
        ({"lr": "high"}, "train.lr is 'high'"),
        ({"momentum": 1.0}, "at least 0 and below 1"),
        ({"batch_size": 0}, "a whole number of at least 1"),
        ({"batch_size": 16.0}, "a whole number of at least 1"),
        ({"epochs": True}, "a whole number of at least 1"),
        ({"schedule": "cosin"}, "did you mean 'cosine'?"),
        ({"label_smoothing": -0.1}, "train.label_smoothing"),
        ({"clip": 0}, "above 0, or none"),
    ],
)
def test_mistakes_name_what_was_allowed(record: dict[str, Any], message: str) -> None:
    with pytest.raises(TrainError) as raised:
        read_record(record, DEFAULTS)
    assert message in str(raised.value)


def test_unknown_keys_are_found_without_building() -> None:
    def space(*keys: str) -> Space:
        record = Record(tuple(Field(key, Const(1)) for key in keys))
        return Space("s", Record((Field("train", record), Field("other", Record((Field("lrr", Const(1)),))))))

    check_record(space("lr", "epochs"))
    with pytest.raises(SpaceError, match=r"E203 the train record has no key 'lrr'; did you mean 'lr'\?"):
        check_record(space("lr", "lrr"))
