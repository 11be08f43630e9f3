"""DaemonTransfer: a daemon fetches images from registries, and sends them there, by itself."""

from __future__ import annotations

import base64
import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson

from layertui.core.bounds import bounds
from layertui.core.engines.daemon.api_requests.daemon_answers import pieces, streamed
from layertui.core.engines.image_values import Pulled
from layertui.core.errors import Damaged, LayertuiError, NotFound, Unauthorized, Unreachable
from layertui.core.language.texts import tr
from layertui.core.oci.digest import Digest
from layertui.core.oci.reference import DEFAULT_REGISTRY, DEFAULT_TAG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from layertui.core.client_environment import ClientEnvironment
    from layertui.core.engines.daemon.daemon_client import DaemonClient
    from layertui.core.engines.image_protocols import Images
    from layertui.core.oci.descriptor import Platform
    from layertui.core.oci.reference import Reference
    from layertui.core.progress import Progress

_SILENCE = 600  # seconds between two messages: while a daemon unpacks a large layer it says nothing
_LONGEST = 1 << 20  # bytes of one message
_LIBPOD = "/v4.0.0/libpod/images"
_PUSHED = re.compile(r"\S+: digest: (sha256:[0-9a-f]{64}) size: \d+")
_HUB_SERVER = "https://index.docker.io/v1/"
_REFUSED = ("unauthorized", "denied", "no basic auth", "authentication required")
_MISSING = ("not found", "manifest unknown", "name unknown", "does not exist", "no such image")


class DaemonTransfer:
    """See RegistryTransfer in `image_protocols.py`. The daemon is given the credentials that its own command line would give it."""

    def __init__(self, client: DaemonClient, images: Images, environment: ClientEnvironment) -> None:
        self._client, self._images, self._environment = client, images, environment

    def pull(self, name: Reference, platform: Platform | None, progress: Progress) -> Pulled:
        before = self._id_of(name)
        progress.begin(tr("{title} pulls {name}", title=self._client.title, name=name))
        digest = None
        for message in self._messages(*self._pull_request(name, platform), name, progress):
            said = message.get("status")
            if isinstance(said, str) and said.startswith("Digest: "):
                digest = _digest(said.removeprefix("Digest: "))
        after = self._id_of(name)
        return Pulled(after, digest, after is None or after != before)

    def push(self, name: Reference, progress: Progress) -> Digest | None:
        progress.begin(tr("{title} pushes {name}", title=self._client.title, name=name))
        digest = None
        for message in self._messages(*self._push_request(name), name, progress):
            aux = message.get("aux")
            found = aux.get("Digest") if isinstance(aux, dict) else message.get("manifestdigest")
            if isinstance(said := message.get("status"), str) and (line := _PUSHED.fullmatch(said)) is not None:
                found = found or line[1]
            digest = _digest(found) or digest
        return digest

    def _pull_request(self, name: Reference, platform: Platform | None) -> tuple[str, dict[str, str]]:
        """The path and the parameters of a pull. Podman's own API alone can allow plain HTTP."""
        if self._client.endpoint.kind == "podman":
            wanted = platform.to_json() if platform is not None else {}
            own = {"os": "OS", "architecture": "Arch", "variant": "Variant"}
            params = {own[key]: str(value) for key, value in wanted.items() if key in own}
            return _LIBPOD + "/pull", {"reference": name.canonical, **_tls(name), **params}
        params = {"fromImage": name.full_name, "tag": name.digest or name.tag or DEFAULT_TAG}
        if platform is not None:
            params["platform"] = str(platform)
        return "/images/create", params

    def _push_request(self, name: Reference) -> tuple[str, dict[str, str]]:
        if self._client.endpoint.kind == "podman":
            path = f"{_LIBPOD}/{quote(name.canonical, safe=':')}/push"
            return path, {"destination": name.canonical, "quiet": "false", **_tls(name)}
        return f"/images/{name.full_name}/push", {"tag": name.tag or DEFAULT_TAG}

    def _messages(
        self, path: str, params: Mapping[str, str], name: Reference, progress: Progress
    ) -> Iterator[dict[str, Any]]:
        """What the daemon says while it works, counted in `progress`; the message that reports an error is raised."""
        seen: dict[str, tuple[int, int]] = {}
        failed: list[LayertuiError] = []  # of a credential helper
        headers = {"X-Registry-Auth": self._authorization(name, failed.append)}
        try:
            with streamed(
                self._client, "POST", path, str(name), params, progress, headers=headers, seconds=_SILENCE
            ) as response:
                for line in _lines(pieces(response)):
                    message = self._message(line, name)
                    _count(message, seen, progress)
                    yield message
        except LayertuiError as error:
            if failed and _is_refused(str(error)):
                raise Unauthorized(f"{error}; {failed[0]}") from error
            raise

    def _message(self, line: bytes, name: Reference) -> dict[str, Any]:
        try:
            message = orjson.loads(line)
        except ValueError:
            message = None
        if not isinstance(message, dict):
            raise Damaged(
                tr(
                    "{title} at {address}: its answer is not a JSON object",
                    title=self._client.title,
                    address=self._client.endpoint.address,
                )
            )
        said = message.get("error") or message.get("errorDetail")
        if said:
            said = said.get("message") if isinstance(said, dict) else said
            raise _error(f"{self._client.title}: {name}: {' '.join(str(said).split())}")
        return message

    def _authorization(self, name: Reference, failed: Callable[[LayertuiError], None]) -> str:
        """The value of `X-Registry-Auth`: credentials as JSON, in base64 for addresses. `failed` is given a helper's error."""
        from layertui.core.engines.registry.registry_credentials import find_credentials

        found = find_credentials(name.registry, name.repository, self._environment, failed)
        server = _HUB_SERVER if name.registry == DEFAULT_REGISTRY else name.registry
        credentials: dict[str, str] = {}
        if found is not None and found.identity_token:
            credentials = {"identitytoken": found.identity_token, "serveraddress": server}
        elif found is not None:
            credentials = {"username": found.user, "password": found.password, "serveraddress": server}
        return base64.urlsafe_b64encode(json.dumps(credentials).encode()).decode()

    def _id_of(self, name: Reference) -> Digest | None:
        if name.tag is None:
            return None
        return next((one.id for one in self._images.list() if name.with_tag(name.tag) in one.names), None)


def _tls(name: Reference) -> dict[str, str]:
    """Registries on this machine are spoken to by plain HTTP, too; Docker does that by itself."""
    from layertui.core.engines.registry.registry_host import is_loopback

    return {"tlsVerify": "false"} if is_loopback(name.registry) else {}


def _lines(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The lines of a body that comes in pieces. Damaged for a line that does not end."""
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        yield from filter(None, (line.strip() for line in lines))
        if len(rest) > _LONGEST:
            raise Damaged(tr("a daemon's message is too long"))
    if rest.strip():
        yield rest.strip()


def _count(message: dict[str, Any], seen: dict[str, tuple[int, int]], progress: Progress) -> None:
    """Count the bytes of each layer as the daemon reports them."""
    detail, layer = message.get("progressDetail"), message.get("id")
    done, total = (detail.get("current"), detail.get("total")) if isinstance(detail, dict) else (None, None)
    if message.get("status") not in ("Downloading", "Pushing") or not isinstance(layer, str):
        progress.advance(0)
    elif isinstance(done, int) and isinstance(total, int) and (layer in seen or len(seen) < bounds().layers):
        before = seen.get(layer, (0, 0))[0]
        seen[layer] = (max(before, done), total)
        progress.total = sum(known for _, known in seen.values())
        progress.advance(max(0, done - before))


def _error(line: str) -> LayertuiError:
    """What a daemon says while it works, as the error that our own client for registries would raise."""
    if _is_refused(line):
        return Unauthorized(line)
    words = line.lower()
    if any(one in words for one in _MISSING):
        return NotFound(line)
    return Unreachable(line) if "connect" in words or "timeout" in words else LayertuiError(line)


def _is_refused(line: str) -> bool:
    words = line.lower()
    return any(one in words for one in _REFUSED)


def _digest(text: object) -> Digest | None:
    with suppress(Damaged):
        return Digest(text) if isinstance(text, str) else None
    return None
