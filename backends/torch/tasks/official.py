"""Image sets in their official files, read by torchvision's classes from a folder of the user's. Nothing is downloaded."""

from __future__ import annotations

import gzip
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backends.errors import BackendError
from backends.torch.data import Splits
from backends.torch.tasks.parts import with_official_test

Loaded = tuple[NDArray[np.uint8], NDArray[np.int64]]
IDX = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


def idx_splits(dataset: Callable[..., Any], name: str, root: Path, validation: float, seed: int) -> Splits:
    """Return the splits of MNIST or a set in its format: `<root>/<name>/raw/train-images-idx3-ubyte`, `.gz` or not, ..."""
    raw = root / name / "raw"
    missing = [file for file in IDX if not (raw / file).is_file() and not (raw / f"{file}.gz").is_file()]
    _refuse(name, raw, [f"{file}.gz" for file in missing])
    with _unpacked(raw, root, name) as folder:
        train, test = (_loaded(name, dataset, folder, part) for part in (True, False))
    return with_official_test(train, test, 10, validation, seed)


def cifar_splits(
    dataset: Callable[..., Any],
    name: str,
    root: Path,
    folder: str,
    files: Sequence[str],
    classes: int,
    validation: float,
    seed: int,
) -> Splits:
    """Return the splits of CIFAR-10 or CIFAR-100 in its pickled batches, whose checksums torchvision checks first."""
    _refuse(name, root / folder, [file for file in files if not (root / folder / file).is_file()])
    train, test = (_loaded(name, dataset, root, part) for part in (True, False))
    return with_official_test(train, test, classes, validation, seed)


def _refuse(name: str, folder: Path, missing: Sequence[str]) -> None:
    if missing:
        raise BackendError(
            f"the files of {name} are not there: {folder} has no {', '.join(missing)}; put the official files there, or name "
            f"the folder above in the task's argument root (nothing is downloaded)"
        )


@contextmanager
def _unpacked(raw: Path, root: Path, name: str) -> Iterator[Path]:
    """Give a root in which all files are unpacked: the user's own, or a temporary one where some are `.gz` only."""
    if all((raw / file).is_file() for file in IDX):
        yield root
        return
    with tempfile.TemporaryDirectory() as folder:
        there = Path(folder) / name / "raw"
        there.mkdir(parents=True)
        for file in IDX:
            _unpack(raw / file, there / file)
        yield Path(folder)


def _unpack(source: Path, target: Path) -> None:
    """Copy a file, or unpack the `.gz` that stands for it."""
    if source.is_file():
        shutil.copyfile(source, target)
        return
    try:
        with gzip.open(f"{source}.gz") as packed, target.open("wb") as unpacked:
            shutil.copyfileobj(packed, unpacked)
    except (OSError, EOFError, zlib.error) as e:
        raise BackendError(f"{source}.gz cannot be unpacked: {e}") from e


def _loaded(name: str, dataset: Callable[..., Any], root: Path, train: bool) -> Loaded:
    """Return images uint8 `[image, channel, height, width]` and targets int64 `[image]` of one part."""
    try:
        made = dataset(str(root), train=train)
    except Exception as e:  # damaged files raise whatever their parser does
        raise BackendError(f"the files of {name} in {root} cannot be read ({e}); fetch the official ones again") from e
    images = np.asarray(made.data, np.uint8)
    images = images[:, None] if images.ndim == 3 else images.transpose(0, 3, 1, 2)
    return np.ascontiguousarray(images), np.asarray(made.targets, np.int64)
