"""The evaluator of shared weights: steps, scores, gradients, snapshots, what it says of itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
import torch

import symbolic as sym
from backends.executors.jobs import Order, RunningJob
from backends.supernet.backend import SupernetBackend
from backends.supernet.evaluator import SupernetEvaluator
from backends.supernet.refusal import Refusal
from backends.torch.cost import flops
from backends.torch.data import Split, Splits
from backends.torch.goals import Classification
from symbolic.errors import SymspaceError
from symbolic.points import Mixture, Point
from symbolic.search.check import Unsuited
from symbolic.search.events import Result, Trial
from symbolic.search.plan import plan
from symbolic.search.wishes import Wishes
from symbolic.shapes import image
from symbolic.space import Space
from symbolic.table.sample import sample
from symbolic.task import TaskFacts

TEXT = """
space tiny version 1
shared activation = relu | gelu
model = conv2d(4..8 step 2, kernel: 1 | 3) >> conv2d(6) >> batch_norm >> activation
  >> repeat 0..2 as more { conv2d(6) >> activation | skip }
  >> global_avg_pool >> dropout(0.0..0.5) >> linear(classes)
train { lr: 1e-3..1e-1 log, batch_size: 16 | 32, epochs: fidelity 1..2 }
maximize accuracy
"""


@attrs.frozen
class Tiny:
    """A task of 96 random images whose class is the brightest quarter."""

    facts: TaskFacts = TaskFacts("tiny", image(1, 4, 4), {"classes": 4}, {"accuracy": True, "loss": False, "params": False}, {
        "optimizer": "adamw", "lr": 3e-3, "weight_decay": 1e-4, "momentum": 0.9, "batch_size": 16, "epochs": 2,
        "schedule": "cosine", "warmup": 0, "label_smoothing": 0.0, "clip": None,
    })  # fmt: skip

    def load(self) -> Splits:
        generator = torch.Generator().manual_seed(0)
        inputs = torch.randn(160, 1, 4, 4, generator=generator)
        targets = torch.nn.functional.avg_pool2d(inputs, 2).flatten(1).argmax(1)
        parts = [np.arange(0, 96), np.arange(96, 128), np.arange(128, 160)]
        train, validation, test = (Split(inputs[p], targets[p], p) for p in parts)
        return Splits(train, validation, test, Classification(4))


@pytest.fixture(scope="module")
def space() -> Space:
    return sym.parse(TEXT)


BACKEND = SupernetBackend(batch_size=16, lr=0.1)


def opened(space: Space, backend: SupernetBackend = BACKEND, seed: int = 1) -> SupernetEvaluator:
    return backend.evaluator(space, Tiny(), seed)


def run(evaluator: SupernetEvaluator, trial: Trial) -> Result:
    return evaluator.run(trial, RunningJob(Order(trial, 5), lambda report: "go"))


def points(space: Space, count: int, seed: int = 0) -> list[Point]:
    drawn = sample(space.lower(), count, np.random.default_rng(seed))
    return [drawn[i] for i in range(count)]


def uniform(evaluator: SupernetEvaluator) -> Mixture:
    return Mixture(evaluator.shared.columns.options.uniform())


def tensors(evaluator: SupernetEvaluator) -> dict[str, torch.Tensor]:
    return {name: t.clone() for name, t in evaluator.shared.supernet.tensors().items()}


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_describe_says_what_is_mixed_without_loading_data(space: Space) -> None:
    facts = BACKEND.describe(space, Tiny())
    assert facts.provides >= {"step", "score", "gradient", "evaluate"}
    assert "activation" in facts.relaxable and "model/more[1]" in facts.relaxable
    assert set(facts.unrelaxable) == {"model/dropout/rate", "train/lr", "train/batch_size"}
    assert facts.metrics >= {"accuracy", "loss"} and facts.steps_per_epoch is None
    point = points(space, 1)[0]
    alone = BACKEND.evaluator(space, Tiny(), 0).shared.standalone(point)
    assert facts.analytic["params"].actual(point.index) == sum(p.numel() for p in alone.parameters())


def test_flops_are_known_without_training_where_a_limit_reads_them() -> None:
    limited = sym.parse(TEXT + "require flops(model) <= 20k\n")
    analytic = BACKEND.describe(limited, Tiny()).analytic
    evaluator = opened(limited)
    point = points(limited, 1)[0]
    alone = evaluator.shared.standalone(point)
    assert analytic["flops"].actual(point.index) == flops(alone, image(1, 4, 4)) > 0
    assert "flops" in run(evaluator, Trial(0, point, "score")).metrics


def test_a_goal_that_scores_do_not_report_is_refused() -> None:
    with pytest.raises(
        Refusal, match=r"a goal reads 'latency_ms.model.'; scores with shared weights report accuracy, flops, loss, params"
    ):
        BACKEND.describe(sym.parse(TEXT.replace("maximize accuracy", "minimize latency_ms(model)")), Tiny())
    BACKEND.describe(sym.parse(TEXT + "require latency_ms(model) <= 5\n"), Tiny())


def test_the_session_s_facts_add_what_was_measured(space: Space) -> None:
    facts = opened(space).facts
    assert facts.steps_per_epoch == 6
    assert set(facts.seconds) == {"step", "score", "mixture", "gradient"} and min(facts.seconds.values()) > 0


def test_measuring_leaves_no_trace(space: Space) -> None:
    evaluator = opened(space)
    assert (evaluator.train.position, evaluator.validation.position) == (0, 0)
    assert not evaluator.optimizer.state_dict()["state"]


def test_steps_lower_the_loss_of_mixtures_and_of_candidates(space: Space) -> None:
    evaluator = opened(space)
    before = [run(evaluator, Trial(n, p, "score")).metrics["loss"] for n, p in enumerate(points(space, 8))]
    drawn = points(space, 150, seed=3)
    for n, point in enumerate(drawn):
        assert run(evaluator, Trial(n, point if n % 2 else uniform(evaluator), "step", progress=n / 150)).status == "ok"
    after = [run(evaluator, Trial(n, p, "score")).metrics["loss"] for n, p in enumerate(points(space, 8))]
    assert np.mean(after) < np.mean(before) - 0.1
    assert evaluator.train.position == 150 and evaluator.validation.position == 0


def test_scores_and_gradients_change_no_weight(space: Space) -> None:
    evaluator = opened(space)
    before = tensors(evaluator)
    result = run(evaluator, Trial(0, points(space, 1)[0], "score"))
    assert set(result.metrics) == {"accuracy", "loss", "params"} and result.cost_s > 0
    run(evaluator, Trial(1, points(space, 1)[0], "score", batches=2))
    assert evaluator.validation.position == 2
    gradient = run(evaluator, Trial(2, uniform(evaluator), "gradient")).gradient
    assert gradient is not None and gradient.dtype == np.float64 and np.abs(gradient).max() > 0
    assert evaluator.validation.position == 3 and evaluator.train.position == 0
    assert same(before, tensors(evaluator))
    assert all(p.grad is None for p in evaluator.shared.supernet.parameters)


def test_the_gradient_equals_central_differences_of_the_validation_loss(space: Space) -> None:
    evaluator = opened(space)
    evaluator.shared.supernet.to(dtype=torch.float64)
    split = evaluator.validation.split
    evaluator.validation.split = Split(split.inputs.double(), split.targets, split.index)
    options = evaluator.shared.columns.options
    weights = options.softmax(np.random.default_rng(0).normal(size=options.count))

    def at(w: Any) -> Result:
        evaluator.validation.position = 0
        return run(evaluator, Trial(3, Mixture(w), "gradient"))

    found = at(weights).gradient
    assert found is not None
    owners = [space.lower().path[column] for column in options.owner]
    for option in range(options.count):
        change = np.zeros(options.count)
        change[option] = 1e-7
        difference = (at(weights + change).metrics["loss"] - at(weights - change).metrics["loss"]) / 2e-7
        assert abs(found[option] - difference) < 1e-7
        assert owners[option] in evaluator.facts.relaxable or found[option] == 0.0


def test_options_with_weight_zero_get_gradient_zero(space: Space) -> None:
    evaluator = opened(space)
    options = evaluator.shared.columns.options
    weights = np.zeros(options.count)
    weights[options.start[options.card > 0]] = 1.0
    gradient = run(evaluator, Trial(0, Mixture(weights), "gradient")).gradient
    assert gradient is not None
    assert not gradient[weights == 0].any() and gradient[weights == 1].any()


def test_ten_steps_equal_five_saved_loaded_and_five_more(space: Space, tmp_path: Path) -> None:
    def step(evaluator: SupernetEvaluator, numbers: range) -> list[float]:
        drawn = points(space, 10)
        trials = [Trial(n, drawn[n] if n % 3 else uniform(evaluator), "step") for n in numbers]
        trials += [Trial(100 + n, uniform(evaluator), "gradient") for n in numbers]
        return [run(evaluator, trial).metrics["loss"] for trial in trials]

    whole = opened(space)
    step(whole, range(5))
    later = step(whole, range(5, 10))
    first = opened(space)
    step(first, range(5))
    first.save(tmp_path)
    second = opened(space)
    second.load(tmp_path)
    torch.manual_seed(77)
    assert step(second, range(5, 10)) == later
    assert same(tensors(whole), tensors(second))


def test_weights_of_another_space_are_refused(space: Space, tmp_path: Path) -> None:
    opened(space).save(tmp_path)
    other = opened(sym.parse(TEXT.replace("4..8 step 2", "4..12 step 4")))
    with pytest.raises(Refusal, match="belong to another supernet"):
        other.load(tmp_path)
    (tmp_path / "supernet.pt").write_bytes(b"no weights")
    with pytest.raises(Refusal, match="cannot be read"):
        other.load(tmp_path)


def test_a_loss_that_is_not_finite_leaves_the_weights_alone(space: Space) -> None:
    evaluator = opened(space)
    run(evaluator, Trial(0, points(space, 1)[0], "step"))
    before = tensors(evaluator)
    evaluator.train.split.inputs[:] = float("nan")
    result = run(evaluator, Trial(1, points(space, 1)[0], "step"))
    assert result.status == "failed" and result.failure is not None and result.failure.kind == "nan"
    assert same(before, tensors(evaluator))


def test_batches_depend_on_their_number_alone(space: Space) -> None:
    a, b = opened(space).train, opened(space).train
    taken = [a.take()[1] for _ in range(8)]
    assert torch.equal(b.at(7)[1], taken[7]) and torch.equal(b.at(2)[1], taken[2])
    seen = torch.cat([a.at(i)[0] for i in range(6)]).flatten(1)
    assert len(seen.unique(dim=0)) == 96


def test_part_of_the_training_data_may_be_the_architecture_s(space: Space) -> None:
    evaluator = opened(space, attrs.evolve(BACKEND, arch_split=0.5))
    train, architecture = set(evaluator.train.split.index), set(evaluator.validation.split.index)
    assert not train & architecture and train | architecture == set(range(96))
    assert abs(len(train) - len(architecture)) <= 4
    classes = [np.bincount(s.targets.numpy(), minlength=4) for s in (evaluator.train.split, evaluator.validation.split)]
    assert np.abs(classes[0] - classes[1]).max() <= 1


def test_recalibrated_statistics_touch_no_shared_buffer(space: Space) -> None:
    evaluator = opened(space, attrs.evolve(BACKEND, statistics="recalibrated"))
    before = tensors(evaluator)
    point = points(space, 1)[0]
    first = run(evaluator, Trial(0, point, "score")).metrics
    run(evaluator, Trial(1, uniform(evaluator), "score"))
    assert run(evaluator, Trial(2, point, "score")).metrics == first
    assert same(before, tensors(evaluator))
    again = opened(space)
    assert first["loss"] != run(again, Trial(0, point, "score")).metrics["loss"]


def test_recalibrated_scores_are_those_of_a_standalone_network_with_such_statistics(space: Space) -> None:
    evaluator = opened(space, attrs.evolve(BACKEND, statistics="recalibrated", calibration_batches=3))
    point = points(space, 1)[0]
    found = run(evaluator, Trial(0, point, "score")).metrics["loss"]
    alone = evaluator.shared.standalone(point)
    alone.load_state_dict({k: v.detach().clone() for k, v in evaluator.shared.set(point).state_dict().items()})
    for module in alone.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None
    dropouts = [m for m in alone.train().modules() if isinstance(m, torch.nn.Dropout)]
    for dropout in dropouts:
        dropout.eval()
    with torch.no_grad():
        for i in range(3):
            alone(evaluator.train.at(i)[0])
        split = evaluator.validation.split
        loss = torch.nn.functional.cross_entropy(alone.eval()(split.inputs), split.targets)
    assert abs(float(loss) - found) < 1e-6


def test_evaluate_is_the_trainer_s_and_leaves_the_shared_weights_alone(space: Space) -> None:
    evaluator = opened(space)
    before = tensors(evaluator)
    trial = Trial(0, points(space, 1)[0], "evaluate")
    result = run(evaluator, trial)
    job = RunningJob(Order(trial, 5), lambda report: "go")
    own = BACKEND.trainer.evaluator(space, Tiny(), 1).run(trial, job)
    assert result.status == "ok" and result.metrics == own.metrics
    assert same(before, tensors(evaluator))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"batch_size": 0}, "batch_size is 0; it must be a number above 0"),
        ({"lr": "fast"}, "lr is 'fast'"),
        ({"arch_split": 1.5}, "arch_split is 1.5; it is a share"),
        ({"statistics": "running"}, "allowed: batch, recalibrated"),
    ],
)
def test_options_are_checked(change: dict[str, Any], message: str) -> None:
    with pytest.raises(Refusal, match=message):
        attrs.evolve(BACKEND, **change)


def test_a_program_that_cannot_be_held_is_refused_and_the_algorithms_that_can_search_it_are_named_once() -> None:
    text = 'model = torch.nn::Conv2d(1, 4, 3, padding: 1, padding_mode: "zeros" | "reflect") >> global_avg_pool'
    space = sym.parse("space s version 1\nmodel = skip >> " + text.removeprefix("model = "))
    with pytest.raises(Refusal, match="steer Python code") as caught:
        BACKEND.describe(space, Tiny())
    assert "regularized_evolution" not in str(caught.value)
    with pytest.raises(Unsuited) as unsuited:
        plan(space, Wishes(algorithm="darts", task=Tiny()))
    assert str(unsuited.value).count("regularized_evolution") == 1


def test_what_is_not_there_is_refused(space: Space) -> None:
    with pytest.raises(SymspaceError, match="needs a task"):
        BACKEND.describe(space, None)
    evaluator = opened(space)
    with pytest.raises(Refusal, match="does not look ahead"):
        run(evaluator, Trial(0, uniform(evaluator), "lookahead"))
    with pytest.raises(Refusal, match="with respect to the weights of a mixture"):
        run(evaluator, Trial(0, points(space, 1)[0], "gradient"))
    with pytest.raises(Refusal, match="inherits weights from 'supernet', which is not supported yet"):
        run(evaluator, Trial(0, points(space, 1)[0], "evaluate", inherit_from="supernet"))
