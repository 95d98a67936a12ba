"""Task `texts`: a CSV file of texts and their labels, `texts(path: "train.csv")`; texts become token numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from backends.errors import BackendError
from backends.torch.tasks.arguments import optional_text, positive, share, text, whole
from backends.torch.tasks.defaults import CLASSIFICATION, train
from backends.torch.tasks.files import column, found, read_csv
from symbolic.shapes import features, tokens
from symbolic.task import TaskFacts

if TYPE_CHECKING:
    from backends.torch.data import Index, Splits

PADDING, UNKNOWN = 0, 1
_WORD = re.compile(r"\w+|[^\w\s]")


def _share_or_file(task: Any, attribute: Any, value: object) -> None:
    (text if isinstance(value, str) else share)(task, attribute, value)


@attrs.frozen
class Read:
    """Texts and labels of the training file, those of the test file, and which of the former are for training."""

    texts: tuple[str, ...]
    labels: tuple[str, ...]
    test: tuple[tuple[str, ...], tuple[str, ...]] | None
    parts: tuple[Index, Index, Index]
    classes: tuple[str, ...]


@attrs.frozen(slots=False)
class Texts:
    """The task with its arguments. `path` is a CSV file, or a folder with `train.csv` and `test.csv` (each may be `.gz`);
    `test` is a file, or the share of the first one that is held back.

    `text` and `label` name columns; left out, a column `text` or the first, and the last. Tokens are words in lower case and
    signs, the `vocabulary` most frequent of the training split; 0 pads, 1 is any other. Texts are cut to `length` tokens.
    """

    path: str = attrs.field(validator=text)
    text: str | None = attrs.field(default=None, validator=optional_text)
    label: str | None = attrs.field(default=None, validator=optional_text)
    length: int = attrs.field(default=32, validator=positive)
    vocabulary: int = attrs.field(default=10_000, validator=positive)
    validation: float = attrs.field(default=0.2, validator=share)
    test: float | str = attrs.field(default=0.2, validator=_share_or_file)
    seed: int = attrs.field(default=0, validator=whole)

    @cached_property
    def facts(self) -> TaskFacts:
        """What a space needs to know; reads the texts."""
        read = self._read()
        values = {
            "classes": len(read.classes),
            "length": self.length,
            "vocabulary": len(self._numbers(read.texts[i] for i in read.parts[0])) + 2,
        }
        return TaskFacts(
            "texts",
            tokens(self.length),
            values,
            CLASSIFICATION,
            train(lr=3e-3, batch_size=64, epochs=10),
            features(values["classes"]),
        )

    def load(self) -> Splits:
        """Load the texts: inputs int64 `[text, length]`; targets int64 `[text]`, labels numbered in order."""
        import numpy as np
        import torch

        from backends.torch.goals import Classification
        from backends.torch.tasks.parts import divided

        read = self._read()
        numbers = self._numbers(read.texts[i] for i in read.parts[0])
        texts, labels = read.texts, read.labels
        if read.test is not None:
            texts, labels = texts + read.test[0], labels + read.test[1]
        inputs = np.full((len(texts), self.length), PADDING, np.int64)
        for row, line in zip(inputs, texts, strict=True):
            found_tokens = [numbers.get(token, UNKNOWN) for token in split(line)[: self.length]]
            row[: len(found_tokens)] = found_tokens
        order = {label: i for i, label in enumerate(read.classes)}
        targets = np.array([order[label] for label in labels], np.int64)
        goal = Classification(len(read.classes))
        return divided(torch.from_numpy(inputs), torch.from_numpy(targets), read.parts, goal)

    def _numbers(self, texts: Iterable[str]) -> Mapping[str, int]:
        """Token -> number from 2 on, the most frequent first, equally frequent ones in alphabetical order."""
        counts = Counter(token for line in texts for token in split(line))
        kept = sorted(counts, key=lambda token: (-counts[token], token))[: self.vocabulary]
        return {token: i + 2 for i, token in enumerate(kept)}

    def _read(self) -> Read:
        import numpy as np

        from backends.torch.splitting import followed, stratified

        first, second = self._files()
        texts, labels = self._columns(first)
        unseen = None if second is None else self._columns(second)
        classes = tuple(sorted(set(labels)))
        if len(classes) < 2:
            raise BackendError(
                f"task texts: every text of {first} has the label {classes[0]!r}; there is nothing to tell apart"
            )
        if unseen is not None and (new := set(unseen[1]) - set(classes)):
            raise BackendError(f"task texts: {second} has labels that {first} has not: {', '.join(sorted(new)[:5])}")
        number = {label: i for i, label in enumerate(classes)}
        held = 0.0 if isinstance(self.test, str) or second is not None else self.test
        parts = stratified(np.array([number[label] for label in labels]), self.validation, held, self.seed)
        if unseen is not None:
            parts = parts[0], parts[1], followed([len(texts), len(unseen[0])])[1]
        return Read(texts, labels, unseen, parts, classes)

    def _files(self) -> tuple[Path, Path | None]:
        """The file to learn on, and the test file where there is one."""
        place = found("texts", self.path)
        beside = found("texts", self.test) if isinstance(self.test, str) else None
        if not place.is_dir():
            return place, beside
        both = [
            next((place / n for n in (f"{p}.csv", f"{p}.csv.gz") if (place / n).is_file()), None) for p in ("train", "test")
        ]
        if both[0] is None:
            names = ", ".join(sorted(p.name for p in place.iterdir())[:8]) or "nothing"
            raise BackendError(f"task texts: the folder {place} has no train.csv or train.csv.gz, only {names}")
        return both[0], beside or both[1]

    def _columns(self, path: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
        header, rows = read_csv("texts", path)
        if len(header) < 2:
            raise BackendError(f"task texts: {path} has one column; it needs a text and a label")
        name = self.text or ("text" if "text" in header else header[0])
        at, of = column("texts", path, header, name), column("texts", path, header, self.label or header[-1])
        if at == of:
            raise BackendError(f"task texts: {path}: {name!r} is both the text and the label; name them: text: ..., label: ...")
        empty = next((i for i, row in enumerate(rows) if not row[of].strip()), None)
        if empty is not None:
            raise BackendError(f"task texts: {path}, row {empty + 1}: the label {header[of]!r} is empty")
        return tuple(row[at] for row in rows), tuple(row[of].strip() for row in rows)


def split(line: str) -> list[str]:
    """Return the tokens of a text: words in lower case, and each sign.

    >>> split("Can't wait!")
    ['can', "'", 't', 'wait', '!']
    """
    return _WORD.findall(line.lower())
