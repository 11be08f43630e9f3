"""Requests about images: JSON answers within a bound, bodies that are streamed, and waiting that can be cancelled."""

from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from layertui.core.bounds import check
from layertui.core.errors import Unreachable
from layertui.core.fs.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from requests import Response

    from layertui.core.engines.daemon.daemon_client import DaemonClient
    from layertui.core.progress import Progress

Answer = TypeVar("Answer")
_CONNECT = 10  # seconds
_ANSWER = 120  # seconds until a short answer is there: a list of thousands of images takes a while
_CHUNK = 1 << 20
_LOOK = 0.1  # seconds between two looks whether somebody has cancelled


def get_json(client: DaemonClient, path: str, what: str = "", **params: object) -> Any:
    """The JSON of a GET. Raises as `DaemonClient.errors`, and LimitExceeded for more than `Bounds.documents`."""
    return _json(client, "GET", path, what, params)


def delete_json(client: DaemonClient, path: str, what: str, **params: object) -> Any:
    """The same of a DELETE."""
    return _json(client, "DELETE", path, what, params)


def post(client: DaemonClient, path: str, what: str, **params: object) -> None:
    """A POST whose answer says no more than that it was done."""
    _json(client, "POST", path, what, params)


def _json(client: DaemonClient, method: str, path: str, what: str, params: Mapping[str, object]) -> Any:
    api = client.api
    with client.errors(what):
        timeout = (_CONNECT, _ANSWER)
        url = f"{api.base_url}/v{api.api_version}{path}"
        with api.request(method, url, params=dict(params), stream=True, timeout=timeout) as response:  # type: ignore[arg-type]
            require_success(response)
            content = read_bounded(response, f"the answer of {client.title} to {path}")
        return orjson.loads(content) if content.strip() else None


def require_success(response: Response) -> None:
    """Raise the SDK's error for a status that is one, with what the daemon says."""
    from docker.errors import create_api_error_from_http_exception
    from requests.exceptions import HTTPError

    try:
        response.raise_for_status()
    except HTTPError as error:
        create_api_error_from_http_exception(error)  # raises


def read_bounded(response: Response, what: str) -> bytes:
    """The whole body. LimitExceeded for more than `Bounds.documents`."""
    pieces, count = [], 0
    while piece := response.raw.read(_CHUNK, decode_content=True):
        count += len(piece)
        check("documents", count, f"{what} is more than {count} bytes long")
        pieces.append(piece)
    return b"".join(pieces)


def messages(response: Response, client: DaemonClient) -> Iterator[dict[str, Any]]:
    """The JSON objects that a daemon sends one after another while it works, one a line; the one that tells of an error is raised."""
    from layertui.core.errors import LayertuiError

    content = read_bounded(response, f"the answer of {client.title}")
    for line in filter(None, (line.strip() for line in content.split(b"\n"))):
        found = orjson.loads(line)
        if not isinstance(found, dict):
            raise Unreachable(f"{client.title} at {client.endpoint.address}: its answer is not a JSON object")
        if said := found.get("error") or found.get("errorDetail"):
            said = said.get("message") if isinstance(said, dict) else said
            raise LayertuiError(f"{client.title}: {' '.join(str(said).split())}")
        yield found


class Body(Reader):
    """The body of a response as a stream; what goes wrong on its way is one line. Closing it ends the transfer."""

    def __init__(self, response: Response, client: DaemonClient, name: str) -> None:
        super().__init__()
        self.name = name
        self._response, self._client = response, client

    def read(self, size: int | None = -1) -> bytes:
        with self._client.errors(self.name):
            wanted = None if size is None or size < 0 else size
            got: bytes = self._response.raw.read(wanted)
            return got

    def close(self) -> None:
        if not self.closed:
            self._response.close()
        super().close()


def get_body(client: DaemonClient, path: str, what: str, progress: Progress) -> Body:
    """A GET whose body is streamed; a daemon may take long until it begins, since it makes the archive first. Raises Cancelled."""
    api = client.api

    def ask() -> Response:
        return api.get(f"{api.base_url}/v{api.api_version}{path}", stream=True, timeout=(_CONNECT, None))

    with client.errors(what):
        response = waited(ask, progress, lambda late: late.close())
        require_success(response)
    return Body(response, client, what)


def waited(ask: Callable[[], Answer], progress: Progress, discard: Callable[[Answer], object]) -> Answer:
    """What `ask` gives or raises, on another thread, so that waiting for it ends when somebody cancels; `discard` gets what comes too late."""
    found: list[Answer] = []
    failed: list[BaseException] = []
    done, dropped = Event(), Event()

    def work() -> None:
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
        if done.is_set() and found:
            discard(found[0])
        raise
    if failed:
        raise failed[0]
    return found[0]
