"""What all benchmarks share: interleaved runs, medians, a table to read, raw results to keep."""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import attrs

RAW = Path(__file__).parents[1] / "docs" / "benchmarks"
Work = Callable[[], float]
"""One run: does the work and returns its figure (a rate, or seconds)."""


@attrs.frozen
class Row:
    """A figure asked for, ours and a peer's, each the median of interleaved runs.

    `unit` is what is counted; `asked` the figure to reach, 0 where none is asked; `less` says that less is better.
    """

    name: str
    ours: Work
    unit: str
    asked: float
    peer: Work | None = None
    runs: int = 5
    less: bool = False


@attrs.frozen
class Measured:
    """A row and what came of it: all runs, in order."""

    row: Row
    ours: tuple[float, ...]
    peer: tuple[float, ...] = ()

    @property
    def reached(self) -> bool:
        """Whether the median of ours reaches what was asked."""
        median = statistics.median(self.ours)
        return median <= self.row.asked if self.row.less else median >= self.row.asked


def rate(work: Callable[[], object], count: int) -> float:
    """Return how many of `count` things a call does in a second."""
    return count / seconds(work)


def seconds(work: Callable[[], object]) -> float:
    """Return the wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(row: Row) -> Measured:
    """Run ours and the peer's in turn, so that a busy machine is busy for both."""
    ours, peer = [], []
    for _ in range(row.runs):
        ours.append(row.ours())
        if row.peer is not None:
            peer.append(row.peer())
    return Measured(row, tuple(ours), tuple(peer))


def machine() -> dict[str, object]:
    """Describe the machine and what else it was doing, as far as it says so itself."""
    packages = {}
    for name in ("symspace", "torch", "numpy", "pyglove", "optuna"):
        try:
            packages[name] = version(name)
        except PackageNotFoundError:
            continue
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "packages": packages,
        "load": [round(x, 2) for x in os.getloadavg()],
        "date": time.strftime("%Y-%m-%d"),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.processor())


def shown(value: float) -> str:
    """Three digits that count, thousands separated."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def table(measured: Sequence[Measured]) -> str:
    """Return a Markdown table: asked, ours, the peer's, their ratio."""
    lines = ["| what | unit | asked | symspace | peer | ratio |", "|---|---|---|---|---|---|"]
    for m in measured:
        ours = statistics.median(m.ours)
        peer = statistics.median(m.peer) if m.peer else None
        ratio = "-" if peer is None else shown(peer / ours if m.row.less else ours / peer)
        mark = "" if m.reached else " (missed)"
        other = "-" if peer is None else shown(peer)
        asked = ("at most " if m.row.less else "") + shown(m.row.asked) if m.row.asked else "-"
        lines.append(f"| {m.row.name} | {m.row.unit} | {asked} | {shown(ours)}{mark} | {other} | {ratio} |")
    return "\n".join(lines)


def keep(name: str, measured: Sequence[Measured]) -> Path:
    """Write all runs and the machine to `docs/benchmarks/NAME.json`; return the path."""
    RAW.mkdir(parents=True, exist_ok=True)
    rows = [
        {"name": m.row.name, "unit": m.row.unit, "asked": m.row.asked, "less": m.row.less, "ours": m.ours, "peer": m.peer}
        for m in measured
    ]
    path = RAW / f"{name}.json"
    path.write_text(json.dumps({"machine": machine(), "rows": rows}, indent=1) + "\n", encoding="utf-8")
    return path
