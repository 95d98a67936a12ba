"""A study as an Optuna study, in a storage of Optuna's, for its dashboard and its plots."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from symbolic.errors import SymspaceError
from symbolic.search.finished import Study

if TYPE_CHECKING:
    import optuna

MARK = "symspace"
"""The attribute of an Optuna study that says which study it was written from."""


class ExportError(SymspaceError):
    """A study that cannot be written for another program."""


def export_to_optuna(study: Study, url: str) -> int:
    """Write all trials of a study as an Optuna study of the same name to a storage; return how many.

    `url` as Optuna reads it: `sqlite:///x.db`, or that of a database server. Parameters are the decisions by path, absent
    where they are not active. `stopped` trials are pruned ones; limits on metrics are constraints (above 0: violated), and
    an infeasible trial that has no values is a pruned one; reports are intermediate values of the first objective. Other
    metrics, origin, cost and errors are attributes. A study that was written there before is written anew. Raises
    `ExportError` where Optuna is missing, the storage cannot be used, or has another study of this name.
    """
    if importlib.util.find_spec("optuna") is None:
        raise ExportError("writing an Optuna study needs optuna: pip install 'symspace[optuna]'")
    from symbolic.dashboard.trials import frozen_trials

    made = frozen_trials(study)
    try:
        with _quiet():
            target = _fresh(study, url)
            target.add_trials(made)
    except ExportError:
        raise
    except Exception as e:  # of Optuna, its storage, or the driver of the database below
        raise ExportError(
            f"the storage {url!r} cannot be written: {str(e).splitlines()[0] if str(e) else type(e).__name__}"
        ) from e
    return len(made)


def _fresh(study: Study, url: str) -> optuna.Study:
    """Make the Optuna study, in place of one that was written from the same study before."""
    import optuna

    storage = optuna.storages.get_storage(url)
    mark = _mark(study)
    if study.name in (known.study_name for known in optuna.get_all_study_summaries(storage, include_best_trial=False)):
        before = optuna.load_study(study_name=study.name, storage=storage)
        if before.user_attrs.get(MARK) != mark:
            raise ExportError(f"{url} has another study called {study.name!r}: write to another file")
        optuna.delete_study(study_name=study.name, storage=storage)
    goals = study.objectives.goals
    ways = optuna.study.StudyDirection
    directions = [ways.MAXIMIZE if g.maximize else ways.MINIMIZE for g in goals]
    made = optuna.create_study(storage=storage, study_name=study.name, directions=directions)
    made.set_metric_names([g.expression for g in goals])
    made.set_user_attr(MARK, mark)
    made.set_user_attr("algorithm", study.record.algorithm)
    made.set_user_attr("constraints", [limit.condition for limit in study.objectives.limits])
    made.set_user_attr("space", study.space.text())
    return made


def _mark(study: Study) -> list[Any]:
    """What tells a study from all others, however it goes on."""
    return [study.name, study.record.created_s]


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Optuna from telling what it does; metric names are experimental to it."""
    import optuna

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield
    finally:
        optuna.logging.set_verbosity(before)
