"""The connections that `podman system connection add` has written: services of Podman by name, most of them on other hosts.

Podman 5 keeps them in `podman-connections.json`, and older ones in `containers.conf`, which Podman 5 reads too: that of the
user, those for all users, and the files of their `containers.conf.d` (containers.conf(5)).
"""

from __future__ import annotations

import os
import tomllib
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from layertui.core.bounds import bounds
from layertui.core.engines.client_files import read_client_file, read_client_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from layertui.core.client_environment import ClientEnvironment

_MOST_FILES = 1000  # in a folder of drop-ins


class PodmanConnection(NamedTuple):
    """Where a service listens, and the key for ssh; empty: any that ssh knows."""

    uri: str
    key: str = ""


class PodmanConnections(NamedTuple):
    """The connections of a user, and the name of the default one; empty for none."""

    by_name: Mapping[str, PodmanConnection]
    default: str = ""


def podman_connections(clients: ClientEnvironment) -> PodmanConnections:
    """Those of this user; what cannot be understood is left out."""
    older: dict[str, PodmanConnection] = {}
    active = ""
    for settings in _all_settings(clients):
        engine = _table(settings, "engine")
        older |= _connections(_table(engine, "service_destinations"), "uri", "identity")
        chosen = engine.get("active_service")
        active = chosen if isinstance(chosen, str) else active
    file = clients.podman_connections or clients.config_home / "containers/podman-connections.json"
    found = _table(read_client_file(file), "Connection")
    newer = _connections(_table(found, "Connections"), "URI", "Identity")
    default = found.get("Default") or active
    return PodmanConnections({**older, **newer}, default if isinstance(default, str) else "")


def _all_settings(clients: ClientEnvironment) -> Iterator[dict[str, Any]]:
    """Podman's settings, the strongest last, each file within the limit of a client's file and all of them within it together."""
    left = bounds().json
    for path in _settings_files(clients):
        text = read_client_text(path)
        left -= len(text)
        if left < 0:
            return
        yield _settings(text)


def _settings_files(clients: ClientEnvironment) -> Iterator[Path]:
    if clients.containers_conf is not None:
        yield clients.containers_conf
    else:
        of_all = [folder / "containers.conf" for folder in clients.system_containers]
        for file in (*of_all, clients.config_home / "containers/containers.conf"):
            yield file
            yield from _drop_ins(file.with_name("containers.conf.d"))
    if clients.containers_conf_override is not None:
        yield clients.containers_conf_override


def _drop_ins(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in islice(entries, _MOST_FILES) if entry.name.endswith(".conf")]
    except OSError:
        return []
    return [folder / name for name in sorted(names)]


def _connections(rows: Mapping[str, Any], uri: str, key: str) -> dict[str, PodmanConnection]:
    return {
        name: PodmanConnection(row[uri], row[key] if isinstance(row.get(key), str) else "")
        for name, row in rows.items()
        if name and isinstance(row, dict) and isinstance(row.get(uri), str) and row[uri]
    }


def _table(found: Mapping[str, Any], name: str) -> dict[str, Any]:
    table = found.get(name)
    return table if isinstance(table, dict) else {}


def _settings(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):  # tables in tables, thousands deep
        return {}
