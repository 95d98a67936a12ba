"""Global generators are seeded inside and untouched outside."""

from __future__ import annotations

import random

import numpy as np
import torch

from backends.isolation import Isolation


def draws() -> tuple[float, float, float]:
    return random.random(), float(np.random.random()), float(torch.rand(()))


def test_equal_seeds_give_equal_draws() -> None:
    isolation = Isolation()
    with isolation.seeded(2**62 - 1):
        one = draws()
    with isolation.seeded(5):
        other = draws()
    with Isolation().seeded(2**62 - 1):
        again = draws()
    assert one == again
    assert all(a != b for a, b in zip(one, other, strict=True))


def test_the_callers_generators_stand_where_they_stood() -> None:
    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    expected = [draws(), draws()]
    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    first = draws()
    try:
        with Isolation().seeded(3):
            draws()
            raise ValueError
    except ValueError:
        pass
    assert [first, draws()] == expected
