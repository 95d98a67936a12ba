"""The walk over a built network: an expression for each module, and what must be linked again once it stands."""

from __future__ import annotations

import attrs
import torch
from torch import nn

from backends.torch.emit.classes import Classes, owned
from backends.torch.emit.layers import arguments
from backends.torch.emit.layout import Expression, Group, labelled
from backends.torch.emit.literals import literal, starting_values
from backends.torch.emit.origin import CONTAINERS, public_layer, torch_base
from backends.torch.emit.refusal import CannotEmit

_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
FEW = 4
"""How many frozen parameters are written one a line."""


@attrs.frozen(eq=False)
class Walk:
    """Where each module was met first, and the places where one was met again."""

    classes: Classes
    met: dict[int, str] = attrs.field(factory=dict)
    again: list[tuple[str, str]] = attrs.field(factory=list)

    def expression(self, module: nn.Module | None, place: str) -> Expression:
        """Return the expression that makes a module at a place below the network. Raises `CannotEmit`, naming the place."""
        if module is None:
            return "None"
        if id(module) in self.met:
            self.again.append((place, self.met[id(module)]))
            return "nn.Identity()"
        self.met[id(module)] = place
        _check(module, place)
        base = torch_base(type(module))
        if base is not nn.Module and not public_layer(base):
            raise CannotEmit(_at(place, f"{base.__module__}.{base.__name__} is no public layer of torch.nn"))
        try:
            if issubclass(base, nn.ParameterList | nn.ParameterDict):
                return self._parameters(module, base)
            if issubclass(base, CONTAINERS) and self.classes.plain(module):
                return self._container(module, base, place)
            made = self._layer(module, base, place)
            if type(module) is base or self.classes.plain(module):
                return made
            return self.classes.expression(module, base, made, lambda part, name: self.expression(part, _below(place, name)))
        except CannotEmit as e:
            raise e if str(e).startswith("at ") else CannotEmit(_at(place, str(e))) from e

    def _container(self, module: nn.Module, base: type[nn.Module], place: str) -> Expression:
        names = list(module._modules)
        parts = [self.expression(module._modules[name], _below(place, name)) for name in names]
        pairs = tuple(labelled(f"{name!r}: ", part) for name, part in zip(names, parts, strict=True))
        if base is nn.ModuleDict:
            return Group("nn.ModuleDict(", (Group("{", pairs, "}"),) if pairs else (), ")")
        if names != [str(k) for k in range(len(names))]:
            if base is not nn.Sequential:
                raise CannotEmit(f"an nn.ModuleList with the parts {', '.join(names)}")
            ordered = self.classes.namespace.refer("OrderedDict", __import__("collections").OrderedDict)
            return Group("nn.Sequential(", (Group(f"{ordered}(", (Group("{", pairs, "}"),), ")"),), ")")
        if base is nn.Sequential:
            return Group("nn.Sequential(", tuple(parts), ")")
        return Group("nn.ModuleList(", (Group("[", tuple(parts), "]"),) if parts else (), ")")

    def _parameters(self, module: nn.Module, base: type[nn.Module]) -> Expression:
        if type(module) is not base or len(module._parameters) != len(list(module)):  # type: ignore[call-overload]
            raise CannotEmit(f"an nn.{base.__name__} that holds more than parameters")
        refer = self.classes.namespace.refer
        texts = [f"nn.Parameter({starting_values(p, refer)})" for p in module.parameters()]
        if base is nn.ParameterList:
            return Group("nn.ParameterList(", (Group("[", tuple(texts), "]"),), ")")
        pairs = tuple(f"{name!r}: {text}" for name, text in zip(module._parameters, texts, strict=True))
        return Group("nn.ParameterDict(", (Group("{", pairs, "}"),), ")")

    def _layer(self, module: nn.Module, base: type[nn.Module], place: str) -> Expression:
        """The call of a constructor of PyTorch; modules inside the layer are met where they stand."""
        if base is nn.Module or issubclass(base, CONTAINERS):
            return "()"
        parts: list[Expression] = []
        within = {id(part): path for path, part in module.named_modules() if path}
        for argument in arguments(module, base):
            value: Expression
            if isinstance(argument.value, nn.Module):
                value = self.expression(argument.value, _below(place, within.get(id(argument.value), "?")))
            else:
                value = literal(argument.value, self.classes.namespace.refer)
            parts.append(value if argument.name is None else labelled(f"{argument.name}=", value))
        if type(module) is base:
            self._meet(module, place)
        return Group(f"nn.{base.__name__}(", tuple(parts), ")")

    def _meet(self, module: nn.Module, place: str) -> None:
        for path, part in module.named_modules():
            here = _below(place, path) if path else place
            if self.met.setdefault(id(part), here) != here:
                self.again.append((here, self.met[id(part)]))


def _check(module: nn.Module, place: str) -> None:
    """Raise `CannotEmit` for what was put on a module from outside, and no source of a class shows."""
    for hooks in _HOOKS:
        if getattr(module, hooks, None):
            raise CannotEmit(_at(place, f"{type(module).__name__} has hooks ({hooks.strip('_').replace('_', ' ')})"))
    if "parametrizations" in module._modules or type(module).__name__.startswith("Parametrized"):
        raise CannotEmit(_at(place, f"{type(module).__name__} has parametrised weights (weight_norm, spectral_norm)"))
    replaced = next((name for name in ("forward", "__call__") if name in module.__dict__), None)
    if replaced is not None:
        raise CannotEmit(_at(place, f"the {replaced} of this {type(module).__name__} was replaced on the object"))


def relinked(network: nn.Module, again: list[tuple[str, str]], root: str) -> list[str]:
    """Return the statements that use modules again, tie tensors again, and say which precision and which frozen weights."""
    lines = [f"{root}.set_submodule({here!r}, {owned(root, first) if first else root})" for here, first in again]
    lines += [f"{owned(root, here)} = {owned(root, first)}" for here, first in tied(network)]
    kinds = {p.dtype for p in network.parameters() if p.is_floating_point()}
    lines += [f"{root}.to({kind})" for kind in kinds - {torch.float32} if len(kinds) == 1]
    frozen = [name for name, p in network.named_parameters() if not p.requires_grad and p.is_floating_point()]
    if frozen and len(frozen) == sum(1 for _ in network.parameters()):
        return [*lines, f"{root}.requires_grad_(False)"]
    if len(frozen) > FEW:
        return [*lines, f"for name in {tuple(frozen)!r}:", f"    {root}.get_parameter(name).requires_grad_(False)"]
    return [*lines, *(f"{owned(root, name)}.requires_grad_(False)" for name in frozen)]


def tied(network: nn.Module) -> list[tuple[str, str]]:
    """Return the tensors that stand in two places, each place beside the first one, modules used twice left out."""
    first: dict[int, str] = {}
    found = []
    for path, module in network.named_modules():
        for name, value in (*module._parameters.items(), *module._buffers.items()):
            if value is None:
                continue
            here = _below(path, name)
            if first.setdefault(id(value), here) != here:
                found.append((here, first[id(value)]))
    return found


def _below(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _at(place: str, what: str) -> str:
    return f"at {place or 'the network'}: {what}"
