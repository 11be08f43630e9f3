"""Reads and writes JSON documents of images, strictly and within limits; each error is one line.

orjson reads and writes. The standard library is used only for what Go accepts and orjson does not: lone surrogates
(which carry bytes that are not UTF-8), which it refuses, and integers beyond 64 bits, which it would round.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import orjson

from layertui.core.bounds import bounds, check, exceeded
from layertui.core.errors import Damaged, LayertuiError, LimitExceeded
from layertui.core.language.texts import tr

Object = dict[str, Any]
_DIGITS = bytes(ord("0") if ord("0") <= byte <= ord("9") else 0 for byte in range(256))
_LONG_NUMBER = b"0" * 19  # 2**63 has as many digits
_MOST_DIGITS = 308


def loads(content: bytes, *, what: str = "JSON") -> Any:
    """Parse untrusted JSON. Raises Damaged, also for NaN, and LimitExceeded for more bytes or levels than `Bounds` allows."""
    check("json", len(content), tr("{what} is {content:,} bytes long", what=what, content=len(content)))
    # Ten times as fast as a regular expression: noticeable with an index of thousands of digests.
    parsed = _patient_loads if _LONG_NUMBER in content.translate(_DIGITS) else _parsed
    value = parsed(content, what, _too_deep)
    most = bounds().json_depth
    # Most documents have fewer brackets than levels are allowed: then the nesting need not be checked.
    if content.count(b"{") + content.count(b"[") > most and _deeper(value, most):
        raise _too_deep(what)
    return value


def load_object(content: bytes, *, what: str = "JSON") -> Object:
    """Parse untrusted JSON as `loads` does. Raises Damaged if it is not an object."""
    return _object(loads(content, what=what), what)


def loads_trusted(content: bytes, *, what: str = "JSON") -> Any:
    """Parse JSON that we wrote ourselves, of any size. Raises Damaged."""
    return _parsed(content, what, _damaged)


def loads_trusted_object(content: bytes, *, what: str = "JSON") -> Object:
    """Parse JSON that we wrote ourselves. Raises Damaged if it is not an object."""
    return _object(loads_trusted(content, what=what), what)


def dumps(value: object, *, indent: bool = False) -> bytes:
    """Write compact JSON, or indented by two spaces, with keys in their order."""
    try:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2 if indent else None)
    except TypeError:
        import json

        separators = None if indent else (",", ":")
        text = json.dumps(value, indent=2 if indent else None, separators=separators, allow_nan=False)
        return text.encode("ascii")


def _parsed(content: bytes, what: str, too_deep: Callable[[str], LayertuiError]) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        if "depth" in str(error):  # the message differs between versions
            raise too_deep(what) from None
        if b"\\u" not in content:
            raise Damaged(tr("{what} cannot be parsed: {error}", what=what, error=error)) from error
    return _patient_loads(content, what, too_deep)


def _object(value: Any, what: str) -> Object:
    if not isinstance(value, dict):
        raise Damaged(tr("{what} is not a JSON object", what=what))
    return value


def _deeper(value: Any, most: int) -> bool:
    """Whether there are more than `most` levels of lists and objects; not recursive, as untrusted input decides the depth."""
    level = [value]
    for _ in range(most + 1):
        level = [one for one in level if isinstance(one, (dict, list))]
        if not level:
            return False
        level = [below for one in level for below in (one.values() if isinstance(one, dict) else one)]
    return True


def _too_deep(what: str) -> LimitExceeded:
    return exceeded("json_depth", tr("{what} is nested too deeply", what=what))


def _damaged(what: str) -> Damaged:
    return Damaged(tr("{what} cannot be parsed: nested too deeply", what=what))


def _patient_loads(content: bytes, what: str, too_deep: Callable[[str], LayertuiError]) -> Any:
    import json

    def refuse(word: str) -> NoReturn:
        raise ValueError(tr("{word} is not a JSON number", word=word))

    def finite(digits: str) -> float:
        value = float(digits)
        return value if value - value == 0 else refuse(digits[:20])

    def whole(digits: str) -> int:
        # As for fractions: a number that no double can hold is refused, as further arithmetic on it would fail.
        return int(digits) if len(digits) < _MOST_DIGITS else refuse(f"{digits[:20]}…")

    try:
        return json.loads(content, parse_constant=refuse, parse_float=finite, parse_int=whole)
    except RecursionError:
        raise too_deep(what) from None
    except ValueError as error:
        raise Damaged(tr("{what} cannot be parsed: {error}", what=what, error=error)) from error
