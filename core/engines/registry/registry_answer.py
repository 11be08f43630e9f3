"""RegistryAnswer: what a registry answered; its body read within limits, and what goes wrong meanwhile as one line."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from layertui.core.bounds import bounds
from layertui.core.errors import Damaged, LimitExceeded, Unreachable
from layertui.core.oci import strict_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

_NO_CONTROLS = dict.fromkeys((*range(32), *range(127, 160), *range(8234, 8239), *range(8294, 8298)))
_LONGEST_REASON = 200


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

    def __init__(self, host: str, response: httpx.Response, patience: Patience) -> None:
        self._host, self._response, self._patience = host, response, patience
        self._body: bytes | None = None

    @property
    def status(self) -> int:
        return self._response.status_code

    @property
    def headers(self) -> httpx.Headers:
        return self._response.headers

    @property
    def url(self) -> str:
        """The address that answered: another one than was asked where redirects were followed."""
        return str(self._response.url)

    @property
    def body(self) -> bytes:
        """All of the body. LimitExceeded where it is longer than a JSON document may be, Damaged where it is cut or encoded."""
        if self._body is None:
            self._body = self._all()
        return self._body

    def json(self, what: str) -> Any:
        """The body as JSON; `what` it is begins the line of the error. Raises Damaged and LimitExceeded."""
        return strict_json.loads(self.body, what=f"{what} of registry {self._host}")

    def chunks(self) -> Iterator[bytes]:
        """The body as it was sent. Raises Unreachable where it is cut off, stalls, or comes too slowly."""
        waited, count, limits = 0.0, 0, self._patience
        # In pieces as they come: httpx would wait until a larger one is full, however slowly.
        pieces = self._response.iter_raw()
        while True:
            begun = time.monotonic()
            with transport_errors(self._host):
                piece = next(pieces, None)
            if piece is None:
                return
            count += len(piece)
            waited += time.monotonic() - begun  # for the registry, not for who takes the bytes
            if count >= limits.pace_bytes:
                waited, count = 0.0, 0
            elif waited > limits.pace:
                raise Unreachable(
                    f"registry {self._host}: sends less than {limits.pace_bytes} bytes in {limits.pace:g} seconds; try again later"
                )
            yield piece

    def close(self) -> None:
        """Give the connection back, or end it where the body was not read to its end."""
        self._response.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _all(self) -> bytes:
        if self.headers.get("content-encoding", "identity") != "identity":
            raise Damaged(f"registry {self._host}: answers with a compressed body, for which it was not asked")
        pieces, size, begun = [], 0, time.monotonic()
        with self:
            for chunk in self.chunks():
                size += len(chunk)
                if time.monotonic() - begun > self._patience.document:
                    raise Unreachable(f"registry {self._host}: no whole answer in time; try again later")
                if size > bounds().json:
                    raise LimitExceeded(
                        f"registry {self._host}: the answer to {self._response.request.url.path} is longer than {bounds().json} bytes;"
                        " LAYERTUI_MAX_JSON sets another limit (0: none)"
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


def plain(text: str) -> str:
    """A stranger's text for a line of ours: one line, not long, without control characters."""
    shown = " ".join(text.split()).translate(_NO_CONTROLS)
    return shown if len(shown) <= _LONGEST_REASON else shown[:_LONGEST_REASON] + "…"


@contextmanager
def transport_errors(host: str) -> Iterator[None]:
    """Turn errors of httpx into Unreachable, with what to try."""
    import httpx

    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        raise Unreachable(f"registry {host}: {_cause(error)}") from error


def _cause(error: Exception) -> str:
    import ssl

    import httpx

    seen: BaseException = error
    chain = [seen]
    while (cause := seen.__cause__ or seen.__context__) is not None:
        seen = cause
        chain.append(seen)
    for one in chain:
        if isinstance(one, ssl.SSLCertVerificationError):
            return (
                f"its certificate cannot be verified ({one.verify_message}); put its CA into certs.d/HOST/ca.crt below"
                " ~/.config/containers, or name it in SSL_CERT_FILE"
            )
        if isinstance(one, ssl.SSLError):
            return (
                f"no TLS with it ({plain(one.reason or str(one))}); if it speaks plain HTTP, allow that with --insecure"
            )
    if isinstance(error, httpx.ConnectTimeout):
        return "no connection in time; check its name and the network"
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time; try again later"
    if isinstance(error, httpx.ConnectError):
        last = next((one for one in reversed(chain) if isinstance(one, OSError) and one.strerror), None)
        return f"{plain(str(last.strerror if last else error)).lower()}; is it running, and is its name right?"
    if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError | httpx.WriteError):
        return f"the connection was cut ({plain(str(error)) or type(error).__name__}); try again"
    return f"{plain(str(error)) or type(error).__name__}; try again"
