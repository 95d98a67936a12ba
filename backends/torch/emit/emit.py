"""`emit`: a built network as plain PyTorch, in a text that needs nothing but PyTorch and what the user's code imports."""

from __future__ import annotations

import keyword
import re
import sys
from collections.abc import Sequence

import torch
from torch import nn

from backends.torch.emit.classes import Classes
from backends.torch.emit.layout import labelled, layout
from backends.torch.emit.namespace import HEAD, Namespace
from backends.torch.emit.network import Walk, relinked
from backends.torch.emit.reach import reach
from backends.torch.emit.refusal import CannotEmit
from backends.torch.emit.verify import verify

NOTE = (
    "Built by a search, as plain PyTorch. Layers start with the weights that PyTorch gives them,",
    "parameters of other classes with numbers like those of the network this was written from;",
    "a state_dict of that network fits.",
)


def emit(network: nn.Module, example: torch.Tensor | Sequence[torch.Tensor], *, name: str = "build") -> str:
    """Return a Python text whose function `name()` builds this network again.

    Containers are literals, layers of PyTorch calls with their defaults left out, classes of the user (and the small
    layers of this library) classes with the methods that `forward` reaches; ties and modules used twice are linked again.
    `example`: an input as the network gets it, batch first, or several.

    The text was executed by itself and compared with the network on the example, in training and evaluation mode, before
    it is returned. Raises `CannotEmit` where a part cannot be written, or the two differ.

    >>> print(emit(nn.Sequential(nn.Linear(4, 2), nn.ReLU()), torch.rand(3, 4)).split("\\n\\n\\n")[-1])
    def build():
        return nn.Sequential(nn.Linear(4, 2), nn.ReLU())
    <BLANKLINE>
    """
    if not name.isidentifier() or keyword.iskeyword(name):
        raise CannotEmit(f"{name!r} cannot be the name of a function")
    inputs = (example,) if isinstance(example, torch.Tensor) else tuple(example)
    try:
        text = _written(network, name)
    except RecursionError as e:
        raise CannotEmit("the network holds itself, or is nested too deeply") from e
    verify(network, text, inputs, name)
    return text


def _written(network: nn.Module, name: str) -> str:
    if any(p.is_meta for p in network.parameters()):
        raise CannotEmit("the network has no weights (it was built on the meta device)")
    namespace = Namespace(name)
    classes = Classes(namespace, reach(network))
    walk = Walk(classes)
    root = walk.expression(network, "")
    links = relinked(network, walk.again, "net")
    first = layout(labelled("net = " if links else "return ", root), 4)
    body = [first, *links, "return net"] if links else [first]
    entry = "\n".join([f"def {name}():", *(f"    {line}" for line in body)])
    head = "\n".join([f'"""{NOTE[0]}', *NOTE[1:], '"""'])
    parts = [*namespace.definitions, *classes.texts.values(), entry]
    return "\n\n\n".join([f"{head}\n\n{_imports(namespace, parts)}", *parts]) + "\n"


def _imports(namespace: Namespace, parts: Sequence[str]) -> str:
    """The imports that the text needs, those of Python itself first."""
    text = "\n".join(parts)
    torch_s = [line for line, use in zip(HEAD, ("torch.", "nn.", "F."), strict=True) if re.search(rf"\b{re.escape(use)}", text)]
    others = sorted(namespace.imports)
    first = [line for line in others if line.split()[1].partition(".")[0] in sys.stdlib_module_names]
    groups = ["\n".join(first), "\n".join([*torch_s, *(line for line in others if line not in first)])]
    return "\n\n".join(group for group in groups if group)
