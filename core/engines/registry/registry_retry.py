"""Retries: which failures of a request may pass, and how long to wait before it is sent again."""

from __future__ import annotations

import random
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layertui.core.engines.registry.connection.registry_answer import Patience
    from layertui.core.progress import Progress

PASSING = frozenset({429, 500, 502, 503, 504})
_FIRST = 0.25
_LONGEST = 8.0
_MOST = 6  # attempts where the registry does not say when to come back
_STEP = 0.1  # seconds between looks whether the user has cancelled


class Retries:
    """The attempts at one request, from its first on."""

    def __init__(self, patience: Patience, progress: Progress | None) -> None:
        self._patience, self._progress = patience, progress
        self._begun = time.monotonic()
        self._failures = 0

    def wait(self, retry_after: str | None = None) -> bool:
        """Wait before the next attempt; False, at once, where there is to be none. Raises Cancelled."""
        asked = retry_seconds(retry_after)
        self._failures += 1
        pause = asked
        if pause is None:
            if self._failures >= _MOST:
                return False
            pause = min(_FIRST * 2 ** (self._failures - 1), _LONGEST) * random.uniform(0.75, 1)  # noqa: S311 - not a secret
        spent = time.monotonic() - self._begun
        # What the registry itself asks for first is waited for though it is longer than all attempts may take.
        granted = asked is not None and self._failures == 1 and asked <= self._patience.longest_wait
        if not granted and spent + pause > self._patience.retry:
            return False
        self._sleep(pause)
        return True

    def _sleep(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if self._progress is not None:
                self._progress.advance(0)
            time.sleep(min(left, _STEP))


def retry_seconds(header: str | None) -> float | None:
    """The seconds that `Retry-After` asks for, as a number or a date; None where it asks for nothing that can be read."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        date = parsedate_to_datetime(text)
        return max(0.0, date.timestamp() - time.time())
    except (ValueError, TypeError, OverflowError, OSError):
        return None
