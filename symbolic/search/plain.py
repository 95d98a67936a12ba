"""Plain data as JSON, without pickle: what memos, states and the bodies of a store consist of.

JSON has one-key objects as tags for what it lacks (`{"~a": ...}` an array, `{"~u": ...}` a tuple, ...). A dict with such a key,
or with keys that are not text, is written as pairs, so that nothing a user stores is read back as something else.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from symbolic.errors import SymspaceError
from symbolic.points import Mixture, Point, Schedule
from symbolic.search.events import Failure, Plain, Result, Trial

Json = Any
_NO_TRIALS: Mapping[int, Trial] = {}


class DamagedData(SymspaceError):
    """Stored text that is not what this library writes."""


def dumps(value: Plain) -> str:
    """Return plain data as canonical JSON: sorted keys, no spaces. Raises `TypeError` with the path of what is not plain.

    >>> dumps({"b": (1, float("nan")), "a": {"~f": "mine"}})
    '{"a":{"~d":[["~f","mine"]]},"b":{"~u":[1,{"~f":"nan"}]}}'
    """
    return json.dumps(encode(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def loads(text: str, trials: Mapping[int, Trial] = _NO_TRIALS) -> Plain:
    """Return the plain data of a text. `trials` by number: what results refer to. Raises `DamagedData` for other text.

    >>> loads('{"~u":[1,{"~s":[2,3]}]}')
    (1, {2, 3})
    """
    return decode(read_json(text), trials)


def read_json(text: str) -> Json:
    """Return the JSON of a stored text. Raises `DamagedData` for what is none, whatever it is instead."""
    try:
        return json.loads(text)
    except (ValueError, TypeError) as e:
        shown = repr(text)[:40]
        raise DamagedData(f"what was stored cannot be read: {shown} is no JSON; the store is damaged, or not ours") from e


def encode(value: Plain, path: str = "") -> Json:
    """Return plain data as JSON with tags. Raises `TypeError` with the path inside `value` of what is not plain."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else {"~f": repr(value)}
        case np.bool_() | np.integer() | np.floating():
            return encode(value.item())
        case dict():
            return _encode_dict(value, path)
        case list():
            return _encode_items(value, path)
        case tuple():
            return {"~u": _encode_items(value, path)}
        case set() | frozenset():
            return {"~s": _encode_items(_sorted(value), path)}
        case bytes():
            return {"~b": base64.b64encode(value).decode()}
        case np.ndarray():
            return _encode_array(value, path)
        case Point() | Mixture() | Trial() | Result():
            return _encode_word(value, path)
    raise TypeError(
        f"{path or 'the value'}: {type(value).__name__} is not plain data (numbers, text, lists, dicts, arrays, ...)"
    )


def _encode_items(values: Sequence[Plain], path: str) -> list[Json]:
    return [encode(v, f"{path}[{i}]") for i, v in enumerate(values)]


def _encode_dict(value: dict[Any, Plain], path: str) -> Json:
    if all(isinstance(k, str) and not k.startswith("~") for k in value):
        return {k: encode(v, f"{path}.{k}" if path else k) for k, v in value.items()}
    return {"~d": [[encode(k, f"{path} key"), encode(v, f"{path}[{k!r}]")] for k, v in value.items()]}


def _encode_array(value: np.ndarray[Any, Any], path: str) -> Json:
    if value.dtype.hasobject or value.dtype.fields is not None:
        raise TypeError(f"{path or 'the value'}: an array of {value.dtype} is not plain data")
    array = np.ascontiguousarray(value, value.dtype.newbyteorder("<"))
    return {"~a": [array.dtype.str, list(value.shape), base64.b64encode(array.tobytes()).decode()]}


def _sorted(values: set[Plain] | frozenset[Plain]) -> list[Plain]:
    try:
        return sorted(values)
    except TypeError:
        return sorted(values, key=lambda v: (type(v).__name__, repr(v)))


def _encode_word(value: Point | Mixture | Trial | Result, path: str) -> Json:
    match value:
        case Point():
            return {"~c": [value.index.tolist(), value.real.tolist(), encode_schedules(value.schedules)]}
        case Mixture():
            return {"~m": _encode_array(value.weights, path)}
        case Trial():
            return {"~t": [_encode_field(f.name, getattr(value, f.name), path) for f in attrs.fields(Trial)]}
        case Result():
            failure = None if value.failure is None else list(attrs.astuple(value.failure))
            metrics = encode(dict(value.metrics), f"{path}.metrics")
            parts = [value.fidelity, value.cost_s, value.gradient, failure]
            return {"~r": [value.trial.number, value.status, metrics, *(encode(p, path) for p in parts)]}


def _encode_field(name: str, value: Any, path: str) -> Json:
    if name == "schedule":
        return encode_schedules(value)
    return encode(dict(value) if isinstance(value, Mapping) else value, f"{path}.{name}" if path else name)


def encode_schedules(schedules: Mapping[str, Schedule]) -> Json:
    """Return schedules by path as JSON."""
    return {path: [list(s.progress), list(s.values)] for path, s in schedules.items()}


def decode_schedules(value: Json) -> dict[str, Schedule]:
    """Read schedules back."""
    return {path: Schedule(tuple(progress), tuple(values)) for path, (progress, values) in value.items()}


def decode(value: Json, trials: Mapping[int, Trial] = _NO_TRIALS) -> Plain:
    """Return the plain data of JSON with tags. Raises `ValueError` for an unknown tag or a trial that is not in `trials`."""
    match value:
        case list():
            return [decode(v, trials) for v in value]
        case dict():
            if len(value) == 1:
                (tag, body) = next(iter(value.items()))
                if tag.startswith("~"):
                    return _decode_tag(tag, body, trials)
            return {k: decode(v, trials) for k, v in value.items()}
    return value


def _decode_tag(tag: str, body: Json, trials: Mapping[int, Trial]) -> Plain:
    match tag:
        case "~f":
            return float(body)
        case "~a":
            return _decode_array(body)
        case "~b":
            return base64.b64decode(body)
        case "~u":
            return tuple(decode(v, trials) for v in body)
        case "~s":
            return {decode(v, trials) for v in body}
        case "~d":
            return {decode(k, trials): decode(v, trials) for k, v in body}
        case "~c":
            schedules = decode_schedules(body[2]) if len(body) > 2 else {}
            return Point(np.array(body[0], np.int32), np.array(body[1], np.float64), schedules)
        case "~m":
            return Mixture(decode(body, trials))
        case "~t":
            return _decode_trial(body, trials)
        case "~r":
            return _decode_result(body, trials)
    raise ValueError(f"unknown tag {tag!r}: written by a newer symspace?")


def _decode_array(body: Json) -> np.ndarray[Any, Any]:
    dtype, shape, data = body
    array = np.frombuffer(base64.b64decode(data), dtype).reshape(shape)
    return array.astype(array.dtype.newbyteorder("="))


def _decode_trial(body: list[Json], trials: Mapping[int, Trial]) -> Trial:
    names = [f.name for f in attrs.fields(Trial)]
    if len(body) > len(names):
        raise ValueError(f"a trial with {len(body)} fields: written by a newer symspace")
    known = zip(names, body, strict=False)
    fields: dict[str, Any] = {n: decode_schedules(v) if n == "schedule" else decode(v, trials) for n, v in known}
    return Trial(**fields)


def _decode_result(body: list[Json], trials: Mapping[int, Trial]) -> Result:
    if len(body) > 7:
        raise ValueError(f"a result with {len(body)} fields: written by a newer symspace")
    number, status, *rest = body
    if number not in trials:
        raise ValueError(f"a result of trial {number}, which is not known here")
    metrics, fidelity, cost_s, gradient, failure = [*(decode(v, trials) for v in rest), *[None] * 5][:5]
    known = None if failure is None else Failure(*failure)
    return Result(trials[number], status, metrics or {}, fidelity, cost_s or 0.0, gradient, known)
