"""Draws are valid and follow the law they promise."""

from __future__ import annotations

import math

import numpy as np
import pytest

from symbolic.errors import SpaceError, SymspaceError
from symbolic.points import Population
from symbolic.table import sample, satisfies, size
from symbolic.table.formulas import Evaluation, Rows
from symbolic.table.sample import draw, draw_paths
from symbolic.table.table import FLOAT, INT, Table

DRAWS = 10_000


def small(spaces):
    return [s for s in spaces if 2 <= len(s.codes) <= 150][:50]


def prior(table: Table, codes: np.ndarray) -> np.ndarray:
    """The probability of each candidate, straight from the definitions."""
    weight = np.ones(len(codes))
    population = Population(codes, np.zeros((len(codes), table.n_floats)))
    members = {c for s in table.sets for c in s.columns}
    for column in set(range(len(table))) - members - set(np.flatnonzero(table.kind == FLOAT).tolist()):
        chances = column_prior(table, column)
        here = chances[np.maximum(codes[:, column], 0)]
        if table.low_x[column] is not None or table.high_x[column] is not None:
            low, high = Evaluation(table, Rows(table, population)).bounds(column)
            values = table.low[column] + np.arange(len(chances)) * table.step[column]
            here = here / (chances * ((values >= low[:, None]) & (values <= high[:, None]))).sum(1).clip(1e-300)
        weight *= np.where(codes[:, column] < 0, 1.0, here)
    for s in table.sets:
        among = int(table.card[s.columns[0]]) - 1 if s.ordered else len(s.columns)
        count = sum((math.perm if s.ordered else math.comb)(among, k) for k in range(s.low, s.high + 1))
        weight *= np.where(codes[:, s.columns[0]] < 0, 1.0, 1.0 / count)
    return weight / weight.sum()


def column_prior(table: Table, column: int) -> np.ndarray:
    card, step = int(table.card[column]), float(table.step[column])
    values = table.low[column] + np.arange(card) * step
    if table.prob[column] is not None:
        chances = np.asarray(table.prob[column])
    elif table.kind[column] == INT and not math.isnan(table.prior[column]):
        scale = np.log if table.log[column] else np.asarray
        span = scale(table.high[column]) - scale(table.low[column])
        chances = np.exp(-0.5 * ((scale(values) - scale(table.prior[column])) / span / 0.25) ** 2)
    elif table.kind[column] == INT and table.log[column]:
        chances = np.log((values + step / 2) / np.where(values > step / 2, values - step / 2, values / 2))
    else:
        chances = np.ones(card)
    return chances / chances.sum()


@pytest.mark.parametrize("how", ["prior", "uniform"])
@pytest.mark.parametrize("n", [0, 1, 40])
def test_draws_are_candidates(spaces, how, n):
    for space in spaces:
        population = sample(space.table, n, np.random.default_rng(0), how)
        assert len(population) == n
        assert space.holds(population), space.text
        assert satisfies(space.table, population).all(), space.text


def test_uniform_draws_are_flat(spaces, chance):
    odd = [
        chance(s.counts(sample(s.table, DRAWS, np.random.default_rng(1), "uniform")), np.ones(len(s.codes)))
        for s in small(spaces)
    ]
    assert max(odd) < 6 and abs(float(np.mean(odd))) < 0.5


def test_draws_by_the_diagram_follow_the_prior(spaces, chance):
    odd = []
    for space in small(spaces):
        drawn = draw_paths(space.table.diagram, DRAWS, np.random.default_rng(2), "prior")
        odd.append(chance(space.counts(drawn), prior(space.table, space.codes)))
    assert max(odd) < 6 and abs(float(np.mean(odd))) < 0.5


def test_draws_by_rejection_follow_the_prior(spaces, chance):
    odd = []
    for space in small(spaces):
        drawn = draw(space.table, DRAWS, np.random.default_rng(3))
        valid = drawn.take(satisfies(space.table, drawn))
        odd.append(chance(space.counts(valid), prior(space.table, space.codes)) if len(valid) else 0.0)
    assert max(odd) < 6 and abs(float(np.mean(odd))) < 0.5


def test_single_draws_follow_the_same_law(spaces, chance):
    odd = []
    for space in small(spaces)[:15]:
        rng = np.random.default_rng(4)
        drawn = [sample(space.table, 1, rng)[0] for _ in range(1000)]
        odd.append(chance(space.counts(Population.of(drawn)), prior(space.table, space.codes)))
    assert max(odd) < 6 and abs(float(np.mean(odd))) < 1


def test_log_integers_follow_the_widths_of_their_cells(table_of):
    table = table_of("x = 1..100 log\n")
    drawn = sample(table, 200_000, np.random.default_rng(0)).index[:, 0]
    assert (drawn == 0).mean() == pytest.approx(0.207, abs=0.004)


@pytest.mark.parametrize(
    "text", ["x = 1..2000000 log\n", "x = 1..3000000 prior 1000000\n", "x = 1..1000 log\n", "x = 1..1000 prior 334\n"]
)
def test_huge_integers_follow_their_prior_as_small_ones_do(table_of, text):
    table = table_of(text)
    drawn = sample(table, 50_000, np.random.default_rng(0)).index[:, 0] + 1.0
    if table.log[0]:
        unit = np.log(drawn) / math.log(table.high[0])
        assert unit.mean() == pytest.approx(0.5, abs=0.05)
    else:
        unit = (drawn - 1) / (table.high[0] - 1)
        cut = np.random.default_rng(1).normal(1 / 3, 0.25, 400_000)
        cut = cut[(cut >= 0) & (cut <= 1)]
        assert np.quantile(unit, [0.1, 0.5, 0.9]) == pytest.approx(np.quantile(cut, [0.1, 0.5, 0.9]), abs=0.01)


@pytest.mark.parametrize(("text", "log"), [("x = 0.0..2.0 prior 0.5\n", False), ("x = 1e-4..1.0 log prior 1e-2\n", True)])
def test_float_priors_are_truncated_normals_on_the_unit_scale(table_of, text, log):
    table = table_of(text)
    value = sample(table, 100_000, np.random.default_rng(0)).real[:, 0]
    unit = (np.log10(value) + 4) / 4 if log else value / 2
    cut = np.random.default_rng(1).normal(0.5 if log else 0.25, 0.25, 400_000)
    cut = cut[(cut >= 0) & (cut <= 1)]
    deciles = np.linspace(0.05, 0.95, 10)
    assert np.quantile(unit, deciles) == pytest.approx(np.quantile(cut, deciles), abs=0.01)


def test_floats_between_moving_bounds_stay_inside(table_of):
    table = table_of("a = 1..4\nb = 0.5..(a / 4) prior 0.6\n")
    population = sample(table, 5000, np.random.default_rng(0))
    high = (population.index[:, 0] + 1) / 4
    assert set((population.index[:, 0] + 1).tolist()) == {2, 3, 4}
    assert ((population.real[:, 0] >= 0.5) & (population.real[:, 0] <= high)).all()


def test_a_constraint_on_a_float_is_kept_and_shapes_the_rest(table_of):
    table = table_of('o = "sgd" | "adam"\nlr = 0.0..1.0\nforbid o is sgd and lr > 0.25\n')
    for how in ("prior", "uniform"):
        population = sample(table, 20_000, np.random.default_rng(0), how)
        sgd = population.index[:, 0] == 0
        assert population.real[sgd].max() <= 0.25
        assert sgd.mean() == pytest.approx(0.2, abs=0.02)


def test_the_same_generator_gives_the_same_draws(spaces):
    for space in spaces[:20]:
        first, second = (sample(space.table, 50, np.random.default_rng(5)) for _ in range(2))
        assert (first.index == second.index).all() and (first.real == second.real).all()


def test_rare_candidates_are_found_without_rejection(table_of):
    text = "\n".join(f"w{i} = 1..64" for i in range(12)) + "\n" + "\n".join(f"require w{i} <= w{i + 1}" for i in range(11))
    table = table_of(text)
    for how in ("prior", "uniform"):
        population = sample(table, 1000, np.random.default_rng(0), how)
        assert (np.diff(population.index, axis=1) >= 0).all()
    assert size(table).value / 64**12 < 1e-8


def test_an_empty_space_is_refused(table_of):
    table = table_of("a = 1..3\nb = 1..3\nrequire a + b > 6\n")
    with pytest.raises(SpaceError, match="E501"):
        sample(table, 1, np.random.default_rng(0))


def test_a_float_constraint_that_nothing_satisfies_ends(table_of):
    table = table_of("a = 0.0..1.0\nb = 1 | 2\nrequire a + b > 5\n")
    with pytest.raises(SpaceError, match="E501"):
        sample(table, 1, np.random.default_rng(0))


def test_an_unknown_law_is_refused(table_of):
    with pytest.raises(SymspaceError, match="drawn 'unifrom': did you mean 'uniform'"):
        sample(table_of("x = 1 | 2\n"), 1, np.random.default_rng(0), "unifrom")


def test_uniform_draws_need_a_diagram(table_of):
    table = table_of("a = 0.0..1.0\nb = (1..3) when a > 0.5\n")
    with pytest.raises(SpaceError, match=r"E405 no uniform draws here: .*float condition"):
        sample(table, 1, np.random.default_rng(0), "uniform")
    population = sample(table, 4000, np.random.default_rng(0))
    assert ((population.index[:, 1] >= 0) == (population.real[:, 0] > 0.5)).all()
