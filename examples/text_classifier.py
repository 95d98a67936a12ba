"""A text classifier from a file: which way to read a sentence suits the data at hand?

    python examples/text_classifier.py [TRIALS] [FILE.csv | FOLDER]

A CSV file with a text and a label in each row is a task, `texts(path: "...")`; so is a folder with `train.csv` and `test.csv`,
such as banking77. Without one, a few orders in a café are made up and written to a temporary file.
"""

import csv
import itertools
import sys
import tempfile
from pathlib import Path

import symbolic as sym

SPACE = sym.parse("""
space sentences version 1

# Tokens become vectors; then either windows slide over them, or a memory reads them, or they look at each other.
block windows = conv1d(32 | 64, kernel: 3 | 5) >> relu >> global_max_pool
block memory = (lstm(32 | 64, bidirectional: true | false) | gru(32 | 64)) >> global_max_pool
block looks = pos_encoding >> repeat 1..2 as layer { transformer_block(heads: 2 | 4) } >> global_avg_pool

model = embedding(32..64 step 16) >> (windows | memory | looks) as reader >> dropout(0.0..0.5) >> linear(classes)

train {
  lr: 1e-3..1e-2 log
  epochs: 8
}

maximize accuracy
""")

DRINKS = ("tea", "coffee", "water", "juice", "milk")
ORDERS = ("{0} please , no {1}", "no {1} , rather {0}", "not {1} but {0}", "i had {1} , now {0}", "{0} instead of {1}")


def made_up(folder: Path) -> Path:
    """Write a small file of orders, labelled by what is wanted: each names two drinks, so their places count, not the words."""
    wishes = itertools.product(itertools.permutations(DRINKS, 2), ORDERS, ("", "hello , ", "well , "))
    rows = [(start + order.format(*drinks), drinks[0]) for drinks, order, start in wishes]
    with open(folder / "orders.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    return folder / "orders.csv"


def main(trials: int = 12, path: str | None = None) -> None:
    """Search, and show who read how well."""
    with tempfile.TemporaryDirectory() as folder:
        data = path or made_up(Path(folder))
        study = sym.search(SPACE, task=f'texts(path: "{data}", length: 16)', trials=trials, seed=2)
    for trial in study.trials:
        reader = trial.candidate.to_dict()["model/reader"]
        print(f"{trial.number:2}  accuracy {trial.value:.3f}  {trial.metrics['params']:7,.0f} params  {reader}")
    print(f"\nthe best, trial {study.best.number}, on test data: accuracy {study.report['metrics']['accuracy']:.3f}")
    print(study.best.candidate)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]), *sys.argv[2:])
