"""Task `table`: a CSV file of numbers and a column to predict, `table(path: "x.csv", target: "y")`."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs

from backends.errors import BackendError
from backends.torch.tasks.arguments import optional_text, share, text, whole
from backends.torch.tasks.defaults import CLASSIFICATION, REGRESSION, train
from backends.torch.tasks.files import Rows, column, found, read_csv
from symbolic.shapes import features
from symbolic.task import TaskFacts

if TYPE_CHECKING:
    from backends.torch.data import Splits

GOALS = ("auto", "classification", "regression")


def _goal(task: Any, attribute: Any, value: object) -> None:
    if value not in GOALS:
        raise BackendError(f"task table: goal is {value!r}; it is one of {', '.join(GOALS)}")


@attrs.frozen(slots=False)
class Table:
    """The task with its arguments. `goal` `auto`: a target of texts or whole numbers is a class, any other a number to predict.

    `ignore` names columns to leave out, joined by commas. The others are features: numbers, standardised by the training part.
    """

    path: str = attrs.field(validator=text)
    target: str = attrs.field(validator=text)
    goal: str = attrs.field(default="auto", validator=_goal)
    ignore: str | None = attrs.field(default=None, validator=optional_text)
    validation: float = attrs.field(default=0.2, validator=share)
    test: float = attrs.field(default=0.2, validator=share)
    seed: int = attrs.field(default=0, validator=whole)

    @cached_property
    def facts(self) -> TaskFacts:
        """What a space needs to know; reads the file, without its numbers."""
        header, rows = self._read()
        count = len(self._features(header))
        known = self._labels(header, rows)
        if known is None:
            return TaskFacts(
                "table", features(count), {"features": count}, REGRESSION, train(lr=3e-3, batch_size=32, epochs=30), features(1)
            )
        values = {"classes": len(known), "features": count}
        return TaskFacts(
            "table", features(count), values, CLASSIFICATION, train(batch_size=32, epochs=20), features(len(known))
        )

    def load(self) -> Splits:
        """Load the data: inputs float32 `[row, feature]`; targets int64 `[row]`, or float32, standardised alike.

        Classes are numbered by their texts in order, whole numbers by size. Raises `BackendError` with the line of a value
        that is no number.
        """
        import numpy as np

        from backends.torch.splitting import stratified
        from backends.torch.tasks.parts import of_vectors

        header, rows = self._read()
        inputs = np.array([self._numbers(rows, c, header) for c in self._features(header)]).T
        known, at = self._labels(header, rows), column("table", found("table", self.path), header, self.target)
        if known is None:
            targets = np.array(self._numbers(rows, at, header))
        else:
            number = {label: i for i, label in enumerate(known)}
            targets = np.array([number[row[at].strip()] for row in rows], np.int64)
        parts = stratified(targets, self.validation, self.test, self.seed)
        return of_vectors(inputs, targets, None if known is None else len(known), parts)

    def _read(self) -> tuple[list[str], Rows]:
        return read_csv("table", found("table", self.path))

    def _features(self, header: list[str]) -> list[int]:
        """The columns that are neither the target nor ignored."""
        place = found("table", self.path)
        left_out = {column("table", place, header, name.strip()) for name in (self.ignore or "").split(",") if name.strip()}
        left_out.add(column("table", place, header, self.target))
        kept = [i for i in range(len(header)) if i not in left_out]
        if not kept:
            raise BackendError(f"task table: {place} has no column beside the target {self.target!r}")
        return kept

    def _labels(self, header: list[str], rows: Rows) -> list[str] | None:
        """The classes in their order, None where the target is a number to predict."""
        at = column("table", found("table", self.path), header, self.target)
        texts = {row[at].strip() for row in rows}
        numbers = all(_is_number(t) for t in texts)
        if self.goal == "regression" or (self.goal == "auto" and numbers and not all(float(t).is_integer() for t in texts)):
            return None
        if "" in texts:
            raise BackendError(f"task table: the target {self.target!r} is empty in a row of {self.path}")
        if len(texts) < 2:
            raise BackendError(f"task table: the target {self.target!r} is {texts.pop()!r} in every row of {self.path}")
        return sorted(texts, key=(lambda t: (float(t), t)) if numbers else (lambda t: (0.0, t)))

    def _numbers(self, rows: Rows, at: int, header: list[str]) -> list[float]:
        """The numbers of a column. Raises `BackendError` with the row of a value that is none."""
        for i, row in enumerate(rows):
            if not _is_number(row[at]):
                raise BackendError(
                    f"task table: {self.path}, row {i + 1}: {header[at]} is {row[at]!r}, which is no number; write texts as "
                    f"numbers, fill what is missing, or leave the column out: ignore: {header[at]!r}"
                )
        return [float(row[at]) for row in rows]


def _is_number(value: str) -> bool:
    try:
        return math.isfinite(float(value))
    except ValueError:
        return False
