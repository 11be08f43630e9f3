"""The result of a comparison as one sentence, in phrases: plain text for commands, a coloured line for the screen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layertui.core.language.texts import counted, tr, trn
from layertui.tui.common.format import count_text, field_words, safe, size_change

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
        return tr("{title} is an import of an export of {title2}", title=safe(copy.title), title2=safe(original.title))
    paths = counted(found.changed, "path")
    return tr(
        "{title} looks like an import of an export of {title2} with {paths} changed",
        title=safe(copy.title),
        title2=safe(original.title),
        paths=paths,
    )


def phrases(report: Report) -> list[Phrase]:
    """Phrases for all parts that were compared; none for files while they are being compared."""
    if report.same:
        return [[(tr("nothing differs"), "good")]]
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
        yield [(tr("the only layer is shared") if shared else tr("the only layer is not shared"), "strong")]
    elif a == b:
        yield [
            (tr("{shared} of {a} layers shared", shared=shared or tr("none"), a=a) if a else tr("no layers"), "strong")
        ]
    else:
        yield [
            (trn("{shared} layer shared", "{shared} layers shared", shared, shared=shared or tr("no")), "strong"),
            (tr(" of {a} and {b}", a=a, b=b), ""),
        ]
    if comparison.rebuilt is not None:
        yield [(tr("built again, first difference: step {step}", step=comparison.rebuilt.step), "changed")]
    elif not comparison.same_history and a == b == shared:
        yield [(tr("other steps"), "changed")]


def _files(counts: FileCounts) -> Phrase:
    """As in the list of files: files that differ only in mtime, owner or mode are counted separately."""
    changed, others = counts.modified - counts.but_content, counts.but_content
    parts = [
        (number, name)
        for number, name in ((counts.added, "added"), (changed, "changed"), (counts.removed, "removed"))
        if number
    ]
    *before, last = field_words(counts.but_content_in or ("",))
    fields = f"{', '.join(before)}{tr(' or ') * bool(before)}{last}"
    if not parts and others:
        return [
            (
                trn(
                    "{count} file differs only in {fields}",
                    "{count} files differ only in {fields}",
                    others,
                    count=count_text(others),
                    fields=fields,
                ),
                "changed",
            )
        ]
    if not parts:
        return [(tr("the same files"), "good")]
    phrase: Phrase = []
    for number, name in parts:
        text = _changed_again(number, name) if phrase else _changed_files(number, name)
        phrase += [(", ", "")] if phrase else []
        phrase.append((text, name))
    if others:
        phrase += [
            (", ", ""),
            (
                trn(
                    "{count} differs only in {fields}",
                    "{count} differ only in {fields}",
                    others,
                    count=count_text(others),
                    fields=fields,
                ),
                "changed",
            ),
        ]
    return phrase


def _changed_files(number: int, how: str) -> str:
    """How many files changed in a way, which is a word for a meaning, too."""
    count = count_text(number)
    if how == "added":
        return trn("{count} file added", "{count} files added", number, count=count)
    if how == "removed":
        return trn("{count} file removed", "{count} files removed", number, count=count)
    return trn("{count} file changed", "{count} files changed", number, count=count)


def _changed_again(number: int, how: str) -> str:
    """The same after another number, which has said that they are files."""
    count = count_text(number)
    if how == "added":
        return tr("{count} added", count=count)
    return tr("{count} removed", count=count) if how == "removed" else tr("{count} changed", count=count)


def _config(comparison: Comparison) -> Phrase:
    names = [safe(one.name) for one in comparison.config]
    if not names:
        return [(tr("the same config"), "good")]
    more = tr(" and {names} more", names=len(names) - NAMED) if len(names) > NAMED else ""
    return [(tr("{names}{more} changed", names=", ".join(names[:NAMED]), more=more), "changed")]
