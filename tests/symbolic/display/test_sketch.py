"""Spaces drawn with their choices open."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

import symbolic as sym
from symbolic.display.drawing import DrawingError
from symbolic.errors import SymspaceError

ROOT = Path(__file__).parents[3]
BUILDING = (
    "digits.space",
    "digits.py:Net",
    "spaces/unet.space",
    "spaces/nb201.space",
    "spaces/hnas.space",
    "spaces/einspace.space",
)


def words(drawing) -> list[str]:
    return [e.text or "" for e in ElementTree.fromstring(str(drawing)).iter() if e.tag.endswith("text")]


@pytest.mark.parametrize("name", BUILDING)
def test_examples_are_drawn(name):
    drawing = sym.load(f"{ROOT / 'examples'}/{name}").draw()
    assert drawing.width < 60_000
    assert len(words(drawing)) > 5


def test_choices_repeats_conditions_and_branches_are_told():
    space = sym.parse(
        """space s
wide = true | false
model = conv2d(8..32 step 8, kernel: 3) >> (relu | gelu)
  >> repeat 1..3 as more { residual { conv2d(8, 3) } | conv2d(8, kernel: 5) }
  >> (max_pool(2) if wide else avg_pool(2)) >> flatten >> linear(10)
""",
    )
    told = words(space.draw())
    for word in (
        "conv2d",
        "width 8..32 step 8",
        "relu | gelu",
        "more, 1..3 times",
        "more: one of",
        "residual",
        "input",
        "linear",
    ):
        assert word in told, (word, told)
    assert "when wide" in told


def test_a_fixed_decision_is_told():
    space = sym.parse("space s\nmodel = conv2d(8..32 step 8) >> flatten >> linear(10)").freeze({"model/conv2d/width": 16})
    assert any("16" in word for word in words(space.draw()))


def test_a_space_of_values_has_nothing_to_draw():
    with pytest.raises(DrawingError, match="no network to draw: its entries are values \\(x\\)"):
        sym.parse("space s\nx = 1..3").draw()
    assert issubclass(DrawingError, SymspaceError)


def test_a_huge_space_is_drawn_with_dots():
    body = "relu"
    for _ in range(9):
        body = f"(({body} >> relu) as a | ({body} >> gelu) as b)"
    drawing = sym.parse(f"space s\nmodel = {body}").draw()
    assert "..." in words(drawing)
