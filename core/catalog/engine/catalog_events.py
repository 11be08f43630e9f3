"""What changes in a catalog, for those who show it: another process adds to it, and one look every few seconds at the newest state tells."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from layertui.core.errors import UsageError
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from layertui.core.progress import Progress
    from layertui.core.storage.event_journal import Event

LIFE = "life"
_EVERY = 5.0  # seconds between two looks
_POLL = 0.25  # seconds between two looks whether anybody still listens


class CatalogEvents:
    """See Events in `store_protocols.py`."""

    def __init__(self, number: Callable[[], int]) -> None:
        """`number` gives that of the newest state."""
        self._number = number

    def events(self, *, past: bool, follow: bool, progress: Progress | None = None) -> Iterator[Event]:
        """Raise UsageError: what changed is asked with `catalog diff`."""
        del past, follow, progress
        raise UsageError(tr("a catalog keeps no events; `layertui catalog diff 7d` says what changed"))

    def changes(self, container: str | None, progress: Progress) -> Iterator[frozenset[str]]:
        """Tell each time there is a newer state. Raises what reading the state raises."""
        del container
        known = self._number()
        while True:
            for _ in range(round(_EVERY / _POLL)):
                progress.advance(0)
                time.sleep(_POLL)
            if (number := self._number()) != known:
                known = number
                yield frozenset((LIFE,))
