"""The facts of one file as values: its kind, and what is known of a file of that kind.

All text comes from the file, with surrogate escapes for what is not UTF-8: the caller escapes it before it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FileKind(StrEnum):
    """What a file is, by its content; of the formats of text, by its name too."""

    EMPTY = "empty"
    ELF = "elf"
    SCRIPT = "script"
    TAR = "tar"
    ZIP = "zip"
    AR = "ar"
    COMPRESSED = "compressed"
    PICTURE = "picture"
    CERTIFICATE = "certificate"
    JSON = "json"
    TOML = "toml"
    YAML = "yaml"
    SQLITE = "sqlite"
    TEXT = "text"
    BINARY = "binary"

    @property
    def is_text(self) -> bool:
        """Whether the content is text that can be shown as lines."""
        return self in _TEXTS

    @property
    def is_archive(self) -> bool:
        """Whether `open_archive` lists what is in it; one compressed file counts as an archive of one entry."""
        return self in _ARCHIVES

    @property
    def has_layout(self) -> bool:
        """Whether `laid_out` writes it in lines."""
        return self in _DOCUMENTS


_DOCUMENTS = {FileKind.JSON, FileKind.TOML, FileKind.YAML}
_TEXTS = {FileKind.EMPTY, FileKind.SCRIPT, FileKind.TEXT, *_DOCUMENTS}
_ARCHIVES = {FileKind.TAR, FileKind.ZIP, FileKind.AR, FileKind.COMPRESSED}


@dataclass(frozen=True, slots=True)
class TextFacts:
    """How a text is written, as far as it was read."""

    encoding: str
    """`ASCII`, `UTF-8`, `UTF-8 with BOM`, `UTF-16LE`, `UTF-16BE`, `UTF-32LE`, `UTF-32BE`, or `8-bit` for one that is not UTF-8."""
    line_ends: str
    """`LF`, `CRLF`, `CR`, `mixed`, or empty where there is one line."""
    interpreter: str = ""
    """The command that a script names in its first line."""


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """A picture; its size in pixels is 0 where the header does not say it."""

    format: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class NeededLibrary:
    """A library that an ELF file needs, and where the image has it."""

    name: str
    path: str | None
    """Its path without symlinks; None if the image lacks it."""


@dataclass(frozen=True, slots=True)
class ElfFacts:
    """The header of an ELF file, and its dynamic section."""

    bits: int
    """32 or 64."""
    byte_order: str
    """`little` or `big`."""
    machine: str
    """As in `uname -m` where that is common: `x86_64`, `aarch64`."""
    type: str
    """`executable`, `position-independent executable`, `shared library`, `relocatable object`, `core dump`."""
    linkage: str
    """`static`, `dynamic`, or empty for an object or a core dump."""
    interpreter: str
    soname: str
    needed: tuple[str, ...]
    rpath: tuple[str, ...]
    runpath: tuple[str, ...]
    build_id: str
    """In hex; empty if there is none."""
    is_stripped: bool
    """No symbol table."""
    has_debug_symbols: bool
    libraries: tuple[NeededLibrary, ...] = ()
    """One for each of `needed`; empty if no view of the image was given."""
    lacks_interpreter: bool = False
    """Whether the image lacks the interpreter: then the program does not start, with "no such file or directory"."""

    @property
    def missing(self) -> tuple[str, ...]:
        """The needed libraries that the image lacks."""
        return tuple(library.name for library in self.libraries if library.path is None)


@dataclass(frozen=True, slots=True)
class Certificate:
    """One X.509 certificate; names as in RFC 4514."""

    subject: str
    issuer: str
    serial: str
    not_before: datetime
    not_after: datetime
    """Both in UTC."""
    names: tuple[str, ...]
    """The alternative names: `DNS:example.org`, `IP:127.0.0.1`."""
    is_authority: bool
    key: str
    """Kind and size of its public key: `RSA 2048`."""
    sha256: str
    """The digest of the certificate, in hex."""


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """The certificates of a bundle, in order, and what else it has: `PRIVATE KEY`, `CERTIFICATE REQUEST`."""

    certificates: tuple[Certificate, ...]
    others: tuple[str, ...] = ()


FactDetails = TextFacts | PictureFacts | ElfFacts | CertificateFacts


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What is known of a file by its content; `details` depend on its kind."""

    kind: FileKind
    what: str
    """The kind in a few words: `ELF 64-bit executable, x86_64`, `gzip data`."""
    size: int
    details: FactDetails | None = None
    damage: str = ""
    """What is wrong with the content, or which limit it exceeds; then `details` may be missing."""
