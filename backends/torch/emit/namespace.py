"""The names of the written text: what it imports, the functions and constants it defines, each under one name."""

from __future__ import annotations

import builtins
import keyword
from types import BuiltinFunctionType, BuiltinMethodType, FunctionType, ModuleType

import attrs
import torch
from torch import nn
from torch.nn import functional

from backends.torch.emit.code import read_code, rendered
from backends.torch.emit.literals import literal
from backends.torch.emit.origin import importable, installed
from backends.torch.emit.refusal import CannotEmit

HEAD = ("import torch", "from torch import nn", "from torch.nn import functional as F")
_MODULES: dict[str, ModuleType] = {"F": functional, "nn": nn, "torch": torch}


@attrs.frozen(eq=False)
class Namespace:
    """Names given so far, lines of imports, and definitions in the order in which they must stand."""

    entry: str
    imports: dict[str, None] = attrs.field(factory=dict)
    definitions: list[str] = attrs.field(factory=list)
    _taken: set[str] = attrs.field(factory=set)
    _things: dict[int, tuple[object, str]] = attrs.field(factory=dict)
    _constants: dict[tuple[str, str], str] = attrs.field(factory=dict)

    def free(self, wanted: str) -> str:
        """Take a name that is not in use: the one wanted, else that with a number: `MB2`."""
        name, number = wanted, 2
        while (
            name in self._taken or name in _MODULES or name == self.entry or keyword.iskeyword(name) or hasattr(builtins, name)
        ):
            name, number = f"{wanted}{number}", number + 1
        self._taken.add(name)
        return name

    def refer(self, name: str, value: object) -> str:
        """Return the expression for a value that code reads from around it, importing or defining it if need be.

        Raises `CannotEmit` for what can neither be imported nor written.
        """
        if (known := self._things.get(id(value))) is not None:
            return known[1]
        if isinstance(value, ModuleType):
            return self._keep(value, self._module(name, value))
        if (text := _in_torch(value)) is not None:
            return text
        if isinstance(value, type) and value.__module__ == "builtins":
            return value.__name__
        if (found := importable(value)) is not None:
            return self._keep(value, self._import(*found))
        if isinstance(value, FunctionType):
            return self._function(value)
        if isinstance(value, BuiltinFunctionType | BuiltinMethodType):
            raise CannotEmit(f"{name} is a built-in function that cannot be imported by name")
        if isinstance(value, type):
            raise CannotEmit(f"a class of your own is used as a value: {value.__qualname__}")
        if isinstance(value, nn.Module | nn.Parameter):
            raise CannotEmit(f"{name} is a {type(value).__name__} that lives outside the network")
        return self._constant(name, value)

    def _keep(self, value: object, name: str) -> str:
        self._things[id(value)] = (value, name)  # the value too: an id is only unique while its object lives
        return name

    def _module(self, name: str, value: ModuleType) -> str:
        for known, module in _MODULES.items():
            if module is value:
                return known
        if not installed(value.__name__):
            raise CannotEmit(f"the module {value.__name__} is used as a value")
        own = self.free(name)
        plain = value.__name__ == own
        self.imports[f"import {value.__name__}" if plain else f"import {value.__name__} as {own}"] = None
        return own

    def _import(self, module: str, name: str) -> str:
        own = self.free(name)
        self.imports[f"from {module} import {name}" + ("" if own == name else f" as {own}")] = None
        return own

    def _function(self, value: FunctionType) -> str:
        code = read_code(value)
        name = self._keep(value, self.free(value.__name__))  # first: a function may call itself
        self.definitions.append(rendered(code, name, self.refer))
        return name

    def _constant(self, name: str, value: object) -> str:
        try:
            text = literal(value, self.refer)
        except CannotEmit as e:
            raise CannotEmit(f"{name}: {e}") from e
        if (name, text) not in self._constants:
            own = self._constants[name, text] = self.free(name)
            self.definitions.append(f"{own} = {text}")
        return self._constants[name, text]


def _in_torch(value: object) -> str | None:
    """Return how a function or class of PyTorch is written with the three names that every text has."""
    name = getattr(value, "__name__", "")
    for known, module in _MODULES.items():
        if name and getattr(module, name, None) is value:
            return f"{known}.{name}"
    return None
