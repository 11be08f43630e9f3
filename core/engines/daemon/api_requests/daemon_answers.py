"""Answers that are streamed, or that take long to begin: read as they come, and left as soon as the user cancels."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from math import inf
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from layertui.core.engines.cut_request import SentRequest
from layertui.core.engines.daemon.api_requests.daemon_requests import CONNECT, raise_for_status, read_bounded, url
from layertui.core.errors import Cancelled, LayertuiError, Unreachable
from layertui.core.fs.reader import Reader
from layertui.core.language.texts import tr
from layertui.core.progress import Progress, quiet

if TYPE_CHECKING:
    from collections.abc import Callable

    from requests import Response

    from layertui.core.engines.daemon.daemon_client import DaemonClient

Answer = TypeVar("Answer")
_PIECE = 1 << 16
_LOOK = 0.1  # seconds between two looks whether the user has cancelled


@contextmanager
def streamed(
    client: DaemonClient,
    method: str,
    path: str,
    what: str,
    params: Mapping[str, Any],
    progress: Progress | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    seconds: float | None = None,
) -> Iterator[Response]:
    """An answer that may take any time, also until it begins. It ends, and Cancelled is raised, once `progress` is cancelled.

    `seconds` is the longest silence; None for any. Podman 4 sends no header of a followed log before the log has a line.
    """
    progress, api = progress or quiet(), client.api

    def ask() -> Response:
        return api.request(
            method, url(api, path), params=dict(params), headers=headers, stream=True, timeout=(CONNECT, seconds)
        )

    with client.errors(what):
        response = waited(ask, progress, lambda late: late.close())
        with response:
            raise_for_status(response)
            with interruptible(response, progress):
                yield response


@contextmanager
def interruptible(response: Response, progress: Progress) -> Iterator[None]:
    """End an answer that is being read, and raise Cancelled, as soon as `progress` is cancelled from another thread."""
    progress.when_cancelled(lambda: _cut(response))
    try:
        yield
        progress.advance(0)  # what was cut may look like an end
    except Exception as error:
        if progress.cancelled and not isinstance(error, Cancelled):
            raise Cancelled from error
        raise
    finally:
        progress.when_cancelled(_nothing)


def pieces(response: Response) -> Iterator[bytes]:
    """The body as it comes: a piece is given on at once, however short it is."""
    raw: Any = response.raw
    while content := raw.read1(_PIECE):
        yield content


def messages(response: Response, client: DaemonClient) -> Iterator[dict[str, Any]]:
    """The JSON objects that a daemon sends one after another while it works, one a line.

    Raises LayertuiError with the daemon's words where one of them is an error, Unreachable where one is no JSON object.
    """
    content = read_bounded(response, tr("the answer of {title}", title=client.title), inf)
    for line in filter(None, (line.strip() for line in content.split(b"\n"))):
        found = orjson.loads(line)
        if not isinstance(found, dict):
            raise Unreachable(
                tr(
                    "{title} at {address}: its answer is not a JSON object",
                    title=client.title,
                    address=client.endpoint.address,
                )
            )
        if said := found.get("error") or found.get("errorDetail"):
            said = said.get("message") if isinstance(said, dict) else said
            raise LayertuiError(f"{client.title}: {' '.join(str(said).split())}")
        yield found


class Body(Reader):
    """The body of a response as a stream; what goes wrong on its way is one line. Closing it ends the transfer.

    With `progress` a read that waits for the daemon ends, with Cancelled, as soon as that is cancelled.
    """

    def __init__(self, response: Response, client: DaemonClient, name: str, progress: Progress | None = None) -> None:
        super().__init__()
        self.name = name
        self._response, self._client, self._progress = response, client, progress or quiet()

    def read(self, size: int | None = -1) -> bytes:
        with self._client.errors(self.name), interruptible(self._response, self._progress):
            wanted = None if size is None or size < 0 else size
            got: bytes = self._response.raw.read(wanted)
            return got

    def interrupt(self) -> None:
        """End the transfer while another thread waits for more of it, which `close` would wait for."""
        _cut(self._response)

    def close(self) -> None:
        if not self.closed:
            self._response.close()
        super().close()


def get_body(client: DaemonClient, path: str, what: str, progress: Progress) -> Body:
    """A GET whose body is streamed; a daemon may take long until it begins, since it makes the archive first. Raises Cancelled."""
    api = client.api

    def ask() -> Response:
        return api.get(url(api, path), stream=True, timeout=(CONNECT, None))

    with client.errors(what):
        response = waited(ask, progress, lambda late: late.close())
        raise_for_status(response)
    return Body(response, client, what, progress)


def waited(ask: Callable[[], Answer], progress: Progress, discard: Callable[[Answer], object]) -> Answer:
    """What `ask` gives or raises, on another thread, so that waiting for it can be cancelled; `discard` gets what comes too late.

    A cancel cuts the connection, so that the thread ends too.
    """
    found: list[Answer] = []
    failed: list[BaseException] = []
    done, dropped, request = Event(), Event(), SentRequest()

    def work() -> None:
        request.begin()
        try:
            found.append(ask())
        except BaseException as error:  # noqa: BLE001  (raised where it is waited for)
            failed.append(error)
        done.set()
        if dropped.is_set() and found:
            discard(found[0])

    Thread(target=work, daemon=True, name="waits for a daemon").start()
    try:
        while not done.wait(_LOOK):
            progress.advance(0)
        progress.advance(0)
    except BaseException:
        dropped.set()
        request.cut()
        if done.is_set() and found:
            discard(found[0])
        raise
    if failed:
        raise failed[0]
    return found[0]


def _cut(response: Response) -> None:
    """End a response that another thread reads from: closing it would wait for that thread."""
    raw: Any = response.raw
    connection = getattr(raw, "_connection", None) or getattr(raw, "connection", None)
    sockets: list[Any] = [getattr(connection, "sock", None), _socket_below(raw)]
    for one in sockets:
        with suppress(OSError, AttributeError):
            one.shutdown(socket.SHUT_RDWR)


def _socket_below(raw: Any) -> Any:
    """The socket of a response that goes on until its connection is closed: http.client no longer has it."""
    reader = getattr(getattr(raw, "_fp", None), "fp", None)
    if (over_ssh := getattr(reader, "channel", None)) is not None:
        return over_ssh
    return getattr(getattr(reader, "raw", None), "_sock", None)


def _nothing() -> None:
    """The call is over: a cancel has nothing to end."""
