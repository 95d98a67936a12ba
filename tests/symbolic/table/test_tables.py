"""Tables of rows: exact sizes, draws over rows, unknown where a decision is not active; files with the place of each error."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symbolic.errors import SpaceError
from symbolic.language.load import parse
from symbolic.points import Population
from symbolic.space import Space
from symbolic.table import from_dict, mutate, mutate_one, neighbours, rank, sample, satisfies, unrank
from symbolic.table.single import Row

BASE = 'a = 1 | 2 | 3\nb = 1..3 when a > 1\nc = "x" | "y"\nd = 2..6 step 2 when c is x\n'
VALUES: dict[str, Sequence[Any]] = {"a": (1, 2, 3), "b": (1, 2, 3), "c": ("x", "y"), "d": (2, 4, 6)}


def all_candidates() -> list[dict[str, Any]]:
    return [c.to_dict() for c in everything(parse(BASE))]


def everything(space: Space) -> list[Any]:
    table = space.lower()
    from symbolic.candidate import Candidate

    return [Candidate(space, unrank(table, k)) for k in range(space.size().value)]


def truth(candidate: dict[str, Any], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> bool | None:
    """Kleene: a row is a conjunction, the table a disjunction; None in a row says "not active"."""
    answers: list[bool | None] = []
    for row in rows:
        cells: list[bool | None] = []
        for name, cell in zip(names, row, strict=True):
            if cell is None:
                cells.append(name not in candidate)
            else:
                cells.append(None if name not in candidate else candidate[name] == cell)
        answers.append(False if False in cells else None if None in cells else True)
    return True if True in answers else None if None in answers else False


def random_table(rng: random.Random, blanks: bool) -> tuple[list[str], list[list[Any]]]:
    names = rng.sample(list(VALUES), rng.randint(1, 4))
    rows = [
        [None if blanks and n in "bd" and rng.random() < 0.4 else rng.choice(VALUES[n]) for n in names]
        for _ in range(rng.randint(1, 6))
    ]
    return names, rows


def as_list(names: list[str], rows: list[list[Any]]) -> str:
    shown = ", ".join("(" + ", ".join(f'"{v}"' if isinstance(v, str) else str(v) for v in row) + ",)" for row in rows)
    return f"({', '.join(names)},) in [{shown}]"


def as_file(names: list[str], rows: list[list[Any]], path: Path) -> str:
    lines = [",".join(names), *(",".join('""' if v is None else str(v) for v in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    return f'({", ".join(names)},) in "{path.name}"'


@pytest.mark.parametrize("seed", range(60))
def test_sizes_and_rows_agree_with_brute_force(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    text, tests = BASE, []
    for k in range(rng.randint(1, 2)):
        names, rows = random_table(rng, blanks := rng.random() < 0.5)
        kind = rng.choice(["require", "forbid"])
        table = as_file(names, rows, tmp_path / f"{k}.csv") if blanks else as_list(names, rows)
        negated = rng.random() < 0.3
        text += f"{kind} {table.replace(' in ', ' not in ') if negated else table}\n"
        tests.append((names, rows, (kind == "require") != negated))
    space = parse(text, folder=tmp_path)
    wanted = []
    for candidate in all_candidates():
        found = [(truth(candidate, names, rows), needed) for names, rows, needed in tests]
        if all(answer is None or answer == needed for answer, needed in found):
            wanted.append(candidate)
    if not wanted:
        with pytest.raises(SpaceError, match="E501"):
            space.size()
        return
    assert space.size().value == len(wanted) and space.size().exact
    made = everything(space)
    assert sorted(map(str, (c.to_dict() for c in made))) == sorted(map(str, wanted))
    assert [rank(space.lower(), c.point) for c in made] == list(range(len(wanted)))
    assert parse(space.text()) == space
    check_rows(space, wanted)


def check_rows(space: Space, wanted: list[dict[str, Any]]) -> None:
    """Assert that both ways to evaluate a table of rows know the candidates from the rest."""
    plain, table = parse(BASE), space.lower()
    for candidate in everything(plain):
        point = from_dict(plain.lower(), candidate.to_dict())
        row = Row(table, point.index.tolist(), point.real.tolist())
        valid = candidate.to_dict() in wanted
        assert valid == (not any(row.violates(r) for r in table.rules))
        assert satisfies(table, Population.of([point]))[0] == valid


def test_a_table_inside_a_condition(tmp_path: Path) -> None:
    space = parse(
        "a = 1..3\nb = 1..3\nc = 1..3\nrequire c == 1 or (a, b) in [(1, 2), (2, 3)]\nforbid a == 3 and (b, c) in [(1, 1)]"
    )
    found = [
        (a, b, c)
        for a in (1, 2, 3)
        for b in (1, 2, 3)
        for c in (1, 2, 3)
        if (c == 1 or (a, b) in [(1, 2), (2, 3)]) and not (a == 3 and (b, c) == (1, 1))
    ]
    assert space.size().value == len(found)


def test_a_table_in_a_body_holds_where_the_body_is() -> None:
    space = parse("x = repeat 0..2 as r { let a = 1..3; let b = 1..3; require (a, b) in [(1, 1), (2, 3)]; { v: a + b } }")
    assert space.size().value == 1 + 2 + 4


@pytest.fixture
def dozens(tmp_path: Path) -> Callable[[int, int], tuple[Space, set[tuple[int, ...]]]]:
    """A space of many decisions with many allowed rows."""

    def make(decisions: int, count: int) -> tuple[Space, set[tuple[int, ...]]]:
        rng = random.Random(0)
        rows = {tuple(rng.randint(0, 9) for _ in range(decisions)) for _ in range(count)}
        names = [f"d{i}" for i in range(decisions)]
        lines = [",".join(names), *(",".join(map(str, row)) for row in sorted(rows))]
        (tmp_path / "rows.csv").write_text("\n".join(lines))
        text = "".join(f"{n} = 0..9\n" for n in names) + f'other = 1 | 2\nrequire ({", ".join(names)}) in "rows.csv"\n'
        return parse(text, folder=tmp_path), rows

    return make


def row_of(candidate: dict[str, Any]) -> tuple[int, ...]:
    return tuple(v for k, v in candidate.items() if k != "other")


def test_thousands_of_rows_over_dozens_of_decisions(dozens: Callable[[int, int], tuple[Space, set[tuple[int, ...]]]]) -> None:
    space, rows = dozens(24, 5000)
    assert space.size().value == 2 * len(rows) and space.size().exact
    drawn = space.sample(300, how="uniform")
    assert all(row_of(c.to_dict()) in rows for c in drawn)
    table = space.lower()
    moved = mutate(table, Population.of([c.point for c in drawn]), np.random.default_rng(0))
    assert satisfies(table, moved).all()
    assert all(satisfies(table, Population.of([mutate_one(table, c.point, np.random.default_rng(1))]))[0] for c in drawn[:20])
    assert satisfies(table, neighbours(table, drawn[0].point)).all()


@pytest.mark.parametrize("how", ["prior", "uniform"])
def test_every_row_is_drawn_alike(how: str, dozens: Callable[[int, int], tuple[Space, set[tuple[int, ...]]]]) -> None:
    space, rows = dozens(5, 40)
    table = space.lower()
    drawn = sample(table, 40_000, np.random.default_rng(3), how=how)
    counts = Counter(map(tuple, drawn.index[:, :-1].tolist()))
    expected = 40_000 / len(rows)
    assert set(counts) == rows
    assert sum((n - expected) ** 2 / expected for n in counts.values()) < 2 * len(rows), "chi squared"


def test_columns_are_found_by_path_or_name_in_any_order(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("train/lr,m/unit/w\r\n2,16\r\n1.0, 8\r\n\r\n")
    text = "block unit(w: int) = { k: w }\nm { unit: unit(8 | 16) }\ntrain { lr: 1 | 2 }\n"
    space = parse(text + 'require (m.unit.w, train.lr) in "rows.csv"', folder=tmp_path)
    assert sorted((c.to_dict()["m/unit/w"], c.to_dict()["train/lr"]) for c in everything(space)) == [(8, 1), (16, 2)]


def test_files_of_other_programs(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text('"on","act"\nTrue,"re,lu"\nFalse,gelu\n')
    text = 'on = true | false\nact = "re,lu" | "gelu"\n'
    assert parse(text + 'require (act, on) in "rows.csv"', folder=tmp_path).size().value == 2


def test_what_is_fixed_picks_rows() -> None:
    space = parse("a = 1..3\nb = 1..3\nc = 1..3\nrequire (a, b, c) in [(1, 2, 3), (1, 1, 1), (2, 2, 2)]")
    assert [c.to_dict() for c in everything(space.freeze({"a": 1}))] == [{"b": 1, "c": 1}, {"b": 2, "c": 3}]
    assert space.freeze({"a": 1, "b": 1, "c": 1}).size().value == 1
    with pytest.raises(SpaceError, match="E501 this require can never hold here"):
        space.freeze({"a": 3}).size()


@pytest.mark.parametrize(
    ("rows", "place", "message"),
    [
        ("a,b\n1,x\n2,z\n", "rows.csv:3:3", "E201 'b' cannot be 'z' (row 2, column 'b')\n  2,z\n    ^\n  one of x, y"),
        ("a,b\n1,x\n7,x\n", "rows.csv:3:1", "E201 'a' cannot be '7' (row 2, column 'a')\n  7,x\n  ^\n  1..3"),
        ("a,b\n1,x,y\n", "rows.csv:2:1", "E305 row 1 has 3 values, the header 2"),
        ("a,c\n1,x\n", "rows.csv:1:1", "E305 the rows have no column 'b'"),
        ("a,b,a\n1,x,1\n", "rows.csv:1:1", "E305 the rows have two columns 'a'"),
        ("a,b,cost\n1,x,1\n", "rows.csv:1:1", "E305 the rows have a column 'cost' that is not asked for"),
        ('a,b\n"1,x\n', "rows.csv:1:1", "E305 these rows are no CSV"),
        ("a,b\n", "<text>:3:19", "E305 'rows.csv' has no rows below its header"),
    ],
)
def test_errors_in_a_file_have_its_line_and_column(rows: str, place: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(rows)
    with pytest.raises(SpaceError) as e:
        parse('a = 1..3\nb = "x" | "y"\nrequire (a, b) in "rows.csv"', folder=tmp_path).lower()
    assert str(e.value).startswith(f"{place}: {message}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("require (a, f) in [(1, 2)]", "E305 a table of rows is about one-ofs and whole numbers, 'f' is neither"),
        ("require (a, s) in [(1, 2)]", "E305 a table of rows is about one-ofs and whole numbers, 's' is neither"),
        ("require (a, b) in [(1, 2), (1, 9)]", "E201 'b' cannot be '9' (row 2)"),
        ("require (a, b) in [(1, 2), (1)]", "E305 this is no row of 2 values"),
        ("require (a, b) in [1, 2]", "E305 this is no row of 2 values"),
        ("require (a, b) in []", "E305 'in' needs rows on its right"),
        ("require (a, b) in b", "E305 'in' needs rows on its right"),
        ("require (a, 3) in [(1, 3)]", "E305 a table of rows is about decisions: their names stand here"),
        ("require (a, b) in [(1, 2 | 3)]", "E305 a row holds constants and labels"),
        ('require (a, b) in "rows.csv"', "E207 a text that is no file has no folder to find 'rows.csv' in"),
    ],
)
def test_what_is_no_table_is_refused(text: str, message: str) -> None:
    with pytest.raises(SpaceError) as e:
        parse('a = 1..3\nb = 1..3\nf = 0.0..1.0\ns = subset of { "x", "y" }\n' + text).lower()
    assert message in str(e.value) and e.value.span is not None


def test_files_outside_the_folder_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("a\n1\n")
    (tmp_path / "in").mkdir()
    for path in ("../rows.csv", str(tmp_path / "rows.csv")):
        with pytest.raises(SpaceError, match="E207"):
            parse(f'a = 1..3\nrequire (a,) in "{path}"', folder=tmp_path / "in")
