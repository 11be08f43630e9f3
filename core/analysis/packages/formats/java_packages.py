"""Packages of Java: what jars say in `pom.properties` and `MANIFEST.MF`, and the jars in them, a few levels deep."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from layertui.core.analysis.packages.formats.stanzas import lines, stanzas
from layertui.core.analysis.packages.package import Package, RecordedPackage, field_text
from layertui.core.errors import Damaged, LimitExceeded
from layertui.core.language.texts import tr
from layertui.core.streams.zip_entries import unpack_entry, zip_entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.streams.zip_entries import ZipEntry

SUFFIXES = (b".jar", b".war", b".ear")

_DEEPEST = 3  # a war in an ear has jars
_LARGEST = 1 << 20  # bytes of a text in it
_LARGEST_JAR = 64 << 20  # bytes of a jar in a jar
_UNPACKED = 1 << 30  # bytes of all jars and texts that are unpacked of one jar
_LEAST = 1 << 10  # bytes that each of them counts
_MANIFEST = b"META-INF/MANIFEST.MF"
_POM = re.compile(rb"META-INF/maven/[^/]+/[^/]+/pom\.properties")
_VERSIONED = re.compile(r"(.+?)-(\d[^/]*)")
_NAMES = (b"implementation-title", b"bundle-symbolicname", b"automatic-module-name", b"specification-title")
_VERSIONS = (b"implementation-version", b"bundle-version", b"specification-version")


def java_packages(content: bytes, path: str) -> Iterator[RecordedPackage]:
    """The packages of a jar: its own first, then those that are unpacked or nested in it. Raises Damaged where it breaks off."""
    left = [_UNPACKED]
    for count, (name, version) in enumerate(_packages(content, path.rpartition("/")[2], 1, left)):
        yield RecordedPackage(Package("java", name, version, database=path, built_in=count > 0))


def _packages(content: bytes, name: str, depth: int, left: list[int]) -> Iterator[tuple[str, str]]:
    """Names and versions; `left` is one number, the bytes that may still be unpacked."""

    def text(entry: ZipEntry) -> bytes:
        found = unpack_entry(stream, entry, min(_LARGEST, left[0]))
        left[0] -= max(len(found), _LEAST)
        return found

    poms: list[tuple[str, str]] = []
    manifest: dict[bytes, str] = {}
    nested: list[ZipEntry] = []
    broken: Damaged | None = None
    stream = io.BytesIO(content)
    try:
        for entry in zip_entries(stream, len(content)):
            if entry.name == _MANIFEST:
                wanted = (*_NAMES, *_VERSIONS)
                manifest = next(stanzas(text(entry), wanted), {})
            elif _POM.fullmatch(entry.name):
                poms += _pom(text(entry))
            elif entry.name.lower().endswith(SUFFIXES):
                nested.append(entry)
    except (Damaged, LimitExceeded) as error:
        broken = Damaged(str(error))
    own, others = _own(name, poms, manifest)
    yield own
    yield from others
    if depth < _DEEPEST:
        for entry in nested:
            left[0] -= max(entry.stored, _LEAST)
            if left[0] < 0:
                raise Damaged(tr("more than {unpacked:,} bytes in the jars in it", unpacked=_UNPACKED))
            inner = unpack_entry(stream, entry, min(_LARGEST_JAR, left[0]))
            left[0] -= len(inner)
            yield from _packages(inner, field_text(entry.name.rpartition(b"/")[2]), depth + 1, left)
    if broken is not None:
        raise broken


def _pom(content: bytes) -> list[tuple[str, str]]:
    """Name and version in `pom.properties`."""
    said = dict(line.split(b"=", 1) for line in lines(content) if b"=" in line)
    parts = [field_text(said.get(key, b"")) for key in (b"groupId", b"artifactId", b"version")]
    return [(":".join(filter(None, parts[:2])), parts[2])] if parts[1] else []


def _own(
    name: str, poms: list[tuple[str, str]], manifest: dict[bytes, str]
) -> tuple[tuple[str, str], list[tuple[str, str]]]:
    """The package that the jar itself is, and the others: by the pom that its name begins with, its name, or the manifest.

    A pom of another name may be that of a library that was unpacked into the jar, also where it is the only one.
    """
    stem = name.rpartition(".")[0]
    title, version = _named(stem, manifest)
    fitting = [pom for pom in poms if _is_named(stem, pom[0].rpartition(":")[2])]
    if not fitting and len(poms) == 1 and (not version or poms[0][1] in (version, *manifest.values())):
        fitting = poms
    if fitting:
        return fitting[0], [pom for pom in poms if pom != fitting[0]]
    if not version:
        title = next((manifest[key].partition(";")[0] for key in _NAMES if manifest.get(key)), stem)
        version = next(filter(None, (_plain(manifest.get(key, "")) for key in _VERSIONS)), "")
    return (title, version), poms


def _named(stem: str, manifest: dict[bytes, str]) -> tuple[str, str]:
    """Title and version in the name of a jar, such as `jline-3.26.3`; a version of the manifest tells where the one in the name begins and ends.

    What manifests call a version has more in it (`5.13.0 (b0)`), or is that of a build or of a specification.
    """
    for key in _VERSIONS:
        title, dash, rest = stem.rpartition(f"-{manifest[key]}") if manifest.get(key) else ("", "", "")
        if title and dash and rest[:1] in ("", "-"):
            return title, manifest[key]
    versioned = _VERSIONED.fullmatch(stem)
    return (versioned[1], versioned[2]) if versioned else (stem, "")


def _plain(version: str) -> str:
    """What of a manifest's version is one: `2.0.8` of `2.0.8 2003-12-28 11:00:13`, nothing of words."""
    first = version.strip("\"' ").partition(" ")[0]
    return first if first[:1].isdecimal() else ""


def _is_named(stem: str, artifact: str) -> bool:
    """Whether the name of a jar is that of an artifact, with or without a version."""
    rest = stem.removeprefix(artifact)
    return stem.startswith(artifact) and (not rest or (rest[0] == "-" and rest[1:2].isdecimal()))
