"""RegistryAuth: answers the challenges of one registry, and keeps the tokens that it was given.

No credential leaves for another host than the registry's, nor over plain HTTP outside loopback. Docker Hub's own token server, which is
on a host of its own, is the one exception (docs/security.md).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from layertui.core.engines.registry.connection.transport_errors import plain
from layertui.core.engines.registry.registry_host import DOCKER_HUB, is_loopback, split_url, without_user
from layertui.core.errors import Damaged, Unauthorized, Unreachable
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from urllib3 import HTTPHeaderDict

    from layertui.core.engines.registry.challenge import Challenge
    from layertui.core.engines.registry.connection.registry_answer import RegistryAnswer
    from layertui.core.engines.registry.registry_credentials import Credentials

    Send = Callable[..., RegistryAnswer]
    """Sends one request to any address: method, address, headers, content. Follows no redirect; body within limits."""

_TOKEN_SERVERS = {DOCKER_HUB: "auth.docker.io"}
"""Token servers that a registry's credentials are sent to though their host is another one."""
_CLIENT = "layertui"
_SHORTEST_LIFE = 60  # seconds that a token lives where its server says nothing
_MARGIN = 5  # seconds before its end at which a token is not used any more


@dataclass(slots=True)
class _Token:
    header: str
    ends: float
    """By this machine's monotonic clock: what the server's clock shows does not matter."""


class RegistryAuth:
    """The authorization of one registry's requests, shared by all threads."""

    def __init__(
        self,
        origin: str,
        credentials: Callable[[str], Credentials | None],
        send: Send,
        login_hint: Callable[[], str],
    ) -> None:
        """`origin` is `SCHEME://HOST[:PORT]` of the registry; `credentials` are those for a repository, or for "" of the host.

        `login_hint` says what to try where there were none.
        """
        self._origin, self._credentials, self._send, self._login_hint = origin, credentials, send, login_hint
        self._challenge: Challenge | None = None
        self._tokens: dict[str, _Token] = {}
        self._lock = Lock()

    def header(self, scope: str) -> str | None:
        """The `Authorization` for a scope as far as it is known: a token fetched before, or one fetched by an earlier challenge."""
        with self._lock:
            challenge, token = self._challenge, self._tokens.get(scope)
        if token is not None and time.monotonic() < token.ends:
            return token.header
        return None if challenge is None else self._answer(challenge, scope)

    def learn(self, headers: HTTPHeaderDict) -> Challenge | None:
        """Note how the registry wants its users to prove who they are; None where a 401 does not say it in a way that is known."""
        from layertui.core.engines.registry.challenge import parse_challenges

        offered = {one.scheme: one for one in reversed(parse_challenges(headers.getlist("www-authenticate")))}
        challenge = offered.get("bearer") or offered.get("basic")
        if challenge is not None:
            with self._lock:
                self._challenge = challenge
        return challenge

    def challenged(self, headers: HTTPHeaderDict, scope: str, refused: str | None) -> str | None:
        """The `Authorization` that answers a 401; None where nothing can be done that was not done.

        `refused` is what the request had. A token may end early: it is fetched once more.
        """
        challenge = self.learn(headers)
        if challenge is None or (challenge.scheme == "basic" and refused is not None):
            return None
        with self._lock:
            if (known := self._tokens.get(scope)) is not None and known.header == refused:
                del self._tokens[scope]
        return self._answer(challenge, scope)

    def _answer(self, challenge: Challenge, scope: str) -> str | None:
        if challenge.scheme == "basic":
            found = self._credentials(_repository(scope)) if self._may_send(self._origin) else None
            return None if found is None or not found.user else f"Basic {found.basic}"
        return self._bearer(challenge, scope)

    def _bearer(self, challenge: Challenge, scope: str) -> str:
        realm = challenge.parameters.get("realm", "")
        self._check_realm(realm)
        asked = list(dict.fromkeys((*scope.split(), *challenge.parameters.get("scope", "").split())))
        service = challenge.parameters.get("service", "")
        credentials = self._credentials(_repository(scope)) if self._may_send(realm) else None
        fetched = self._fetch(realm, service, asked, credentials)
        with self._lock:
            self._tokens[scope] = fetched
        return fetched.header

    def _fetch(self, realm: str, service: str, scopes: Sequence[str], credentials: Credentials | None) -> _Token:
        from urllib.parse import urlencode

        query = [*([("service", service)] if service else []), *(("scope", one) for one in scopes)]
        asked_at = time.monotonic()
        if credentials is not None and credentials.identity_token:
            form = [
                ("grant_type", "refresh_token"),
                ("client_id", _CLIENT),
                *([("service", service)] if service else []),
                *([("scope", " ".join(scopes))] if scopes else []),
                ("refresh_token", credentials.identity_token),
            ]
            headers = {"content-type": "application/x-www-form-urlencoded"}
            answer = self._send("POST", realm, headers=headers, content=urlencode(form).encode())
        else:
            headers = {} if credentials is None else {"authorization": f"Basic {credentials.basic}"}
            address = f"{realm}{'&' if '?' in realm else '?'}{urlencode(query)}" if query else realm
            answer = self._send("GET", address, headers=headers)
        return self._read(answer, realm, asked_at, credentials)

    def _read(self, answer: RegistryAnswer, realm: str, asked_at: float, credentials: Credentials | None) -> _Token:
        host, place = split_url(realm).netloc, self._host
        if answer.status in (400, 401, 403):
            why = answer.reason()
            if credentials is None:
                hint = self._login_hint()
                if not self._may_send(realm):
                    hint = tr("credentials of {place} are not sent there", place=place)
            else:
                hint = tr("check user and password with `layertui login {place}`", place=place)
            raise Unauthorized(
                tr(
                    "registry {place}: {host} gives no token{value}; {hint}",
                    place=place,
                    host=host,
                    value=f" ({why})" if why else "",
                    hint=hint,
                )
            )
        if answer.status != 200:
            raise Unreachable(
                tr(
                    "registry {place}: its token server {host} answers {status}; try again later",
                    place=place,
                    host=host,
                    status=answer.status,
                )
            )
        found = answer.json(tr("the token"))
        token = (found.get("token") or found.get("access_token")) if isinstance(found, dict) else None
        if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
            raise Damaged(
                tr("registry {place}: its token server {host} answers without a token", place=place, host=host)
            )
        life = found.get("expires_in")
        life = life if isinstance(life, int | float) and life > 0 else _SHORTEST_LIFE
        return _Token(f"Bearer {token}", asked_at + max(life - _MARGIN, 1))

    @property
    def _host(self) -> str:
        return split_url(self._origin).netloc

    def _check_realm(self, realm: str) -> None:
        parts = split_url(realm)
        local = is_loopback(self._host) and is_loopback(parts.netloc)
        same = parts.hostname == split_url(self._origin).hostname and self._origin.startswith("http://")
        if (
            not parts.hostname
            or parts.username is not None
            or not (parts.scheme == "https" or (parts.scheme == "http" and (local or same)))
        ):
            raise Unauthorized(
                tr(
                    "registry {host}: sends its users for tokens to {without_user!r}, which is no https address; ask who runs it",
                    host=self._host,
                    without_user=plain(without_user(realm)) or "nowhere",
                )
            )

    def _may_send(self, address: str) -> bool:
        """Whether credentials may be sent to an address: the registry's own host, by https or on loopback."""
        parts = split_url(address)
        if parts.scheme != "https" and not is_loopback(parts.netloc):
            return False
        own = split_url(self._origin)
        return parts.hostname in (own.hostname, _TOKEN_SERVERS.get(own.netloc))


def _repository(scope: str) -> str:
    """The first repository that a scope names, `repository:NAME:ACTIONS`; "" for none."""
    first = scope.split(" ", 1)[0]
    return first.split(":")[1] if first.startswith("repository:") else ""
