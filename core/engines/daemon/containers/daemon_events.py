"""DaemonEvents: what was done in a daemon, and what changes now."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from layertui.core.bounds import bounds, exceeded
from layertui.core.engines.daemon.api_requests.daemon_answers import pieces, streamed
from layertui.core.errors import Damaged
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from requests import Response

    from layertui.core.engines.daemon.containers.container_lookup import ContainerLookup
    from layertui.core.progress import Progress
    from layertui.core.storage.event_journal import Event

_FIRST = "1"  # seconds since 1970; a daemon keeps the last few hundred


class DaemonEvents:
    """See Events in `store_protocols.py`."""

    def __init__(self, lookup: ContainerLookup) -> None:
        self._lookup, self._client = lookup, lookup.client

    def events(self, *, past: bool, follow: bool, progress: Progress | None = None) -> Iterator[Event]:
        if not past and not follow:
            return
        # Here, since a list of containers needs none of it.
        from layertui.core.engines.daemon.api_json.event_json import event_of
        from layertui.core.oci import strict_json

        query = {"since": _FIRST} if past else {}
        if not follow:
            # Podman finds nothing before a time that is now.
            of_podman = self._client.endpoint.kind == "podman"
            query |= {"stream": "false"} if of_podman else {"until": f"{time.time():.9f}"}
        with streamed(self._client, "GET", "/events", "", query, progress) as response:
            for line in event_lines(response):
                with suppress(Damaged):
                    found = event_of(strict_json.load_object(line, what=tr("an event")))
                    if progress is not None:
                        progress.advance(0)
                    if found is not None:
                        yield found

    def changes(self, container: str | None, progress: Progress) -> Iterator[frozenset[str]]:
        from layertui.core.engines.daemon.containers.container_changes import changes

        return changes(
            self._lookup, lambda own: self.events(past=False, follow=True, progress=own), container, progress
        )


def event_lines(response: Response) -> Iterator[bytes]:
    """The events of an answer as they come: JSON objects, a line each. LimitExceeded for one that does not end."""
    rest = b""
    for piece in pieces(response):
        *lines, rest = (rest + piece).split(b"\n")
        yield from (line for line in lines if line.strip())
        if len(rest) > bounds().json:
            raise exceeded("json", tr("an event of the daemon is too long"))
    if rest.strip():
        yield rest
