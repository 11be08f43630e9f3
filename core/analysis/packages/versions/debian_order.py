"""The order of Debian's versions: deb-version(7)."""

from __future__ import annotations

import re

_PART = re.compile(r"([^0-9]*)([0-9]*)")

Part = tuple[tuple[int, ...], int]


def split_debian(version: str) -> tuple[int | None, str, str | None]:
    """Epoch, upstream version and revision; None where there is none."""
    epoch, colon, rest = version.partition(":")
    if not colon or not (epoch.isascii() and epoch.isdigit()):
        epoch, rest = "", version
    upstream, hyphen, revision = rest.rpartition("-")
    return (
        (int(epoch) if epoch else None, upstream, revision) if hyphen else (int(epoch) if epoch else None, rest, None)
    )


def debian_key(part: str) -> list[Part]:
    """What an upstream version, or a revision, is sorted by."""
    # The pattern matches nothing at the end: that is what a longer version is compared with, and a `~` is below it.
    found = _PART.findall(part) if part else [("", ""), ("", "")]
    return [((*map(_weight, text), 0), int(number or 0)) for text, number in found]


def _weight(sign: str) -> int:
    """Letters before all other signs, but `~` before the end."""
    if sign == "~":
        return -1
    return ord(sign) if sign.isascii() and sign.isalpha() else ord(sign) + 256
