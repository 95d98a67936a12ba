"""The words and literals of the language: what is reserved, how numbers and strings are read and written."""

from __future__ import annotations

import json
import math
import re
from decimal import Context, Decimal

from symbolic.errors import nearest
from symbolic.language.raw import Fault, Literal, Place
from symbolic.nodes import Scalar


def words_of(text: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(text.split())


RESERVED = words_of("and or not when if else is in as of with true false none let repeat subset permutation fidelity")
STATEMENTS = words_of("space task import shared block rule maximize minimize require forbid renamed fix limit tie")
BODY_WORDS = frozenset({"let", "require", "forbid", "default"})
FUNCTIONS = words_of("min max sum mean count any all abs round floor ceil log log2 log10 exp sqrt len active")
USUAL_METRICS = ("accuracy", "loss", "error", "params", "flops", "latency", "memory", "seconds")
COSTS: dict[str, str | None] = {"params": None, "flops": None, "latency": "s", "memory": "B", "seconds": "s"}
VALUES = frozenset({"params", "flops"})  # costs that may stand in values: they are known before anything is measured
THIS = "this"  # `this["a b"]` is a name in scope that is no identifier
PARAMETER_TYPES = ("int", "float", "bool", "str", "module", "output", "weights", "any")

MAX_NAME = 200
MAX_NUMBER = 40
MAX_EXPONENT = 400
_FACTORS: dict[str, int | Decimal] = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "%": Decimal("0.01")}
_UNITS: dict[str, tuple[str, int | Decimal]] = {
    "us": ("s", Decimal("1e-6")),
    "ms": ("s", Decimal("1e-3")),
    "s": ("s", 1),
    "min": ("s", 60),
    "h": ("s", 3600),
    "B": ("B", 1),
    "KiB": ("B", 1024),
    "MiB": ("B", 1024**2),
    "GiB": ("B", 1024**3),
}
_EXACT = Context(prec=100)
_NUMBER = re.compile(r"([\d_]+(?:\.\d+)?(?:[eE][+-]?\d+)?)([A-Za-z%]*)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def is_name(text: str) -> bool:
    """Tell whether a text may stand as a name without quotes.

    >>> is_name("conv2d"), is_name("when"), is_name("layer1.0")
    (True, False, False)
    """
    return text not in RESERVED and _NAME.fullmatch(text) is not None


def name(text: str, place: Place) -> str:
    """Return a name as written. Raises E103 for a reserved or too long one."""
    if text in RESERVED:
        hint = "put it in parentheses: (not ...)" if text == "not" else "choose another name; as a key it may be quoted"
        raise Fault("E103", f"{text!r} is a reserved word", place, hint)
    if len(text) > MAX_NAME:
        raise Fault("E103", f"a name of {len(text)} characters", place, f"at most {MAX_NAME} are allowed")
    return text


def number(text: str, place: Place) -> Literal:
    """Read a number with its unit. Raises E104 for an unknown unit or a number that is too long or too large."""
    match = _NUMBER.fullmatch(text)
    assert match is not None, text
    digits, suffix = match.groups()
    if len(digits) > MAX_NUMBER:
        raise Fault("E104", f"a number of more than {MAX_NUMBER} characters", place)
    if suffix not in _FACTORS and suffix not in _UNITS:
        known = "units: k M G T %, us ms s min h, B KiB MiB GiB; quote it if it is a word"
        raise Fault("E104", f"unknown unit {suffix!r} in {text!r}", place, nearest(suffix, _UNITS) or known)
    unit, factor = _UNITS[suffix] if suffix in _UNITS else (None, _FACTORS[suffix])
    product: Decimal | None
    try:
        product = _EXACT.multiply(Decimal(digits.replace("_", "")), Decimal(factor))
    except ArithmeticError:
        product = None
    if product is None or product.adjusted() > MAX_EXPONENT:
        raise Fault("E104", f"{text!r} is too large", place, "numbers reach 1e308, whole numbers 40 digits")
    plain = suffix == "" and not set(digits) & set(".eE")
    whole = plain if suffix in ("", "%") else product == product.to_integral_value()
    value = int(product) if whole else float(product)
    if (whole and len(str(value)) > MAX_NUMBER) or (not whole and math.isinf(value)):
        raise Fault("E104", f"{text!r} is too large", place, "numbers reach 1e308, whole numbers 40 digits")
    return Literal(value, unit, place)


def string(text: str, place: Place) -> str:
    """Read a quoted string with JSON escapes. Raises E104 for a bad escape."""
    try:
        value = json.loads(text)
        value.encode()
    except ValueError:
        raise Fault("E104", "bad escape in a string", place, 'as in JSON: \\n \\t \\" \\\\ \\u00e9') from None
    assert isinstance(value, str)
    return value


def literal(value: Scalar) -> str:
    """Write a constant without quotes: the label of an option that is a constant.

    >>> literal(True), literal(3), literal(3.0), literal("a b")
    ('true', '3', '3.0', 'a b')
    """
    match value:
        case True:
            return "true"
        case False:
            return "false"
        case None:
            return "none"
        case float():
            return repr(value)
        case _:
            return str(value)


def quote(text: str) -> str:
    """Write a string as the language reads it."""
    return json.dumps(text, ensure_ascii=False)


def finite(value: float, place: Place | None) -> float:
    """Return a folded float. Raises E104 when it is not finite."""
    if not math.isfinite(value):
        raise Fault("E104", "the value is too large", place, "numbers reach 1e308")
    return value
