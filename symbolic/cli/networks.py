"""From a stored trial to its network: the candidate with its Python objects, the task's facts, the trained weights."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import attrs

from symbolic.candidate import Candidate
from symbolic.search.finished import Study, StudyError, StudyTrial
from symbolic.search.resuming import stored_space
from symbolic.search.store import store_at
from symbolic.search.targets import task_of
from symbolic.task import TaskFacts


@attrs.frozen(eq=False)
class Network:
    """What building a trial's network takes. `facts` is None where the study has no task; `checkpoint` where none is kept."""

    trial: StudyTrial
    candidate: Candidate
    facts: TaskFacts | None
    checkpoint: Path | None


def network_of(store: str, study: Study, number: int | None, trust: Sequence[str] = ()) -> Network:
    """Return the network of a trial, the best one where no number is given.

    Raises `StudyError` where there is no such trial, or several objectives have no best one.
    """
    trial = trial_of(study, number)
    space = stored_space(study.record, trust=trust)
    space, task = task_of(space, study.record.identity.task)
    space = attrs.evolve(space, trusted=(*space.trusted, *study.record.context.get("trust", ())))
    candidate = Candidate(space, trial.candidate.point)
    return Network(trial, candidate, None if task is None else task.facts, _checkpoint(store, study.name, trial.number))


def trial_of(study: Study, number: int | None) -> StudyTrial:
    """Return a trial by number, the best one where none is given. Raises `StudyError` as `network_of` does."""
    if number is None:
        if len(study.objectives.goals) > 1:
            numbers = ", ".join(str(t.number) for t in study.pareto)
            raise StudyError(
                f"the study has several objectives, so there is no one best trial: name one of {numbers} by --trial"
            )
        return study.best
    found = next((t for t in study.trials if t.number == number), None)
    if found is None:
        raise StudyError(f"study {study.name!r} has no trial {number}; it has {len(study.trials)}, counted from 0")
    return found


def _checkpoint(store: str, name: str, number: int) -> Path | None:
    view = store_at(store).view(name)
    try:
        folder = view.folder
    finally:
        view.disconnect()
    found = None if folder is None else folder / "checkpoints" / str(number)
    return found if found is not None and found.is_dir() else None
