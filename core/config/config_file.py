"""Reads the user's config.toml, if there is one that no other user can change; each value with its line.

Only a file that exists costs anything: the TOML parser is imported then.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from layertui.core.config.setting_list import SETTINGS, Setting, Value
from layertui.core.config.user_files import user_file_content
from layertui.core.errors import UsageError
from layertui.core.language.texts import tr
from layertui.core.nearest_name import did_you_mean

LARGEST = 256 << 10
"""Bytes of the file."""

KEYS = "keys"
"""The table of keys: an action, and the keys that run it."""

# Compiled when a file is read.
_HEADER = r"\s*\[\s*([\w.\"'-]+)\s*\]"
_NAME = r"""(?:"[^"]*"|'[^']*'|[\w-]+)"""
_ENTRY = rf"\s*({_NAME}(?:\s*\.\s*{_NAME})*)\s*="
_PLACE = r" \(at (?:line (\d+), column \d+|end of document)\)$"


class Written(NamedTuple):
    """A value in the file."""

    value: Value
    line: int


class ConfigFile(NamedTuple):
    """What the file says."""

    path: Path
    found: bool = False
    values: Mapping[str, Written] = {}
    """By the names of settings; without `keys`."""
    keys: Mapping[str, Written] = {}
    """The keys of actions, as written: `ctrl+l,f`."""
    refusal: str = ""
    """Why the file is not obeyed, in one line: another user can change it, or it cannot be read."""


def read_config(path: Path, *, required: bool = False) -> ConfigFile:
    """Read the file; one that does not exist sets nothing, unless it is `required`.

    Raises UsageError, with the file and the line, for an invalid file, an unknown setting and an invalid value.
    """
    try:
        content, refusal = user_file_content(path, LARGEST)
    except (FileNotFoundError, NotADirectoryError):
        if required:
            raise UsageError(tr("{path}: no such file; LAYERTUI_CONFIG names it", path=path)) from None
        return ConfigFile(path)
    except OSError as error:
        # In a folder that is closed to us it cannot be known whether there is such a file.
        said = required or os.access(path.parent, os.X_OK)
        return ConfigFile(
            path, refusal=tr("{path}: {strerror}; it is not obeyed", path=path, strerror=error.strerror) if said else ""
        )
    if content is None:
        return ConfigFile(path, found=True, refusal=refusal)
    return _parsed(path, content)


def _parsed(path: Path, content: bytes) -> ConfigFile:
    import tomllib  # late: most users have no such file

    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UsageError(tr("{path}:{line}: is not UTF-8", path=path, line=line)) from None
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(_PLACE, str(error))
        line = int(place[1]) if place is not None and place[1] else len(text.splitlines()) or 1
        raise UsageError(f"{path}:{line}: {re.sub(_PLACE, '', str(error))}") from None
    except RecursionError:
        raise UsageError(tr("{path}:1: lists or tables nested too deep", path=path)) from None
    lines = _lines(text)
    values: dict[str, Written] = {}
    keys: dict[str, Written] = {}
    for name, value in _flat(document):
        line = lines.get(name) or lines.get(name.partition(".")[0]) or 1
        table, _, action = name.partition(".")
        if table == KEYS and action:
            keys[action] = Written(_keys(value, f"{path}:{line}", action), line)
        else:
            values[name] = Written(_checked(name, value, f"{path}:{line}"), line)
    return ConfigFile(path, found=True, values=values, keys=keys)


def _flat(document: dict[str, Any]) -> Iterator[tuple[str, object]]:
    """Each value with its name; those in a table with the table's name before."""
    for name, value in document.items():
        if isinstance(value, dict):
            yield from ((f"{name}.{inner}", content) for inner, content in value.items())
            if not value and name not in (KEYS, "limits"):
                yield name, value
        else:
            yield name, value


def _checked(name: str, value: object, where: str) -> Value:
    setting = _BY_NAME.get(name)
    if setting is None:
        raise UsageError(tr("{where}: unknown setting {name!r}; {near}", where=where, name=name, near=_near(name)))
    checked = setting.kind.of_toml(value)
    if checked is None:
        raise UsageError(
            tr("{where}: invalid value of {name}: {expected}", where=where, name=name, expected=setting.kind.expected)
        )
    return checked


def _near(name: str) -> str:
    return did_you_mean(name, [*_BY_NAME, KEYS], tr("`layertui config` lists all"))


def _keys(value: object, where: str, action: str) -> str:
    names = value if isinstance(value, list) else str(value).split(",") if isinstance(value, str) else []
    if not names or not all(isinstance(name, str) and name.strip() for name in names):
        raise UsageError(
            tr(
                '{where}: invalid keys of {action}: write a key such as "f" or "ctrl+l", or a list of them',
                where=where,
                action=action,
            )
        )
    return ",".join(name if len(name) == 1 else name.lower() for name in map(str.strip, names))


def _lines(text: str) -> dict[str, int]:
    """The line on which each name is, as far as it is written plainly; tomllib does not say."""
    found: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.split("\n"), 1):
        if (header := re.match(_HEADER, line)) is not None:
            table = _plain(header[1])
            found.setdefault(table, number)
        elif (entry := re.match(_ENTRY, line)) is not None:
            found.setdefault(f"{table}.{_plain(entry[1])}".lstrip("."), number)
    return found


def _plain(name: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in name.split("."))


_BY_NAME: dict[str, Setting] = {setting.name: setting for setting in SETTINGS}
