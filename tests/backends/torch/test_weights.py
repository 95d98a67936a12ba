"""What a training does to its weights beside plain steps: averages, branches left out, seeds of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import symbolic as sym
from backends.errors import TrainError
from backends.executors.serial import Serial
from backends.torch.averaging import Average
from backends.torch.layers import Residual
from backends.torch.stochastic_depth import drop_branches
from backends.torch.tasks.digits import digits
from backends.torch.train import TrainBackend
from symbolic.errors import SpaceError
from symbolic.search.events import Result, Trial

Run = Callable[..., Result]
RESIDUAL = """space s
task digits
model = conv2d(8 | 16) >> batch_norm >> residual { conv2d(8, kernel: 3) >> batch_norm } >> relu
  >> residual { conv2d(8, kernel: 3) } >> global_avg_pool >> linear(classes)
"""
VALUES = {"model/conv2d/width": 8}


def test_an_average_is_the_recursion_of_its_definition() -> None:
    network, expected = nn.Linear(3, 2), []
    average = Average(network, 0.5)
    for n in range(6):
        with torch.no_grad():
            network.weight.copy_(torch.full((2, 3), float(n**2)))
        average.update(network)
        decay = min(0.5, (1 + n) / (10 + n)) if n else 0.0
        expected.append(decay * (expected[-1] if n else 0.0) + (1 - decay) * n**2)
        assert average.network.get_parameter("weight")[0, 0].item() == pytest.approx(expected[-1])
    again = Average(nn.Linear(3, 2), 0.5)
    again.load_state_dict(average.state_dict())
    for one in (average, again):
        one.update(network)
    assert torch.equal(again.network.get_parameter("weight"), average.network.get_parameter("weight"))


def test_an_average_follows_statistics_and_counts() -> None:
    network = nn.BatchNorm1d(2).train()
    average = Average(network, 0.9)
    for _ in range(3):
        network(torch.randn(8, 2))
        average.update(network)
    assert average.network.get_buffer("num_batches_tracked") == 3
    assert not torch.equal(average.network.get_buffer("running_mean"), network.running_mean)


def test_averaged_weights_are_measured_kept_and_continued_exactly(run: Run, tmp_path: Path) -> None:
    space = sym.parse(RESIDUAL + "train { epochs: fidelity 1..4, lr: 0.02, ema: 0.99, drop_path: 0.3 }\n")
    plain = sym.parse(RESIDUAL + "train { epochs: fidelity 1..4, lr: 0.02, drop_path: 0.3 }\n")
    whole = run(space, VALUES, folder=tmp_path / "a")
    assert whole.status == "ok" and whole.metrics["accuracy"] > 0.3
    assert whole.metrics["loss"] != run(plain, VALUES).metrics["loss"]
    run(space, VALUES, fidelity=1.0, folder=tmp_path / "b")
    rest = run(space, VALUES, number=1, continue_from=0, roots={1: 0}, folder=tmp_path / "b")
    assert dict(rest.metrics) == dict(whole.metrics)
    state = torch.load(tmp_path / "a" / "checkpoints" / "0" / "state.pt", weights_only=True)
    assert not all(torch.equal(state["network"][k], state["trained"][k]) for k in state["network"])
    trial = Trial(0, space.candidate(VALUES).point)
    kept = TrainBackend().test(space, digits(), trial, tmp_path / "a" / "checkpoints" / "0", 3)
    assert kept == TrainBackend().test(space, digits(), trial, None, 3)


def test_the_averaged_network_is_exported(run: Run, tmp_path: Path) -> None:
    space = sym.parse(RESIDUAL + "train { epochs: 1, ema: 0.9 }\n")
    run(space, VALUES, folder=tmp_path)
    checkpoint = tmp_path / "checkpoints" / "0"
    assert TrainBackend().export(space.candidate(VALUES), digits().facts, tmp_path / "net.pt2", checkpoint)
    state = torch.load(checkpoint / "state.pt", weights_only=True)
    written = torch.export.load(tmp_path / "net.pt2").state_dict
    assert written and all(torch.equal(written[name], state["network"][name]) for name in written)


def test_branches_drop_with_their_depth_and_leave_eval_mode_alone() -> None:
    class Three(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x * 0 + 3

    network = nn.Sequential(*(Residual(Three()) for _ in range(4)))
    names = list(network.state_dict())
    assert drop_branches(network, 0.4) == 4 and list(network.state_dict()) == names
    inputs = torch.zeros(20_000, 1)
    assert torch.equal(network.eval()(inputs), torch.full((20_000, 1), 12.0))
    torch.manual_seed(0)
    for number, branch in enumerate(network.train(), 1):
        out, rate = branch(inputs), 0.1 * number
        assert float((out == 0).double().mean()) == pytest.approx(rate, abs=0.02)
        assert float(out.max()) == pytest.approx(3 / (1 - rate)) and float(out.mean()) == pytest.approx(3, abs=0.1)


def test_drop_path_changes_the_training_and_nothing_without_branches(run: Run) -> None:
    plain, dropped = (
        run(sym.parse(f"{RESIDUAL}train {{ epochs: 1, drop_path: {rate} }}\n"), VALUES).metrics for rate in (0.0, 0.5)
    )
    assert plain["loss"] != dropped["loss"] and plain["params"] == dropped["params"]


def test_drop_path_needs_branches_to_drop() -> None:
    flat = sym.parse("space s\ntask digits\nmodel = flatten >> linear(classes)\ntrain { drop_path: 0.1..0.2 }\n")
    with pytest.raises(SpaceError, match=r"E203 'train\.drop_path' leaves out residual branches, and no operator"):
        TrainBackend().describe(flat, digits())
    own = sym.parse("space s\ntask digits\nmodel = torch.nn::Flatten() >> linear(classes)\ntrain { drop_path: 0.1..0.2 }\n")
    assert "others of your own classes stay" in TrainBackend().describe(own, digits()).notes[0]
    assert TrainBackend().describe(sym.parse(RESIDUAL + "train { drop_path: 0.1 }\n"), digits()).notes == ()


def first_epoch(run: Run, number: int, backend: TrainBackend, folder: Path) -> dict[str, Any]:
    space = sym.parse("space s\ntask digits\nmodel = flatten >> linear(8 | 16) >> linear(classes)\ntrain { epochs: 1 }\n")
    run(space, {"model/linear/width": 8}, number=number, backend=backend, folder=folder)
    state: dict[str, Any] = torch.load(folder / "checkpoints" / str(number) / "state.pt", weights_only=True)["network"]
    return state


def equal(one: dict[str, Any], two: dict[str, Any]) -> bool:
    return all(torch.equal(one[k], two[k]) for k in one)


def test_weights_and_order_have_seeds_of_their_own(run: Run, tmp_path: Path) -> None:
    options = [
        {},
        {"weights_seed": 1},
        {"data_seed": 1},
        {"weights_seed": 1, "data_seed": 1},
        {"weights_seed": 2, "data_seed": 1},
    ]
    ends = [
        [first_epoch(run, n, TrainBackend(**o), tmp_path / str(i)) for n in (0, 1)]  # type: ignore[arg-type]
        for i, o in enumerate(options)
    ]
    assert [equal(*pair) for pair in ends] == [False, False, False, True, True]
    assert not equal(ends[3][0], ends[4][0])


@pytest.mark.parametrize("seed", [-1, 1.5, True])
def test_seeds_are_whole_numbers(seed: Any) -> None:
    with pytest.raises(TrainError, match="data_seed is"):
        TrainBackend(data_seed=seed)


def test_an_average_may_begin_and_end_on_the_way(tmp_path: Path) -> None:
    """A study that goes on with an edited recipe: with an average where there was none, and the other way round."""
    space = sym.parse(RESIDUAL + "train { epochs: fidelity 1..2, lr: 0.02 }\n")
    averaged = sym.parse(RESIDUAL + "train { epochs: fidelity 1..2, lr: 0.02, ema: 0.9 }\n")
    for name, first, then in (("begins", space, averaged), ("ends", averaged, space)):
        trials = [
            Trial(0, first.candidate(VALUES).point, fidelity=1.0),
            Trial(1, then.candidate(VALUES).point, continue_from=0, reached=1.0),
        ]
        for trial, of in zip(trials, (first, then), strict=True):
            session = Serial().open(TrainBackend(), of, digits(), 3, tmp_path / name)
            session.submit([trial], {1: 0})
            (result,) = session.collect(lambda report: "go", None)
            session.close()
            assert (result.status, "restarted" in result.metrics) == ("ok", False), result.failure
