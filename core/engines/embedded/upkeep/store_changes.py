"""What changes in a store, as it changes, for those who show it: by the kernel's word, not by the clock."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from layertui.core.errors import NotOurs
from layertui.core.fs.atomic import make_folder
from layertui.core.fs.watch.inotify import Watch
from layertui.core.progress import Progress
from layertui.core.store_paths import UPPER

LIFE, LOGS, LAYER = "life", "logs", "layer"
"""Something was done to an image or a container; the container has written to its log; its writable layer has changed."""
_SETTLE = 0.2
"""Seconds in which changes are gathered: a thousand written files are reported once or twice."""


def changes(events: Path, container: Path | None, progress: Progress) -> Iterator[frozenset[str]]:
    """Which of the three changed, each time something has; until `progress` is cancelled. `container`: its folder."""
    with suppress(NotOurs):
        make_folder(events)
    upper = container / UPPER if container is not None else None
    words = {events: LIFE, **({container: LOGS} if container is not None else {})}
    with Watch(*words, deep=upper, progress=progress) as watch:
        while True:
            changed = watch.wait()
            progress.advance(0)
            time.sleep(_SETTLE)
            more = watch.wait(0)
            progress.advance(0)
            if changed is None or more is None:
                yield frozenset((LIFE, LOGS, LAYER))
            elif changed or more:
                yield frozenset(words.get(folder, LAYER) for folder in changed | more)
