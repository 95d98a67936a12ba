"""Candidates that cover a space: valid, different, every value, rare pairs too; what is said of them is counted anew."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from symbolic import load, parse
from symbolic.check import check_shapes
from symbolic.checking.coverage import MANY, PAIRS, cover
from symbolic.errors import SpaceError
from symbolic.points import Population
from symbolic.shapes import image
from symbolic.table import satisfies
from symbolic.task import TaskFacts

EXAMPLES = Path(__file__).parents[3] / "examples"
FACTS = TaskFacts("test", image(1, 8, 8), {"classes": 10})
SPACES = ["digits.space", "nb201_cell.space", "darts_cell.space", "spaces/naap440.space", "spaces/lora.space"]


@pytest.mark.parametrize("name", SPACES)
def test_candidates_are_valid_and_different_and_show_what_is_said(name: str) -> None:
    made = cover(load(str(EXAMPLES / name)))
    said = made.coverage()
    assert satisfies(made.table, Population.of(made.rows)).all()
    assert len({(p.index.tobytes(), p.real.tobytes()) for p in made.rows}) == len(made.rows) == said.candidates
    values, pairs = set(), set()
    for p in made.rows:
        here = [(c, int(v)) for c, v in enumerate(p.index) if v >= 0 and v in made.codes[c]]
        values.update(here)
        pairs.update(itertools.combinations(here, 2))
    assert (said.values, said.pairs) == (len(values), len(pairs) if said.known_pairs else 0)
    assert said.known_values == sum(map(len, made.codes))
    known = sum(len(a) * len(b) for a, b in itertools.combinations(made.codes, 2))
    assert said.known_pairs == (known if said.known_values <= MANY else 0)


def test_every_pair_of_a_plain_space_is_shown() -> None:
    space = parse("space t\n" + "\n".join(f"x{k} = 1 | 2 | 3" for k in range(8)))
    said = cover(space).coverage()
    assert said.pairs == said.known_pairs == 28 * 9


def test_pairs_that_chance_leaves_out_are_made() -> None:
    weights = " | ".join(["1 @ 1000", "2", "3"])
    made = cover(parse("space t\n" + "\n".join(f"x{k} = {weights}" for k in range(4))))
    assert made.coverage().pairs == made.coverage().known_pairs == 6 * 9
    assert 0 < len(made.rows) <= 128 + 12 + PAIRS


def test_a_conjunction_that_chance_does_not_meet_is_found_and_named() -> None:
    text = "space t\nmodel = conv2d(8) >> conv2d(8, stride: 1 @ 500 | 2) >> max_pool(2 @ 500 | 5) >> flatten >> linear(10)\n"
    with pytest.raises(SpaceError, match=r"it breaks where model/conv2d#2/stride = 2 and model/max_pool/kernel = 5"):
        check_shapes(parse(text), FACTS)


@pytest.mark.parametrize("noise", ["noise = 1..1000000", "noise = 0.0..1.0", "noise = subset of { 1, 2, 3, 4, 5, 6, 7, 8, 9 }"])
def test_what_is_rare_is_not_blamed_for_that(noise: str) -> None:
    layers = "conv2d(8, stride: 1 @ 2 | 2) >> conv2d(8, stride: 1 @ 2 | 2) >> max_pool(2 @ 2 | 3)"
    with pytest.raises(SpaceError) as caught:
        check_shapes(parse(f"space t\n{noise}\nmodel = {layers} >> flatten >> linear(10)\n"), FACTS)
    blamed = caught.value.message.rpartition("it breaks where ")[2]
    assert "noise" not in blamed and "max_pool/kernel = 3" in blamed and blamed.count("stride = 2") == 2


def test_a_space_of_many_values_leaves_pairs_to_chance() -> None:
    said = cover(parse("space t\n" + "\n".join(f"x{k} = 1..9" for k in range(100)))).coverage()
    assert (said.known_pairs, said.values) == (0, 800)
    assert str(said) == f"{said.candidates:,} candidates, 800 of 800 values"


def test_a_small_space_is_tried_whole() -> None:
    layer = "conv2d(8, stride: 1 @ 500 | 2)"
    text = f"space t\nmodel = {layer} >> {layer} >> max_pool(2 @ 500 | 3) >> flatten\n"
    with pytest.raises(SpaceError, match="max_pool/kernel = 3"):
        check_shapes(parse(text), FACTS)
    assert str(cover(parse(text)).coverage()) == "all 8 candidates"
    assert not cover(parse(text + "lr = 0.0..1.0\n")).coverage().whole


def test_values_that_no_candidate_has_are_not_counted_as_shown() -> None:
    said = cover(parse("space t\nx = 1 | 2\ny = 1 | 2\nforbid x == 2 and y == 2")).coverage()
    assert (said.candidates, said.values, said.pairs, said.known_pairs) == (3, 4, 3, 4)
    assert np.array_equal(said.known_values, 4)
