"""A network from torchvision becomes a space without a line of it being changed: `call` names it, `edit` replaces parts.

    python examples/resnet_edits.py [TRIALS]

Parts are named as in `resnet18().named_modules()`. A replacement is a module's class, a `call` with choices among its
arguments, a function of the old part, or `OneOf` of these. What is not named stays as torchvision made it.
"""

import sys

from torch import nn
from torchvision.models import resnet18
from torchvision.ops import SqueezeExcitation

import symbolic as sym


def kept(old: nn.Module) -> nn.Module:
    """Leave a part as it is."""
    return old


def squeezed(old: nn.Module) -> nn.Module:
    """Weigh the channels of a part's output."""
    return nn.Sequential(old, SqueezeExcitation(128, 32))


# The stem is for photographs; digits are 8 x 8 pixels in one colour. Kernel and padding belong together: one option each.
STEM = sym.OneOf(
    {
        "conv3": sym.call(nn.Conv2d, 1, 64, 3, padding=1, bias=False),
        "conv5": sym.call(nn.Conv2d, 1, 64, 5, padding=2, bias=False),
    }
)
HEAD = sym.call(nn.Sequential, sym.call(nn.Dropout, sym.Range(0.0, 0.5)), sym.call(nn.Linear, 256, 10))
SECOND_BLOCK = sym.OneOf({"kept": kept, "left_out": nn.Identity})

NET = sym.edit(
    sym.call(resnet18),
    {
        "conv1": STEM,
        "maxpool": nn.Identity,
        "layer1.1": SECOND_BLOCK,
        "layer2.0.relu": sym.OneOf(nn.ReLU, nn.GELU),
        "layer2.1": sym.OneOf({"kept": kept, "squeezed": squeezed, "left_out": nn.Identity}),
        "layer3.1": SECOND_BLOCK,
        "layer4": nn.Identity,
        "fc": HEAD,
    },
)
SPACE = {"model": NET, "train": {"lr": sym.Range(1e-3, 1e-2, log=True), "epochs": 2, "batch_size": 128}}


def main(trials: int = 6) -> None:
    """Search, and show what became of torchvision's network."""
    space = sym.space(SPACE)
    print(f"resnet18 with {len(space.lower().path)} decisions, {space.size()} candidates\n")
    study = sym.search(space, task="digits", trials=trials, seed=1)
    for trial in study.trials:
        values = {path.removeprefix("model/parts/"): value for path, value in trial.candidate.to_dict().items()}
        shown = ", ".join(
            f"{path} {value:.2g}" if isinstance(value, float) else f"{path} {value}" for path, value in values.items()
        )
        print(f"{trial.number:2}  accuracy {trial.value:.3f}  {shown}")
    best = study.best.candidate.build()["model"]
    print(f"\nthe best is trial {study.best.number}, still torchvision's {type(best).__name__}, with")
    for name in ("conv1", "layer1.1", "layer2.0.relu", "layer2.1", "layer3.1"):
        print(f"  {name:14} {str(best.get_submodule(name)).splitlines()[0].rstrip('(')}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
