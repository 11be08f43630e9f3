"""Why a Subject is as big as it is: its stored bytes by layer and kind, what of them is hidden, what could be left out, and rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from layertui.core.analysis.dive_figures import dive_figures
from layertui.core.analysis.kinds import kinds_of
from layertui.core.analysis.largest import largest_files
from layertui.core.analysis.leftovers import leftovers_of
from layertui.core.analysis.rules.rules import Rules, check_rules
from layertui.core.analysis.stored_files import stored_files
from layertui.core.analysis.waste import Waste, efficiency, user_wasted_share
from layertui.core.inspector.look.subject_packages import packages_of
from layertui.core.inspector.subject import layer_count
from layertui.core.language.texts import tr
from layertui.core.layers.table.layer_folder import FolderContent
from layertui.core.layers.table.layer_tar import TarballContent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertui.core.analysis.by_folder.size_map import SizeMap
    from layertui.core.analysis.dive_figures import DiveFigures
    from layertui.core.analysis.kinds import KindBytes
    from layertui.core.analysis.largest import LargeFile
    from layertui.core.analysis.leftovers import Leftover
    from layertui.core.analysis.packages.find_packages import PackagesFound
    from layertui.core.analysis.rules.rules import RuleResult
    from layertui.core.analysis.same_content import SameContents
    from layertui.core.analysis.stored_files import StoredFiles
    from layertui.core.images.history_steps import Step
    from layertui.core.inspector.subject import Subject
    from layertui.core.layers.cache.catalog import Catalog
    from layertui.core.layers.stack.stack import Stack
    from layertui.core.layers.table.columns import Column
    from layertui.core.progress import Progress

_NOTE = "digests"

MOST_LARGEST = 20
"""Largest files that are listed."""
MOST_GROUPS = 100
"""Groups of files with the same content that are listed."""


@dataclass(frozen=True, slots=True)
class LayerBytes:
    """What one layer stores."""

    number: int
    size: int
    hidden: int
    """Bytes of it that no longer show."""
    hides: int
    """Bytes, of lower layers or its own, that show no longer since this layer."""
    writable: bool
    created_by: str | None
    command: str | None
    """`created_by` without the builder's noise."""


@dataclass(frozen=True, slots=True)
class Growth:
    """A Subject against another one: bytes more, or fewer if negative."""

    against: str
    bytes: int
    kinds: tuple[tuple[str, int], ...]
    """By kind of file, the largest change first."""


@dataclass(frozen=True, slots=True)
class SizeReport:
    """Why a Subject is as big as it is."""

    subject: Subject
    stored: StoredFiles
    waste: Waste
    layers: tuple[LayerBytes, ...]
    largest: tuple[LargeFile, ...]
    kinds: tuple[KindBytes, ...]
    leftovers: tuple[Leftover, ...]
    same_content: SameContents | None
    """None where contents were not compared."""
    packages: PackagesFound | None
    """None where their databases were not read."""
    growth: Growth | None
    dive: DiveFigures | None
    """What dive says of the same layers; None of a part of them, and where its answer cannot be foretold."""
    rules: tuple[RuleResult, ...]

    @property
    def size(self) -> int:
        """Bytes that the layers store."""
        return self.stored.stored_bytes

    @property
    def wasted_bytes(self) -> int:
        """Bytes of them that are hidden."""
        return self.stored.hidden_bytes

    @property
    def efficiency(self) -> float:
        """1 - hidden / stored."""
        return efficiency(self.stored)

    @property
    def user_wasted_share(self) -> float:
        """Hidden bytes, relative to those above the base layer."""
        return user_wasted_share(self.stored)

    def size_map(self) -> SizeMap:
        """The stored bytes by folder, each folder with the layer that most of them came from; computed at each call."""
        from layertui.core.analysis.by_folder.size_map import SizeMap
        from layertui.core.analysis.by_folder.size_tree import Groups

        names = [
            tr("writable layer") if layer.writable else tr("layer {number}", number=layer.number)
            for layer in self.layers
        ]
        return SizeMap(self.stored.stack, self.stored, Groups(self.stored.layer - self.stored.low, names))

    @property
    def passed(self) -> bool:
        """Whether all rules are kept."""
        return all(rule.passed for rule in self.rules)


def size_report(
    subject: Subject,
    stack: Stack,
    steps: Sequence[Step],
    catalog: Catalog,
    *,
    rules: Rules,
    contents: bool,
    against: tuple[Subject, Stack] | None,
    progress: Progress,
) -> SizeReport:
    """The report of a Subject whose layers are `stack`; with `contents`, files of equal size are compared and databases of packages read."""
    stored = _stored(subject, stack)
    is_remote = any(layer.is_remote for layer in subject.image.layers)
    same = None
    if contents:
        from layertui.core.analysis.same_content import digests_to_compare

        digests = digests_to_compare(stored, _readable(subject, stack), progress, _LayerNotes(subject, catalog))
        digests.mark_rewritten()
        same = digests.groups(MOST_GROUPS)
    kinds = tuple(kinds_of(stored))
    growth = None if against is None else _growth(stored, kinds, *against)
    wants_packages = rules.of_packages or (contents and not is_remote)
    packages = packages_of(subject, stack, catalog, progress) if wants_packages else None
    results = check_rules(
        rules, stored, growth=None if growth is None else growth.bytes, packages=packages, progress=progress
    )
    return SizeReport(
        subject,
        stored,
        Waste(stored),
        _layers(subject, stored, steps),
        tuple(largest_files(stored, MOST_LARGEST)),
        kinds,
        tuple(leftovers_of(stored)),
        same,
        packages,
        growth,
        dive_figures(stack) if subject.container is None and stored.is_whole else None,
        tuple(results),
    )


def _stored(subject: Subject, stack: Stack) -> StoredFiles:
    low, high = subject.span or (1, subject.upto)
    return stored_files(stack, low=low, high=high)


def _layers(subject: Subject, stored: StoredFiles, steps: Sequence[Step]) -> tuple[LayerBytes, ...]:
    by_number = {step.number: step for step in steps if step.number is not None}
    own = layer_count(subject) if subject.container is not None else 0
    below = stored if stored.low == 1 else stored_files(stored.stack, high=stored.high)
    columns = (
        stored.by_layer(stored.layer),
        stored.by_layer(stored.layer, stored.hidden),
        below.by_layer(below.hidden_by),
    )
    found = []
    for number in range(stored.low, stored.high + 1):
        size, hidden, hides = (int(column[number]) for column in columns)
        step = by_number.get(number)
        words = (None, None) if step is None else (step.created_by, step.command)
        found.append(LayerBytes(number, size, hidden, hides, number == own, *words))
    return tuple(found)


def _growth(stored: StoredFiles, kinds: Sequence[KindBytes], other: Subject, stack: Stack) -> Growth:
    base = _stored(other, stack)
    change = {kind.name: kind.bytes for kind in kinds}
    for kind in kinds_of(base):
        change[kind.name] = change.get(kind.name, 0) - kind.bytes
    changed = sorted(((name, count) for name, count in change.items() if count), key=lambda one: -abs(one[1]))
    return Growth(other.title, stored.stored_bytes - base.stored_bytes, tuple(changed))


def _readable(subject: Subject, stack: Stack) -> Column:
    """The layers whose files can be read without bringing them from another machine, or one by one from an engine."""
    found = []
    for number, layer in enumerate(stack.layers, 1):
        here = number > len(subject.image.layers) or not subject.image.layers[number - 1].is_remote
        if here and isinstance(layer.content, (TarballContent, FolderContent)):
            found.append(number)
    return np.array(found, np.int32)


class _LayerNotes:
    """Where the digests of contents are kept: beside the tables of an image's layers, which do not change."""

    def __init__(self, subject: Subject, catalog: Catalog) -> None:
        self._blobs, self._catalog = subject.image.layers, catalog

    def load(self, layer: int) -> bytes | None:
        return self._catalog.note([self._blobs[layer - 1]], _NOTE) if layer <= len(self._blobs) else None

    def keep(self, layer: int, note: bytes) -> None:
        if layer <= len(self._blobs):
            self._catalog.keep_note([self._blobs[layer - 1]], _NOTE, note)
