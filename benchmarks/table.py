"""Speed of the table: drawing, mutating, lowering, parsing, importing. Run: `python benchmarks/table.py`.

Each row is the median of several runs, beside PyGlove's figure for the same work where it is installed (pyglove 0.4.5).
"""

from __future__ import annotations

import importlib.util
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

import symbolic as sym
from symbolic.language.load import parse
from symbolic.table.lower import lower
from symbolic.table.sample import sample
from symbolic.table.vary import mutate

RUNS = 5
ROWS = 20_000
FIFTY = "\n".join(f"x{i} = " + " | ".join(f'"o{k}"' for k in range(10)) for i in range(50))
CELL = "\n".join(f"e{i} = " + " | ".join(f'"{o}"' for o in ("none", "skip", "conv1", "conv3", "pool")) for i in range(6))
THOUSAND = "\n".join(f"x{i} = " + " | ".join(f'"o{k}"' for k in range(10)) for i in range(1000))
LONG = "\n".join(f"x{i} = 1..{i + 2} default 2  # line {i}" for i in range(10_000))


def seconds(work: Callable[[], object], runs: int = RUNS) -> float:
    """Return the median time of a call, in seconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def row(name: str, value: str, peer: str = "-") -> None:
    """Print one line of the table."""
    print(f"{name:<44} {value:>18} {peer:>18}")


def pyglove_draws() -> str:
    """Return PyGlove's random candidates per second of 50 choices of 10."""
    if importlib.util.find_spec("pyglove") is None:
        return "not installed"
    import pyglove as pg  # type: ignore[import-not-found, unused-ignore]

    space = pg.Dict({f"x{i}": pg.oneof(list(range(10))) for i in range(50)})
    draws = pg.random_sample(space, seed=1)
    return f"{10 / seconds(lambda: [next(draws) for _ in range(10)], 3):,.0f}/s"


def pyglove_lowering() -> str:
    """Return how long PyGlove takes for the specification of 1,000 choices."""
    if importlib.util.find_spec("pyglove") is None:
        return "not installed"
    import pyglove as pg

    space = pg.Dict({f"x{i}": pg.oneof(list(range(10))) for i in range(1000)})
    return f"{seconds(lambda: pg.dna_spec(space), 3) * 1e3:,.0f} ms"


def import_seconds() -> float:
    """Return what `import symbolic` adds to the start of Python."""
    start = [sys.executable, "-c"]
    bare = seconds(lambda: subprocess.run([*start, "pass"], check=True))
    return seconds(lambda: subprocess.run([*start, "import symbolic"], check=True)) - bare


def main() -> None:
    """Measure and print."""
    rng = np.random.default_rng(0)
    row("", f"symspace {getattr(sym, '__version__', '')}", "pyglove")
    for name, text in (("50 choices of 10", FIFTY), ("NAS-Bench-201's cell", CELL)):
        table = parse(text).lower()
        rows = sample(table, ROWS, rng)
        drawn = seconds(lambda table=table: sample(table, ROWS, rng))  # type: ignore[misc]
        changed = seconds(lambda table=table, rows=rows: mutate(table, rows, rng))  # type: ignore[misc]
        row(f"codes, {name}", f"{ROWS / drawn:,.0f}/s", pyglove_draws() if table.n_floats == 0 and len(table) == 50 else "-")
        row(f"mutation, rows, {name}", f"{ROWS / changed:,.0f}/s")
    space = parse(THOUSAND)
    row("lowering 1,000 choices of 10", f"{seconds(lambda: lower(space)) * 1e3:,.1f} ms", pyglove_lowering())
    row("parse and check 10,000 lines", f"{seconds(lambda: parse(LONG).lower(), 3):.2f} s")
    row("import symbolic", f"{import_seconds() * 1e3:,.0f} ms")


if __name__ == "__main__":
    main()
