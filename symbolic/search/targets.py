"""From what the user hands over to the space of a study: its task and objectives filled in, so that the text says it all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import attrs

from symbolic import registry
from symbolic.errors import SymspaceError
from symbolic.nodes import Arg, Const, Expr, Goal
from symbolic.nodes import Call as CallNode
from symbolic.search import calls
from symbolic.search.objectives import Objectives
from symbolic.space import Space
from symbolic.task import Task

Goals: TypeAlias = "str | Sequence[str] | Mapping[str, str] | Objectives"
VALUE = "value"
_DIRECTIONS = ("maximize", "minimize")


class TargetError(SymspaceError):
    """Something that is no space, task or objective."""


def space_of(target: Any) -> Space:
    """Return the space of a target: a `Space`, a class, a dict, or the text `file.space`, `file.py:Name`, `module:name`."""
    if isinstance(target, Space):
        return target
    if isinstance(target, str | Path):
        from symbolic.language.load import load

        return load(str(target))
    from symbolic.python.space import space

    return space(target)


def task_of(space: Space, task: str | Task | None) -> tuple[Space, Task | None]:
    """Return the space with the task named in it, and the task; `task` wins over the space's own.

    Raises `TargetError` for a task that is no call of a registered one, `RegistryError` for an unknown name.
    """
    if task is None:
        if space.task is None:
            return space, None
        args = {a.name: a.value.value for a in space.task.args if a.name is not None and isinstance(a.value, Const)}
        made: Task = registry.get("tasks", space.task.fn)(**args)
        return space, made
    if not isinstance(task, str):
        return attrs.evolve(space, facts=task.facts), task
    call = calls.read(task)
    if call.positional or not all(v is None or isinstance(v, int | float | str | bool) for v in call.named.values()):
        raise TargetError(f"{task!r} is no task: write its name, or its name with named constants, e.g. digits(seed: 1)")
    node = CallNode(call.name, tuple(Arg(k, Const(v)) for k, v in call.named.items()))
    return attrs.evolve(space, task=node), calls.from_text("tasks", task)


def with_objectives(space: Space, objectives: Goals | None, task: Task | None) -> Space:
    """Return the space with the study's objectives in its text.

    `objectives` (`"maximize accuracy"`, several of them, or `{"accuracy": "maximize"}`) replace the space's own. Where neither
    states one: the task's first metric, else `maximize value`. Raises `TargetError` for text that is no objective, E201 for
    a metric the task does not report.
    """
    if objectives is not None:
        return _stated(space, statements(objectives))
    if space.objectives:
        return space
    name, up = next(iter(task.facts.metrics.items())) if task is not None and task.facts.metrics else (VALUE, True)
    return attrs.evolve(space, objectives=(Goal(up, Expr("metric", (Const(name),))),))


def statements(objectives: Goals) -> list[str]:
    """Return objectives as statements of the language."""
    match objectives:
        case Objectives():
            return [str(g) for g in objectives.goals] + [f"require {limit.condition}" for limit in objectives.limits]
        case str():
            found = [objectives]
        case Mapping():
            found = [f"{direction} {name}" for name, direction in objectives.items()]
        case _:
            found = list(objectives)
    for text in found:
        if text.split(" ", 1)[0] not in _DIRECTIONS or "\n" in text:
            raise TargetError(f"{text!r} is no objective: write e.g. 'maximize accuracy' or 'minimize params(model)'")
    if not found:
        raise TargetError("no objective: leave `objectives` out, or write e.g. 'maximize accuracy'")
    return found


def _stated(space: Space, lines: Sequence[str]) -> Space:
    from symbolic.language.load import parse

    bare = attrs.evolve(space, objectives=())
    read = parse(bare.text() + "\n".join(lines) + "\n", "objectives")
    return attrs.evolve(space, objectives=read.objectives, constraints=read.constraints)
