"""Graphs of layers: what they compute is what counting paths says, for every candidate; references reach what they name."""

from __future__ import annotations

import copy
import io
import pickle
from typing import Any

import pytest
import torch
from torch import nn

from backends.supernet.refusal import Refusal
from backends.supernet.shared import share
from symbolic import parse
from symbolic.building.build import build
from symbolic.building.values import Values
from symbolic.candidate import Candidate
from symbolic.check import check_shapes, shape_error
from symbolic.errors import SpaceError
from symbolic.shapes import features, image, tokens
from symbolic.space import Space
from symbolic.task import TaskFacts

VECTOR = TaskFacts("vector", features(3), {"classes": 3})
IMAGE = TaskFacts("image", image(2, 8, 8), {"classes": 3})
TEXT = TaskFacts("text", tokens(5), {"classes": 4, "vocabulary": 7})


def space_of(model: str, definitions: str = "") -> Space:
    return parse(f"space t\n{definitions}\nmodel = {model}\n")


def network(candidate: Candidate, facts: TaskFacts = VECTOR) -> Any:
    space = candidate.space
    assert shape_error(space, candidate.point, facts) is None
    return build(space, Values(space.lower(), candidate.point), facts)["model"]


def factor(model: str, definitions: str = "") -> float:
    """Return by how much a network without weights multiplies its input."""
    x = torch.arange(1.0, 4.0).repeat(2, 1)
    y = network(space_of(model, definitions).sample(1)[0])(x)
    assert torch.equal(y, x * y[0, 0])
    return float(y[0, 0])


@pytest.mark.parametrize(("output", "expected"), [("last", 4.0), ("sum", 7.0), ("mean", 7 / 3)])
def test_a_node_adds_up_everything_before_it(output: str, expected: float) -> None:
    assert factor(f'dag(nodes: 3, output: "{output}") {{ skip }}') == pytest.approx(expected)


def test_nodes_side_by_side() -> None:
    candidate = space_of('dag(nodes: 3, output: "concat") { skip }').sample(1)[0]
    assert network(candidate)(torch.ones(1, 3)).tolist() == [[1.0] * 3 + [2.0] * 3 + [4.0] * 3]


def test_every_cell_computes_its_number_of_paths() -> None:
    space = space_of("dag(nodes: 3) { skip | zero }")
    found = []
    for candidate in _all(space):
        edges, paths = candidate.to_dict(), [1]
        for node in (1, 2, 3):
            paths.append(sum(n for k, n in enumerate(paths) if edges[f"model/node[{node}]/from[{k}]"] == "skip"))
        found.append(paths[3])
        assert torch.equal(network(candidate)(torch.ones(2, 3)), torch.full((2, 3), float(paths[3])))
    assert len(found) == 64 and {0, 1, 2, 3, 4} == set(found)


def _all(space: Space) -> list[Candidate]:
    from symbolic.table.rank import unrank

    points = [unrank(space.lower(), k) for k in range(int(space.size().value))]
    return [Candidate(space, p) for p in points]


def test_picked_edges_are_the_ones_that_count() -> None:
    space = space_of("dag(nodes: 3, picks: 0..2) { skip | relu }")
    for candidate in space.sample(40):
        values, paths = candidate.to_dict(), [1]
        for node in (1, 2, 3):
            paths.append(sum(paths[int(k)] for k in values[f"model/node[{node}]/from"]))
        assert torch.equal(network(candidate)(torch.ones(2, 3)), torch.full((2, 3), float(paths[3])))


def test_a_pass_may_fix_the_picks() -> None:
    space = space_of("dag(nodes: 2, picks: 1) { skip | relu }").freeze({"model/node[2]/from": ["1"]})
    assert torch.equal(network(space.sample(1)[0])(torch.ones(2, 3)), torch.ones(2, 3))


def test_the_number_of_nodes_may_be_searched() -> None:
    for candidate in _all(space_of("dag(nodes: 1..4) { skip }")):
        assert float(network(candidate)(torch.ones(1, 3))[0, 0]) == 2 ** (candidate.to_dict()["model/nodes"] - 1)


def test_a_stack_reads_the_last_two_outputs() -> None:
    fibonacci = [1, 1]
    for count in range(1, 6):
        fibonacci.append(fibonacci[-1] + fibonacci[-2])
        assert factor(f"stack {{ repeat {count} {{ dag(inputs: 2, nodes: 1) {{ skip }} }} }}") == fibonacci[-1]


def test_items_of_a_stack_are_its_parts_and_the_instances_of_its_repeats() -> None:
    cell = "dag(inputs: 2, nodes: 1) { skip }"
    assert factor(f"stack {{ {cell} >> repeat 2 {{ {cell} }} >> {cell} }}") == factor(f"stack {{ repeat 4 {{ {cell} }} }}")
    assert factor("stack { twice >> twice }", f"shared twice = {cell}") == 3


def test_the_order_of_two_inputs_is_older_first() -> None:
    space = space_of("stack { relu >> dag(inputs: 2, nodes: 1) { skip | zero } }")
    values = {"model/body/dag/node[2]/from[0]": "skip", "model/body/dag/node[2]/from[1]": "zero"}
    assert network(space.candidate(values))(torch.tensor([[-1.0, 2.0, 3.0]])).tolist() == [[-1.0, 2.0, 3.0]]


def test_instances_that_look_back() -> None:
    assert factor("repeat 3 { add(back: 1) }") == 8
    assert factor("repeat 4 as r[i] { add(back: 2) if i > 0 else skip }") == 5
    assert [float(network(c)(torch.ones(1, 3))[0, 0]) for c in _all(space_of("repeat 1..3 { add(back: 1) }"))] == [2, 4, 8]


def test_an_edge_has_one_stride_which_the_first_operator_takes() -> None:
    body = "skip | max_pool(3) | avg_pool(3) | (relu >> conv2d(kernel: 3) >> conv2d(kernel: 3)) as twice | zero"
    space = space_of(f'dag(nodes: 2, output: "concat", width: 4, stride: 2) {{ {body} }}')
    for candidate in space.sample(30):
        assert network(candidate, IMAGE)(torch.zeros(2, 2, 8, 8)).shape == (2, 8, 4, 4)
    own = space_of("dag(nodes: 1, stride: 2) { conv2d(stride: 4) }").sample(1)[0]
    assert network(own, IMAGE)(torch.zeros(1, 2, 8, 8)).shape == (1, 2, 2, 2)


def test_a_dense_graph_is_written_out() -> None:
    assert factor("dense(skip, edges(skip, skip), edges(skip, zero, skip))") == 3


def test_named_outputs() -> None:
    assert factor("relu as a >> add(a) >> relu as b >> add(a) >> add(b)") == 5
    assert factor("act as a >> add(a) >> act as b >> add(b) >> add(a)", "shared act = relu | gelu\nforbid act is gelu") == 5
    assert factor("f(relu)", "block f(m: module) = m as a >> add(a) >> m as b >> add(b) >> add(a)") == 5
    candidate = space_of("relu as a >> concat(a) { skip } >> concat(a)").sample(1)[0]
    assert network(candidate)(torch.ones(1, 3)).shape == (1, 15)


def test_a_shared_part_that_names_its_own_outputs_is_used_twice() -> None:
    text = "part >> part"
    assert factor(text, "shared part = relu as a >> add(a) >> add(a)") == 9
    net = network(space_of(text, "shared part = relu as a >> add(a)").sample(1)[0])
    net(torch.ones(1, 3))
    assert all(not m.values for m in net.modules() if type(m).__name__ == "Memory")


def test_an_error_while_running_leaves_nothing_behind() -> None:
    net = network(space_of("relu as a >> linear(3) >> add(a)").sample(1)[0])
    for _ in range(3):
        with pytest.raises(RuntimeError):
            net(torch.ones(1, 4))
    x = torch.rand(2, 3)
    layer = next(m for m in net.modules() if isinstance(m, nn.Linear))
    assert torch.allclose(net(x), layer(x) + x)
    assert all(not m.values for m in net.modules() if type(m).__name__ == "Memory")


def test_which_output_is_read_may_be_a_choice() -> None:
    space = space_of("relu as a >> add(a) as b >> add(a | b)")
    found = {c.to_dict()["model/add/other"]: float(network(c)(torch.ones(1, 3))[0, 0]) for c in _all(space)}
    assert found == {"a": 3.0, "b": 4.0}


def test_what_is_not_there_is_not_added() -> None:
    space = space_of("(relu as a | gelu) as c >> add(c.a)")
    assert [float(network(c)(torch.ones(1, 3))[0, 0]) > 1.9 for c in _all(space)] == [True, False]


@pytest.mark.parametrize(
    "model", ["conv2d(3) >> add(a)", "conv2d(4, stride: 2) >> add(a)", "conv2d(4, stride: 2) >> add(a, project: true)"]
)
def test_an_output_is_brought_to_shape(model: str) -> None:
    net = network(space_of(f"relu as a >> {model}").sample(1)[0], IMAGE)
    x = torch.rand(2, 2, 8, 8)
    y = net(x)
    if "project" not in model:
        convolved = next(m for m in net.modules() if isinstance(m, nn.Conv2d))(x)
        pooled = nn.functional.avg_pool2d(x, 8 // y.shape[2])
        assert torch.allclose(y[:, :2], convolved[:, :2] + pooled) and torch.equal(y[:, 2:], convolved[:, 2:])


def test_blocks_take_outputs_and_weights() -> None:
    assert factor("relu as a >> joined(a) >> joined(a)", "block joined(x: output) = relu >> add(x)") == 3
    space = space_of("embedding(6) as words >> tie(words)", "block tie(w: weights) = linear(vocabulary, weight: w)")
    net = network(space.sample(1)[0], TEXT)
    assert net[0].weight is net[1].weight


def test_outputs_of_instances_and_of_parts_inside() -> None:
    found = {
        c.to_dict()["model/r"]: float(network(c)(torch.ones(1, 3))[0, 0])
        for c in _all(space_of("relu as a >> repeat 1..3 as r { relu >> add(a) } >> add(r[0])"))
    }
    assert found == {1: 4.0, 2: 5.0, 3: 6.0}
    assert factor("repeat 2 as r { relu as a >> add(a) } >> add(r[0].a)") == 5
    assert factor("residual { relu as inside >> identity } as r >> add(r.inside)") == 3


def test_an_operator_that_joins_needs_something_to_join() -> None:
    with pytest.raises(SpaceError, match="'add' needs the name of an earlier item"):
        check_shapes(space_of("relu >> add"), VECTOR)


REFUSED = {
    "dag(inputs: 2, nodes: 1) { skip }": "reads the outputs of items before it, and stands in no stack",
    "stack { repeat 1 { repeat 2 { dag(inputs: 2, nodes: 1) { skip } } } }": "and stands in no stack",
    "(conv2d(4) as p | conv2d(4, 1) as q) as c >> conv2d(4, weight: c)": "is no single layer, so it has no weight to share",
    "flatten >> add(back: 1)": "looks 1 items back, and stands in no repeat and in no stack",
    "repeat 2 { add(back: 2) }": "looks 2 items back, and there are 1",
    "dense(edges(skip, skip))": "node 1 of a dense has 2 edges, and 1 nodes stand before it",
    "edges(skip)": "edges stand in a dense",
    'dag(nodes: 1, output: "lst") { skip }': "dag has no output 'lst'",
    "dag(nodes: 2) { conv2d(stride: 2) }": "node 2 adds up unlike shapes: from 0 comes image (2, 4, 4), from 1 image (2, 2, 2)",
    "stack { conv2d(4) >> dag(inputs: 2, nodes: 1) { skip } }": "the inputs of a dag have unlike shapes",
    "conv2d(4) as a >> conv2d(2) >> add(a)": "add cannot bring image (4, 8, 8) to image (2, 8, 8)",
    "relu as a >> max_pool(2) >> concat(a)": "concat can only join along channels or features",
    "(relu >> conv2d(3)) as a >> conv2d(4, weight: a)": "is no single layer, so it has no weight to share",
    "relu as a >> conv2d(4, weight: a)": "relu has no weight that another layer could share",
    "conv2d(4) as a >> conv2d(4, weight: a)": "conv2d needs a weight of shape (4, 4, 3, 3), the one it shares has (4, 2, 3, 3)",
}


@pytest.mark.parametrize("model", REFUSED)
def test_what_cannot_be_joined_is_e602(model: str) -> None:
    with pytest.raises(SpaceError) as caught:
        check_shapes(space_of(model), IMAGE)
    assert caught.value.code == "E602" and REFUSED[model] in caught.value.message


def test_a_network_does_not_read_another_one() -> None:
    text = "space t\nstem = relu as a >> gelu\nmodel = "
    with pytest.raises(SpaceError, match="does not stand in front of it in this network"):
        check_shapes(parse(f"{text}relu >> add(stem.a)\n"), VECTOR)
    check_shapes(parse(f"{text}stem >> add(stem.a)\n"), VECTOR)


def copies(net: nn.Module) -> list[nn.Module]:
    saved = io.BytesIO()
    torch.save(net, saved)
    saved.seek(0)
    return [copy.deepcopy(net), pickle.loads(pickle.dumps(net)), torch.load(saved, weights_only=False)]


def test_copies_have_memories_of_their_own() -> None:
    net = network(
        space_of("conv2d(4) as a >> conv2d(4) >> concat(a) >> repeat 2 { conv2d(kernel: 1) >> add(back: 1) }").sample(1)[0],
        IMAGE,
    )
    x = torch.rand(2, 2, 8, 8)
    y = net(x)
    own = [id(m) for m in net.modules() if type(m).__name__ == "Memory"]
    assert len(set(own)) == 2 and all(not m.values for m in net.modules() if type(m).__name__ == "Memory")
    for other in copies(net):
        assert torch.equal(other(x), y)
        assert not {id(m) for m in other.modules()} & set(own)


def test_tied_weights_stay_tied() -> None:
    space = space_of("embedding(6) as words >> gru(6) >> linear(vocabulary, weight: words)")
    net = network(space.sample(1)[0], TEXT)
    x = torch.randint(0, 7, (3, 5))
    for made in [net, *copies(net)]:
        tables = [m.weight for m in made.modules() if isinstance(m, (nn.Embedding, nn.Linear))]
        assert tables[0] is tables[1]
        assert torch.equal(made(x), net(x))
    assert sum(p.numel() for p in net.parameters()) == 7 * 6 + 2 * 3 * 6 * 7 + 7
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    net(x).square().sum().backward()
    optimizer.step()
    first, last = (m.weight for m in net.modules() if isinstance(m, (nn.Embedding, nn.Linear)))
    assert first is last and first.grad is not None


def test_whose_weight_is_shared_may_be_a_choice() -> None:
    space = space_of("conv2d(2) as a >> conv2d(2) as b >> conv2d(2, weight: a | b)")
    for candidate in _all(space):
        first, second, third = (m for m in network(candidate, IMAGE).modules() if isinstance(m, nn.Conv2d))
        assert third.weight is (first if candidate.to_dict()["model/conv2d/weight"] == "a" else second).weight


def test_a_tie_may_be_a_choice() -> None:
    space = space_of(
        "embedding(6) as words >> gru(6) >> (linear(vocabulary, weight: words) as tied | linear(vocabulary) as own)"
    )
    counts = {c.to_dict()["model/choice"]: sum(p.numel() for p in network(c, TEXT).parameters()) for c in _all(space)}
    assert counts["own"] - counts["tied"] == 7 * 6


MIXED = {
    "cell": "dag(nodes: 3) { skip | none_op | nor_conv(kernel: 1) as c1 | nor_conv(kernel: 3) as c3 | avg_pool(3) }",
    "strided": 'dag(nodes: 2, output: "concat", width: 4 | 8, stride: 2) { skip | max_pool(3) | conv2d(kernel: 3 | 5) }',
    "stack": "stack { repeat 2 { dag(inputs: 2, nodes: 2, width: 4) { skip | conv2d(kernel: 1) } } }",
    "concat": "conv2d(4 | 6) as a >> conv2d(4 | 6, kernel: 1 | 3) >> concat(a) >> conv2d(4 | 6)",
    "add": "conv2d(4) as a >> (conv2d | skip) as b >> add(a) >> add(b)",
    "back": "repeat 1..3 { conv2d(kernel: 1 | 3) >> add(back: 1) }",
    "dense": "dense(edges(conv2d | skip), edges(conv2d, skip | zero))",
    "tied": "conv2d(4) >> conv2d(4) as a >> conv2d(4, weight: a)",
}


@pytest.mark.parametrize("name", MIXED)
def test_a_supernet_equals_the_networks_it_stands_for(name: str) -> None:
    space = space_of(f"conv2d(4 | 6) >> {MIXED[name]} >> global_avg_pool >> linear(classes)")
    shared = share(space, IMAGE).proved(torch.randn(3, 2, 8, 8, generator=torch.Generator().manual_seed(0)))
    assert shared.proof is not None and not shared.refused


def test_elastic_tables_stay_tied_in_a_supernet() -> None:
    space = space_of("embedding(4 | 6) as words >> global_avg_pool >> linear(vocabulary, weight: words)")
    shared = share(space, TEXT).proved(torch.randint(0, 7, (3, 5), generator=torch.Generator().manual_seed(0)))
    assert shared.proof is not None and not shared.refused


@pytest.mark.parametrize("model", ["dag(nodes: 2, picks: 1) { skip | conv2d }", "dag(nodes: 1..2) { skip | conv2d }"])
def test_graphs_that_one_network_cannot_hold_are_refused(model: str) -> None:
    with pytest.raises((Refusal, SpaceError), match=r"subset, which a supernet cannot hold|one network cannot hold that"):
        share(space_of(f"conv2d(4) >> {model} >> global_avg_pool >> linear(classes)"), IMAGE)
