"""The source of a candidate's network: built for the task, and compared on inputs of the task's shape."""

from __future__ import annotations

import torch

from backends.errors import TrainError
from backends.torch.emit.emit import emit
from backends.torch.train_network import check_network, construct
from symbolic.building.build import task_facts
from symbolic.candidate import Candidate
from symbolic.space import Space
from symbolic.task import TaskFacts

EXAMPLES = 2
"""More than one: batch norm has no variance of one."""


def source(candidate: Candidate, facts: TaskFacts | None = None) -> str:
    """Return the candidate's network as plain PyTorch that ends with `def build()`. `facts` default to the space's task.

    Raises `TrainError` where there is no task, or no one network; `CannotEmit` where the network cannot be written.
    """
    check_network(candidate.space)
    facts = facts_of(candidate.space, facts)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = construct(candidate.space, candidate.point, facts, {}).network
        return emit(network, example(facts))


def facts_of(space: Space, facts: TaskFacts | None) -> TaskFacts:
    """Return the facts given, else those of the space's task. Raises `TrainError` where there are none."""
    found = facts or task_facts(space)
    if found is None:
        raise TrainError(
            f"the space {space.name!r} names no task, so the shape of an input is not known: pass the task's facts"
        )
    return found


def example(facts: TaskFacts) -> torch.Tensor:
    """Return a few random inputs of a task: normal numbers `[example, *axes]`, or tokens of its vocabulary."""
    shape = (EXAMPLES, *facts.input.axes)
    if facts.input.kind == "tokens":
        return torch.randint(facts.values.get("vocabulary", 2), shape)
    return torch.randn(shape)
