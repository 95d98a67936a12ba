"""The proof before every search: a supernet against the standalone networks it stands for.

Sampled candidates must have the tensors and outputs of the standalone network; one-hot mixtures of each decision must
reproduce them too. A decision that cannot be mixed inside moves outwards, to the output of the smallest module where mixing
is exact; one that fails there too is refused. Everything in float64, norms on batch statistics, dropout off.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import attrs
import torch
from torch import Tensor, nn

from backends.supernet.compare import first_unlike, gap, shapes
from backends.supernet.infer import Observation, explain
from backends.supernet.outside import MOST_RUNS, enclosing, too_often
from backends.supernet.proof import INSIDE, OtherTensors, Proof, Sample, dtype_of, good
from backends.supernet.refusal import Refusal
from backends.supernet.statistics import batch_statistics
from backends.supernet.supernet import Supernet
from backends.torch.device import using_threads

__all__ = ["INSIDE", "Proof", "Sample", "prove"]
TOLERANCE = 1e-10
LOOSE_TOLERANCE = 1e-4
"""Where a user's `forward` insists on float32."""


def prove(supernet: Supernet, inputs: Tensor, samples: Sequence[Sample], joint: Sequence[Sample] = ()) -> Proof:
    """Prove a supernet on some inputs `[example, ...]`, and let decisions move outwards where they have to.

    `samples` hold every decision at every value (of many values: some); `joint` are mixed in all decisions at once. The
    shared tensors keep their values, the generators their state. Raises `Refusal` where a sampled candidate differs.
    """
    with using_threads(1), torch.random.fork_rng(devices=[]), _double(supernet):
        try:
            return _Prover(supernet, _cast(inputs, torch.float64), TOLERANCE).run(samples, joint)
        except RuntimeError as error:
            if "dtype" not in str(error) and "Double" not in str(error):
                raise
        supernet.to(dtype=torch.float32)
        return _Prover(supernet, _cast(inputs, torch.float32), LOOSE_TOLERANCE).run(samples, joint)


@contextmanager
def _double(supernet: Supernet) -> Iterator[None]:
    before = dtype_of(supernet)
    kept = {name: tensor.clone() for name, tensor in supernet.named_buffers.items()}
    supernet.to(dtype=torch.float64)
    try:
        yield
    finally:
        supernet.to(dtype=before)
        for name, tensor in kept.items():
            supernet.named_buffers[name].data = tensor


def _cast(inputs: Tensor, dtype: torch.dtype) -> Tensor:
    return inputs.to(dtype) if inputs.is_floating_point() else inputs


Outputs = tuple[Any, Any]


@attrs.define(eq=False)
class _Prover:
    supernet: Supernet
    inputs: Tensor
    tolerance: float
    expected: dict[int, Outputs] = attrs.field(factory=dict)

    def run(self, samples: Sequence[Sample], joint: Sequence[Sample]) -> Proof:
        everything = {id(sample): sample for sample in (*samples, *joint)}
        try:
            self.expected = {key: self._sampled(sample) for key, sample in everything.items()}
        except OtherTensors:
            self._explain(list(everything.values()))
            self.expected = {key: self._sampled(sample) for key, sample in everything.items()}
        paths = [path for path in self.supernet.state.options if path not in self.supernet.state.defaults]
        contexts = {path: list({s.codes[path]: s for s in samples if path in s.codes}.values()) for path in paths}
        places = {path: self._place(path, contexts[path]) for path in paths}
        while (found := self._together(places, joint)) is not None:
            sample, culprits, why = found
            if not culprits:
                places |= {path: f"not exact together with others: {why}" for path in paths if good(places[path])}
            for path in culprits:
                contexts[path].append(sample)
                places[path] = self._place(path, contexts[path])
        mixed = {path: where for path, where in places.items() if good(where)}
        refused = {path: where for path, where in places.items() if not good(where)}
        runs = {path: len(self.supernet.state.options[path]) for path in mixed if path in self.supernet.outside}
        return Proof(len(everything), mixed, refused, runs)

    def _together(self, places: dict[str, str], joint: Sequence[Sample]) -> tuple[Sample, list[str], str] | None:
        """Mix all decisions at once; return a candidate that this does not reproduce, the decisions that are wrong, and why.

        Outputs that would be computed too often are taken back in `places` first.
        """
        places |= too_often(self.supernet, {path: where for path, where in places.items() if good(where)})
        for sample in joint:
            paths = [path for path in sample.codes if good(places[path])]
            if (why := self._mixture(sample, paths)) is not None:
                return sample, [path for path in paths if self._mixture(sample, [path]) is not None], why
        return None

    def _explain(self, samples: Sequence[Sample]) -> None:
        """Explain tensors of other sizes than standalone networks have. Raises `OtherTensors` where that fails."""
        observations = [Observation(sample.setting(), dict(shapes(sample.build()))) for sample in samples]
        if (why := explain(self.supernet, observations)) is not None:
            raise OtherTensors(why)

    def _sampled(self, sample: Sample) -> Outputs:
        """Compare a single path with its own network; return the outputs in training and evaluation mode."""
        network, alone = self.supernet.set(sample.setting()), sample.build().to(self.inputs.device)
        alone = alone.to(torch.float64 if self.tolerance == TOLERANCE else torch.float32)
        own, other = shapes(network), shapes(alone)
        if own != other:
            raise OtherTensors(f"{first_unlike(own, other)}\n  for {sample.text}")
        alone.load_state_dict({name: t.detach().clone() for name, t in network.state_dict().items()})
        outputs = self._outputs(alone)
        difference = gap(self._outputs(network), outputs)
        if difference > self.tolerance:
            raise Refusal(
                f"the supernet computes something else than the standalone network (by {difference:.1e})\n  for {sample.text}",
                remedy="this program cannot share weights; search it with a sampled algorithm",
            )
        return outputs

    def _outputs(self, network: nn.Module) -> Outputs:
        """Run a network in training and in evaluation mode, leaving its buffers as they were."""
        found = []
        for training in (True, False):
            network.train(training)
            batch_statistics(network)
            for module in network.modules():
                if isinstance(module, nn.modules.dropout._DropoutNd):
                    module.eval()
            torch.default_generator.manual_seed(0)
            kept = [(buffer, buffer.clone()) for buffer in network.buffers()]
            with torch.no_grad():
                found.append(network(self.inputs))
                for buffer, old in kept:
                    buffer.copy_(old)
        return found[0], found[1]

    def _mixture(self, sample: Sample, paths: Sequence[str]) -> str | None:
        """Return why one-hot weights do not reproduce a candidate, or None where they do."""
        try:
            with torch.no_grad():
                network = self.supernet.set(sample.one_hot(paths, self.supernet))
            difference = gap(self._outputs(network), self.expected[id(sample)])
        except Exception as error:  # a user's forward may fail in any way on sizes it was not written for
            return (str(error).splitlines() or [type(error).__name__])[0][:200]
        return None if difference <= self.tolerance else f"a one-hot mixture differs by {difference:.1e}"

    def _place(self, path: str, samples: Sequence[Sample]) -> str:
        """Find where a decision can be mixed; return the place, or the reason why it cannot be."""

        def wrong() -> str | None:
            reasons = (self._mixture(sample, [path]) for sample in samples)
            return next((reason for reason in reasons if reason is not None), None)

        self.supernet.outside.pop(path, None)
        if (why := wrong()) is None:
            return INSIDE
        count = len(self.supernet.state.options[path])
        if count > MOST_RUNS:
            return f"{why}; too many options ({count}, at most {MOST_RUNS}) to run a module once for each"
        for name in enclosing(self.supernet, path):
            self.supernet.outside[path] = self.supernet.modules[name]
            if wrong() is None:
                return f"at the output of `{name or 'the network'}`"
            del self.supernet.outside[path]
        return why
