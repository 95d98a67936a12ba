"""`SharedNetwork`: the supernet of a space, addressed by points and mixtures of its table."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import numpy as np
import torch
from torch import Tensor, nn

from backends.supernet.columns import Columns, float_defaults, grid_values
from backends.supernet.proof import Proof
from backends.supernet.refusal import Refusal
from backends.supernet.supernet import Supernet, build_supernet
from backends.supernet.verify import prove
from backends.torch.record import ENTRY
from backends.torch.train_network import MODEL
from symbolic.building.build import build
from symbolic.building.roles import has_call
from symbolic.building.values import Values
from symbolic.points import Mixture, Point
from symbolic.resolver import Resolver
from symbolic.space import Space
from symbolic.table.convert import default_point, to_dict
from symbolic.table.table import FLOAT
from symbolic.task import TaskFacts

PROOF_STREAM = 10
"""Stream of the random candidates that the proof looks at."""


@attrs.frozen(eq=False)
class SharedNetwork:
    """The network entry of a space as one set of shared weights.

    `unmixed`: path -> why a decision is not mixed (it stays at its default in mixtures). `refused`: those among them that
    are structure, so that a method that mixes cannot search the space.
    """

    space: Space
    facts: TaskFacts | None
    entry: str
    columns: Columns
    supernet: Supernet
    unmixed: Mapping[str, str]
    refused: Mapping[str, str] = attrs.field(factory=dict)
    proof: Proof | None = None

    def set(self, point: Point | Mixture, weights: Tensor | None = None) -> nn.Module:
        """Turn the network into a candidate or a mixture and return it.

        `weights` `[option]` are used in place of the mixture's own, for gradients with respect to them. Raises `Refusal` for
        a mixture over decisions that cannot be mixed.
        """
        if isinstance(point, Point):
            return self.supernet.set(self.columns.setting_of_point(point))
        self.columns.check(point.weights)
        self._refuse()
        if weights is None:
            weights = torch.from_numpy(point.weights).to(self.supernet.parameters[0])
        return self.supernet.set(self.columns.setting_of_mixture(weights, frozenset(self.unmixed)))

    def _refuse(self) -> None:
        for path, why in self.refused.items():
            raise Refusal(
                f"`{path}` cannot be mixed: {why}",
                span=self.columns.table.spans[self.columns.table.where[path]],
                remedy=f"freeze `{path}`, or search with an algorithm that samples candidates (spos)",
                paths=[path],
            )

    def standalone(self, point: Point) -> nn.Module:
        """Build the network of a candidate on its own, with fresh weights."""
        return build_network(self.space, Values(self.columns.table, point), self.facts, self.entry)

    def proved(self, inputs: Tensor, seed: int = 0) -> SharedNetwork:
        """Prove the network on some inputs `[example, ...]` (see `verify`) and return it with what cannot be mixed."""
        generator = np.random.Generator(np.random.Philox(key=np.array([seed, PROOF_STREAM], np.uint64)))
        samples, joint = self.columns.samples(self.standalone, generator)
        proof = prove(self.supernet, inputs, samples, joint)
        refused = {path: why for path, why in proof.refused.items() if path not in self.unmixed}
        return attrs.evolve(self, unmixed={**self.unmixed, **refused}, refused=refused, proof=proof)

    def notes(self) -> tuple[str, ...]:
        """Return a line for each decision that is mixed at the output of a module, with what that costs."""
        runs = {} if self.proof is None else self.proof.runs
        return tuple(
            f"{path} is mixed {self._place(path)}, which runs {count} times in a mixture" for path, count in runs.items()
        )

    def _place(self, path: str) -> str:
        assert self.proof is not None
        return self.proof.mixed[path]

    @property
    def relaxable(self) -> frozenset[str]:
        """The decisions that may be mixed."""
        return frozenset(self.columns.paths) - self.unmixed.keys()


def share(space: Space, facts: TaskFacts | None, seed: int = 0) -> SharedNetwork:
    """Build the supernet of a space; initial weights follow from the seed. Raises `Refusal` for what it cannot hold."""
    entry = network_entry(space)
    table = space.lower()

    def construct(resolver: Resolver) -> nn.Module:
        return build_network(space, resolver, facts, entry)

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        supernet, pinned = build_supernet(construct, values=grid_values(table), defaults=float_defaults(table))
    if not supernet.parameters:
        raise Refusal(f"`{entry}` has no parameters: there are no weights to share")
    unknown = [path for path in supernet.state.options if path not in table.where]
    assert not unknown, f"the builder asks decisions that the table does not have: {unknown}"
    columns = Columns.of(table, supernet.state.options)
    inside = [path for path in table.path if path == entry or path.startswith(f"{entry}/")]
    missing = [path for path in inside if path not in supernet.state.options]
    if missing:
        shown = ", ".join(f"`{path}`" for path in missing[:5])
        raise Refusal(f"decisions that one network does not contain: {shown}", remedy="freeze them", paths=missing)
    return SharedNetwork(space, facts, entry, columns, supernet, _unmixed(columns, pinned))


def _unmixed(columns: Columns, pinned: Mapping[str, Refusal]) -> dict[str, str]:
    """Say of every decision that is never mixed at which value it stays."""
    table = columns.table
    defaults = to_dict(table, default_point(table))
    found = {}
    for column, path in enumerate(table.path):
        value = defaults.get(path, "nothing (it is inactive by default)")
        if path in pinned:
            found[path] = f"stays at {value}: {pinned[path].message}"
        elif path not in columns.paths:
            found[path] = f"stays at {value}: it is not part of the network"
        elif table.kind[column] == FLOAT:
            found[path] = f"stays at {value}: a float has no options to mix; give it a step"
    return found


def network_entry(space: Space) -> str:
    """Return the entry that is the network: `model`, or the only one that is built of layers. Raises `Refusal` otherwise."""
    entries = space.lower().root.fields
    built = [key for key, value in entries.items() if key != ENTRY and has_call(value)]
    if MODEL in entries or len(built) == 1:
        return MODEL if MODEL in entries else built[0]
    shown = f"the space {space.name!r} has {len(built)} networks among its entries ({', '.join(entries)})"
    raise Refusal(f"{shown}, and none is called `{MODEL}`", remedy=f"call the network `{MODEL}`")


def build_network(space: Space, resolver: Resolver, facts: TaskFacts | None, entry: str) -> nn.Module:
    """Build the network entry with a resolver. Raises `Refusal` where the entry is no network."""
    network = build(space, resolver, facts, entries=[entry]).get(entry)
    if not isinstance(network, nn.Module):
        kind = "number" if isinstance(network, (int, float)) else type(network).__name__
        raise Refusal(f"`{entry}` builds a {kind}, not a torch module: there are no weights to share")
    return network
