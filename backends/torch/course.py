"""A training whose recipe changes on the way: decisions of the `train` record that follow a schedule."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import numpy as np
import torch

from backends.errors import TrainError
from backends.torch.optimizers import arguments_of
from backends.torch.record import ENTRY, Recipe
from symbolic.points import Point, Schedule
from symbolic.schedules import point_of
from symbolic.space import Space
from symbolic.table.convert import to_dict
from symbolic.table.table import FLOAT

CHANGING = frozenset({"lr", "weight_decay", "momentum", "label_smoothing", "clip", "optimizer"})
"""Fields of a recipe that are read at every step; all others are settled when a training begins."""


@attrs.frozen(eq=False)
class Course:
    """`recipes[k]` holds from `progress[k]` (in [0, 1], rising from 0) on, with `arguments[k]` of its optimizer.

    `leads_lr`: the learning rate is exactly theirs, and rises and falls by no other schedule.
    """

    progress: tuple[float, ...]
    recipes: tuple[Recipe, ...]
    arguments: tuple[Mapping[str, Any], ...]
    leads_lr: bool

    def at(self, progress: float) -> tuple[Recipe, Mapping[str, Any]]:
        """Return the recipe at a progress of the training, and the arguments of its optimizer."""
        k = max(0, bisect_right(self.progress, progress) - 1)
        return self.recipes[k], self.arguments[k]


def online(space: Space) -> frozenset[str]:
    """Return the decisions that may change while a training goes on: the floats of the `train` record."""
    table = space.lower()
    return frozenset(table.path[c] for c in np.flatnonzero(table.kind == FLOAT) if table.path[c].startswith(f"{ENTRY}/"))


def course_of(
    space: Space, point: Point, schedules: Mapping[str, Schedule], recipe_of: Callable[[Point], Recipe]
) -> Course | None:
    """Return the course of a candidate that follows `schedules`; None without any.

    `recipe_of`: reads the recipe of a point. Raises `TrainError` for a decision that may not change on the way.
    """
    if not schedules:
        return None
    fixed = sorted(schedules.keys() - online(space))
    if fixed:
        named = ", ".join(sorted(online(space))) or "none"
        raise TrainError(f"{fixed[0]!r} cannot follow a schedule: decisions that can are {named}")
    values, table = to_dict(space.lower(), point), space.lower()
    marks = sorted({p for s in schedules.values() for p in s.progress})
    recipes = []
    for mark in marks:
        now = {path: s.values[bisect_right(s.progress, mark) - 1] for path, s in schedules.items()}
        with torch.device("meta"):
            recipes.append(recipe_of(point_of(table, {**values, **now})))
    _same_but_for_what_may_change(recipes)
    leads_lr = any(recipe.lr != recipes[0].lr for recipe in recipes) or f"{ENTRY}/lr" in schedules
    return Course(tuple(marks), tuple(recipes), tuple(arguments_of(r) for r in recipes), leads_lr)


def _same_but_for_what_may_change(recipes: list[Recipe]) -> None:
    first = recipes[0]
    for recipe in recipes[1:]:
        for field in attrs.fields(Recipe):
            old, new = getattr(first, field.name), getattr(recipe, field.name)
            if field.name == "optimizer":
                old, new = type(old), type(new)
            if old != new and (field.name not in CHANGING or field.name == "optimizer"):
                raise TrainError(f"train.{field.name} cannot follow a schedule: it is settled when a training begins")
