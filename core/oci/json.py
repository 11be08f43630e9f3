"""JSON as images carry it: strict, bounded, never more than one line of complaint.

orjson reads and writes; the standard library steps in only for what orjson
refuses and Go does not: lone surrogates (our way to carry bytes that are no
UTF-8) and integers beyond 64 bits.
"""

from __future__ import annotations

from typing import Any, NoReturn

import orjson

from layertui.core.errors import Damaged, LimitExceeded

# A manifest is a few KiB, an image config may carry long scripts in its
# history; container registries stop at 4 MiB.
LIMIT = 4 << 20

Object = dict[str, Any]


def loads(content: bytes, limit: int = LIMIT, *, what: str = "JSON") -> Any:
    """Parse ``content``; a nesting bomb, NaN or an oversized text is refused."""
    if len(content) > limit:
        raise LimitExceeded(f"{what} is {len(content)} bytes long; at most {limit} are read")
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        if b"\\u" not in content:
            raise Damaged(f"{what} cannot be parsed: {error}") from error
    return _patient_loads(content, what)


def load_object(content: bytes, limit: int = LIMIT, *, what: str = "JSON") -> Object:
    """Parse ``content``, which must be one JSON object."""
    value = loads(content, limit, what=what)
    if not isinstance(value, dict):
        raise Damaged(f"{what} is no JSON object")
    return value


def dumps(value: object, *, indent: bool = False) -> bytes:
    """Write compact JSON, or indented by two, in the order of the keys."""
    try:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2 if indent else None)
    except TypeError:
        import json

        separators = None if indent else (",", ":")
        text = json.dumps(value, indent=2 if indent else None, separators=separators, allow_nan=False)
        return text.encode("ascii")


def _patient_loads(content: bytes, what: str) -> Any:
    import json

    def refuse(word: str) -> NoReturn:
        raise ValueError(f"{word} is no JSON number")

    try:
        return json.loads(content, parse_constant=refuse)
    except RecursionError:
        raise Damaged(f"{what} cannot be parsed: nested too deeply") from None
    except ValueError as error:
        raise Damaged(f"{what} cannot be parsed: {error}") from error
