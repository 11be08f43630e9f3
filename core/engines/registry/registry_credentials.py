"""Credentials for registries, as docker and podman keep them: `config.json`, credential helpers, `auth.json`.

Read only when a registry asks for them. A secret is in no `repr` and in no error.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from layertui.core.bounds import bounds
from layertui.core.engines.client_files import read_client_file
from layertui.core.engines.registry.credential_program import ask_helper
from layertui.core.errors import Damaged, LayertuiError, NotFound
from layertui.core.language.texts import tr
from layertui.core.oci.reference import DEFAULT_REGISTRY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from layertui.core.client_environment import ClientEnvironment

DOCKER_HUB_KEY = "https://index.docker.io/v1/"
"""Under which docker keeps the credentials for docker.io."""
TOKEN_USER = "<token>"  # noqa: S105 - the user name that stands for an identity token in helpers and on command lines
_PATIENCE = 30  # seconds; one may ask the user for a passphrase


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user with a password, or an identity token that stands for both."""

    user: str = ""
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)

    @property
    def basic(self) -> str:
        """The value of an `Authorization: Basic` header, without the scheme."""
        return base64.b64encode(f"{self.user}:{self.password}".encode()).decode("ascii")


def find_credentials(
    registry: str,
    repository: str,
    environment: ClientEnvironment,
    failed: Callable[[LayertuiError], None] = lambda _: None,
) -> Credentials | None:
    """The credentials for a repository of a registry: of the longest path that has some, podman's file first; None for none.

    The paths are those of containers-auth.json(5): `HOST/NAMESPACE/NAME`, `HOST/NAMESPACE`, `HOST`. A file that cannot be read
    counts as one that has none, as with docker; so does a helper that fails, as what is asked for may need no credentials. Its error
    is given to `failed`, for the line that says that they were needed.
    """
    for path in auth_files(environment):
        config = read_client_file(path)
        for key in _keys(registry, repository):
            found = _of_program(config, key, registry, failed) or _of_file(config, key)
            if found is not None:
                return found
    return None


def auth_files(environment: ClientEnvironment) -> list[Path]:
    """The files that may have credentials, the first that knows a registry counts."""
    if environment.registry_auth_file is not None:
        return [environment.registry_auth_file, environment.docker_config / "config.json"]
    runtime = environment.runtime_dir
    return [
        *([runtime / "containers/auth.json"] if runtime is not None else []),
        environment.config_home / "containers/auth.json",
        environment.docker_config / "config.json",
    ]


def registries_with_credentials(environment: ClientEnvironment) -> list[str]:
    """The hosts for which docker's or podman's files name credentials or a helper, sorted; none of them is asked."""
    found: set[str] = set()
    for path in auth_files(environment):
        config = read_client_file(path)
        for table in (config.get("auths"), config.get("credHelpers")):
            found |= {_host_of(key) for key in table if isinstance(key, str)} if isinstance(table, dict) else set()
    return sorted(found - {""})


def _host_of(key: str) -> str:
    """The host that a key of such a file is about: docker once wrote whole addresses."""
    if key == DOCKER_HUB_KEY:
        return DEFAULT_REGISTRY
    return key.removeprefix("https://").removeprefix("http://").partition("/")[0]


def helper_of(config: dict[str, Any], key: str) -> str | None:
    """The name of the credential helper that a file names for a registry: its own, else the one for all."""
    own_names = config.get("credHelpers")
    own = own_names.get(key) if isinstance(own_names, dict) else None
    name = own if isinstance(own, str) else config.get("credsStore")
    # It becomes the name of a program: nothing that leads to another folder.
    return name if isinstance(name, str) and name and "/" not in name else None


def _keys(registry: str, repository: str) -> Iterator[str]:
    parts = repository.split("/") if repository else []
    for count in range(len(parts), 0, -1):
        yield "/".join((registry, *parts[:count]))
    yield registry
    if registry == DEFAULT_REGISTRY:
        yield DOCKER_HUB_KEY


def _of_file(config: dict[str, Any], key: str) -> Credentials | None:
    auths = config.get("auths")
    if not isinstance(auths, dict):
        return None
    # Docker once wrote whole addresses as keys, and still reads them.
    entry = next((auths[one] for one in (key, *old_spellings(key)) if isinstance(auths.get(one), dict)), None)
    return None if entry is None else _decoded(entry)


def old_spellings(key: str) -> list[str]:
    """The keys, addresses with a scheme or a path, that docker once wrote for a registry."""
    if "/" in key:
        return []
    return [f"{scheme}{key}{path}" for scheme in ("https://", "http://", "") for path in ("", "/", "/v1/", "/v2/")]


def _decoded(entry: dict[str, Any]) -> Credentials | None:
    token = entry.get("identitytoken")
    user, password = entry.get("username"), entry.get("password")
    if isinstance(auth := entry.get("auth"), str) and auth:
        try:
            user, _, password = base64.b64decode(auth, validate=True).decode().rstrip("\0").partition(":")
        except (binascii.Error, ValueError):
            return None
    if isinstance(token, str) and token:
        return Credentials(user if isinstance(user, str) else "", identity_token=token)
    return Credentials(user, password) if isinstance(user, str) and user and isinstance(password, str) else None


def _of_program(
    config: dict[str, Any], key: str, registry: str, failed: Callable[[LayertuiError], None]
) -> Credentials | None:
    if key not in (registry, DOCKER_HUB_KEY):
        own = config.get("credHelpers")
        if not isinstance(own, dict) or key not in own:
            return None
    if (name := helper_of(config, key)) is None:
        return None
    try:
        return _answered(ask_helper(name, "get", key.encode(), _PATIENCE), name)
    except NotFound:
        return None
    except LayertuiError as error:
        failed(error)
        return None


def _answered(answer: bytes, name: str) -> Credentials | None:
    """The credentials in what a helper answers. Raises Damaged for what is none, without its words: they may be a secret."""
    try:
        found = orjson.loads(answer) if len(answer) <= bounds().json else None
    except ValueError:
        found = None
    user, secret = (found.get("Username"), found.get("Secret")) if isinstance(found, dict) else (None, None)
    if not isinstance(user, str) or not isinstance(secret, str):
        raise Damaged(
            tr(
                "the credential helper {program} answers without a user and a secret",
                program=f"docker-credential-{name}",
            )
        )
    if not secret:
        return None
    return Credentials(identity_token=secret) if user == TOKEN_USER else Credentials(user, secret)
