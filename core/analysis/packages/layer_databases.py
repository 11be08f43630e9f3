"""What the files of package databases in one layer say, so that the packages of each image with the layer are found without reading it.

Lists of files, and databases that lie in several files, are kept as they are; of jars and programs, which are large, the packages in
them. A file is known by its key and its size. What is not kept is read from the layer.
"""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING, NamedTuple, Self

from layertui.core.analysis.packages.package import Package, RecordedPackage
from layertui.core.errors import LayertuiError
from layertui.core.oci import strict_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layertui.core.analysis.packages.package import Key

_FORMAT = 1
_HEAD = 8  # bytes of the length of the heading


class DatabaseNote(NamedTuple):
    """What one file says."""

    size: int
    """Bytes of the file."""
    content: bytes | None
    """The whole of it; None where the packages are kept instead."""
    packages: tuple[RecordedPackage, ...] = ()
    problem: str = ""
    """Why there are no more packages."""


class LayerDatabases:
    """The notes of one layer."""

    def __init__(self, notes: Mapping[Key, DatabaseNote]) -> None:
        self._notes = notes

    def get(self, key: Key, size: int) -> DatabaseNote | None:
        """What is kept of the file with this key, if it has this size."""
        note = self._notes.get(key)
        return note if note is not None and note.size == size else None

    def pack(self) -> bytes:
        """All notes as bytes."""
        rows, parts = [], []
        for key, note in self._notes.items():
            pieces = [one.files for one in note.packages] if note.content is None else [note.content]
            packages = [[*astuple(one.package), len(one.files)] for one in note.packages]
            rows.append([key.hex(), note.size, note.content is None, packages, note.problem])
            parts += pieces
        heading = strict_json.dumps({"format": _FORMAT, "notes": rows})
        return b"".join((len(heading).to_bytes(_HEAD, "little"), heading, *parts))

    @classmethod
    def unpack(cls, packed: bytes) -> Self | None:
        """What `pack` packed; None for anything else. The bytes may be anybody's."""
        at = _HEAD + int.from_bytes(packed[:_HEAD], "little")

        def taken(count: object) -> bytes:
            nonlocal at
            if not isinstance(count, int) or not 0 <= count <= len(packed) - at:
                raise ValueError(count)
            at += count
            return packed[at - count : at]

        try:
            heading = strict_json.load_object(packed[_HEAD:at])
            if heading["format"] != _FORMAT:
                return None
            notes = {}
            for key, size, has_packages, packages, problem in heading["notes"]:
                if has_packages:
                    found = tuple(RecordedPackage(_package(row[:-1]), taken(row[-1])) for row in packages)
                    notes[bytes.fromhex(key)] = DatabaseNote(int(size), None, found, str(problem))
                else:
                    notes[bytes.fromhex(key)] = DatabaseNote(int(size), taken(size))
        except (LayertuiError, KeyError, TypeError, ValueError):
            return None
        return cls(notes)


def _package(row: list[object]) -> Package:
    package = Package(*row)  # type: ignore[arg-type]
    if not all(isinstance(one, str) for one in row[:-1]) or not isinstance(package.built_in, bool):
        raise ValueError(row)
    return package
