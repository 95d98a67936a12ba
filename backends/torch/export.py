"""A network as a file for other programs: ONNX, or torch's own exported program (`.pt2`)."""

from __future__ import annotations

import copy
import importlib.util
import logging
import warnings
from pathlib import Path
from typing import Literal, assert_never

import torch
from torch import nn

from backends.errors import TrainError
from backends.torch.latency import one_example
from symbolic.shapes import Shape

Format = Literal["onnx", "pt2"]
FORMATS: tuple[Format, ...] = ("onnx", "pt2")
_ONNX = ("onnx", "onnxscript")


def check_format(format: Format) -> None:
    """Raise `TrainError` where a format needs packages that are not installed."""
    missing = [name for name in _ONNX if importlib.util.find_spec(name) is None] if format == "onnx" else []
    if missing:
        raise TrainError(
            f"writing ONNX needs {' and '.join(missing)}: pip install {' '.join(missing)}, "
            "or take pt2, the format of torch.export"
        )


def export(network: nn.Module, shape: Shape, path: Path, format: Format) -> None:
    """Write a network, in eval mode, for one example at a time. The network itself is left as it is.

    Raises `TrainError` where it cannot be exported, or packages are missing.
    """
    check_format(format)
    probe = copy.deepcopy(network).cpu().eval()
    inputs = (one_example(shape, torch.device("cpu")),)
    verbose = logging.getLogger("torch.onnx")
    before = verbose.level
    verbose.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")  # exporters warn about their own insides
            match format:
                case "onnx":
                    torch.onnx.export(probe, inputs, str(path), dynamo=True, verbose=False, external_data=False)
                case "pt2":
                    torch.export.save(torch.export.export(probe, inputs), path)
                case _:
                    assert_never(format)
    except Exception as e:
        raise TrainError(f"the network cannot be exported as {format}: {type(e).__name__}: {e}") from e
    finally:
        verbose.setLevel(before)
