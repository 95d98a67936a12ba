"""What a proof works on and what it shows: candidates with their standalone networks, and where decisions are mixed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import attrs
import torch
from torch import nn

from backends.supernet.refusal import Refusal
from backends.supernet.state import Setting
from backends.supernet.supernet import Supernet

INSIDE = "inside"


class OtherTensors(Refusal):
    """A supernet whose tensors are not those of the network it stands for."""

    def __init__(self, difference: str) -> None:
        super().__init__(
            f"the supernet has other tensors than the network it stands for: {difference}",
            remedy="compute sizes with arithmetic on the choices, in the constructor",
        )


@attrs.frozen(eq=False)
class Sample:
    """A candidate to compare with: codes and reals of its active decisions, and how to build its own network."""

    codes: Mapping[str, int]
    reals: Mapping[str, float]
    build: Callable[[], nn.Module]
    text: str = ""

    def setting(self) -> Setting:
        """Return the candidate as a single path."""
        return Setting({path: (code,) for path, code in self.codes.items()}, {}, self.reals)

    def one_hot(self, paths: Sequence[str], supernet: Supernet) -> Setting:
        """Return the candidate with one-hot weights over all options of some of its decisions."""
        support: dict[str, tuple[int, ...]] = {path: (code,) for path, code in self.codes.items()}
        weights = {}
        for path in paths:
            count = len(supernet.state.options[path])
            support[path] = tuple(range(count))
            weights[path] = torch.nn.functional.one_hot(torch.tensor(self.codes[path]), count).to(dtype_of(supernet))
        return Setting(support, weights, self.reals)


@attrs.frozen
class Proof:
    """What was shown: `sampled` candidates are exact; where each decision is mixed; why others cannot be.

    `mixed`: path -> `inside` or `at the output of X`. `refused`: path -> reason. `runs`: path -> how often a module runs
    when the decision is mixed at its output.
    """

    sampled: int
    mixed: Mapping[str, str]
    refused: Mapping[str, str]
    runs: Mapping[str, int] = attrs.field(factory=dict)


def good(place: str) -> bool:
    """Return whether a place says that a decision is mixed somewhere; else it is the reason why not."""
    return place.startswith((INSIDE, "at the output"))


def dtype_of(supernet: Supernet) -> torch.dtype:
    """Return the number type of the shared tensors."""
    return next((p.dtype for p in supernet.parameters), torch.get_default_dtype())
