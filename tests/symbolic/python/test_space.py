"""`space(...)`: dicts of entries, constraints with free names, objectives, fidelity, task; the digits example twice."""

from __future__ import annotations

import itertools
from pathlib import Path

import attrs
import pytest
import torch
from torch import nn

import symbolic as sym
from symbolic.nodes import Record
from symbolic.space import Space

EXAMPLES = Path(__file__).parents[3] / "examples"


class Ranks(list[int]):
    def __init__(self) -> None:
        depth = sym.integer(1, 3)
        super().__init__(sym.repeat(lambda i: sym.integer(1, 8, name="rank"), depth, name="body"))


class Pairs:
    def __init__(self) -> None:
        self.layers = sym.repeat(lambda i: (sym.oneof(1, 2, name="a"), sym.oneof("x", "y", name="b")), 0, 2, name="layers")


class Heads(nn.Module):
    """A constructor that refuses a combination."""

    def __init__(self) -> None:
        super().__init__()
        width = sym.oneof(4, 6)
        heads = sym.oneof(1, 2, 4)
        if width % heads:
            raise ValueError(f"{width} is not divisible by {heads}")
        self.attention = nn.MultiheadAttention(width, heads)


def small() -> dict[str, object]:
    return {
        "model": Ranks,
        "train": {"lr": sym.Range(1e-4, 0.1, log=True, prior=3e-3), "nested": {"flag": sym.OneOf(True, False)}, "fixed": 3},
        "act": sym.OneOf(nn.ReLU, nn.GELU, default=nn.GELU, weights=(1, 2)),
        "ops": sym.Subset(["crop", "flip", "cut"], (1, 2)),
        "order": sym.Permutation(["a", "b", "c"], default=["b", "a", "c"]),
    }


def test_a_dict_of_entries() -> None:
    space = sym.space(small(), name="both")
    assert space.text().splitlines()[0] == "space both version 1"
    assert space.text().splitlines()[2:] == [
        "train = { lr: 0.0001..0.1 prior 0.003 log, nested: { flag: true | false }, fixed: 3 }",
        "act = torch.nn.modules.activation::ReLU | default torch.nn.modules.activation::GELU @ 2",
        'ops = subset 1..2 of { "crop", "flip", "cut" }',
        'order = permutation of { "b", "a", "c" }',
    ]
    assert sym.parse(space.text()) == space
    assert space.size().value == (8 + 64 + 512) * 2 * 2 * 6 * 6


def test_the_default_of_a_dict_of_entries() -> None:
    values = sym.space(small()).default().to_dict()
    assert (
        values["train/lr"] == 3e-3
        and values["act"] == "GELU"
        and values["ops"] == ["crop"]
        and values["order"] == ["b", "a", "c"]
    )


def test_a_built_dict_has_the_entries() -> None:
    built = (
        sym.space(small())
        .candidate(
            {
                "model/depth": 1,
                "model/body[0]/rank": 5,
                "train/lr": 0.01,
                "train/nested/flag": False,
                "act": "ReLU",
                "ops": ["crop", "cut"],
                "order": ["c", "a", "b"],
            }
        )
        .build()
    )
    assert built["model"] == [5] and built["train"] == {"lr": 0.01, "nested": {"flag": False}, "fixed": 3}
    assert built["act"] is nn.ReLU and list(built["ops"]) == ["crop", "cut"] and list(built["order"]) == ["c", "a", "b"]


@pytest.mark.parametrize("text", ["sum(body[*].rank) <= 10", "sum(model.body[*].rank) <= 10", "sum(model[**].rank) <= 10"])
def test_rounds_are_gathered_and_names_of_the_model_stand_free(text: str) -> None:
    space = sym.space(Ranks, require=[text, "body[0].rank >= 2"], forbid="depth == 2")
    every = [row for depth in (1, 3) for row in itertools.product(range(1, 9), repeat=depth)]
    assert space.size().value == sum(1 for row in every if sum(row) <= 10 and row[0] >= 2)
    assert sym.parse(space.text()) == space


def test_several_references_of_one_expression_go_together() -> None:
    space = sym.space(Pairs, require="count(layers[*].a == 2 and layers[*].b is x) <= 1")
    rounds = list(itertools.product((1, 2), "xy"))
    every = [row for n in range(3) for row in itertools.product(rounds, repeat=n)]
    assert space.size().value == sum(1 for row in every if row.count((2, "x")) <= 1)


def test_objectives_task_and_fidelity() -> None:
    space = sym.space(
        Ranks,
        maximize="accuracy",
        minimize=["params(model)"],
        task="digits",
        fidelity={"train/epochs": (1, 9), "train/data/share": (0.1, 1.0)},
        require="params(model) <= 200k",
    )
    assert space.text().splitlines()[1:2] + space.text().splitlines()[3:] == [
        "task digits",
        "train = { epochs: fidelity 1..9, data: { share: fidelity 0.1..1.0 } }",
        "maximize accuracy",
        "minimize params(model)",
        "require params(model) <= 200000",
    ]
    assert sym.parse(space.text()) == space
    assert len(space.lower().fidelities) == 2


def test_a_space_can_be_given_more() -> None:
    space = sym.space(sym.space(Ranks, require="depth >= 2"), forbid="depth == 3", maximize="accuracy")
    assert [c.kind for c in space.constraints] == ["require", "forbid"] and len(space.objectives) == 1
    assert space.size().value == 64


def test_combinations_that_cannot_be_built_are_errors_unless_a_constraint_excludes_them() -> None:
    with pytest.raises(sym.SpaceError, match=r"E708 Heads cannot be constructed with .*: 6 is not divisible by 4"):
        sym.space(Heads)
    with pytest.raises(sym.SpaceError, match="E708"):
        sym.space(Heads, require="params(model) <= 1M")
    space = sym.space(Heads, forbid="width == 6 and heads == 4")
    assert space.size().value == 5
    assert all(isinstance(c.build(), Heads) for c in space.sample(20))


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ({}, "E204 a space needs at least one entry"),
        ({"a/b": 1}, "E103 'a/b' cannot be the name of an entry"),
        ({"a": object}, "E711"),
        ({"a": [1, 2]}, "E711 the entry 'a' is"),
        ({"model": nn.ReLU()}, "E711 the entry 'model' is"),
        (sym.Range(1, 2), "E711 .* has no name of its own"),
        ({"x": sym.OneOf(nn.ReLU())}, "E710 'x/ReLU' is an object of torch"),
    ],
)
def test_wrong_targets(target: object, message: str) -> None:
    if target == {"a": object}:
        assert sym.space({"a": object}).size().value == 1
        return
    with pytest.raises(sym.SpaceError, match=message):
        sym.space(target)  # type: ignore[arg-type]


def test_wrong_additions() -> None:
    with pytest.raises(sym.SpaceError, match="E201 unknown name 'dpeth'"):
        sym.space(Ranks, require="dpeth <= 3", task="digits")
    with pytest.raises(sym.SpaceError, match="E103 'my space' cannot be the name of a space"):
        sym.space(Ranks, name="my space")
    with pytest.raises(sym.SpaceError, match="E309 no fidelity can stand at 'model/epochs'"):
        sym.space(Ranks, fidelity={"model/epochs": (1, 9)})


# The digits example


def _paths() -> dict[str, str]:
    """Return the path in the class of each decision of the file's `model`."""
    paths = {"activation": "model/activation", "model/dropout/rate": "model/dropout"}
    for there, here, width in (("model/stage", "model/stem", "first"), ("model/stage#2", "model/tail", "second")):
        paths[f"{there}/width"] = f"model/{width}"
        paths[f"{there}/unit/conv2d/kernel"] = f"{here}/unit/kernel"
        paths[f"{there}/more"] = f"{here}/more"
        for i in range(2):
            paths[f"{there}/more[{i}]"] = f"{here}/more[{i}]/kind"
            paths[f"{there}/more[{i}]/unit/conv2d/kernel"] = f"{here}/more[{i}]/kind/unit/unit/kernel"
            paths[f"{there}/more[{i}]/residual/body/conv2d/kernel"] = f"{here}/more[{i}]/kind/residual/residual/body/kernel"
    return paths


@pytest.fixture(scope="module")
def forms() -> tuple[Space, Space]:
    """The model of the file, alone, and the class."""
    file = sym.load(str(EXAMPLES / "digits.space"))
    model = tuple(f for f in file.root.fields if f.key == "model")
    return attrs.evolve(file, root=Record(model), constraints=()), sym.load(f"{EXAMPLES / 'digits.py'}:Net")


def test_digits_file_and_class_have_the_same_candidates(forms: tuple[Space, Space]) -> None:
    file, class_ = forms
    paths, labels = _paths(), {"relu": "ReLU", "gelu": "GELU", "silu": "SiLU"}
    assert set(paths) == set(file.lower().path) and set(paths.values()) == set(class_.lower().path)
    assert file.size() == class_.size()
    for candidate in file.sample(100, seed=5, how="uniform"):
        values = {paths[path]: labels.get(str(value), value) for path, value in candidate.to_dict().items()}
        assert class_.candidate(values).to_dict() == {path: values[path] for path in class_.candidate(values).to_dict()}
    back = {path: other for other, path in paths.items()}
    for candidate in class_.sample(100, seed=6, how="uniform"):
        values = {
            back[path]: str(value).lower() if path.endswith("activation") else value
            for path, value in candidate.to_dict().items()
        }
        file.candidate(values)


def test_digits_file_and_class_build_networks_of_equal_size(forms: tuple[Space, Space]) -> None:
    file, class_ = forms
    paths, labels = _paths(), {"relu": "ReLU", "gelu": "GELU", "silu": "SiLU"}
    for candidate in file.sample(10, seed=7, how="uniform"):
        values = {paths[path]: labels.get(str(value), value) for path, value in candidate.to_dict().items()}
        networks = [candidate.build(), class_.candidate(values).build()]
        counts = [sum(p.numel() for p in network.parameters()) for network in networks]
        assert counts[0] == counts[1]
        assert [network(torch.zeros(2, 1, 8, 8)).shape for network in networks] == [(2, 10), (2, 10)]


def test_digits_class_prints_and_parses_back(forms: tuple[Space, Space]) -> None:
    class_ = forms[1]
    assert sym.parse(class_.text()) == class_
    assert class_.default().build().head[2].p == 0.1
