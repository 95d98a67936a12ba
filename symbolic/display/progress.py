"""The listener of a search at a terminal or in a notebook: a bar with the best value so far, the rate, and the time left.

Where there is neither, a line for each improvement instead.
"""

from __future__ import annotations

import math
import sys
import time
from importlib.util import find_spec

import attrs
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from symbolic.display.words import few_digits
from symbolic.search.durations import shown
from symbolic.search.events import Result
from symbolic.search.notices import Adopted, Ended, Finished, Measured, Note, Notice, Opened, Restored, Served, Stepped, Waiting
from symbolic.search.objectives import Objectives


@attrs.define
class Progress:
    """Shows a search on standard error while it runs. `closing`: say what was found when it ends.

    Give it beside other listeners to keep the bar: `search(..., listeners=[Progress(), JsonLines("log.jsonl")])`.
    """

    closing: bool = True
    console: Console = attrs.field(factory=lambda: Console(stderr=True), repr=False)
    bar: Bar | None = attrs.field(default=None, init=False, repr=False)
    objectives: Objectives | None = attrs.field(default=None, init=False)
    began: float = attrs.field(default=0.0, init=False)
    seconds: float | None = attrs.field(default=None, init=False)
    trials: int | None = attrs.field(default=None, init=False)
    finished: int = attrs.field(default=0, init=False)
    before: int = attrs.field(default=0, init=False)
    baseline: tuple[float, ...] | None = attrs.field(default=None, init=False)
    best: str = attrs.field(default="", init=False)
    training: str = attrs.field(default="", init=False)

    def __call__(self, notice: Notice) -> None:
        """Take in one notice."""
        match notice:
            case Opened():
                self._open(notice)
            case Restored():
                self._restore(notice)
            case Note(text=text) | Waiting(reason=text):
                self._say(text)
            case Adopted(trial=trial):
                self._say(f"trial {trial.number} was left in the middle and runs again")
            case Finished(result=result, improved=improved):
                self._count(result, improved)
            case Served(result=result):
                self._count(result, improved=False)
            case Stepped(progress=progress):
                self.training = f"supernet {100 * progress:.0f}%" if progress < 1 else "scoring"
                self._show()
            case Measured():
                self.training = ""
                self._show()
            case Ended():
                self._end(notice)
            case _:
                pass

    def close(self) -> None:
        """Take the bar away. Idempotent; the search calls it however it ends."""
        if self.bar is not None:
            self.bar.stop()
            self.bar = None

    def _say(self, text: str) -> None:
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def _open(self, opened: Opened) -> None:
        going_on = f", going on after {opened.finished} trials" if opened.resumed else ""
        self._say(f"study {opened.study}: {opened.algorithm} on {opened.backend}{going_on}")
        self.objectives, self.began, self.training = opened.objectives, time.monotonic(), ""
        self.trials, self.seconds = opened.budget.trials, opened.budget.seconds
        self.finished = self.before = opened.finished
        self.best = "no best yet"
        if lives(self.console):
            self.bar = Bar(*_columns(), console=self.console, transient=True, redirect_stdout=sys.stdout.isatty())
            self.bar.add_task("search", total=self.trials, best="", rate="", left="")
            self.bar.start()
        self._show()

    def _restore(self, restored: Restored) -> None:
        """Go on from what led when the study was left."""
        if restored.baseline is not None:
            self._compare(restored.baseline)
        if restored.leading:
            self.best = self._words(restored.leading[0])
        self._show()

    def _compare(self, baseline: Result) -> None:
        """Take the default candidate's values to compare with, where it has some."""
        assert self.objectives is not None
        values = self.objectives.values(baseline.metrics)
        self.baseline = values if all(map(math.isfinite, values)) else None

    def _count(self, result: Result, improved: bool) -> None:
        self.finished += 1
        if result.trial.origin == "baseline":
            self._compare(result)
        if improved:
            self.best = self._words(result)
            if self.bar is None:
                self._say(f"trial {result.trial.number}: {self.best}")
        self._show()

    def _words(self, result: Result) -> str:
        """The best values, each with what it is beyond the default candidate's; of a front those of the last trial on it."""
        assert self.objectives is not None, "a study is opened before trials end"
        words, values = list[str](), self.objectives.values(result.metrics)
        for k, (goal, value) in enumerate(zip(self.objectives.goals, values, strict=True)):
            base = value if self.baseline is None else self.baseline[k]
            gain = f" ({value - base:+.3g})" if value != base else ""
            words.append(f"{goal.expression} {few_digits(value)}{gain}")
        return f"{'best' if len(words) == 1 else 'on the front'} {', '.join(words)}"

    def _show(self) -> None:
        if self.bar is None:
            return
        elapsed, done = time.monotonic() - self.began, self.finished - self.before
        rate = f"{done / elapsed:.1f}/s" if done and elapsed > 0 else ""
        (task,) = self.bar.task_ids
        left = self._left(elapsed)
        self.bar.update(task, total=self.trials, completed=self.finished, best=self.best, rate=rate, left=left)

    def _left(self, elapsed: float) -> str:
        """What is left of the budget that ends first, as far as it can be told."""
        if self.training:
            return self.training
        guesses = []
        if self.seconds is not None:
            guesses.append(max(0.0, self.seconds - elapsed))
        if self.trials is not None and self.finished > self.before:
            guesses.append(max(0, self.trials - self.finished) * elapsed / (self.finished - self.before))
        return f"{shown(min(guesses))} left" if guesses else ""

    def _end(self, ended: Ended) -> None:
        self.close()
        if self.closing and self.finished:
            self._say(f"{ended.finished} trials in {shown(ended.elapsed_s)}; {self.best}")


def lives(console: Console) -> bool:
    """Return whether a bar can move where a console prints: a terminal, or a notebook that has ipywidgets."""
    return console.is_terminal or (console.is_jupyter and find_spec("ipywidgets") is not None)


def _columns() -> tuple[ProgressColumn, ...]:
    return (
        SpinnerColumn(),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[best]}", markup=False),
        TextColumn("{task.fields[rate]}", markup=False),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}", markup=False),
    )
