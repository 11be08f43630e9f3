"""Requests whose answers are short: JSON, or nothing. What the SDK has no method for, or would read without a limit."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any

import orjson

from layertui.core.bounds import check
from layertui.core.errors import Unreachable
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Mapping

    from docker.api.client import APIClient
    from requests import Response

    from layertui.core.engines.daemon.daemon_client import DaemonClient

CONNECT = 10
"""Seconds until a connection is made."""
PATIENCE = 120
"""Seconds until an answer is there: a list of thousands takes a while, and so does a container's end on a busy machine."""
_CHUNK = 1 << 20
_LONGEST_ERROR = 1 << 16  # bytes
_ERROR_PATIENCE = 30  # seconds
_PER_VALUE = 100  # bytes in memory, about, of one value of JSON beside its text
_IN_MEMORY = 4
"""So many times its limit in bytes JSON may take in memory: what daemons send takes as many times its length."""


def get_json(client: DaemonClient, path: str, what: str = "", **params: object) -> Any:
    """The JSON of a GET, None for an empty body. Raises as `DaemonClient.errors`, LimitExceeded for more than `Bounds.documents`.

    `what` begins the line of an error that names nothing.
    """
    return _json(client, "GET", path, what, params)


def delete_json(client: DaemonClient, path: str, what: str, **params: object) -> Any:
    """The JSON of a DELETE, as of `get_json`."""
    return _json(client, "DELETE", path, what, params)


def post_json(client: DaemonClient, path: str, what: str, body: Mapping[str, Any], **params: object) -> dict[str, Any]:
    """A POST whose body and answer are JSON objects."""
    found = _json(client, "POST", path, what, params, body=body)
    return found if isinstance(found, dict) else {}


def post(client: DaemonClient, path: str, what: str, *, seconds: float = PATIENCE, **params: object) -> None:
    """A POST whose answer says no more than that it was done."""
    _json(client, "POST", path, what, params, seconds=seconds)


def exists(client: DaemonClient, path: str, /, **params: Any) -> bool:
    """Whether the daemon answers a HEAD with no error."""
    with client.errors():
        return client.api.head(url(client.api, path), params=params, stream=True, timeout=(CONNECT, PATIENCE)).ok


def url(api: APIClient, path: str) -> str:
    """The address of a path of the API, in the version that was negotiated; a path of Podman's own API names its version."""
    return f"{api.base_url}{path}" if "/libpod/" in path else f"{api.base_url}/v{api.api_version}{path}"


def raise_for_status(response: Response) -> None:
    """Raise the SDK's APIError for an error status, with the daemon's words, of which no more than 64 KiB are read.

    Raises Unreachable for a redirect.
    """
    if response.is_redirect:
        response.close()
        raise Unreachable(tr("a redirect to another address, which a daemon has no reason for, is not followed"))
    if response.status_code < 400:
        return
    from docker.errors import APIError

    content, until = b"", monotonic() + _ERROR_PATIENCE
    while len(content) < _LONGEST_ERROR and monotonic() < until:
        piece = response.raw.read1(_LONGEST_ERROR - len(content))
        if not piece:
            break
        content += piece
    response.close()
    raise APIError(
        tr("answers {status_code}", status_code=response.status_code), response, _words_of(content)
    )  # the SDK's own way reads all of it


def _words_of(content: bytes) -> str:
    """What an error's body says: the message in its JSON, or the body where it is another."""
    try:
        found = orjson.loads(content)
    except ValueError:
        found = None
    said = found.get("message") if isinstance(found, dict) else None
    return said if isinstance(said, str) else content.decode(errors="replace").strip()


def read_bounded(response: Response, what: str, seconds: float = PATIENCE) -> bytes:
    """The whole body, which is JSON. LimitExceeded for more than `Bounds.documents`, TimeoutError if it takes longer than `seconds`."""
    pieces, count, values, until = [], 0, 0, monotonic() + seconds
    while piece := response.raw.read1(_CHUNK):  # what has come, not what fills a piece, however slowly
        count += len(piece)
        values += piece.count(b",") + piece.count(b"\n")
        in_memory = (count + values * _PER_VALUE) // _IN_MEMORY
        check(
            "documents",
            max(count, in_memory),
            tr("{what} is more than {count:,} bytes long, or too many values", what=what, count=count),
        )
        if monotonic() > until:
            raise TimeoutError
        pieces.append(piece)
    return b"".join(pieces)


def _json(
    client: DaemonClient,
    method: str,
    path: str,
    what: str,
    params: Mapping[str, object],
    *,
    body: Mapping[str, Any] | None = None,
    seconds: float = PATIENCE,
) -> Any:
    api = client.api
    with client.errors(what):
        asked: Any = dict(params)
        with api.request(
            method, url(api, path), params=asked, json=body, stream=True, timeout=(CONNECT, seconds)
        ) as response:
            raise_for_status(response)
            content = read_bounded(
                response, tr("the answer of {title} to {path}", title=client.title, path=path), seconds
            )
        return orjson.loads(content) if content.strip() else None
