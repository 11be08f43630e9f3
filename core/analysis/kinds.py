"""The stored files by kind: shared libraries, Python, node_modules, caches, docs, locales, pictures and more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from layertui.core.analysis.stored_files import StoredFiles
    from layertui.core.layers.table.columns import Column


class _Rule(NamedTuple):
    """What a kind of file is known by; a file is of the first kind that knows it."""

    name: str
    folders: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    numbered: bytes = b""


_SHARES = ("/usr/share", "/usr/local/share")


def _in_shares(*names: str) -> tuple[str, ...]:
    return tuple(f"{share}/{name}" for share in _SHARES for name in names)


_RULES = (
    _Rule(tr("caches"), ("/var/cache", "/var/lib/apt/lists", ".cache", ".npm", "go/pkg/mod", ".cargo/registry", ".m2/repository")),
    _Rule(tr("docs"), _in_shares("doc", "man", "info", "gtk-doc", "help", "doc-base")),
    _Rule(tr("locales"), (*_in_shares("locale", "i18n"), "/usr/lib/locale", "LC_MESSAGES")),
    _Rule("node_modules", ("node_modules",)),
    _Rule("Python", ("site-packages", "dist-packages", "__pycache__"), (".py", ".pyc", ".pyo", ".pyi")),
    _Rule("Java", (), (".jar", ".war", ".class", ".jmod")),
    _Rule(tr("shared libraries"), (), (".so",), b".so."),
    _Rule(tr("pictures"), (), (".png", ".jpg", ".jpeg", ".gif", ".svg", ".svgz", ".webp", ".ico", ".bmp", ".tif", ".tiff", ".avif")),
    _Rule(tr("fonts"), (), (".ttf", ".otf", ".ttc", ".woff", ".woff2", ".pfb", ".pcf.gz")),
    _Rule(tr("archives"), (), (".tar", ".gz", ".tgz", ".xz", ".bz2", ".zst", ".zip", ".whl", ".deb", ".rpm", ".apk", ".gem")),
    _Rule(tr("headers and static libraries"), (), (".h", ".hpp", ".a", ".o", ".pc")),
    _Rule(tr("package databases"), ("/var/lib/dpkg", "/var/lib/apt", "/lib/apk/db", "/var/lib/rpm", "/usr/lib/sysimage/rpm")),
)  # fmt: skip
_EXECUTABLE = 0o111


@dataclass(frozen=True, slots=True)
class KindBytes:
    """The stored files of one kind, hidden ones included."""

    name: str
    bytes: int
    files: int


def kinds_of(stored: StoredFiles) -> list[KindBytes]:
    """The kinds of the stored files, those with most bytes first; together they are all files, and all stored bytes."""
    numbers = kind_numbers(stored)
    sums = np.zeros(len(KINDS), np.int64)
    np.add.at(sums, numbers, stored.bytes)
    files = np.bincount(numbers, minlength=len(KINDS))
    found = [KindBytes(*row) for row in zip(KINDS, sums.tolist(), files.tolist(), strict=True) if row[2]]
    return sorted(found, key=lambda kind: -kind.bytes)


_PROGRAMS, _OTHER = tr("programs"), tr("other")
KINDS = (*(rule.name for rule in _RULES), _PROGRAMS, _OTHER)


def kind_numbers(stored: StoredFiles) -> Column:
    """For each copy an index into `KINDS`; uint8."""
    stack, rows = stored.stack, stored.rows
    folder_kinds = stored.folders.inside([rule.folders for rule in _RULES])[stack.path_id[rows]]
    found = np.full(len(rows), KINDS.index(_OTHER), np.uint8)
    found[stack.column("mode", rows) & _EXECUTABLE != 0] = KINDS.index(_PROGRAMS)
    for number, rule in reversed(list(enumerate(_RULES))):
        known = stored.endings.any_of(rule.endings)
        if rule.numbered:
            known |= stored.endings.numbered(rule.numbered)
        found[known] = number
    # A folder that is listed before the kind of the name counts more.
    by_folder = (folder_kinds > 0) & (folder_kinds <= found + 1)
    found[by_folder] = folder_kinds[by_folder] - 1
    return found
