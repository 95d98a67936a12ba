"""What cannot be written is named; a text that is wrong is never returned."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from backends.torch.emit.emit import emit
from backends.torch.emit.refusal import CannotEmit
from backends.torch.emit.verify import verify

total = 0


class Lambda(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.function = lambda x: x * 2

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.function(x)
        return y


class Global(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        global total
        total += 1
        return x + total


class Classes(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x if isinstance(self.inner, Silent) else -x


class Outside(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = OUTER(x)
        return y


class Ours(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        from symbolic.shapes import features

        return x + features(2).axes[0]


class Silent(nn.Module):
    """Computes something else in each run: no text of it can be checked."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * random.random()


class NotANumber(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * float("nan")


class Output(nn.Module):
    def forward(self, x: torch.Tensor) -> object:
        return object()


class Large(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("table", torch.rand(300, 100))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        table = self.get_buffer("table")
        return x + table[0, :8]


OUTER = nn.Linear(8, 8)


def hooked() -> nn.Module:
    network = nn.Sequential(nn.Linear(8, 8))
    network[0].register_forward_hook(lambda m, args, out: out + 1)
    return network


def replaced() -> nn.Module:
    network = nn.Linear(8, 8)
    network.forward = lambda x: x  # type: ignore[assignment, method-assign]
    return nn.Sequential(nn.ReLU(), network)


def parametrised() -> nn.Module:
    return nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(8, 8)))


def without_source() -> nn.Module:
    space: dict[str, Any] = {"nn": nn}
    exec("class Made(nn.Module):\n    def forward(self, x):\n        return x\n", space)
    made: nn.Module = space["Made"]()
    return made


def on_meta() -> nn.Module:
    return nn.Linear(8, 8, device="meta")


REFUSED: list[tuple[Callable[[], nn.Module], str]] = [
    (Lambda, "at the network: Lambda.function: .*lambda.* is no `def`"),
    (Global, "Global.forward: .* changes the global variable total"),
    (Classes, "Classes.forward: a class of your own is used as a value: Silent"),
    (Outside, "Outside.forward: OUTER is a Linear that lives outside the network"),
    (Ours, "Ours.forward: Ours.forward imports symbolic.shapes while it runs"),
    (Silent, "differs by"),
    (NotANumber, "no finite number in training mode"),
    (Output, "the network returns object, which cannot be compared"),
    (Large, "Large.table: a constant tensor of 30000 numbers is too large"),
    (hooked, "at 0: Linear has hooks"),
    (replaced, "at 1: the forward of this Linear was replaced"),
    (parametrised, "at 0: .*parametrised weights"),
    (without_source, "the source of Made.forward cannot be found"),
    (on_meta, "it was built on the meta device"),
    (lambda: nn.Linear(3, 8), "the network does not run on the example"),
]


@pytest.mark.parametrize(("make", "message"), REFUSED, ids=[message[:40] for _, message in REFUSED])
def test_what_cannot_be_written_is_named(make: Callable[[], nn.Module], message: str) -> None:
    with pytest.raises(CannotEmit, match=message):
        emit(make(), torch.randn(4, 8))


TEXT = "from torch import nn\n\n\ndef build():\n    return nn.Sequential({})\n"
NETWORK = nn.Sequential(nn.Linear(8, 8), nn.Dropout(0.5), nn.BatchNorm1d(8))
WRONG = {
    "nn.Linear(8, 8), nn.Dropout(0.4), nn.BatchNorm1d(8)": "differs by",
    "nn.Linear(8, 8), nn.Dropout(0.5), nn.BatchNorm1d(8, eps=1e-3)": "differs by",
    "nn.Linear(8, 8), nn.Dropout(0.5), nn.BatchNorm1d(8, momentum=0.2)": "2.running_mean differs by",
    "nn.Linear(8, 8), nn.Dropout(0.5)": "other weights: 2.bias",
    "nn.Linear(8, 8, bias=False), nn.Dropout(0.5), nn.BatchNorm1d(8)": "other weights: 0.bias",
    "nn.Linear(8, 7), nn.Dropout(0.5), nn.BatchNorm1d(8)": r"0.weight is \(8, 8\) torch.float32, and \(7, 8\)",
    "nn.Linear(8, 8).requires_grad_(False), nn.Dropout(0.5), nn.BatchNorm1d(8)": "0.weight is trained",
    "nn.Linear(8, 8).double(), nn.Dropout(0.5), nn.BatchNorm1d(8)": "0.weight is .*torch.float32, and .*torch.float64",
    "nn.Lineer(8, 8)": "does not build: AttributeError",
}


def test_a_right_text_passes() -> None:
    verify(NETWORK, TEXT.format("nn.Linear(8, 8), nn.Dropout(0.5), nn.BatchNorm1d(8)"), (torch.randn(4, 8),), "build")


@pytest.mark.parametrize("parts", WRONG)
def test_a_wrong_text_does_not(parts: str) -> None:
    with pytest.raises(CannotEmit, match=WRONG[parts]):
        verify(NETWORK, TEXT.format(parts), (torch.randn(4, 8),), "build")


def test_lost_ties_and_lost_gradients_are_seen() -> None:
    tied = nn.Sequential(nn.Linear(8, 8), nn.Linear(8, 8))
    tied[1].weight = tied[0].weight
    with pytest.raises(CannotEmit, match="not tied"):
        verify(tied, TEXT.format("nn.Linear(8, 8), nn.Linear(8, 8)"), (torch.randn(4, 8),), "build")


def test_a_text_that_imports_this_library_does_not_pass() -> None:
    text = "import backends.torch.layers\n" + TEXT.format("nn.Linear(8, 8)")
    with pytest.raises(CannotEmit, match="a module of this library"):
        verify(nn.Sequential(nn.Linear(8, 8)), text, (torch.randn(4, 8),), "build")


def test_the_name_must_be_one() -> None:
    with pytest.raises(CannotEmit, match="'my net' cannot be the name of a function"):
        emit(nn.ReLU(), torch.randn(4, 8), name="my net")
