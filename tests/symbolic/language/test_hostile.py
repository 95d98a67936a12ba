"""Hostile files: refused with a typed error, or read, and never slow. What runs away is stopped by counting, not by a clock.

The bound on processor time is far above what is needed (`benchmarks/language.py` has the figures): it stands for "no hang".
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from symbolic.errors import SpaceError
from symbolic.language.load import load, parse

SECONDS = 5.0
DOUBLING = "block b0 = relu | gelu\n" + "\n".join(f"block b{i + 1} = b{i} >> b{i}" for i in range(60)) + "\nx = b60"
REFUSED = {
    "many open brackets": ("x = " + "(" * 50_000, "E105"),
    "many braces": ("x = " + "{ a: " * 200, "E105"),
    "many subsets": ("x = " + "subset of { " * 150, "E105"),
    "a tower of minus": ("a = 1..3\nx = " + "-" * 50_000 + "a", "E105"),
    "a long chain of names": ("a = 1 | 2\nx = a" + ".b" * 5_000, "E105"),
    "a long name": ("a" * 201 + " = 1 | 2", "E103"),
    "a huge number": ("x = " + "9" * 5_000, "E104"),
    "a huge exponent": ("x = 1e999999999", "E104"),
    "a huge power": ("x = 1..(10 ** 64 * 10 ** 64)", "E104"),
    "a power of powers": ("x = 1..(2 ** 64 ** 2)", "E104"),
    "a power of a decision": ("a = 1..64\nx = 1..(a ** a)", "E305"),
    "2 MB of comment": ("#" * 2_000_001, "E405"),
    "10,001 options": ("x = " + " | ".join(map(str, range(10_001))), "E405"),
    "a range without end": ("x = 1..99999999999", "E405"),
    "a grid without end": ("x = 0.0..1.0 step 1e-12", "E405"),
    "a repeat of billions": ("x = repeat 9999999999 { relu | gelu }", "E405"),
    "a long repeat": ("x = repeat 1..100000 { relu | gelu }", "E405"),
    "nested repeats": ("x = repeat 1..300 { repeat 1..300 { relu | gelu } }", "E405"),
    "repeats of repeats of repeats": ("x = repeat 99 { repeat 99 { repeat 99 { repeat 99 { relu } } } }", "E405"),
    "a repeat as long as a decision": ("n = 1..400000\nx = repeat n { relu | gelu }", "E405"),
    "doubling blocks": (DOUBLING, "E405"),
    "a deep rule": ("rule t depth 40 = relu | pair(t, t)\nblock pair(a: module, b: module) = a >> b\nx = t", "E405"),
    "two rules": ("rule t depth 9 = relu | pair(u, t)\nrule u depth 9 = gelu | pair(t, u)\n"
                  "block pair(a: module, b: module) = a >> b\nx = t", "E405"),
    "a large cell": ("x = dag(nodes: 900) { relu | gelu }", "E405"),
    "a grid of factors": ("n = 2..9\nx = n..1000000 times 1.0000001", "E405"),
    "long numbers in the diagram": ("x = repeat 1..120 { repeat 1..120 { relu | gelu } }", "E405"),
    "a large subset with a count": (f"x = subset 1..1500 of {{ {', '.join(map(str, range(3_000)))} }}", "E405"),
    "names of names of names": (
        "x0 = 1..3\n" + "\n".join(f"x{k} = x{k - 1} + x{k - 1}" for k in range(1, 60)), "E405"
    ),
}  # fmt: skip
READ = {
    "a text of nearly 2 MB": 'x = "' + "a" * 1_900_000 + '" | 2',
    "many options": "x = " + " | ".join(map(str, range(5_000))),
    "a subset of thousands": f"x = subset of {{ {', '.join(map(str, range(3_000)))} }}",
    "a sum of thousands": "x = repeat 3000 { 1..9 }\nrequire sum(x[*]) <= 12000",
    "all pairs": "\n".join(f"x{i} = 1..9" for i in range(40))
    + "\n"
    + "\n".join(f"require x{i} != x{j}" for i in range(40) for j in range(i)),
    "bounds on bounds": "a0 = 1..60\n" + "\n".join(f"a{i + 1} = 1..a{i}" for i in range(40)),
    "quotes and backslashes": 'x = "' + '\\"' * 100_000 + '" | 2',
    "blank lines": "x = 1 | 2" + "\n" * 500_000,
    "blanks before an operator": "x = 1\n" + " " * 500_000 + "| 2",
    "comments before an operator": "x = 1\n" + "# no\n" * 100_000 + "| 2",
}


@contextmanager
def quick() -> Iterator[None]:
    begin = time.process_time()
    yield
    assert time.process_time() - begin < SECONDS


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    text, code = REFUSED[name]
    with quick(), pytest.raises(SpaceError) as e:
        parse(text).size()
    assert e.value.code == code, str(e.value)[:200]


@pytest.mark.parametrize("name", READ)
def test_read(name: str) -> None:
    with quick():
        assert parse(READ[name]).size().value > 0


def test_links_do_not_lead_out(tmp_path: Path) -> None:
    (tmp_path / "secret.space").write_text("block a = relu | gelu\n")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link.space").symlink_to(tmp_path / "secret.space")
    (tmp_path / "in" / "loop.space").symlink_to(tmp_path / "in" / "loop.space")
    (tmp_path / "in" / "up").symlink_to(tmp_path)
    for path in ("link.space", "loop.space", "up/secret.space", "../secret.space", "/dev/zero", str(tmp_path / "secret.space")):
        with quick(), pytest.raises(SpaceError, match="E207"):
            parse(f'import "{path}" as lib\nx = lib.a', folder=tmp_path / "in")


def test_files_that_are_none(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.space")
    (tmp_path / "folder.space").mkdir()
    for name in ("pipe.space", "folder.space", "a" * 5_000, "nul\\u0000.space"):
        with quick(), pytest.raises(SpaceError, match="E207"):
            parse(f'import "{name}" as lib\nx = lib.a', folder=tmp_path)


def test_imports_in_a_circle_and_without_end(tmp_path: Path) -> None:
    for k in range(120):
        (tmp_path / f"f{k}.space").write_text(f'import "f{k + 1}.space" as next\nblock a = relu | gelu\n')
    (tmp_path / "self.space").write_text('import "self.space" as me\nblock a = relu\n')
    with quick(), pytest.raises(SpaceError, match="E405 more than 100 files"):
        parse('import "f0.space" as lib\nx = lib.a', folder=tmp_path)
    with quick(), pytest.raises(SpaceError, match=r"E207 'self\.space' imports itself"):
        parse('import "self.space" as lib\nx = lib.a', folder=tmp_path)


def test_large_files(tmp_path: Path) -> None:
    (tmp_path / "big.space").write_text("#" * 2_000_001)
    (tmp_path / "big.csv").write_text("a\n" + "1\n" * 800_000)
    with quick(), pytest.raises(SpaceError, match="E405"):
        load(str(tmp_path / "big.space"))
    with quick(), pytest.raises(SpaceError, match="E405"):
        parse('import "big.space" as lib\nx = lib.a', folder=tmp_path)
    with quick(), pytest.raises(SpaceError, match="E405"):
        parse('a = 1 | 2\nrequire (a,) in "big.csv"', folder=tmp_path)
