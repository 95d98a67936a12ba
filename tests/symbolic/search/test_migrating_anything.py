"""Any edit of a small space: what becomes of each stored trial is what renaming and checking its values by hand gives."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

import symbolic as sym
from symbolic.search.store import StoreError
from symbolic.search.study import search

OLD = 'space s\na = 0..7\nb = "x" | "y" | "z"\nc = 1 | 2 when b == "x"\n'


@attrs.frozen
class Edit:
    """How the space is edited: names of a, its highest value, options of b, whether c stays, what is new, a constraint."""

    name: str
    high: int
    options: tuple[str, ...]
    conditional: bool
    extra: str | None
    forbid: bool

    def text(self) -> str:
        lines = [f"space s\n{self.name} = 0..{self.high}", f"b = {' | '.join(map(repr, self.options))}".replace("'", '"')]
        lines += ['c = 1 | 2 when b == "x"'] if self.conditional and "x" in self.options else []
        lines += [f"e = 1 | {self.extra}"] if self.extra else []
        lines += [f'forbid {self.name} == 3 and b == "y"'] if self.forbid and "y" in self.options else []
        lines += [f"renamed a to {self.name}"] if self.name != "a" else []
        return "\n".join(lines) + "\n"

    def moved(self, values: dict[str, object]) -> dict[str, object]:
        made = {self.name if p == "a" else p: v for p, v in values.items()}
        return made | ({"e": 2} if self.extra == "default 2" else {})


EDITS = st.builds(
    Edit,
    st.sampled_from(["a", "d"]),
    st.integers(2, 9),
    st.lists(st.sampled_from("xyzw"), min_size=2, max_size=4, unique=True).map(tuple),
    st.booleans(),
    st.sampled_from([None, "default 2", "2"]),
    st.booleans(),
)


def valid(space: sym.Space, values: dict[str, object]) -> bool:
    try:
        space.candidate(values)
    except sym.SpaceError:
        return False
    return True


def hopeless(edit: Edit, space: sym.Space, values: dict[str, object]) -> bool:
    """Whether values are lost only because a decision is gone or a new one has no default: the author has to say more."""
    known = {p: v for p, v in edit.moved(values).items() if p != "c" or (edit.conditional and "x" in edit.options)}
    gone = known.keys() != edit.moved(values).keys()
    return (gone or edit.extra == "2") and valid(space, known | ({"e": 1} if edit.extra == "2" else {}))


@settings(max_examples=40, deadline=None)
@given(EDITS, st.integers(0, 5))
def test_any_edit(edit: Edit, seed: int) -> None:
    new = sym.parse(edit.text())
    with TemporaryDirectory() as folder:
        same = {"algorithm": "random", "store": Path(folder) / "s.db", "study": "s", "seed": seed, "listeners": []}
        before = search(sym.parse(OLD), evaluate=lambda v: 1.0, trials=9, **same).trials
        values = [t.candidate.to_dict() for t in before]
        try:
            after = search(new, evaluate=lambda v: 1.0, trials=9, migrate=True, **same).trials
        except StoreError as e:
            assert any(hopeless(edit, new, v) for v in values), e
            return
        assert not any(hopeless(edit, new, v) for v in values)
        for trial, old in zip(after, values, strict=True):
            assert trial.outdated != valid(new, edit.moved(old))
            assert trial.candidate.to_dict() == (old if trial.outdated else edit.moved(old))
