"""Calls as text: reading, making, printing; every mistake is named."""

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolic.registry import RegistryError
from symbolic.search.calls import Call, CallError, from_text, name_of, read, to_text


@attrs.frozen
class Inner:
    gamma: float = 0.25


@attrs.frozen
class Outer:
    inner: object
    eta: int = 3
    label: str = "x"
    on: bool = True
    none: int | None = None
    rates: tuple[float, ...] = (0.5, 0.9)


def here(text: str) -> str:
    return text.replace("Inner", f"{__name__}::Inner").replace("Outer", f"{__name__}::Outer")


def test_reading():
    assert read("asha(tpe(gamma: 0.2), eta = 4,)") == Call("asha", (Call("tpe", (), {"gamma": 0.2}),), {"eta": 4})
    assert read(' random ( how : "a\\"b" , n: -1e3, x: [1, true, none], ) ') == Call(
        "random", (), {"how": 'a"b', "n": -1000.0, "x": [1, True, None]}
    )
    assert read("random") == read("random()") == Call("random")


@pytest.mark.parametrize(
    "text", ["", "3", "f(", "f(a:)", "f(a: 1, 2)", "f(a: 1, a: 2)", "f(a) b", "f($)", "f(a: 'x')", '"f"', "[f]", "f(a b)"]
)
def test_what_is_no_call(text):
    with pytest.raises(CallError):
        read(text)


def test_making_and_printing_with_every_argument_that_differs():
    text = here("Outer(inner: Inner, eta: 4)")
    made = from_text("algorithms", here("Outer(Inner(), 4)"))
    assert made == Outer(Inner(), 4)
    assert to_text("algorithms", made) == text
    assert to_text("algorithms", Inner()) == here("Inner")
    odd = Outer(Inner(0.1), label='"', on=False, none=3, rates=(1.0,))
    assert to_text("algorithms", odd) == here('Outer(inner: Inner(gamma: 0.1), label: "\\"", on: false, none: 3, rates: [1.0])')


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(), st.text(), st.booleans(), st.none() | st.integers())
def test_round_trip(gamma, eta, label, on, none):
    made = Outer(Inner(gamma), eta, label, on, none, (gamma,))
    assert from_text("algorithms", to_text("algorithms", made)) == made


def test_registered_names():
    assert to_text("algorithms", from_text("algorithms", "random")) == "random"
    assert to_text("algorithms", from_text("algorithms", 'random(how: "uniform")')) == 'random(how: "uniform")'
    assert name_of("algorithms", Inner) == here("Inner")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('random(hwo: "uniform")', "did you mean 'how'"),
        ("random(1, 2)", "2 arguments"),
        ("regularized_evolution(population: 1)", "population"),
        (f"{__name__}::Nothing", "cannot be imported"),
        ("nosuchmodule::Nothing", "cannot be imported"),
        (f"{__name__}::Outer", "inner"),
    ],
)
def test_mistakes(text, message):
    with pytest.raises(CallError, match=message):
        from_text("algorithms", text)


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(RegistryError, match="did you mean 'regularized_evolution'"):
        from_text("algorithms", "regularised_evolution")


def test_an_argument_without_text_is_refused():
    with pytest.raises(CallError, match="inner"):
        to_text("algorithms", Outer(object()))


def test_a_setting_that_is_wrong_is_told_in_one_line():
    with pytest.raises(CallError) as e:
        from_text("algorithms", "random(how: 1)")
    assert str(e.value) == "random cannot be made from 'random(how: 1)': 'how' must be in ('prior', 'uniform') (got 1)"
