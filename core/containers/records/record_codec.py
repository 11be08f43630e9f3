"""Decodes the records of containers; a record of another form raises Damaged.

layertui writes these files, but a disk error or a user may have changed them. They are validated here, so that no other
module has to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, TypeVar

from layertui.core.containers.model.container import CreateOptions
from layertui.core.containers.model.mounts import Mount
from layertui.core.containers.model.ports import Port
from layertui.core.containers.model.resource_limits import Limits
from layertui.core.errors import Damaged
from layertui.core.fs.file_window import read_small
from layertui.core.oci import strict_json

T = TypeVar("T")


def read_note(kind: Callable[..., T], path: str) -> T | None:
    """A note; one that is not there, or not whole, is as good as none."""
    try:
        return decode(kind, read_json_file(path), path)
    except (FileNotFoundError, NotADirectoryError, Damaged):
        return None


def read_json_file(path: str) -> dict[str, Any]:
    """The object that a file of ours holds. FileNotFoundError and NotADirectoryError where there is none, else Damaged."""
    try:
        content = read_small(path)
    except (FileNotFoundError, NotADirectoryError):
        raise
    except OSError as error:
        raise Damaged(f"{path}: {error.strerror or error}") from error
    return strict_json.loads_trusted_object(content, what=path)


def decode(kind: Callable[..., T], kept: Mapping[str, Any], what: str, **given: Any) -> T:
    """A dataclass of simple fields made of an object, whose further keys are passed over; `given` are fields that are made already."""
    values = dict(given)
    for name, usual, fits in _shapes_of(kind):
        value = kept.get(name, usual)
        if value is usual or name in given:  # most of what can be asked for is not: left to the default
            continue
        if not fits(value):
            raise Damaged(f"{what}: its {name} cannot be {str(value)[:40]!r}")
        values[name] = tuple(value) if isinstance(value, list) else value
    try:
        return kind(**values)
    except TypeError as error:
        raise Damaged(f"{what}: {str(error).partition(' ')[2] or error}") from error


@cache
def _shapes_of(kind: Callable[..., Any]) -> tuple[tuple[str, Any, Callable[[Any], bool]], ...]:
    """Each field of a dataclass, its default and what it must be; looked up once for thousands of records.

    Fields of a type of ours have no shape: they are made before, and given.
    """
    found = fields(kind)  # type: ignore[arg-type]  # what makes a T is its class
    return tuple((field.name, field.default, _SHAPES.get(str(field.type), _is_not_given)) for field in found)


def _is_not_given(_: Any) -> bool:
    return False


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and "\0" not in value


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and (not value or all(map(_is_text, value)))


Said = str
"""What an image says: any text, NULs too. A start is refused then, its record is as it was written."""


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
    """What `record.json` says, but for the options."""

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
    """What the shim has noted of the process that it watches."""

    pid: int
    start_time: int
    shim: int
    shim_start_time: int
    boot_id: str
    started: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitDoc:
    """How it ended, by its shim or by who found that gone."""

    code: int
    finished: str
    reason: str | None = None
    oom_killed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureDoc:
    """A start that came to nothing, and what was known until then."""

    code: int = 128
    started: str | None = None
    finished: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseDoc:
    """What makes it stand still."""

    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionDoc:
    """Its network, and the ports by which it is reached."""

    net: str
    ports: tuple[Port, ...]


def decode_options(kept: Any, what: str) -> CreateOptions:
    """The options of a record; those that it does not know are as if not asked for."""
    if not isinstance(kept, dict):
        raise Damaged(f"{what}: lacks its options")
    mounts, ports = decode_each(Mount, kept.get("mounts"), what), decode_each(Port, kept.get("ports"), what)
    limits = decode_each(Limits, [kept.get("limits") or {}], what)[0]
    return decode(CreateOptions, kept, what, mounts=mounts, ports=ports, limits=limits)


def decode_each(kind: Callable[..., T], kept: Any, what: str) -> tuple[T, ...]:
    """A list of objects, each as `decode` makes it; nothing is none."""
    if not kept:
        return ()
    if not isinstance(kept, list) or not all(isinstance(one, dict) for one in kept):
        raise Damaged(f"{what}: lists what cannot be listed: {str(kept)[:40]!r}")
    return tuple(decode(kind, one, what) for one in kept)
