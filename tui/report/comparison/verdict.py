"""The result of a comparison as one sentence, in phrases: plain text for commands, a coloured line for the screen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layertui.tui.common.format import count_text, safe, size_change

if TYPE_CHECKING:
    from layertui.core.images.compare.compare_images import Comparison
    from layertui.core.inspector.inspector_answers import FileCounts, Imported, Report

Phrase = list[tuple[str, str]]
"""Texts that follow one another, each with the word that says what it means: `added`, `changed`, `removed`, `good`, `strong` or none."""

NAMED = 3
"""So many fields of the config are named; of more, their number."""


def verdict(report: Report) -> str:
    """The outcome as one sentence: `3 of 9 layers shared; 12 files added, 4 changed; +34MB; CMD changed`."""
    told = ["".join(text for text, _ in phrase) for phrase in phrases(report)]
    if report.imported is not None and not report.same:
        told.insert(0, imported(report, report.imported))
    return "; ".join(told)


def imported(report: Report, found: Imported) -> str:
    """What happened to the side that is an import."""
    copy, original = (report.a, report.b) if found.copy == "a" else (report.b, report.a)
    return f"{safe(copy.title)} is an import of an export of {safe(original.title)}"


def phrases(report: Report) -> list[Phrase]:
    """What there is to say of what was asked for; nothing of files that are not known yet."""
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
    """As the list of files shows them at first: files of which only mtime, owner or mode differs are counted apart."""
    changed, others = counts.modified - counts.but_content, counts.but_content
    told = [
        (number, name)
        for number, name in ((counts.added, "added"), (changed, "changed"), (counts.removed, "removed"))
        if number
    ]
    *before, last = ("mtime" if field == "time" else field for field in counts.but_content_in or ("",))
    fields = f"{', '.join(before)}{' or ' * bool(before)}{last}"
    if not told and others:
        return [
            (f"{count_text(others)} {'files differ' if others > 1 else 'file differs'} only in {fields}", "changed")
        ]
    if not told:
        return [("the same files", "good")]
    phrase: Phrase = []
    for number, name in told:
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
