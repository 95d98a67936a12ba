"""Which augmentation a `train` record asks for. Imports no torch; `augment_images.py` carries it out."""

from __future__ import annotations

from typing import Any

import attrs

from backends.errors import TrainError
from symbolic.errors import nearest

KINDS = ("flip", "crop", "cutout")


@attrs.frozen
class Augment:
    """How strongly images are changed, each in [0, 1] of the usual: mirrored half of the time, moved by up to an eighth of
    their side, a square of half their side set to the mean."""

    flip: float = 0.0
    crop: float = 0.0
    cutout: float = 0.0


def augment_of(value: Any) -> Augment | None:
    """Return what the `augment` key asks for: none, `"flip"`, `"crop"`, `"cutout"`, several of them as `"crop+flip"`, or one
    strength in [0, 1] of all three. Raises `TrainError` for anything else.

    >>> augment_of("crop+flip"), augment_of(0)
    (Augment(flip=1.0, crop=1.0, cutout=0.0), None)
    """
    if value is None or isinstance(value, Augment):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        return Augment(float(value), float(value), float(value)) if value > 0 else None
    kinds = [part.strip() for part in value.split("+")] if isinstance(value, str) else []
    if kinds == ["none"]:
        return None
    wrong = next((kind for kind in kinds if kind not in KINDS), None)
    if not kinds or wrong is not None:
        hint = nearest(str(wrong), KINDS) or f"write none, {', '.join(KINDS)}, several joined by +, or a strength from 0 to 1"
        raise TrainError(f"train.augment is {value!r}, which is no augmentation; {hint}")
    return Augment(**dict.fromkeys(kinds, 1.0))
