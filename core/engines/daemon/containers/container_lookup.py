"""ContainerLookup: the containers of a daemon by name, ID or prefix, and all of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from layertui.core.engines.daemon.api_json.container_json import container_of
from layertui.core.engines.daemon.api_json.json_values import Object, number, objects, text
from layertui.core.engines.daemon.api_requests.daemon_requests import get_json
from layertui.core.errors import Ambiguous, LayertuiError, NotFound, Unreachable
from layertui.core.language.texts import tr
from layertui.core.oci.digest import Digest

if TYPE_CHECKING:
    from layertui.core.containers.model.container import Container
    from layertui.core.engines.daemon.daemon_client import DaemonClient

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*", re.ASCII)
_SEVERAL = ("multiple ids found", "more than one result", "is ambiguous")
_CLASSIC_DRIVERS = ("overlay2", "overlay", "vfs", "aufs", "fuse-overlayfs", "devicemapper")
"""With these an image's ID in the daemon is the digest of its config; with others it may be that of a manifest."""
_FEW = 4
"""So many are asked about one after the other; more by several threads at once."""
_THREADS = 4


class ContainerLookup:
    """Asks the daemon for containers; `config_digest` gives the digest of an image's config for its ID in the daemon."""

    def __init__(self, client: DaemonClient, config_digest: Callable[[Digest], Digest]) -> None:
        self.client, self._config_digest = client, config_digest

    def inspect(self, name: str) -> Object:
        """What the daemon says of a container. NotFound, Ambiguous."""
        name = name.removeprefix("/")
        if not _NAME.fullmatch(name):  # it would be another path of the API
            raise NotFound(tr("{name}: no such container", name=name))
        try:
            found = get_json(self.client, f"/containers/{name}/json", "")
        except Unreachable:
            raise
        except LayertuiError as error:
            line = str(error).lower()
            if any(words in line for words in _SEVERAL):
                raise Ambiguous(tr("{name!r} begins the IDs of several containers", name=name)) from error
            if isinstance(error, NotFound):
                raise NotFound(tr("{name}: no such container", name=name)) from error
            raise
        return found if isinstance(found, dict) else {}

    def get(self, name: str) -> Container:
        """The container as it is now. NotFound, Ambiguous."""
        return self.container(self.inspect(name))

    def container(self, found: Object) -> Container:
        """The Container of what `inspect` has answered."""
        with self.client.errors():
            image_id = Digest(text(found, "Image"))
            if text(found, "Driver") not in _CLASSIC_DRIVERS:
                image_id = self._config_digest(image_id)
            return container_of(found, image_id, local=self.is_local)

    @property
    def is_local(self) -> bool:
        """Whether the daemon may run on this host: it is spoken to over a socket in the file system."""
        return self.client.endpoint.socket is not None

    def list(self) -> Sequence[Container]:
        """Every container, the newest first. What has gone meanwhile, or cannot be understood, is left out."""
        found = get_json(self.client, "/containers/json", "", all=1)
        rows = objects({"rows": found}, "rows")
        ids = [text(row, "Id") for row in sorted(rows, key=lambda row: number(row, "Created"), reverse=True)]
        containers = self._each(list(filter(None, ids)))
        return sorted(containers, key=lambda one: one.created, reverse=True)

    def _each(self, ids: Sequence[str]) -> Iterator[Container]:
        if len(ids) <= _FEW:
            yield from filter(None, map(self._or_none, ids))
            return
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(_THREADS) as threads:
            yield from filter(None, threads.map(self._or_none, ids))

    def _or_none(self, container_id: str) -> Container | None:
        with suppress(NotFound):
            try:
                return self.get(container_id)
            except Unreachable:
                raise
            except LayertuiError:
                return None
        return None
