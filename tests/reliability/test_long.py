"""A study of 100,000 trials: a turn does as much work as at 1,000, counted in steps of SQLite's machine, not in time."""

from __future__ import annotations

import sqlite3

import pytest

import symbolic as sym
from symbolic.search.events import Result, Trial
from symbolic.search.store import Identity, Record, store_at

SPACE = sym.parse("space long version 1\na = 0..9\nb = 0..9\nmaximize value\n")
POINT = SPACE.sample(1)[0].point
IDENTITY = Identity("long", SPACE.text(), SPACE.hash, 1, "function", "random")

GROW = """
with recursive n(i) as (select {low} union all select i + 1 from n where i + 1 < {high})
insert into trial select 1, i, 2 * i + 1, 1, 'ok', '', 0, 'evaluate', 'search', '[[1,2],[]]', i,
null, null, 0.0, 0.0, 0.0, '{{}}' from n;
with recursive n(i) as (select {low} union all select i + 1 from n where i + 1 < {high})
insert into result(study_id, number, seq, final, stop, status, metrics, cost_s, worker, started_s, ended_s)
select 1, i, 2 * i + 2, 1, 0, 'ok', '{{"value":1.0}}', 0.0, '', 0.0, 0.0 from n;
update study set seq = 2 * {high}, next = {high};
"""


def grow(file, low, high):
    """Let the study have so many finished trials."""
    db = sqlite3.connect(file)
    db.executescript(GROW.format(low=low, high=high))
    db.close()


def steps(file):
    """The steps of each kind of turn: propose, report, finish, look for the dead, read the news."""
    log = store_at(file).open(IDENTITY, SPACE.lower(), Record(IDENTITY, "random"))
    driver, count = log.connection.connection.dbapi_connection, [0]

    def tick():
        count[0] += 1

    def counted(work):
        before = count[0]
        driver.set_progress_handler(tick, 1)
        try:
            with log.turn() as turn:
                work(turn)
        finally:
            driver.set_progress_handler(None, 0)
        return count[0] - before

    with log.turn() as turn:
        number, seq = turn.next, turn.seq
    trial = Trial(number, POINT)
    found = {
        "propose": counted(lambda turn: turn.propose([trial], 0.0)),
        "report": counted(lambda turn: turn.report(Result(trial, "running", {"value": 1.0}, 1.0), stop=False)),
        "mine": counted(lambda turn: turn.mine(number)),
        "dead": counted(lambda turn: (turn.adopt(5), turn.others(), turn.sources())),
        "news": counted(lambda turn: turn.news(seq)),
        "finish": counted(lambda turn: turn.finish(Result(trial, "ok", {"value": 1.0}))),
    }
    log.disconnect()
    return found


@pytest.mark.parametrize("many", [20_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_a_turn_is_as_quick_in_a_long_study(tmp_path, many):
    file = tmp_path / "s.db"
    store_at(file).open(IDENTITY, SPACE.lower(), Record(IDENTITY, "random")).disconnect()
    grow(file, 0, 1000)
    few = steps(file)
    grow(file, 1001, many)
    lots = steps(file)
    assert all(lots[kind] <= few[kind] * 1.3 + 20 for kind in few), (few, lots)
    view = store_at(file).view("long")
    assert view.counts().finished == many + 1
    assert next(iter(view.entries(SPACE.lower()))).trial.number == 0
    view.disconnect()
