"""The facts of one file: its kind from its first bytes, then what that kind has to say."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from layertui.core.analysis.file_facts.content_kind import HEAD, kind_of_content
from layertui.core.analysis.file_facts.fact_values import (
    CertificateFacts,
    ElfFacts,
    FactDetails,
    FileFacts,
    FileKind,
    PictureFacts,
)
from layertui.core.analysis.file_facts.file_kinds import kind_of, picture_of
from layertui.core.analysis.file_facts.open_archive import open_archive
from layertui.core.analysis.file_facts.text_content import decoded_text
from layertui.core.errors import Damaged, LimitExceeded
from layertui.core.fs.reader import read_fully
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from layertui.core.layers.stack.view import View

_WORDS = {
    FileKind.EMPTY: tr("empty file"),
    FileKind.SCRIPT: tr("script"),
    FileKind.JSON: "JSON",
    FileKind.TOML: "TOML",
    FileKind.YAML: "YAML",
    FileKind.TEXT: tr("text"),
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
        if kind.is_archive:
            what = open_archive(stream, size, name=path).format
            return FileFacts(FileKind.TAR if what.startswith("tar") else kind, what, size)
        details = _details(kind, stream, head, size, path, view)
    except (Damaged, LimitExceeded) as error:
        return FileFacts(kind, _what(kind, head, None), size, damage=str(error))
    return FileFacts(kind, _what(kind, head, details), size, details)


def _details(
    kind: FileKind,
    stream: BinaryIO,
    head: bytes,
    size: int,
    path: str,
    view: View | None,
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
    if kind is FileKind.ELF:
        from layertui.core.analysis.file_facts.elf_facts import elf_facts
        from layertui.core.analysis.file_facts.needed_libraries import with_libraries

        facts = elf_facts(stream, size)
        return facts if view is None else with_libraries(facts, path, view)
    if kind is FileKind.CERTIFICATE:
        from layertui.core.analysis.file_facts.certificates import MOST_BYTES, certificate_facts

        if size > MOST_BYTES:
            raise LimitExceeded(
                tr(
                    "the file of certificates has {size:,} bytes; no more than {most_bytes:,} are read of one",
                    size=size,
                    most_bytes=MOST_BYTES,
                )
            )
        stream.seek(0)
        return certificate_facts(read_fully(stream.read, size))
    return None


def _what(kind: FileKind, head: bytes, details: FactDetails | None) -> str:
    """The kind in a few words."""
    known = kind_of(head) or ""
    match details:
        case PictureFacts(name, width, height):
            return (
                tr("{name} picture, {width:,} x {height:,} pixels", name=name, width=width, height=height)
                if width
                else tr("{name} picture", name=name)
            )
        case ElfFacts():
            linkage = f", {details.linkage}" if details.linkage else ""
            return tr(
                "ELF {bits}-bit {type}, {machine}{linkage}{word}",
                bits=details.bits,
                type=details.type,
                machine=details.machine,
                linkage=linkage,
                word=tr(", stripped") if details.is_stripped else "",
            )
        case CertificateFacts(certificates):
            return (
                tr("{certificates:,} certificates", certificates=len(certificates))
                if len(certificates) != 1
                else tr("certificate")
            )
    if kind is FileKind.SQLITE and len(head) >= 18:
        page = int.from_bytes(head[16:18], "big")
        return tr("{known}, pages of {value:,} bytes", known=known, value=65536 if page == 1 else page)
    return known or _WORDS.get(kind, kind.value)
