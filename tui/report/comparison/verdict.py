"""The result of a comparison as one sentence, in phrases: plain text for commands, a coloured line for the screen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layertui.tui.common.format import count_text, safe, size_change

if TYPE_CHECKING:
    from layertui.core.images.compare.compare_images import Comparison
    from layertui.core.inspector.inspector_answers import FileCounts, Imported, Report

Phrase = list[tuple[str, str]]
"""Consecutive texts, each with a word for its meaning: `added`, `changed`, `removed`, `good`, `strong` or none."""

NAMED = 3
"""The largest number of config fields to name; the rest is counted."""


def verdict(report: Report) -> str:
    """The result as one sentence: `3 of 9 layers shared; 12 files added, 4 changed; +34MB; CMD changed`."""
    parts = ["".join(text for text, _ in phrase) for phrase in phrases(report)]
    if report.imported is not None and not report.same:
        parts.insert(0, imported(report, report.imported))
    return "; ".join(parts)


def imported(report: Report, found: Imported) -> str:
    """What changed on the side that is an import."""
    copy, original = (report.a, report.b) if found.copy == "a" else (report.b, report.a)
    if not found.changed:
        return f"{safe(copy.title)} is an import of an export of {safe(original.title)}"
    paths = f"{count_text(found.changed)} path{'s' * (found.changed != 1)}"
    return f"{safe(copy.title)} looks like an import of an export of {safe(original.title)} with {paths} changed"


def phrases(report: Report) -> list[Phrase]:
    """Phrases for all parts that were compared; none for files while they are being compared."""
    if report.same:
        return [[("nothing differs", "good")]]
    found: list[Phrase] = []
    if report.history:
        found += _layers(report.comparison)
    if report.counts is not None:
        found.append(_files(report.counts))
    if report.history and (difference := report.shares.only_b - report.shares.only_a):
        found.append([(size_change(difference), "")])
    if report.config:
        found.append(_config(report.comparison))
    return found


def _layers(comparison: Comparison) -> Iterator[Phrase]:
    a, b = comparison.layers
    shared = comparison.shared_layers
    if a == b == 1:
        yield [("the only layer is shared" if shared else "the only layer is not shared", "strong")]
    elif a == b:
        yield [(f"{shared or 'none'} of {a} layers shared" if a else "no layers", "strong")]
    else:
        yield [(f"{shared or 'no'} layer{'s' * (shared != 1)} shared", "strong"), (f" of {a} and {b}", "")]
    if comparison.rebuilt is not None:
        yield [(f"built again, first difference: step {comparison.rebuilt.step}", "changed")]
    elif not comparison.same_history and a == b == shared:
        yield [("other steps", "changed")]


def _files(counts: FileCounts) -> Phrase:
    """As in the list of files: files that differ only in mtime, owner or mode are counted separately."""
    changed, others = counts.modified - counts.but_content, counts.but_content
    parts = [
        (number, name)
        for number, name in ((counts.added, "added"), (changed, "changed"), (counts.removed, "removed"))
        if number
    ]
    *before, last = ("mtime" if field == "time" else field for field in counts.but_content_in or ("",))
    fields = f"{', '.join(before)}{' or ' * bool(before)}{last}"
    if not parts and others:
        return [
            (f"{count_text(others)} {'files differ' if others > 1 else 'file differs'} only in {fields}", "changed")
        ]
    if not parts:
        return [("the same files", "good")]
    phrase: Phrase = []
    for number, name in parts:
        files = f" file{'s' * (number != 1)}" if not phrase else ""
        phrase += [(", ", "")] if phrase else []
        phrase.append((f"{count_text(number)}{files} {name}", name))
    if others:
        phrase += [
            (", ", ""),
            (f"{count_text(others)} {'differ' if others > 1 else 'differs'} only in {fields}", "changed"),
        ]
    return phrase


def _config(comparison: Comparison) -> Phrase:
    names = [safe(one.name) for one in comparison.config]
    if not names:
        return [("the same config", "good")]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return [(f"{', '.join(names[:NAMED])}{more} changed", "changed")]
