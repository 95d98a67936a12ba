"""Fidelities beside epochs: a growing share of the data, growing images, and trainings that go on across them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import symbolic as sym
from backends.errors import TrainError
from backends.torch.data import resized, share_of
from backends.torch.tasks.digits import digits
from backends.torch.tasks.wine import Wine
from backends.torch.train import TrainBackend
from symbolic.errors import SpaceError
from symbolic.search.events import Result

Run = Callable[..., Result]
NETWORK = "model = conv2d(4 | 8, stride: 2) >> batch_norm >> relu >> global_avg_pool >> linear(classes)"
VALUES = {"model/conv2d/width": 8}
FIDELITIES = {"data": ("fidelity 0.1..1.0", 0.3), "size": ("fidelity 4..8", 4.0)}


def space(key: str, more: str = "epochs: 2") -> sym.Space:
    return sym.parse(f"space s\ntask digits\n{NETWORK}\ntrain {{ {key}: {FIDELITIES[key][0]}, {more} }}\n")


@pytest.mark.parametrize("targets", [torch.arange(1000) % 10, torch.arange(1000) // 900, torch.rand(1000), torch.rand(1000, 3)])
def test_shares_are_nested_stratified_and_always_the_same(targets: torch.Tensor) -> None:
    before: set[int] = set()
    for share in (0.001, 0.05, 0.1, 0.33, 0.7, 0.99, 1.0):
        positions = share_of(targets, share)
        assert np.array_equal(positions, share_of(targets, share)) and np.array_equal(positions, np.sort(positions))
        assert len(positions) == max(2, round(1000 * share)) and before <= set(positions.tolist())
        before = set(positions.tolist())
        if targets.dim() == 1 and not targets.is_floating_point():
            counts, whole = np.bincount(targets[positions]), np.bincount(targets)
            assert (np.abs(counts - share * whole[: len(counts)]) <= 2).all()


def test_resizing_keeps_what_has_the_size_and_averages_what_shrinks() -> None:
    images = torch.rand(5, 3, 8, 8)
    assert resized(images, 8) is images
    assert resized(images, 4).shape == (5, 3, 4, 4)
    assert torch.allclose(resized(torch.full((2, 1, 8, 8), 3.0), 5), torch.full((2, 1, 5, 5), 3.0))


@pytest.mark.parametrize("key", FIDELITIES)
def test_one_report_at_its_end(key: str, run: Run) -> None:
    reports: list[Result] = []
    low = run(space(key), VALUES, fidelity=FIDELITIES[key][1], reports=reports)
    assert (low.status, low.fidelity) == ("ok", FIDELITIES[key][1]), low.failure
    assert [r.fidelity for r in reports] == [FIDELITIES[key][1]] and dict(reports[0].metrics) == dict(low.metrics)
    high = run(space(key), VALUES, reports=reports)
    assert reports[1].fidelity == (1.0 if key == "data" else 8.0) and high.metrics["loss"] != low.metrics["loss"]
    assert dict(high.metrics) == dict(
        run(sym.parse(f"space s\ntask digits\n{NETWORK}\ntrain {{ epochs: 2 }}\n"), VALUES).metrics
    )


@pytest.mark.parametrize("key", FIDELITIES)
def test_a_higher_stage_goes_on_with_the_weights_of_the_lower(key: str, run: Run, tmp_path: Path) -> None:
    run(space(key), VALUES, fidelity=FIDELITIES[key][1], folder=tmp_path)
    went_on = run(space(key), VALUES, number=1, continue_from=0, roots={1: 0}, folder=tmp_path)
    fresh = run(space(key), VALUES)
    assert went_on.status == "ok", went_on.failure
    assert went_on.metrics["loss"] != fresh.metrics["loss"]
    state = torch.load(tmp_path / "checkpoints" / "1" / "state.pt", weights_only=True)
    steps = {int(s["step"]) for s in state["optimizer"]["state"].values()}
    whole = -(-1079 // 64)
    assert steps == {2 * whole + 2 * (-(-round(1079 * 0.3) // 64) if key == "data" else whole)}


@pytest.mark.parametrize("key", FIDELITIES)
def test_a_trial_that_is_killed_ends_the_same(key: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    low = FIDELITIES[key][1]
    for folder in ("a", "b"):
        run(space(key, "epochs: 3"), VALUES, fidelity=low, folder=tmp_path / folder)
    whole = run(space(key, "epochs: 3"), VALUES, number=1, continue_from=0, roots={1: 0}, folder=tmp_path / "a")
    from backends.torch.training import Training

    epoch, done = Training.epoch, []

    def cut(self: Training, number: int, data: Any) -> float:
        if number == 5:
            raise KeyboardInterrupt
        done.append(number)
        return epoch(self, number, data)

    monkeypatch.setattr(Training, "epoch", cut)
    with pytest.raises(KeyboardInterrupt):
        run(space(key, "epochs: 3"), VALUES, number=1, continue_from=0, roots={1: 0}, folder=tmp_path / "b")
    monkeypatch.undo()
    assert done == [3, 4]
    again = run(space(key, "epochs: 3"), VALUES, number=1, continue_from=0, roots={1: 0}, folder=tmp_path / "b")
    assert dict(again.metrics) == dict(whole.metrics)


def test_epochs_on_a_share_of_the_data_continue_exactly(run: Run, tmp_path: Path) -> None:
    part = sym.parse(f'space s\ntask digits\n{NETWORK}\ntrain {{ data: 0.5, augment: "crop", epochs: fidelity 1..4 }}\n')
    whole = run(part, VALUES)
    run(part, VALUES, fidelity=1.0, folder=tmp_path)
    rest = run(part, VALUES, number=1, continue_from=0, roots={1: 0}, folder=tmp_path)
    assert dict(rest.metrics) == dict(whole.metrics)


def test_test_data_are_seen_at_the_trials_size(run: Run, tmp_path: Path) -> None:
    run(space("size"), VALUES, fidelity=4.0, folder=tmp_path)
    from symbolic.search.events import Trial

    trial = Trial(0, space("size").candidate(VALUES).point, fidelity=4.0)
    kept = TrainBackend().test(space("size"), digits(), trial, tmp_path / "checkpoints" / "0", 3)
    assert kept == TrainBackend().test(space("size"), digits(), trial, None, 3)


def test_networks_of_one_size_are_infeasible_at_another(run: Run) -> None:
    flat = sym.parse("space s\ntask digits\nmodel = flatten >> linear(classes) >> dropout(0.0..0.1)\ntrain { size: 4 }\n")
    result = run(flat, {"model/dropout/rate": 0.0})
    assert (result.status, result.failure.kind) == ("infeasible", "shape")


def test_several_fidelities_need_a_word(run: Run) -> None:
    both = sym.parse(f"space s\ntask digits\n{NETWORK}\ntrain {{ data: fidelity 0.1..1.0, epochs: fidelity 1..2 }}\n")
    assert run(both, VALUES).status == "ok"
    assert "say which one trials follow" in run(both, VALUES, fidelity=0.2).failure.message
    told = run(both, VALUES, fidelity=0.2, backend=TrainBackend(fidelity="train/data"))
    assert (told.status, told.fidelity) == ("ok", 0.2)
    assert run(both, VALUES, fidelity=1.0, backend=TrainBackend(fidelity="train/epochs")).fidelity == 1.0
    with pytest.raises(TrainError, match=r"no fidelity 'train/epoch'; it has train/data, train/epochs"):
        TrainBackend(fidelity="train/epoch").describe(both, digits())


def test_sizes_are_for_images_only() -> None:
    vectors = sym.parse("space s\ntask wine\nmodel = linear(classes)\ntrain { size: 4 | 8 }\n")
    with pytest.raises(SpaceError, match=r"'train\.size' is for images"):
        TrainBackend().describe(vectors, Wine())
