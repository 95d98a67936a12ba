"""Texts and labels: tokens by the training split alone, and the intents of banking77 where they are at hand."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import symbolic as sym
from backends.errors import BackendError
from backends.torch.tasks.texts import Texts, split

BANKING = Path(os.environ.get("SYMSPACE_DATA") or Path(__file__).parents[4] / "../shared/data") / "banking77"
WORDS = {"good": ["fine", "great", "super"], "bad": ["poor", "awful", "sad"]}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A CSV of 60 short texts whose label is that of their word; word number i stands in text i alone."""
    lines = ["text,label"]
    for i in range(60):
        label = ("good", "bad")[i % 2]
        lines.append(f'"It was {WORDS[label][i % 3]}, n{i}!",{label}')
    (tmp_path / "train.csv").write_text("\n".join(lines))
    return tmp_path / "train.csv"


def test_tokens_are_those_of_the_training_split(file: Path, check_splits: Any) -> None:
    task = Texts(path=str(file), length=6)
    check_splits(task.load, 60)
    splits = task.load()
    assert splits.train.inputs.shape[1:] == task.facts.input.axes == (6,)
    assert task.facts.values == {"classes": 2, "length": 6, "vocabulary": int(splits.train.inputs.max()) + 1}
    lines = [line.rsplit(",", 1)[0].strip('"') for line in file.read_text().splitlines()[1:]]
    counts = Counter(t for i in splits.train.index for t in split(lines[i]))
    assert len(counts) + 2 == task.facts.values["vocabulary"]
    number = {t: i + 2 for i, t in enumerate(sorted(counts, key=lambda t: (-counts[t], t)))}
    for part in (splits.train, splits.validation, splits.test):
        for row, i in zip(part.inputs.tolist(), part.index, strict=True):
            wanted = [number.get(t, 1) for t in split(lines[i])][:6]
            assert row == wanted + [0] * (6 - len(wanted))
    assert (splits.train.inputs != 1).all() and (splits.test.inputs == 1).any()


def test_length_and_vocabulary_cut(file: Path) -> None:
    splits = Texts(path=str(file), length=2, vocabulary=3).load()
    assert splits.train.inputs.shape[1] == 2 and set(splits.train.inputs.unique().tolist()) <= {0, 1, 2, 3, 4}


def test_a_test_file_of_its_own(file: Path, check_splits: Any) -> None:
    (file.parent / "test.csv").write_text("text,label\nIt was fine,good\nunheard of,bad\n")
    for task in (Texts(path=str(file), test=str(file.parent / "test.csv")), Texts(path=str(file.parent))):
        check_splits(task.load, 62)
        splits = task.load()
        assert splits.test.index.tolist() == [60, 61] and splits.test.targets.tolist() == [1, 0]
        assert splits.test.inputs[1, :3].tolist() == [1, 1, 0]


def test_a_network_learns_the_words(file: Path, run: Callable[..., Any]) -> None:
    space = sym.parse("space s\nmodel = embedding(8 | 16) >> flatten >> linear(2)\ntrain { epochs: 60 }\n")
    result = run(space, {"model/embedding/width": 16}, task=Texts(path=str(file), length=6))
    assert result.status == "ok", result.failure
    assert result.metrics["accuracy"] > 0.9


def test_facts_need_no_torch(file: Path, without_torch: Callable[[str], None]) -> None:
    without_torch(
        f"from backends.torch.tasks.texts import Texts\nassert Texts(path={str(file)!r}).facts.values['classes'] == 2"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"text": "txt"}, "did you mean 'text'"),
        ({"text": "label"}, "both the text and the label"),
        ({"test": 0.7}, "test is 0.7"),
        ({"test": "absent.csv"}, "no file 'absent.csv'"),
        ({"length": 0}, "length is 0"),
    ],
)
def test_mistakes_are_named(arguments: dict[str, Any], message: str, file: Path) -> None:
    with pytest.raises(BackendError, match=message):
        Texts(path=str(file), **arguments).load()


def test_one_label_is_no_classification(file: Path) -> None:
    file.write_text("text,label\n" + "some words,same\n" * 20)
    with pytest.raises(BackendError, match=r"every text of .* has the label 'same'"):
        Texts(path=str(file)).load()


def test_an_empty_label_is_named(file: Path) -> None:
    file.write_text(file.read_text() + "\nno label at all,")
    with pytest.raises(BackendError, match=r"train\.csv, row 61: the label 'label' is empty"):
        Texts(path=str(file)).load()


def test_labels_that_only_the_test_file_has_are_refused(file: Path) -> None:
    (file.parent / "test.csv").write_text("text,label\nIt was fine,splendid\n")
    with pytest.raises(BackendError, match=r"labels that .* has not: splendid"):
        Texts(path=str(file.parent)).load()
    (file.parent / "empty").mkdir()
    with pytest.raises(BackendError, match=r"has no train\.csv or train\.csv\.gz, only nothing"):
        Texts(path=str(file.parent / "empty")).load()


@pytest.mark.skipif(not BANKING.is_dir(), reason=f"{BANKING} is not there")
def test_banking77() -> None:
    task = Texts(path=str(BANKING), length=20)
    splits = task.load()
    assert (len(splits.train) + len(splits.validation), len(splits.test)) == (10_003, 3_080)
    assert task.facts.values["classes"] == 77 == len(splits.test.targets.unique())
    assert 2000 < task.facts.values["vocabulary"] < 3000
    assert torch.bincount(splits.validation.targets, minlength=77).min() >= 1
    assert np.isin(splits.test.index, splits.train.index).sum() == 0
