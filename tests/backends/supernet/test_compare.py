"""Comparing outputs and tensors: equal is 0, unlike is infinite, names and order count."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from backends.supernet.compare import first_unlike, gap, shapes

ONE = torch.ones(2)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (ONE, ONE, 0.0),
        (ONE, ONE * 1.5, 0.5 / 1.5),
        (ONE * 1e-3, ONE * 2e-3, 1e-3),
        (ONE, torch.ones(3), math.inf),
        (ONE, ONE * math.nan, math.inf),
        ((ONE, ONE), (ONE, ONE * 2), 0.5),
        ((ONE,), (ONE, ONE), math.inf),
        ({"a": ONE}, {"a": ONE}, 0.0),
        ({"a": ONE}, {"b": ONE}, math.inf),
        (ONE, (ONE,), math.inf),
        (None, None, 0.0),
        (3, 4, math.inf),
        (torch.ones(0), torch.ones(0), 0.0),
    ],
)
def test_gap(a: object, b: object, expected: float) -> None:
    assert gap(a, b) == pytest.approx(expected, rel=1e-6)


def test_tensors_differ_in_name_order_and_shape() -> None:
    first, second = nn.Sequential(nn.Linear(2, 3)), nn.Sequential(nn.Linear(2, 4))
    assert shapes(first) == [("0.weight", (3, 2)), ("0.bias", (3,))]
    assert first_unlike(shapes(first), shapes(second)) == "`0.weight` [3, 2] instead of `0.weight` [4, 2]"
    assert first_unlike(shapes(first), shapes(first)[:1]) == "`0.bias` [3] instead of `nothing` []"
    assert shapes(nn.BatchNorm1d(2))[-1] == ("num_batches_tracked", ())
