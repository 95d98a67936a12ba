"""A Lightning training under a search: one callback reports each validation, and ends the training when the study says so.

    python examples/lightning_loop.py [TRIALS]

Needs `pip install 'symspace[lightning]'`. The module is an ordinary LightningModule; it is searched as it stands.
"""

import logging
import sys
from typing import Annotated, Any

import lightning
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

import symbolic as sym
from backends.function import Handle
from backends.lightning import reporter

images, labels = load_digits(return_X_y=True)
DATA = TensorDataset(torch.tensor(images / 16.0, dtype=torch.float32), torch.tensor(labels))
TRAIN, VALIDATION = torch.utils.data.random_split(DATA, [1200, 597], torch.Generator().manual_seed(0))


@sym.searchable
class Digits(lightning.LightningModule):
    """A small network with its optimizer."""

    def __init__(
        self,
        width: Annotated[int, sym.Range(16, 128, step=16)] = 64,
        dropout: Annotated[float, sym.Range(0.0, 0.5)] = 0.1,
        lr: Annotated[float, sym.Range(1e-4, 1e-1, log=True)] = 3e-3,
    ) -> None:
        super().__init__()
        act = sym.oneof(nn.ReLU, nn.GELU, nn.SiLU, name="act")
        self.net = nn.Sequential(nn.Linear(64, width), act(), nn.Dropout(dropout), nn.Linear(width, 10))
        self.lr = lr

    def training_step(self, batch: list[Tensor], index: int) -> Tensor:
        return functional.cross_entropy(self.net(batch[0]), batch[1])

    def validation_step(self, batch: list[Tensor], index: int) -> None:
        self.log("val_accuracy", (self.net(batch[0]).argmax(1) == batch[1]).float().mean())

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.AdamW(self.parameters(), self.lr)


QUIET: dict[str, Any] = {
    "logger": False,
    "enable_checkpointing": False,
    "enable_progress_bar": False,
    "enable_model_summary": False,
}


def accuracy(module: Digits, trial: Handle) -> Tensor:
    """Train for up to eight epochs; `reporter` is all that the search needs in a Trainer."""
    trainer = lightning.Trainer(max_epochs=8, accelerator="cpu", callbacks=[reporter(trial, "val_accuracy")], **QUIET)
    trainer.fit(module, DataLoader(TRAIN, 64, shuffle=True), DataLoader(VALIDATION, 597))
    return trainer.callback_metrics["val_accuracy"]


def main(trials: int = 10) -> None:
    """Search, and show the best curve."""
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    study = sym.search(Digits, evaluate=accuracy, objectives="maximize accuracy", trials=trials, seed=0)
    print(study.frame())
    print(f"\nbest accuracy {study.best.value:.4f}, epoch by epoch:")
    print(" ".join(f"{report.metrics['accuracy']:.3f}" for report in study.reports[study.best.number]))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
