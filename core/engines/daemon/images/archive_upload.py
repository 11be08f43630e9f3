"""Sends a body to a daemon while it is written: an archive, or a tar to import, never whole in memory."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from threading import Thread
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from layertui.core.engines.daemon.api_requests.daemon_answers import interruptible, messages, waited
from layertui.core.engines.daemon.api_requests.daemon_requests import raise_for_status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from requests import Response

    from layertui.core.engines.daemon.daemon_client import DaemonClient
    from layertui.core.progress import Progress

_CONNECT = 10  # seconds
_CHUNK = 1 << 18
_TAR = {"Content-Type": "application/x-tar"}


def upload(
    client: DaemonClient,
    path: str,
    what: str,
    write: Callable[[BinaryIO], None],
    progress: Progress,
    **params: object,
) -> list[dict[str, Any]]:
    """POST what `write` writes, and give the messages that the daemon answers with.

    Raises Cancelled as soon as `progress` is cancelled, also while the daemon takes nothing or does not answer; what `write`
    raises, and then the body ends in the middle, so that the daemon takes nothing of it; as `DaemonClient.errors`; LayertuiError
    where one of the messages reports an error.
    """
    api = client.api
    with client.errors(what), _written(write) as pieces:
        url = f"{api.base_url}/v{api.api_version}{path}"

        def ask() -> Response:
            # A daemon answers once it has unpacked all of it, however long that takes.
            return api.post(
                url,
                params=cast("dict[str, str]", params),
                data=pieces,
                headers=_TAR,
                stream=True,
                timeout=(_CONNECT, None),
            )

        with waited(ask, progress, lambda late: late.close()) as response:
            raise_for_status(response)
            with interruptible(response, progress):
                return list(messages(response, client))


@contextmanager
def _written(write: Callable[[BinaryIO], None]) -> Iterator[Iterator[bytes]]:
    """The pieces of what `write` writes on a thread of its own; its error is raised where the next piece is asked for."""
    reading, writing = os.pipe()
    # Unbuffered: its number may be another file's by the time that a sender, left behind by a cancel, reads again.
    source = os.fdopen(reading, "rb", buffering=0)
    failed: list[BaseException] = []

    def work() -> None:
        try:
            with os.fdopen(writing, "wb", buffering=_CHUNK) as out:
                write(out)
        except BaseException as error:  # noqa: BLE001  (raised by the thread that sends)
            failed.append(error)

    def pieces() -> Iterator[bytes]:
        while piece := source.read(_CHUNK):
            yield piece
        thread.join()
        if failed:
            raise failed[0]

    thread = Thread(target=work, name="writes to a daemon")
    thread.start()
    given = pieces()
    try:
        yield given
    finally:
        # Where the daemon has not taken all of it, the writer meets a closed pipe.
        source.close()
        with suppress(RuntimeError):
            thread.join()
