"""The listener of a search at a terminal: a bar with the best value so far, the rate, and the time left.

Where standard error is no terminal, a line for each improvement instead.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import attrs
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from symbolic.search.durations import shown
from symbolic.search.notices import Adopted, Ended, Finished, Measured, Note, Notice, Opened, Served, Stepped, Waiting
from symbolic.search.objectives import Objectives


@attrs.define
class Display:
    """What is on the screen of one search."""

    console: Console
    objectives: Objectives
    progress: Progress
    bar: TaskID
    began: float = attrs.field(factory=time.monotonic)
    seconds: float | None = None
    trials: int | None = None
    finished: int = 0
    before: int = 0
    best: str = "none yet"
    training: str = ""

    def hear(self, notice: Notice) -> None:
        """Take in one notice."""
        match notice:
            case Opened():
                self._open(notice)
            case Note(text=text) | Waiting(reason=text):
                self.console.print(text, markup=False, highlight=False)
            case Adopted(trial=trial):
                self.console.print(f"trial {trial.number} was left in the middle and runs again", highlight=False)
            case Finished(result=result, improved=improved):
                self._count(self.objectives.values(result.metrics) if improved else None, result.trial.number)
            case Served():
                self._count(None, notice.result.trial.number)
            case Stepped(progress=progress):
                share = f"{100 * progress:.0f}%"
                self.training = f"supernet {share}" if progress < 1 else "scoring"
                self._show()
            case Measured() | Ended():
                self.training = ""
                self._show()
            case _:
                pass

    def _open(self, opened: Opened) -> None:
        going_on = f", going on after {opened.finished} trials" if opened.resumed else ""
        line = f"study {opened.study}: {opened.algorithm} on {opened.backend}{going_on}"
        self.console.print(line, markup=False, highlight=False, soft_wrap=True)
        self.trials, self.seconds = opened.budget.trials, opened.budget.seconds
        self.finished = self.before = opened.finished
        self.began = time.monotonic()
        self.progress.start_task(self.bar)
        self._show()

    def _count(self, values: tuple[float, ...] | None, number: int) -> None:
        self.finished += 1
        if values is not None:
            pairs = zip(self.objectives.goals, values, strict=True)
            self.best = ", ".join(f"{goal.expression} {value:.4f}" for goal, value in pairs)
            if not self.console.is_terminal:
                self.console.print(f"trial {number}: best so far {self.best}", highlight=False)
        self._show()

    def _show(self) -> None:
        elapsed = time.monotonic() - self.began
        done = self.finished - self.before
        rate = f"{done / elapsed:.1f}/s" if done and elapsed > 0 else ""
        self.progress.update(
            self.bar, total=self.trials, completed=self.finished, best=self.best, rate=rate, left=self._left(elapsed)
        )

    def _left(self, elapsed: float) -> str:
        if self.training:
            return self.training
        guesses = []
        if self.seconds is not None:
            guesses.append(max(0.0, self.seconds - elapsed))
        if self.trials is not None and self.finished > self.before:
            guesses.append((self.trials - self.finished) * elapsed / (self.finished - self.before))
        return f"{shown(min(guesses))} left" if guesses else ""


@contextmanager
def display(objectives: Objectives) -> Iterator[Display]:
    """Show a search's progress on standard error inside the block."""
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("best {task.fields[best]}"),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("search", start=False, total=None, best="none yet", rate="", left="")
        yield Display(console, objectives, progress, bar)
