"""Mixing at the output of a module: exact for whatever a candidate computes, at the price of one run per option."""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from backends.supernet.mixed import weighted
from backends.supernet.state import Setting

if TYPE_CHECKING:
    from backends.supernet.supernet import Supernet


class OutputMix:
    """Stands in for a module's `forward`: runs it once per combination of some decisions and mixes what it returns."""

    def __init__(self, supernet: Supernet, module: nn.Module, paths: tuple[str, ...]) -> None:
        self.supernet, self.module, self.paths = supernet, module, paths

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return the weighted sum of the module's outputs."""
        whole = self.supernet.state.setting
        assert whole is not None
        changed = frozenset(self.paths)
        instead = self.module.__dict__.pop("forward")
        outputs, weights = [], []
        try:
            for codes in itertools.product(*(range(len(whole.support[path])) for path in self.paths)):
                self.supernet.write(_single(whole, dict(zip(self.paths, codes, strict=True))), changed)
                outputs.append(self.module.forward(*args, **kwargs))
                chosen = [whole.weights[path][code] for path, code in zip(self.paths, codes, strict=True)]
                weights.append(functools.reduce(operator.mul, chosen))
        finally:
            self.supernet.write(whole, changed)
            self.module.__dict__["forward"] = instead
        return weighted(outputs, torch.stack(weights), self.paths[0])


def _single(setting: Setting, places: Mapping[str, int]) -> Setting:
    """Return the setting with some mixed decisions at one option: `places` are positions in their support."""
    support = {**setting.support, **{path: (setting.support[path][place],) for path, place in places.items()}}
    weights = {path: w for path, w in setting.weights.items() if path not in places}
    return Setting(support, weights, setting.reals)
