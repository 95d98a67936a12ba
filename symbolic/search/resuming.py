"""From a stored study to what it was started with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from symbolic.errors import SymspaceError
from symbolic.search import calls
from symbolic.search.store import Record, StoreError
from symbolic.search.vouching import is_own, vouch
from symbolic.search.wishes import Wishes
from symbolic.space import Space
from symbolic.task import Task


def stored_space(record: Record, *, objects: bool = True, trust: Sequence[str] = ()) -> Space:
    """Return the space of a study from its text.

    With `objects` a Python target is imported again (`file.py:Net` with its folder on the path), and so is what a dict or a
    space of Python objects refers to, where it is of the user's project or in `trust`. Raises `StoreNotTrusted` elsewhere,
    `LoadError` for what is not there any more, `ImportedSearchError` for a script that searches whenever it is imported.
    """
    from symbolic.language.load import load, parse

    target, folder = str(record.context.get("target", "")), str(record.context.get("folder", ""))
    file, text = Path(folder) / target, record.identity.space
    known = bool(target) and ("::" not in text or is_own(file, trust))  # building trusts the folder of a space's file
    space = parse(text, str(file) if known else f"study {record.identity.name}")
    if not objects:
        return space
    vouch(record, trust)
    if ":" in target:
        return attrs.evolve(space, objects=load(_located(target, folder)).objects)
    return attrs.evolve(space, objects={name: calls.imported(name) for name in record.context.get("names", ())})


def _located(target: str, folder: str) -> str:
    """Return a target as it is found from here: a relative file lies in the folder where the study was started."""
    file, _, name = target.rpartition(":")
    if not file:
        path = Path(folder) / target
        return str(path) if path.is_file() else target
    path = Path(folder) / file
    return f"{path}:{name}" if file.endswith(".py") and path.is_file() else target


def edited_target(record: Record, wishes: Wishes, trust: Sequence[str] = ()) -> tuple[Any, Wishes]:
    """Return what a study searches as it is now, to be read again, and its task and objectives where they were given beside it.

    Raises `StoreError` for a space that was passed as an object: only the program that made it has it.
    """
    target, folder = record.context.get("target"), str(record.context.get("folder", ""))
    if target is None:
        name = record.identity.name
        raise StoreError(
            f"study {name!r} searches a space that a program made, which has no file to read again: migrate it from there, "
            f"search(space, ..., study={name!r}, migrate=True)"
        )
    vouch(record, trust)
    given = record.context.get("given") or {}
    return _located(str(target), folder), attrs.evolve(wishes, task=given.get("task"), objectives=given.get("objectives"))


def stored_wishes(
    record: Record, *, trials: int | None, time: float | str | None, cost: float | None, trust: Sequence[str] = ()
) -> Wishes:
    """Return what a study was started with, with another budget where one is given.

    Raises `StoreError` for a function that cannot be imported: such a study goes on in the program that has it.
    """
    identity, budget = record.identity, record.budget
    vouch(record, trust)
    try:
        backend = calls.from_text("backends", identity.backend)
    except calls.CallError as e:
        nameless = "a lambda, a partial or what a function made has no name to import it by"
        why = nameless if ".<" in identity.backend or "::<" in identity.backend else str(e)
        raise StoreError(
            f"study {identity.name!r} measures candidates with {identity.backend}, which cannot be made from its text ({why}); "
            f"continue it from Python: search(..., store=..., study={identity.name!r})"
        ) from e
    given: dict[str, Any] = {"trials": trials, "time": time, "cost": cost}
    if all(v is None for v in given.values()):
        given = {"trials": budget.trials, "time": budget.seconds, "cost": budget.cost_s}
    return Wishes(
        task=_stored_task(record),
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


def _stored_task(record: Record) -> Task | None:
    """Return the task that was given as an object; None where the space's text names it, or there is none.

    Raises `StoreError` for one that cannot be made from its text.
    """
    given: Mapping[str, Any] = record.context.get("given") or {}
    text = record.identity.task
    if text is None or given.get("task") is not None or not record.context.get("task_object"):
        return None
    try:
        task: Task = calls.from_text("tasks", text)
        task.facts  # noqa: B018  # made of data that may not be there
    except SymspaceError as e:
        name = record.identity.name
        raise StoreError(
            f"study {name!r} is about a task that a program made, {text}, which cannot be made again ({e}); "
            f"continue it from Python: search(..., task=..., store=..., study={name!r})"
        ) from e
    return task
