"""The layered layout: edges lead down, boxes keep apart, chains are straight, few crossings."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from symbolic.display.layers import GAP_X, lay_out


@st.composite
def graphs(draw):
    n = draw(st.integers(1, 12))
    sizes = draw(st.lists(st.tuples(st.floats(10, 200), st.floats(10, 80)), min_size=n, max_size=n))
    pairs = list(itertools.combinations(range(n), 2))
    edges = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=20)) if pairs else []
    return sizes, edges


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_edges_lead_down_and_boxes_keep_apart(graph):
    sizes, edges = graph
    layout = lay_out(sizes, edges)
    for a, b in edges:
        assert layout.boxes[b].y >= layout.boxes[a].y + layout.boxes[a].height
    for a, b in itertools.combinations(layout.boxes, 2):
        apart_x = abs(a.x - b.x) >= (a.width + b.width) / 2 + GAP_X - 1e-6
        apart_y = a.y + a.height <= b.y or b.y + b.height <= a.y
        assert apart_x or apart_y
    for box in layout.boxes:
        assert box.x - box.width / 2 >= -1e-6
        assert box.x + box.width / 2 <= layout.width + 1e-6
        assert box.y + box.height <= layout.height + 1e-6


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_lines_pass_beside_boxes(graph):
    sizes, edges = graph
    layout = lay_out(sizes, edges)
    for route in layout.routes:
        for bend, box in itertools.product(route[1:-1], layout.boxes):
            beside = abs(bend.x - box.x) >= (bend.width + box.width) / 2
            assert beside or box.y + box.height <= bend.y or bend.y + bend.height <= box.y


def test_a_chain_is_straight_also_beside_what_skips_it():
    chain = [(k, k + 1) for k in range(6)]
    layout = lay_out([(80, 30)] * 7, [*chain, (1, 3), (2, 5)])
    assert max(b.x for b in layout.boxes) - min(b.x for b in layout.boxes) < 1.0


def test_branches_that_need_not_cross_do_not():
    # two pairs of a ladder, given crosswise: 1 feeds 4, 2 feeds 3
    layout = lay_out([(50, 20)] * 6, [(0, 1), (0, 2), (1, 4), (2, 3), (3, 5), (4, 5)])
    assert (layout.boxes[1].x < layout.boxes[2].x) == (layout.boxes[4].x < layout.boxes[3].x)


def test_nothing_and_one_box():
    assert lay_out([], []).height == 0
    assert lay_out([(40, 20)], []).width == 40
