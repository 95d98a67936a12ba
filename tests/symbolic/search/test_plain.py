"""The codec of plain data: what goes in comes out, and what is not plain is named."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolic.points import Mixture, Point, Schedule
from symbolic.search.events import Failure, Result, Trial
from symbolic.search.plain import decode, dumps, encode, loads

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
hashable = st.recursive(scalars, lambda inner: st.tuples(inner, inner), max_leaves=4)
plain = st.recursive(
    scalars,
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text() | st.just("~f") | st.integers(), inner),
    max_leaves=12,
)


def typed(value):
    """Values with their types, so that 1, 1.0 and True differ."""
    match value:
        case dict():
            return {(type(k), k): typed(v) for k, v in value.items()}
        case list() | tuple():
            return type(value), [typed(v) for v in value]
    return type(value), value


@given(plain)
def test_plain_data_round_trips(value):
    assert typed(loads(dumps(value))) == typed(value)


@given(st.sets(st.integers() | st.text() | st.binary()))
def test_sets_round_trip_in_any_order(value):
    assert loads(dumps(value)) == value
    backwards = set()
    for item in reversed(list(value)):
        backwards.add(item)
    assert dumps(backwards) == dumps(value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_non_finite_floats(value):
    assert repr(loads(dumps(value))) == repr(value)


def test_a_users_own_tag_stays_a_dict():
    assert loads(dumps({"~f": "1.5"})) == {"~f": "1.5"}
    assert loads(dumps({"~a": 1, "b": 2})) == {"~a": 1, "b": 2}


@pytest.mark.parametrize("dtype", ["<i4", ">i4", "<f8", "float16", "bool", "uint8", "<U3", "complex64"])
def test_arrays_round_trip(dtype):
    array = np.arange(6).reshape(2, 3).astype(dtype)
    for value in (array, array.T, array[:, ::2], array[:0]):
        back = loads(dumps(value))
        assert back.shape == value.shape and back.dtype == value.dtype.newbyteorder("=") and (back == value).all()
        assert back.flags.writeable


def test_numpy_scalars_become_numbers():
    assert loads(dumps([np.float64(0.5), np.int32(3), np.bool_(True)])) == [0.5, 3, True]


def trial() -> Trial:
    point = Point(np.array([0, -1], np.int32), np.array([0.1]), {"lr": Schedule((0.0, 0.5), (0.1, 0.01))})
    schedule = {"wd": Schedule((0.0,), (1e-4,))}
    return Trial(
        7, point, fidelity=3.0, continue_from=2, reached=1.0, schedule=schedule, memo={"rung": (1, 2)}, origin="queued"
    )


def test_trials_and_results_round_trip():
    one = trial()
    back = loads(dumps(one))
    assert back.point.key == one.point.key and encode(back) == encode(one) and back.memo == {"rung": (1, 2)}
    result = Result(one, "failed", {"loss": math.nan}, 3.0, 0.5, np.array([1.0, 2.0]), Failure("nan", "why", "where"))
    again = loads(dumps(result), {7: one})
    assert again.trial is one and again.failure == result.failure and math.isnan(again.metrics["loss"])
    assert (again.gradient == result.gradient).all() and (again.status, again.fidelity, again.cost_s) == ("failed", 3.0, 0.5)
    mixture = loads(dumps(Mixture(np.array([[0.25, 0.75]]))))
    assert (mixture.weights == [[0.25, 0.75]]).all()


def test_old_logs_read_with_defaults_and_newer_ones_are_refused():
    body = encode(Trial(1, Point(np.array([1], np.int32), np.zeros(0))))
    old = {"~t": body["~t"][:3]}
    assert encode(decode(old)) == body
    with pytest.raises(ValueError, match="newer"):
        decode({"~t": body["~t"] + [1]})
    with pytest.raises(ValueError, match="unknown tag '~z'"):
        loads('{"~z": 1}')
    with pytest.raises(ValueError, match="trial 4"):
        loads('{"~r": [4, "ok"]}')


@pytest.mark.parametrize(
    ("value", "path"),
    [({"a": [1, {"b": object()}]}, r"a\[1\]\.b"), ([1j], r"\[0\]"), ({3: len}, r"\[3\]"), (np.array([None]), "the value")],
)
def test_what_is_not_plain_is_named_with_its_path(value, path):
    with pytest.raises(TypeError, match=path):
        dumps(value)


def test_text_is_canonical():
    assert dumps({"b": 1, "a": [1.5, "é"]}) == '{"a":[1.5,"é"],"b":1}'
    assert json.loads(dumps({"x": 1})) == {"x": 1}
