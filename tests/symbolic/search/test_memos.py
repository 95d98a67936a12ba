"""Notes of algorithms on their trials: kept as they are, at most 4 KB, plain data only; an algorithm that fails says so."""

from __future__ import annotations

import attrs
import numpy as np
import pytest

from symbolic.search.desk import SearchError
from symbolic.search.events import Trial
from symbolic.search.memos import LIMIT_BYTES, MemoError, check_memo
from symbolic.search.notices import Proposed
from symbolic.search.problem import Needs
from symbolic.search.randomness import rng
from symbolic.search.study import search
from symbolic.table import sample


@attrs.frozen
class Noting:
    """Proposes at random with a note."""

    note: object = attrs.field(eq=False, default=None)

    @property
    def needs(self):
        return Needs()

    def start(self, problem):
        return NotingSearch(problem, self.note)


@attrs.define
class NotingSearch:
    problem: object
    note: object

    def ask(self, numbers):
        if self.note == "fail":
            raise ZeroDivisionError("no idea")
        table, seed = self.problem.table, self.problem.seed
        return [Trial(n, sample(table, 1, rng(seed, n))[0], memo={"note": self.note, "n": n}) for n in numbers]

    def tell(self, events):
        pass


def run(space, toys, store, note, **settings):
    settings = {"listeners": [], **settings}
    kwargs = {"backend": toys.ToyTrainer(), "store": store, "study": "m", "trials": 3, "baseline": False}
    return search(space, algorithm=Noting(note), **kwargs, **settings)


def test_notes_are_kept(toys, space, store):
    heard = []
    run(space, toys, store, (1, {"a": np.arange(3)}), listeners=[heard.append])
    first = next(n.trial for n in heard if isinstance(n, Proposed))
    assert first.memo["n"] == 0 and first.memo["note"][0] == 1


@pytest.mark.parametrize(
    ("note", "message"),
    [
        ("x" * LIMIT_BYTES, r"trial 0 takes 4,1\d\d bytes, and at most 4,096 are kept; 'note' takes"),
        (object(), "trial 0 cannot be stored: note: object is not plain data"),
        ("\udc80", "trial 0 cannot be stored"),
    ],
)
def test_what_cannot_be_kept_is_refused_before_it_runs(toys, space, store, note, message):
    heard = []
    with pytest.raises(MemoError, match=message):
        run(space, toys, store, note, listeners=[heard.append])
    assert not any(isinstance(n, Proposed) for n in heard)


def test_the_limit_is_exact():
    empty = len('{"note":""}')
    check_memo(Trial(0, None, memo={"note": "x" * (LIMIT_BYTES - empty)}))
    with pytest.raises(MemoError):
        check_memo(Trial(0, None, memo={"note": "x" * (LIMIT_BYTES - empty + 1)}))


def test_an_algorithm_that_fails_says_so(toys, space, store):
    with pytest.raises(SearchError, match=r"(?s)could not propose trial 0.*ZeroDivisionError: no idea"):
        run(space, toys, store, "fail")
