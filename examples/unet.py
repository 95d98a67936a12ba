"""A U-Net whose skips go by name: which pixels of a noisy picture belong to a disc?

    python examples/unet.py [TRIALS]

`unit(8) as high` names what a level on the way down gave; `concat(high)` reads it again on the way up. Whether a level is read
again is a choice like any other. Pictures, masks and loss are the program's own: `Task` takes tensors.
"""

import sys

import torch
from torch import Tensor, nn

import symbolic as sym
from backends.torch.tasks import Task

SPACE = sym.parse("""
space unet version 1

block unit(width: int) = conv2d(width, 3 | 5) >> batch_norm >> (relu | silu)
block up = upsample(2) | conv_transpose2d as learned

model =
  unit(8) as high >> max_pool(2) >> unit(16) as middle >> max_pool(2) >> unit(24)
  >> up >> (concat(middle) | skip as alone) as lower >> unit(16)
  >> up >> (concat(high) | skip as alone) as upper >> unit(8) >> conv2d(1, 1)

train { optimizer: adamw, lr: 3e-3..3e-2 log, epochs: 6 }

maximize overlap
""")


def pictures(count: int, size: int = 16, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Return noisy pictures `[n, 1, size, size]` of two discs each, and their masks."""
    generator = torch.Generator().manual_seed(seed)
    x, y, radius = torch.rand(3, count, 2, 1, 1, generator=generator)
    place = torch.arange(size) + 0.5
    distance = (place[:, None] - size * y) ** 2 + (place - size * x) ** 2
    mask = (distance < (1.5 + 2.5 * radius) ** 2).any(1, keepdim=True).float()
    return mask + torch.randn(mask.shape, generator=generator), mask


def overlap(outputs: Tensor, masks: Tensor) -> float:
    """Return the pixels in both, as a share of those in either."""
    found, there = outputs > 0, masks > 0.5
    return float((found & there).sum() / (found | there).sum())


def main(trials: int = 10) -> None:
    """Search, and show which skips were worth it."""
    loss = nn.BCEWithLogitsLoss()
    task = Task(pictures(400), loss=loss, metrics={"overlap": overlap}, name="discs", defaults={"batch_size": 32})
    study = sym.search(SPACE, task=task, trials=trials, seed=0)
    for trial in study.trials:
        values = trial.candidate.to_dict()
        skips = " and ".join(name for name in ("lower", "upper") if values[f"model/{name}"] == "concat") or "none"
        print(f"{trial.number:2}  overlap {trial.value:.3f}  {trial.metrics['params']:6,.0f} params  skips: {skips}")
    print(f"\nthe best, trial {study.best.number}:\n{study.best.candidate}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
