"""The proof of a text: executed by itself, with the network's weights, it computes what the network does."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import torch
from torch import nn

from backends.torch.emit.origin import OURS
from backends.torch.emit.refusal import CannotEmit

TOLERANCE = 1e-10
SEED = 20_011
Inputs = tuple[torch.Tensor, ...]


@attrs.frozen(eq=False)
class Run:
    """What a network gave: outputs, and gradients of its parameters; its buffers are looked at afterwards."""

    outputs: tuple[torch.Tensor, ...]
    gradients: Mapping[str, torch.Tensor | None]


def verify(network: nn.Module, text: str, inputs: Inputs, name: str) -> None:
    """Raise `CannotEmit` unless the text builds a network equal to this one.

    Compared, in training and evaluation mode and in float64: outputs, buffers after the run, gradients (in training mode),
    the names of parameters, and which of them are tied or frozen. Weights are moved a little first, so that zeros hide nothing.
    """
    _check_imports(text)
    reference = _copied(network)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        made = _executed(text, name)
        _move(reference)
        _check_structure(reference, made)
        made.load_state_dict(reference.state_dict())
        for training in (True, False):
            _compare(reference, made, inputs, training)


def _check_imports(text: str) -> None:
    for node in ast.walk(ast.parse(text)):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for found in names:
            if found.partition(".")[0] in OURS:
                raise CannotEmit(f"the network's code needs {found}, a module of this library")


def _executed(text: str, name: str) -> nn.Module:
    space: dict[str, Any] = {"__name__": "emitted"}
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)  # as where it will be used
    try:
        exec(compile(text, "<emitted>", "exec"), space)
        made: nn.Module = space[name]()
    except Exception as e:
        raise CannotEmit(f"the written text does not build: {type(e).__name__}: {e}") from e
    finally:
        torch.set_default_dtype(before)
    return made


def _copied(network: nn.Module) -> nn.Module:
    try:
        return copy.deepcopy(network).cpu()
    except Exception as e:
        raise CannotEmit(f"the network cannot be copied to be compared: {type(e).__name__}: {e}") from e


def _move(network: nn.Module) -> None:
    """Add small numbers to all weights."""
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.is_floating_point():
                parameter.add_(0.05 * torch.randn(parameter.shape, dtype=parameter.dtype))


def _check_structure(reference: nn.Module, made: nn.Module) -> None:
    theirs, ours = (dict(m.state_dict(keep_vars=True)) for m in (reference, made))
    if differing := sorted(theirs.keys() ^ ours.keys()):
        raise CannotEmit(f"the written network has other weights: {', '.join(differing[:5])} on one side only")
    for key, value in theirs.items():
        if value.shape != ours[key].shape or value.dtype != ours[key].dtype:
            there, here = (f"{tuple(t.shape)} {t.dtype}" for t in (value, ours[key]))
            raise CannotEmit(f"{key} is {there}, and {here} where it is written")
        if value.requires_grad != ours[key].requires_grad:
            raise CannotEmit(f"{key} is {'trained' if value.requires_grad else 'frozen'}, and not so where it is written")
    if _ties(reference) != _ties(made):
        raise CannotEmit("tensors that the network uses in several places are not tied where it is written")


def _ties(network: nn.Module) -> set[tuple[str, ...]]:
    groups: dict[int, list[str]] = {}
    for path, module in network.named_modules(remove_duplicate=False):
        for name, value in (*module._parameters.items(), *module._buffers.items()):
            if value is not None:
                groups.setdefault(id(value), []).append(f"{path}.{name}")
    return {tuple(sorted(names)) for names in groups.values() if len(names) > 1}


def _compare(reference: nn.Module, made: nn.Module, inputs: Inputs, training: bool) -> None:
    mode = "training" if training else "evaluation"
    theirs, ours = _both(reference, made, inputs, training)
    run, other = theirs[1], ours[1]
    if len(run.outputs) != len(other.outputs):
        raise CannotEmit(f"the written network gives {len(other.outputs)} tensors in {mode} mode, not {len(run.outputs)}")
    if not any(bool(torch.isfinite(t).any()) for t in run.outputs if t.numel()):
        raise CannotEmit(f"the network gives no finite number in {mode} mode, so nothing can be compared")
    for k, (a, b) in enumerate(zip(run.outputs, other.outputs, strict=True)):
        _equal(a, b, f"output {k}", mode)
    for key, gradient in run.gradients.items():
        match gradient, other.gradients.get(key):
            case None, None:
                continue
            case torch.Tensor() as a, torch.Tensor() as b:
                _equal(a, b, f"the gradient of {key}", mode)
            case _:
                raise CannotEmit(f"{key} has a gradient in one of the two networks only, in {mode} mode")
    for (key, a), (_, b) in zip(theirs[0].named_buffers(), ours[0].named_buffers(), strict=True):
        _equal(a, b, key, mode)


def _both(
    reference: nn.Module, made: nn.Module, inputs: Inputs, training: bool
) -> tuple[tuple[nn.Module, Run], tuple[nn.Module, Run]]:
    """Run copies of both networks in float64; in their own precision where the reference has code that needs it."""
    failures: list[Exception] = []
    for double in (True, False):
        before = torch.get_default_dtype()
        torch.set_default_dtype(torch.float64 if double else before)
        try:
            pair = [_prepared(m, training, double) for m in (reference, made)]
            try:
                run = _run(pair[0], inputs, double, training)
            except Exception as e:
                failures.append(e)
                continue
            try:
                other = _run(pair[1], inputs, double, training)
            except Exception as e:
                raise CannotEmit(f"the written network does not run: {type(e).__name__}: {e}") from e
            return (pair[0], run), (pair[1], other)
        finally:
            torch.set_default_dtype(before)
    error = failures[-1]
    raise CannotEmit(f"the network does not run on the example: {type(error).__name__}: {error}") from error


def _prepared(network: nn.Module, training: bool, double: bool) -> nn.Module:
    network = copy.deepcopy(network)
    return (network.double() if double else network).train(training)


def _run(network: nn.Module, inputs: Inputs, double: bool, backward: bool) -> Run:
    given = [x.detach().clone().cpu() for x in inputs]
    torch.manual_seed(SEED)
    with torch.set_grad_enabled(backward):
        outputs = tuple(_tensors(network(*(x.double() if double and x.is_floating_point() else x for x in given))))
    moving = [t for t in outputs if t.requires_grad]
    if backward and moving:
        torch.manual_seed(SEED + 1)
        sum((t.abs() * torch.rand_like(t.abs())).sum() for t in moving).backward()  # type: ignore[union-attr]
    return Run(tuple(t.detach() for t in outputs), {key: p.grad for key, p in network.named_parameters()})


def _tensors(value: object) -> Iterator[torch.Tensor]:
    """Yield the tensors of an output. Raises `CannotEmit` for what is none."""
    match value:
        case torch.Tensor():
            yield value
        case list() | tuple():
            for item in value:
                yield from _tensors(item)
        case Mapping():
            for item in value.values():
                yield from _tensors(item)
        case None:
            return
        case _:
            raise CannotEmit(f"the network returns {type(value).__name__}, which cannot be compared")


def _equal(a: torch.Tensor, b: torch.Tensor, what: str, mode: str) -> None:
    if a.shape != b.shape:
        raise CannotEmit(f"{what} is {tuple(a.shape)}, and {tuple(b.shape)} where it is written, in {mode} mode")
    if torch.equal(a, b):
        return
    close = torch.isclose(a, b, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True)
    if not bool(close.all()):
        gap = float((a.double() - b.double()).abs().max())
        raise CannotEmit(f"{what} differs by {gap:g} where it is written, in {mode} mode")
