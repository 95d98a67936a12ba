"""Write the tables of `docs/benchmarks.md` from the raw results in `docs/benchmarks/`: `python -m benchmarks.page`.

The page's text stays as it is; what stands between `<!-- NAME -->` and `<!-- end -->` is replaced by the table of `NAME.json`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.blackbox import Curve, header, line
from benchmarks.harness import RAW, Measured, Row, table

PAGE = RAW.parent / "benchmarks.md"
PLACE = re.compile(r"<!-- ([\w-]+) -->\n.*?<!-- end -->", re.S)


def nothing() -> float:
    """A row that was read has no work of its own."""
    raise RuntimeError("this row comes from a file")


def machine_line(machine: dict[str, Any]) -> str:
    """Return one line that says where and with what the figures came about."""
    packages = ", ".join(f"{k} {v}" for k, v in machine["packages"].items())
    load = machine["load"][0]
    return (
        f"*{machine['date']}: {machine['processor']}, {machine['cores']} cores, Python {machine['python']}, {packages}; "
        f"load {load:g} when the run ended.*"
    )


def figures(raw: dict[str, Any]) -> str:
    """Return the table of a run of rows."""
    rows = []
    for r in raw["rows"]:
        row = Row(r["name"], nothing, r["unit"], r["asked"], less=r["less"])
        rows.append(Measured(row, tuple(r["ours"]), tuple(r["peer"])))
    return table(rows)


def curves(raw: dict[str, Any]) -> str:
    """Return the table of a run of searches."""
    found = [Curve(c["name"], np.array(c["regret"]), c["seconds"]) for c in raw["curves"]]
    trials = found[0].regret.shape[1]
    return "\n".join([header(trials), *(line(c, trials) for c in found)])


def section(name: str) -> str:
    """Return what stands between the marks of a raw file; an empty place where the file is not there."""
    path: Path = RAW / f"{name}.json"
    if not path.exists():
        return f"<!-- {name} -->\nNot measured yet.\n<!-- end -->"
    raw = json.loads(path.read_text(encoding="utf-8"))
    shown = figures(raw) if "rows" in raw else curves(raw)
    return f"<!-- {name} -->\n{machine_line(raw['machine'])}\n\n{shown}\n<!-- end -->"


def main() -> None:
    """Rewrite the page."""
    PAGE.write_text(PLACE.sub(lambda m: section(m[1]), PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
