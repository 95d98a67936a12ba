"""One sitting of a study whose trials take random times and fail in three ways, as a process to be killed.

    python long_study.py LOCATION TRIALS WORKERS PAUSE_S [ALGORITHM]

Says `ready` once trials run, and how it ended.
"""

from __future__ import annotations

import math
import os
import sys
import time
from pathlib import Path

import symbolic as sym
from symbolic.search.notices import Finished
from symbolic.search.randomness import rng

SPACE = "space long version 1\na = 0..9\nb = 0..99\nc = 1 | 2 | 3\nmaximize value\n"
STEPS = 3


def measured(values, trial):
    """Noisy, slow and unreliable: 15 % fail, by an exception, by NaN, or (in a worker) with their process."""
    draw = rng(trial.seed, 0)
    with Path("ran.txt").open("a") as file:
        file.write(f"{trial.number} {os.getpid()}\n")
    fate = draw.random()
    if fate < 0.05:
        raise RuntimeError("made up")
    if fate < 0.1 and os.environ.get("LONG_STUDY_WORKERS") == "yes":
        os._exit(3)
    for step in range(1, STEPS + 1):
        time.sleep(draw.random() * float(os.environ["LONG_STUDY_PAUSE_S"]))
        trial.report(float(values["a"]) + draw.random(), step)
        if trial.should_stop():
            break
    return math.nan if 0.1 <= fate < 0.15 else float(values["a"]) + values["b"] / 100


def main(location: str, trials: str, workers: str, pause_s: str, algorithm: str = "regularized_evolution") -> None:
    """Search."""
    os.environ.update(LONG_STUDY_PAUSE_S=pause_s, LONG_STUDY_WORKERS="yes" if workers != "0" else "no")
    told = []

    def hear(notice):
        if isinstance(notice, Finished) and not told:
            told.append(1)
            print("ready", flush=True)

    study = sym.search(
        sym.parse(SPACE),
        evaluate=measured,
        algorithm=algorithm,
        trials=int(trials),
        workers=int(workers),
        store=location,
        study="long",
        listeners=[hear],
    )
    print("ended", study.why, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
