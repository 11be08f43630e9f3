"""Decodes the records of containers. Raises Damaged for an invalid one.

layertui writes these files, but a disk error or a user may have changed them. They are validated here, so that no other
module needs to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import MISSING, Field, dataclass, fields
from functools import cache, lru_cache
from typing import Any, TypeVar

from layertui.core.containers.model.container import CreateOptions
from layertui.core.containers.model.mounts import Mount
from layertui.core.containers.model.ports import Port
from layertui.core.containers.model.resource_limits import Limits
from layertui.core.errors import Damaged
from layertui.core.fs.file_window import read_small
from layertui.core.language.texts import tr
from layertui.core.oci import strict_json

T = TypeVar("T")
_DECODED_RECORDS = 4096


def read_note(kind: Callable[..., T], path: str) -> T | None:
    """Read a small file of a container; None if it is missing or damaged."""
    try:
        return decode(kind, read_json_file(path), path)
    except (FileNotFoundError, NotADirectoryError, Damaged):
        return None


def read_json_file(path: str) -> dict[str, Any]:
    """Read an object from a file of our own. Raises FileNotFoundError, NotADirectoryError, or Damaged if it is invalid."""
    return strict_json.loads_trusted_object(read_file(path), what=path)


def read_file(path: str) -> bytes:
    """Read a small file of our own. Raises FileNotFoundError, NotADirectoryError, or Damaged if it cannot be read."""
    try:
        return read_small(path)
    except (FileNotFoundError, NotADirectoryError):
        raise
    except OSError as error:
        raise Damaged(f"{path}: {error.strerror or error}") from error


def decode(kind: Callable[..., T], kept: Mapping[str, Any], what: str, **given: Any) -> T:
    """Make a dataclass of simple fields from an object, ignoring unknown keys; `given` has fields that are decoded already.

    Raises Damaged.
    """
    values = dict(given)
    for name, usual, fits in _shapes_of(kind):
        value = kept.get(name, usual)
        if value == usual or name in given:  # most options have their default
            continue
        if not fits(value):
            raise Damaged(tr("{what}: its {name} cannot be {value!r}", what=what, name=name, value=str(value)[:40]))
        values[name] = tuple(value) if isinstance(value, list) else value
    try:
        return kind(**values)
    except TypeError as error:
        raise Damaged(f"{what}: {str(error).partition(' ')[2] or error}") from error


@cache
def _shapes_of(kind: Callable[..., Any]) -> tuple[tuple[str, Any, Callable[[Any], bool]], ...]:
    """Name, default as JSON has it, and check of each field of a dataclass; computed once for thousands of records.

    Fields of other types have no check: they are decoded before, and given.
    """
    found = fields(kind)  # type: ignore[arg-type]  # what makes a T is its class
    return tuple((field.name, _usual(field), _SHAPES.get(str(field.type), _is_not_given)) for field in found)


def _usual(field: Field[Any]) -> Any:
    """The default as JSON has it; something that equals no value if there is none."""
    default = field.default if field.default_factory is MISSING else field.default_factory()
    return list(default) if isinstance(default, tuple) else default


def _is_not_given(_: Any) -> bool:
    return False


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and "\0" not in value


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and (not value or all(map(_is_text, value)))


Said = str
"""A string of an image: anything, also with NULs. The record keeps it, and a start is refused."""


def _is_said(value: Any) -> bool:
    return isinstance(value, str)


def _or_none(shape: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or shape(value)


_SHAPES: dict[str, Callable[[Any], bool]] = {
    "str": _is_text,
    "Kind": _is_text,
    "Said": _is_said,
    "tuple[Said, ...]": lambda value: isinstance(value, list) and all(map(_is_said, value)),
    "int": _is_number,
    "bool": lambda value: isinstance(value, bool),
    "tuple[str, ...]": _are_texts,
    "Mapping[str, str]": lambda value: isinstance(value, dict) and all(map(_is_text, value.values())),
}  # fmt: skip
_SHAPES |= {f"{name} | None": _or_none(shape) for name, shape in _SHAPES.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDoc:
    """The fields of `record.json`, except the options."""

    id: str
    name: str
    image: str
    image_id: str
    manifest: str
    command: tuple[Said, ...]
    created: str
    stop_signal: Said | None = None
    image_volumes: tuple[Said, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StateDoc:
    """What the shim has recorded of its process."""

    pid: int
    start_time: int
    shim: int
    shim_start_time: int
    boot_id: str
    started: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitDoc:
    """The end of the process, recorded by its shim or after the shim was lost."""

    code: int
    finished: str
    reason: str | None = None
    oom_killed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureDoc:
    """A failed start, and the state before it."""

    code: int = 128
    started: str | None = None
    finished: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseDoc:
    """How the container was paused."""

    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionDoc:
    """Its network, and its published ports."""

    net: str
    ports: tuple[Port, ...]


@lru_cache(maxsize=_DECODED_RECORDS)
def decode_record(content: bytes, what: str) -> tuple[RecordDoc, CreateOptions]:
    """Decode `record.json`. Raises Damaged.

    Commands such as `fsck` look at each of thousands of containers several times. The file is read again each time, and decoded
    again only if its content has changed.
    """
    kept = strict_json.loads_trusted_object(content, what=what)
    options = strict_json.dumps(kept.get("options"))
    return decode(RecordDoc, kept, what), _known_options(options) or decode_options(kept.get("options"), what)


@lru_cache(maxsize=_DECODED_RECORDS)
def _known_options(content: bytes) -> CreateOptions | None:
    """Options as JSON, decoded once: of thousands of containers most have the same. None for damaged ones."""
    with suppress(Damaged):
        return decode_options(strict_json.loads_trusted(content), "")
    return None


def decode_options(kept: Any, what: str) -> CreateOptions:
    """The options of a record; unknown ones are ignored. Raises Damaged."""
    if not isinstance(kept, dict):
        raise Damaged(tr("{what}: lacks its options", what=what))
    mounts, ports = decode_each(Mount, kept.get("mounts"), what), decode_each(Port, kept.get("ports"), what)
    limits = decode_each(Limits, [kept.get("limits") or {}], what)[0]
    return decode(CreateOptions, kept, what, mounts=mounts, ports=ports, limits=limits)


def decode_each(kind: Callable[..., T], kept: Any, what: str) -> tuple[T, ...]:
    """A list of objects, each decoded by `decode`; null is an empty list. Raises Damaged."""
    if not kept:
        return ()
    if not isinstance(kept, list) or not all(isinstance(one, dict) for one in kept):
        raise Damaged(tr("{what}: lists what cannot be listed: {kept!r}", what=what, kept=str(kept)[:40]))
    return tuple(decode(kind, one, what) for one in kept)
