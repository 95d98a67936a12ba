"""Mixing at the output of a module: exact for whatever a candidate computes, at the price of one run per option."""

from __future__ import annotations

import functools
import itertools
import math
import operator
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from backends.supernet.mixed import Gate, Mixed, weighted
from backends.supernet.state import Setting

if TYPE_CHECKING:
    from backends.supernet.supernet import Supernet


MOST_RUNS = 16
"""Options of a decision that may be mixed at an output: the module runs once for each."""
MOST_TOGETHER = 64
"""How often a module may run because several decisions are mixed at its output or around it."""


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


def enclosing(supernet: Supernet, path: str) -> Iterator[str]:
    """Yield the names of the modules that contain every place of a decision, innermost first."""
    places = [name.split(".") if name else [] for name in supernet.parts.places[path]]
    common: list[str] = []
    for parts in zip(*places, strict=False):
        if len(set(parts)) > 1:
            break
        common.append(parts[0])
    for length in range(len(common), -1, -1):
        name = ".".join(common[:length])
        if not isinstance(supernet.modules[name], (nn.ModuleList, nn.ModuleDict, Mixed, Gate)):
            yield name


def too_often(supernet: Supernet, mixed: Mapping[str, str]) -> dict[str, str]:
    """Take back decisions that make a module run too often because several are mixed at its output or around it.

    `mixed`: path -> where it is mixed. Returns path -> reason of those that were taken back.
    """
    names = {id(module): name for name, module in supernet.modules.items()}
    kept: dict[str, str] = {}
    refused: dict[str, str] = {}
    for path in [path for path in mixed if path in supernet.outside]:
        trial = {**kept, path: names[id(supernet.outside[path])]}
        runs = max(_runs(supernet, name, trial) for name in trial.values())
        if runs <= MOST_TOGETHER:
            kept = trial
        else:
            del supernet.outside[path]
            refused[path] = f"too many runs {mixed[path]} together with other decisions: {runs}, at most {MOST_TOGETHER}"
    return refused


def _runs(supernet: Supernet, name: str, outside: Mapping[str, str]) -> int:
    """Return how often a module runs in a full mixture: once for each combination at itself and around it."""
    around = [path for path, other in outside.items() if other in ("", name) or name.startswith(f"{other}.")]
    return math.prod(len(supernet.state.options[path]) for path in around)
