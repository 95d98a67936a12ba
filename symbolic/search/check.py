"""Reasons why an algorithm cannot run on a problem, all of them, before anything is opened; and who could run instead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from symbolic import registry
from symbolic.errors import SymspaceError, nearest
from symbolic.search.problem import Facts, Problem
from symbolic.search.protocols import Algorithm
from symbolic.table.table import BIT, FLOAT, INT, ONE, ORDER, Table

_KIND_OF = {ONE: "one", BIT: "subset", ORDER: "permutation", INT: "int", FLOAT: "float"}
_NOUN = {
    "one": "one-of",
    "subset": "subset",
    "permutation": "permutation",
    "multiset": "multiset",
    "int": "integer",
    "float": "float",
}
SHOWN = 3


class Unsuited(SymspaceError):
    """An algorithm that cannot run on this space and backend; the message lists every reason, and who can."""


def check(algorithm: Algorithm, problem: Problem, name: str) -> None:
    """Raise `Unsuited` with all reasons unless the algorithm can run. Reads `problem` only: nothing is opened."""
    found = reasons(algorithm, problem)
    if found:
        raise Unsuited(unsuited(name, found, able(problem)))


def unsuited(name: str, found: Iterable[str], fit: Sequence[str]) -> str:
    """Return the message: every reason why an algorithm cannot run, and the names of those that can."""
    listed = [f"  - {reason}".replace("\n", "\n    ") for reason in found]
    last = f"Algorithms that can: {', '.join(fit)}." if fit else "No registered algorithm can."
    return "\n".join([f"{name} cannot run here:", *listed, last])


def able(problem: Problem) -> list[str]:
    """Return the names of the registered algorithms that can run, those that need no arguments only."""
    found = []
    for name in registry.entries("algorithms"):
        try:
            algorithm = registry.get("algorithms", name)()
        except (registry.RegistryError, TypeError):
            continue
        if not reasons(algorithm, problem):
            found.append(name)
    return found


def signals(algorithm: Algorithm, problem: Problem) -> frozenset[str]:
    """Return the signals an algorithm and its parts need."""
    inner = [signals(part, q) for _, part, q in parts(algorithm, problem)]
    return algorithm.needs.signals.union(*inner)


def parts(algorithm: Algorithm, problem: Problem) -> Sequence[tuple[str, Algorithm, Problem]]:
    """Return the inner algorithms of a wrapper, with what each is called and the problem it sees; none for others."""
    inner = getattr(algorithm, "parts", None)
    found: Sequence[tuple[str, Algorithm, Problem]] = inner(problem) if inner is not None else ()
    return found


def reasons(algorithm: Algorithm, problem: Problem) -> list[str]:
    """Return every reason why the algorithm cannot run; those of its parts are prefixed."""
    found = [f"{name}: {reason}" for name, part, q in parts(algorithm, problem) for reason in reasons(part, q)]
    found += _signal_reasons(algorithm, problem.facts)
    found += _decision_reasons(algorithm, problem)
    found += _objective_reasons(algorithm, problem)
    needs = algorithm.needs
    if needs.fidelity and problem.fidelity is None:
        found.append("it needs a fidelity, and the space has none: declare `epochs: fidelity 1..9`")
    if needs.online and not problem.facts.online & set(problem.table.path):
        found.append("it changes decisions during training, and every decision of this space alters the network")
    return found


def _signal_reasons(algorithm: Algorithm, facts: Facts) -> list[str]:
    lack = algorithm.needs.signals - facts.provides
    if not lack:
        return []
    who = _providers(lack)
    last = f"Backends that provide it: {', '.join(who)}." if who else "No registered backend provides it."
    has = ", ".join(sorted(facts.provides))
    return [f"it needs {', '.join(sorted(lack))}; backend {facts.name!r} provides {has}. {last}"]


def _providers(lack: frozenset[str]) -> list[str]:
    found = []
    for name in registry.entries("backends"):
        try:
            provides = registry.get("backends", name)().provides
        except (registry.RegistryError, TypeError):
            continue
        if lack <= provides:
            found.append(name)
    return found


def _decision_reasons(algorithm: Algorithm, problem: Problem) -> list[str]:
    """Kinds it cannot propose, decisions that cannot be mixed, conditions."""
    table, needs, facts = problem.table, algorithm.needs, problem.facts
    kinds = {path: _KIND_OF[int(kind)] for path, kind in zip(table.path, table.kind, strict=True)}
    kinds |= {table.path[c]: "multiset" for s in table.sets if s.most > 1 for c in s.columns}
    found = []
    bad = [p for p, kind in kinds.items() if kind not in needs.kinds]
    if bad:
        nouns = " and ".join(sorted({_NOUN[kinds[p]] for p in bad}))
        found.append(f"it cannot propose {nouns} decisions ({_shown(bad)}); freeze them, or discretize them")
    for path in bad:
        kinds.pop(path)
    if needs.signals & {"gradient", "lookahead"}:
        hard = [p for p in kinds if not {p, _decision(table, p)} & facts.relaxable]
        if hard:
            why = facts.unrelaxable.get(_decision(table, hard[0]))
            found.append(f"backend {facts.name!r} cannot mix {_shown(hard)}" + (f" ({why})" if why else "") + "; freeze them")
    if not needs.conditions and (table.guard >= 0).any():
        conditional = [p for p, guard in zip(table.path, table.guard, strict=True) if guard >= 0]
        found.append(f"it cannot handle conditional decisions ({_shown(conditional)})")
    return found


def _decision(table: Table, path: str) -> str:
    """The decision a column belongs to: the set of a member, else the column itself."""
    column = table.where.get(path)
    for s in table.sets:
        if column in s.columns:
            return s.path
    return path


def _objective_reasons(algorithm: Algorithm, problem: Problem) -> list[str]:
    objectives, needs, facts = problem.objectives, algorithm.needs, problem.facts
    found = []
    if needs.objectives is not None and len(objectives.goals) > needs.objectives:
        stated = ", ".join(g.expression for g in objectives.goals)
        found.append(
            f"it takes {needs.objectives} objective(s), the space states {len(objectives.goals)}: {stated}; "
            "turn all but one into require, or scalarise"
        )
    if not needs.limits and objectives.limits:
        found.append(f"it ignores measured constraints ({', '.join(limit.condition for limit in objectives.limits)})")
    for names in objectives.metrics:
        if facts.metrics and not facts.metrics.intersection(names):
            hint = nearest(names[-1], facts.metrics)
            reported = ", ".join(sorted(facts.metrics))
            found.append(f"the study reads {names[0]!r}; {facts.name} reports {reported}" + (f"  ({hint})" if hint else ""))
    return found


def _shown(paths: Iterable[str]) -> str:
    listed = list(paths)
    return ", ".join(listed[:SHOWN]) + (f" ... ({len(listed)} in all)" if len(listed) > SHOWN else "")
