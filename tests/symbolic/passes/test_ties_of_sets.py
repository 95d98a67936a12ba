"""A subset, permutation or multiset tied to another: one decision, active where either is."""

from __future__ import annotations

import pytest

from symbolic.errors import SpaceError
from symbolic.language.load import parse
from symbolic.passes.full import full
from symbolic.passes.tie import tie

FORMS = {"subset 1..2 of": 6, "permutation 2 of": 6, "3 of": 10}


@pytest.mark.parametrize("form", FORMS)
def test_one_set_for_both(form: str) -> None:
    options = '{ "x", "y", { k: 8 | 16 } as z }'
    space = parse(f"a = {form} {options}\nb = {form} {options}")
    tied = tie(space, ["b", "a"])
    assert tied.text().endswith('tie "b" to "a"\n') and parse(tied.text()) == tied
    plain = parse(f"a = {form} {options.replace('{ k: 8 | 16 } as z', '{ k: 8 | 16, l: 8 | 16 } as z')}")
    assert tied.size() == plain.size(), "what stands inside the options is decided for each"
    for candidate in tied.sample(30, seed=1):
        whole = full(candidate)
        assert whole.space == space
        values = whole.to_dict()
        assert values["a"] == values["b"]
        assert ("a/z/k" in values) == ("b/z/k" in values) == ("z" in values["a"])


@pytest.mark.parametrize("form", FORMS)
def test_active_where_either_is(form: str) -> None:
    options = '{ "x", "y", "z" }'
    text = f'g = 1 | 2 | 3\na = {form} {options} when g == 1\nb = {form} {options} when g == 2\nc = 1 | 2 when "x" in b'
    tied = parse(text + '\ntie "b" to "a"')
    assert {tuple(c.to_dict()) for c in tied.sample(60, seed=2)} == {("g", "a"), ("g",), ("g", "a", "c")}
    assert tied.size() == parse(text).size(), "never both at once"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('a = subset 1 of { "x", "y" }\nb = subset 2 of { "x", "y" }\ntie "b" to "a"', "'b' and 'a' are unlike decisions"),
        ('a = subset of { "x", "y" }\nb = permutation of { "x", "y" }\ntie "b" to "a"', "'b' and 'a' are unlike decisions"),
        ('a = subset of { "x", "y" }\nb = 1 | 2\ntie "b" to "a"', "'b' and 'a' are unlike decisions"),
        ('a = 1 | 2\nb = subset of { "x", "y" }\ntie "b" to "a"', "'b' and 'a' are unlike decisions"),
        ('a = subset of { "x", "y" }\nb = subset of { "x", "y" }\ntie "a" to "b"', "no decision 'b' to tie 'a' to"),
    ],
)
def test_unlike_sets_are_not_tied(text: str, message: str) -> None:
    with pytest.raises(SpaceError, match=f"E406 {message}"):
        parse(text).lower()
