"""Whether a study that is opened again is the one that was stored, and if not, how they differ."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from symbolic.search.plain import read_json
from symbolic.search.store import Identity, StoreError

SHOWN = 12


def same(stored: Identity, asked: Identity) -> bool:
    """Return whether space and algorithm are those that were stored."""
    return stored.space_hash == asked.space_hash and stored.algorithm == asked.algorithm


def check(stored: Identity, stored_columns: str, asked: Identity, asked_columns: str) -> None:
    """Raise `StoreError` with a diff unless both are one study. Nothing was changed by then."""
    lines = []
    if stored.space_hash != asked.space_hash:
        lines += space_diff(stored, stored_columns, asked, asked_columns)
    for name in ("task", "backend", "algorithm", "seed"):
        old, new = getattr(stored, name), getattr(asked, name)
        if old != new:
            lines.append(f"{name}: {old} -> {new}")
    for name in sorted({*stored.options, *asked.options}):
        old, new = stored.options.get(name), asked.options.get(name)
        if old != new:
            lines.append(f"{name}: {old} -> {new}")
    if lines:
        shown = "\n".join(f"  {line}" for line in lines)
        raise StoreError(
            f"study {asked.name!r} was started with something else:\n{shown}\n"
            "  choose another name for the study, or another store, or search what it was started with"
            + _remedies(stored, asked)
        )


def _remedies(stored: Identity, asked: Identity) -> str:
    """Say how the study may go on changed, where it may."""
    ways = []
    if stored.space_hash != asked.space_hash:
        ways.append("in the edited space: --migrate (migrate=True)")
    if stored.algorithm != asked.algorithm:
        name = asked.algorithm.partition("(")[0]
        ways.append(f"with the other algorithm: symspace resume {asked.name} --algorithm {name} (switch=True)")
    return "".join(f"\n  to go on {way}" for way in ways)


def space_diff(stored: Identity, stored_columns: str, asked: Identity, asked_columns: str) -> list[str]:
    """Return how two spaces differ: decisions by path; where those are equal, lines of the text."""
    old, new = _decisions(stored_columns), _decisions(asked_columns)
    lines = [f"- {p}" for p in old if p not in new] + [f"+ {p}" for p in new if p not in old]
    lines += [f"~ {p} {_shown(old[p])} -> {_shown(new[p])}" for p in old if p in new and old[p] != new[p]]
    if not lines:
        rows = difflib.ndiff(stored.space.splitlines(), asked.space.splitlines())
        lines = [row.rstrip() for row in rows if row[:2] in ("- ", "+ ")]
    more = [f"... and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    return lines[:SHOWN] + more


def _decisions(columns: str) -> Mapping[str, list[Any]]:
    return {path: rest for path, *rest in read_json(columns)}


def _shown(detail: list[Any]) -> str:
    kind, what = detail
    match kind:
        case "float":
            low, high, scale = what
            return f"{low:g}..{high:g}" + (" log" if scale == "log" else "")
        case "int":
            low, step, count = what
            return f"{low:g}..{low + step * (count - 1):g}" + (f" step {step:g}" if step != 1 else "")
    return " | ".join(map(str, what)) if isinstance(what, list) else f"{kind} of {what}"
