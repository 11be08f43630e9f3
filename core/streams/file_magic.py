"""File signatures: one table for compressed streams, refused archives and previews of files."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class Magic(NamedTuple):
    """Bytes by which a format is recognised."""

    name: str
    content: bytes
    phrase: str | None = None
    """The format with its article, for error messages; None where none is needed."""
    offset: int = 0


SKIPPABLE = b"\x2a\x4d\x18"  # bytes 2 to 4 of a zstd frame without content (RFC 8878, section 3.1.2)

COMPRESSIONS = (
    Magic("gzip", b"\x1f\x8b"),
    Magic("zstd", b"\x28\xb5\x2f\xfd", "zstd data"),
    Magic("bzip2", b"BZh"),
    Magic("xz", b"\xfd7zXZ\x00"),
    *(Magic("zstd", bytes([first]) + SKIPPABLE) for first in range(0x50, 0x60)),
)
PICTURES = (
    Magic("PNG", b"\x89PNG\r\n\x1a\n", "a picture"),
    Magic("GIF", b"GIF8"),
    Magic("JPEG", b"\xff\xd8\xff", "a picture"),
    Magic("WebP", b"RIFF"),
    Magic("BMP", b"BM"),
    Magic("ICO", b"\x00\x00\x01\x00"),
)
FILES = (
    Magic("tar archive", b"ustar", offset=257),
    Magic("ELF", b"\x7fELF", "an ELF binary"),
    *COMPRESSIONS,
    Magic("zip archive", b"PK\x03\x04", "a zip file"),
    Magic("SQLite database", b"SQLite format 3\x00", "an SQLite database"),
    Magic("PDF", b"%PDF-", "a PDF"),
    Magic("WebAssembly", b"\x00asm"),
    Magic("ar archive (static library or Debian package)", b"!<arch>\n", "an ar archive or Debian package"),
    Magic("RPM package", b"\xed\xab\xee\xdb", "an RPM package"),
    Magic("7z archive", b"7z\xbc\xaf\x27\x1c", "a 7z file"),
    Magic("squashfs file system", b"hsqs", "a squashfs file system"),
    Magic("qcow2 disk", b"QFI\xfb", "a qcow2 disk"),
    Magic("ISO 9660 disk", b"CD001", "an ISO 9660 disk", 0x8001),
    Magic("Java class", b"\xca\xfe\xba\xbe"),
    Magic("gettext catalogue", b"\xde\x12\x04\x95"),
    Magic("gettext catalogue", b"\x95\x04\x12\xde"),
    Magic("web font", b"wOFF"),
    Magic("web font", b"wOF2"),
    Magic("TrueType font", b"\x00\x01\x00\x00\x00"),
    Magic("OpenType font", b"OTTO"),
    Magic("time zone", b"TZif"),
    Magic("Ogg", b"OggS"),
    Magic("MP3", b"ID3"),
)


def formats(head: bytes, table: tuple[Magic, ...] = PICTURES + FILES) -> Iterator[Magic]:
    """The formats of `table` that the first bytes of a file match, in the table's order."""
    return (magic for magic in table if head.startswith(magic.content, magic.offset))
