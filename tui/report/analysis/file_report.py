"""The facts of a file as names and values, as lines and as JSON (`file`); and the entries of an archive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layertui.core.analysis.file_facts.fact_values import (
    Certificate,
    CertificateFacts,
    ElfFacts,
    FileFacts,
    PictureFacts,
    TextFacts,
)
from layertui.core.language.texts import tr
from layertui.tui.common.format import count_text, mode_text, mtime_text, octal, safe
from layertui.tui.report.json_output import aligned

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from layertui.core.analysis.file_facts.archive_values import ArchiveEntry, ArchiveListing
    from layertui.core.layers.table.entry import Entry

Row = tuple[str, str]
"""A name and its value, safe to show; the name is empty for one more value."""


def fact_rows(facts: FileFacts) -> Iterator[Row]:
    """What is known of a file, besides its kind: names and values, safe to show."""
    match facts.details:
        case TextFacts(encoding, line_ends, interpreter):
            yield tr("encoding"), encoding
            if line_ends:
                yield tr("line ends"), line_ends
            if interpreter:
                yield tr("interpreter"), safe(interpreter)
        case ElfFacts():
            yield from _elf_rows(facts.details)
        case CertificateFacts(certificates, others):
            for certificate in certificates:
                yield from _certificate_rows(certificate)
            if others:
                yield tr("also holds"), ", ".join(map(safe, others))
        case _:
            pass
    if facts.damage:
        yield tr("damaged"), safe(facts.damage)


def _elf_rows(elf: ElfFacts) -> Iterator[Row]:
    if elf.interpreter:
        yield tr("interpreter"), safe(elf.interpreter) + (tr(": not in the image") if elf.lacks_interpreter else "")
    for name, values in (
        ("soname", (elf.soname,) if elf.soname else ()),
        ("rpath", elf.rpath),
        ("runpath", elf.runpath),
    ):
        if values:
            yield name, safe(":".join(values))
    if elf.libraries:
        found = [f"{safe(one.name)}: {safe(one.path) if one.path else tr('not in the image')}" for one in elf.libraries]
    else:
        found = list(map(safe, elf.needed))
    yield from zip([tr("needs")] + [""] * len(found), found, strict=False)
    if elf.build_id:
        yield tr("build ID"), safe(elf.build_id)
    yield (
        tr("symbols"),
        tr("none, stripped")
        if elf.is_stripped
        else tr("with debug information")
        if elf.has_debug_symbols
        else tr("yes"),
    )


def _certificate_rows(one: Certificate) -> Iterator[Row]:
    yield tr("subject"), safe(one.subject)
    yield tr("issuer"), safe(one.issuer)
    yield tr("valid"), tr("{day} to {day2}", day=_day(one.not_before), day2=_day(one.not_after))
    if one.names:
        yield tr("names"), safe(", ".join(one.names))
    yield tr("key"), safe(one.key) + (tr(", a certificate authority") if one.is_authority else "")
    yield "SHA-256", one.sha256


def _day(time: datetime) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC")


def file_lines(path: str, entry: Entry, facts: FileFacts | None) -> Iterator[str]:
    """The answer of `file` as text: what it is, and one line a fact."""
    what = facts.what if facts is not None else entry.kind.word
    yield f"{safe(path)}: {safe(what)}"
    rows: list[Row] = []
    if facts is not None:
        rows += [(tr("size"), tr("{size} bytes", size=count_text(facts.size))), *fact_rows(facts)]
    if entry.layer is not None:
        rows.append((tr("layer"), str(entry.layer)))
    yield from aligned("ll", [(f"  {name}", value) for name, value in rows])


def entry_lines(listing: ArchiveListing) -> Iterator[str]:
    """The entries of an archive, as `ls -l` writes them."""
    yield from aligned("lrll", map(_entry_row, listing.entries))


def _entry_row(entry: ArchiveEntry) -> list[str]:
    link = f" -> {safe(entry.link)}" if entry.link else ""
    return [
        mode_text(entry.kind, entry.mode if entry.mode is not None else 0),
        "" if entry.size is None else str(entry.size),
        "" if entry.mtime is None else mtime_text(entry.mtime),
        safe(entry.name) + link,
    ]


def file_object(
    path: str,
    entry: Entry,
    facts: FileFacts | None,
    inside: tuple[str, ...] = (),
    listing: ArchiveListing | None = None,
) -> dict[str, Any]:
    """What `file --json` prints."""
    found: dict[str, Any] = {"path": path}
    if inside:
        found["inside"] = list(inside)
    found |= {"layer": entry.layer}
    if facts is None:
        return found | {"kind": entry.kind.word, "what": entry.kind.word, "size": 0, "damage": None}
    found |= {"kind": facts.kind.value, "what": facts.what, "size": facts.size, "damage": facts.damage or None}
    found |= _details(facts)
    if listing is not None:
        found["format"] = listing.format
        found["entries"] = [_entry_object(one) for one in listing.entries]
        found["damage"] = found["damage"] or listing.damage or None
    return found


def _details(facts: FileFacts) -> dict[str, Any]:
    match facts.details:
        case TextFacts(encoding, line_ends, interpreter):
            return {"text": {"encoding": encoding, "line_ends": line_ends or None, "interpreter": interpreter or None}}
        case PictureFacts(name, width, height):
            return {"picture": {"format": name, "width": width or None, "height": height or None}}
        case ElfFacts() as elf:
            return {"elf": _elf_object(elf)}
        case CertificateFacts(certificates, others):
            return {"certificates": [_certificate_object(one) for one in certificates], "others": list(others)}
        case _:
            return {}


def _elf_object(elf: ElfFacts) -> dict[str, Any]:
    return {
        "bits": elf.bits,
        "byte_order": elf.byte_order,
        "machine": elf.machine,
        "type": elf.type,
        "linkage": elf.linkage or None,
        "interpreter": elf.interpreter or None,
        "lacks_interpreter": elf.lacks_interpreter,
        "soname": elf.soname or None,
        "needed": list(elf.needed),
        "rpath": list(elf.rpath),
        "runpath": list(elf.runpath),
        "build_id": elf.build_id or None,
        "stripped": elf.is_stripped,
        "debug_symbols": elf.has_debug_symbols,
        "libraries": [{"name": one.name, "path": one.path} for one in elf.libraries],
        "missing": list(elf.missing),
    }


def _certificate_object(one: Certificate) -> dict[str, Any]:
    return {
        "subject": one.subject,
        "issuer": one.issuer,
        "serial": one.serial,
        "not_before": one.not_before.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "not_after": one.not_after.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "names": list(one.names),
        "authority": one.is_authority,
        "key": one.key,
        "sha256": one.sha256,
    }


def _entry_object(entry: ArchiveEntry) -> dict[str, Any]:
    is_symlink = entry.kind.word == "symlink"
    return {
        "name": entry.name,
        "type": entry.kind.word,
        "size": entry.size,
        "mode": None if entry.mode is None else octal(entry.mode),
        "mtime": entry.mtime,
        "link": entry.link or None if is_symlink else None,
        "hardlink_to": entry.link or None if not is_symlink else None,
    }
