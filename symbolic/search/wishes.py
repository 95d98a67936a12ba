"""`Wishes`: what a caller of `search` asks for. The one place where the types and ranges of its settings are checked."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs

from symbolic.candidate import Candidate
from symbolic.errors import SymspaceError
from symbolic.search.durations import seconds
from symbolic.search.objectives import Objectives
from symbolic.search.protocols import Algorithm, Backend, Executor
from symbolic.search.randomness import SeedError, checked_seed
from symbolic.search.targets import Goals
from symbolic.task import Task

DEFAULT_ALGORITHM = "regularized_evolution"
LARGEST = 2**53
"""Trials are counted and stored as exact numbers up to here."""


class PlanError(SymspaceError):
    """Settings of a search that are wrong, or do not go together."""


def whole(value: object, name: str, low: int, what: str) -> None:
    """Raise `PlanError` unless `value` is None or a whole number from `low` on."""
    if value is not None and (type(value) is not int or not low <= value <= LARGEST):
        raise PlanError(f"{name}={value!r}: {what}")


def store_path(store: object) -> None:
    """Raise `PlanError` unless `store` is None, a path, or the URL of a database."""
    if store is not None and (not isinstance(store, str | Path) or not str(store).strip()):
        raise PlanError(
            f"store={store!r}: a store is a file such as 'symspace.db', or the URL of a database; None keeps nothing"
        )


def flag(value: object, name: str) -> None:
    """Raise `PlanError` unless `value` is True or False."""
    if type(value) is not bool:
        raise PlanError(f"{name}={value!r}: it is True or False")


def hearers(listeners: object, stop: object) -> None:
    """Raise `PlanError` unless `listeners` is None or a list of functions, and `stop` None or something that can be set."""
    if listeners is not None and not (isinstance(listeners, list | tuple) and all(callable(x) for x in listeners)):
        raise PlanError(f"listeners={listeners!r}: give a list of functions of a notice, e.g. [sym.Progress()]; [] for none")
    if stop is not None and not hasattr(stop, "requested"):
        raise PlanError(f"stop={stop!r}: give a `symbolic.search.interrupts.Stop()`, and set its `requested`")


def _trials(instance: Any, attribute: Any, value: object) -> None:
    whole(value, "trials", 1, "a study has a whole number of trials, at least one")


def _epochs(instance: Any, attribute: Any, value: object) -> None:
    whole(value, "epochs", 1, "a supernet is trained for a whole number of epochs, at least one")


def _workers(instance: Any, attribute: Any, value: object) -> None:
    if type(value) is not int or value < 0:
        raise PlanError(f"workers={value!r}: write 0 for this process, or how many processes to start")


def _seed(instance: Any, attribute: Any, value: object) -> None:
    try:
        checked_seed(value)
    except SeedError as e:
        raise PlanError(str(e)) from e


def _duration(instance: Any, attribute: Any, value: Any) -> None:
    if value is not None:
        seconds(value)


def _amount(instance: Any, attribute: Any, value: object) -> None:
    if value is not None and (type(value) not in (int, float) or not 0 < value < math.inf):  # type: ignore[operator]
        raise PlanError(f"{attribute.name}={value!r}: it is a number of seconds above 0")


def _pause(instance: Any, attribute: Any, value: object) -> None:
    if type(value) not in (int, float) or not 0 <= value < math.inf:  # type: ignore[operator]
        raise PlanError(f"{attribute.name}={value!r}: it is a number of seconds, 0 or more")


def _name(instance: Any, attribute: Any, value: object) -> None:
    if value is not None and (not isinstance(value, str) or not value.strip()):
        raise PlanError(f"{attribute.name}={value!r}: it is a name, as text")


def _flag(instance: Any, attribute: Any, value: object) -> None:
    if not (value is None and attribute.default is None):
        flag(value, attribute.name)


def _function(instance: Any, attribute: Any, value: object) -> None:
    if value is not None and not callable(value):
        raise PlanError(f"evaluate={value!r}: it is a function of what a candidate builds, which returns a number")


def _with(*methods: str, attributes: tuple[str, ...] = (), named: bool = True, what: str) -> Callable[[Any, Any, object], None]:
    """Check for an instance that has what the protocol asks for, or (`named`) a call as text."""

    def check(instance: Any, attribute: Any, value: object) -> None:
        if (value is None and attribute.default is None) or (named and isinstance(value, str)):
            return
        lacks = [m for m in methods if not callable(getattr(value, m, None))]
        lacks += [a for a in attributes if not hasattr(value, a)]
        if isinstance(value, type) or lacks:
            raise PlanError(f"{attribute.name}={value!r}: {what}")

    return check


def _goals(instance: Any, attribute: Any, value: object) -> None:
    if value is None or isinstance(value, Objectives):
        return
    pairs = value.items() if isinstance(value, Mapping) else [(v, "") for v in value] if isinstance(value, list | tuple) else []
    if not isinstance(value, str | list | tuple | Mapping) or not all(isinstance(t, str) for pair in pairs for t in pair):
        raise PlanError(f"objectives={value!r}: write 'maximize accuracy', a list of such texts, or {{'accuracy': 'maximize'}}")


def _packages(instance: Any, attribute: Any, value: tuple[object, ...]) -> None:
    wrong = [v for v in value if not isinstance(v, str) or not v.isidentifier()]
    if wrong:
        raise PlanError(f"trust={wrong[0]!r}: name the package whose objects spaces may call, e.g. 'timm'")


def _facts(instance: Any, attribute: Any, value: object) -> None:
    if not isinstance(value, Mapping) or not all(isinstance(k, str) for k in value):
        raise PlanError(f"context={value!r}: it is a mapping of facts by name, e.g. {{'similarity': 0.8}}")


def _candidates(instance: Any, attribute: Any, value: tuple[object, ...]) -> None:
    wrong = [v for v in value if not isinstance(v, Candidate | Mapping)]
    if wrong:
        raise PlanError(f"queue={wrong[0]!r}: give candidates, or their values by path, {{'lr': 0.1}}")


def several(value: Any) -> tuple[Any, ...]:
    """Return what was given as a tuple: one thing alone, or a list of them."""
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def packages(value: Any) -> tuple[Any, ...]:
    """Return the names of packages as a tuple: one alone, or several."""
    return tuple(value) if isinstance(value, list | tuple | set | frozenset) else (value,)


def commands(value: Any) -> tuple[Any, ...]:
    """Return metric commands as texts `name=COMMAND`: one alone, several, or a mapping of them."""
    if isinstance(value, Mapping):
        return tuple(f"{name}={command}" for name, command in value.items())
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _commands(instance: Any, attribute: Any, value: tuple[object, ...]) -> None:
    wrong = [v for v in value if not isinstance(v, str)]
    if wrong:
        raise PlanError(f"metrics={wrong[0]!r}: write 'latency_ms=COMMAND {{onnx}}', several such texts, or a dict of commands")


@attrs.frozen(kw_only=True)
class Wishes:
    """What the caller of `search` asked for; None is "as you see fit".

    Raises `PlanError` for a setting of the wrong type or out of range, `DurationError` for a time that cannot be read.
    """

    evaluate: Callable[..., object] | None = attrs.field(default=None, validator=_function)
    task: str | Task | None = attrs.field(
        default=None,
        validator=_with(attributes=("facts",), what="it is the name of a task, 'digits', or a task of your own"),
    )
    algorithm: str | Algorithm = attrs.field(
        default=DEFAULT_ALGORITHM,
        validator=_with("start", attributes=("needs",), what="it is the name of an algorithm, 'random', or an instance of one"),
    )
    backend: str | Backend | None = attrs.field(
        default=None,
        validator=_with("describe", "evaluator", what="it is the name of a backend, 'train', or an instance of one"),
    )
    objectives: Goals | None = attrs.field(default=None, validator=_goals)
    trials: int | None = attrs.field(default=None, validator=_trials)
    time: float | str | None = attrs.field(default=None, validator=_duration)
    cost: float | None = attrs.field(default=None, validator=_amount)
    epochs: int | None = attrs.field(default=None, validator=_epochs)
    workers: int = attrs.field(default=0, validator=_workers)
    executor: Executor | None = attrs.field(
        default=None, validator=_with("open", named=False, what="it is an executor, no name")
    )
    trial_timeout: float | str | None = attrs.field(default=None, validator=_duration)
    seed: int = attrs.field(default=0, validator=_seed)
    study: str | None = attrs.field(default=None, validator=_name)
    baseline: bool | None = attrs.field(default=None, validator=_flag)
    reuse: bool = attrs.field(default=True, validator=_flag)
    deterministic: bool = attrs.field(default=False, validator=_flag)
    fidelity: str | None = attrs.field(default=None, validator=_name)
    metrics: tuple[str, ...] = attrs.field(default=(), converter=commands, validator=_commands)
    snapshot_s: float = attrs.field(default=30.0, validator=_pause)
    refit: bool = attrs.field(default=False, validator=_flag)
    restart_supernet: bool = attrs.field(default=False, validator=_flag)
    context: Mapping[str, Any] = attrs.field(factory=dict, validator=_facts)
    queue: tuple[Any, ...] = attrs.field(default=(), converter=several, validator=_candidates)
    warm_start: tuple[Any, ...] = attrs.field(default=(), converter=several)
    trust: tuple[str, ...] = attrs.field(default=(), converter=packages, validator=_packages)
