"""The seam: one space in two forms, a file and an annotated class, searched by sampled and by weight-sharing algorithms."""

from pathlib import Path

import pytest

import symbolic as sym
from symbolic.search.notices import Note, Notice
from symbolic.space import Space

ROOT = Path(__file__).parents[1]
FORMS = {"file": ROOT / "examples" / "digits.space", "class": f"{ROOT / 'examples' / 'digits.py'}:Net"}
BUDGETS: dict[str, dict[str, int]] = {
    "random": {"trials": 2},
    "regularized_evolution": {"trials": 2},
    "spos(population: 4, generations: 2)": {"trials": 1, "epochs": 1},
    "darts": {"trials": 1, "epochs": 1},
    "gdas": {"trials": 1, "epochs": 1},
    "rsps(candidates: 8)": {"trials": 1, "epochs": 1},
    "setn(candidates: 8)": {"trials": 1, "epochs": 1},
    "tunas": {"trials": 1, "epochs": 1},
    "enas(updates: 4, candidates: 8)": {"trials": 1, "epochs": 1},
}
ONE_TO_ONE = {
    "activation": "model/activation",
    "model/stage/width": "model/first",
    "model/stage#2/width": "model/second",
    "model/dropout/rate": "model/dropout",
}


def twin(path: str) -> str:
    """Return the path in the class of a decision of the file's model."""
    if path in ONE_TO_ONE:
        return ONE_TO_ONE[path]
    renamed = path.replace("model/stage#2/", "model/tail/").replace("model/stage/", "model/stem/")
    head, _, rest = renamed.partition("more[")
    if not rest:
        return renamed.replace("unit/conv2d/kernel", "unit/kernel")
    place, _, inner = rest.partition("]")
    inner = inner.replace("/unit/conv2d/", "/unit/unit/").replace("/residual/body/conv2d/", "/residual/residual/body/")
    return f"{head}more[{place}]/kind{inner}"


@pytest.fixture(scope="module")
def forms() -> dict[str, Space]:
    return {name: sym.load(str(target)) for name, target in FORMS.items()}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("algorithm", BUDGETS)
def test_every_algorithm_searches_both_forms(algorithm: str, form: str, tmp_path: Path) -> None:
    notices: list[Notice] = []
    study = sym.search(
        str(FORMS[form]),
        task="digits",
        algorithm=algorithm,
        **BUDGETS[algorithm],
        store=tmp_path / "s.db",
        listeners=[notices.append],
    )
    assert study.best.state == "ok"
    assert study.best.metrics["params"] <= 200_000
    assert 0.0 <= study.best.values[0] <= 1.0
    assert study.report is not None and study.report["trial"] == study.best.number
    stays = [n.text for n in notices if isinstance(n, Note) and "stays at" in n.text]
    relaxed = algorithm.startswith(("spos", "darts", "gdas", "rsps", "setn", "tunas", "enas"))
    assert any("dropout" in line for line in stays) == relaxed
    values = study.best.candidate.to_dict()
    assert study.space.candidate(values) == study.best.candidate
    loaded = sym.load_study(tmp_path / "s.db", study.name)
    assert loaded.best.values == study.best.values


def test_the_two_forms_have_the_same_decisions(forms: dict[str, Space]) -> None:
    file, net = (forms[name].lower() for name in ("file", "class"))
    pairs = {p: twin(p) for p in file.path if p == "activation" or p.startswith("model/")}
    assert sorted(pairs.values()) == sorted(net.path)
    for path, other in pairs.items():
        a, b = file.where[path], net.where[other]
        assert (file.card[a], file.low[a], file.high[a]) == (net.card[b], net.low[b], net.high[b]), path
        assert (file.guard[a] >= 0) == (net.guard[b] >= 0), path


def test_the_two_forms_have_the_same_size(forms: dict[str, Space]) -> None:
    recipe = {p: v for p, v in forms["file"].default().to_dict().items() if p.startswith("train/")}
    model_alone = forms["file"].freeze(recipe)
    assert model_alone.size().value == forms["class"].size().value == 508_032 // 6


def test_the_class_as_text_is_the_class(forms: dict[str, Space]) -> None:
    net = forms["class"]
    again = sym.parse(net.text())
    assert again == net
    assert again.hash == net.hash
    candidate = net.sample(1, seed=5)[0]
    assert str(again.candidate(candidate.to_dict()).build()) == str(candidate.build())
