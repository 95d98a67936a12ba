"""What a choice offers: defaults as lowering has them, grids in decimal, labels, weights, names."""

from __future__ import annotations

import functools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import symbolic as sym
from symbolic.python.asked import Interval, interval_of, middle, on_grid, options_of
from symbolic.python.labels import label, labelled


@settings(deadline=None)
@given(st.integers(1, 40), st.integers(1, 60), st.sampled_from([1, 0.1, 0.25, 0.05]), st.booleans())
def test_the_default_outside_a_search_is_that_of_the_table(low: int, steps: int, step: float, log: bool) -> None:
    first, last = low * step, low * step + steps * step
    first, last = float(f"{first:.6f}"), float(f"{last:.6f}")
    described = sym.Range(first, last, step=step, log=log)
    assert isinstance(described, Interval) and on_grid(described.start, described)
    assert sym.space({"x": described}).default().to_dict() == {"x": described.start}


@settings(deadline=None)
@given(st.floats(1e-6, 1.0), st.floats(1.5, 1e3), st.booleans())
def test_the_default_of_a_float_range_is_its_middle(low: float, factor: float, log: bool) -> None:
    described = sym.Range(low, low * factor, log=log)
    assert sym.space({"x": described}).default().to_dict() == {"x": pytest.approx(middle(low, low * factor, None, log))}


def test_defaults_of_whole_numbers_and_options() -> None:
    values = {
        "low": sym.Range(3, 9),
        "given": sym.Range(3, 9, default=5),
        "prior": sym.Range(3, 9, prior=7),
        "first": sym.OneOf("a", "b"),
        "marked": sym.OneOf("a", "b", default="b"),
        "set": sym.Subset(["a", "b", "c"], (2, 3)),
    }
    wanted = {"low": 3, "given": 5, "prior": 7, "first": "a", "marked": "b", "set": ["a", "b"]}
    assert sym.space(values).default().to_dict() == wanted


def test_a_range_is_of_floats_when_an_end_or_the_step_is() -> None:
    kinds = [sym.Range(*ends).kind for ends in ((0, 1), (0.0, 1), (0, 1.0))]
    assert kinds == ["integer", "float", "float"] and sym.Range(0, 1, step=0.5).kind == "float"
    assert type(sym.Range(0, 1, step=0.5).low) is float


def test_options_that_differ_by_type_are_two() -> None:
    assert options_of([1, 1.0, True]).labels == ("1", "1.0", "true")
    assert options_of([None, "x"], default=None).default == (0,)
    assert options_of([1, True], default=True).default == (1,)
    with pytest.raises(sym.SpaceError, match=r"E307 the default 1\.0 is not among the options"):
        options_of([1, 2], default=1.0)


def test_labels() -> None:
    assert [label(o) for o in (nn.ReLU, nn.functional.relu, functools.partial(nn.Linear, 3), nn.ReLU(), (1, "a"), [2])] == [
        "ReLU",
        "relu",
        "Linear",
        "ReLU",
        '(1, "a")',
        "[2]",
    ]
    assert label(lambda: 3) is None and label(object()) is None
    with pytest.raises(sym.SpaceError, match="E206 two options are called 'Linear'"):
        labelled([functools.partial(nn.Linear, 3), functools.partial(nn.Linear, 4)], None)
    with pytest.raises(sym.SpaceError, match="E103 'a/b' cannot be the label"):
        labelled([{"a/b": 1}], None)


@pytest.mark.parametrize(
    ("ends", "code"),
    [((1, 2.5), "E305"), ((True, 3), "E305"), ((3, 1), "E301"), (("1", 2), "E305"), ((-1, 2), None)],
)
def test_ends_of_whole_numbers(ends: tuple[int, int], code: str | None) -> None:
    if code is None:
        assert interval_of("integer", *ends).low == ends[0]
    else:
        with pytest.raises(sym.SpaceError, match=code):
            interval_of("integer", *ends)


@pytest.mark.parametrize("ends", [(float("nan"), 1.0), (0.0, float("inf")), (1.0, 0.0)])
def test_ends_of_floats(ends: tuple[float, float]) -> None:
    with pytest.raises(sym.SpaceError, match=r"E30[15]"):
        interval_of("float", *ends)


def test_negative_ranges_print_and_parse_back() -> None:
    space = sym.space({"x": sym.Range(-3, 3), "y": sym.Range(-1.5, -0.5), "z": sym.OneOf(-1, 1)})
    assert sym.parse(space.text()) == space and space.size().value == 14
