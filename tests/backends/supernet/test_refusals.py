"""Programs that one network cannot hold: each is refused before training, with the line and a remedy."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from backends.supernet.refusal import Refusal
from backends.supernet.supernet import build_supernet
from symbolic.errors import Source, Span
from symbolic.resolver import Decision, Resolver

SOURCE = Source("net.space", "model = linear(8..16 step 4)")
SPAN = Span(SOURCE, 1, 16, 15, 27)


def width(r: Resolver) -> Any:
    return r.answer(Decision("w", "integer", low=8, high=16, step=4), ())


def one(r: Resolver, *options: Any) -> Any:
    return r.answer(Decision("x", "one", labels=tuple(map(str, options))), options)


def branch(r: Resolver) -> nn.Module:
    w = width(r)
    return nn.Linear(4, w) if w > 8 else nn.Linear(w, 4)


def loop(r: Resolver) -> nn.Module:
    return nn.Sequential(*(nn.Linear(4, 4) for _ in range(width(r))))


def layers(r: Resolver) -> nn.Module:
    return nn.LSTM(4, 4, num_layers=width(r))


def buffer(r: Resolver) -> nn.Module:
    made = nn.Linear(4, width(r))
    made.register_buffer("positions", torch.arange(width(r)))
    return made


def boolean(r: Resolver) -> nn.Module:
    return nn.Linear(4, 4, bias=one(r, True, False))


def text(r: Resolver) -> nn.Module:
    return nn.Conv2d(1, 1, 3, padding=1, padding_mode=one(r, "zeros", "reflect"))


def nothing(r: Resolver) -> nn.Module:
    norm = one(r, nn.BatchNorm2d, None)
    return norm(3)  # type: ignore[no-any-return]


def unlike_kinds(r: Resolver) -> nn.Module:
    return nn.Sequential(one(r, nn.ReLU(), 3))


def unlike_results(r: Resolver) -> nn.Module:
    return nn.Sequential(one(r, lambda: nn.ReLU(), lambda: 3)())


def lazy(r: Resolver) -> nn.Module:
    return nn.Sequential(nn.Linear(4, width(r)), nn.LazyLinear(3))


def count(r: Resolver) -> nn.Module:
    return nn.Sequential(*r.counted(width(r) + 1, lambda i: nn.Linear(4, 4)))


def no_modules(r: Resolver) -> nn.Module:
    r.repeat(Decision("n", "count", low=1, high=2), lambda i: 3)
    return nn.Linear(4, 4)


def order(r: Resolver) -> nn.Module:
    r.answer(Decision("x", "permutation", labels=("a", "b")), (nn.ReLU, nn.GELU))
    return nn.Linear(4, 4)


def attribute(r: Resolver) -> nn.Module:
    return nn.Linear(4, one(r, nn.ReLU, nn.GELU).size)


CASES: dict[Callable[[Resolver], nn.Module], str] = {
    branch: "comparison that differs between candidates: `w` must be one number here, and it is a decision",
    loop: "`w` is read as a plain number here and cannot stay a decision",
    layers: "`w` is read as a plain number here and cannot stay a decision",
    buffer: "a torch function needs a plain number here and got a decision: arange",
    boolean: "the options of `x` are True, False: their options steer Python code",
    text: "the options of `x` are zeros, reflect: their options steer Python code",
    nothing: "None: their options steer Python code, which one network cannot hold",
    unlike_kinds: "the options of `x` are of unlike kinds (ReLU, int)",
    unlike_results: "the options of `x` return ReLU and int, which cannot be mixed",
    lazy: "`1.weight` has no size before the first call",
    count: "a repeat count must be a decision itself: `(w + 1)`",
    no_modules: "the body of `n` builds a int; a searched depth needs modules",
    order: "`x` is a permutation, which a supernet cannot hold yet",
    attribute: "attribute `size` of the choice `x`: its options are only called in a supernet",
}


@pytest.mark.parametrize("program", CASES, ids=lambda p: p.__name__)
def test_refused_with_a_reason_and_a_remedy(program: Callable[[Resolver], nn.Module]) -> None:
    with pytest.raises(Refusal, match=re.escape(CASES[program])) as caught:
        build_supernet(program)
    assert caught.value.remedy


@pytest.mark.parametrize("program", [branch, loop, layers, buffer], ids=lambda p: p.__name__)
def test_what_the_user_s_code_reads_is_shown_with_its_line(program: Callable[[Resolver], nn.Module]) -> None:
    with pytest.raises(Refusal) as caught:
        build_supernet(program)
    place, line, caret = str(caught.value).splitlines()[0], str(caught.value).splitlines()[1], str(caught.value).splitlines()[2]
    assert "test_refusals.py:" in place and ("width(r)" in line or "w > 8" in line)
    assert set(caret.strip()) == {"^"}


def test_a_size_of_too_many_values_says_so() -> None:
    def program(r: Resolver) -> nn.Module:
        a, b, c = (r.answer(Decision(path, "integer", low=1, high=40), ()) for path in "abc")
        return nn.Linear(4, a * b * c)  # type: ignore[operator]

    with pytest.raises(Refusal, match="an expression over `a`, `b`, `c` takes 64000 values, more than 20000"):
        build_supernet(program)


def test_a_decision_of_a_file_is_shown_where_it_is_declared() -> None:
    def program(r: Resolver) -> nn.Module:
        w: Any = r.answer(Decision("w", "integer", low=8, high=16, step=4, span=SPAN), ())
        return nn.Linear(4, int(w))

    with pytest.raises(Refusal) as caught:
        build_supernet(program)
    assert "decision `w` declared at net.space:1:16" in str(caught.value)


def test_a_float_that_is_read_stays_at_its_default_and_says_so() -> None:
    def program(r: Resolver) -> nn.Module:
        scale: Any = r.answer(Decision("scale", "float", low=0.5, high=1.5), ())
        made = nn.Linear(2, 2)
        made.register_buffer("scale", torch.tensor(float(scale)))
        return made

    supernet, pinned = build_supernet(program, defaults={"scale": 1.25})
    assert float(supernet.named_buffers["scale"]) == 1.25
    assert "float() or a math function: `scale` must be one number here" in pinned["scale"].message


def test_a_float_in_an_attribute_follows_the_candidate() -> None:
    from backends.supernet.state import Setting

    def program(r: Resolver) -> nn.Module:
        return nn.Sequential(nn.Linear(2, 2), nn.Dropout(r.answer(Decision("p", "float", low=0.0, high=0.5), ())))  # type: ignore[arg-type]

    supernet, pinned = build_supernet(program, defaults={"p": 0.25})
    assert not pinned and supernet.network[1].p == 0.25  # type: ignore[index, union-attr]
    supernet.set(Setting(reals={"p": 0.1}))
    assert supernet.network[1].p == 0.1  # type: ignore[index, union-attr]


def test_weights_of_another_supernet_are_refused() -> None:
    small, _ = build_supernet(lambda r: nn.Linear(2, width(r)))
    other, _ = build_supernet(lambda r: nn.Linear(3, width(r)))
    with pytest.raises(Refusal, match="belong to another supernet: weight differ"):
        small.load(other.tensors())
