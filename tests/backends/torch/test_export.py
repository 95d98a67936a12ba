"""Networks as files of other programs: what they give is what the network gives, for one and for any number of examples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import symbolic as sym
from backends.errors import TrainError
from backends.torch import export as exporting
from backends.torch.export import Format, export
from backends.torch.written import write
from symbolic.shapes import image, tokens
from symbolic.task import TaskFacts

TEXT = TaskFacts("text", tokens(5), {"vocabulary": 11})


class Branching(nn.Module):
    """What torch.export cannot follow: which way it goes depends on the data."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x if x.sum() > 0 else -x


def network() -> nn.Module:
    torch.manual_seed(0)
    made = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(16, 3))
    made(torch.randn(8, 1, 4, 4))  # running statistics that are none of a new layer
    return made


def given(path: Path, x: torch.Tensor) -> torch.Tensor:
    """What a file gives, by the program it is for."""
    if path.suffix == ".pt2":
        out: torch.Tensor = torch.export.load(path).module()(x)
        return out
    session: Any = pytest.importorskip("onnxruntime").InferenceSession(str(path))
    return torch.as_tensor(session.run(["output"], {"input": x.numpy()})[0])


@pytest.mark.parametrize("format", exporting.FORMATS)
def test_a_file_gives_what_the_network_gives(format: Format, tmp_path: Path) -> None:
    if format == "onnx":
        pytest.importorskip("onnxscript")
    made, path = network(), tmp_path / f"n.{format}"
    made.train()
    before = {k: v.clone() for k, v in made.state_dict().items()}
    export(made, image(1, 4, 4), path, format, batch=None, example=torch.randn(4, 1, 4, 4))
    assert made.training and all(torch.equal(v, before[k]) for k, v in made.state_dict().items())
    for examples in (1, 7):
        x = torch.randn(examples, 1, 4, 4)
        torch.testing.assert_close(given(path, x), made.eval()(x), rtol=1e-4, atol=1e-5)


def test_a_fixed_number_of_examples(tmp_path: Path) -> None:
    export(network(), image(1, 4, 4), tmp_path / "n.pt2", "pt2", batch=3)
    assert given(tmp_path / "n.pt2", torch.randn(3, 1, 4, 4)).shape == (3, 3)
    with pytest.raises(Exception, match="3"):
        given(tmp_path / "n.pt2", torch.randn(2, 1, 4, 4))


def test_networks_that_cannot_be_exported_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainError, match="cannot be exported as pt2"):
        export(Branching(), image(1, 4, 4), tmp_path / "n.pt2", "pt2")


@pytest.mark.parametrize("wrong", [lambda out: out + 1, lambda out: out[:, :2]])
def test_a_file_that_computes_something_else_is_not_left_there(
    wrong: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = exporting._run
    monkeypatch.setattr(exporting, "_run", lambda *given: wrong(run(*given)))
    with pytest.raises(TrainError, match=r"what was written (computes something else|gives \(1, 2\), not \(1, 3\))"):
        export(network(), image(1, 4, 4), tmp_path / "n.pt2", "pt2")
    assert not (tmp_path / "n.pt2").exists()


@pytest.mark.slow
@pytest.mark.parametrize("format", exporting.FORMATS)
@pytest.mark.parametrize("model", ["lstm(8)", "gru(8)", "attention", "pos_encoding >> transformer_block"])
def test_networks_of_texts(model: str, format: Format, tmp_path: Path) -> None:
    if format == "onnx":
        pytest.importorskip("onnxscript")
    space = sym.parse(f"space t\nmodel = embedding(8) >> {model} >> global_avg_pool >> linear(2)\n")
    write(space.default(), TEXT, tmp_path / f"n.{format}", None)
    assert given(tmp_path / f"n.{format}", torch.randint(11, (6, 5))).shape == (6, 2)
