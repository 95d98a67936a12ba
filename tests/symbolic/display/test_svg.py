"""Drawings are well-formed SVG, whatever the texts in them are."""

from xml.etree import ElementTree

from symbolic.display import network
from symbolic.display.graph import Box, Graph
from symbolic.display.svg import text_width

HOSTILE = '</svg><script>alert("x")</script> & <b>'


def test_hostile_texts_stay_texts(tmp_path):
    graph = Graph((Box((HOSTILE, HOSTILE), place=HOSTILE), Box(("end",))), ((0, 1),))
    drawing = network.draw(graph, HOSTILE)
    path = drawing.save(tmp_path / "x.svg")
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert names <= {"svg", "title", "rect", "text", "g", "path", "circle"}
    assert [e.text for e in root.iter() if e.text == HOSTILE]
    assert drawing._repr_svg_() == str(drawing)


def test_every_box_is_inside_and_holds_its_text():
    boxes = (Box(("Conv2d 3 → 16, 3×3", "BatchNorm2d 16"), "weights", (16, 32, 32), 448), Box(("output",), "end", (10,)))
    drawing = network.draw(Graph(boxes, ((0, 1),), 448), "net")
    root = ElementTree.fromstring(str(drawing))
    rects = [e for e in root.iter() if e.tag.endswith("rect")][1:]  # the first is the paper
    assert len(rects) == 2
    for rect in rects:
        x, width = float(rect.get("x", "")), float(rect.get("width", ""))
        assert x >= 0
        assert x + width <= drawing.width
        assert width >= text_width(boxes[0].lines[0]) or rect is not rects[0]
    assert "448 parameters" in str(drawing)
