"""The commands events, top and stats."""

from __future__ import annotations

import re
import sys
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from layertui.core.errors import Cancelled, LayertuiError, NotFound, UsageError
from layertui.core.language.texts import tr
from layertui.tui.verbs.shared.cli_context import CliContext, pass_context, verb, words

if TYPE_CHECKING:
    from layertui.core.containers.model.container import Container
    from layertui.core.containers.observe.resource_usage import ResourceUsage, UsageSample
    from layertui.core.storage.event_journal import Event

_SPAN_OF_STATS = 1.0
"""Seconds between two readings; a processor's share lies between two."""


@verb("events", "events", "events --since 10m --until 0s", "events --json --since 2026-01-02T03:04:05Z")
@click.option("--since", metavar="T", help="Also past events, since: a time, or how long ago (10m, 1h30m).")
@click.option("--until", metavar="T", help="Stop there: a time, or how long ago; without it, go on until interrupted.")
@pass_context
def events_verb(context: CliContext, since: str | None, until: str | None) -> None:
    """Print events of containers and images as they happen."""
    begin, end = (moment_of(text) if text is not None else None for text in (since, until))
    seconds = (end - datetime.now(UTC)).total_seconds() if end is not None else None
    progress = context.progress()
    found = context.inspector.events(past=begin is not None, follow=seconds is None or seconds > 0, progress=progress)
    if found is None:
        raise LayertuiError(tr("no events are kept for engine {engine}", engine=context.settings.engine))
    over = threading.Event()  # not a look at the clock, which may have been set back

    def end_here() -> None:
        over.set()
        progress.cancel()

    timer = threading.Timer(seconds, end_here) if seconds is not None and seconds > 0 else None
    try:
        if timer is not None:
            timer.start()
        for event in found:
            at = datetime.fromisoformat(event.time)
            if (begin is None or at >= begin) and (end is None or at <= end):
                _print(context, event)
    except Cancelled:
        if not over.is_set():
            raise
    finally:
        if timer is not None:
            timer.cancel()


def _print(context: CliContext, event: Event) -> None:
    from layertui.tui.report.event_report import event_line, event_object

    if context.json:
        context.out.document(event_object(event))
    else:
        context.out.line(event_line(event))
    context.out.raw.flush()


_SPAN = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?")


def moment_of(text: str) -> datetime:
    """A time as docker takes it: RFC 3339, seconds since 1970, or how long ago. UsageError for what is none."""
    try:
        if (span := _SPAN.fullmatch(text)) is not None and text:
            hours, minutes, seconds = (float(part or 0) for part in span.groups())
            return datetime.now(UTC) - timedelta(hours=hours, minutes=minutes, seconds=seconds)
        if text.replace(".", "", 1).isdecimal():
            return datetime.fromtimestamp(float(text), UTC)
        found = datetime.fromisoformat(text)
        return found if found.tzinfo is not None else found.astimezone()
    except (ValueError, OverflowError, OSError):
        raise UsageError(
            tr("{text!r} is no time; write one such as 2026-01-02T03:04:05Z, or how long ago, such as 10m", text=text)
        ) from None


@verb("top", "top kind_banzai")
@click.argument("name")
@pass_context
def top_verb(context: CliContext, name: str) -> None:
    """Print the processes of a container, with their PIDs on the host."""
    from layertui.tui.report.process_report import process_object, top_lines

    found = context.inspector.containers.processes.top(name)
    if context.json:
        context.out.document([process_object(one) for one in found])
    else:
        context.out.lines(top_lines(found, datetime.now(UTC)))


@verb("stats", "stats", "stats --no-stream kind_banzai")
@click.option("--no-stream", is_flag=True, help="Print once and exit.")
@words("names", required=False, metavar="[NAME...]")
@pass_context
def stats_verb(context: CliContext, names: tuple[str, ...], no_stream: bool) -> None:
    """Print resource usage of containers: CPU, memory, network, disk, processes; of all that run, or of those named."""
    from layertui.tui.report.process_report import stats_lines, stats_object

    before: dict[str, UsageSample] = {}
    while True:
        found = [context.inspector.containers.get(name) for name in names] or [
            one for one in context.inspector.containers.list() if one.state.alive
        ]
        if not before:
            before = _readings(context, found)
            time.sleep(_SPAN_OF_STATS)
        now = _readings(context, found)
        rows = [(one, _stats(before.get(one.id), now.get(one.id))) for one in found]
        before = now
        if context.json and no_stream:
            context.out.document([stats_object(*row) for row in rows])
        elif context.json:
            for row in rows:
                context.out.document(stats_object(*row))
        else:
            context.out.pieces(["\x1b[H\x1b[J" if not no_stream and sys.stdout.isatty() else ""])
            context.out.lines(stats_lines(rows))
        context.out.raw.flush()
        if no_stream:
            return
        time.sleep(_SPAN_OF_STATS)


def _readings(context: CliContext, containers: list[Container]) -> dict[str, UsageSample]:
    found = {}
    for one in containers:
        with suppress(NotFound):  # it went while we looked
            if (reading := context.inspector.containers.observation.reading(one.id)) is not None:
                found[one.id] = reading
    return found


def _stats(before: UsageSample | None, now: UsageSample | None) -> ResourceUsage | None:
    from layertui.core.containers.observe.resource_usage import between

    return None if now is None else between(before or now, now)
