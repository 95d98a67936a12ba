"""Metrics that other programs measure: a command gets the exported network and prints a number."""

from __future__ import annotations

import math
import os
import re
import shlex
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import attrs
from torch import nn

from backends.errors import TrainError
from backends.torch.export import FORMATS, Format, check_format, export
from symbolic.errors import nearest
from symbolic.shapes import Shape

_PLACE = re.compile(r"\{(\w*)\}")
_NAME = re.compile(r"[A-Za-z_]\w*")
TOLD = 400
"""Characters of a program's own words in an error."""


@attrs.frozen
class MetricCommand:
    """A metric's name and the command that prints it, its words split as a shell does; `{onnx}`, `{pt2}` name the file."""

    name: str
    words: tuple[str, ...]

    @property
    def formats(self) -> tuple[Format, ...]:
        """The files it wants."""
        wanted = {found for word in self.words for found in _PLACE.findall(word)}
        return tuple(format for format in FORMATS if format in wanted)

    def measure(self, files: Mapping[Format, Path], timeout_s: float) -> float:
        """Run the command and return its number: the last line that it prints.

        No shell is involved. Raises `TrainError` where it cannot be started, takes too long, fails, or prints no number.
        """
        paths: dict[str, str] = {format: str(path) for format, path in files.items()}
        words = [_PLACE.sub(lambda found: paths[found[1]], word) for word in self.words]
        code, out, err = _run(self.name, words, timeout_s)
        if code != 0:
            raise TrainError(f"the command of {self.name} ended with exit code {code}: {_told(err or out)}")
        lines = out.split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        try:
            number = float(last)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise TrainError(f"the command of {self.name} printed {_told(last)!r}; its last line must be a number")
        return number


def commands_of(value: Any) -> tuple[str, ...]:
    """Return commands as texts `name=command`, given so, one or several, or as a mapping name -> command."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, Mapping):
        return tuple(f"{name}={command}" for name, command in value.items())
    return tuple(value)


def read_commands(texts: Iterable[str], reserved: Iterable[str]) -> tuple[MetricCommand, ...]:
    """Return the commands of texts `name=command {onnx}`. `reserved` names are measured otherwise.

    Raises `TrainError` for a text that is none, a name that is taken or given twice, or a format that cannot be written here.
    """
    found: list[MetricCommand] = []
    for text in texts:
        name, equals, command = str(text).partition("=")
        name = name.strip()
        if not equals or not _NAME.fullmatch(name) or not command.strip():
            raise TrainError(f"{text!r} is no metric command; write name=COMMAND {{onnx}}, e.g. latency_ms=./measure {{onnx}}")
        if name in reserved or name in (c.name for c in found):
            raise TrainError(f"the metric {name!r} of a command is measured already; give it another name")
        try:
            made = MetricCommand(name, tuple(shlex.split(command)))
        except ValueError as e:
            raise TrainError(f"the command of {name} cannot be read ({e}): {command.strip()}") from e
        _check(made)
        found.append(made)
    return tuple(found)


def _check(command: MetricCommand) -> None:
    places = [place for word in command.words for place in _PLACE.findall(word)]
    wrong = next((place for place in places if place not in FORMATS), None)
    if wrong is not None or not places:
        hint = nearest(wrong or "", FORMATS) or "{onnx} or {pt2} stands for the file of the exported network"
        what = f"has {{{wrong}}}" if wrong is not None else "gets no network"
        raise TrainError(f"the command of {command.name} {what}; {hint}")
    for format in command.formats:
        check_format(format)


def measure_all(commands: Iterable[MetricCommand], network: nn.Module, shape: Shape, timeout_s: float) -> dict[str, float]:
    """Export the network once for each format that is wanted, and return what the commands print."""
    commands = tuple(commands)
    with tempfile.TemporaryDirectory() as folder:
        files = {f: Path(folder) / f"network.{f}" for command in commands for f in command.formats}
        for format, path in files.items():
            export(network, shape, path, format)
        return {command.name: command.measure(files, timeout_s) for command in commands}


def _run(name: str, words: list[str], timeout_s: float) -> tuple[int, str, str]:
    """Run a program in a group of its own, so that all it started can be ended with it."""
    try:
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except OSError as e:
        raise TrainError(f"the command of {name} cannot be started: {words[0]!r}: {e.strerror or e}") from e
    try:
        out, err = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        raise TrainError(f"the command of {name} took longer than {timeout_s:g} s and was ended") from None
    finally:
        if process.poll() is None:
            _end(process)
    return process.returncode, out, err


def _end(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.communicate()


def _told(text: str) -> str:
    """The end of what a program said."""
    return text.strip()[-TOLD:] or "it said nothing"
