"""Typed values out of a daemon's JSON. A daemon is not trusted: what is of another type than expected counts as missing."""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]


def text(found: Object, key: str) -> str:
    """A string; empty where there is none."""
    value = found.get(key)
    return value if isinstance(value, str) else ""


def number(found: Object, key: str) -> int:
    """A whole number; 0 where there is none."""
    value = found.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def flag(found: Object, key: str) -> bool:
    """True only for JSON's `true`; false where there is anything else, or nothing."""
    return found.get(key) is True


def inner(found: Object, key: str) -> Object:
    """An object; empty where there is none."""
    value = found.get(key)
    return value if isinstance(value, dict) else {}


def texts(found: Object, key: str) -> tuple[str, ...]:
    """The strings of a list; one string is a list of one, as older versions of Podman write an entrypoint."""
    value = found.get(key)
    if isinstance(value, str):
        return (value,) if value else ()
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def objects(found: Object, key: str) -> list[Object]:
    """The objects of a list, without what else is in it; empty where there is none."""
    value = found.get(key)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def pairs(found: Object, key: str) -> dict[str, str]:
    """The entries of an object whose values are strings."""
    return {name: value for name, value in inner(found, key).items() if isinstance(value, str)}
