"""Sizes of the spaces of the reference pages (language.md, section 9)."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from symbolic.language.load import read
from symbolic.table import mutate, sample, satisfies, size

FOLDER = Path(__file__).parents[4] / "../shared/reference/spaces"
SIZES = {
    "digits": 508032,
    "autoaugment": (16 * 11 * 10) ** 10,
    "autoformer": 3 * (8**12 + 8**13 + 8**14),
    "darts": (180 * 8**8) ** 2,
    "dnc_cnn": 251839579480461483594773063428,
    "dnc_mlp": (1 + 6 * (381 + 381**2)) * 2 * 481,
    "efficientdl": 368229320910821699263301688129115584765601296230758829040599040000,
    "einspace": 32604080288,
    "naap440": 440,
    "nats_size": 8**5,
    "nb201": 5**6,
    "ofa": 25 * (9**2 + 9**3 + 9**4) ** 5,
    "resnet_compress": 93585283070294764584640,
    "resnet_tas": 8**163 * 18**3,
    "vega_dnet": 7 + 7**2 * 5 * 6 + 7**3 * 5**2 * 108,
    "vega_hpo": 1536,
}


def table_of(name: str):
    """Lower an example with every word that is not defined in it as a free operator, objectives and costs left out."""
    path = FOLDER / f"{name}.space"
    if not path.exists():
        pytest.skip(f"{path.name} is not at hand: the reference folder is not beside the repository")
    lines = [re.sub(r"#.*", "", line) for line in path.read_text().splitlines()]
    text = "\n".join(line for line in lines if not re.match(r"(maximize|minimize|require (params|flops))\b", line))
    defined = set(re.findall(r"\b(?:block|rule|shared|let)\s+(\w+)", text)) | set(re.findall(r"\b(\w+)\s*[:=]", text))
    words = dict.fromkeys(set(re.findall(r"[A-Za-z_]\w*", text)) - defined)
    return read(text, name, operators=words).space.lower()


@pytest.mark.parametrize("name", sorted(SIZES))
def test_size_draws_and_mutants(name):
    table = table_of(name)
    assert size(table).value == SIZES[name]
    assert size(table).exact == (name != "digits")
    rng = np.random.default_rng(0)
    for how in ("prior", "uniform"):
        parents = sample(table, 50, rng, how)
        children = mutate(table, parents, rng)
        assert satisfies(table, parents).all() and satisfies(table, children).all()
