"""Metrics of a network that is built and not yet trained, on the device at hand: latency, and what commands measure."""

from __future__ import annotations

from collections.abc import Iterable

import attrs
import torch
from torch import nn

from backends.torch.latency import latency_ms
from backends.torch.metric_commands import MetricCommand, measure_all
from symbolic.shapes import Shape

LATENCIES = frozenset({"latency_ms", "latency"})
"""Median time for one example, in milliseconds and in seconds."""


@attrs.frozen
class Measures:
    """What to measure: latencies that goals or limits read, and all commands."""

    latencies: frozenset[str]
    commands: tuple[MetricCommand, ...]
    timeout_s: float
    amp: bool = False

    @staticmethod
    def of(read: Iterable[str], commands: tuple[MetricCommand, ...], timeout_s: float, amp: bool) -> Measures:
        """Return what is to be measured where goals and limits read these metrics; a command's word counts before ours."""
        own = {command.name for command in commands}
        return Measures(LATENCIES.intersection(read) - own, commands, timeout_s, amp)

    def of_network(self, network: nn.Module, shape: Shape, device: torch.device) -> dict[str, float]:
        """Return the metrics by name. Raises `TrainError` where a command fails."""
        found: dict[str, float] = {}
        if self.latencies:
            took_ms = latency_ms(network, shape, device, self.amp)
            known = {"latency_ms": took_ms, "latency": took_ms / 1e3}
            found = {name: known[name] for name in sorted(self.latencies)}
        if self.commands:
            found |= measure_all(self.commands, network, shape, self.timeout_s)
        return found
