"""Crashes: at a commit, anywhere, with two processes, with shared weights; a short set here, the long one marked slow."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("crash_study.py")


@pytest.fixture
def crash(request, tmp_path):
    """Run the script on files, or on a server where the test asks for one."""
    if not hasattr(os, "fork"):
        pytest.skip("child processes are forked here")
    server = "server" in request.keywords
    place = request.getfixturevalue("postgresql") if server else str(tmp_path)

    def run(*arguments):
        command = [sys.executable, "-W", "ignore", str(SCRIPT), place, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout), done.stderr

    yield run
    if server:
        drop(place)


def drop(url):
    """Drop the schemas that the script made beside the test's own."""
    import sqlalchemy as sa

    made = sa.make_url(url)
    name = made.query["options"].partition("search_path=")[2]
    engine = sa.create_engine(made.set(drivername="postgresql+psycopg").difference_update_query(["folder"]))
    with engine.begin() as connection:
        like = sa.text("select nspname from pg_namespace where nspname like :name")
        for schema in connection.execute(like, {"name": f"{name}\\_%"}).scalars().all():
            connection.exec_driver_sql(f"drop schema {schema} cascade")
    engine.dispose()


def whole(found):
    """Nothing differs, no event is missing, nothing ended twice."""
    return found["different"] == [] and found["gapless"] and found["once"]


@pytest.mark.parametrize(("algorithm", "points"), [("climber", "2,8"), ("halving", "1,21,34"), ("ordered", "3,9,16,24")])
def test_a_crash_at_a_commit_changes_nothing(crash, algorithm, points):
    found, errors = crash("commits", algorithm, 16, points)
    assert all(f["code"] == 9 and f["again"] == 0 and whole(f) for f in found), (found, errors)


@pytest.mark.server
def test_a_crash_at_a_commit_changes_nothing_on_a_server(crash):
    found, errors = crash("commits", "halving", 12, "2,21")
    assert all(f["code"] == 9 and f["again"] == 0 and whole(f) for f in found), (found, errors)


def test_kill_9_anywhere_changes_nothing(crash):
    (found,), errors = crash("kills", "halving", 90, 10)
    assert found["killed"] >= 6 and found["last"] == 0 and whole(found), (found, errors)


def test_two_processes_make_one_valid_run(crash):
    (found,), errors = crash("together", "climber", 50, 2)
    assert found["codes"] == [0, 0] and found["owners"] >= 2, (found, errors)
    assert found["gapless"] and found["once"] and found["trials"] == 50, found
    assert found["proposals_differ"] == 0


def test_kill_9_of_shared_weights_changes_nothing(crash):
    (found,), errors = crash("relaxed", 4)
    assert found["killed"] >= 2 and found["last"] == 0 and found["weights"] and whole(found), (found, errors)


@pytest.mark.slow
@pytest.mark.parametrize("algorithm", ["climber", "halving", "ordered"])
def test_every_commit(crash, algorithm):
    points = ",".join(map(str, [*range(1, 40, 2), *range(40, 120, 17)]))
    found, errors = crash("commits", algorithm, 40, points)
    assert all(f["again"] == 0 and whole(f) for f in found), (found, errors)


@pytest.mark.slow
@pytest.mark.parametrize("algorithm", ["climber", "halving", "ordered", "relaxed"])
def test_twenty_kills(crash, algorithm):
    (found,), errors = crash("relaxed", 20) if algorithm == "relaxed" else crash("kills", algorithm, 150, 20)
    assert found["killed"] >= 10 and found["last"] == 0 and whole(found), (found, errors)


@pytest.mark.slow
@pytest.mark.parametrize("algorithm", ["climber", "halving"])
def test_two_processes_and_many_kills(crash, algorithm):
    (found,), errors = crash("together", algorithm, 300, 12)
    assert found["codes"] == [0, 0] and found["gapless"] and found["once"], (found, errors)
    assert found["proposals_differ"] == found["verdicts_differ"] == 0


@pytest.mark.slow
@pytest.mark.server
@pytest.mark.parametrize("algorithm", ["climber", "halving", "ordered"])
def test_every_commit_on_a_server(crash, algorithm):
    found, errors = crash("commits", algorithm, 40, "1,3,5,8,13,21,34,55,89")
    assert all(f["again"] == 0 and whole(f) for f in found), (found, errors)


@pytest.mark.slow
@pytest.mark.server
@pytest.mark.parametrize("algorithm", ["climber", "halving", "ordered", "relaxed"])
def test_twenty_kills_on_a_server(crash, algorithm):
    (found,), errors = crash("relaxed", 20) if algorithm == "relaxed" else crash("kills", algorithm, 150, 20)
    assert found["killed"] >= 10 and found["last"] == 0 and whole(found), (found, errors)


@pytest.mark.slow
@pytest.mark.server
@pytest.mark.parametrize("algorithm", ["climber", "halving"])
def test_two_processes_and_many_kills_on_a_server(crash, algorithm):
    (found,), errors = crash("together", algorithm, 300, 12)
    assert found["codes"] == [0, 0] and found["gapless"] and found["once"], (found, errors)
    assert found["proposals_differ"] == found["verdicts_differ"] == 0
