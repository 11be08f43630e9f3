"""The engine behind `containers-storage:`: what Podman keeps for this user, read without its service. Nothing is ever written there."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from layertui.core.engines.client_files import read_client_text
from layertui.core.engines.daemon.local_images.containers_storage import containers_storage
from layertui.core.engines.engine import Engine
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from layertui.core.client_environment import ClientEnvironment
    from layertui.core.engines.image_values import ImageSummary
    from layertui.core.images.image import Image
    from layertui.core.layers.cache.catalog import Catalog
    from layertui.core.oci.descriptor import Platform
    from layertui.core.progress import Progress
    from layertui.core.settings import Settings

NAME = "containers-storage"
_SYSTEM_ROOT = Path("/var/lib/containers/storage")
# As skopeo spells it: `[DRIVER@ROOT+RUNROOT:OPTIONS]NAME`, of which all but the root may be left out.
_WITH_ROOT = re.compile(r"\[(?:[a-z0-9]*@)?(/[^+:\]]*)[^\]]*\](.+)")


def storage_engine(settings: Settings, _catalog: Callable[[], Catalog]) -> Engine:
    """The engine; its folder is looked for when it is first asked for something."""
    reason = tr("{name} is only read; start Podman's service (`podman system service`) and use podman:NAME", name=NAME)
    return Engine(NAME, UserStorage(settings.clients), read_only=reason)


class UserStorage:
    """See Images in `image_protocols.py`. A name may say another graph root: `[/srv/storage]NAME`."""

    def __init__(self, clients: ClientEnvironment) -> None:
        self._clients = clients

    def list(self) -> Sequence[ImageSummary]:
        return containers_storage(graph_root(self._clients)).list()

    def unreadable(self, listed: Sequence[ImageSummary]) -> int:
        return containers_storage(graph_root(self._clients)).unreadable(listed)

    def open(self, name: str, platform: Platform | None, progress: Progress) -> Image:
        elsewhere = _WITH_ROOT.fullmatch(name)
        root = Path(elsewhere[1]) if elsewhere is not None else graph_root(self._clients)
        return containers_storage(root).open(elsewhere[2] if elsewhere is not None else name, platform, progress)


def graph_root(clients: ClientEnvironment) -> Path:
    """Where containers/storage has the images of this user, as containers-storage.conf(5) says."""
    as_root = os.geteuid() == 0
    own = clients.storage_conf or (None if as_root else clients.config_home / "containers/storage.conf")
    found = _settings(own) if own is not None else {}
    of_all = [folder / "storage.conf" for folder in reversed(clients.system_containers)]
    system: dict[str, Any] = next((table for path in of_all if (table := _settings(path))), {})
    if clients.storage_conf is not None or not as_root:
        text = found.get("graphroot") or (None if as_root else system.get("rootless_storage_path"))
    else:
        text = system.get("graphroot")
    if isinstance(text, str) and text:
        for variable, value in (("$HOME", str(Path.home())), ("$UID", str(os.geteuid()))):
            text = text.replace(variable, value)
        return Path(text)
    return _SYSTEM_ROOT if as_root else clients.data_home / "containers/storage"


def _settings(path: Path) -> dict[str, Any]:
    """The table `storage` of a configuration file; empty where there is none that can be read."""
    try:
        found = tomllib.loads(read_client_text(path)).get("storage")
    except (ValueError, RecursionError):  # tables in tables, thousands deep
        return {}
    return found if isinstance(found, dict) else {}
