"""Networks of the literature, written in the language, have the parameters and multiply-adds that were published."""

from __future__ import annotations

import csv
import gzip
import json
import os
import random
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
import torchvision
from torch import nn

from backends.torch.cost import flops, network, parameters
from symbolic import load, parse
from symbolic.candidate import Candidate
from symbolic.check import shape_error
from symbolic.checking.rehearsal import check_build
from symbolic.shapes import Shape, features, image, tokens
from symbolic.space import Space
from symbolic.task import TaskFacts

SPACES = Path(__file__).parents[1] / "examples" / "spaces"
DATA = Path(os.environ.get("SYMSPACE_DATA") or Path(__file__).parents[2] / "shared" / "data")


def facts(s: Shape, classes: int) -> TaskFacts:
    return TaskFacts("published", s, {"classes": classes}, output=features(classes))


CIFAR10, CIFAR100 = facts(image(3, 32, 32), 10), facts(image(3, 32, 32), 100)
IMAGENET16, IMAGENET = facts(image(3, 16, 16), 120), facts(image(3, 224, 224), 1000)


@cache
def example(name: str) -> Space:
    return load(str(SPACES / f"{name}.space"))


def costs(candidate: Candidate, task: TaskFacts) -> tuple[int, int]:
    """Return parameters and multiply-adds of a candidate, whose shapes must fit."""
    assert shape_error(candidate.space, candidate.point, task) is None
    net = network(candidate.space, candidate.point, task)
    return parameters(net), flops(net, task.input)


def rows(name: str) -> Iterator[Mapping[str, str]]:
    file = DATA / name
    if not file.is_file():
        pytest.skip(f"{name} lies outside the repository")
    with gzip.open(file, "rt") as f:
        yield from csv.DictReader(f)


def expected() -> Any:
    file = DATA / "nats" / "expected.json"
    if not file.is_file():
        pytest.skip("expected.json lies outside the repository")
    return json.loads(file.read_text())["network_check"]


# NAS-Bench-201 and the size space of NATS-Bench

OPERATIONS = {
    "none": "none_op",
    "skip_connect": "skip",
    "nor_conv_1x1": "conv1",
    "nor_conv_3x3": "conv3",
    "avg_pool_3x3": "avg_pool",
}
TASKS = {"cifar10": CIFAR10, "cifar100": CIFAR100, "ImageNet16-120": IMAGENET16}


def cell(arch: str) -> Candidate:
    """Return the candidate of an architecture as NAS-Bench-201 writes it."""
    values = {}
    for j, node in enumerate(arch.split("+"), 1):
        for edge in node.strip("|").split("|"):
            operation, source = edge.split("~")
            values[f"cell/node[{j}]/from[{source}]"] = OPERATIONS[operation]
    return example("nb201").candidate(values)


def test_nas_bench_201_is_its_closed_form() -> None:
    for candidate in example("nb201").sample(4, 1):
        labels = list(candidate.to_dict().values())
        ones, threes = labels.count("conv1"), labels.count("conv3")
        assert costs(candidate, CIFAR10) == (
            73_306 + 28_000 * ones + 243_040 * threes,
            7_783_050 + 3_932_160 * ones + 35_389_440 * threes,
        )
        assert costs(candidate, CIFAR100)[0] == 73_306 + 28_000 * ones + 243_040 * threes + 5_850


def test_nas_bench_201_is_its_table() -> None:
    table = list(rows("nasbench201.csv.gz"))
    for row in random.Random(0).sample(table, 4):
        for short, task in (("c10", CIFAR10), ("in16", IMAGENET16)):
            params, macs = costs(cell(row["arch"]), task)
            assert (params / 1e6, macs / 1e6) == pytest.approx(
                (float(row[f"{short}_params_m"]), float(row[f"{short}_flops_m"])), abs=1e-4
            )


def test_nats_records_have_the_costs_of_the_official_api() -> None:
    index = {"0": "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|"}
    index["11"] = "|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|none~0|nor_conv_3x3~1|avg_pool_3x3~2|"
    widths = {"0": (8, 8, 8, 8, 8), "11": (8, 8, 8, 16, 32)}
    for name, wanted in expected().items():
        kind, number, task = name.split("/")
        sized = example("nats_size")
        candidate = (
            cell(index[number]) if kind == "tss" else sized.candidate({f"width[{k}]": w for k, w in enumerate(widths[number])})
        )
        assert costs(candidate, TASKS[task]) == (wanted["params_int"], round(wanted["flops_M"] * 1e6))


def test_the_supernet_of_nas_bench_201_has_the_published_weights() -> None:
    from backends.supernet.shared import share

    shared = share(example("nb201"), CIFAR10)
    assert sum(p.numel() for p in shared.supernet.parameters) == 1_699_546


# DARTS

DARTS_V2 = {  # the cells of the paper's second search: for each node operation and source, twice
    "normal": "sep3 0 sep3 1, sep3 0 sep3 1, sep3 1 skip 0, skip 0 dil3 2",
    "reduction": "max_pool 0 max_pool 1, skip 2 max_pool 1, max_pool 0 skip 2, skip 2 max_pool 1",
}


def darts(genotype: Mapping[str, str]) -> Candidate:
    values: dict[str, Any] = {}
    for name, nodes in genotype.items():
        for j, node in enumerate(nodes.split(", "), 2):
            words = node.split()
            edges = dict(zip(words[1::2], words[::2], strict=True))
            values[f"{name}/node[{j}]/from"] = sorted(edges)
            values |= {f"{name}/node[{j}]/from/{source}/choice": operation for source, operation in edges.items()}
    return example("darts").candidate(values)


def darts_parameters(candidate: Candidate) -> int:
    """Count the parameters of the network of twenty cells by hand."""
    values, total = candidate.to_dict(), 3 * 108 * 9 + 2 * 108
    older, last, width = 108, 108, 36
    for index in range(20):
        reduces = index in (6, 13)
        width *= 2 if reduces else 1
        total += (older + last) * width + 4 * width
        name = "reduction" if reduces else "normal"
        for path, operation in values.items():
            if path.startswith(name) and path.endswith("/choice"):
                strided = reduces and path.split("/")[-2] in "01"
                total += edge_parameters(operation, width, strided)
        older, last = last, 4 * width
    return total + last * 10 + 10


def edge_parameters(operation: str, c: int, strided: bool) -> int:
    once = {"3": 9 * c + c * c + 2 * c, "5": 25 * c + c * c + 2 * c}
    match operation[:3]:
        case "sep":
            return 2 * once[operation[3]]
        case "dil":
            return once[operation[3]]
        case "ski" if strided:
            return c * c + 2 * c
        case _:
            return 0


def test_darts_v2_has_3_35_million_parameters() -> None:
    candidate = darts(DARTS_V2)
    assert costs(candidate, CIFAR10) == (3_349_342, 528_359_050)
    assert darts_parameters(candidate) == 3_349_342


def test_darts_networks_have_the_parameters_counted_by_hand() -> None:
    for candidate in example("darts").sample(3, 5):
        assert parameters(network(candidate.space, candidate.point, CIFAR10)) == darts_parameters(candidate)


# Residual networks, MobileNet, AutoFormer, NAAP-440

RESNET_CIFAR = """space resnet_cifar
block unit(width: int, stride: int) =
  skip as x >> conv_bn(width, 3, stride) >> relu >> conv_bn(width, 3) >> add(x) >> relu
block stage(width: int, stride: int, units: int) = unit(width, stride) >> repeat (units - 1) { unit(width, 1) }
block network(units: int) =
  conv_bn(16) >> relu >> stage(16, 1, units) >> stage(32, 2, units) >> stage(64, 2, units) >> global_avg_pool >> linear(classes)
model = network(3 | 9 | 18)
"""


def test_resnet_20_56_and_110_for_cifar() -> None:
    space = parse(RESNET_CIFAR)
    found = {n: costs(space.candidate({"model/units": n}), CIFAR10)[0] for n in (3, 9, 18)}
    assert found == {3: 269_722, 9: 853_018, 18: 1_727_962}  # He et al. (2015): 0.27, 0.85, 1.7 M


def test_resnet_164_is_the_largest_of_its_space() -> None:
    space = example("resnet_tas")
    largest = {path: 10 if path.startswith("width") else 18 for path in space.lower().path}
    assert costs(space.candidate(largest), CIFAR100) == (1_727_284, 247_669_860)  # TAS: 1.73 M, 2.48e8


MOBILENET_V2 = """space mobilenet_v2
block stage(width: int, units: int, stride: int) =
  mbconv(width, 3, 6, stride) >> repeat (units - 1) { mbconv(width, 3, 6, 1) }
model =
  conv_bn(32, 3, 2) >> relu >> depthwise_conv2d(3) >> batch_norm >> relu >> conv_bn(16, 1)
  >> stage(24, 2, 2) >> stage(32, 3, 2) >> stage(64, 4, 2) >> stage(96, 3, 1) >> stage(160, 3, 2) >> stage(320, 1, 1)
  >> conv_bn(1280, 1) >> relu >> global_avg_pool >> dropout(0.2) >> linear(classes)
"""
RESNET_50 = """space resnet_50
block stage(width: int, units: int, stride: int) =
  bottleneck(width, width, 4 * width, stride) >> repeat (units - 1) { bottleneck(width, width, 4 * width) }
model =
  conv_bn(64, 7, 2) >> relu >> max_pool(3, 2) >> stage(64, 3, 1) >> stage(128, 4, 2) >> stage(256, 6, 2) >> stage(512, 3, 2)
  >> global_avg_pool >> linear(classes)
"""


@pytest.mark.parametrize(
    ("text", "make"), [(MOBILENET_V2, torchvision.models.mobilenet_v2), (RESNET_50, torchvision.models.resnet50)]
)
def test_networks_of_torchvision(text: str, make: Callable[[], nn.Module]) -> None:
    candidate = parse(text).sample(1)[0]
    with torch.device("meta"):
        theirs = make()
    assert costs(candidate, IMAGENET) == (parameters(theirs), flops(theirs, IMAGENET.input))


def test_autoformer_holds_deit_tiny() -> None:
    space = example("autoformer")
    layers = {f"model/layer[{i}]/{k}": v for i in range(12) for k, v in (("heads", 3), ("mlp_ratio", 4.0), ("qkv", 192))}
    params, macs = costs(space.candidate({"model/width": 192, "model/layer": 12, **layers}), IMAGENET)
    assert params == 5_717_416 - 2 * 192  # Touvron et al. (2021): 5.7 M; ours has no class token
    assert macs == pytest.approx(1.25e9, rel=0.02)


def test_naap440_in_the_order_of_the_data_set() -> None:
    from symbolic.table.rank import unrank

    space = example("naap440")
    published = [int(row["NumParams"]) for row in rows("naap440v2.csv.gz")]
    for k in range(0, 440, 11):
        point = unrank(space.lower(), k)
        assert parameters(network(space, point, CIFAR10)) == published[k]


# Spaces without published figures

WORDS = TaskFacts("words", tokens(2048), {"classes": 5, "vocabulary": 50})
LESION = TaskFacts("lesion", image(1, 32, 32), {})


@pytest.mark.parametrize(
    ("name", "task"),
    [("dnc_cnn", CIFAR10), ("dnc_text", WORDS), ("unet", LESION), pytest.param("hnas", CIFAR10, marks=pytest.mark.slow)],
)
def test_networks_are_built_and_run(name: str, task: TaskFacts) -> None:
    built = check_build(example(name), task, "train", 2)
    assert 0 < built.fewest < built.most
