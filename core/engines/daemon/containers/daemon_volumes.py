"""DaemonVolumes: the volumes of a daemon that have a name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from layertui.core.containers.model.mounts import VOLUME_NAME
from layertui.core.engines.daemon.api_json.json_values import Object, inner, number, objects, text, texts
from layertui.core.engines.daemon.api_requests.daemon_requests import delete_json, get_json
from layertui.core.errors import Conflict, NotFound
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from layertui.core.containers.storage.volumes import Volume
    from layertui.core.engines.daemon.containers.container_lookup import ContainerLookup


class DaemonVolumes:
    """See NamedVolumes in `store_protocols.py`."""

    def __init__(self, lookup: ContainerLookup) -> None:
        self._lookup, self._client = lookup, lookup.client

    def list(self) -> Sequence[Volume]:
        found = get_json(self._client, "/volumes", "")
        rows = objects(found, "Volumes") if isinstance(found, dict) else []
        users = self._users()
        named = [_volume(row, users.get(text(row, "Name"), ())) for row in rows if text(row, "Name")]
        return sorted(named, key=lambda one: one.name)

    def _users(self) -> dict[str, tuple[str, ...]]:
        """The names of the containers that use each volume, from the one answer that lists them all."""
        found: dict[str, tuple[str, ...]] = {}
        for row in objects({"rows": get_json(self._client, "/containers/json", "", all=1)}, "rows"):
            name = next(iter(texts(row, "Names")), "")
            for mount in objects(row, "Mounts"):
                if volume := text(mount, "Name"):
                    found[volume] = (*found.get(volume, ()), name.removeprefix("/"))
        return found

    def sizes(self) -> Sequence[tuple[Volume, int | None]]:
        found = get_json(self._client, "/system/df", "", type="volume")
        sizes = {
            text(row, "Name"): number(inner(row, "UsageData"), "Size")
            for row in objects(found if isinstance(found, dict) else {}, "Volumes")
        }
        measured = [(one, sizes.get(one.name, -1)) for one in self.list()]
        return [(one, size if size >= 0 else None) for one, size in measured]

    def remove(self, name: str) -> None:
        if not VOLUME_NAME.fullmatch(name):
            raise NotFound(tr("no such volume: {name}; `layertui df -v` lists them", name=name))
        found = next((one for one in self.list() if one.name == name), None)
        if found is None:
            raise NotFound(tr("no such volume: {name}; `layertui df -v` lists them", name=name))
        if found.containers:
            raise Conflict(
                tr(
                    "volume {name} is in use by {containers}; remove them first",
                    name=name,
                    containers=", ".join(found.containers),
                )
            )
        delete_json(self._client, f"/volumes/{name}", "")


def _volume(row: Object, users: tuple[str, ...]) -> Volume:
    from layertui.core.containers.storage.volumes import Volume

    return Volume(text(row, "Name"), Path(text(row, "Mountpoint")), users)
