"""Task `arrays`: a NumPy archive of inputs and targets, `arrays(path: "x.npz")`."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from backends.errors import BackendError
from backends.torch.tasks.arguments import share, text, whole
from backends.torch.tasks.checks import class_numbers, finite
from backends.torch.tasks.defaults import CLASSIFICATION, REGRESSION, train
from backends.torch.tasks.files import found
from symbolic.shapes import Shape, features, image, sequence, tokens
from symbolic.task import TaskFacts

if TYPE_CHECKING:
    import numpy as np

    from backends.torch.data import Splits

TRAINING, OTHERS = ("x", "y"), ("validation", "test")


@attrs.frozen(slots=False)
class Arrays:
    """The task with its arguments. The archive holds `x` and `y`, and where they are fixed `x_validation`, `y_validation`,
    `x_test`, `y_test` (`x_train`, `y_train` are read for `x`, `y`); what it lacks is drawn from `x`.

    `x`: `[example, feature]`; images `[example, height, width]` uint8 or `[example, channel, height, width]`; sequences
    `[example, length, feature]` float; tokens `[example, length]` integers. `y`: class numbers from 0, or floats (a
    regression) `[example]`. Features and channels are standardised by the training part.
    """

    path: str = attrs.field(validator=text)
    validation: float = attrs.field(default=0.2, validator=share)
    test: float = attrs.field(default=0.2, validator=share)
    seed: int = attrs.field(default=0, validator=whole)

    @cached_property
    def facts(self) -> TaskFacts:
        """What a space needs to know; reads the headers and the targets."""
        heads = self._heads()
        shape, dtype = heads[self._key("x", heads)]
        kind = self._shape(shape, dtype)
        values = {"image": {"channels": kind.axes[0]}, "sequence": {"length": kind.axes[0], "features": kind.axes[-1]}}.get(
            kind.kind, {"features": kind.axes[0]} if kind.kind == "features" else {"length": kind.axes[0]}
        )
        if kind.kind == "tokens":
            values["vocabulary"] = self._vocabulary()
        if not self._is_classification(heads):
            return TaskFacts("arrays", kind, values, REGRESSION, train(lr=3e-3, epochs=20), features(1))
        classes = class_numbers(self._who, "y", self._all("y"))
        values["classes"] = classes
        return TaskFacts("arrays", kind, values, CLASSIFICATION, train(lr=3e-3, epochs=20), features(classes))

    def load(self) -> Splits:
        """Load the arrays: inputs float32 (tokens int64), targets int64 (a regression: float32, standardised)."""
        from backends.torch.tasks.array_splits import array_splits

        facts, heads = self.facts, self._heads()
        blocks = [self._pair("", heads)] + [self._pair(part, heads) for part in OTHERS if f"x_{part}" in heads]
        held = tuple(part for part in OTHERS if f"x_{part}" in heads)
        return array_splits(blocks, held, facts, self.validation, self.test, self.seed)

    def _pair(self, part: str, heads: Mapping[str, Any]) -> tuple[Any, Any]:
        names = [self._key("x", heads), self._key("y", heads)] if not part else [f"x_{part}", f"y_{part}"]
        x, y = (self._array(name) for name in names)
        if len(x) != len(y):
            raise self._wrong(f"{names[0]} has {len(x)} examples and {names[1]} {len(y)}")
        for name, array in zip(names, (x, y), strict=True):
            finite(self._who, name, array)
        return x, y

    def _key(self, name: str, heads: Mapping[str, Any]) -> str:
        for key in (name, f"{name}_train"):
            if key in heads:
                return key
        raise self._wrong(f"it has no array {name!r}, only {', '.join(heads) or 'nothing'}")

    def _array(self, name: str) -> np.ndarray[Any, Any]:
        import numpy as np

        try:
            with np.load(found("arrays", self.path), allow_pickle=False) as archive:
                array: np.ndarray[Any, Any] = archive[name]
        except KeyError:
            raise self._wrong(f"it has no array {name!r}") from None
        except (OSError, ValueError, EOFError, zipfile.BadZipFile) as e:
            raise self._wrong(f"its array {name!r} cannot be read: {e}") from e
        return array

    def _heads(self) -> dict[str, tuple[tuple[int, ...], Any]]:
        """Shape and type of each array, from its header."""
        from numpy.lib import format as npy

        place = found("arrays", self.path)
        heads: dict[str, tuple[tuple[int, ...], Any]] = {}
        try:
            with zipfile.ZipFile(place) as archive:
                for name in archive.namelist():
                    with archive.open(name) as file:
                        version = npy.read_magic(file)
                        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
                        shape, _, dtype = read(file)
                    heads[name.removesuffix(".npy")] = shape, dtype
        except (OSError, ValueError, zipfile.BadZipFile) as e:
            raise self._wrong(f"it is no NumPy archive ({e}); write one with numpy.savez(path, x=..., y=...)") from e
        return heads

    def _shape(self, shape: tuple[int, ...], dtype: Any) -> Shape:
        """The shape of one example, told by the array's dimensions and type."""
        match len(shape) - 1, dtype.kind:
            case 1, "f":
                return features(shape[1])
            case 1, "i" | "u":
                return features(shape[1]) if dtype.itemsize == 1 else tokens(shape[1])
            case 2, "u" if dtype.itemsize == 1:
                return image(1, shape[1], shape[2])
            case 2, "f":
                return sequence(shape[1], shape[2])
            case 3, "f" | "u":
                return image(shape[1], shape[2], shape[3])
        raise self._wrong(f"x is {dtype} of shape {list(shape)}; it is [example, ...] with at most 3 axes more, of numbers")

    def _is_classification(self, heads: Mapping[str, Any]) -> bool:
        shape, dtype = heads[self._key("y", heads)]
        if len(shape) != 1 or dtype.kind not in "iuf":
            raise self._wrong(f"y is {dtype} of shape {list(shape)}; it is [example], class numbers or floats")
        return bool(dtype.kind in "iu")

    def _all(self, name: str) -> np.ndarray[Any, Any]:
        """The numbers of `x` or `y` in all parts. Raises `BackendError` for an empty part."""
        import numpy as np

        heads = self._heads()
        keys = [self._key(name, heads)] + [f"{name}_{part}" for part in OTHERS if f"{name}_{part}" in heads]
        arrays = [self._array(key) for key in keys]
        for key, array in zip(keys, arrays, strict=True):
            if not len(array):
                raise self._wrong(f"{key} is empty")
        return np.concatenate(arrays)

    def _vocabulary(self) -> int:
        numbers = self._all("x")
        if numbers.min() < 0:
            raise self._wrong(f"x holds the token {numbers.min()}; tokens are numbered from 0")
        return int(numbers.max()) + 1

    def _wrong(self, why: str) -> BackendError:
        return BackendError(f"{self._who}: {why}")

    @property
    def _who(self) -> str:
        return f"task arrays: {Path(self.path)}"
