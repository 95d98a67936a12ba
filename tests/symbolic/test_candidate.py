"""Candidates leave as dict, JSON, text and codes and come back; what stands at a path; the candidate as a space of its own."""

from __future__ import annotations

import functools
import json
import warnings
from pathlib import Path
from typing import Any

import pytest

import symbolic as sym
from symbolic.candidate import Candidate
from symbolic.errors import SpaceError
from symbolic.language.load import SpaceWarning
from symbolic.space import Space

ROOT = Path(__file__).parents[2]
SPACES = [*sorted((ROOT / "examples" / "spaces").glob("*.space")), ROOT / "examples" / "digits.space"]
SMALL = [path for path in SPACES if path.stem not in ("hnas", "dnc_text")]  # those unroll to thousands of decisions
LAYERS = (
    "space s\ntask digits\nmodel = flatten >> repeat 1..4 as layers { linear(16..64 step 16) >> relu } >> linear(classes)\n"
)


@functools.cache
def loaded(path: Path) -> Space:
    return parsed(path.read_text(encoding="utf-8"))


def parsed(text: str) -> Space:
    """A list of constants as an entry is a warning, and what a choice of them leaves."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SpaceWarning)
        return sym.parse(text, folder=ROOT / "examples" / "spaces")


@pytest.mark.parametrize("path", SMALL, ids=lambda p: p.stem)
def test_there_and_back(path: Path) -> None:
    space = loaded(path)
    for candidate in space.sample(3, 1):
        assert Candidate.from_dict(space, candidate.to_dict()) == candidate
        assert Candidate.from_json(space, candidate.json()) == candidate
        assert Candidate.parse(space, str(candidate)) == candidate
        assert Candidate.from_codes(space, json.loads(json.dumps(candidate.codes()))) == candidate
        assert hash(Candidate.from_json(space, candidate.json())) == hash(candidate)


@pytest.mark.parametrize("path", SMALL, ids=lambda p: p.stem)
def test_changed_codes_are_another_candidate_or_refused(path: Path) -> None:
    space = loaded(path)
    (candidate,) = space.sample(1, 2)
    codes = candidate.codes()
    for column in range(0, len(codes["index"]), max(1, len(codes["index"]) // 10)):
        for by in (-1, 1):
            changed = {**codes, "index": [c + by * (k == column) for k, c in enumerate(codes["index"])]}
            try:
                made = Candidate.from_codes(space, changed)
            except SpaceError as error:
                assert error.code == "E601"
            else:
                assert made.codes() == changed and made != candidate


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([0, 1], "codes are a mapping of `index` and `real`"),
        ({"index": [0, -1]}, "codes are a mapping"),
        ({"index": [0], "real": [0.0]}, "`index` is a list of 2 numbers"),
        ({"index": [0, -1], "real": []}, "`real` is a list of 1 numbers"),
        ({"index": [True, -1], "real": [0.0]}, "`index` is a list of 2 numbers"),
        ({"index": [2, -1], "real": [0.0]}, "'x' has no code 2"),
        ({"index": [0.5, -1], "real": [0.0]}, "'x' has no code 0.5"),
        ({"index": [0, 0], "real": [0.3]}, "'x/deep/k' is not active here"),
        ({"index": [0, -1], "real": [0.3]}, "a value of an inactive float is not 0.0"),
        ({"index": [1, 0], "real": [3.0]}, "'x/deep/k' = 3.0 is outside 0.25..1.0"),
    ],
)
def test_rows_that_are_no_candidate(given: Any, message: str) -> None:
    space = sym.parse("x = 1 | { k: 0.25..1.0 } as deep")
    with pytest.raises(SpaceError) as caught:
        Candidate.from_codes(space, given)
    assert caught.value.code == "E601" and message in caught.value.message


JSONS: list[Any] = ["{", "[1]", "3", '{"x": NaN}', '{"x": 1, "y": 2}']
JSONS += ['{"x": 2, "x": 1}', "[" * 100_000, '{"x": ' + "1" * 5000 + "}", None, 3]


@pytest.mark.parametrize("text", JSONS, ids=range(len(JSONS)))
def test_json_that_is_no_candidate(text: str) -> None:
    with pytest.raises(SpaceError, match="E601"):
        Candidate.from_json(sym.parse("x = 1 | 2"), text)


def test_equal_values_hash_equally_and_others_do_not() -> None:
    space = sym.parse("x = 1 | 2\ny = 1 | 2")
    one, two = space.candidate({"x": 1, "y": 2}), space.candidate({"y": 2, "x": 1})
    assert one == two and one.hash == two.hash and len({one, two}) == 1
    assert one.hash != space.candidate({"x": 2, "y": 1}).hash
    assert one.hash != sym.parse("x = 1 | 2\ny = 1 | 2 | 3").candidate({"x": 1, "y": 2}).hash


KWARGS = """
opt = sgd(momentum: 0.9 | 0.8) | adam
depth = 2 | 3
train { lr: 0.1 | 0.2, more { steps: depth * 2, decay: 0.5 when depth == 3 } }
half = fractions::Fraction(1, 2 | 4)
model = linear(8) >> residual { linear(8) }
"""


def test_what_stands_at_a_path() -> None:
    space = sym.parse(KWARGS)
    values = space.default().to_dict() | {"half/1": 4}
    candidate = space.candidate(values)
    assert candidate.kwargs("opt") == candidate.kwargs("opt/sgd") == {"momentum": 0.9}
    assert candidate.kwargs("train") == {"lr": 0.1, "more": {"steps": 4}}
    assert candidate.kwargs("train/more") == {"steps": 4}
    assert candidate.kwargs("model/linear") == {"width": 8}
    other = space.candidate({**{k: v for k, v in values.items() if k != "opt/sgd/momentum"}, "opt": "adam", "depth": 3})
    assert other.kwargs("opt") == {} and other.kwargs("train/more") == {"steps": 6, "decay": 0.5}


def test_positional_arguments_get_the_names_of_the_function(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kwargs_of_mine.py").write_text("def area(width, height=1, *, unit='m'): ...\n")
    monkeypatch.chdir(tmp_path)
    candidate = sym.parse('x = kwargs_of_mine::area(2 | 3, unit: "km")').default()
    assert candidate.kwargs("x") == {"width": 2, "unit": "km"}


def test_kwargs_of_a_class_are_what_it_is_called_with() -> None:
    space = sym.space({"model": sym.call(dict, width=sym.OneOf(8, 16), depth=3)})
    assert space.candidate({"model/width": 16}).kwargs("model") == {"width": 16, "depth": 3}


@pytest.mark.parametrize("path", ["opt/adam", "optt", "depth", "train/lr", "model"])
def test_where_nothing_has_arguments(path: str) -> None:
    with pytest.raises(SpaceError, match="E601 nothing that has arguments stands at") as caught:
        sym.parse(KWARGS).default().kwargs(path)
    assert caught.value.hint


def test_layers_are_no_arguments() -> None:
    with pytest.raises(SpaceError, match=r"the argument 'act' of 'mine\.net::Net' is a layer") as caught:
        sym.parse("model = mine.net::Net(act: relu | gelu)").default().kwargs("model")
    assert caught.value.code == "E601"


@pytest.mark.parametrize("path", SMALL, ids=lambda p: p.stem)
def test_a_candidate_as_a_space_has_no_choices_left(path: Path) -> None:
    for candidate in loaded(path).sample(3, 1):
        plain = candidate.plain()
        assert parsed(plain.text()) == plain
        assert len(plain.lower()) == 0 and plain.size().value == 1
        assert plain.task == candidate.space.task and plain.objectives == candidate.space.objectives


@pytest.mark.slow
@pytest.mark.parametrize("path", [path for path in SPACES if path not in SMALL], ids=lambda p: p.stem)
def test_the_same_for_spaces_of_thousands_of_decisions(path: Path) -> None:
    test_there_and_back(path)
    test_changed_codes_are_another_candidate_or_refused(path)
    test_a_candidate_as_a_space_has_no_choices_left(path)


@pytest.mark.parametrize("name", ["boosted_trees", "decoding", "hardware_blocks", "lora", "vega_hpo"])
def test_it_builds_the_values_of_the_candidate(name: str) -> None:
    for candidate in loaded(ROOT / "examples" / "spaces" / f"{name}.space").sample(5, 3):
        assert candidate.plain().default().kwargs() == candidate.kwargs()


def test_it_builds_the_network_of_the_candidate() -> None:
    torch = pytest.importorskip("torch")
    for candidate in loaded(ROOT / "examples" / "digits.space").sample(5, 3):
        one, two = candidate.build()["model"], candidate.plain().default().build()["model"]
        assert [(k, v.shape) for k, v in one.state_dict().items()] == [(k, v.shape) for k, v in two.state_dict().items()]
        two.load_state_dict(one.state_dict())
        x = torch.randn(2, 1, 8, 8)
        assert torch.equal(one.eval()(x), two.eval()(x))


def test_what_the_language_cannot_write_keeps_its_text_with_everything_fixed() -> None:
    space = sym.parse("space s\nmodel = dag(inputs: 1, nodes: 2) { skip | relu }\n")
    plain = space.default().plain()
    assert plain.text().startswith(space.text()) and 'fix "model' in plain.text() and len(plain.lower()) == 0


def test_text_of_layers_that_exist_and_no_others() -> None:
    for candidate in sym.parse(LAYERS).sample(8, 0):
        depth = candidate.to_dict()["model/layers"]
        assert list(candidate.to_dict())[1:] == [f"model/layers[{k}]/linear/width" for k in range(depth)]
        assert len(str(candidate).splitlines()) == 1 + depth
        assert candidate.plain().text().count("linear(width:") in (depth + 1, 2)  # equal layers are written as a repeat


@pytest.mark.parametrize("text", [None, 3, b"x = 1"])
def test_what_is_no_text_is_no_candidate(text: Any) -> None:
    with pytest.raises(SpaceError, match="E601"):
        Candidate.parse(sym.parse("x = 1 | 2"), text)
