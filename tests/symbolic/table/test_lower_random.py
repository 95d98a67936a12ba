"""Random spaces: active is what building reads (found by a reader that knows no guards), and no text breaks lowering."""

from __future__ import annotations

import random
import re
from typing import Any

import numpy as np
import pytest

from symbolic.errors import SpaceError
from symbolic.space import Space
from symbolic.table.table import FLOAT, Table

SPACES = 80
DISTORTED = 300
LEAVES = ("relu", "gelu", "silu", "skip", "zero", "linear(1 | 2)", "dropout(0.0..0.5)")


class Writer:
    """Writes a random small space with every form that decides, refers or restricts."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.shared: list[str] = []
        self.blocks: list[str] = []

    def text(self) -> str:
        r = self.rng
        lines = [f"shared s{i} = {self._shared(i)}" for i in range(r.randint(0, 2))]
        for i in range(r.randint(0, 2)):
            lines.append(f"block b{i}(w: int = 2) = {self.network(2)} >> linear(w)")
            self.blocks.append(f"b{i}")
        lines += [f"e{i} = {self.network(2)}" for i in range(r.randint(1, 2))]
        return "\n".join([*lines, *self._record(), ""])

    def _shared(self, i: int) -> str:
        self.shared.append(f"s{i}")
        inner = f"residual {{ {self.shared[0]} }}" if i else "linear(1 | 2)"
        return self.rng.choice([f"relu | {inner}", "relu | gelu | silu", f"relu | ({inner} >> linear(3 | 4)) as two"])

    def network(self, depth: int) -> str:
        r = self.rng
        kinds = ["leaf", "shared", "block"] + ["choice", "chain", "repeat", "body"] * (depth > 0)
        match r.choice(kinds):
            case "shared" if self.shared:
                return r.choice(self.shared)
            case "block" if self.blocks:
                return r.choice(self.blocks) + r.choice(["", "(1)", "(w: 1 | 3)"])
            case "choice":
                options = [f"({self.network(depth - 1)}) as x{i}" for i in range(2)]
                return "(" + " | ".join([*options, r.choice(["skip", "zero @ 2"])]) + ")"
            case "chain":
                return f"{self.network(depth - 1)} >> {self.network(depth - 1)}"
            case "repeat":
                return f"repeat {r.choice(['0..2', '1..2', '2'])} {{ {self.network(depth - 1)} }}"
            case "body":
                return f"residual {{ {self.network(depth - 1)} }}"
        return r.choice(LEAVES)

    def _record(self) -> list[str]:
        r = self.rng
        fields: list[tuple[str, str]] = []
        lines = ["rec {"]
        for i in range(r.randint(2, 5)):
            kind = r.choice(["one", "int", "dependent", "subset", "permutation", "repeat", "choice"])
            ints = [name for name, k in fields if k == "int"]
            guard = self._guard(fields) if fields and r.random() < 0.5 else ""
            lines.append(f"  k{i}: {self._value(kind, i, ints)}{guard}")
            fields.append((f"k{i}", "int" if kind == "dependent" else kind))
        lines.append("}")
        return lines + self._constraints(fields)

    def _value(self, kind: str, i: int, ints: list[str]) -> str:
        r = self.rng
        match kind:
            case "one":
                return " | ".join(f'"{c}"' for c in "abc"[: r.randint(2, 3)])
            case "int":
                return f"{r.randint(0, 1)}..{r.randint(2, 4)}"
            case "dependent":
                return f"1..max({r.choice(ints)} + 1, 2)" if ints else "1..3"
            case "subset":
                return f'subset {r.randint(0, 1)}..{r.randint(1, 2)} of {{ "p", "q", linear(1 | 2), (1..3) as n }}'
            case "permutation":
                return r.choice(['permutation of { "x", "y", "z" }', 'permutation 0..2 of { "x", linear(1 | 2), "z" }'])
            case "repeat":
                count = r.choice(["0..2", "1..2", *ints])
                return f"repeat {count} as r{i}[k] {{ {r.choice(['1 | 2', '1..2', '(1..2) if k == 0 else 3'])} }}"
        return f"({self.network(1)}) as m | 1 | 2"

    def _guard(self, fields: list[tuple[str, str]]) -> str:
        r = self.rng
        name, kind = r.choice(fields)
        tests = {"one": f"{name} is a", "int": f"{name} >= {r.randint(1, 3)}", "subset": f"p in {name}"}
        tests |= {"permutation": f"count({name}) > 1", "repeat": f"count({name}[*]) > 0", "choice": f"{name} is m"}
        condition = tests[kind]
        if self.shared and r.random() < 0.3:
            condition += f" {r.choice(['and', 'or'])} {self.shared[0]} is relu"
        return f" when {r.choice(['', '', 'not '])}({condition})"

    def _constraints(self, fields: list[tuple[str, str]]) -> list[str]:
        r = self.rng
        lines = [f"forbid rec.{n} is a and rec.k0 is a" for n, k in fields[1:] if k == "one" and fields[0][1] == "one"]
        ints = [f"rec.{n}" for n, k in fields if k == "int"]
        if len(ints) > 1 and r.random() < 0.6:
            lines.append(f"require sum([{', '.join(ints)}]) <= {r.randint(3, 6)}")
        if self.shared and ints and r.random() < 0.5:
            lines.append(f"forbid {self.shared[0]} is relu and {ints[0]} == 2")
        return lines


def spaces(oracle: Any) -> list[tuple[str, Space]]:
    made = []
    for seed in range(SPACES):
        text = Writer(seed).text()
        try:
            space = oracle.parse(text)
            space.lower()
        except SpaceError as e:
            assert e.code in ("E402", "E304", "E305", "E301", "E501", "E202", "E206"), f"{e}\n{text}"
            continue
        made.append((text, space))
    return made


@pytest.fixture(scope="module")
def some(oracle: Any) -> list[tuple[str, Space]]:
    return spaces(oracle)


def answers_of(table: Table, index: Any, real: Any) -> dict[str, Any]:
    """Return a row as answers by path, every code that is there, active or not."""
    sets = {c for s in table.sets for c in s.columns}
    out: dict[str, Any] = {}
    for c, code in enumerate(index.tolist()):
        if code >= 0 and c not in sets:
            out[table.path[c]] = float(real[table.float_column[c]]) if table.kind[c] == FLOAT else code
    for s in table.sets:
        codes = [int(index[c]) for c in s.columns]
        if codes and codes[0] >= 0:
            picked = [k - 1 for k in codes if k > 0] if s.ordered else [k for k, code in enumerate(codes) if code]
            out[s.path] = tuple(picked)
    return out


def test_most_texts_are_spaces(some: list[tuple[str, Space]]) -> None:
    assert len(some) > SPACES / 2


def test_active_is_read(some: list[tuple[str, Space]], oracle: Any) -> None:
    for text, space in some:
        table = space.lower()
        shared = tuple(d.name for d in space.defs if d.kind == "shared")
        try:
            drawn = space.sample(20, seed=1)
        except SpaceError as e:
            assert e.code == "E501", text
            continue
        for candidate in drawn:
            answers = answers_of(table, candidate.point.index, candidate.point.real)
            reader = oracle.reader(table, shared, answers)
            reader.build(table.root)
            assert reader.seen.keys() == answers.keys(), f"{text}\n{candidate.text()}"


def test_the_reader_and_the_diagram_count_the_same(some: list[tuple[str, Space]], oracle: Any) -> None:
    counted = 0
    for text, space in some:
        found = oracle.candidates(space)
        if found is None:
            continue
        try:
            size = space.size()
            assert size.value == len(found), text
        except SpaceError as e:
            assert e.code == "E501" and not found, f"{e}\n{text}"
        counted += 1
    assert counted > SPACES / 4


def test_values_by_path_lead_back_to_the_point(some: list[tuple[str, Space]]) -> None:
    for text, space in some:
        try:
            drawn = space.sample(5, seed=2)
        except SpaceError:
            continue
        for candidate in drawn:
            again = space.candidate(candidate.to_dict())
            assert again == candidate, text
            assert type(candidate).parse(space, candidate.text()) == candidate, text


def test_columns_of_one_owner_are_contiguous_and_read_before_they_are_needed(some: list[tuple[str, Space]]) -> None:
    from symbolic.table.reads import column_reads

    for text, space in some:
        table = space.lower()
        position = np.empty(len(table), int)
        position[table.order] = np.arange(len(table))
        for c in range(len(table)):
            assert c < table.end[c] <= len(table), text
            assert all(position[r] < position[c] for r in column_reads(table, c)), text


TOKEN = re.compile(r'\s+|[A-Za-z_]\w*|\d+\.\d+|\d+|"[^"]*"|>>|\.\.|[<>=!]=|.')
STRANGERS = (
    "[*]",
    "[-1]",
    "[0]",
    " none ",
    " classes ",
    " active(k0) ",
    " sum(k0) ",
    '\nfix "rec/k0" to 1\n',
    '\nlimit "e0" to [a]\n',
)


def distort(text: str, r: random.Random) -> str:
    """Return a text with some tokens replaced, mostly by ones of the same class."""
    tokens = TOKEN.findall(text)
    for _ in range(r.randint(1, 3)):
        at = r.randrange(len(tokens))
        alike = [t for t in tokens if (t[0].isalpha(), t[0].isdigit()) == (tokens[at][0].isalpha(), tokens[at][0].isdigit())]
        tokens[at] = r.choice(alike) if r.random() < 0.85 else r.choice(STRANGERS)
    return "".join(tokens)


def test_distorted_texts_are_spaces_or_typed_errors(oracle: Any) -> None:
    r = random.Random(0)
    texts = [Writer(seed).text() for seed in range(20)]
    lowered = 0
    for _ in range(DISTORTED):
        text = distort(r.choice(texts), r)
        try:
            space = oracle.parse(text)
        except SpaceError:
            continue
        lowered += 1
        try:
            space.lower()
            candidate = space.sample(1)[0]
            assert space.candidate(candidate.to_dict()) == candidate
        except SpaceError as e:
            assert e.span is not None or e.code == "E501", f"{e}\n{text}"
    assert lowered > DISTORTED / 10
