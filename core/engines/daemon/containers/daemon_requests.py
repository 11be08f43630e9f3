"""Requests that Docker's SDK has no method for, or whose answers it would read without a limit; by its session."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from layertui.core.bounds import bounds, exceeded
from layertui.core.errors import Cancelled
from layertui.core.oci import strict_json
from layertui.core.progress import Progress, quiet

if TYPE_CHECKING:
    from docker.api.client import APIClient
    from requests import Response

    from layertui.core.engines.daemon.containers.hijacked_socket import HijackedSocket
    from layertui.core.engines.daemon.daemon_client import DaemonClient

_PIECE = 1 << 16
_CONNECT = 10  # seconds until a connection is made
PATIENCE = 120
"""Seconds until an answer to what has a container started or ended; a daemon that is busy needs many."""


def get_json(client: DaemonClient, path: str, what: str, **params: Any) -> Any:
    """The JSON that a path of the API answers, an object or a list. LimitExceeded where it is longer than `Bounds` allows.

    `what` begins the line of an error that names nothing; None where the body is empty.
    """
    with client.errors(what):
        response = client.api.get(url(client.api, path), params=params, stream=True, timeout=(_CONNECT, PATIENCE))
        with response:
            raise_for_status(response)
            content = _bounded(response, what or path)
    return strict_json.loads(content, what=f"the answer of {client.title}") if content.strip() else None


def post_json(client: DaemonClient, path: str, what: str, body: Mapping[str, Any], **params: Any) -> dict[str, Any]:
    """A POST whose body and answer are JSON objects."""
    with client.errors(what):
        response = client.api.post(
            url(client.api, path), params=params, json=body, stream=True, timeout=(_CONNECT, PATIENCE)
        )
        with response:
            raise_for_status(response)
            content = _bounded(response, what)
    return strict_json.load_object(content, what=f"the answer of {client.title}")


def post(client: DaemonClient, path: str, what: str, *, seconds: float = PATIENCE, **params: Any) -> None:
    """A POST without a body, whose answer has none either."""
    with client.errors(what):
        response = client.api.post(url(client.api, path), params=params, stream=True, timeout=(_CONNECT, seconds))
        with response:
            raise_for_status(response)


@contextmanager
def streamed(
    client: DaemonClient,
    method: str,
    path: str,
    what: str,
    params: Mapping[str, Any],
    progress: Progress | None = None,
) -> Iterator[Response]:
    """An answer that may take as long as it likes. It ends, and Cancelled is raised, as soon as `progress` is cancelled."""
    with client.errors(what):
        response = client.api.request(
            method, url(client.api, path), params=dict(params), stream=True, timeout=(_CONNECT, None)
        )
        with response:
            raise_for_status(response)
            with interruptible(response, progress or quiet()):
                yield response


@contextmanager
def interruptible(response: Response, progress: Progress) -> Iterator[None]:
    """End an answer that is being read, and raise Cancelled, as soon as `progress` is cancelled from another thread."""
    progress.when_cancelled(lambda: _cut(response))
    try:
        yield
    except Exception as error:
        if progress.cancelled and not isinstance(error, Cancelled):
            raise Cancelled from error
        raise
    finally:
        progress.when_cancelled(_nothing)
    progress.advance(0)


def hijack(
    client: DaemonClient,
    path: str,
    what: str,
    *,
    body: Mapping[str, Any] | None = None,
    query: Mapping[str, Any] | None = None,
) -> HijackedSocket:
    """The connection that a daemon makes of a POST to attach to a process: from then on both sides only stream."""
    from layertui.core.engines.daemon.containers.hijacked_socket import HijackedSocket

    with client.errors(what):
        response = client.api.post(
            url(client.api, path),
            json=body,
            params=query,
            headers={"Connection": "Upgrade", "Upgrade": "tcp"},
            stream=True,
            timeout=(_CONNECT, PATIENCE),
        )
        raise_for_status(response)
        return HijackedSocket(response)


def exists(client: DaemonClient, path: str, /, **params: Any) -> bool:
    """Whether the daemon answers a HEAD with no error."""
    with client.errors():
        return client.api.head(url(client.api, path), params=params, timeout=_CONNECT).ok


def pieces(response: Response) -> Iterator[bytes]:
    """The body as it comes: a piece is given on at once, however short it is."""
    raw: Any = response.raw
    while content := raw.read1(_PIECE):
        yield content


def url(api: APIClient, path: str) -> str:
    """The address of a path of the API, in the version that was negotiated."""
    return f"{api.base_url}/v{api.api_version}{path}"


def raise_for_status(response: Response) -> None:
    """Raise the SDK's APIError for an error status, with the daemon's words."""
    from docker.errors import create_api_error_from_http_exception
    from requests.exceptions import HTTPError

    try:
        response.raise_for_status()
    except HTTPError as error:
        create_api_error_from_http_exception(error)


def _bounded(response: Response, what: str) -> bytes:
    content = bytearray()
    for piece in response.iter_content(_PIECE):
        content += piece
        if len(content) > bounds().json:
            raise exceeded("json", f"{what}: the answer is too long")
    return bytes(content)


def _cut(response: Response) -> None:
    """End a response that another thread reads from: closing it would wait for that thread."""
    raw: Any = response.raw
    connection = getattr(raw, "_connection", None) or getattr(raw, "connection", None)
    sockets: list[Any] = [getattr(connection, "sock", None), _socket_below(raw)]
    for one in sockets:
        with suppress(OSError, AttributeError):
            one.shutdown(socket.SHUT_RDWR)


def _socket_below(raw: Any) -> Any:
    """The socket of a response that goes on until its connection is closed: there http.client has let go of it."""
    reader = getattr(getattr(raw, "_fp", None), "fp", None)
    return getattr(getattr(reader, "raw", None), "_sock", None)


def _nothing() -> None:
    """Nobody waits any more."""
