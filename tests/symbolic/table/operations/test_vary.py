"""Mutants differ in one decision, are valid, and follow one law in bulk and one by one."""

from __future__ import annotations

import numpy as np
import pytest

from symbolic.points import Population
from symbolic.table import mutate, mutate_one, neighbours, sample, satisfies
from symbolic.table.rows import same_rows


def one_by_one(table, population, rng) -> Population:
    return Population.of([mutate_one(table, population[i], rng) for i in range(len(population))])


@pytest.mark.parametrize("vary", [mutate, one_by_one])
def test_mutants_are_candidates_and_differ(spaces, vary):
    for space in spaces:
        rng = np.random.default_rng(0)
        parents = sample(space.table, 40, rng)
        children = vary(space.table, parents, rng)
        assert space.holds(children), space.text
        assert satisfies(space.table, children).all(), space.text
        if len(space.codes) > 3:
            assert not same_rows(parents, children).any(), space.text


def test_both_mutations_follow_one_law(spaces, chance):
    odd = []
    for space in [s for s in spaces if 3 <= len(s.codes) <= 200][:40]:
        rng = np.random.default_rng(1)
        parents = sample(space.table, 1, rng).take(np.zeros(1500, np.int64))
        bulk, single = (space.counts(v(space.table, parents, rng)) for v in (mutate, one_by_one))
        odd.append(chance(bulk[bulk + single > 0], (bulk + single)[bulk + single > 0]))
    assert max(odd) < 5


def test_a_mutant_of_a_flat_space_is_a_neighbour_and_all_are_reached(table_of):
    table = table_of(
        'a = "x" | "y" | "z"\nb = 1..4\nc = subset 1..2 of { "k", "l", "m" }\nd = permutation 0..2 of { "r", "s", "t" }\n'
    )
    rng = np.random.default_rng(0)
    parent = sample(table, 1, rng)
    near = {p.key for p in map(neighbours(table, parent[0]).__getitem__, range(len(neighbours(table, parent[0]))))}
    for vary in (mutate, one_by_one):
        children = vary(table, parent.take(np.zeros(3000, np.int64)), rng)
        assert {children[i].key for i in range(len(children))} == near


def test_each_decision_is_as_likely_however_many_members_it_has(table_of):
    options = ", ".join(f'"o{i}"' for i in range(20))
    table = table_of(f"a = 1..9\nb = subset of {{ {options} }}\nc = 0.0..1.0\n")
    rng = np.random.default_rng(0)
    parents = sample(table, 6000, rng)
    children = mutate(table, parents, rng)
    changed = [
        (parents.index[:, :1] != children.index[:, :1]).any(1),
        (parents.index[:, 1:21] != children.index[:, 1:21]).any(1),
        (parents.real != children.real).any(1),
    ]
    assert np.sum(changed, 0).tolist() == [1] * 6000
    assert np.mean(changed, 1) == pytest.approx(1 / 3, abs=0.03)


@pytest.mark.parametrize("vary", [mutate, one_by_one])
def test_other_values_are_equally_likely_whatever_the_prior(table_of, chance, vary):
    table = table_of("a = 1..9 log\n")
    parents = sample(table, 1, np.random.default_rng(0)).take(np.zeros(4000, np.int64))
    children = vary(table, parents, np.random.default_rng(1))
    counts = np.bincount(children.index[:, 0], minlength=9)
    assert counts[parents.index[0, 0]] == 0
    others = np.delete(counts, parents.index[0, 0])
    assert chance(others, np.ones(8)) < 5


@pytest.mark.parametrize("vary", [mutate, one_by_one])
def test_a_space_with_one_candidate_gives_it_back(table_of, vary):
    table = table_of("a = 3\n")
    parents = sample(table, 3, np.random.default_rng(0))
    assert same_rows(parents, vary(table, parents, np.random.default_rng(0))).all()


@pytest.mark.parametrize("vary", [mutate, one_by_one])
def test_mutants_of_a_tightly_constrained_space_are_valid(table_of, vary):
    text = "\n".join(f"w{i} = 1..30" for i in range(8)) + "\n" + "\n".join(f"require w{i} <= w{i + 1}" for i in range(7))
    table = table_of(text)
    parents = sample(table, 200, np.random.default_rng(0))
    children = vary(table, parents, np.random.default_rng(1))
    assert (np.diff(children.index, axis=1) >= 0).all()
    assert not same_rows(parents, children).any()


def test_parents_are_not_changed(spaces):
    for space in spaces[:20]:
        rng = np.random.default_rng(0)
        parents = sample(space.table, 10, rng)
        index, real = parents.index.copy(), parents.real.copy()
        mutate(space.table, parents, rng)
        mutate_one(space.table, parents[0], rng)
        assert (parents.index == index).all() and (parents.real == real).all()
