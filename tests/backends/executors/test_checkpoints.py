"""A checkpoint that is being replaced is whole at every moment: the old one or the new one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from backends.executors.checkpoints import Checkpoints, replace, restored


class Killed(BaseException):
    """Stands for a kill."""


def content(path: Path) -> str:
    return "".join((path / name).read_text() for name in ("a", "b"))


def writer(text: str, killed: bool = False) -> Callable[[Path], None]:
    def save(folder: Path) -> None:
        (folder / "a").write_text(text)
        if killed:
            raise Killed
        (folder / "b").write_text(text)

    return save


@pytest.mark.parametrize("cut", range(5))
def test_a_kill_between_any_two_steps_leaves_a_whole_one(cut: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "checkpoints" / "3"
    replace(path, writer("old"))
    steps = iter(range(10))

    def counted(work: Callable[..., object]) -> Callable[..., object]:
        def step(*args: object, **kwargs: object) -> object:
            if next(steps) == cut:
                raise Killed
            return work(*args, **kwargs)

        return step

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Path, "rename", counted(Path.rename))
        patch.setattr(shutil, "rmtree", counted(shutil.rmtree))
        replace(path, writer("new"))
        raise AssertionError("the cut lies behind the last step")
    assert restored(path)
    assert content(path) in ("oldold", "newnew")
    replace(path, writer("newer"))
    assert content(path) == "newernewer"
    assert sorted(p.name for p in path.parent.iterdir()) == ["3"]


def test_a_kill_while_writing_keeps_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "0"
    replace(path, writer("old"))
    with pytest.raises(Killed):
        replace(path, writer("new", killed=True))
    assert restored(path) and content(path) == "oldold"


def test_a_trial_prefers_its_own_checkpoint(tmp_path: Path, trial: Callable[..., object]) -> None:
    checkpoints = Checkpoints(tmp_path)
    continuing = trial(5, continue_from=2)
    assert checkpoints.start(continuing) is None
    (tmp_path / "checkpoints" / "2").mkdir(parents=True)
    assert checkpoints.start(continuing) == tmp_path / "checkpoints" / "2"
    (tmp_path / "checkpoints" / "5.old").mkdir()
    assert checkpoints.start(continuing) == tmp_path / "checkpoints" / "5"


def test_without_a_folder_nothing_is_kept(trial: Callable[..., object]) -> None:
    assert Checkpoints(None).of(1) is None
    assert Checkpoints(None).start(trial(1, continue_from=0)) is None
