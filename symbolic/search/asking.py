"""`open_study`: the search without its loop. A program asks for trials, runs them itself, and tells what they are worth."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import attrs

from symbolic.candidate import Candidate
from symbolic.importing import refuse_while_importing
from symbolic.points import Point
from symbolic.search.audience import Audience
from symbolic.search.changing import Change
from symbolic.search.desk import Desk
from symbolic.search.ending import decide, end
from symbolic.search.events import Failure, Result, Trial
from symbolic.search.finished import Study, StudyError
from symbolic.search.imported import Known, write
from symbolic.search.interrupts import Stop
from symbolic.search.loop import restore
from symbolic.search.memory import MemoryLog
from symbolic.search.notices import Listener, Note
from symbolic.search.plan import plan
from symbolic.search.problem import Budget
from symbolic.search.protocols import Algorithm
from symbolic.search.randomness import trial_seed
from symbolic.search.sitting import Sitting, close, desk_of, queue_of
from symbolic.search.store import Log, store_at
from symbolic.search.study import study_of
from symbolic.search.targets import Goals
from symbolic.search.told import Hand, Told
from symbolic.search.wishes import DEFAULT_ALGORITHM, Wishes, store_path
from symbolic.space import Space

MESSAGE = 1024


@attrs.frozen(eq=False)
class Asked:
    """A trial to run: its candidate, at which fidelity (None: the high end), with which seed for all that is random in it."""

    number: int
    candidate: Candidate
    fidelity: float | None
    seed: int
    origin: str
    _began: float = attrs.field(repr=False, factory=time.monotonic)


@attrs.define(eq=False)
class OpenStudy:
    """A study that is open for asking and telling; a context manager. Every trial and every result is stored at once."""

    space: Space
    desk: Desk
    hand: Hand
    seed: int
    read: Callable[[], Study]
    out: dict[int, Asked] = attrs.field(factory=dict)
    closed: bool = False

    def ask(self) -> Asked | None:
        """Return the next trial to run: the default candidate first, then queued ones, then what the algorithm proposes.

        What the log knows is answered from it and not asked for. None where nothing is proposed now: tell the results of the
        trials that are `out`; where none is, the search is over. Raises `StudyError` once the study is closed.
        """
        self._open()
        self.hand.capacity = len(self.desk.pending) + (0 if self.hand.given else 1)
        before = -1
        while not self.hand.given and before != self.desk.number:
            before = self.desk.number
            self._propose()
        if not self.hand.given:
            return None
        trial = self.hand.given.pop(0)
        assert isinstance(trial.point, Point), "durable trials are of candidates"
        seed = trial_seed(self.seed, trial.number)
        asked = Asked(trial.number, Candidate(self.space, trial.point), trial.fidelity, seed, trial.origin)
        self.out[trial.number] = asked
        return asked

    def _propose(self) -> None:
        from symbolic.search.proposing import propose

        propose(self.desk)
        if self.desk.served:
            served, self.desk.served = self.desk.served, []
            end(self.desk, served)

    def tell(self, trial: Asked | int, value: float | Mapping[str, float] | None = None, *, error: str | None = None) -> None:
        """Store what a trial is worth: a number (one objective) or metrics by name; or an `error`, and it counts as failed.

        What is not finite fails too. Raises `StudyError` for a trial that is not out, and for what is no result.
        """
        asked = self._out(trial)
        known = self._trial(asked)
        if (value is None) == (error is None):
            raise StudyError("tell a value or an error: tell(trial, 0.93), tell(trial, error='out of memory')")
        spent = time.monotonic() - asked._began
        if error is not None:
            result = Result(known, "failed", cost_s=spent, failure=Failure("raised", str(error)[-MESSAGE:]))
        else:
            result = Result(known, "ok", self._metrics(value), known.fidelity, spent)
        del self.out[asked.number]
        end(self.desk, [result])

    def report(self, trial: Asked | int, value: float | Mapping[str, float], fidelity: float) -> bool:
        """Store what a running trial is worth at a fidelity, rising; return whether it should go on."""
        asked = self._out(trial)
        return decide(self.desk, Result(self._trial(asked), "running", self._metrics(value), float(fidelity))) == "go"

    def _metrics(self, value: object) -> dict[str, float]:
        goals = self.desk.problem.objectives.goals
        if isinstance(value, Mapping):
            wrong = next((v for v in value.values() if not _number(v)), None)
            if wrong is None:
                return {str(k): float(v) for k, v in value.items()}
            value = wrong
        elif _number(value) and len(goals) == 1:
            return {goals[0].expression: float(value)}  # type: ignore[arg-type]
        stated = ", ".join(g.expression for g in goals)
        raise StudyError(f"{value!r} is no result: tell a number for one objective, or numbers by name ({stated})")

    def _out(self, trial: Asked | int) -> Asked:
        self._open()
        number = trial.number if isinstance(trial, Asked) else trial
        if number not in self.out:
            shown = ", ".join(map(str, sorted(self.out))) or "none"
            raise StudyError(f"trial {number!r} is not out, so nothing can be told of it; out are {shown}")
        return self.out[number]

    def _trial(self, asked: Asked) -> Trial:
        return self.desk.pending[asked.number].trial

    def _open(self) -> None:
        if self.closed:
            raise StudyError("the study is closed: open_study opens it again")

    @property
    def study(self) -> Study:
        """The study as it stands: trials, best, front, frame."""
        return self.read()

    def close(self) -> None:
        """Give back what is out (whoever opens the study next is asked to run it again) and let go of the store. Idempotent."""
        if not self.closed:
            self.closed = True
            nothing = not self.desk.pending and not self.hand.given
            over = nothing and not self.desk.search.ask([self.desk.number])
            close(self.desk, "done" if over else "interrupted")
            self.desk.log.disconnect()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _number(value: object) -> bool:
    """Whether a value is a number: of Python, of NumPy, or a tensor of one element."""
    return not isinstance(value, bool | str) and hasattr(value, "__float__")


def open_study(
    target: Any,
    *,
    algorithm: str | Algorithm = DEFAULT_ALGORITHM,
    objectives: Goals | None = None,
    seed: int = 0,
    store: str | Path | None = None,
    study: str | None = None,
    trials: int | None = None,
    baseline: bool | None = None,
    reuse: bool = True,
    queue: Sequence[Candidate | Mapping[str, Any]] = (),
    warm_start: Sequence[Study | str | Known] = (),
    context: Mapping[str, Any] | None = None,
    migrate: bool = False,
    switch: bool = False,
    listeners: Sequence[Listener] = (),
) -> OpenStudy:
    """Open a study to ask for trials and tell results, for a program that has a loop of its own.

    Everything is as in `search`, but no budget ends it: `trials` is what the algorithm scales its settings to. Several
    programs may have one stored study open at once.

    >>> from symbolic import parse
    >>> with open_study(parse("x = 0..9"), algorithm="random") as study:
    ...     for _ in range(4):
    ...         trial = study.ask()
    ...         study.tell(trial, -abs(trial.candidate.to_dict()["x"] - 6))
    ...     len(study.study.trials), study.study.trials[0].origin
    (4, 'baseline')
    """
    refuse_while_importing("a study")
    wishes = Wishes(
        backend=Told(),
        algorithm=algorithm,
        objectives=objectives,
        seed=seed,
        study=study,
        trials=trials,
        baseline=baseline,
        reuse=reuse,
        queue=queue,
        warm_start=warm_start,
        context=context or {},
    )
    store_path(store)
    made = plan(target, wishes)
    memory = MemoryLog(made.record)
    log: Log = memory
    if store is not None:
        log = store_at(store).open(made.identity, made.problem.table, made.record, Change(space=migrate, algorithm=switch))

    def read() -> Study:
        if store is not None:
            return study_of(store, made.space, log.record)
        return Study(made.space, made.problem.objectives, memory.record, None, lambda: memory)

    try:
        audience = Audience(list(listeners))
        lines = write(log, made.imported)
        audience.hear_all(Note(line) for line in (*log.remarks, *lines, *made.notes))
        sitting = Sitting(made, log, audience, Stop(), queue_of(made, log))
        hand = Hand(made.problem.facts)
        desk = desk_of(sitting, hand)
        desk.meter.budget = Budget()
        desk.submit_adopted(restore(desk))
    except BaseException:
        log.disconnect()
        raise
    return OpenStudy(made.space, desk, hand, made.identity.seed, read)
