"""Where an image is to be copied to: the same spellings as those of images that are read, as far as they can be written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from layertui.core.engines.transports import TRANSPORTS, archive_prefixes
from layertui.core.errors import UsageError
from layertui.core.inspector.names.spelling import is_path, split_path
from layertui.core.language.texts import tr
from layertui.core.oci.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Callable

Kind = Literal["engine", "registry", "docker-archive", "oci-archive", "oci"]
_ARCHIVES: dict[str, Kind] = {"docker-archive": "docker-archive", "oci-archive": "oci-archive", "oci": "oci"}


class Destination(NamedTuple):
    """A place for an image, and the name it gets there."""

    kind: Kind
    engine: str = ""
    """The engine that takes it; of a registry its host."""
    name: Reference | None = None
    path: Path = Path()
    """Of an archive or a layout folder."""
    ref: str | None = None
    """What an archive or a layout calls it, as written; None for no name."""


def read_destination(text: str, default: str, engines: Callable[[], list[str]]) -> Destination:
    """Take a destination apart. A bare name is one in the engine `default`. Raises UsageError.

    `engines` gives names that may be prefixes too; it is called only for a text that may have one, since it takes long.
    """
    prefix, colon, rest = text.partition(":")
    row = TRANSPORTS.get(prefix) if colon else None
    if prefix == "docker" and rest.startswith("//"):
        name = Reference.parse(rest.removeprefix("//"))
        return Destination("registry", name.registry, name)
    if row is not None and prefix in _ARCHIVES:
        path, ref = split_path(prefix, row, rest)
        return Destination(_ARCHIVES[prefix], path=Path(path), ref=ref)
    if row is not None and row.kind == "engine":
        return Destination("engine", row.engine, _name(rest, text))
    if row is not None and prefix != "docker":
        raise UsageError(tr("{text}: no image can be written to {about}", text=text, about=row.about))
    if is_path(text):
        raise UsageError(
            tr(
                "{text}: say what is to be written there: {archive_prefixes}",
                text=text,
                archive_prefixes=", ".join(archive_prefixes()),
            )
        )
    if colon and prefix in engines():
        return Destination("engine", prefix, _name(rest, text))
    return Destination("engine", default, _name(text, text))


def _name(rest: str, text: str) -> Reference:
    if not rest:
        raise UsageError(tr("{text!r}: a name is missing after the colon", text=text))
    name = Reference.parse(rest)
    if name.digest is not None:
        raise UsageError(tr("{text}: an image gets its digest from what it holds; give a NAME[:TAG]", text=text))
    return name
