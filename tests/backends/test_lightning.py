"""The Lightning callback: it reports after each validation, and a verdict of the study ends the training."""

from __future__ import annotations

import sys
import warnings
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

import symbolic as sym
from backends.errors import BackendError
from backends.executors.serial import Serial
from backends.function import FunctionBackend, Handle
from backends.lightning import reporter
from symbolic.search.events import Result, Trial

with warnings.catch_warnings():  # what Lightning says of the versions of its own dependencies
    warnings.simplefilter("ignore")
    lightning = pytest.importorskip("lightning.pytorch")

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*treespec.*:FutureWarning"),
    pytest.mark.filterwarnings("ignore:.*does not have many workers.*"),
    pytest.mark.filterwarnings("ignore:.*LeafSpec.*"),
]
SPACE = "space plain\nlr = 0.001..0.1 log\n"
X = torch.randn(64, 6, generator=torch.Generator().manual_seed(0))
LOADER = DataLoader(TensorDataset(X, (X[:, 0] > 0).long()), 32)
QUIET = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False, "enable_model_summary": False}


class Module(lightning.LightningModule):
    def __init__(self, lr: float) -> None:
        super().__init__()
        self.network, self.lr = nn.Linear(6, 2), lr

    def training_step(self, batch: Any, number: int) -> torch.Tensor:
        return functional.cross_entropy(self.network(batch[0]), batch[1])

    def validation_step(self, batch: Any, number: int) -> None:
        right = (self.network(batch[0]).argmax(1) == batch[1]).float().mean()
        self.log_dict({"val_accuracy": right, "error": 1 - right})

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters(), self.lr)


def objective(metrics: Any, seen: list[int] | None = None, **more: Any) -> Any:
    def run(values: Any, trial: Handle) -> Any:
        module = Module(values["lr"])
        trainer = lightning.Trainer(
            max_epochs=5, accelerator="cpu", callbacks=[reporter(trial, metrics)], log_every_n_steps=1, **QUIET, **more
        )
        trainer.fit(module, LOADER, LOADER)
        trainer.validate(module, LOADER, verbose=False)  # reports nothing more
        if seen is not None:
            seen.append(trainer.current_epoch)
        return {"accuracy": trainer.callback_metrics["val_accuracy"]}

    return run


def run(function: Any, text: str, verdict: Any) -> tuple[Result, list[Result]]:
    space, reports = sym.parse(text), []

    def on_report(report: Result) -> Any:
        reports.append(report)
        return verdict(report)

    session = Serial().open(FunctionBackend(function), space, None, 0, None)
    session.submit([Trial(0, space.candidate({"lr": 0.01}).point)])
    (result,) = session.collect(on_report, None)
    session.close()
    return result, reports


def test_each_validation_is_a_report_of_the_objective() -> None:
    result, reports = run(objective("val_accuracy"), SPACE + "maximize accuracy\n", lambda report: "go")
    assert result.status == "ok", result.failure
    assert [r.fidelity for r in reports] == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert dict(reports[-1].metrics) == dict(result.metrics)


def test_the_study_ends_the_training() -> None:
    epochs: list[int] = []
    result, reports = run(
        objective("val_accuracy", epochs), SPACE + "maximize accuracy\n", lambda r: "stop" if r.fidelity == 2 else "go"
    )
    assert (result.status, result.fidelity, len(reports), epochs) == ("stopped", 2.0, 2, [2])
    assert dict(result.metrics) == dict(reports[-1].metrics)


def test_metrics_of_the_space_and_several_keep_their_names() -> None:
    _, reports = run(objective("error"), SPACE + "minimize error\n", lambda report: "stop")
    assert set(reports[0].metrics) == {"error"}
    _, reports = run(objective(["val_accuracy", "error"]), SPACE + "maximize accuracy\n", lambda report: "stop")
    assert set(reports[0].metrics) == {"val_accuracy", "error"}


def test_a_metric_that_is_not_logged_is_named() -> None:
    failure = run(objective("val_acuracy"), SPACE, lambda report: "go")[0].failure
    assert failure is not None and "no metric 'val_acuracy' in validation; did you mean 'val_accuracy'" in failure.message


def test_trainings_in_several_processes_are_refused() -> None:
    callback = reporter(SimpleNamespace(names=("accuracy",)), "accuracy")  # type: ignore[arg-type]
    with pytest.raises(BackendError, match="runs in 2 processes, and a trial lives in one: give the Trainer devices=1"):
        callback.setup(SimpleNamespace(world_size=2), Module(0.1), "fit")  # type: ignore[arg-type]


def test_without_lightning_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lightning.pytorch", None)
    with pytest.raises(BackendError, match=r"pip install 'symspace\[lightning\]'"):
        reporter(None, "accuracy")  # type: ignore[arg-type]
