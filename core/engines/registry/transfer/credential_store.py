"""Credentials of registries, written and removed as `docker login` and `podman login` do.

They are written to podman's file if REGISTRY_AUTH_FILE names it, or if it is there and docker's `config.json` is not; otherwise to
docker's, or to the credential helper that docker's names for the registry.
"""

from __future__ import annotations

import json
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from layertui.core.bounds import check
from layertui.core.engines.registry.credential_program import ask_helper
from layertui.core.engines.registry.registry_credentials import (
    DOCKER_HUB_KEY,
    Credentials,
    auth_files,
    helper_of,
    old_spellings,
)
from layertui.core.errors import Damaged, NotFound, StorageError, as_storage_error, storage_error
from layertui.core.fs.atomic import write_atomically
from layertui.core.language.texts import tr
from layertui.core.oci import strict_json
from layertui.core.oci.reference import DEFAULT_REGISTRY
from layertui.core.other_users import changer_of_path

if TYPE_CHECKING:
    from layertui.core.client_environment import ClientEnvironment

_PATIENCE = 120  # seconds: a helper may ask the user for the password of a keyring


class SavedCredentials(NamedTuple):
    """Where `CredentialStore.save` has put them."""

    location: str
    """The path of a file, or the program of a credential helper."""
    is_encoded_only: bool
    """Whether everyone who can read that file can read the secret."""


class CredentialStore:
    """The files and helpers in which docker and podman keep credentials."""

    def __init__(self, environment: ClientEnvironment) -> None:
        self._docker = environment.docker_config / "config.json"
        self._chosen = environment.registry_auth_file
        self._files = auth_files(environment)

    def save(self, registry: str, credentials: Credentials) -> SavedCredentials:
        """Keep the credentials of a registry, `HOST[:PORT]`, in place of those that it has there.

        Raises Damaged for a file that is not JSON, StorageError for one that cannot be written or that belongs to another user,
        Unreachable and LayertuiError for a helper that fails. After an error, the file is as it was.
        """
        path = self._written_file(registry)
        content = _read(path)
        key = self._key(path, registry)
        helper = helper_of(content, key)
        entries = _entries(content, path)
        for spelled in _spellings(registry):
            entries.pop(spelled, None)
        if helper is None:
            entries[key] = {"auth": credentials.basic}
        else:
            entry = {"ServerURL": key, "Username": credentials.user, "Secret": credentials.password}
            ask_helper(helper, "store", json.dumps(entry).encode(), _PATIENCE, credentials.password)
            entries[key] = {}  # as docker has it: which registries there are, and no more
        _write(path, content)
        return SavedCredentials(str(path) if helper is None else f"docker-credential-{helper}", helper is None)

    def erase(self, registry: str) -> list[str]:
        """Remove the credentials of a registry from every file and helper that has them; the places they were in, none if nowhere.

        Raises what `save` raises.
        """
        found: list[str] = []
        for path in self._files:
            content = _read(path)
            entries = _entries(content, path)
            there = [spelled for spelled in _spellings(registry) if spelled in entries]
            key = self._key(path, registry)
            helper = helper_of(content, key)
            if helper is not None and (there or key in (content.get("credHelpers") or {})):
                with suppress(NotFound):
                    ask_helper(helper, "erase", key.encode(), _PATIENCE)
                found.append(f"docker-credential-{helper}")
            if there:
                for spelled in there:
                    del entries[spelled]
                _write(path, content)
                if helper is None:
                    found.append(str(path))
        return found

    def _written_file(self, registry: str) -> Path:
        """The file that is read first for a registry that it knows: else an older entry would still be used."""
        if self._chosen is not None:
            return self._chosen
        knows = (
            path for path in self._files if any(one in _entries(_read(path), path) for one in _spellings(registry))
        )
        there = (path for path in (self._docker, *self._files) if path.exists())
        return next(knows, None) or next(there, self._docker)

    def _key(self, path: Path, registry: str) -> str:
        """What a file calls a registry: docker calls Docker Hub by its address of long ago."""
        return DOCKER_HUB_KEY if registry == DEFAULT_REGISTRY and path == self._docker else registry


def _spellings(registry: str) -> list[str]:
    """Every key that docker or podman takes for a registry, each once."""
    keys = [registry, *old_spellings(registry)]
    if registry == DEFAULT_REGISTRY:
        keys += [DOCKER_HUB_KEY, *old_spellings(f"index.{registry}")]
    return list(dict.fromkeys(keys))


def _read(path: Path) -> dict[str, Any]:
    """The JSON object in a file; empty where there is no such file."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:  # no pipe is waited for
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise StorageError(tr("{path}: is not a regular file", path=path))
            check("json", status.st_size, tr("{what} is {content:,} bytes long", what=path, content=status.st_size))
            content = file.read(status.st_size)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise storage_error(error, path) from error
    try:
        return strict_json.load_object(content, what=str(path)) if content.strip() else {}
    except Damaged as error:
        # Not the parser's words: they may quote what is in the file.
        raise Damaged(tr("{path} is not a JSON object; correct it, or move it away", path=path)) from error


def _entries(content: dict[str, Any], path: Path) -> dict[str, Any]:
    """The `auths` of a file, put there if they are missing."""
    entries = content.get("auths")
    if entries is None:
        entries = content["auths"] = {}
    if not isinstance(entries, dict):
        raise Damaged(tr("{path}: `auths` is not a JSON object; correct it, or move the file away", path=path))
    return entries


def _write(path: Path, content: dict[str, Any]) -> None:
    """Replace a file, for its owner alone; a symlink stays one, and the file that it leads to is replaced.

    Root does not follow one that another user can change: that user would choose which file is replaced.
    """
    target = Path(os.path.realpath(path))
    for place in (target, target.parent):
        with suppress(FileNotFoundError):
            owner = place.stat()
            if owner.st_uid not in (os.geteuid(), 0) or (place == target and not stat.S_ISREG(owner.st_mode)):
                raise StorageError(
                    tr(
                        "{place}: belongs to another user, or is not a file; no credentials are written there",
                        place=place,
                    )
                )
    if (who := changer_of_path(os.path.abspath(path))) is not None:
        raise StorageError(tr("{path}: is not written: {who}", path=path, who=who))
    with as_storage_error(target.parent):
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # With tabs, as docker writes it: in a version control system, only what has changed differs.
    write_atomically(
        target, json.dumps(content, indent="\t", ensure_ascii=False).encode("utf-8", "surrogatepass"), 0o600
    )
