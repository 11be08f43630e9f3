"""Verbs that watch: events."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from threading import Timer
from typing import TYPE_CHECKING

import click

from layertui.core.errors import Cancelled, LayertuiError, UsageError
from layertui.tui.verbs.shape import Asked, pass_asked, verb

if TYPE_CHECKING:
    from layertui.core.engines.engine import Event


@verb("events", "events", "events --since 10m --until 0s", "events --json --since 2026-01-02T03:04:05Z")
@click.option("--since", metavar="T", help="Those of before, too: a time, or so long ago (10m, 1h30m).")
@click.option("--until", metavar="T", help="And no longer than until then; without it, until interrupted.")
@pass_asked
def events_verb(asked: Asked, since: str | None, until: str | None) -> None:
    """Print what is done to containers and images, as it is done."""
    begin, end = (moment_of(text) if text is not None else None for text in (since, until))
    seconds = (end - datetime.now(UTC)).total_seconds() if end is not None else None
    progress = asked.progress()
    found = asked.inspector.events(past=begin is not None, follow=seconds is None or seconds > 0, progress=progress)
    if found is None:
        raise LayertuiError(f"nobody keeps events for engine {asked.settings.engine}")
    timer = Timer(seconds, progress.cancel) if seconds is not None and seconds > 0 else None
    try:
        if timer is not None:
            timer.start()
        for event in found:
            at = datetime.fromisoformat(event.time[:26] + "+00:00")
            if (begin is None or at >= begin) and (end is None or at <= end):
                _print(asked, event)
    except Cancelled:
        if end is None or datetime.now(UTC) < end:
            raise
    finally:
        if timer is not None:
            timer.cancel()


def _print(asked: Asked, event: Event) -> None:
    from layertui.tui.report.events import event_line, event_object

    if asked.json:
        asked.out.document(event_object(event))
    else:
        asked.out.line(event_line(event))
    asked.out.raw.flush()


_SPAN = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?")


def moment_of(text: str) -> datetime:
    """A time as docker takes it: RFC 3339, seconds since 1970, or how long ago. UsageError for what is none."""
    try:
        if (span := _SPAN.fullmatch(text)) is not None and text:
            hours, minutes, seconds = (float(part or 0) for part in span.groups())
            return datetime.now(UTC) - timedelta(hours=hours, minutes=minutes, seconds=seconds)
        if text.replace(".", "", 1).isdecimal():
            return datetime.fromtimestamp(float(text), UTC)
        found = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
        return found if found.tzinfo is not None else found.astimezone()
    except (ValueError, OverflowError, OSError):
        raise UsageError(
            f"{text!r} is no time; write one such as 2026-01-02T03:04:05Z, or how long ago, such as 10m"
        ) from None
