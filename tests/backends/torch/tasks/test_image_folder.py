"""Folders of images: classes by subfolder, resized, splits drawn or given."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from backends.errors import BackendError
from backends.torch.tasks.image_folder import ImageFolder


def write(folder: Path, count: int, classes: tuple[str, ...] = ("dark", "light")) -> None:
    """Write `count` images of each class; their size differs, their brightness tells the class and the number."""
    for k, name in enumerate(classes):
        (folder / name).mkdir(parents=True)
        for i in range(count):
            pixels = np.full((10 + i, 12, 3), 100 * k + i, np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{i:02}.png")


@pytest.mark.parametrize("channels", [1, 3])
def test_drawn_splits(channels: int, tmp_path: Path, check_splits: Callable[..., None]) -> None:
    write(tmp_path, 10)
    task = ImageFolder(path=str(tmp_path), size=8, channels=channels)
    assert (task.facts.input.axes, task.facts.values["classes"]) == ((channels, 8, 8), 2)
    check_splits(task.load, 20)
    splits = task.load()
    assert splits.train.inputs.shape == (12, channels, 8, 8)
    levels = np.array([100 * (i // 10) + i % 10 for i in range(20)], np.float64)
    known = levels[splits.train.index]
    assert np.allclose(
        splits.test.inputs[:, 0, 0, 0].numpy(), (levels[splits.test.index] - known.mean()) / known.std(), atol=1e-3
    )
    assert splits.test.targets.tolist() == [int(i >= 10) for i in splits.test.index]


def test_given_splits(tmp_path: Path, check_splits: Callable[..., None]) -> None:
    write(tmp_path / "train", 5)
    write(tmp_path / "val", 2)
    write(tmp_path / "test", 3)
    task = ImageFolder(path=str(tmp_path), size=8)
    check_splits(task.load, 20)
    splits = task.load()
    assert [len(s) for s in (splits.train, splits.validation, splits.test)] == [10, 4, 6]
    assert splits.test.targets.tolist() == [0] * 3 + [1] * 3


def test_what_cannot_be_read_is_named(tmp_path: Path, without_torch: Callable[[str], None]) -> None:
    with pytest.raises(BackendError, match="0 subfolders; it needs one for each class"):
        ImageFolder(path=str(tmp_path)).load()
    write(tmp_path / "train", 5)
    write(tmp_path / "test", 1, ("dark", "bright"))
    without_torch(f"from backends.torch.tasks.image_folder import ImageFolder\nImageFolder(path={str(tmp_path)!r}).facts")
    with pytest.raises(BackendError, match="other classes than"):
        ImageFolder(path=str(tmp_path)).load()
    (tmp_path / "train" / "dark" / "00.png").write_bytes(b"nonsense")
    with pytest.raises(BackendError, match=r"00\.png is no image that can be read"):
        ImageFolder(path=str(tmp_path / "train")).load()
    with pytest.raises(BackendError, match="channels is 2"):
        ImageFolder(path=str(tmp_path), channels=2)
    with pytest.raises(BackendError, match="there is no folder"):
        ImageFolder(path=str(tmp_path / "a" / "b")).load()


def test_a_class_without_images_is_refused(tmp_path: Path) -> None:
    write(tmp_path, 5)
    (tmp_path / "empty").mkdir()
    with pytest.raises(BackendError, match="cannot be read"):
        ImageFolder(path=str(tmp_path)).load()


def test_arguments_are_constants_of_the_language(tmp_path: Path) -> None:
    import symbolic as sym
    from symbolic.search.targets import task_of

    write(tmp_path, 5)
    text = f'space s\ntask image_folder(path: "{tmp_path}", size: 8)\nmodel = flatten >> linear(classes) >> relu\n'
    task: Any = task_of(sym.parse(text), None)[1]
    assert task == ImageFolder(path=str(tmp_path), size=8)
