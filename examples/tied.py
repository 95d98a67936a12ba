"""A small language model whose last layer shares its weights with the first: each word has one vector, read in and out.

    python examples/tied.py [TRIALS]

`embedding(32) as words` names a layer, `linear(vocabulary, weight: words)` shares its weight. Whether to share is a choice
here; the vectors' width is decided once for both. The texts are made up: counting in steps, which a network can foresee.
"""

import sys

import torch
from torch import Tensor, nn

import symbolic as sym
from backends.torch.tasks import Task

SPACE = sym.parse("""
space tied version 1

block reader =
  gru(width: 48) as memory
  | (pos_encoding >> repeat 1..2 as layer { transformer_block(heads: 2 | 4, causal: true) }) as looks_back

block network {
  let width = 16..48 step 16
  embedding(width) as words >> reader >> linear(width)
    >> (linear(vocabulary, weight: words) as tied | linear(vocabulary) as own) as out
}

model = network
train { optimizer: adamw, lr: 3e-3..3e-2 log, epochs: 5 }

maximize foreseen
minimize params(model)
""")

WORDS, LENGTH = 24, 12


def counting(texts: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Return texts `[text, place]` that count round and round in steps of one to five, and the word that comes next."""
    generator = torch.Generator().manual_seed(seed)
    start = torch.randint(0, WORDS, (texts, 1), generator=generator)
    step = torch.randint(1, 6, (texts, 1), generator=generator)
    text = (start + step * torch.arange(LENGTH + 1)) % WORDS
    return text[:, :-1], text[:, 1:]


def loss(outputs: Tensor, words: Tensor) -> Tensor:
    """Return the mean cross-entropy of the next word, over all places."""
    return nn.functional.cross_entropy(outputs.flatten(0, 1), words.flatten())


def foreseen(outputs: Tensor, words: Tensor) -> float:
    """Return the share of words that were foreseen."""
    return float((outputs.argmax(-1) == words).float().mean())


def main(trials: int = 10) -> None:
    """Search, and compare networks that share with those that do not."""
    task = Task(counting(600), loss=loss, metrics={"foreseen": foreseen}, vocabulary=WORDS, name="counting")
    study = sym.search(SPACE, task=task, algorithm="random", trials=trials, seed=0)
    for trial in sorted(study.trials, key=lambda t: t.metrics["params"]):
        values = trial.candidate.to_dict()
        network = f"{values['model/out']}, width {values['model/width']}"
        print(f"{trial.number:2}  foreseen {trial.metrics['foreseen']:.3f}  {trial.metrics['params']:7,.0f} params  {network}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
