"""From a stored study to what it was started with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs

from symbolic.search import calls
from symbolic.search.sources import find_modules
from symbolic.search.store import Record, StoreError
from symbolic.search.wishes import Wishes
from symbolic.space import Space


def stored_space(record: Record, *, objects: bool = True) -> Space:
    """Return the space of a study from its text.

    With `objects` a Python target is imported again (`file.py:Net` with its folder on the path). Raises `StoreError` for one
    that was passed as an object of a script: such a study goes on in the program that has it.
    """
    from symbolic.language.load import load, parse

    target, folder = str(record.context.get("target", "")), str(record.context.get("folder", ""))
    space = parse(record.identity.space, str(Path(folder) / target) if target else f"study {record.identity.name}")
    if objects and not target and "__main__::" in record.identity.space:
        raise StoreError(
            f"study {record.identity.name!r} searches a class of the script that started it; continue it from there: "
            f"search(..., store=..., study={record.identity.name!r}), or start studies with the text 'script.py:Name'"
        )
    if not objects or ":" not in target:
        return space
    file, _, name = target.rpartition(":")
    path = Path(folder) / file
    if file.endswith(".py") and path.is_file():
        target = f"{path}:{name}"
    return attrs.evolve(space, objects=load(target).objects)


def stored_wishes(record: Record, *, trials: int | None, time: float | str | None, cost: float | None) -> Wishes:
    """Return what a study was started with, with another budget where one is given.

    Raises `StoreError` for a function that cannot be imported: such a study goes on in the program that has it.
    """
    identity, budget = record.identity, record.budget
    find_modules(record.context)
    try:
        backend = calls.from_text("backends", identity.backend)
    except calls.CallError as e:
        raise StoreError(
            f"study {identity.name!r} measures candidates with {identity.backend}, which cannot be made from its text ({e}); "
            f"continue it from Python: search(..., store=..., study={identity.name!r})"
        ) from e
    given: dict[str, Any] = {"trials": trials, "time": time, "cost": cost}
    if all(v is None for v in given.values()):
        given = {"trials": budget.trials, "time": budget.seconds, "cost": budget.cost_s}
    return Wishes(
        algorithm=identity.algorithm,
        backend=backend,
        seed=identity.seed,
        study=identity.name,
        baseline=bool(identity.options["baseline"]),
        reuse=bool(identity.options["reuse"]),
        deterministic=bool(identity.options["deterministic"]),
        fidelity=identity.options["fidelity"],
        trials=given["trials"],
        time=given["time"],
        cost=given["cost"],
        trust=record.context.get("trust", ()),
    )
