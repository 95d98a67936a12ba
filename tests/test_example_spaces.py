"""The spaces of `examples/spaces`: they load, are formatted, print and come back, and have the sizes that arithmetic says."""

from __future__ import annotations

import itertools
import math
import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from symbolic.language.fmt import format_text
from symbolic.language.load import load, parse
from symbolic.table.rank import unrank
from symbolic.table.size import size
from symbolic.table.table import Size

FOLDER = Path(__file__).parents[1] / "examples" / "spaces"
SPACES = sorted(f.stem for f in FOLDER.glob("*.space"))
NEW = [
    "lora",
    "unet",
    "schedules",
    "mixture_of_experts",
    "bits_per_layer",
    "augmentation",
    "boosted_trees",
    "graph_network",
    "decoding",
    "hardware_blocks",
]


def sums(items: Iterable[Iterable[int]]) -> Counter[int]:
    """Return how many ways there are to reach each sum with one number out of every item."""
    ways = Counter({0: 1})
    for numbers in items:
        after: Counter[int] = Counter()
        for (total, n), number in itertools.product(ways.items(), list(numbers)):
            after[total + number] += n
        ways = after
    return ways


def at_most(ways: Counter[int], bound: int) -> int:
    return sum(n for total, n in ways.items() if total <= bound)


def dnc_cnn() -> int:
    widths, total = Counter(range(16, 65)), 0
    for depth in range(1, 17):
        total += sum(widths.values()) if depth >= 4 else 0
        after: Counter[int] = Counter()
        for width, n in widths.items():
            for wider in range(width, min(2 * width, 512) + 1):
                after[wider] += n
        widths = after
    return total


def efficientdl() -> int:
    subsets = 2**9 * 2**10 * (2**13 - 1) * 2**6 * 2**5 * 2**7 * 2**23
    choices = 4 * 5 * 16 * 7 * 9 * 10 * 4 * 21
    ranges = (632_000_000 - 180_000 + 1) * (8192 - 32 + 1) * (5000 - 20 + 1) * 60
    data = (1803460 - 2360 + 1) * (328500 - 238 + 1) * (512 - 16 + 1) * (5089 - 5 + 1)
    return subsets * choices * ranges * data


def einspace() -> int:
    size = 13
    for _ in range(3):
        size = size**2 + 18 * size + 13
    return size


def hnas() -> int:
    cell = (3 + 27) ** 6
    c = cell**2 + 2 * cell**3
    down = 2 * cell + cell**2
    d1 = c**2 * down + c**3 * down + c**2 * down**2
    d0 = c**2 * cell + c**3 * cell + c**2 * cell**2
    return 2 * d1**2 * d0 + d1**2 * d0**2


def resnet_compress() -> int:
    weights = [118, 116, 116, 116, 116, *(58, 116, 116, 116) * 3]
    return at_most(sums([[b * w for b in (2, 4, 6, 8)] for w in weights]), 7000) * 7**17


def vega_dnet() -> int:
    return 7 + 7 * 5 * 3 * 7 * 2 + 7 * 5 * 3 * 7 * 5 * 9 * 7 * 4


def lora() -> int:
    ranks = (4, 8, 12, 16)
    layer = [
        sum(r) for k in (1, 2, 3) for who in itertools.combinations(range(3), k) for r in itertools.product(ranks, repeat=k)
    ]
    return at_most(sums([layer] * 8), 96) * 3 * 3


def unet() -> int:
    size = 4
    for _ in range(2):
        size = 4 + 4 * size * 4
    return 2 * size


def mixture_of_experts() -> int:
    total = 0
    for k in (1, 2, 3):
        visits = at_most(sums([[1, 2]] * k), 5)
        total += math.comb(6, k) * 3 ** (6 - k) * 9**k * visits
    return total * 4


def bits_per_layer() -> int:
    sizes = {"a": 2, "b": 9, "c": 18, "d": 37, "e": 37, "f": 74, "g": 147, "h": 295, "i": 590, "j": 5}
    free = [[b * sizes[k] for b in ((8,) if k in "aj" else (2, 3, 4, 8))] for k in sizes]
    return at_most(sums(free), 4000) * 2**10


def augmentation() -> int:
    inside = (9, 2, 5, 1)
    orders = sum(math.prod(p) for k in range(4) for p in itertools.permutations(inside, k))
    bags = {n: math.comb(n + 2, 3) for n in (4, 5)}  # three of n, repeats allowed
    return orders * (2 * bags[5] + 2 * bags[4])


def graph_network() -> int:
    layer = 8 * (2 + 4 * 4) * 3
    return sum(layer**n * (3 + (2 if n <= 4 else 0)) * 6 for n in (2, 3, 4, 5))


def hardware_blocks() -> int:
    block = [38, *[190] * 2, *[120] * 6]
    stages = {n: sums([block] * n) for n in (2, 3, 4)}
    total = 0
    for counts in itertools.product((2, 3, 4), repeat=4):
        if counts[0] <= counts[3]:
            ways = Counter({0: 1})
            for n in counts:
                after: Counter[int] = Counter()
                for (a, x), (b, y) in itertools.product(ways.items(), stages[n].items()):
                    after[a + b] += x * y
                ways = after
            total += at_most(ways, 1400)
    return total * 3


SIZES: dict[str, Callable[[], int]] = {
    "autoaugment": lambda: (16 * 11 * 10) ** 10,
    "autoformer": lambda: 3 * sum(8**n for n in (12, 13, 14)),
    "darts": lambda: (math.comb(2, 2) * math.comb(3, 2) * math.comb(4, 2) * math.comb(5, 2) * 8**8) ** 2,
    "dnc_cnn": dnc_cnn,
    "dnc_mlp": lambda: (1 + 6 * (381 + 381**2)) * 2 * 481,
    "efficientdl": efficientdl,
    "einspace": einspace,
    "hnas": hnas,
    "naap440": lambda: 440,
    "nats_size": lambda: 8**5,
    "nb201": lambda: 5**6,
    "ofa": lambda: 25 * sum(9**n for n in (2, 3, 4)) ** 5,
    "resnet_compress": resnet_compress,
    "resnet_tas": lambda: 8**163 * 18**3,
    "vega_dnet": vega_dnet,
    "vega_hpo": lambda: 6 * 4 * 2 * 8 * 4,
    "lora": lora,
    "unet": unet,
    "schedules": lambda: 4 * (3 * 3 + (4 * 3 - 1) + 5 + 1),
    "mixture_of_experts": mixture_of_experts,
    "bits_per_layer": bits_per_layer,
    "augmentation": augmentation,
    "boosted_trees": lambda: (10 * 2 + 249) * 2,
    "graph_network": graph_network,
    "decoding": lambda: 7 * 4,
    "hardware_blocks": hardware_blocks,
}
BOUNDS = {"autoformer", "ofa"}
"""A limit on parameters or FLOPs is not counted: the size is an upper bound."""


def test_the_list_is_whole() -> None:
    assert {*SIZES, "dnc_text"} == set(SPACES)


@pytest.mark.parametrize("name", SIZES)
def test_sizes(name: str) -> None:
    size = load(str(FOLDER / f"{name}.space")).size()
    assert (size.value, size.exact) == (SIZES[name](), name not in BOUNDS)


@pytest.mark.parametrize("name", SPACES)
def test_formatted_printed_and_without_warnings(name: str) -> None:
    text = (FOLDER / f"{name}.space").read_text(encoding="utf-8")
    assert format_text(text) == text
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        space = load(str(FOLDER / f"{name}.space"))
    assert space.name == name and parse(space.text()) == space
    if name in NEW:
        assert len(text.splitlines()) < 15


@pytest.mark.parametrize("name", [n for n in SPACES if n not in ("hnas", "dnc_text", "dnc_cnn")])
def test_candidates_are_drawn_and_come_back(name: str) -> None:
    space = load(str(FOLDER / f"{name}.space"))
    for candidate in space.sample(5, how="uniform") + space.sample(5):
        assert space.candidate(candidate.to_dict()) == candidate


def test_a_text_network_is_counted_with_a_higher_limit() -> None:
    """Its diagram has 23,477,848 edges; the number comes from a recurrence in plain Python."""
    table = load(str(FOLDER / "dnc_text.space")).lower()
    assert size(table, limit=24_000_000) == Size(74739799270792647040364380757198139864, True, False)


def test_the_first_example_of_all() -> None:
    """The size in the reference: 3 * (4 * 2 * (1 + 4 + 16))^2 * 2 * 3, without the limits on metrics and floats."""
    counted = load(str(FOLDER.parent / "digits.space")).size()
    assert (counted.value, counted.exact) == (3 * (4 * 2 * (1 + 4 + 16)) ** 2 * 2 * 3, False)


def test_a_text_network_too_large_to_count_is_drawn() -> None:
    space = load(str(FOLDER / "dnc_text.space"))
    for values in (c.to_dict() for c in space.sample(20)):
        layers = range(values["model/layer"])
        widths = [values[f"model/layer[{i}]/width"] for i in layers]
        pools = [values.get(f"model/layer[{i}]/pools/if", values.get(f"model/layer[{i}]/pools", False)) for i in layers]
        assert widths == sorted(widths)
        assert not any(a and b for a, b in itertools.pairwise(pools))


def test_naap440_comes_in_the_order_of_the_data_set() -> None:
    space = load(str(FOLDER / "naap440.space"))
    table = space.lower()
    assert table.path[0] == "model/l1/width" and unrank(table, 0).index[0] == 0
