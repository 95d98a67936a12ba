"""Processes of a long study: started, killed, and what their store holds afterwards."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import attrs
import pytest
import sqlalchemy as sa

from symbolic.search.calls import from_text
from symbolic.search.complete import started
from symbolic.search.events import Trial
from symbolic.search.plain import dumps
from symbolic.search.problem import Problem
from symbolic.search.store import store_at
from symbolic.search.study import load_study

SCRIPT = Path(__file__).with_name("long_study.py")


@attrs.define
class LongStudy:
    """A study at a location, its processes, and the folder they run in."""

    location: str
    folder: Path
    trials: int = 40
    workers: int = 0
    pause_s: float = 0.002
    algorithm: str = "regularized_evolution"
    running: list[subprocess.Popen] = attrs.field(factory=list)

    def start(self) -> subprocess.Popen:
        """Start a process in a group of its own."""
        arguments = [self.location, str(self.trials), str(self.workers), str(self.pause_s), self.algorithm]
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", str(SCRIPT), *arguments],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.running.append(process)
        return process

    def ready(self, process: subprocess.Popen) -> bool:
        """Wait until its trials run; False where it ended before."""
        return process.stdout.readline().strip() == "ready"

    def kill(self, process: subprocess.Popen) -> None:
        """Kill a process and its workers."""
        with suppress(ProcessLookupError):  # it ended by itself
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()

    def whole(self) -> str:
        """Let a sitting run to its end; return what it said."""
        out, err = self.start().communicate(timeout=300)
        assert "ended" in out, err
        return out

    def killed(self, times: int, chance: random.Random, longest_s: float) -> int:
        """Kill sittings at random moments; return how many were running then."""
        hits = 0
        for _ in range(times):
            process = self.start()
            if not self.ready(process):
                process.communicate()
                continue
            time.sleep(chance.uniform(0.0, longest_s))
            hits += process.poll() is None
            self.kill(process)
        return hits

    def rows(self, statement: str) -> list[tuple]:
        """Ask the store beside the library."""
        connection = store_at(self.location).database.connect(write=True)
        try:
            with connection.begin():
                return [tuple(row) for row in connection.execute(sa.text(statement))]
        finally:
            connection.close()
            connection.engine.dispose()

    def finals(self) -> dict[int, tuple]:
        """The final results by trial; nothing of a time in them."""
        found = self.rows("select number, status, metrics, failure from result where final = 1 order by number")
        return {n: (status, metrics, failure and json.loads(failure)["kind"]) for n, status, metrics, failure in found}

    def digest(self) -> dict:
        """What has to be equal to an uninterrupted run with one worker."""
        trials = self.rows("select number, origin, point, fidelity, body, status from trial order by number")
        return {"trials": trials, "finals": self.finals()}

    def audit(self) -> int:
        """Tell a fresh search the log; return how many proposals are not what it would have proposed at that point."""
        study = load_study(self.location, "long")
        table = study.space.lower()
        log = store_at(self.location).open(study.record.identity, table, study.record)
        try:
            with log.turn() as turn:
                events = turn.news(0)
        finally:
            log.disconnect()
        problem = Problem(table, study.objectives, study.record.identity.seed)
        search, differ = started(from_text("algorithms", study.record.algorithm), problem), 0
        for event in events:
            if isinstance(event, Trial) and event.origin == "search":
                differ += [dumps(t) for t in search.ask([event.number])] != [dumps(event)]
            search.tell([event])
        return differ

    def check(self) -> None:
        """No gap in the log, every trial ended exactly once, no report twice; the log is a valid run of the algorithm."""
        seqs = self.rows("select seq from trial union all select seq from result where seq is not null")
        assert sorted(s for (s,) in seqs) == list(range(1, len(seqs) + 1))
        ended = Counter(n for (n,) in self.rows("select number from result where final = 1"))
        assert sorted(ended) == list(range(self.trials)) and set(ended.values()) == {1}
        reports = Counter(self.rows("select number, fidelity from result where final = 0"))
        assert set(reports.values()) <= {1}
        assert not self.rows("select number from trial where status in ('pending', 'arrived')")
        assert self.audit() == 0


@pytest.fixture
def long_study(tmp_path):
    """A maker of studies, each in a folder of its own; what they started is gone at the end."""
    made = []

    def make(location, **settings):
        folder = tmp_path / f"study{len(made)}"
        folder.mkdir()
        made.append(LongStudy(str(location), folder, **settings))
        return made[-1]

    yield make
    for study in made:
        for process in study.running:
            if process.poll() is None:
                study.kill(process)
            for stream in (process.stdout, process.stderr):
                stream.close()
