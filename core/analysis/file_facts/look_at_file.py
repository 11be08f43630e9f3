"""The facts of one file: its kind from its first bytes, then what that kind has to say."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO

from layertui.core.analysis.file_facts.content_kind import HEAD, kind_of_content
from layertui.core.analysis.file_facts.fact_values import FactDetails, FileFacts, FileKind, PictureFacts
from layertui.core.analysis.file_facts.file_kinds import kind_of, picture_of
from layertui.core.analysis.file_facts.text_content import decoded_text
from layertui.core.errors import Damaged, LimitExceeded
from layertui.core.fs.reader import read_fully

if TYPE_CHECKING:
    from layertui.core.layers.stack.view import View

_WORDS = {
    FileKind.EMPTY: "empty file",
    FileKind.SCRIPT: "script",
    FileKind.JSON: "JSON",
    FileKind.TOML: "TOML",
    FileKind.YAML: "YAML",
    FileKind.TEXT: "text",
    FileKind.BINARY: "binary",
}
_PICTURE = 1 << 20  # bytes that are read to find the size of a picture


def file_facts(stream: BinaryIO, size: int, *, path: str = "", view: View | None = None) -> FileFacts:
    """What a file is: `stream` has its content, seekable, and is left open; `size` are its bytes.

    `path` is where it lies in the image, without symlinks: its name tells TOML from YAML, and its folder is where an ELF file's
    `$ORIGIN` is. With a `view` of the image the libraries that an ELF file needs are looked for in it. Reads a few kilobytes of most
    files, and of none more than bounded by the kind; never raises for what the content is: that is `damage`. What cannot be read
    raises what reading raises.
    """
    stream.seek(0)
    head = read_fully(stream.read, min(HEAD, max(size, 0)))
    kind = kind_of_content(head, path, cut=size > len(head))
    try:
        details = _details(kind, stream, head, size, path, view)
    except (Damaged, LimitExceeded) as error:
        return FileFacts(kind, _what(kind, head, None), size, damage=str(error))
    return FileFacts(kind, _what(kind, head, details), size, details)


def _details(
    kind: FileKind,
    stream: BinaryIO,
    head: bytes,
    size: int,
    path: str,  # noqa: ARG001
    view: View | None,  # noqa: ARG001
) -> FactDetails | None:
    if kind.is_text and head:
        text = decoded_text(head, cut=size > len(head))
        return text[1] if text is not None else None
    if kind is FileKind.PICTURE:
        found = picture_of(head)
        if found is not None and not found[1] and size > len(head):  # a JPEG with long segments before its size
            stream.seek(0)
            found = picture_of(read_fully(stream.read, _PICTURE))
        return PictureFacts(*found) if found is not None else None
    return None


def _what(kind: FileKind, head: bytes, details: FactDetails | None) -> str:
    """The kind in a few words."""
    if isinstance(details, PictureFacts):
        pixels = f", {details.width} x {details.height} pixels" if details.width else ""
        return f"{details.format} picture{pixels}"
    known = kind_of(head) or ""
    if kind is FileKind.SQLITE and len(head) >= 18:
        page = struct.unpack_from(">H", head, 16)[0]
        return f"{known}, pages of {65536 if page == 1 else page} bytes"
    return _WORDS.get(kind, known) if kind is not FileKind.BINARY else known or _WORDS[kind]
