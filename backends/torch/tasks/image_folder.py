"""Task `image_folder`: a folder of images, a subfolder for each class, `image_folder(path: "flowers")`."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from backends.errors import BackendError
from backends.torch.tasks.arguments import positive, share, text, whole
from backends.torch.tasks.defaults import CLASSIFICATION, train
from backends.torch.tasks.files import found
from symbolic.shapes import features, image
from symbolic.task import TaskFacts

if TYPE_CHECKING:
    from backends.torch.data import Splits

PARTS = {"train": ("train",), "validation": ("validation", "valid", "val"), "test": ("test",)}


def _channels(task: Any, attribute: Any, value: object) -> None:
    if value not in (1, 3) or isinstance(value, bool):
        raise BackendError(f"task image_folder: channels is {value!r}; it is 3 (colour) or 1 (grey)")


@attrs.frozen(slots=False)
class ImageFolder:
    """The task with its arguments. Where the folder has subfolders `train`, `validation` (`valid`, `val`) or `test`, they are
    the splits, each with a folder for each class; what is missing is drawn from the training images.

    Images are resized to `size` x `size`, kept in memory, and standardised by the training part.
    """

    path: str = attrs.field(validator=text)
    size: int = attrs.field(default=32, validator=positive)
    channels: int = attrs.field(default=3, validator=_channels)
    validation: float = attrs.field(default=0.2, validator=share)
    test: float = attrs.field(default=0.2, validator=share)
    seed: int = attrs.field(default=0, validator=whole)

    @cached_property
    def facts(self) -> TaskFacts:
        """What a space needs to know; lists folders and opens no image."""
        values = {"classes": len(self._classes(self._folders()["train"])), "channels": self.channels}
        return TaskFacts(
            "image_folder",
            image(self.channels, self.size, self.size),
            values,
            CLASSIFICATION,
            train(lr=3e-3),
            features(values["classes"]),
        )

    def load(self) -> Splits:
        """Load the images: inputs float32 `[image, channels, size, size]`; targets int64 `[image]`, classes by name."""
        from backends.torch.tasks.array_splits import array_splits

        folders = self._folders()
        held = [part for part in ("validation", "test") if part in folders]
        known = self._classes(folders["train"])
        for part in held:
            if self._classes(folders[part]) != known:
                raise BackendError(f"task image_folder: {folders[part]} has other classes than {folders['train']}")
        blocks = [self._images(folders[part]) for part in ("train", *held)]
        return array_splits(blocks, held, self.facts, self.validation, self.test, self.seed)

    def _folders(self) -> dict[str, Path]:
        """The folder of each split that has one; without any, the folder itself is for training."""
        place = found("image_folder", self.path)
        named = {part: place / n for part, names in PARTS.items() for n in reversed(names) if (place / n).is_dir()}
        return named if "train" in named else {"train": place}

    def _classes(self, folder: Path) -> list[str]:
        names = sorted(p.name for p in folder.iterdir() if p.is_dir()) if folder.is_dir() else []
        if len(names) < 2:
            raise BackendError(f"task image_folder: {folder} has {len(names)} subfolders; it needs one for each class")
        return names

    def _images(self, folder: Path) -> tuple[Any, Any]:
        """Images uint8 `[image, channel, size, size]` and targets `[image]` of one folder."""
        import numpy as np
        from torchvision.datasets import ImageFolder as Images  # type: ignore[import-untyped]  # ships no stubs

        try:
            listed = Images(str(folder)).samples
        except (OSError, RuntimeError) as e:
            raise BackendError(f"task image_folder: {folder} cannot be read: {e}") from e
        return np.stack([self._image(Path(file)) for file, _ in listed]), np.array([target for _, target in listed])

    def _image(self, file: Path) -> Any:
        import numpy as np
        from PIL import Image

        try:
            with Image.open(file) as opened:
                grey = self.channels == 1
                pixels = np.asarray(
                    opened.convert("L" if grey else "RGB").resize((self.size, self.size), Image.Resampling.BILINEAR)
                )
        except (OSError, ValueError) as e:
            raise BackendError(f"task image_folder: {file} is no image that can be read: {e}") from e
        return pixels[None] if grey else pixels.transpose(2, 0, 1)
