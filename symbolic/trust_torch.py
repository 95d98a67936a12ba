"""Which objects of torch and torchvision a space may call: those that make or are layers, and plain functions of tensors.

Both packages can also load files, download, compile and start programs; a space is data, so it reaches none of that.
Nothing is imported here: objects are told by where they are defined.
"""

from __future__ import annotations

import sys
from types import BuiltinFunctionType, FunctionType
from typing import Any

PACKAGES = ("torch", "torchvision")
IMPORTED = ("torch.nn", "torch.optim", "torchvision.models", "torchvision.ops")
"""Modules that a space may name, with what is below them, beside the two packages themselves."""
PLAIN = (
    "abs atan ceil celu clamp cos cosh erf exp expm1 flatten floor log log1p log_softmax logit maximum mean minimum mul neg "
    "prelu relu rrelu rsqrt selu sigmoid sign sin sinh softmax sqrt square sub sum tan tanh"
)
"""Functions of `torch` itself."""


def reaches(module: str) -> bool:
    """Return whether a space may name a module of the two packages.

    >>> reaches("torch"), reaches("torch.nn.functional"), reaches("torch.hub")
    (True, True, False)
    """
    return module in PACKAGES or any(module == m or module.startswith(f"{m}.") for m in IMPORTED)


def harmless(found: Any, home: str) -> bool:
    """Return whether an object defined in `home`, a module of the two packages, may be called by a space."""
    if isinstance(found, type):
        return reaches(home) and _is_layer_or_optimizer(found)
    if isinstance(found, FunctionType | BuiltinFunctionType):
        return _is_function_of_tensors(found, home) or _is_of_torchvision(found, home)
    return harmless(type(found), type(found).__module__)


def _is_layer_or_optimizer(cls: type) -> bool:
    bases = {f"{base.__module__}.{base.__qualname__}" for base in cls.__mro__}
    return not bases.isdisjoint({"torch.nn.modules.module.Module", "torch.optim.optimizer.Optimizer"})


def _is_function_of_tensors(found: Any, home: str) -> bool:
    if home == "torch.nn.init":
        return not found.__name__.startswith("_")
    if home not in ("torch", "torch._C._nn", "torch.nn.functional"):
        return False
    functional = vars(sys.modules["torch.nn.functional"])
    if any(value is found for name, value in functional.items() if not name.startswith("_")):
        return True
    return home == "torch" and found.__name__ in PLAIN.split() and getattr(sys.modules["torch"], found.__name__) is found


def _is_of_torchvision(found: Any, home: str) -> bool:
    """Whether it is one of the constructors of models that torchvision lists, or a public function of its operators."""
    name = found.__name__
    if home.startswith("torchvision.models."):
        models = sys.modules["torchvision.models"]
        return name in models.list_models() and models.get_model_builder(name) is found
    if home.startswith("torchvision.ops."):
        ops = sys.modules["torchvision.ops"]
        return name in ops.__all__ and getattr(ops, name) is found
    return False
