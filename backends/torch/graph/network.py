"""The graph of a candidate's network: built on the meta device, where nothing is computed, and run there once."""

from __future__ import annotations

import torch
from torch import nn

from backends.errors import TrainError
from backends.torch.cost import parameters
from backends.torch.emit.candidate import facts_of
from backends.torch.graph.condense import condense
from backends.torch.graph.trace import record
from backends.torch.train_network import check_network, construct
from symbolic.candidate import Candidate
from symbolic.display.graph import Graph
from symbolic.python.forward import no_questions
from symbolic.task import TaskFacts


def graph(candidate: Candidate, facts: TaskFacts | None = None) -> Graph:
    """Return the graph of the candidate's network. `facts` default to those of the space's task.

    A network that does not run on the meta device runs on the CPU. Raises `TrainError` where there is no task, no one network,
    or the network does not run on an input of the task; `SpaceError` E602 where shapes do not fit.
    """
    check_network(candidate.space)
    facts = facts_of(candidate.space, facts)
    axes = (1, *facts.input.axes)
    dtype = torch.int64 if facts.input.kind == "tokens" else torch.get_default_dtype()
    try:
        with torch.device("meta"):
            built = construct(candidate.space, candidate.point, facts, {}).network
        return graph_of(built, torch.zeros(*axes, dtype=dtype, device="meta"))
    except (RuntimeError, ValueError, TypeError, NotImplementedError):
        pass  # layers that read numbers have none on the meta device
    with torch.random.fork_rng(devices=[]):
        built = construct(candidate.space, candidate.point, facts, {}).network
    try:
        return graph_of(built, torch.zeros(*axes, dtype=dtype))
    except (RuntimeError, ValueError, TypeError) as e:
        message = f"the network cannot be drawn: on an input {facts.input} it fails with {type(e).__name__}: {e}"
        raise TrainError(message) from e


def graph_of(network: nn.Module, example: torch.Tensor) -> Graph:
    """Return the graph of a network, run once on an example on its own device. The network is used up."""
    with no_questions():
        return condense(record(network, example), parameters(network))
