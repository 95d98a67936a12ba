"""Building: what a candidate stands for, and that exactly its active decisions are asked, each once."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import attrs
import numpy as np
import pytest
import torch
from torch import nn

from symbolic import parse
from symbolic.building.build import build, build_candidate, task_facts
from symbolic.building.values import Values
from symbolic.errors import SpaceError
from symbolic.points import Point
from symbolic.resolver import Decision
from symbolic.shapes import features, image
from symbolic.space import Space
from symbolic.task import TaskFacts

T = TypeVar("T")
DIGITS = Path(__file__).parents[3] / "examples" / "digits.space"
FACTS = TaskFacts("test", image(1, 8, 8), {"classes": 10, "channels": 1})


@attrs.frozen(eq=False)
class Recorder:
    """The plain resolver, writing down what it is asked."""

    values: Values
    asked: list[Decision] = attrs.field(factory=list)

    def answer(self, decision: Decision, options: Sequence[object]) -> object:
        found = self.values.answer(decision, options)
        self.asked.append(decision)
        return found

    def repeat(self, decision: Decision, body: Callable[[int], T]) -> Sequence[T]:
        self.asked.append(decision)
        return self.values.repeat(decision, body)

    def counted(self, count: int, body: Callable[[int], T]) -> Sequence[T]:
        return self.values.counted(count, body)

    def holds(self, guard: int) -> bool:
        return self.values.holds(guard)


def points(space: Space, n: int = 40, seed: int = 0) -> list[Point]:
    return [c.point for c in space.sample(n, seed)]


def built(text: str, facts: TaskFacts | None = FACTS) -> list[dict[str, Any]]:
    """Build forty candidates of a space written without its header."""
    space = parse(f"space t\n{text}\n")
    return [build(space, Values(space.lower(), p), facts) for p in points(space)]


def distinct(values: Sequence[object]) -> list[object]:
    return [v for v, _ in itertools.groupby(sorted(values, key=repr))]


SPACES = {
    "digits": DIGITS.read_text(),
    "values": """space t
x = 1..4
y { a: 0.0..1.0, b: true | false, c: "u" | "v" when b, d: 1..3 if b else 2..5 }
z = y.d * 2 + x
""",
    "counts": """space t
n = 1..3
w = repeat n as w[i] { 8..64 step 8 }
v = repeat 0..2 as v { repeat 1..2 { 1 | 2 } }
k = v.count + 1
""",
    "sets": """space t
s = subset 1..2 of { "a", "b", (1..3) as n }
p = permutation 1..2 of { "a", "b", (1 | 2) as n }
q = 3 | 4 when "a" in s
""",
    "options": """space t
d = 0.0 as off | (1e-5..1e-3 log) as on
o = { lr: 0.1 | 0.2 } as a | { m: 1..3 } as b
r = o.a.lr * 2 when o is a
""",
    "shared": """space t
shared act = relu | gelu
shared c(w: int) = conv2d(w, 3 | 5) | skip(w)
model = c(4) >> act >> c(8 | 16) >> act >> flatten >> linear(classes)
""",
    "modules": """space t
block twice(m: module, w: int) = m >> conv2d(w) >> m
model =
  twice(relu | dropout(0.1..0.5), 4 | 8) >> (max_pool(2) | skip)
  >> (residual(project: true) { twice(gelu, 8) } | conv2d(8 | 16)) as last >> flatten >> linear(classes)
""",
    "bounds": """space t
a = 1..4
b = a..8
model = repeat a as l[i] { conv2d(8 * b if i == 0 else 8, kernel: 1 | 3) >> relu } >> flatten
""",
}


@pytest.mark.parametrize("name", SPACES)
def test_a_decision_is_active_exactly_when_building_asks_it_and_it_is_asked_once(name: str) -> None:
    space = parse(SPACES[name])
    table = space.lower()
    for point in points(space, 100):
        recorder = Recorder(Values(table, point))
        build(space, recorder, FACTS if name != "digits" else None)
        paths = [d.path for d in recorder.asked if d.kind != "count"]
        assert len(paths) == len(set(paths))
        columns = {table.path[c]: c for c in np.flatnonzero(point.index >= 0)}
        members = {p: group.path for group in table.sets for p in (table.path[c] for c in group.columns)}
        assert {members.get(p, p) for p in columns if members.get(p, p) == p or p in members} == {
            d.path for d in recorder.asked
        }


def test_every_digits_candidate_builds_and_runs() -> None:
    space = parse(DIGITS.read_text())
    x = torch.zeros(2, 1, 8, 8)
    for candidate in space.sample(60):
        made = candidate.build()
        assert list(made) == ["model", "train"]
        assert made["model"](x).shape == (2, 10)
        assert made["train"]["epochs"] == 9


def test_a_fidelity_holds_the_value_of_the_trial() -> None:
    space = parse(DIGITS.read_text())
    candidate = space.sample(1)[0]
    assert candidate.build(fidelity={"train/epochs": 3})["train"]["epochs"] == 3
    assert type(candidate.build(fidelity={"train/epochs": 3.0})["train"]["epochs"]) is int


def test_only_the_entries_asked_for_are_built() -> None:
    space = parse(DIGITS.read_text())
    recorder = Recorder(Values(space.lower(), points(space, 1)[0]))
    assert list(build(space, recorder, entries=["train"])) == ["train"]
    assert all(d.path.startswith("train") for d in recorder.asked)


def test_an_unknown_entry_is_an_error() -> None:
    space = parse(DIGITS.read_text())
    with pytest.raises(SpaceError, match="the space 'digits' has no entry 'modle'") as caught:
        build(space, Values(space.lower(), points(space, 1)[0]), entries=["modle"])
    assert caught.value.hint == "did you mean 'model'?"


def test_a_shared_choice_is_one_decision_and_every_use_builds_its_own_weights() -> None:
    for made in built("shared unit = conv2d(1, kernel: 1 | 3) | residual { conv2d(1) }\nmodel = unit >> unit"):
        first, second = made["model"]
        assert type(first) is type(second) and first is not second
        weights = [m.weight for m in made["model"].modules() if isinstance(m, nn.Conv2d)]
        assert len({id(w) for w in weights}) == len(weights)
        assert weights[0].shape == weights[-1].shape


def test_a_shared_choice_with_parameters_builds_each_use_with_its_own() -> None:
    for made in built("shared wide(w: int) = w as once | (2 * w) as twice\nmodel = conv2d(wide(4)) >> conv2d(wide(8))"):
        first, second = (layer.out_channels for layer in made["model"])
        assert (first, second) in [(4, 8), (8, 16)]


def test_an_absent_argument_takes_the_default_of_the_operator() -> None:
    made = built("x = true | false\nmodel = conv2d(4, kernel: 5 when x)")
    assert {(m["x"], m["model"].kernel_size) for m in made} == {(True, (5, 5)), (False, (3, 3))}


def test_an_absent_entry_and_an_absent_field_are_missing() -> None:
    made = built("x = 1 | 2\ny = 5 when x == 1\nz { a: 1, b: 2 when x == 2 }")
    assert {tuple(m) for m in made} == {("x", "y", "z"), ("x", "z")}
    assert all(("b" in m["z"]) == (m["x"] == 2) for m in made)


def test_formulas_are_python_arithmetic_on_the_answers() -> None:
    for m in built("x = 1..4\ny = 0.5 | 2.0\nz { a: x * 3 - 1, b: x // 2, c: x / y, d: min(x, 2), e: round(x * 0.5), f: -x }"):
        x, y, z = m["x"], m["y"], m["z"]
        assert z == {"a": 3 * x - 1, "b": x // 2, "c": x / y, "d": min(x, 2), "e": (x + 1) // 2, "f": -x}
        assert type(z["a"]) is int


def test_sets_are_tuples_of_values_in_their_order() -> None:
    made = built('s = subset 1..2 of { "a", "b", (1..2) as n }\np = permutation of { "a", "b" }')
    assert set(distinct([m["s"] for m in made])) <= {
        ("a",),
        ("b",),
        (1,),
        (2,),
        ("a", "b"),
        ("a", 1),
        ("a", 2),
        ("b", 1),
        ("b", 2),
    }
    assert set(distinct([m["p"] for m in made])) == {("a", "b"), ("b", "a")}


def test_a_repeat_of_values_is_a_list() -> None:
    assert set(map(len, (m["w"] for m in built("w = repeat 0..3 { 1 | 2 }")))) == {0, 1, 2, 3}


def test_a_python_callable_in_the_middle_of_a_network_is_measured() -> None:
    for m in built("model = torch.nn::Conv2d(1, 4 | 6, 3) >> batch_norm >> flatten >> linear(classes)"):
        assert m["model"](torch.zeros(2, 1, 8, 8)).shape == (2, 10)


def test_options_of_unlike_shape_are_fine_for_candidates() -> None:
    for m in built("model = (max_pool(2) | conv2d(4 | 8) | skip) >> flatten >> linear(classes)"):
        assert m["model"](torch.zeros(2, 1, 8, 8)).shape == (2, 10)


def test_what_a_candidate_stands_for() -> None:
    network = parse("space t\nmodel = flatten >> linear(3 | 4)\n").sample(1)[0]
    assert isinstance(build_candidate(network, FACTS, {}), nn.Sequential)
    both = parse("space t\nmodel = flatten >> linear(3)\nlr = 0.1 | 0.2\n").sample(1)[0]
    assert set(build_candidate(both, FACTS, {})) == {"model", "lr"}
    values = parse(
        "space t\ntrain { lr: 0.1 | 0.2, opt { m: 1..3 }, twice: train.opt.m * 2 }\n".replace("train.opt", "opt")
    ).sample(1)[0]
    flat = build_candidate(values, None, {})
    assert set(flat) == {"train/lr", "train/opt/m", "train/twice"} and flat["train/twice"] == 2 * flat["train/opt/m"]


def test_the_facts_come_from_the_task() -> None:
    facts = task_facts(parse(DIGITS.read_text()))
    assert facts is not None and facts.input == image(1, 8, 8)
    assert task_facts(parse("space t\nx = 1 | 2\n")) is None


REFUSED = {
    "model = linear(8)": """\
<text>:2:9: E602 linear needs features or a sequence, got image (1, 8, 8) (at `model`)
  model = linear(8)
          ^^^^^^^^^
  put flatten or global_avg_pool first""",
    "model = flatten >> residual { linear(8) }": """\
<text>:2:20: E602 residual must keep the shape, got features (64) -> features (8) (at `model/residual`)
  model = flatten >> residual { linear(8) }
                     ^^^^^^^^^^^^^^^^^^^^
  keep the shape in the body, or write residual(project: true)""",
    "model = flatten >> torch.nn::Linear(3, 4) >> relu": """\
<text>:2:20: E602 torch.nn::Linear does not fit behind features (64): mat1 and mat2 shapes cannot be multiplied (2x64 and 3x4)
  model = flatten >> torch.nn::Linear(3, 4) >> relu
                     ^^^^^^^^^^^^^^^^^^^^^^""",
    'model = flatten >> torch.nn::Linear("a", 4)': """\
<text>:2:20: E602 `model/Linear`: torch.nn::Linear cannot be built: TypeError: empty()""",
    "model = torch.nn::Linear(relu, 4)": """\
<text>:2:26: E602 'relu' as an argument of a Python object has no input shape
  model = torch.nn::Linear(relu, 4)
                           ^^^^
  give the class itself (torch.nn::ReLU), or write an operator""",
    "model = flatten >> (relu | 3)": """\
<text>: E602 3 is no layer of a network""",
    "model = flatten >> linear(vocabulary)": """\
<text>:2:27: E602 'vocabulary' is a fact of the task, and the task 'test' does not say it
  model = flatten >> linear(vocabulary)
                            ^^^^^^^^^^""",
    "x = 4 | 8\nmodel = conv2d(x / 2)": """\
<text>:3:16: E305 'conv2d' needs a whole number as 'width', got """,
    "model = flatten >> linear(torch.nn::ReLU)": """\
<text>:2:27: E305 'linear' needs a whole number as 'width', got <class 'torch.nn.modules.activation.ReLU'> (at `model/linear`)
  model = flatten >> linear(torch.nn::ReLU)
                            ^^^^^^^^^^^^^^""",
    "model = flatten >> sgd(momentum: 0.9)": """\
<text>:2:20: E602 sgd is no layer of a network: it belongs into a record (at `model/sgd`)
  model = flatten >> sgd(momentum: 0.9)
                     ^^^^^^^^^^^^^^^^^^""",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_built_says_so(text: str) -> None:
    with pytest.raises(SpaceError) as caught:
        built(text)
    assert str(caught.value).startswith(REFUSED[text].removeprefix("<text>: "))


def test_a_network_without_a_task_says_what_to_do() -> None:
    with pytest.raises(SpaceError, match="a network needs the shape of its input, and no task says it") as caught:
        built("model = flatten", None)
    assert caught.value.hint == "name a task in the space (`task digits`), or give one"


def test_memory_that_runs_out_is_no_error_of_shapes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hungry_app.py").write_text(
        "def make(width):\n    raise MemoryError\n\ndef odd(width):\n    raise KeyError(width)\n"
    )
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MemoryError):
        built("model = hungry_app::make(3)")
    with pytest.raises(SpaceError, match="`model`: hungry_app::odd cannot be built: KeyError: 3"):
        built("model = hungry_app::odd(3)")
    sys.modules.pop("hungry_app")


@attrs.frozen(eq=False)
class Mixing:
    """Stands for all options at once, as a supernet does: a choice of modules runs them all."""

    mixes: bool = True
    asked: list[str] = attrs.field(factory=list)

    def answer(self, decision: Decision, options: Sequence[Any]) -> object:
        self.asked.append(decision.path)
        if options and callable(options[0]):
            return lambda *args: nn.ModuleList([o(*args) for o in options])
        return options[-1] if options else int(decision.high)

    def repeat(self, decision: Decision, body: Callable[[int], T]) -> Sequence[T]:
        return [body(i) for i in range(int(decision.high))]

    def counted(self, count: int, body: Callable[[int], T]) -> Sequence[T]:
        return [body(i) for i in range(count)]


def mixed(text: str) -> dict[str, Any]:
    return build(parse(f"space t\n{text}\n"), Mixing(), FACTS)


def test_a_mixing_resolver_builds_every_option_of_every_use() -> None:
    made = mixed("shared act = relu | gelu\nmodel = act >> repeat 0..2 { skip | residual { conv2d(1) } } >> act")["model"]
    assert [type(m) for m in made] == [nn.ModuleList, nn.Sequential, nn.ModuleList]
    assert [len(m) for m in made] == [2, 2, 2]
    assert not set(map(id, made[0])) & set(map(id, made[2]))


def test_a_mixing_resolver_gets_an_argument_that_changes_places_as_a_choice_of_layers() -> None:
    made = mixed("model = flatten >> dropout(0.5) >> linear(4 | 8)")["model"]
    assert made[2].out_features == 8
    made = mixed("model = conv2d(4, dilation: 1 | 2)")["model"]
    assert [layer.dilation for layer in made] == [(1, 1), (2, 2)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "model = (conv2d(4) | conv2d(8) as wide) >> flatten",
            "the options of `model/choice` cannot be mixed: conv2d gives image (4, 8, 8), wide gives image (8, 8, 8)",
        ),
        (
            "model = conv2d(4, stride: 1 | 2)",
            "the options of `model/stride` cannot be mixed: stride 1 gives image (4, 8, 8), stride 2 gives image (4, 4, 4)",
        ),
        (
            "model = repeat 0..2 { conv2d(4) }",
            "`model` is repeated a searched number of times and must keep the shape, got image (1, 8, 8) -> image (4, 8, 8)",
        ),
        (
            "act = relu | gelu\nmodel = skip if act is relu else relu",
            "`act` steers what exists, and one network cannot hold that",
        ),
        (
            "model = torch.nn::Conv2d(1, 4, 3) >> relu",
            "the shape that torch.nn::Conv2d gives is not known before it is built",
        ),
    ],
)
def test_what_cannot_be_mixed_names_both_sides(text: str, message: str) -> None:
    with pytest.raises(SpaceError) as caught:
        mixed(text)
    assert (caught.value.code, caught.value.message) == ("E602", message)


def test_vectors_too() -> None:
    space = parse("space t\nmodel = linear(4 | 8) >> relu >> linear(2)\n")
    net = build_candidate(space.sample(1)[0], TaskFacts("vectors", features(5)), {})
    assert net(torch.zeros(3, 5)).shape == (3, 2)
