"""What changes in a daemon and one of its containers, as it changes: from its events, its log, and inotify."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

from layertui.core.engines.daemon.api_json.observation_json import layers_of
from layertui.core.engines.daemon.api_requests.daemon_answers import pieces, streamed
from layertui.core.errors import LayertuiError
from layertui.core.progress import Progress

if TYPE_CHECKING:
    from layertui.core.engines.daemon.containers.container_lookup import ContainerLookup
    from layertui.core.storage.event_journal import Event

LIFE, LOGS, LAYER = "life", "logs", "layer"
_SETTLE = 0.2
"""Seconds in which changes are gathered: a thousand lines of output are one or two changes."""
_LAYER_EVENTS = ("start", "die", "exec_die", "extract-to-dir", "archive-path")
_RUNS = ("start", "unpause", "restart")


def changes(
    lookup: ContainerLookup, follow: Callable[[Progress], Iterator[Event]], container: str | None, progress: Progress
) -> Iterator[frozenset[str]]:
    """What changed, each time something has; until `progress` is cancelled. `follow` gives the events to come. LayertuiError where the daemon's events end."""
    container_id = lookup.get(container).id if container is not None else None
    found: SimpleQueue[str | LayertuiError] = SimpleQueue()
    watchers = _Watchers(progress)
    try:
        watchers.start(lambda own: _events(follow(own), container_id, found))
        if container_id is not None:
            watchers.start(lambda own: _logs(lookup, container_id, found, own))
            upper = _upper(lookup, container_id)
            if upper is not None:
                watchers.start(lambda own: _layer(upper, found, own))
        while True:
            first = found.get()
            progress.advance(0)
            time.sleep(_SETTLE)
            changed = {first, *_waiting(found)}
            progress.advance(0)
            for one in changed:
                if isinstance(one, LayertuiError):
                    raise one
            if words := frozenset(one for one in changed if isinstance(one, str) and one):
                yield words
    finally:
        watchers.end()


class _Watchers:
    """Threads that each have a Progress of their own, all cancelled with one."""

    def __init__(self, progress: Progress) -> None:
        self._all: list[Progress] = []
        progress.when_cancelled(self.end)

    def start(self, watch: Callable[[Progress], None]) -> None:
        own = Progress()
        self._all.append(own)
        Thread(target=watch, args=(own,), daemon=True).start()

    def end(self) -> None:
        for one in self._all:
            one.cancel()


def _events(events: Iterator[Event], container_id: str | None, found: SimpleQueue[str | LayertuiError]) -> None:
    try:
        for event in events:
            found.put(LIFE)
            if event.id == container_id and event.action.startswith(_LAYER_EVENTS):
                found.put(LAYER)
        found.put("")
    except LayertuiError as error:
        found.put(error)  # Cancelled too, for whom all of this is done


def _logs(
    lookup: ContainerLookup, container_id: str, found: SimpleQueue[str | LayertuiError], progress: Progress
) -> None:
    """Tell of output of this run of the container, and of each that follows."""
    path, query = f"/containers/{container_id}/logs", {"stdout": 1, "stderr": 1, "follow": 1, "tail": 0}
    with suppress(LayertuiError):
        while not progress.cancelled:
            if lookup.get(container_id).state.alive:
                with streamed(lookup.client, "GET", path, "", query, progress) as response:
                    for _ in pieces(response):
                        found.put(LOGS)
                        progress.advance(0)
                found.put(LOGS)
            time.sleep(1)


def _upper(lookup: ContainerLookup, container_id: str) -> Path | None:
    """The folder of its writable layer, where the kernel can report changes in it."""
    layers = layers_of(lookup.inspect(container_id)) if lookup.is_local else ()
    return layers[0].folder if layers and os.access(layers[0].folder, os.R_OK | os.X_OK) else None


def _layer(upper: Path, found: SimpleQueue[str | LayertuiError], progress: Progress) -> None:
    from layertui.core.fs.watch.inotify import Watch

    with suppress(LayertuiError, OSError), Watch(deep=upper, progress=progress) as watch:
        while not progress.cancelled:
            changed = watch.wait()
            progress.advance(0)
            if changed is None or changed:
                found.put(LAYER)


def _waiting(found: SimpleQueue[str | LayertuiError]) -> Iterator[str | LayertuiError]:
    with suppress(Empty):
        while True:
            yield found.get_nowait()
