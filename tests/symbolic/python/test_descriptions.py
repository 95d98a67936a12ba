"""Descriptions are told apart although `typing.Annotated` caches equal ones, and refuse what they cannot mean."""

from __future__ import annotations

import enum
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, cast

import numpy as np
import pytest

import symbolic as sym


@sym.searchable
def small(w: Annotated[int, sym.OneOf({"s": 8, "l": 16})]) -> list[int]:
    return [w]


@sym.searchable
def big(w: Annotated[int, sym.OneOf({"s": 512, "l": 1024})]) -> list[int]:
    return [w]


@sym.searchable
def whole(flag: Annotated[int, sym.OneOf({"yes": 1, "no": 0})]) -> list[object]:
    return [flag]


@sym.searchable
def truth(flag: Annotated[bool, sym.OneOf({"yes": True, "no": False})]) -> list[object]:
    return [flag]


@sym.searchable
def plain(n: Annotated[int, sym.Range(1, 9)], act: Annotated[str, sym.OneOf("a", "b")]) -> list[object]:
    return [n, act]


@sym.searchable
def rich(
    n: Annotated[int, sym.Range(1, 9, default=7, prior=8)],
    act: Annotated[str, sym.OneOf("a", "b", default="b", weights=[1, 99])],
) -> list[object]:
    return [n, act]


@pytest.mark.parametrize(("program", "values"), [(small, [8, 16]), (big, [512, 1024]), (whole, [1, 0]), (truth, [True, False])])
def test_equal_labels_keep_their_own_values(program: Callable[..., Any], values: list[object]) -> None:
    space = sym.space(program)
    assert {repr(c.build()[0]) for c in space.sample(40)} == set(map(repr, values))


def test_the_texts_of_equal_labels_differ() -> None:
    assert "8 as s | 16 as l" in sym.space(small).text() and "512 as s | 1024 as l" in sym.space(big).text()
    assert "true as yes" in sym.space(truth).text() and "1 as yes" in sym.space(whole).text()


def test_equal_ranges_keep_their_own_defaults_weights_and_priors() -> None:
    assert sym.space(plain).default().build() == [1, "a"] and sym.space(rich).default().build() == [7, "b"]
    assert "prior 8" in sym.space(rich).text()
    assert "@ 99" in sym.space(rich).text() and "prior" not in sym.space(plain).text()


def test_an_error_points_into_the_file_that_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    for name, default in (("early_module", 2), ("late_module", 9)):
        signature = f"def f(w: Annotated[int, sym.Range(1, 4)] = {default}): return [w]"
        lines = ["import symbolic as sym", "from typing import Annotated", "@sym.searchable", signature]
        (tmp_path / f"{name}.py").write_text("\n".join(lines) + "\n")
    early = importlib.import_module("early_module")
    assert sym.space(early.f).default().to_dict() == {"model/w": 2}
    with pytest.raises(sym.SpaceError, match=r"late_module\.py:4.* E307"):
        importlib.import_module("late_module")


class Twice:
    """One decision that two lines ask; the option is made afresh at each of them, from the same constants."""

    def __init__(self) -> None:
        self.a = sym.oneof({"s": 8, "l": (1, 2)}, name="k")
        self.b = sym.oneof({"s": 8, "l": (1, 2)}, name="k")


class Follows:
    """Options that follow an earlier answer are other values in other runs."""

    def __init__(self) -> None:
        width = sym.integer(1, 3)
        self.x = sym.oneof({"one": width, "two": 2 * width})
        self.again = sym.oneof({"one": width, "two": 2 * width}, name="x")


def test_equal_questions_are_one_decision() -> None:
    assert sym.space(Twice).lower().path == ("model/k",)
    built = sym.space(Twice).candidate({"model/k": "l"}).build()
    assert built.a == built.b == (1, 2)


def test_options_may_follow_earlier_answers() -> None:
    space = sym.space(Follows)
    assert sym.parse(space.text()) == space and space.size().value == 6
    built = space.candidate({"model/width": 3, "model/x": "two"}).build()
    assert built.x == built.again == 6


@pytest.mark.parametrize("value", [(1, 2), [1, 2], "(1, 2)"])
def test_tuples_are_given_by_value_or_label(value: object) -> None:
    space = sym.space({"x": sym.OneOf((1, 2), (3, 4)), "y": sym.Subset([1, 2, 3], (1, 2))})
    for picked in ([3, 1], ["1", "3"]):
        assert space.candidate({"x": value, "y": picked}).build() == {"x": (1, 2), "y": (1, 3)}
    with pytest.raises(sym.SpaceError, match="E601"):
        space.candidate({"x": (1, 3), "y": [1]})


class Level(enum.IntEnum):
    LOW = 1


ENDLESS: list[Any] = [1]
ENDLESS.append(ENDLESS)


def test_numbers_of_numpy_are_numbers() -> None:
    one, half, two = (cast(Any, number) for number in (np.int64(1), np.float32(0.5), np.float64(2.0)))
    entries = {
        "x": sym.OneOf(np.int64(3), np.int64(5)),
        "y": sym.Range(half, two),
        "z": np.float64(0.5),
        "n": sym.Range(one, 3),
    }
    space = sym.space(entries)
    assert sym.parse(space.text()) == space == sym.parse("x = 3 | 5\ny = 0.5..2.0\nz = 0.5\nn = 1..3")


WRONG: list[tuple[Callable[[], object], str]] = [
    (lambda: sym.Subset([1, 2], 1.5), "E304 cannot pick 1.5"),  # type: ignore[arg-type]
    (lambda: sym.Subset([1, 2], (1, 2, 3)), r"E304 cannot pick \(1, 2, 3\)"),  # type: ignore[arg-type]
    (lambda: sym.Subset([1, 2], True), "E304 cannot pick True"),
    (lambda: sym.Subset(3, 1), "E304 3 is no list of options"),  # type: ignore[arg-type]
    (lambda: sym.Permutation("abc"), "E304 'abc' is no list of options"),
    (lambda: sym.Subset([1, 2], 1, default=1), "E307 the default 1 is no sequence"),  # type: ignore[arg-type]
    (lambda: sym.OneOf(1, 2, weights=3), "E306 the weights 3 are no sequence"),  # type: ignore[call-overload]
    (lambda: sym.OneOf("\ud800", "b"), "E103 .* lone surrogate"),
    (lambda: sym.space({"x": sym.OneOf(1, 2)}, require=[3]), r"E711 require=\[3\] is no text"),  # type: ignore[list-item]
    (lambda: sym.space({"x": sym.OneOf(1, 2)}, maximize=3), "E711 maximize=3 is no text"),  # type: ignore[arg-type]
    (lambda: sym.space({"x": sym.OneOf(1, 2)}, fidelity=3), "E711 fidelity=3 is no dict"),  # type: ignore[arg-type]
    (lambda: sym.space({"x": sym.OneOf(1, 2)}, fidelity={"y": 3}), r"E711 .* no path with \(low, high\)"),  # type: ignore[dict-item]
    (lambda: sym.space({"x": sym.OneOf(1, 2)}, fidelity={"y": (1, "a")}), "E305 .* 'a', which is no number"),  # type: ignore[dict-item]
    (lambda: sym.space({"x": sym.OneOf(1, 2)}, fidelity={"x": (1, 9)}), "E202 the fidelity 'x' is in the target already"),
    (lambda: sym.space({"t": {"x": 3}}, fidelity={"t/x": (1, 9)}), "E202 the fidelity 't/x' is in the target already"),
    (lambda: sym.space({"x": float("nan")}), "E305 the entry 'x' is nan"),
    (lambda: sym.space({"x": Level.LOW}), "E711 the entry 'x' is <Level.LOW"),
    (lambda: sym.space({"x": sym.OneOf(1, 2, name="y")}), "E711 the choice at 'x' is called 'y'"),
    (lambda: sym.space({"x": 3}, name=3), "E103 3 cannot be the name of a space"),  # type: ignore[arg-type]
    (lambda: sym.Range(None, 3), "E305 None is not a number"),  # type: ignore[arg-type]
    (lambda: sym.Range(1, object()), "E305 <object .* is not a number"),  # type: ignore[arg-type]
    (lambda: sym.Range(1, 3, log=3), "E305 log=3 is neither True nor False"),  # type: ignore[arg-type]
    (lambda: sym.OneOf(1, 2, doc=3), "E305 doc=3 is no text"),  # type: ignore[call-overload]
    (lambda: sym.OneOf(0.0, -0.0), "E206 two options are called '0.0'"),
    (lambda: sym.OneOf(ENDLESS, 1), "E105 an option contains itself"),
    (lambda: sym.call(dict, x=ENDLESS), "E105 an argument of dict contains itself"),
    (lambda: sym.searchable(3), "E711 @searchable decorates a class or function, not 3"),  # type: ignore[type-var]
    (lambda: sym.scope("a", "b"), "E305 the index 'b' of a scope"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("make", "message"), WRONG)
def test_wrong_arguments_are_typed_errors(make: Callable[[], object], message: str) -> None:
    with pytest.raises(sym.SpaceError, match=message):
        make()


def test_a_choice_as_the_whole_annotation_is_an_error_that_names_annotated():
    def build(width: sym.Range(8, 16, step=8) = 8):  # type: ignore[valid-type]
        return width

    with pytest.raises(sym.SpaceError, match=r"E711 the annotation of 'width' is a choice point, not a type(.|\n)*Annotated"):
        sym.searchable(build)
