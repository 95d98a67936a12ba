"""Gumbel-softmax on the option axis: temperatures measured, the backward pass against torch."""

import numpy as np
import pytest
import torch
from scipy.integrate import quad

import symbolic as sym
from algorithms.oneshot.gumbel import draw, hard, pull_back, soft
from symbolic.table import Options, satisfies
from symbolic.testing.spaces import problem_of

PAIR = Options(sym.parse("space pair\nx = 1 | 2").lower())
LOGITS = np.log([0.7, 0.3])


def expected_entropy(temperature: float) -> float:
    """The mean entropy of a tempered pair: the difference of two Gumbel variables is logistic; integrated numerically."""
    gap = LOGITS[0] - LOGITS[1]

    def integrand(u: float) -> float:
        p = 1 / (1 + np.exp(-np.clip((gap + np.log(u / (1 - u))) / temperature, -500, 500)))
        return float(sum(-q * np.log(q) if q > 0 else 0.0 for q in (p, 1 - p)))

    return float(quad(integrand, 0, 1, limit=400)[0])


@pytest.mark.parametrize("temperature", [0.1, 1.0, 10.0])
def test_the_entropy_of_10_000_draws_is_as_the_formula_says(temperature: float) -> None:
    rng = np.random.default_rng(0)
    weights = np.stack([soft(PAIR, LOGITS, rng.gumbel(size=2), temperature) for _ in range(10_000)])
    entropies = -(weights * np.log(np.maximum(weights, 1e-300))).sum(1)
    error = 4 * entropies.std() / 100
    assert abs(entropies.mean() - expected_entropy(temperature)) < error


def test_a_hard_sample_is_a_draw_by_the_softmax_of_the_logits() -> None:
    rng = np.random.default_rng(1)
    share = np.mean([draw(PAIR, LOGITS, rng).vertex for _ in range(4000)], axis=0)
    assert abs(share[0] - 0.7) < 4 * np.sqrt(0.21 / 4000)


def test_a_vertex_has_one_option_of_every_decision() -> None:
    options = problem_of("conditional").table.options
    vertex = draw(options, np.zeros(options.count), np.random.default_rng(2)).vertex
    assert set(vertex) == {0.0, 1.0}
    for column in np.flatnonzero(options.card):
        assert vertex[options.owner == column].sum() == 1.0


def test_paths_keep_the_constraints() -> None:
    table = problem_of("constrained").table
    rng = np.random.default_rng(3)
    for _ in range(50):
        vertex = draw(table.options, np.zeros(table.options.count), rng).vertex
        assert satisfies(table, table.options.draw(vertex, 1, rng))[0]


@pytest.mark.parametrize("temperature", [0.1, 1.0, 10.0])
def test_the_straight_through_gradient_is_torchs(temperature: float) -> None:
    rng = np.random.default_rng(4)
    options = Options(sym.parse("space three\nx = 1 | 2 | 3").lower())
    logits, noise, gradient = rng.normal(size=(3, 3))
    leaf = torch.tensor(logits, requires_grad=True)
    tempered = ((leaf.log_softmax(0) + torch.tensor(noise)) / temperature).softmax(0)
    straight = torch.tensor(hard(options, logits + noise)) - tempered.detach() + tempered
    (straight * torch.tensor(gradient)).sum().backward()
    weights = soft(options, logits, noise, temperature)
    assert leaf.grad is not None
    np.testing.assert_allclose(pull_back(options, weights, gradient, temperature), leaf.grad.numpy(), rtol=1e-9, atol=1e-12)
