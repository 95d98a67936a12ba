"""Drawing paths of a decision diagram without rejection: down the layers, each edge by the weight of what lies behind it."""

from __future__ import annotations

from typing import Literal

import attrs
import numpy as np

from symbolic.table.diagram.diagram import Branch, Diagram, Free, sum_by_state
from symbolic.table.plan import Step
from symbolic.table.priors import Reals, draw_sets, set_counts
from symbolic.table.table import F64, FLOAT, I32, I64


@attrs.frozen(eq=False)
class Weights:
    """For each layer with edges: `state + cumulative share` of each edge, rising over the layer; None for a free layer."""

    how: Literal["prior", "uniform"]
    cumulative: tuple[F64 | None, ...]


def uniform_weights(diagram: Diagram) -> Weights:
    """Return weights that make every path equally likely."""
    return _weights(diagram, "uniform")


def prior_weights(diagram: Diagram) -> Weights:
    """Return weights that draw from the priors, on condition that the path is in the diagram."""
    return _weights(diagram, "prior")


def draw_codes(diagram: Diagram, weights: Weights, n: int, rng: np.random.Generator) -> I32:
    """Draw codes `[n, column]` of paths; 0 at active floats."""
    index = np.full((n, len(diagram.table)), -1, np.int32)
    state = np.zeros(n, np.int64)
    for layer, cumulative in zip(diagram.layers, weights.cumulative, strict=True):
        if isinstance(layer, Free):
            index[:, list(layer.columns)] = _draw_free(diagram, layer, state, weights.how, rng)
            state = layer.to[state]
        else:
            assert cumulative is not None
            aim = np.minimum(state + rng.random(n), np.nextafter(state + 1.0, 0.0))
            edge = np.searchsorted(cumulative, aim, "right")
            edge = np.clip(edge, layer.offset[state], layer.offset[state + 1] - 1)
            index[:, layer.column] = layer.code[edge]
            state = layer.to[edge]
    return index


def _weights(diagram: Diagram, how: Literal["prior", "uniform"]) -> Weights:
    """Sum the mass behind each state from the last layer back, each layer on its own scale."""
    mass = np.ones(len(diagram.counts[-1]))
    cumulative: list[F64 | None] = []
    for layer in reversed(diagram.layers):
        if isinstance(layer, Free):
            mass = mass[layer.to] * (_relative(layer) if how == "uniform" else layer.width > 0)
            cumulative.append(None)
        else:
            edges = mass[layer.to]
            if how == "prior":
                edges = edges * _edge_priors(diagram, layer)
            mass = sum_by_state(layer, edges)
            cumulative.append(_cumulative(layer, edges, mass))
        top = float(mass.max(initial=0.0))
        mass = mass / top if top > 0 else mass
    return Weights(how, tuple(reversed(cumulative)))


def _relative(layer: Free) -> F64:
    """Return the widths as shares of the largest, which may be beyond float64."""
    top = layer.width.max() if len(layer.width) else 1
    return (layer.width / max(top, 1)).astype(np.float64)


def _cumulative(layer: Branch, edges: F64, mass: F64) -> F64:
    source = np.repeat(np.arange(layer.states), np.diff(layer.offset))
    shares = np.cumsum(edges / np.where(mass > 0, mass, 1.0)[source])
    before = np.concatenate([[0.0], shares])[layer.offset[:-1]]
    within = shares - before[source]
    last = np.maximum(layer.offset[1:] - 1, 0)
    whole = within[last] if len(within) else np.ones(layer.states)
    return np.asarray(source + within / np.where(whole > 0, whole, 1.0)[source], np.float64)


def _edge_priors(diagram: Diagram, layer: Branch) -> F64:
    """Return the prior probability of each edge's code given its state; 1 for an inactive column."""
    plan = diagram.table.plan
    step, code = plan.step(layer.column), layer.code.astype(np.int64)
    if step.members is not None:
        if layer.column != step.columns[0]:
            return np.ones(len(code))
        return np.where(code < 0, 1.0, 1.0 / sum(set_counts(step.members, step.size)))
    assert step.prior is not None and not isinstance(step.prior, Reals)
    active = np.maximum(code, 0)
    chance = step.prior.share(active, active)
    if layer.between is not None:
        first, last = (b.astype(np.int64) for b in layer.between)
        allowed = step.prior.share(np.maximum(first, 0), np.maximum(last, 0))
        source = np.repeat(np.arange(layer.states), np.diff(layer.offset))
        chance = chance / np.where(allowed > 0, allowed, 1.0)[source]
    return np.where(code < 0, 1.0, chance)


def _draw_free(diagram: Diagram, layer: Free, state: I64, how: Literal["prior", "uniform"], rng: np.random.Generator) -> I32:
    table = diagram.table
    step = table.plan.step(layer.columns[0])
    base, n = layer.base[state], len(state)
    if step.members is not None and step.members.ordered:
        drawn = draw_sets(step.members, step.size, n, rng)
    elif step.members is not None:  # of a subset without a count: every option picked or not, alike
        drawn = rng.integers(0, 2, (n, 1), np.int32)
    elif table.kind[layer.columns[0]] == FLOAT:
        drawn = np.zeros((n, 1), np.int32)
    else:
        drawn = _draw_code(step, base, layer.width[state].astype(np.int64), how, rng)[:, None]
    return np.where(base[:, None] < 0, -1, drawn)


def _draw_code(step: Step, base: I32, width: I64, how: Literal["prior", "uniform"], rng: np.random.Generator) -> I32:
    assert step.prior is not None and not isinstance(step.prior, Reals)
    if how == "uniform":
        return (base + np.floor(rng.random(len(base)) * width)).astype(np.int32)
    if step.dependent:
        first = np.maximum(base, 0).astype(np.int64)
        return step.prior.draw_between(first, first + np.maximum(width, 1) - 1, rng)
    return step.prior.draw(len(base), rng)
