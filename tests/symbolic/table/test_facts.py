"""Facts of the task in bounds, counts, conditions and constraints: as if the number were written; refused without a task."""

from __future__ import annotations

import attrs
import pytest

from symbolic import registry
from symbolic.errors import SpaceError
from symbolic.language.load import parse
from symbolic.task import TaskFacts

USES = {
    "a bound": "x = 1..({} * 2)",
    "a step": "x = {0}..({0} * 5) step {0}",
    "a count": "x = repeat 1..{} {{ 1 | 2 }}",
    "a condition": "x = 1 | 2 when {} > 5",
    "a branch": "x = (1 | 2) if {} == 3 else (1 | 2 | 3)",
    "a constraint": "x = 1..30\nrequire x <= {}",
    "a factor": "x = 1..({0} ** 3) times {0}",
    "through a parameter": "block f(n: int) = {{ a: 1..n, b: 1..2 * n }}\nx = f({})",
    "through a name": "x {{ n: {} + 1, a: 1..n }}",
}


def facts(classes: int) -> TaskFacts:
    known: TaskFacts = registry.get("tasks", "digits")().facts
    return attrs.evolve(known, values={"classes": classes})


@pytest.mark.parametrize("use", USES)
def test_a_fact_counts_as_its_number(use: str) -> None:
    text = USES[use]
    named = parse("task digits\n" + text.format("classes"))
    assert named.size() == parse("task digits\n" + text.format("10")).size()
    given = attrs.evolve(parse(text.format("classes")), facts=facts(7))
    assert given.size() == parse(text.format("7")).size()
    with pytest.raises(SpaceError, match="E201 'classes' is a fact of the task, and no task says it") as e:
        parse(text.format("classes")).lower()
    assert e.value.span is not None


def test_arithmetic_waits_for_the_task_where_nothing_depends_on_it() -> None:
    space = parse("x { n: classes * 2, k: 1 | 2 }")
    assert space.size().value == 2
    assert space.default().build(facts(7)) == {"x/n": 14, "x/k": 1}


def test_building_for_another_task_than_the_table_was_made_for_is_refused() -> None:
    candidate = parse("task digits\nx = 1..classes").default()
    with pytest.raises(SpaceError, match="E602 the space was read for a task with classes = 10"):
        candidate.build(facts(7))
