"""DaemonClient: one daemon's API through Docker's SDK: connected when first used, its errors as ours, in one line each."""

from __future__ import annotations

from contextlib import contextmanager
from threading import local
from typing import TYPE_CHECKING, Any

from layertui.core.errors import Conflict, LayertuiError, NotFound, Unreachable, UsageError, WrongState
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker.api.client import APIClient

    from layertui.core.engines.daemon.endpoints import Endpoint

_CONNECT = 10  # seconds until a connection is made
_OLDEST = (1, 41)
_NEWEST = (1, 47)
_WRONG_STATE = (
    "is not running",
    "is paused",
    "is not paused",
    "already paused",
    "is running",
    "stop the container",
    "container state improper",
)
_TAKEN = (
    "already in use",
    "unique constraint failed",
    "is being used",
    "is in use",
    "marked read-only",
    ": file exists",
    ": not a directory",
)
"""Podman answers 500 to all of these, and Docker to `marked read-only`."""
_SPEAKS_TLS = b"HTTP request to an HTTPS server"  # what Go's servers answer with 400
_LONGEST = 400  # characters of what a daemon says of an error: Podman repeats each program's words in the next one's
_TITLES = {"docker": "Docker Engine", "podman": "Podman"}


class DaemonClient:
    """A daemon that may or may not be there. Each thread has a connection of its own: a session of `requests` is not shared."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._own = local()
        self._version: str | None = None
        self._libpod = ""

    @property
    def title(self) -> str:
        """The program in words, for a message."""
        return _TITLES[self.endpoint.kind]

    @property
    def api(self) -> APIClient:
        """The SDK's low-level client for this thread. Raises Unreachable if no daemon listens or its API is too old.

        Where no service of Podman listens, one is started, and again if it has ended since.
        """
        service = self.endpoint.service
        if service is not None and (service.was_started or not self.endpoint.may_listen):
            service.start()
        found: APIClient | None = getattr(self._own, "api", None)
        if found is None:
            if self.endpoint.problem:
                raise Unreachable(
                    tr(
                        "{title} at {address}: {problem}",
                        title=self.title,
                        address=self.endpoint.address,
                        problem=self.endpoint.problem,
                    )
                )
            if not self.endpoint.may_listen:  # the SDK need not be imported to say so
                raise Unreachable(
                    tr(
                        "{title} at {address}: nothing listens there; is it running?",
                        title=self.title,
                        address=self.endpoint.address,
                    )
                )
            with self.errors():
                found = self._own.api = self._connected()
        return found

    @property
    def is_podman_4(self) -> bool:
        """Whether it is Podman 3 or 4, whose API differs from that of 5 where it is asked about this."""
        _ = self.api  # which has asked
        return self._libpod.partition(".")[0] in ("3", "4")

    @contextmanager
    def errors(self, what: str = "") -> Iterator[None]:
        """Turn errors of the SDK into ours; `what` was asked for begins the line of an error that names nothing.

        Raises NotFound, Conflict, WrongState, UsageError or LayertuiError for what the daemon answers, Unreachable for no answer.
        """
        try:
            yield
        except LayertuiError:
            raise
        except Exception as error:
            # Here, since the SDK takes a quarter of a second to import, and by now it is.
            from docker.errors import APIError, DockerException
            from requests.exceptions import RequestException
            from urllib3.exceptions import HTTPError

            if isinstance(error, APIError):
                raise _answered(error, what) from error
            if isinstance(error, DockerException | RequestException | HTTPError | OSError | ValueError):
                raise Unreachable(
                    tr(
                        "{title} at {address}: {reason}",
                        title=self.title,
                        address=self.endpoint.address,
                        reason=_reason(error),
                    )
                ) from error
            raise

    def _connected(self) -> APIClient:
        # Negotiated by hand: the SDK would ask for `/version`, which takes Podman half a second.
        if self._version is None:
            self._version = self._negotiated(self._client("{}.{}".format(*_OLDEST)))
        return self._client(self._version)

    def _client(self, version: str) -> APIClient:
        from layertui.core.engines.daemon.sdk_modules import import_sdk

        import_sdk()  # first: what follows imports all of it
        from layertui.core.engines.daemon.bounded_api import bounded_api

        return bounded_api(self.endpoint, version, _CONNECT)

    def _negotiated(self, client: APIClient) -> str:
        with client.get(f"{client.base_url}/_ping", stream=True, timeout=_CONNECT) as answer:
            if answer.status_code == 400 and _SPEAKS_TLS in answer.raw.read(_LONGEST):
                raise Unreachable(
                    tr(
                        "{title} at {address}: it speaks TLS; set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH, or use a"
                        " docker context with certificates",
                        title=self.title,
                        address=self.endpoint.address,
                    )
                )
            answer.raise_for_status()
            offered = answer.headers.get("Api-Version", "")
            self._libpod = answer.headers.get("Libpod-Api-Version", "")
        try:
            major, minor = (int(part) for part in offered.split("."))
        except ValueError:
            raise Unreachable(
                tr(
                    "{address} is not {title}: it does not say its API version",
                    address=self.endpoint.address,
                    title=self.title,
                )
            ) from None
        if (major, minor) < _OLDEST:
            raise Unreachable(
                tr(
                    "{title} at {address} has API {offered}; 1.41 (Docker 20.10) is the oldest",
                    title=self.title,
                    address=self.endpoint.address,
                    offered=offered,
                )
            )
        return "{}.{}".format(*min((major, minor), _NEWEST))


def _answered(error: Any, what: str) -> LayertuiError:
    """An error status of the daemon, as the error that our own engine would raise."""
    text = " ".join(str(error.explanation or error).split())
    lower = text.lower()
    line = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    line = f"{what}: {line}" if what else line
    if error.status_code == 404:
        return NotFound(line)
    if any(words in lower for words in _WRONG_STATE):
        return WrongState(line)
    if error.status_code == 409 or any(words in lower for words in _TAKEN):
        return Conflict(line)
    return UsageError(line) if error.status_code == 400 else LayertuiError(line)


def _reason(error: BaseException) -> str:
    """The innermost cause of an error of the network, in a few words."""
    from urllib3.exceptions import HTTPError, ProtocolError

    seen: BaseException = error
    of_protocol = isinstance(seen, ProtocolError)
    while (cause := seen.__cause__ or seen.__context__) is not None:
        seen = cause
        of_protocol = of_protocol or isinstance(seen, ProtocolError)
    if seen.args and isinstance(seen.args[0], BaseException):  # urllib3 wraps some errors of TLS so
        seen = seen.args[0]
    if isinstance(seen, FileNotFoundError):
        return tr("nothing listens there; is it running?")
    if isinstance(seen, PermissionError):
        return tr("no permission; use a user of its group, or root")
    if isinstance(seen, ConnectionRefusedError):
        return tr("connection refused; is it running?")
    if isinstance(seen, TimeoutError):
        return tr("no answer in time")
    if type(seen).__module__ == "ssl":
        return _no_tls(seen)
    # What ends where the length of a chunk should stand is an error of `int`, and what ends in a chunk one of urllib3.
    if isinstance(seen, ConnectionResetError | BrokenPipeError) or (
        of_protocol and isinstance(seen, ValueError | HTTPError)
    ):
        return tr("the connection ended in the middle of an answer; is it still running?")
    return (
        " ".join(str(seen.strerror if isinstance(seen, OSError) and seen.strerror else seen).split())
        or type(seen).__name__
    )


def _no_tls(error: BaseException) -> str:
    """What TLS failed at, and which of the files of DOCKER_CERT_PATH, or of a context, to look at."""
    import ssl

    if isinstance(error, ssl.SSLCertVerificationError):
        return tr(
            "its certificate cannot be verified ({cause}); ca.pem in DOCKER_CERT_PATH, or of the docker context, has to"
            " be that of its CA",
            cause=error.verify_message,
        )
    reason = str(getattr(error, "reason", None) or error)
    # With TLS 1.3 the connection may have ended before what was said of the certificate is read.
    if isinstance(error, ssl.SSLEOFError) or "CERTIFICATE" in reason or "UNKNOWN_CA" in reason:
        return tr(
            "it refuses this client ({cause}); check cert.pem and key.pem in DOCKER_CERT_PATH, or"
            " of the docker context",
            cause=reason,
        )
    return tr("no TLS with it ({cause}); if it speaks plain TCP, unset DOCKER_TLS_VERIFY", cause=reason)
