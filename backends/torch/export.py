"""A network as a file for other programs: ONNX, or torch's own exported program (`.pt2`), compared before it is given away."""

from __future__ import annotations

import copy
import importlib.util
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, assert_never

import torch
from torch import nn

from backends.errors import TrainError
from backends.torch.latency import one_example
from symbolic.shapes import Shape

Format = Literal["onnx", "pt2"]
FORMATS: tuple[Format, ...] = ("onnx", "pt2")
_ONNX = ("onnx", "onnxscript")
INPUT, OUTPUT = "input", "output"
"""The names of an ONNX file's input and output."""
TOLERANCE = 1e-3
"""Single precision, sums in another order."""


def check_format(format: Format) -> None:
    """Raise `TrainError` where a format needs packages that are not installed."""
    missing = [name for name in _ONNX if importlib.util.find_spec(name) is None] if format == "onnx" else []
    if missing:
        raise TrainError(
            f"writing ONNX needs {' and '.join(missing)}: pip install 'symspace[onnx]', or take pt2, the format of torch.export"
        )


def export(
    network: nn.Module, shape: Shape, path: Path, format: Format, *, batch: int | None = 1, example: torch.Tensor | None = None
) -> None:
    """Write a network, in eval mode. The network itself is left as it is.

    `batch`: how many examples the file takes at a time, None for any number (torch takes 1 for a size that is fixed, so it
    is traced with two and compared with three). The file is read again and compared with the
    network on `example` `[batch, *axes]` (zeros if not given): by onnxruntime where it is installed, else by onnx itself.
    Raises `TrainError` where it cannot be exported, computes something else, or packages are missing.
    """
    check_format(format)
    probe = copy.deepcopy(network).cpu().eval()
    given = one_example(shape, torch.device("cpu")) if example is None else example.cpu()
    inputs, others = _batched(given, batch or 2), _batched(given, batch or 3)
    dynamic = None if batch is not None else ({0: torch.export.Dim("batch")},)
    try:
        with _quiet(), torch.no_grad():
            wanted = probe(others)
            _write(torch.export.export(probe, (inputs,), dynamic_shapes=dynamic), inputs, path, format)
            found = _run(path, others, format)
    except Exception as e:
        hint = "" if batch is not None else "; for a fixed number of examples: --batch 1"
        raise TrainError(f"the network cannot be exported as {format}: {type(e).__name__}: {_first(str(e))}{hint}") from e
    if (unlike := _unlike(wanted, found)) is not None:
        path.unlink(missing_ok=True)
        raise TrainError(f"the network cannot be exported as {format}: what was written {unlike}")


def _batched(example: torch.Tensor, size: int) -> torch.Tensor:
    return example[torch.arange(size) % len(example)].clone()


def _write(program: torch.export.ExportedProgram, inputs: torch.Tensor, path: Path, format: Format) -> None:
    match format:
        case "onnx":
            torch.onnx.export(
                program,
                (inputs,),
                str(path),
                input_names=[INPUT],
                output_names=[OUTPUT],
                dynamo=True,
                verbose=False,
                external_data=False,
            )
        case "pt2":
            torch.export.save(program, path)
        case _:
            assert_never(format)


def _run(path: Path, inputs: torch.Tensor, format: Format) -> torch.Tensor:
    """Return what a file gives."""
    if format == "pt2":
        found: torch.Tensor = torch.export.load(path).module()(inputs)
        return found
    feed: Any = {INPUT: inputs.numpy()}
    if importlib.util.find_spec("onnxruntime") is None:
        import onnx.reference

        evaluator: Any = onnx.reference.ReferenceEvaluator(str(path))
        return torch.as_tensor(evaluator.run(None, feed)[0])
    import onnxruntime  # type: ignore[import-untyped, import-not-found, unused-ignore]  # optional

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return torch.as_tensor(session.run(None, feed)[0])


def _unlike(wanted: torch.Tensor, given: torch.Tensor) -> str | None:
    """Say what a file does differently, None where it computes what the network does."""
    if wanted.shape != given.shape:
        return f"gives {tuple(given.shape)}, not {tuple(wanted.shape)}"
    if not torch.allclose(wanted, given.to(wanted.dtype), rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True):
        return f"computes something else (by {float((wanted - given).abs().max()):g})"
    return None


def _first(message: str) -> str:
    """The first line that says something; exporters add pages of what they tried."""
    return next((line.strip() for line in message.splitlines() if line.strip()), "no reason given")


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep exporters from warning about their own insides."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "torch.export", "onnxscript", "onnx_ir")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
