"""Random spaces: building asks exactly the active decisions, what is built holds the candidate's values, errors are typed."""

from __future__ import annotations

import random
import re
from typing import Any

import attrs
import numpy as np
import pytest

from symbolic import parse
from symbolic.building.asking import Asking
from symbolic.building.values import Values
from symbolic.building.walk import Walk
from symbolic.check import check_shapes
from symbolic.checking.outlines import Outlines
from symbolic.errors import SpaceError, SymspaceError
from symbolic.points import Point
from symbolic.shapes import features, image
from symbolic.space import Space
from symbolic.task import TaskFacts

FACTS = TaskFacts("random", features(8), {"classes": 3})
SPACES, CANDIDATES = 90, 10


class Writer:
    """Writes random spaces of a network that keeps its shape and a record whose fields hang on each other."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.numbers: list[str] = []
        self.labels: list[str] = []

    def text(self) -> str:
        r = self.rng
        lines = ["space random", f"shared act = relu | {r.choice(['gelu', 'dropout(0.1..0.5)', 'residual { gelu | silu }'])}"]
        lines.append(f"block unit(m: module, w: int) = m >> linear(w) >> {r.choice(['m', 'act', 'relu'])} >> linear(8)")
        lines.append("rec {")
        lines += [f"  k{i}: {self.field(i)}" for i in range(r.randint(2, 6))]
        lines += ["}", f"model = act >> unit(relu, 4 | 8) >> {self.network(3)}"]
        return "\n".join(lines) + "\n"

    def field(self, i: int) -> str:
        r = self.rng
        guard = f" when {self.condition()}" if (self.numbers or self.labels) and r.random() < 0.5 else ""
        if r.random() < 0.4:
            self.labels.append(f"k{i}")
            return f'"a" | "b" | "c"{guard}'
        number = r.choice(self.numbers) if self.numbers else "2"
        value = r.choice(
            ["1..4", "2 | 4 | 8", "0.5..2.0", f"{number} * 2 + 1", f"1..max({number}, 2)", f"3 | 5 if {number} > 2 else 1"]
        )
        self.numbers += [] if "." in value.replace("..", "") or "if" in value else [f"k{i}"]
        return value + guard

    def condition(self) -> str:
        r = self.rng
        tests = [f"{n} {r.choice(['>', '<=', '=='])} {r.randint(1, 4)}" for n in self.numbers[-2:]]
        tests += [f"{n} {r.choice(['is', 'is not'])} {r.choice('abc')}" for n in self.labels[-2:]]
        return f" {r.choice(['and', 'or'])} ".join(r.sample(tests, min(len(tests), r.randint(1, 2))))

    def network(self, depth: int) -> str:
        r = self.rng
        kinds = ["leaf", "leaf", "unit"] + ["choice", "chain", "repeat", "body", "if"] * (depth > 0)
        match r.choice(kinds):
            case "unit":
                return f"unit({r.choice(['act', 'gelu | silu', 'dropout(0.0..0.5)'])}, {r.choice(['4', '2 | 4', '1..8'])})"
            case "choice":
                return f"(({self.network(depth - 1)}) as x | ({self.network(depth - 1)}) as y | skip)"
            case "chain":
                return f"{self.network(depth - 1)} >> {self.network(depth - 1)}"
            case "repeat":
                return f"repeat {r.choice(['0..2', '1..3', '2'])} as r{r.randint(0, 99)} {{ {self.network(depth - 1)} }}"
            case "body":
                return f"residual {{ {self.network(depth - 1)} }}"
            case "if" if self.numbers or self.labels:
                return f"(({self.network(depth - 1)}) if {self.rooted()} else ({self.network(0)}))"
        return r.choice(["relu", "act", "skip", "dropout(0.0..0.5)", "identity"])

    def rooted(self) -> str:
        name = self.rng.choice(self.labels or self.numbers)
        return f"rec.{name} {'is a' if self.labels else '> 2'}"


def spaces() -> list[tuple[str, Space]]:
    made = []
    for seed in range(SPACES):
        text = Writer(seed).text()
        try:
            space = parse(text)
            space.lower()
        except SpaceError as e:
            assert e.code in ("E201", "E301", "E302", "E305", "E307"), f"{e}\n{text}"
            continue
        made.append((text, space))
    assert len(made) > SPACES / 2
    return made


@attrs.frozen(eq=False)
class Another:
    """A resolver that answers as the plain one does, and is not known to be that."""

    values: Values

    def __getattr__(self, name: str) -> Any:
        return getattr(self.values, name)


def walked(space: Space, point: Point) -> tuple[dict[str, Any], Asking]:
    """Build without layers; return the entries, and what was asked. The plain resolver's short way gives the same."""
    table = space.lower()
    plain = Values(table, point)
    walk, short = (Walk(table, resolver, Outlines(), FACTS) for resolver in (Another(plain), plain))
    made = {key: walk.value(x) for key, x in table.root.fields.items()}
    assert made == {key: short.value(x) for key, x in table.root.fields.items()}
    return made, walk.asking


def test_active_is_asked_and_values_are_those_of_the_candidate() -> None:
    seen = 0
    for text, space in spaces():
        table = space.lower()
        for candidate in space.sample(CANDIDATES):
            made, asking = walked(space, candidate.point)
            active = {table.path[c] for c in np.flatnonzero(candidate.point.index >= 0)}
            assert asking.asked == active, f"{text}\n{candidate}"
            for path, value in candidate.to_dict().items():
                if path.startswith("rec/") and path.count("/") == 1:
                    assert made["rec"][path[4:]] == value, f"{text}\n{candidate}"
            seen += len(active)
    assert seen > 3_000


def test_what_is_built_runs() -> None:
    import torch
    from torch import nn

    from symbolic.building.build import build

    for text, space in spaces()[:40]:
        for candidate in space.sample(2):
            net = build(space, Values(space.lower(), candidate.point), FACTS)["model"]
            assert isinstance(net, nn.Module)
            assert net(torch.zeros(2, 8)).shape == (2, 8), text


MUTATED = [
    "x = 1..4\nblock f(m: module, w: int = 3) = m >> conv2d(w) >> m\nmodel = f(relu | skip, 4 | 8) >> repeat 0..x as r[i] "
    "{ (max_pool(2) if i == 0 else conv2d(8)) | skip } >> flatten >> linear(classes)",
    's = subset 1..2 of { relu, linear(8 | 16), (1..3) as n, "a" }\nx = 1 | 2\nopt = sgd(momentum: 0.9 when x == 2) | adam\n'
    "model = torch.nn::Flatten() >> torch.nn::Linear(64, 3 | x)",
    "model = conv2d(8, kernel: 1 | 3, stride: 1 | 2) as a >> residual(project: true) { conv2d(a.width * 2) }"
    " >> global_avg_pool >> dropout(0.0..0.5) >> linear(2 + classes)",
]
WORDS = [
    *("relu", "none", "true", "3", "8", "0.5", "x", "model", "a.width", "flatten", "linear", "conv2d", "residual", "sgd"),
    *("|", ">>", "repeat", "when", "if", "else", "not", "-", "*", "/", "(", ")", "{", "}", "0..2", "1..x", '"a"', "classes"),
    *("torch.nn::ReLU", "os::system", "torch::relu", "max_pool"),
]


def mutated(text: str, rng: random.Random) -> str:
    parts = re.findall(r"\w+(?:::\w+)?|\S|\s+", text)
    i = rng.randrange(len(parts))
    match rng.randrange(3):
        case 0:
            parts[i] = rng.choice(WORDS)
        case 1:
            parts.insert(i, rng.choice(WORDS) + " ")
        case _:
            del parts[i]
    return "".join(parts)


@pytest.mark.filterwarnings("ignore")
def test_mutated_texts_build_or_say_why_not() -> None:
    from symbolic.building.build import build

    rng, facts, built = random.Random(0), TaskFacts("images", image(1, 8, 8), {"classes": 10}), 0
    for _ in range(1_000):
        text = "space t\n" + mutated(rng.choice(MUTATED), rng) + "\n"
        try:
            space = parse(text)
            check_shapes(space, facts)
            for candidate in space.sample(2):
                build(space, Values(space.lower(), candidate.point), facts)
            built += 1
        except SymspaceError:
            continue
    assert built > 20
