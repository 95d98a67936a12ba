"""Random small spaces and all their candidates, found by trying every code: what the operations are compared with."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import attrs
import numpy as np
import pytest

from symbolic.errors import SpaceError
from symbolic.points import Population
from symbolic.table.formulas import Evaluation, Rows
from symbolic.table.table import FLOAT, INT, Table

LEAVES = (
    '"p" | "q"',
    '"p" | "q" @ 3 | "r"',
    "1..3",
    "1..8 log",
    "0..6 step 2",
    "1..9 step 2 prior 3",
    "2 | 4 | 8",
    "true | false",
    "0.5 | 1.5",
)
FLOATS = ("0.0..1.0", "1e-3..1.0 log prior 0.01")
NAMES = ("relu", "gelu", "silu", "tanh")
MANY = 120
"""How many random spaces are made."""
MOST = 1500
"""The largest random space that is kept."""


@attrs.frozen(eq=False)
class Listed:
    """A space with codes `[candidate, column]` of all its candidates."""

    text: str
    space: Any
    table: Table
    codes: np.ndarray

    @property
    def keys(self) -> set[bytes]:
        return keys(self.codes)

    def holds(self, population: Population) -> bool:
        """Whether each row is one of the candidates (floats aside)."""
        return keys(population.index) <= self.keys

    def counts(self, population: Population) -> np.ndarray:
        """How often each candidate occurs."""
        place = {row.tobytes(): i for i, row in enumerate(np.ascontiguousarray(self.codes, np.int32))}
        found = np.zeros(len(self.codes))
        np.add.at(found, [place[row.tobytes()] for row in np.ascontiguousarray(population.index, np.int32)], 1)
        return found


def keys(codes: np.ndarray) -> set[bytes]:
    return {row.tobytes() for row in np.ascontiguousarray(codes, np.int32)}


@pytest.fixture(scope="session")
def listed(space_of: Callable[[str], Any]) -> Callable[[str], Listed]:
    """List a space given as text."""

    def make(text: str) -> Listed:
        space = space_of(text)
        table = space.lower()
        return Listed(text, space, table, every_candidate(table))

    return make


@pytest.fixture(scope="session")
def table_of(space_of: Callable[[str], Any]) -> Callable[[str], Table]:
    """Lower a space given as text."""
    return lambda text: space_of(text).lower()


@pytest.fixture(scope="session")
def spaces(listed: Callable[[str], Listed]) -> Sequence[Listed]:
    """Random spaces that have candidates, with all of them."""
    found: list[Listed] = []
    seed = 0
    while len(found) < MANY:
        seed += 1
        try:
            space = listed(random_text(random.Random(seed)))
        except SpaceError as e:
            assert e.code == "E501", f"{e}\n{random_text(random.Random(seed))}"
            continue
        if 0 < len(space.codes) <= MOST:
            found.append(space)
    return found


@pytest.fixture(scope="session")
def chance() -> Callable[[np.ndarray, np.ndarray], float]:
    """Return how surprising counts are, given probabilities or other counts: see `surprise`."""
    return surprise


def surprise(counts: np.ndarray, expected: np.ndarray) -> float:
    """Return chi-square in standard deviations above its mean; rare cells are put together."""
    expected = expected / expected.sum() * counts.sum()
    often = expected >= 5
    counts = np.append(counts[often], counts[~often].sum())
    expected = np.append(expected[often], expected[~often].sum())
    if expected[-1] < 5:
        counts, expected = _fold(counts), _fold(expected)
    freedom = len(expected) - 1
    if freedom < 1:
        return 0.0
    return float((((counts - expected) ** 2 / expected).sum() - freedom) / math.sqrt(2 * freedom))


def _fold(cells: np.ndarray) -> np.ndarray:
    return np.append(cells[:-2], cells[-2:].sum())


def every_candidate(table: Table) -> np.ndarray:
    """Return codes `[candidate, column]`: every column tries every code, then sets and constraints are checked."""
    codes = np.full((1, len(table)), -1, np.int32)
    for column in table.order.tolist():
        evaluation = _evaluation(table, codes)
        active = evaluation.guard(int(table.guard[column]))
        low, high = evaluation.bounds(column) if table.kind[column] in (INT, FLOAT) else (-math.inf, math.inf)
        blocks = [codes[~active]]
        for code in range(max(int(table.card[column]), 1)):
            value = table.low[column] + code * table.step[column] if table.kind[column] == INT else low
            block = codes[active & (value >= low) & (value <= high)].copy()
            block[:, column] = code
            blocks.append(block)
        codes = np.concatenate(blocks)
        if len(codes) > 300_000:
            return codes[:0]
    for members in table.sets:
        codes = codes[[_is_set(members, row) for row in codes[:, list(members.columns)].tolist()]]
    allowed = np.ones(len(codes), bool)
    for rule in table.rules:
        value, known = _evaluation(table, codes).value(rule.condition)
        allowed &= ~(known & ((value != 0) == (rule.kind == "forbid")))
    return codes[allowed]


def _evaluation(table: Table, codes: np.ndarray) -> Evaluation:
    reals = np.repeat(table.low[table.kind == FLOAT][None], len(codes), 0)
    return Evaluation(table, Rows(table, Population(codes, reals)))


def _is_set(members: Any, codes: list[int]) -> bool:
    picked = [c for c in codes if c > 0]
    if codes[0] < 0:
        return True
    tail = not members.ordered or (codes[: len(picked)] == picked and len(set(picked)) == len(picked))
    return tail and members.low <= len(picked) <= members.high


def random_text(r: random.Random) -> str:
    """Return the text of a random space: every kind of decision, conditions, shared choices, own bounds, constraints."""
    lines, ints, options = ['shared act = "a" | "b" | pool(z: 1 | 2)'], list[str](), list[str]()
    for i in range(r.randint(2, 5)):
        name = f"e{i}"
        body = _entry(r, ints, options)
        lines.append(f"{name} = {body}")
        if body in LEAVES[2:6] or body == "1..4" or " if " in body:
            ints.append(name)
        if body in LEAVES[:2]:
            options.append(name)
    if not any("act" in line for line in lines[1:]):
        del lines[0]
    if ints or options:
        lines += [_constraint(r, ints, options) for _ in range(r.randrange(3))]
    return "\n".join(lines) + "\n"


def _entry(r: random.Random, ints: list[str], options: list[str]) -> str:
    kind = r.randrange(13)
    count = r.randint(2, 4)
    some = ", ".join(_option(r, i) for i in range(count))
    most = r.randint(1, count)
    match kind:
        case 0 | 1 | 2:
            return r.choice(LEAVES)
        case 3:
            return r.choice(FLOATS)
        case 4:
            return " | ".join(_option(r, i) for i in range(r.randint(2, 3)))
        case 5:
            return f"repeat {r.randint(0, 1)}..{r.randint(2, 3)} as u {{ pool(k: {r.choice(LEAVES[:3])}) }}"
        case 6:
            return f"subset {r.randint(0, most)}..{most} of {{ {some} }}"
        case 7:
            return f"permutation {r.randint(0, min(most, 2))}..{min(most, 2)} of {{ {some} }}"
        case 8 if ints:
            a = r.choice(ints)
            return r.choice([f"1..{a}", f"{a}..9", f"2..({a} + 1)", f"1..({a} - 1)"])
        case 9 if ints or options:
            return f"({r.choice(LEAVES)}) when {_condition(r, ints, options)}"
        case 10:
            return f"sgd(b: act) | adam(b: act, c: {r.choice(LEAVES)}) | 0"
        case 11 if ints or options:
            return f"({r.choice(LEAVES[2:6])}) if {_condition(r, ints, options)} else {r.choice(['2', '(1..3)'])}"
    return "1..4"


def _option(r: random.Random, i: int) -> str:
    a = r.choice(LEAVES)
    return r.choice([f'"n{i}"', NAMES[i], f"{NAMES[i]}(a: {a})", f"{NAMES[i]}(a: {a}, b: {r.choice(LEAVES + FLOATS)})"])


def _condition(r: random.Random, ints: list[str], options: list[str]) -> str:
    parts = []
    for _ in range(r.randint(1, 2)):
        if ints and (not options or r.random() < 0.5):
            parts.append(f"{r.choice(ints)} {r.choice(['==', '<=', '>', '!='])} {r.randint(1, 4)}")
        else:
            parts.append(f"{r.choice(options)} {r.choice(['is', 'is not'])} {r.choice('pq')}")
    return f" {r.choice(['and', 'or'])} ".join(parts)


def _constraint(r: random.Random, ints: list[str], options: list[str]) -> str:
    if len(ints) < 2 or r.random() < 0.4:
        return f"forbid {_condition(r, ints, options)}"
    a, b = r.sample(ints, 2)
    bound = r.randint(3, 9)
    return r.choice(
        [
            f"require {a} <= {b}",
            f"require {a} != {b}",
            f"forbid {a} + {b} == {bound}",
            f"require {a} + 2 * {b} >= {bound}",
            f"require sum([{', '.join(ints)}]) <= {bound}",
            f"require count([{a} > 1, {b} > 2]) >= 1",
        ]
    )
