"""`Supernet`: the user's own network, built once at its largest sizes, that turns into any candidate or mixture of them."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase

from backends.supernet import places
from backends.supernet.expressions import Real
from backends.supernet.outside import OutputMix
from backends.supernet.parts import computed, find
from backends.supernet.refusal import Refusal
from backends.supernet.resolver import ElasticResolver, unexplained
from backends.supernet.slices import take
from backends.supernet.state import Setting, State
from backends.supernet.watch import Watch
from symbolic.resolver import Resolver

Construct = Callable[[Resolver], nn.Module]


class Supernet:
    """One set of shared tensors for all candidates of a program.

    `network` is the program's own module; `set` turns it into a candidate or a mixture. `parameters` are the shared ones,
    fixed for life. Norms always use batch statistics: shared running statistics are neither read nor written.
    """

    def __init__(self, network: nn.Module, state: State) -> None:
        self.network, self.state = network, state
        _no_lazy(network)
        self.modules = dict(network.named_modules())
        self.named_parameters = dict(network.named_parameters())
        self.named_buffers = dict(network.named_buffers())
        self.parameters: list[nn.Parameter] = list(self.named_parameters.values())
        for module in self.modules.values():
            if isinstance(module, _NormBase):
                module.track_running_stats = False
        self.parts = find(network, state)
        self.outside: dict[str, nn.Module] = {}
        self._mixers: list[nn.Module] = []
        state.axes.clear()
        self.set(Setting())

    def set(self, setting: Setting) -> nn.Module:
        """Turn the network into what a setting describes and return it, ready to call.

        The module is changed in place: its submodules, sizes and tensors are the candidate's. Call `train` or `eval` on it
        afterwards, since modules that were not part of it before keep their old mode. Costs well under a millisecond for
        tens of decisions. Gradients of what it computes reach the shared tensors.
        """
        for module in self._mixers:
            module.__dict__.pop("forward", None)
        self.write(setting, None)
        mixed: dict[nn.Module, list[str]] = {}
        for path, module in self.outside.items():
            if path in setting.weights:
                mixed.setdefault(module, []).append(path)
        self._mixers = list(mixed)
        for module, paths in mixed.items():
            module.__dict__["forward"] = OutputMix(self, module, tuple(paths))
        return self.network

    def write(self, setting: Setting, changed: frozenset[str] | None) -> None:
        """Make a setting current and rewrite the parts that `changed` decisions touch (None: all).

        Modules that are not computed now are left alone: they are written when they come back.
        """
        self.state.use(setting)
        parts = self.parts
        for container in parts.containers:
            container.write()
        for called in parts.called:
            called.write()
        present = computed(self.network)
        for slot in parts.slots:
            if slot.module in present and (changed is None or changed.intersection(slot.paths)):
                slot.write()
        made: dict[object, Tensor] = {}
        for part in parts.slices:
            if part.module in present and (changed is None or changed.intersection(part.paths)):
                key = part.key(self.state)
                if key not in made:
                    made[key] = take(part, self.state)
                part.put(made[key])
        for instead in parts.whole:
            if any(self.state.weights(path) is not None for path in instead.paths):
                instead.module.__dict__["forward"] = instead
            else:
                instead.module.__dict__.pop("forward", None)
        for module in parts.recurrent:
            module._flat_weights = [getattr(module, name, None) for name in module._flat_weights_names]

    def tensors(self) -> dict[str, Tensor]:
        """Return the shared tensors by their full name in the largest network."""
        return {name: t.detach() for name, t in (*self.named_parameters.items(), *self.named_buffers.items())}

    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Copy values into the shared tensors. Raises `Refusal` where names or shapes differ."""
        own = self.tensors()
        unlike = sorted(own.keys() ^ tensors.keys()) or [n for n in own if own[n].shape != tensors[n].shape]
        if unlike:
            raise Refusal(f"these weights belong to another supernet: {', '.join(unlike[:5])} differ")
        with torch.no_grad():
            for name, tensor in own.items():
                tensor.copy_(tensors[name])

    def to(self, *, dtype: torch.dtype | None = None, device: torch.device | None = None) -> None:
        """Move the shared tensors to a number type (floating ones only) or a device, keeping the parameters the same.

        The network is its largest candidate afterwards.
        """
        for tensor in (*self.named_parameters.values(), *self.named_buffers.values()):
            kind = dtype if tensor.is_floating_point() else None
            tensor.data = tensor.data.to(device=device or tensor.device, dtype=kind or tensor.dtype)
        self.set(Setting())


def _no_lazy(network: nn.Module) -> None:
    for name, parameter in network.named_parameters():
        if isinstance(parameter, nn.parameter.UninitializedParameter):
            raise Refusal(f"`{name}` has no size before the first call", remedy="name the size instead of a lazy layer")


def build_supernet(
    construct: Construct,
    *,
    values: Mapping[str, Sequence[Real]] | None = None,
    defaults: Mapping[str, float] | None = None,
) -> tuple[Supernet, Mapping[str, Refusal]]:
    """Build a supernet by running a constructor once with an elastic resolver.

    `values` and `defaults` are those of `ElasticResolver`. A float decision that something reads as a plain number is
    pinned at its default; the reasons are returned by path. Raises `Refusal` for what one network cannot hold.
    """
    pinned: dict[str, Refusal] = {}
    while True:
        state = State()
        resolver = ElasticResolver(state, values or {}, defaults or {}, frozenset(pinned))
        try:
            return Supernet(_construct(construct, resolver, state), state), pinned
        except Refusal as refusal:
            floats = {path for path in refusal.paths if path in state.defaults} - pinned.keys()
            if not floats or floats != refusal.paths:
                raise
            pinned.update(dict.fromkeys(floats, refusal))


def _construct(construct: Construct, resolver: Resolver, state: State) -> nn.Module:
    try:
        with Watch(state):
            network = construct(resolver)
    except Exception as error:
        if state.refusal is not None:
            raise state.refusal from error
        if isinstance(error, Refusal) or "Elastic" not in str(error):
            raise
        raise _needs_plain(error) from error
    if (problem := unexplained(state)) is not None:
        raise problem
    return network


def _needs_plain(error: Exception) -> Refusal:
    """The error for a torch function that insists on a plain number, at the user's line."""
    while isinstance(error.__cause__, Exception):
        error = error.__cause__
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    users = next((places.user(frame) for frame in reversed(frames) if places.user(frame) is frame), None)
    return Refusal(
        f"a torch function needs a plain number here and got a decision: {str(error).splitlines()[0][:120]}",
        span=places.span(users),
        remedy="make it at the largest size and slice it in forward, or write a oneof of modules",
    )
