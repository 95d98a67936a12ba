"""What must never happen, a test for each sentence: other libraries of this kind do each of these in silence."""

from __future__ import annotations

import copy
import dataclasses
import io
import json
import math
import os
import pickle
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import attrs
import numpy as np
import pytest
import torch
from torch import nn

import symbolic as sym
from symbolic import registry
from symbolic.points import Population
from symbolic.search.complete import started
from symbolic.table import mutate, neighbours, sample, to_dict
from symbolic.testing.driver import Driver, optimum
from symbolic.testing.spaces import problem_of

ROOT = Path(__file__).parents[1]
SCRIPT = Path(__file__).parent / "programs" / "seeded.py"


class Tied(nn.Module):
    """A layer used twice, and a weight that two layers share."""

    def __init__(self) -> None:
        super().__init__()
        width = sym.integer(2, 4)
        layer = sym.oneof({"linear": lambda: nn.Linear(width, width), "small": lambda: nn.Linear(width, width, bias=False)})
        self.first = layer()
        self.again = self.first
        self.embed = nn.Embedding(5, width)
        self.out = nn.Linear(width, 5, bias=False)
        self.out.weight = self.embed.weight

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.out(self.again(self.first(self.embed(tokens))))
        return out


def foreign(width: int) -> nn.Module:
    """A network from elsewhere that uses one layer twice."""
    layer = nn.Linear(width, width)
    return nn.Sequential(layer, nn.Tanh(), layer)


TARGETS: list[Callable[[], sym.Space]] = [
    lambda: sym.space(Tied),
    lambda: sym.space(sym.call(foreign, sym.Range(2, 4))),
    lambda: sym.space({"model": sym.call(foreign, width=2), "lr": sym.Range(0.1, 1.0)}),
]


def network(space: sym.Space, seed: int = 0) -> nn.Module:
    built = space.sample(1, seed=seed)[0].build()
    net = built["model"] if isinstance(built, dict) else built
    assert isinstance(net, nn.Module)
    return net


def test_log_ranges_are_not_ignored() -> None:
    """Every power of ten is drawn equally often, by both front ends, and mutants and defaults keep to that scale."""
    for space in (
        sym.parse("space s version 1\nlr = 1e-4..1.0 log\nn = 1..10_000 log\n"),
        sym.space({"lr": sym.Range(1e-4, 1.0, log=True), "n": sym.Range(1, 10_000, log=True)}),
        sym.space(_Logarithmic),
    ):
        rows = [list(c.to_dict().values()) for c in space.sample(2_000, seed=1)]
        shares = [np.mean([value < 1e-2 for value, _ in rows]), np.mean([value < 100 for _, value in rows])]
        assert shares == pytest.approx([0.5, 0.5], abs=0.05)
        assert next(iter(space.default().to_dict().values())) == pytest.approx(1e-2)
        table = space.lower()
        mutants = mutate(table, sample(table, 2_000, np.random.default_rng(2)), np.random.default_rng(3))
        fresh = [to_dict(table, mutants[i]) for i in range(2_000)]
        assert np.mean([next(iter(row.values())) < 1e-2 for row in fresh]) == pytest.approx(0.5, abs=0.05)


class _Logarithmic:
    def __init__(self) -> None:
        self.lr = sym.floating(1e-4, 1.0, log=True)
        self.n = sym.integer(1, 10_000, log=True)


def _saved(net: nn.Module) -> nn.Module:
    buffer = io.BytesIO()
    torch.save(net, buffer)
    buffer.seek(0)
    loaded: nn.Module = torch.load(buffer, weights_only=False)
    return loaded


COPIES: dict[str, Callable[[nn.Module], nn.Module]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda net: pickle.loads(pickle.dumps(net)),
    "save": _saved,
    "copy of a copy": lambda net: copy.deepcopy(copy.deepcopy(net)),
}


@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("target", range(len(TARGETS)))
def test_copies_keep_the_weights(how: str, target: int) -> None:
    net = network(TARGETS[target]())
    state = torch.random.get_rng_state()
    other = COPIES[how](net)
    assert torch.equal(state, torch.random.get_rng_state()), "a copy draws no weights"
    before, after = net.state_dict(), other.state_dict()
    assert list(before) == list(after) and all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("target", range(len(TARGETS)))
def test_a_layer_used_twice_stays_one_layer(target: int) -> None:
    for seed in range(4):
        net = network(TARGETS[target](), seed)
        for same in (net, *(make(net) for make in COPIES.values())):
            names = [name for name, _ in same.named_modules(remove_duplicate=False)]
            assert len(names) > len(list(same.modules())), "the layer has two names"
            inputs = torch.tensor([1, 2]) if isinstance(net, Tied) else torch.ones(1, same[0].in_features)  # type: ignore[union-attr,index]
            optimizer = torch.optim.SGD(same.parameters(), 0.1)
            same(inputs).square().sum().backward()
            optimizer.step()
            if isinstance(same, Tied):
                assert same.again is same.first and same.out.weight is same.embed.weight
            else:
                assert same[0] is same[2]  # type: ignore[index]


def test_source_keeps_ties() -> None:
    candidate = sym.space(TiedLinear, task="digits").default()
    names: dict[str, Any] = {}
    exec(candidate.source(), names)
    net = names["build"]()
    assert net.again is net.first


class TiedLinear(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        width = sym.integer(4, 6)
        self.enter, self.first, self.leave = nn.Linear(64, width), nn.Linear(width, width), nn.Linear(width, 10)
        self.again = self.first

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.leave(self.again(self.first(self.enter(x.flatten(1)))))
        return out


class Pair(NamedTuple):
    left: Any
    right: Any = 0


@dataclasses.dataclass
class Config:
    width: Any
    rates: Any = (1,)


@attrs.frozen
class Settings:
    depth: Any
    extra: Any = attrs.field(factory=dict)


CONTAINERS: dict[str, Callable[[Any], Any]] = {
    "list": lambda x: [1, x],
    "tuple": lambda x: (x, 2),
    "dict": lambda x: {"key": x},
    "named tuple": lambda x: Pair(x),
    "dataclass": lambda x: Config(x),
    "attrs": lambda x: Settings(x),
}


@pytest.mark.parametrize("outer", CONTAINERS)
@pytest.mark.parametrize("inner", CONTAINERS)
def test_choices_inside_containers_are_found(outer: str, inner: str) -> None:
    def wrap(x: Any) -> Any:
        return CONTAINERS[outer](CONTAINERS[inner](x))

    space = sym.space(sym.call(Config, width=wrap(sym.OneOf(5, 7)), rates=[sym.Range(1, 3)]))
    assert space.size().value == 6
    found = [c.build() for c in space.sample(40, seed=1, how="uniform")]
    assert {repr(c.width) for c in found} == {repr(wrap(5)), repr(wrap(7))}
    assert {c.rates[0] for c in found} == {1, 2, 3}


@pytest.mark.parametrize("direction", ["maximize", "minimize"])
@pytest.mark.parametrize("algorithm", ["random", "regularized_evolution"])
def test_nan_is_never_best(direction: str, algorithm: str) -> None:
    def measure(values: Any) -> float:
        return math.nan if values["x"] % 2 else float(values["x"])

    study = sym.search(
        sym.space({"x": sym.Range(0, 19)}),
        evaluate=measure,
        algorithm=algorithm,
        trials=20,
        objectives=f"{direction} value",
        listeners=[],
    )
    assert any(math.isnan(trial.value) for trial in study.trials)
    assert study.best.value == (18.0 if direction == "maximize" else 0.0)


def test_only_nan_has_no_best() -> None:
    space = sym.space({"x": sym.Range(0, 3)})
    study = sym.search(space, evaluate=lambda values: math.nan, trials=2, listeners=[])
    with pytest.raises(sym.SymspaceError):
        _ = study.best


def test_an_integer_option_is_a_value_and_never_an_index() -> None:
    space = sym.space({"k": sym.OneOf(2, 0, 1), "w": sym.OneOf(16, 32), "m": sym.Range(3, 5)})
    for k in (0, 1, 2):
        candidate = space.candidate({"k": k, "w": 32, "m": 4})
        assert candidate.to_dict() == {"k": k, "w": 32, "m": 4} == candidate.build()
        assert type(candidate.to_dict()["k"]) is int
    for wrong in ({"k": 3, "w": 16, "m": 3}, {"k": 0, "w": 0, "m": 3}, {"k": 0, "w": 1, "m": 3}, {"k": 0, "w": 16, "m": 0}):
        with pytest.raises(sym.SymspaceError):
            space.candidate(wrong)
    for wrong in ({"k": True, "w": 16, "m": 3}, {"k": 0, "w": 16, "m": 3.5}, {"k": 0, "w": 16, "m": "3"}):
        with pytest.raises(sym.SymspaceError):
            space.candidate(wrong)


class Conditional:
    def __init__(self) -> None:
        self.kind = sym.oneof("sgd", "adam")
        if self.kind == "sgd":
            self.nesterov = sym.oneof(True, False)


def test_unknown_and_inactive_entries_are_refused() -> None:
    space = sym.space(Conditional)
    assert space.candidate({"model/kind": "adam"}).build().kind == "adam"
    with pytest.raises(sym.SymspaceError, match="model/kind"):
        space.candidate({"model/kin": "adam"})
    with pytest.raises(sym.SymspaceError, match="model/nesterov"):
        space.candidate({"model/kind": "adam", "model/nesterov": True})
    with pytest.raises(sym.SymspaceError, match="model/nesterov"):
        space.candidate({"model/kind": "sgd"})
    with pytest.raises(sym.SymspaceError):
        sym.Candidate.parse(space, 'model/kind = "adam"\nmodel/nesterov = true\n')


def _in_another_process(folder: Path, hash_seed: str, noise: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, str(SCRIPT), noise], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_results_depend_on_the_seed_alone(tmp_path: Path) -> None:
    """Not on the hash seed, the folder, the process, or what happened to global random states before."""
    first = _in_another_process(tmp_path, "1", "7")
    assert len(json.loads(first)) > 20
    random.seed(5), np.random.seed(6), torch.manual_seed(7)
    states = random.getstate(), torch.random.get_rng_state()
    sys.path.insert(0, str(SCRIPT.parent))
    try:
        import seeded  # type: ignore[import-not-found]

        assert json.dumps(seeded.results()) == first.strip()
    finally:
        sys.path.remove(str(SCRIPT.parent))
    assert states[0] == random.getstate() and torch.equal(states[1], torch.random.get_rng_state())


def test_a_finished_study_continues_with_a_larger_budget(tmp_path: Path) -> None:
    space = sym.space({"x": sym.Range(0.0, 1.0), "k": sym.OneOf(1, 2, 3)})

    def searched(store: Path, trials: int) -> list[tuple[int, dict[str, Any], float]]:
        study = sym.search(space, evaluate=lambda values: values["x"] * values["k"], trials=trials, store=store, listeners=[])
        return [(t.number, t.candidate.to_dict(), t.value) for t in study.trials]

    assert len(searched(tmp_path / "a.db", 5)) == 5
    assert searched(tmp_path / "a.db", 12) == searched(tmp_path / "b.db", 12)
    assert len(searched(tmp_path / "a.db", 12)) == 12, "nothing is left to do"


def _forgets(values: Any) -> float:
    return None  # type: ignore[return-value]


def _forgets_after_reporting(values: Any, trial: Any) -> float:
    trial.report(0.5, 1)
    return None  # type: ignore[return-value]


def _leaves(values: Any) -> float:
    os._exit(0)


@pytest.mark.parametrize(("evaluate", "workers"), [(_forgets, 0), (_forgets_after_reporting, 0), (_leaves, 1)])
def test_a_forgotten_result_hangs_nothing(evaluate: Callable[..., float], workers: int) -> None:
    space = sym.space({"x": sym.Range(0, 9)})
    trials = 1 if workers else 3
    study = sym.search(space, evaluate=evaluate, trials=trials, workers=workers, listeners=[])
    assert [trial.state for trial in study.trials] == ["failed"] * trials
    assert all(trial.error for trial in study.trials)


@pytest.mark.parametrize("algorithm", ["random", "regularized_evolution"])
def test_an_algorithm_goes_on_where_results_never_come(algorithm: str) -> None:
    problem = problem_of("continuous", trials=100)
    driver = Driver(problem, started(registry.get("algorithms", algorithm)(), problem), optimum(problem))
    assert len(driver.ask(30)) == 30, "thirty in flight, and nothing told"
    lost = driver.pending.pop(0)
    driver.finish(range(len(driver.pending)))
    assert len(driver.ask(30)) == 30 and all(trial.number != lost.number for trial in driver.pending)


def _populations(space: sym.Space) -> tuple[Any, Population]:
    table = space.lower()
    return table, sample(table, 300, np.random.default_rng(4))


MUTATED = [
    "x = 1 | 2\n",
    "x = 0.0..1.0\ny = 1 | 2\n",
    "x = 1 | 2 | 3\ny = 1 | 2 when x == 2\nrequire x != 3\n",
    "x = subset 2 of { 1, 2, 3 }\n",
    "x = permutation of { 1, 2 }\n",
    "x = 1..8\ny = 1..8\nrequire x + y == 8\n",
    "x = repeat 1..2 as r { 1 | 2 }\n",
]


@pytest.mark.parametrize("body", MUTATED)
def test_mutation_changes_something(body: str) -> None:
    table, population = _populations(sym.parse(f"space s version 1\n{body}"))
    mutants = mutate(table, population, np.random.default_rng(0))
    for i in range(300):
        assert population[i].key != mutants[i].key
    if table.float_column.max() < 0:
        near = neighbours(table, population[0])
        assert all(near[i].key != population[0].key for i in range(min(len(near), 20)))


def _calls(make: Callable[[], object]) -> int:
    """Return how many functions, of Python and of C, run while something is made."""
    count = 0

    def note(frame: object, event: str, arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        make()
    finally:
        sys.setprofile(None)
    return count


class Plain(nn.Module):
    def __init__(self, width: int = 4) -> None:
        super().__init__()
        self.layer = nn.Linear(width, 3)


class Described(nn.Module):
    def __init__(self, width: int = sym.Range(4, 8)) -> None:
        super().__init__()
        self.layer = nn.Linear(width, 3)


def test_searching_slows_the_construction_of_no_class() -> None:
    inits = nn.Linear.__init__, nn.Module.__init__, Plain.__init__, nn.Module.__setattr__
    before = _calls(Plain)
    sym.searchable(Described)
    space = sym.space({"model": Described, "other": sym.call(Plain, width=sym.Range(2, 6))})
    for candidate in space.sample(3):
        candidate.build()
    assert inits == (nn.Linear.__init__, nn.Module.__init__, Plain.__init__, nn.Module.__setattr__)
    assert _calls(Plain) == before
    # What is decorated asks in one wrapper: a few calls, however much it constructs.
    assert _calls(Described) <= before + 5


def test_the_words_ask_nothing_of_a_search_that_is_over() -> None:
    def asking() -> object:
        return sym.oneof(3, 5)

    asking()
    before = _calls(asking)
    sym.space(Conditional).sample(3)[0].build()
    assert _calls(asking) == before <= 12
