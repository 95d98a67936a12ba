"""Moves of subsets and permutations: what a mutation does to them, and every set one move away."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from symbolic.table.plan import Step
from symbolic.table.table import I32

Move = tuple[str, int, int]


def mutate_subsets(step: Step, codes: I32, rng: np.random.Generator) -> I32:
    """Return subsets `[row, member]` one move away; multisets likewise, by their own moves.

    A member, drawn uniformly, is flipped if the size allows; otherwise, or half the time, it trades places with a member of
    the other side.
    """
    assert step.members is not None
    if step.members.most > 1:
        return np.array([_mutate_multiset(step, row, rng) for row in codes.tolist()], np.int32).reshape(codes.shape)
    rows = np.arange(len(codes))
    member = rng.integers(0, codes.shape[1], len(codes))
    picked = codes.sum(1)
    bit = codes[rows, member]
    flips = np.where(bit == 1, picked - 1 >= step.members.low, picked + 1 <= step.members.high)
    others = codes != bit[:, None]
    trades = others.any(1) & (~flips | (rng.random(len(codes)) < 0.5))
    partner = np.where(others, rng.random(codes.shape), -1.0).argmax(1)
    result = codes.copy()
    change = flips | trades
    result[rows[change], member[change]] = 1 - bit[change]
    result[rows[trades], partner[trades]] = bit[trades]
    return result


def mutate_set(step: Step, codes: Sequence[int], rng: np.random.Generator) -> list[int]:
    """Return one subset or permutation one move away (the same one where there is none), by the law of the many-row moves.

    Of a permutation the kind of move (swap two, replace one, grow, shrink) is drawn first, then where.
    """
    assert step.members is not None
    if step.members.most > 1:
        return _mutate_multiset(step, codes, rng)
    return _mutate_permutation(step, codes, rng) if step.members.ordered else _mutate_subset(step, codes, rng)


def _mutate_multiset(step: Step, codes: Sequence[int], rng: np.random.Generator) -> list[int]:
    """Draw the kind of move first (one more, one less, one for another), then where."""
    moves = _multiset_moves(step, codes)
    kinds = [kind for kind in moves if moves[kind]]
    if not kinds:
        return list(codes)
    found = moves[kinds[int(rng.random() * len(kinds))]]
    return found[int(rng.random() * len(found))]


def _multiset_moves(step: Step, codes: Sequence[int]) -> dict[str, list[list[int]]]:
    assert step.members is not None
    total, places = sum(codes), range(len(codes))

    def changed(less: int, more: int) -> list[int]:
        return [c - (k == less) + (k == more) for k, c in enumerate(codes)]

    return {
        "more": [changed(-1, k) for k in places] if total < step.members.high else [],
        "less": [changed(k, -1) for k in places if codes[k]] if total > step.members.low else [],
        "other": [changed(i, j) for i in places for j in places if i != j and codes[i]],
    }


def _mutate_subset(step: Step, codes: Sequence[int], rng: np.random.Generator) -> list[int]:
    assert step.members is not None
    result, picked = list(codes), sum(codes)
    member = int(rng.random() * len(result))
    bit = result[member]
    flips = picked - 1 >= step.members.low if bit else picked + 1 <= step.members.high
    others = [i for i, b in enumerate(result) if b != bit]
    trades = bool(others) and (not flips or rng.random() < 0.5)
    if flips or trades:
        result[member] = 1 - bit
    if trades:
        result[others[int(rng.random() * len(others))]] = bit
    return result


def _mutate_permutation(step: Step, codes: Sequence[int], rng: np.random.Generator) -> list[int]:
    moves = list(_permutation_moves(step, codes))
    kinds = sorted({kind for kind, _, _ in moves})
    if not kinds:
        return list(codes)
    kind = kinds[int(rng.random() * len(kinds))]
    chosen = [m for m in moves if m[0] == kind]
    return _apply(codes, chosen[int(rng.random() * len(chosen))])


def set_neighbours(step: Step, codes: Sequence[int]) -> list[list[int]]:
    """Return every set one move away from a subset or permutation."""
    assert step.members is not None
    if step.members.ordered:
        return [_apply(codes, move) for move in _permutation_moves(step, codes)]
    if step.members.most > 1:
        return [row for moves in _multiset_moves(step, codes).values() for row in moves]
    found, picked = list[list[int]](), sum(codes)
    for i, bit in enumerate(codes):
        if step.members.low <= picked + 1 - 2 * bit <= step.members.high:
            found.append([*codes[:i], 1 - bit, *codes[i + 1 :]])
    for i, j in itertools.combinations(range(len(codes)), 2):
        if codes[i] != codes[j]:
            found.append(_apply(codes, ("swap", i, j)))
    return found


def _permutation_moves(step: Step, codes: Sequence[int]) -> Iterator[Move]:
    assert step.members is not None
    used = sum(c > 0 for c in codes)
    free = sorted(set(range(1, step.size + 1)) - set(codes))
    for i, j in itertools.combinations(range(used), 2):
        yield "swap", i, j
    for i, option in itertools.product(range(used), free):
        yield "replace", i, option
    if used < step.members.high:
        for option in free:
            yield "grow", used, option
    if used > step.members.low:
        yield "shrink", used - 1, 0


def _apply(codes: Sequence[int], move: Move) -> list[int]:
    kind, place, other = move
    result = list(codes)
    if kind == "swap":
        result[place], result[other] = result[other], result[place]
    else:
        result[place] = other
    return result
