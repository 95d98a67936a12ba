"""Comments above a statement or field, or beside it, are its documentation, and nothing else."""

from __future__ import annotations

from symbolic.language.load import read
from symbolic.operators import Signature

TEXT = """# The file.

# An activation,
# decided once.
shared act = relu | gelu  # beside
x = act
train {
  # How fast.
  lr: 1e-4..1e-1 log  # on a log scale
  size: 1 | 2
  label: "a # b"
}
"""


def test_docs(operators: dict[str, Signature | None]) -> None:
    space = read(TEXT, operators=operators).space
    assert space.defs[0].doc == "An activation,\ndecided once.\nbeside"
    x, train = space.root.fields
    assert x.doc is None
    fields = train.value.fields  # type: ignore[union-attr]  # a record
    assert [f.doc for f in fields] == ["How fast.\non a log scale", None, None]


def test_docs_take_no_part_in_equality(operators: dict[str, Signature | None]) -> None:
    bare = "\n".join(line.partition("  #")[0] for line in TEXT.splitlines() if not line.lstrip().startswith("#"))
    assert read(bare, operators=operators).space == read(TEXT, operators=operators).space
