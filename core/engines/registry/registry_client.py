"""RegistryClient: requests to one registry, with its authorization, redirects, retries and limits (OCI distribution-spec 1.1)."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING

from layertui.core.engines.registry.connection.registry_answer import Patience
from layertui.core.engines.registry.connection.registry_connections import RegistryConnections
from layertui.core.engines.registry.connection.transport_errors import plain, was_cut
from layertui.core.engines.registry.registry_auth import RegistryAuth
from layertui.core.engines.registry.registry_credentials import Credentials, find_credentials
from layertui.core.engines.registry.registry_host import (
    api_host,
    certificate_folders,
    docker_hub_mirrors,
    is_loopback,
    join_url,
    split_url,
    without_user,
)
from layertui.core.engines.registry.registry_retry import PASSING, Retries, retry_seconds
from layertui.core.errors import Damaged, LayertuiError, NotFound, Unauthorized, Unreachable
from layertui.core.language.texts import tr
from layertui.core.oci.reference import DEFAULT_REGISTRY

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from urllib3 import HTTPHeaderDict

    from layertui.core.client_environment import ClientEnvironment
    from layertui.core.engines.registry.connection.registry_answer import RegistryAnswer
    from layertui.core.engines.registry.connection.registry_connections import Content
    from layertui.core.progress import Progress

_REDIRECTS = 5
_MIRROR_RETRY = 2.0  # seconds, after which the registry itself is asked
_REDIRECTED = frozenset({301, 302, 303, 307, 308})
# Sent twice they do what they do once; of a POST the worst is an upload that is begun and never ended.
_REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE", "POST"})


class RegistryClient:
    """One registry, spoken to by any number of threads. Nothing is connected to before the first request."""

    def __init__(
        self,
        registry: str,
        environment: ClientEnvironment,
        *,
        insecure: bool = False,
        credentials: Credentials | None = None,
        anonymous: bool = False,
        patience: Patience | None = None,
    ) -> None:
        """`registry` is a host as references have it, `docker.io` or `HOST[:PORT]`.

        `insecure` allows plain HTTP, over which no credentials are sent. `credentials` are used instead of those in the files of
        docker and podman: for `login`, which tries them. An `anonymous` client has none at all: a mirror gets no credentials.
        """
        self.registry = registry
        self.host = api_host(registry)
        self._environment, self._insecure, self._patience = environment, insecure, patience or Patience()
        self._given, self._anonymous = credentials, anonymous
        self._connections = RegistryConnections(self.host, environment, self._patience)
        self._first: HTTPHeaderDict | None = None  # of a 401, while it was found out how to speak
        self._helper_failed: LayertuiError | None = None
        self._lock = RLock()

    @property
    def plain_http(self) -> bool:
        """Whether the registry is spoken to without TLS; connects where that is not known yet. Raises Unreachable."""
        return self._origin.startswith("http://")

    def request(
        self,
        method: str,
        path: str,
        *,
        scope: str = "",
        headers: Mapping[str, str] | None = None,
        content: Content | None = None,
        stream: bool = False,
        accept: Collection[int] = (),
        progress: Progress | None = None,
    ) -> RegistryAnswer:
        """Ask the registry for `/v2/…`, or for the address that a `Location` of it gave.

        `scope` is what the request needs a token for: `repository:NAME:pull`, several with spaces between. With `stream` the body is read
        by `chunks` and the answer must be closed; else it is read, up to the limit for JSON. Statuses from 400 raise an error unless
        they are in `accept`: NotFound for 404, Unauthorized for 401 and 403, Unreachable for what still failed after all attempts,
        LayertuiError for the rest. Redirects of GET and HEAD are followed. Raises Cancelled while it waits.
        """
        if method in ("GET", "HEAD") and path.startswith("/v2/"):
            for mirror in self._mirrors:
                with suppress(NotFound, Unauthorized, Unreachable, Damaged):
                    return mirror.request(method, path, scope=scope, headers=headers, stream=stream, progress=progress)
        url = join_url(self._origin, path)
        retries = Retries(self._patience, progress)
        refreshed = False
        authorization = self._auth.header(scope) if self._is_own(url) else None
        while True:
            try:
                answer = self._follow(method, url, authorization, dict(headers or {}), content, progress)
                if not stream and answer.status < 400:
                    _ = answer.body  # here, so that an answer that is cut is asked for again
            except Unreachable as error:
                if method not in _REPEATABLE or not was_cut(error) or not retries.wait():
                    raise
                continue
            if answer.status == 401 and not refreshed and self._is_own(answer.url):
                refreshed = True
                answer.reason()  # read while it can be: what is asked next may take the connection
                renewed = self._auth.challenged(answer.headers, scope, authorization)
                if renewed is not None:
                    authorization = renewed
                    continue
            # A body that was refused for its number was not taken, so that it may be sent again, too.
            if answer.status in PASSING and (method in _REPEATABLE or answer.status == 429):
                answer.reason()
                if retries.wait(answer.headers.get("retry-after")):
                    continue
            return self._checked(answer, method, path, accept)

    def retries(self, progress: Progress | None) -> Retries:
        """The attempts at something that takes several requests: a body that is cut off and goes on."""
        return Retries(self._patience, progress)

    def location(self, answer: RegistryAnswer) -> str:
        """The address that the `Location` of an answer gives, for the next request. Raises Unreachable where there is none."""
        given = answer.headers.get("location", "")
        if not given:
            raise Unreachable(tr("registry {host}: answers without the Location that belongs to it", host=self.host))
        return join_url(answer.url, given)

    def close(self) -> None:
        self._connections.close()

    def _checked(self, answer: RegistryAnswer, method: str, path: str, accept: Collection[int]) -> RegistryAnswer:
        status = answer.status
        if status in _REDIRECTED:
            answer.close()
            raise Unreachable(
                tr(
                    "registry {host}: redirects {method} to another address, which is not followed",
                    host=self.host,
                    method=method,
                )
            )
        if status >= 400 and status not in accept:
            raise self._error(answer, path)
        return answer

    def _error(self, answer: RegistryAnswer, path: str) -> LayertuiError:
        status, where = answer.status, plain(split_url(path).path.removeprefix("/v2/"))
        # The answer to a HEAD has no body that would say it.
        reason = answer.reason() or (tr("too many requests") if status == 429 else "")
        why = f" ({reason})" if reason else ""
        answer.close()
        if status == 404:
            return NotFound(tr("registry {host} has no {where}{why}", host=self.host, where=where, why=why))
        if status in (401, 403):
            hint = self._login_hint()
            if self.plain_http and not is_loopback(self.host):
                hint = tr("no credentials are sent over plain HTTP")
            return Unauthorized(
                tr(
                    "registry {host} denies access to {where}{why}; {hint}",
                    host=self.host,
                    where=where or "it",
                    why=why,
                    hint=hint,
                )
            )
        asked = retry_seconds(answer.headers.get("retry-after")) if status in PASSING else None
        if asked is not None and asked > self._patience.longest_wait:
            return Unreachable(
                tr(
                    "registry {host} answers {status}{why}; it asks to wait {seconds:,} s",
                    host=self.host,
                    status=status,
                    why=why,
                    seconds=math.ceil(asked),
                )
            )
        if status in PASSING:
            return Unreachable(
                tr(
                    "registry {host} answers {status}{why} again and again; try again later",
                    host=self.host,
                    status=status,
                    why=why,
                )
            )
        return LayertuiError(
            tr("registry {host} answers {status} to {where}{why}", host=self.host, status=status, where=where, why=why)
        )

    def _follow(
        self,
        method: str,
        url: str,
        authorization: str | None,
        headers: dict[str, str],
        content: Content | None,
        progress: Progress | None,
    ) -> RegistryAnswer:
        """One attempt, with its redirects; the `Authorization` is for the registry itself alone."""
        for _ in range(_REDIRECTS + 1):
            own = {**headers, "authorization": authorization} if authorization and self._is_own(url) else headers
            answer = self._connections.send(method, url, headers=own, content=content, progress=progress)
            if answer.status not in _REDIRECTED or method not in ("GET", "HEAD"):
                return answer
            answer.close()
            url = self._redirected(url, self.location(answer))
        raise Unreachable(
            tr(
                "registry {host}: more than {redirects} redirects, one after the other",
                host=self.host,
                redirects=_REDIRECTS,
            )
        )

    def _redirected(self, old: str, new: str) -> str:
        parts = split_url(new)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
            raise Unreachable(
                tr(
                    "registry {host}: redirects to {without_user!r}, which is no address of a registry",
                    host=self.host,
                    without_user=plain(without_user(new)),
                )
            )
        if old.startswith("https://") and parts.scheme != "https":
            raise Unreachable(
                tr(
                    "registry {host}: redirects to plain HTTP at {netloc}, which is not followed",
                    host=self.host,
                    netloc=plain(parts.netloc),
                )
            )
        return new

    def _is_own(self, url: str) -> bool:
        return _origin_of(url) == _origin_of(self._origin)

    @cached_property
    def _mirrors(self) -> list[RegistryClient]:
        if self.registry != DEFAULT_REGISTRY:
            return []
        patience = replace(self._patience, retry=_MIRROR_RETRY)
        return [
            RegistryClient(one.host, self._environment, insecure=one.insecure, anonymous=True, patience=patience)
            for one in docker_hub_mirrors(self._environment)
        ]

    @cached_property
    def _auth(self) -> RegistryAuth:
        found = RegistryAuth(self._origin, self._credentials, self._connections.send, self._login_hint)
        if self._first is not None:
            found.learn(self._first)
        return found

    def _credentials(self, repository: str) -> Credentials | None:
        if self._anonymous:
            return None
        self._helper_failed = None
        return self._given or find_credentials(self.registry, repository, self._environment, self._note_failed)

    def _note_failed(self, error: LayertuiError) -> None:
        self._helper_failed = self._helper_failed or error

    def _login_hint(self) -> str:
        """What to try where the registry wants credentials: what kept a helper from giving them, else to log in."""
        if self._helper_failed is not None:
            return str(self._helper_failed)
        return tr("log in with `layertui login {registry}`", registry=self.registry)

    @cached_property
    def _origin(self) -> str:
        """`SCHEME://HOST[:PORT]`. Where plain HTTP is allowed, it is asked which of both the registry speaks."""
        secure, open_to_all = f"https://{self.host}", f"http://{self.host}"
        if not (self._insecure or is_loopback(self.host)) or certificate_folders(self.host, self._environment):
            return secure
        with self._lock:
            try:
                answer = self._connections.send("GET", f"{open_to_all}/v2/")
            except Unreachable as error:
                # What speaks TLS cuts off what does not.
                if not was_cut(error):
                    raise
                return secure
            with answer:
                if answer.status == 401:
                    self._first = answer.headers  # which saves a request
                # So Go's and nginx's servers answer what was meant to be TLS.
                if answer.status == 400 and b"HTTPS" in answer.body:
                    return secure
                answer.reason()  # read, so that the next request takes the same connection
                return open_to_all


def _origin_of(url: str) -> tuple[str, str, int | None]:
    parts = split_url(url)
    return parts.scheme, parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme)
