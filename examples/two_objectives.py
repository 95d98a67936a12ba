"""Two objectives: how accurate can a network be, and how small? The answer is no best network but a front of them.

    python examples/two_objectives.py [TRIALS]

Where objectives disagree, `study.best` refuses and `study.pareto` answers: the trials that no other one beats in everything.
The algorithm has to take two objectives; `random` does, `symspace algorithms` says who else.
"""

import sys

import symbolic as sym

SPACE = sym.parse("""
space front version 1
task digits

model = flatten >> repeat 1..2 as hidden { linear(2..128 log) >> relu } >> linear(classes)

train {
  lr: 3e-3..3e-2 log
  epochs: 6
}

maximize accuracy
minimize params(model)
""")


def picture(share: float, width: int = 40) -> str:
    """Return a bar that is long where `share`, in [0, 1], is large."""
    return "█" * round(share * width)


def main(trials: int = 40) -> None:
    """Search, and show the front."""
    study = sym.search(SPACE, algorithm="random", trials=trials, seed=0)
    print(f"\n{len(study.pareto)} of {len(study.trials)} networks are beaten by no other, smallest first:\n")
    print("   params  accuracy  widths")
    for trial in sorted(study.pareto, key=lambda t: t.values[1]):
        accuracy, params = trial.values
        widths = [v for path, v in trial.candidate.to_dict().items() if path.endswith("width")]
        print(f"{params:9,.0f}  {accuracy:8.3f}  {' '.join(map(str, widths)):<8} {picture(accuracy)}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
