"""The commands around studies: plans, budgets, other algorithms, edited spaces, queues, JSON, exit codes, completion."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import symbolic as sym
from symbolic.cli.main import COMMANDS

SMALL = """space small
task digits
model = flatten >> linear(4..8 step 4) >> (relu | default gelu) >> linear(classes)
train { epochs: fidelity 1..2 }
"""


@pytest.fixture
def small(run: Callable) -> str:
    Path("small.space").write_text(SMALL)
    return "small.space"


@pytest.fixture
def searched(run: Callable, small: str) -> str:
    """A study of two trials, which leave two candidates."""
    found = run("search", small, "--trials", "2", "--algorithm", "random", "--study", "s", "--json")
    assert found.code == 0, found.err
    return found.out


def test_a_search_as_json(run: Callable, searched: str) -> None:
    told = json.loads(searched)
    study = sym.load_study("symspace.db", "s")
    assert told["study"] == "s" and told["why"] == "trials" and told["trials"]["ok"] == 2 and told["trials"]["outdated"] == 0
    assert told["best"]["number"] == study.best.number and told["report"]["trial"] == study.best.number
    assert told["gain"] == study.gain == max(t.value for t in study.trials) - study.trials[0].value


def test_resume_with_more_trials_another_algorithm_and_refit(run: Callable, searched: str) -> None:
    more = run("resume", "s", "--algorithm", "grid", "--trials", "50")
    assert more.code == 0, more.err
    assert "goes on with grid, which learns from the trials that random proposed" in more.err
    assert "the search is over: 4 ok" in more.out
    again = run("resume", "s", "--refit", "--json")
    assert "nothing is left to do" in again.err and json.loads(again.out)["report"]["refit"]
    assert "trained on training and validation data, on test data" in run("best", "s").out
    wrong = run("resume", "s", "--algorithm", "gird")
    assert wrong.code == 2 and "did you mean 'grid'" in wrong.err


def test_an_edited_space_is_refused_then_migrated(run: Callable, small: str, searched: str) -> None:
    Path(small).write_text(SMALL.replace("4..8 step 4", "4..12 step 4"))
    refused = run("search", small, "--trials", "3", "--algorithm", "random", "--study", "s")
    assert refused.code == 2 and "4..8 step 4 -> 4..12 step 4" in refused.err and "--migrate" in refused.err
    found = run("resume", "s", "--migrate", "--trials", "3", "--json")
    assert found.code == 0 and "2 of 2 trials are candidates of it" in found.err
    assert json.loads(found.out)["trials"]["ok"] == 3
    Path(small).write_text(SMALL.replace("4..8 step 4", "12 | 16"))
    found = run("search", small, "--migrate", "--trials", "4", "--algorithm", "random", "--study", "s")
    assert "2 stay as history and are never best" in " ".join(found.err.split()) and found.code == 0
    assert json.loads(run("status", "s", "--json").out)["outdated"] >= 2
    Path(small).write_text(SMALL.replace("linear(4..8 step 4)", "linear(width: 4..8 step 4) as hidden"))
    refused = run("resume", "s", "--migrate", "--trials", "5")
    assert refused.code == 2 and 'write `renamed "' in refused.err


def test_a_queue_and_an_older_study_from_the_command_line(run: Callable, small: str, searched: str) -> None:
    first = run("sample", small, "--json", "-n", "2", "--seed", "3").out
    Path("queue.jsonl").write_text(first)
    settings = (
        "--algorithm",
        "random",
        "--study",
        "q",
        "--no-baseline",
        "--queue",
        "queue.jsonl",
        "--warm-start",
        "symspace.db/s",
    )
    found = run("search", small, "--trials", "2", "--fact", "similarity=0.5", *settings)
    assert found.code == 0, found.err
    assert "starts from 2 results of older studies" in found.err
    study = sym.load_study("symspace.db", "q")
    assert [t.candidate.to_dict() for t in study.trials] == [json.loads(line) for line in first.splitlines()]
    assert {t.origin for t in study.trials} == {"queued"} and study.record.context["facts"]["own"] == {"similarity": 0.5}
    for text, message in [("[1]", "1 is no candidate"), ("{", "column"), ('[{"x": 1}]', "'x' is unknown")]:
        Path("queue.jsonl").write_text(text)
        refused = run("search", small, "--trials", "2", *settings)
        assert refused.code == 2 and message in refused.err and "Traceback" not in refused.err


def test_candidates_are_queued_for_a_study_that_goes_on(run: Callable, searched: str) -> None:
    study = sym.load_study("symspace.db", "s")
    other = next(c for c in study.space.sample(20, how="uniform") if c not in {t.candidate for t in study.trials})
    Path("queue.json").write_text(json.dumps([other.to_dict()]))
    assert run("resume", "s", "--queue", "queue.json", "--trials", "3").code == 0
    last = sym.load_study("symspace.db", "s").trials[2]
    assert last.origin == "queued" and last.candidate == other


def test_status_says_the_best_and_what_it_gained(run: Callable, searched: str) -> None:
    study, said = sym.load_study("symspace.db", "s"), run("status").out
    assert f"best accuracy {study.best.value:.6g} (trial {study.best.number})" in said
    assert "better than the default candidate" in said
    row = json.loads(run("status", "symspace.db/s", "--json").out)["study"]
    assert row["best"] == {"number": study.best.number, "value": study.best.value} and row["gain"] == study.gain


def test_several_objectives_have_a_front(run: Callable, small: str) -> None:
    settings = ("--objective", "maximize accuracy", "--objective", "minimize params", "--algorithm", "random", "--study", "two")
    found = run("search", small, "--trials", "3", *settings, "--json")
    assert found.code == 0, found.err
    front = json.loads(found.out)["pareto"]
    assert [t["number"] for t in front] == [t.number for t in sym.load_study("symspace.db", "two").pareto]
    assert f"{len(front)} trials that no other dominates" in run("status", "two").out
    assert json.loads(run("best", "two", "--json").out) == front


def test_a_plan_says_what_a_search_would_do(run: Callable, small: str) -> None:
    told = json.loads(run("plan", small, "--trials", "30", "--json").out)
    assert told["algorithm"] == "regularized_evolution(population: 7, tournament: 2)" and told["estimate_s"] is None
    assert told["stages"][0]["count"] == 30 and told["baseline"] and told["size"]["value"] == 4
    grid = run("plan", small, "--algorithm", "grid")
    assert grid.code == 0 and "4 x trials, in order" in grid.out and not Path("symspace.db").exists()
    timed = json.loads(run("plan", small, "--trials", "30", "--timed", "--workers", "0", "--json").out)
    assert timed["estimate_s"] == pytest.approx(30 * timed["trial_s"]) and timed["trial_s"] > 0
    relaxed = run("plan", small, "--algorithm", "darts(epochs: 3)")
    assert "weight steps of the supernet at a mixture, 3 epochs" in relaxed.out and "1 x retrained candidates" in relaxed.out
    refused = run("plan", small, "--algorithm", "darts", "--backend", "train")
    assert refused.code == 2 and "darts cannot run here" in refused.err


def test_a_timed_plan_of_shared_weights_knows_its_steps(run: Callable, small: str) -> None:
    told = json.loads(run("plan", small, "--algorithm", "spos", "--time", "20s", "--timed", "--json").out)
    steps, scores, retrained = told["stages"]
    assert steps["count"] > 0 and steps["each_s"] > 0 and scores["count"] > 0 and retrained["count"] == 1
    assert 0 < told["estimate_s"] < 60


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_scripts_for_shells(run: Callable, shell: str) -> None:
    found = run("completion", shell)
    assert found.code == 0 and f"_SYMSPACE_COMPLETE={shell}_complete" in found.out
    assert run("completion", "tcsh").code == 2


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("symspace res", {"resume"}),
        ("symspace plan x.space --algorithm r", {"random", "regularized_evolution"}),
        ("symspace search x.space --task dig", {"digits"}),
        ("symspace status s", {"s"}),
        ("symspace search x.space --no-b", {"--no-baseline"}),
    ],
)
def test_a_shell_is_offered_names(run: Callable, searched: str, words: str, expected: set[str]) -> None:
    env = {**os.environ, "_SYMSPACE_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    done = subprocess.run([sys.executable, "-m", "symbolic.cli"], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert expected <= {line.partition(",")[2] for line in done.stdout.splitlines()}


def test_every_command_has_help_that_names_its_options_and_codes_are_documented(run: Callable) -> None:
    assert all(f"  {code} " in run("--help").out for code in (0, 1, 2, 70, 130))
    for name in COMMANDS:
        assert run(name, "--help").code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("resume", "nothing"),
        ("status", "nothing"),
        ("plan", "nothing.space"),
        ("search", "small.space", "--trials", "0"),
        ("search", "small.space", "--queue", "nothing.json"),
        ("search", "small.space", "--fact", "x"),
        ("search", "small.space", "--warm-start", "nothing"),
        ("resume", "s", "--time", "2 parsecs"),
        ("completion",),
        ("nonsense",),
    ],
)
def test_wrong_input_ends_with_2_and_no_traceback(run: Callable, small: str, arguments: tuple[str, ...]) -> None:
    found = run(*arguments)
    assert found.code == 2 and found.err and "Traceback" not in found.err + found.out
    as_json = run(*arguments, "--json")
    assert as_json.code == 2 and json.loads(as_json.out)["error"]


def test_formatting_as_json(run: Callable, small: str) -> None:
    Path("other.space").write_text("x=1|2\n")
    found = run("fmt", small, "other.space", "--check", "--json")
    assert found.code == 1 and json.loads(found.out) == {"files": [small, "other.space"], "changed": ["other.space"]}
    assert run("fmt", small, "other.space", "--json").code == 0
    assert json.loads(run("fmt", small, "other.space", "--json").out)["changed"] == []


def test_every_command_prints_json(run: Callable) -> None:
    later = {"worker", "plot", "report"}
    assert all("--json" in run(name, "--help").out for name in COMMANDS if name not in later)


def test_a_study_that_cannot_be_read_hides_no_other(run: Callable, small: str, searched: str) -> None:
    run("search", small, "--trials", "1", "--algorithm", "random", "--study", "other")
    connection = sqlite3.connect("symspace.db")
    with connection:
        connection.execute("update space set text = 'space s ???' where study_id = 1")
    connection.close()
    found = run("status")
    assert found.code == 0 and "s: cannot be read: " in found.out and "other: open" in found.out
    assert run("status", "s").code == 2
