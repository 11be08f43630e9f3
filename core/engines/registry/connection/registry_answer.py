"""RegistryAnswer: what a registry answered; its body read within limits, and what goes wrong meanwhile as one line."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from layertui.core.bounds import bounds
from layertui.core.engines.registry.connection.transport_errors import plain, transport_errors
from layertui.core.engines.registry.registry_host import split_url
from layertui.core.errors import Damaged, LimitExceeded, Unreachable
from layertui.core.language.texts import tr
from layertui.core.oci import strict_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from urllib3 import BaseHTTPResponse, HTTPHeaderDict

_PIECE = 1 << 20  # bytes at most of one piece of a body: each wakes the thread that reads it


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a registry may take, in seconds."""

    connect: float = 10
    read: float = 30
    """Until the next bytes come."""
    retry: float = 45
    """All attempts at one request together."""
    longest_wait: float = 60
    """The longest `Retry-After` that is waited for."""
    document: float = 60
    """All of a body that is no blob."""
    pace: float = 30
    """The time in which at least `pace_bytes` must come of a body."""
    pace_bytes: int = 4096


class RegistryAnswer:
    """The answer to one request. Where it was asked for as a stream, its body is read by `chunks`, and it must be closed."""

    def __init__(self, host: str, url: str, response: BaseHTTPResponse, patience: Patience) -> None:
        self.url = url
        """The address that answered: another one than was asked where redirects were followed."""
        self._host, self._response, self._patience = host, response, patience
        self._body: bytes | None = None

    @property
    def status(self) -> int:
        return self._response.status

    @property
    def headers(self) -> HTTPHeaderDict:
        return self._response.headers

    @property
    def body(self) -> bytes:
        """All of the body. LimitExceeded where it is longer than a JSON document may be, Damaged where it is cut or encoded."""
        if self._body is None:
            self._body = self._all()
        return self._body

    def json(self, what: str) -> Any:
        """The body as JSON; `what` it is begins the line of the error. Raises Damaged and LimitExceeded."""
        return strict_json.loads(self.body, what=tr("{what} of registry {host}", what=what, host=self._host))

    def chunks(self) -> Iterator[bytes]:
        """The body as it was sent. Raises Unreachable where it is cut off, stalls, or comes too slowly."""
        waited, count, limits = 0.0, 0, self._patience
        while True:
            begun = time.monotonic()
            with transport_errors(self._host):
                # What has come, not what fills a piece, however slowly.
                piece = self._response.read1(_PIECE, decode_content=False)
            if not piece:
                return
            count += len(piece)
            waited += time.monotonic() - begun  # for the registry, not for the consumer of the bytes
            if count >= limits.pace_bytes:
                waited, count = 0.0, 0
            elif waited > limits.pace:
                raise Unreachable(
                    tr(
                        "registry {host}: sends less than {pace_bytes:,} bytes in {pace:g} seconds; try again later",
                        host=self._host,
                        pace_bytes=limits.pace_bytes,
                        pace=limits.pace,
                    )
                )
            yield piece

    def interrupt(self) -> None:
        """End a `chunks` that waits in another thread: it raises Unreachable. Only `close` may follow."""
        with suppress(ValueError, RuntimeError, OSError):  # nothing is waited for any more
            self._response.shutdown()

    def close(self) -> None:
        """Give the connection back, or end it where the body was not read to its end."""
        from urllib3.exceptions import HTTPError

        with suppress(HTTPError):
            if self._response.length_remaining == 0:
                self._response.read1(1, decode_content=False)  # the end has to be seen before the next request
        self._response.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _all(self) -> bytes:
        if self.headers.get("content-encoding", "identity") != "identity":
            raise Damaged(
                tr("registry {host}: answers with a compressed body, for which it was not asked", host=self._host)
            )
        pieces, size, begun = [], 0, time.monotonic()
        with self:
            for chunk in self.chunks():
                size += len(chunk)
                if time.monotonic() - begun > self._patience.document:
                    raise Unreachable(tr("registry {host}: no whole answer in time; try again later", host=self._host))
                if size > bounds().json:
                    raise LimitExceeded(
                        tr(
                            "registry {host}: the answer to {path} is longer than {json:,} bytes;"
                            " LAYERTUI_MAX_JSON sets another limit (0: none)",
                            host=self._host,
                            path=split_url(self.url).path,
                            json=bounds().json,
                        )
                    )
                pieces.append(chunk)
        return b"".join(pieces)

    def reason(self) -> str:
        """What the registry says of an error: the codes and messages of its JSON, or nothing. The connection is given back."""
        try:
            errors = strict_json.load_object(self.body).get("errors")
        except (Damaged, LimitExceeded, Unreachable):
            return ""
        rows = [one for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
        texts = [": ".join(str(row[key]) for key in ("code", "message") if row.get(key)) for row in rows]
        return plain("; ".join(filter(None, texts)))
