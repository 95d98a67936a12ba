"""Canonical text: it parses back to an equal space and is its own canonical text, whatever the space."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from symbolic.errors import SpaceError
from symbolic.language.load import read
from symbolic.language.printer import print_space
from symbolic.operators import Signature

Operators = dict[str, Signature | None]

_NAMES = """
    autoaugment autoformer darts digits dnc_cnn dnc_mlp dnc_text efficientdl einspace hnas naap440 nats_size nb201 ofa
    resnet_compress resnet_tas vega_dnet vega_hpo
"""
SPACES = _NAMES.split()


def check_round_trip(text: str, operators: Operators) -> None:
    """Assert that a text's canonical form is equal to it and a fixed point."""
    space = read(text, operators=operators).space
    canonical = print_space(space)
    again = read(canonical, operators=operators).space
    assert again == space, canonical
    assert hash(again) == hash(space)
    assert print_space(again) == canonical


@pytest.mark.parametrize("name", SPACES)
def test_example_spaces_round_trip(name: str, examples: dict[str, str], loose: Operators) -> None:
    check_round_trip(examples[name], loose)


NUMBERS = st.sampled_from(["0", "1", "3", "-2", "0.5", "1e-4", "2.0", "-0.0", "1k", "0.5k", "50%", "1e22", "7M"])
NAMES = st.sampled_from(["a", "b", "c", "k", "n", "step", "task", "log", "prior", "space", "x1"])
TEXTS = st.sampled_from(['"a"', '"3x3"', '"a b"', '"é\\n"', '"when"', '"true"', '"layer1.0.conv"'])
MODULES = st.sampled_from(["relu", "gelu", "skip", "batch_norm", "m::Net", "m.n::Net.Inner(a: 1..3)", "m::F()", "linear(8)"])


def _joined(separator: str, parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(parts, min_size=2, max_size=3).map(separator.join)


def _arithmetic(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operator = st.sampled_from(["+", "-", "*", "/", "//", "%", "**"])
    return st.one_of(
        st.builds("({} {} {})".format, inner, operator, inner),
        st.builds("{} {} {}".format, inner, operator, inner),
        st.builds("-{}".format, inner),
        st.builds("min({}, {})".format, inner, inner),
        st.builds("abs({})".format, inner),
    )


def _conditions(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        _joined(" and ", inner),
        _joined(" or ", inner),
        st.builds("not {}".format, inner),
        st.builds("({})".format, inner),
    )


REFERENCES = st.sampled_from(["first", "second.k", 'second["a b"]', 'this["odd key"]', "third[1]", "third[*]", "second[**].k"])
EXPRESSIONS = st.recursive(NUMBERS | REFERENCES, _arithmetic, max_leaves=5)
COMPARISONS = st.one_of(
    st.builds("{} {} {}".format, EXPRESSIONS, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), EXPRESSIONS),
    st.builds("{} < {} <= {}".format, NUMBERS, EXPRESSIONS, NUMBERS),
    st.builds("{} {} {}".format, REFERENCES, st.sampled_from(["is", "is not"]), NAMES | TEXTS | NUMBERS),
    st.builds("{} in [{}, {}]".format, REFERENCES, NAMES | TEXTS, NUMBERS),
    st.builds("{} not in {}".format, NAMES | TEXTS, REFERENCES),
    st.builds("active({})".format, REFERENCES),
    st.builds("{} == {}".format, REFERENCES, TEXTS),
)
CONDITIONS = st.recursive(COMPARISONS | st.just("true"), _conditions, max_leaves=4)


def _options(separator: str, value: st.SearchStrategy[str], weighted: bool) -> st.SearchStrategy[str]:
    """Options with labels of their own, so that they always differ."""

    def build(values: list[str], extras: list[str], marked: int) -> str:
        shown = [f"({v}) as o{i}{extras[i] if weighted else ''}" for i, v in enumerate(values)]
        if marked < len(shown):
            shown[marked] = f"default {shown[marked]}"
        return separator.join(shown)

    weights = st.lists(st.sampled_from(["", " @ 2", " @ 0.25", " @ 1"]), min_size=3, max_size=3)
    return st.builds(build, st.lists(value, min_size=2, max_size=3), weights, st.integers(0, 4))


_RANGES = """
1..9
1..9 step 2
1e-4..1e-1 log prior 3e-3
0.0..1.0 step 0.25 default 0.5
0..1 step 0.5
first..2 * first + 3
-3..3 default 0
100ms..2s
4..64 times 2
1..second.k step 1 default 1 log
0.0..1
1KiB..1MiB log
"""
RANGES = st.sampled_from(_RANGES.strip().splitlines())


def _values(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    guarded = st.builds("{} when {}".format, inner, CONDITIONS)
    slot = inner | guarded
    counts = "3,0..2,1..3,first,third[0],(first + 1),1..9 step 2,1..(first),(1 | 2),0"
    count = st.sampled_from(counts.split(","))
    named = st.sampled_from(["", " as r", " as r[i]"])
    return st.one_of(
        _options(" | ", inner, True),
        st.builds("({})".format, _options(" | ", inner, True)),
        st.builds("subset {}of {{ {} }}".format, st.sampled_from(["", "1 ", "0..2 "]), _options(", ", inner, False)),
        st.builds("permutation {}of {{ {} }}".format, st.sampled_from(["", "1 ", "0..2 "]), _options(", ", inner, False)),
        st.builds("({}) >> ({}) as last".format, inner, inner),
        st.builds("({} >> {}) >> {}".format, MODULES, MODULES, MODULES),
        st.builds("({}) if {} else ({})".format, inner, CONDITIONS, inner),
        st.builds("repeat {}{} {{ {} }}".format, count, named, inner),
        st.builds('{{ p: {}, "q r" = {} }}'.format, slot, slot),
        st.builds("{{ let u = {}; require {}; {} }}".format, slot, CONDITIONS, inner),
        st.builds("residual {{ {} }}".format, inner),
        st.builds("tied(weight: first, extra: {})".format, slot),
        st.builds('m::Net({}, a: {}) with {{ k: {}, "b[0]": {{ k: 0..1 }} when k is x }}'.format, inner, slot, slot),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("({},)".format, inner),
        st.builds("dag(inputs: 1, nodes: 2, picks: 1..2) {{ {} }}".format, inner),
    )


VALUES = st.recursive(st.one_of(EXPRESSIONS, RANGES, TEXTS, MODULES, REFERENCES, st.just("none")), _values, max_leaves=6)

HEAD = """space generated version 3
task somewhere(batch: 64, name: "a")
shared act = relu | gelu @ 2
block unit(w: int, extra = none) = linear(w) >> act
rule tree depth 3 = relu | branch(tree, tree)
first = 1..3
second { k: 1..4, "a b": 0.5 | 2.0 when k > 1 }
"odd key" = 2 | 4
third = repeat 3 { 1 | 2 }
net = unit(8 | 16) >> unit(4) >> tree
"""


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(value=VALUES, condition=CONDITIONS, guard=CONDITIONS, goal=EXPRESSIONS)
def test_generated_spaces_round_trip(operators: Operators, value: str, condition: str, guard: str, goal: str) -> None:
    text = (
        f"{HEAD}value = {value} when {guard}\nminimize log(1 + params(net)) + {goal}\nmaximize accuracy\n"
        f'require {condition} when {guard}\nforbid {condition}\nlimit "first" to [1, 2]\nfix "value" to o1\n'
    )
    try:
        read(text, operators=operators)
    except SpaceError as error:
        assert error.span is not None
        return
    check_round_trip(text, operators)
