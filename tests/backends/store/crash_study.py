"""Runs toy studies in child processes that are killed, and says as JSON how what is left differs from a run in one go.

FOLDER is a folder, or the URL of a schema on a PostgreSQL server, beside which others are made.

    python crash_study.py FOLDER commits ALGORITHM TRIALS N,N,...     a crash before and after each of those commits
    python crash_study.py FOLDER kills ALGORITHM TRIALS KILLS         kill -9 at random moments
    python crash_study.py FOLDER together ALGORITHM TRIALS KILLS      two processes on one study, one killed now and then
    python crash_study.py FOLDER relaxed KILLS                        kill -9 of a search with shared weights

`ordered` is an algorithm with four workers that end in random order, told in number order.
"""

from __future__ import annotations

import importlib.util
import json
import os
import random
import signal
import sys
import time
import traceback
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from backends.store.log import SqlLog
from symbolic.language.load import parse
from symbolic.search.events import Result, Trial
from symbolic.search.objectives import Objective, objectives_of
from symbolic.search.plain import dumps
from symbolic.search.problem import Problem
from symbolic.search.store import store_at
from symbolic.search.study import load_study, search


def toys():
    """The toy algorithms and backends of the loop's tests."""
    path = Path(__file__).parents[2] / "symbolic" / "search" / "conftest.py"
    spec = importlib.util.spec_from_file_location("loop_toys", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["loop_toys"] = module
    spec.loader.exec_module(module)
    return module


TOYS = toys()
SPACE = parse(TOYS.TEXT, "toy.space")
SPACE.lower()
ALGORITHMS = {
    "climber": TOYS.Climber(),
    "ordered": TOYS.Climber(),
    "halving": TOYS.Halving(),
    "relaxed": TOYS.Relaxed(iterations=300),
}
BAD = tuple((n, ("raise", "nan")[n % 2]) for n in range(7, 400, 9))


def run(file: str, algorithm: str, trials: int, pause: float = 0.0) -> None:
    """One sitting."""
    if algorithm == "ordered":
        session = TOYS.Shuffled(4, np.random.default_rng(os.getpid()))
        kwargs = {"backend": TOYS.ToyTrainer(), "trials": trials, "baseline": False, "reuse": False, "deterministic": True}
        kwargs["executor"] = session
    elif algorithm == "relaxed":
        kwargs = {"backend": TOYS.ToySupernet(), "snapshot_s": 0.02, "trials": None}
    else:
        kwargs = {"backend": TOYS.ToyTrainer(bad=BAD), "trials": trials, "baseline": False, "reuse": algorithm == "halving"}
    listeners = [lambda notice: time.sleep(pause)] if pause else []
    search(SPACE, algorithm=ALGORITHMS[algorithm], store=file, study="s", listeners=listeners, **kwargs)


def child(work, *, group: bool = False) -> int:
    """Run in a child process; return its id."""
    pid = os.fork()
    if pid:
        return pid
    try:
        if group:
            os.setsid()
        work()
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def kill(pid: int) -> None:
    """Kill a child and its group, or the child alone where it has not made a group yet."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        os.kill(pid, signal.SIGKILL)


def ended(pid: int) -> int:
    """Wait for a child; return its exit code, negative for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def asked(store: str, statement: str) -> list[tuple]:
    """Ask a store beside the library."""
    connection = store_at(store).database.connect(write=True)
    try:
        with connection.begin():
            return [tuple(row) for row in connection.execute(sa.text(statement))]
    finally:
        connection.close()
        connection.engine.dispose()


def digest(store: str) -> dict:
    """What has to be equal, and what must not be."""
    trials = asked(store, "select number, purpose, origin, point, fidelity, continue_from, reached, body, status from trial")
    finals = asked(store, "select number, status, metrics, fidelity, failure from result where final = 1 order by number")
    stops = asked(store, "select number, fidelity from result where final = 0 and stop = 1 order by number")
    seqs = [s for (s,) in asked(store, "select seq from trial union all select seq from result where seq is not null")]
    reports = asked(
        store, "select number, fidelity, count(*) from result where final = 0 group by number, fidelity having count(*) > 1"
    )
    cut = [(*row[:4], json.loads(row[4])["kind"] if row[4] else None) for row in finals]
    numbers = [row[0] for row in finals]
    return {
        "trials": sorted(trials),
        "finals": cut,
        "stops": stops,
        "gapless": sorted(seqs) == list(range(1, len(seqs) + 1)),
        "once": len(set(numbers)) == len(numbers) == len(trials) and not reports,
    }


def compared(file: str, reference: dict) -> dict:
    """How a digest differs."""
    mine = digest(file)
    different = [key for key in ("trials", "finals", "stops") if mine[key] != reference[key]]
    return {"different": different, "gapless": mine["gapless"], "once": mine["once"], "trials": len(mine["trials"])}


def crashing(at: int, before: bool) -> None:
    """From now on the process ends at its `at`-th commit."""
    original, count = SqlLog.turn, [0]

    @contextmanager
    def turn(self):
        count[0] += 1
        mine = count[0]
        with original(self) as open_turn:
            yield open_turn
            if mine == at and before:
                os._exit(9)
        if mine == at:
            os._exit(9)

    SqlLog.turn = turn


def place(folder: str, name: str) -> str:
    """A store of its own: a file in a folder, or a schema of a server, which the schemas' owner drops."""
    if "://" not in folder:
        return f"{folder}/{name}.db"
    url = sa.make_url(folder)
    schema = f"{url.query['options'].partition('search_path=')[2]}_{name}".lower()
    engine = sa.create_engine(url.set(drivername="postgresql+psycopg").difference_update_query(["folder"]))
    with engine.begin() as connection:
        connection.exec_driver_sql(f"create schema if not exists {schema}")
    engine.dispose()
    own = {"options": f"-csearch_path={schema}", "folder": f"{url.query['folder']}/{name}"}
    return url.update_query_dict(own).render_as_string(hide_password=False)


def commits(folder: str, algorithm: str, trials: int, points: list[int]) -> list[dict]:
    """Crash at commits."""
    reference = place(folder, "whole")
    assert ended(child(lambda: run(reference, algorithm, trials))) == 0
    whole, found = digest(reference), []
    for at in points:
        for before in (True, False):
            file = place(folder, f"at_{at}_{before}")

            def crash(file=file, at=at, before=before):
                crashing(at, before)
                run(file, algorithm, trials)

            code = ended(child(crash))
            again = ended(child(lambda file=file: run(file, algorithm, trials)))
            found.append({"at": at, "before": before, "code": code, "again": again, **compared(file, whole)})
    return found


def kills(folder: str, algorithm: str, trials: int, count: int) -> list[dict]:
    """Kill at random moments, then let it end."""
    reference, file, chance = place(folder, "whole"), place(folder, "killed"), random.Random(1)
    begun = time.monotonic()
    assert ended(child(lambda: run(reference, algorithm, trials, 0.002))) == 0
    length = time.monotonic() - begun
    killed = 0
    for _ in range(count):
        pid = child(lambda: run(file, algorithm, trials, 0.002), group=True)
        time.sleep(chance.uniform(0.0, 2.0 * length / count))
        kill(pid)
        killed += ended(pid) == -signal.SIGKILL
    last = ended(child(lambda: run(file, algorithm, trials)))
    result = {"killed": killed, "last": last, **compared(file, digest(reference))}
    if algorithm == "relaxed":
        result["weights"] = weights(reference) == weights(file)
    return [result]


def weights(file: str) -> tuple:
    """The last snapshot: sequence, next number, state of the search, shared weights."""
    study = load_study(file, "s")
    log = store_at(file).open(study.record.identity, SPACE.lower(), study.record)
    snapshot = log.snapshot()
    text = (log.folder / snapshot.folder / "weights.json").read_text()
    log.disconnect()
    return snapshot.seq, snapshot.next, dumps(snapshot.state), text


def together(folder: str, algorithm: str, trials: int, count: int) -> list[dict]:
    """Two processes on one study; the log must be a valid run all the same."""
    file, chance = place(folder, "shared"), random.Random(2)
    steady = child(lambda: run(file, algorithm, trials, 0.003))
    for _ in range(count):
        pid = child(lambda: run(file, algorithm, trials, 0.003), group=True)
        time.sleep(chance.uniform(0.05, 0.3))
        kill(pid)
        ended(pid)
    other = child(lambda: run(file, algorithm, trials, 0.003))
    codes = [ended(steady), ended(other)]
    mine = digest(file)
    ((owners,),) = asked(file, "select count(distinct owner) from trial")
    result = {"codes": codes, "owners": owners, "gapless": mine["gapless"], "once": mine["once"], "trials": len(mine["trials"])}
    return [{**result, **audit(file, algorithm)}]


def audit(file: str, algorithm: str) -> dict:
    """Tell a fresh search the log: each recorded trial and verdict must be what it says at that point."""
    study = load_study(file, "s")
    log = store_at(file).open(study.record.identity, SPACE.lower(), study.record)
    with log.turn() as turn:
        events = turn.news(0)
    log.disconnect()
    recorded = {(n, f): bool(s) for n, f, s in asked(file, "select number, fidelity, stop from result where final = 0")}
    table = SPACE.lower()
    search_ = ALGORITHMS[algorithm].start(Problem(table, objectives_of(SPACE, Objective("loss")), 0, table.fidelities[0]))
    proposals = verdicts = 0
    for event in events:
        if isinstance(event, Trial):
            proposals += [dumps(t) for t in search_.ask([event.number])] != [dumps(event)]
        search_.tell([event])
        if isinstance(event, Result) and not event.final:
            verdicts += bool(search_.stop(event)) != recorded[event.trial.number, event.fidelity]
    return {"proposals_differ": proposals, "verdicts_differ": verdicts}


def main(arguments: list[str]) -> None:
    folder, what, *rest = arguments
    match what:
        case "commits":
            found = commits(folder, rest[0], int(rest[1]), [int(n) for n in rest[2].split(",")])
        case "kills":
            found = kills(folder, rest[0], int(rest[1]), int(rest[2]))
        case "together":
            found = together(folder, rest[0], int(rest[1]), int(rest[2]))
        case "relaxed":
            found = kills(folder, "relaxed", 0, int(rest[0]))
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
