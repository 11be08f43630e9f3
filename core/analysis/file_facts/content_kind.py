"""The kind of a file from its first bytes; where these do not say which format of text it is, its name does."""

from __future__ import annotations

import re

from layertui.core.analysis.file_facts.fact_values import FileKind
from layertui.core.analysis.file_facts.file_kinds import picture_of
from layertui.core.analysis.file_facts.text_content import decoded_text
from layertui.core.streams.file_magic import COMPRESSIONS, FILES, formats
from layertui.core.streams.tar.header_block import BLOCK, checksum_ok

HEAD = 64 << 10
"""Bytes that are read of a file to recognise it; a JPEG may have a long thumbnail before its size."""

_BY_MAGIC = {
    "ELF": FileKind.ELF,
    "tar archive": FileKind.TAR,
    "zip archive": FileKind.ZIP,
    "SQLite database": FileKind.SQLITE,
    "ar archive (static library or Debian package)": FileKind.AR,
    **dict.fromkeys((magic.name for magic in COMPRESSIONS), FileKind.COMPRESSED),
}
_BY_ENDING = {
    ".json": FileKind.JSON,
    ".toml": FileKind.TOML,
    ".yaml": FileKind.YAML,
    ".yml": FileKind.YAML,
}
_TOML_NAMES = {"Cargo.lock", "poetry.lock", "uv.lock", "Pipfile", "pdm.lock"}
_JSON = re.compile(r"\s*(?:\{\s*[\"}]|\[\s*[\[{\"\]])")
_YAML = re.compile(r"(?:%YAML |---\r?\n|---$)")
_PEM = re.compile(rb"^-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----", re.MULTILINE)
_PEM_BEGINS = (b"-----BEGIN ", b"#", b"Certificate:", b"Bag Attributes", b"subject")
_PEM_ENDINGS = (".pem", ".crt", ".cer", ".cert")
# SEQUENCE { SEQUENCE { [0] { INTEGER version of one byte … : X.509 of version 2 and 3, as all have that are in use.
_DER = re.compile(rb"\x30(?:\x81.|\x82..|\x83...)\x30(?:\x81.|\x82..|\x83...)\xa0\x03\x02\x01[\x00-\x02]", re.DOTALL)


def kind_of_content(head: bytes, name: str = "", *, cut: bool = True) -> FileKind:
    """The kind of a file that begins with `head`: its first `HEAD` bytes, or all of it, then not `cut`.

    A compressed tar is `COMPRESSED`: what is inside takes more than its head.
    """
    if not head:
        return FileKind.EMPTY
    if picture_of(head) is not None:
        return FileKind.PICTURE
    for magic in formats(head, FILES):
        if magic.name in _BY_MAGIC:
            return _BY_MAGIC[magic.name]
        return FileKind.BINARY
    if head.startswith(b"PK\5\6"):  # a zip file without entries
        return FileKind.ZIP
    if _DER.match(head):
        return FileKind.CERTIFICATE
    if len(head) >= BLOCK and checksum_ok(head[:BLOCK]):  # v7 tar has no magic
        return FileKind.TAR
    text = decoded_text(head, cut=cut)
    if text is None:
        return FileKind.BINARY
    return _kind_of_text(head, text[0], name)


def _kind_of_text(head: bytes, text: str, name: str) -> FileKind:
    if text.startswith("#!"):
        return FileKind.SCRIPT
    last = name.rpartition("/")[2]
    if (head.lstrip().startswith(_PEM_BEGINS) or last.lower().endswith(_PEM_ENDINGS)) and _PEM.search(head):
        return FileKind.CERTIFICATE
    by_name = FileKind.TOML if last in _TOML_NAMES else _BY_ENDING.get("." + last.lower().rpartition(".")[2])
    if by_name is not None:
        return by_name
    if _JSON.match(text):
        return FileKind.JSON
    return FileKind.YAML if _YAML.match(text) else FileKind.TEXT
