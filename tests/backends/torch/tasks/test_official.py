"""MNIST and CIFAR from small files in their official layout, written here; and what is said where files are missing."""

from __future__ import annotations

import gzip
import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from backends.errors import BackendError
from backends.torch.tasks.cifar10 import Cifar10
from backends.torch.tasks.cifar100 import Cifar100
from backends.torch.tasks.fashion_mnist import FashionMnist
from backends.torch.tasks.mnist import Mnist

IDX = [(Mnist, "MNIST"), (FashionMnist, "FashionMNIST")]
COUNTS = {"train": 60, "t10k": 20}


def write_idx(folder: Path, packed: bool) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Write the four files and return images and labels by their part."""
    folder.mkdir(parents=True)
    rng, written = np.random.default_rng(0), {}
    for part, count in COUNTS.items():
        images, labels = rng.integers(0, 256, (count, 28, 28), np.uint8), (np.arange(count) % 10).astype(np.uint8)
        files = {
            f"{part}-images-idx3-ubyte": struct.pack(">IIII", 2051, count, 28, 28) + images.tobytes(),
            f"{part}-labels-idx1-ubyte": struct.pack(">II", 2049, count) + labels.tobytes(),
        }
        for name, content in files.items():
            (folder / (f"{name}.gz" if packed else name)).write_bytes(gzip.compress(content) if packed else content)
        written[part] = (images, labels)
    return written


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize(("task", "name"), IDX)
def test_idx_files_are_read(task: Any, name: str, packed: bool, tmp_path: Path, check_splits: Callable[..., None]) -> None:
    written = write_idx(tmp_path / name / "raw", packed)
    made = task(root=str(tmp_path), validation=0.2)
    check_splits(made.load, 80)
    splits = made.load()
    assert [len(s) for s in (splits.train, splits.validation, splits.test)] == [50, 10, 20]
    images, labels = written["t10k"]
    assert np.array_equal(splits.test.index, np.arange(60, 80))
    assert np.array_equal(splits.test.targets.numpy(), labels)
    train = written["train"][0][splits.train.index].astype(np.float64)
    assert np.allclose(splits.test.inputs[:, 0].numpy(), (images - train.mean()) / train.std(), atol=1e-4)
    assert splits.train.inputs.shape[1:] == made.facts.input.axes == (1, 28, 28)
    assert sorted(p.name for p in tmp_path.rglob("*ubyte")) == (
        [] if packed else sorted(p.name for p in tmp_path.rglob("*ubyte*"))
    )


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(BackendError, match=r"train-images-idx3-ubyte\.gz, train-labels.*t10k-labels.*nothing is downloaded"):
        Mnist(root=str(tmp_path)).load()
    write_idx(tmp_path / "MNIST" / "raw", packed=True)
    (tmp_path / "MNIST" / "raw" / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(BackendError, match=rf"{tmp_path}/MNIST/raw has no t10k-labels-idx1-ubyte\.gz;"):
        Mnist(root=str(tmp_path)).load()


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    write_idx(tmp_path / "MNIST" / "raw", packed=True)
    file = tmp_path / "MNIST" / "raw" / "train-images-idx3-ubyte.gz"
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BackendError, match=r"train-images-idx3-ubyte\.gz cannot be unpacked"):
        Mnist(root=str(tmp_path)).load()
    file.write_bytes(gzip.compress(b"nonsense"))
    with pytest.raises(BackendError, match="cannot be read"):
        Mnist(root=str(tmp_path)).load()


def write_cifar(root: Path, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Write the pickled batches and return the test images `[image, 3, 32, 32]` and labels."""
    rng = np.random.default_rng(0)
    ten = classes == 10
    folder = root / ("cifar-10-batches-py" if ten else "cifar-100-python")
    folder.mkdir(parents=True)
    parts = {**{f"data_batch_{i}": 20 for i in range(1, 6)}, "test_batch": 20} if ten else {"train": 200, "test": 100}
    for name, count in parts.items():
        data, labels = rng.integers(0, 256, (count, 3072), np.uint8), [i % classes for i in range(count)]
        body = {"data": data, "labels" if ten else "fine_labels": labels}
        (folder / name).write_bytes(pickle.dumps(body))
    names = [f"class {i}" for i in range(classes)]
    meta = {"label_names": names} if ten else {"fine_label_names": names}
    (folder / ("batches.meta" if ten else "meta")).write_bytes(pickle.dumps(meta))
    return data.reshape(-1, 3, 32, 32), np.array(labels)


@pytest.mark.parametrize(("task", "classes", "count"), [(Cifar10, 10, 120), (Cifar100, 100, 300)])
def test_cifar_batches_are_read(
    task: Any, classes: int, count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, check_splits: Callable[..., None]
) -> None:
    images, labels = write_cifar(tmp_path, classes)
    with pytest.raises(BackendError, match="cannot be read"):  # the checksums are not those of the official files
        task(root=str(tmp_path)).load()
    monkeypatch.setattr("torchvision.datasets.cifar.check_integrity", lambda path, md5=None: Path(path).is_file())
    made = task(root=str(tmp_path), validation=0.4)
    check_splits(made.load, count)
    splits = made.load()
    assert splits.train.inputs.shape[1:] == made.facts.input.axes == (3, 32, 32)
    assert np.array_equal(splits.test.targets.numpy(), labels)
    assert torch.allclose(splits.train.inputs.mean((0, 2, 3)), torch.zeros(3), atol=1e-4)
    assert torch.allclose(splits.train.inputs.std((0, 2, 3), correction=0), torch.ones(3), atol=1e-4)
    flat = splits.test.inputs[:, 1].flatten().numpy()
    assert np.corrcoef(flat, images[:, 1].ravel())[0, 1] > 0.9999


def test_missing_batches_are_named(tmp_path: Path) -> None:
    with pytest.raises(BackendError, match=r"cifar-10-batches-py has no data_batch_1, .*batches\.meta; put the official files"):
        Cifar10(root=str(tmp_path)).load()
    with pytest.raises(BackendError, match="cifar-100-python has no train, test, meta"):
        Cifar100(root=str(tmp_path)).load()
