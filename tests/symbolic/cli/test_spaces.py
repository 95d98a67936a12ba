"""The commands that read spaces: check, show, size, sample, algorithms; and what they say to bad input."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import symbolic as sym
from symbolic import registry

DIGITS = "examples/digits.space"
NET = "examples/digits.py:Net"


def test_size_prints_the_known_size(run: Callable) -> None:
    assert run("size", DIGITS).out == "at most 508032 (floats count once)\n"
    assert json.loads(run("size", DIGITS, "--json").out) == {"size": 508032, "exact": False, "continuous": True}


def test_sample_prints_one_candidate_a_line_as_json(run: Callable) -> None:
    lines = run("sample", DIGITS, "-n", "5", "--seed", "3", "--json").out.splitlines()
    space = sym.load(DIGITS)
    assert [json.loads(line) for line in lines] == [c.to_dict() for c in space.sample(5, 3)]
    for line in lines:
        assert space.candidate(json.loads(line)).json() == line
    assert run("sample", DIGITS, "-n", "5", "--seed", "3", "--json").out.splitlines() == lines
    assert run("sample", DIGITS, "-n", "5", "--seed", "4", "--json").out.splitlines() != lines


def test_sample_as_text_is_read_back(run: Callable) -> None:
    text = run("sample", DIGITS, "--seed", "1").out
    space = sym.load(DIGITS)
    assert sym.Candidate.parse(space, text) == space.sample(1, 1)[0]


@pytest.mark.parametrize("target", [DIGITS, NET])
def test_show_prints_text_that_is_the_space(run: Callable, target: str) -> None:
    shown = run("show", target)
    assert shown.code == 0
    assert sym.parse(shown.out) == sym.load(target)
    described = json.loads(run("show", target, "--json").out)
    assert [d["path"] for d in described["decisions"]] == list(sym.load(target).lower().path)


def test_check_says_what_an_algorithm_mixes_and_what_stays(run: Callable) -> None:
    found = run("check", DIGITS, "--algorithm", "darts")
    assert found.code == 0
    assert "yes  model/stage/width" in found.out
    assert "no   train/lr stays at 0.003" in found.out
    assert run("check", NET, "--task", "digits", "--algorithm", "spos").code == 0


def test_check_exits_with_1_where_the_algorithm_cannot_run(run: Callable, tmp_path: Path) -> None:
    Path("flag.space").write_text(
        "space flag\ntask digits\nmodel = conv2d(8, bias: true | false) >> global_avg_pool >> linear(classes)\n"
    )
    found = run("check", "flag.space", "--algorithm", "darts")
    assert found.code == 1
    assert "model/conv2d/bias" in found.out
    assert "Algorithms that can: " in found.out


def test_check_names_the_decision_values_that_break_the_shapes(run: Callable) -> None:
    Path("bad.space").write_text(
        "space bad\ntask digits\nmodel = max_pool(2) >> max_pool(2 | 9) >> flatten >> linear(classes)\n"
    )
    found = run("check", "bad.space")
    assert found.code == 2
    assert "E602" in found.err
    assert "model/max_pool#2" in found.err


def test_algorithms_lists_every_registered_one(run: Callable) -> None:
    listed = run("algorithms").out
    for name in registry.entries("algorithms"):
        assert name in listed
    page = run("algorithms", "darts").out
    assert "https://arxiv.org/abs/1806.09055" in page
    assert set(json.loads(run("algorithms", "--json").out)) == set(registry.entries("algorithms"))


BAD = {
    "missing file": (["size", "nothing.space"], "nothing.space"),
    "missing class": (["size", "examples/digits.py:Nett"], "did you mean 'Net'"),
    "unknown algorithm": (["search", DIGITS, "--algorithm", "dart"], "did you mean 'darts'"),
    "unknown option of an algorithm": (["search", DIGITS, "--algorithm", "darts(epoch: 3)"], "did you mean 'epochs'"),
    "unknown task": (["search", NET, "--task", "digit"], "did you mean 'digits'"),
    "no task": (["search", NET], "task"),
    "bad time": (["search", DIGITS, "--time", "soon"], "soon"),
    "no store": (["best", "--store", "none.db"], "none.db"),
    "no such command": (["serach", DIGITS], "serach"),
    "epochs for a sampled algorithm": (["search", DIGITS, "--epochs", "3"], "epochs"),
    "objective that is none": (["search", DIGITS, "--objective", "acuracy"], "acuracy"),
    "metric the task does not report": (["search", DIGITS, "--objective", "maximize acuracy"], "did you mean 'accuracy'"),
    "workers for shared weights": (["search", DIGITS, "--algorithm", "darts", "--workers", "2"], "workers"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gives_a_message_and_exit_code_2(run: Callable, name: str) -> None:
    arguments, expected = BAD[name]
    found = run(*arguments)
    assert found.code == 2
    assert expected in found.err
    assert "Traceback" not in found.err + found.out


def test_a_syntax_error_shows_file_line_and_caret(run: Callable) -> None:
    Path("net.space").write_text("space net\nx = rleu >> gelu\n")
    found = run("check", "net.space")
    assert found.code == 2
    assert found.err == "net.space:2:5: E201 unknown name 'rleu'\n  x = rleu >> gelu\n      ^^^^\n  did you mean 'relu'?\n"


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"space x\n" + b"(" * 5000, b"\x00" * 100])
def test_files_that_are_no_spaces(run: Callable, content: bytes) -> None:
    Path("odd.space").write_bytes(content)
    found = run("check", "odd.space")
    assert found.code == 2
    assert "odd.space" in found.err


FOREIGN = """space t version 1
task digits
model = conv2d(4) >> torch.nn::Conv2d(4, 8, 3) >> global_avg_pool >> linear(classes)
"""


def test_check_says_what_it_covered_and_builds_where_asked(run: Callable, tmp_path: Path) -> None:
    file = tmp_path / "t.space"
    file.write_text(FOREIGN.replace("conv2d(4)", "conv2d(4, kernel: 1 | 3)", 1))
    done = run("check", str(file), "--build", "--samples", "3")
    assert done.code == 0
    assert done.out.splitlines()[1:] == [
        "shapes: fit in all 2 candidates",
        "built: 5 candidates, 394 to 426 parameters",
    ]
    found = json.loads(run("check", str(file), "--build", "--json").out)
    assert found["built"]["most"] == 426 and found["shapes"]["candidates"] == 2
    file.write_text(FOREIGN.replace("conv2d(4)", "conv2d(4 | 6)", 1))
    assert run("check", str(file)).code == 0
    done = run("check", str(file), "--build")
    assert done.code == 2 and "it breaks where model/conv2d/width = 6" in done.err
    file.write_text("space t version 1\nx = 1 | 2\n")
    done = run("check", str(file), "--build")
    assert done.code == 2 and "--build needs a task" in done.err


def test_check_refuses_a_key_of_the_train_record_that_no_trainer_knows(run: Callable, tmp_path: Path) -> None:
    text = "task digits\nmodel = flatten >> linear(classes)\ntrain { lr: 0.1 | 0.2, momentun: 0.5..0.9 }"
    (tmp_path / "x.space").write_text(text)
    ran = run("check", "x.space")
    assert ran.code == 2
    assert "x.space:3:24: E203 the train record has no key 'momentun'; did you mean 'momentum'?" in ran.err
