"""How far the tour of one store is: kept in a small file of the user's state folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from layertui.core.errors import LayertuiError
from layertui.tui.screens.tour.tour_steps import STEPS

if TYPE_CHECKING:
    from pathlib import Path

LONGEST = 4096
"""Bytes of the file that are read; it never has as many."""

FACTS = frozenset(fact for step in STEPS for fact in step.facts)


@dataclass(frozen=True, slots=True)
class TourProgress:
    """The step, from 0; len(STEPS) after the last one. And everything that was seen so far."""

    at: int = 0
    facts: frozenset[str] = frozenset()

    @property
    def ended(self) -> bool:
        return self.at >= len(STEPS)

    @property
    def missing(self) -> tuple[str, ...]:
        """What the step still waits for."""
        return () if self.ended else tuple(fact for fact in STEPS[self.at].facts if fact not in self.facts)

    def saw(self, facts: Iterable[str]) -> TourProgress:
        """After more was seen: a step that is complete then leads to the next, past those that were done before."""
        now = replace(self, facts=self.facts | (FACTS & set(facts)))
        if now.facts == self.facts:
            return self
        while not now.ended and not now.missing:
            now = replace(now, at=now.at + 1)
        return now

    def moved(self, by: int) -> TourProgress:
        """At another step, by the user's wish."""
        return replace(self, at=max(0, min(len(STEPS), self.at + by)))


def progress_file(folder: Path, store: Path) -> Path:
    """The file for the tour in a store; `folder` is that of all tours."""
    return folder / f"{hashlib.sha256(bytes(store)).hexdigest()[:16]}.json"


def read_progress(path: Path) -> TourProgress:
    """What was kept; the beginning if there is nothing, anything else than what `keep_progress` writes, or another user's."""
    from layertui.core.config.user_files import user_file_content

    try:
        found = json.loads(user_file_content(path, LONGEST)[0] or b"")
        at, facts = found["step"], found["seen"]
        if type(at) is not int or not 0 <= at <= len(STEPS) or not isinstance(facts, list):
            return TourProgress()
        return TourProgress(at, FACTS & {fact for fact in facts if isinstance(fact, str)})
    except (OSError, LayertuiError, ValueError, LookupError, TypeError, RecursionError):
        return TourProgress()


def keep_progress(path: Path, progress: TourProgress) -> None:
    """Write it, whole or not at all. Raises StorageError."""
    from layertui.core.fs.atomic import write_user_file

    write_user_file(path, json.dumps({"step": progress.at, "seen": sorted(progress.facts)}).encode())
