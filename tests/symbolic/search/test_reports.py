"""What trials report on their way is kept, by number and fidelity, whatever the log is."""

import symbolic as sym
from backends.store import view


def test_reports_are_read_in_order_of_number_and_fidelity(space, store, toys, monkeypatch):
    monkeypatch.setattr(view, "PAGE", 7)  # several pages
    study = sym.search(space, backend=toys.ToyTrainer(), algorithm=toys.Climber(), trials=4, store=store)
    assert sorted(study.reports) == [t.number for t in study.trials]
    for trial in study.trials:
        told = study.reports[trial.number]
        assert [r.fidelity for r in told] == list(range(1, 10))
        assert [r.metrics["epoch"] for r in told] == list(range(1, 10))
        assert told[-1].metrics["loss"] == trial.metrics["loss"]


def test_a_study_without_reports_has_none(store):
    study = sym.search(sym.parse("space s\na = 1..9"), evaluate=lambda values: values["a"], trials=3, store=store)
    assert study.reports == {}
