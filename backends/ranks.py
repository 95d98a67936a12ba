"""One trial in several processes: data-parallel training inside a user's function. Rank 0 reports, all hear the verdict."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import tempfile
import threading
import traceback
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import attrs

from backends.errors import BackendError
from backends.handle import Handle, metrics_of

PATIENCE_S = 10.0
"""How long a process may take to end once it has been told to."""


@attrs.frozen
class Rank:
    """A trial as one of its processes sees it: like a `Handle`, and it knows its place among the others.

    `meeting` is a URL for `torch.distributed.init_process_group(init_method=...)`, another one for each trial.
    """

    rank: int
    ranks: int
    number: int
    seed: int
    fidelity: float | None
    meeting: str
    names: tuple[str, ...]
    start: Path | None
    pipe: Connection
    _stopped: list[bool] = attrs.field(factory=list, repr=False)

    def report(self, value: object, step: float) -> None:
        """Report at a rising step and wait until the verdict is known. All ranks call it; what rank 0 says is told."""
        if self._stopped:
            return
        self.pipe.send(("report", (dict(metrics_of(value, self.names)), step) if self.rank == 0 else None))
        if not self.pipe.recv():
            self._stopped.append(True)

    def should_stop(self) -> bool:
        """Return whether the last report was answered by an end of this trial: the same in all ranks."""
        return bool(self._stopped)


def across(trial: Handle, function: Callable[..., Any], ranks: int, *arguments: Any) -> Any:
    """Run `function(rank, *arguments)` in as many processes, each with its `Rank`; return what it returns in rank 0.

    The processes are spawned: the function must be importable by name, and what goes in and out can be pickled. They are
    gone when this returns. Raises `BackendError` where one of them fails or dies, which ends the others too.
    """
    if isinstance(ranks, bool) or not isinstance(ranks, int) or ranks < 1:
        raise BackendError(f"ranks is {ranks!r}; it is how many processes share the trial, at least one")
    team: list[tuple[BaseProcess, Connection]] = []
    with tempfile.TemporaryDirectory(prefix="symspace-ranks-") as folder:
        try:
            for rank in range(ranks):
                team.append(_started(trial, function, arguments, rank, ranks, f"file://{folder}/meeting"))
            answer = _served(trial, [pipe for _, pipe in team])
        except BaseException:
            for process, _ in team:
                process.terminate()
            raise
        finally:
            for process, pipe in team:
                process.join(PATIENCE_S)
                process.kill()
                process.join()
                pipe.close()
    return answer


def _started(
    trial: Handle, function: Callable[..., Any], arguments: tuple[Any, ...], rank: int, ranks: int, meeting: str
) -> tuple[BaseProcess, Connection]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    seen = Rank(rank, ranks, trial.number, trial.seed, trial.fidelity, meeting, trial.names, trial.start, theirs)
    process = context.Process(target=_main, args=(seen, function, arguments), daemon=True)
    try:
        process.start()
    except (AttributeError, TypeError, pickle.PicklingError) as e:
        name = getattr(function, "__qualname__", repr(function))
        raise BackendError(
            f"{name} and its arguments cannot be sent to other processes ({e}); define it at the top of a module"
        ) from e
    theirs.close()
    return process, ours


def _served(trial: Handle, pipes: Sequence[Connection]) -> Any:
    """Pass on reports and verdicts until every process is done."""
    waiting: dict[int, Any] = {}
    answers: dict[int, Any] = {}
    while len(answers) < len(pipes):
        for ready in wait([pipe for rank, pipe in enumerate(pipes) if rank not in answers and rank not in waiting]):
            rank = next(r for r, pipe in enumerate(pipes) if pipe is ready)
            try:
                word, body = pipes[rank].recv()
            except EOFError:
                raise BackendError(f"rank {rank} of trial {trial.number} died without a word") from None
            if word == "failed":
                raise BackendError(f"rank {rank} of trial {trial.number} failed:\n{body}")
            (answers if word == "done" else waiting)[rank] = body
        if waiting and answers:
            ended, asked = min(answers), min(waiting)
            raise BackendError(f"rank {ended} has returned, while rank {asked} reports: all ranks report equally often")
        if len(waiting) == len(pipes):
            trial.report(*waiting[0])
            for pipe in pipes:
                pipe.send(not trial.should_stop())
            waiting.clear()
    return answers[0]


def _main(rank: Rank, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    """The life of a process: run, tell how it ended; leave when the parent does."""
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    try:
        answer: tuple[str, Any] = ("done", function(rank, *arguments))
    except Exception:
        answer = ("failed", traceback.format_exc())
    try:
        rank.pipe.send(answer)
    except (TypeError, AttributeError, ValueError) as e:  # what cannot be pickled
        rank.pipe.send(("failed", f"what it returned cannot be sent: {e}"))


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
