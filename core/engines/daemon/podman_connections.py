"""The connections that `podman system connection add` has written: services of Podman by name, most of them on other hosts.

Podman 5 keeps them in `podman-connections.json`, and older ones in `containers.conf`, which Podman 5 reads too.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from layertui.core.engines.client_files import read_client_file, read_client_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layertui.core.client_environment import ClientEnvironment


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
    settings = clients.containers_conf or clients.config_home / "containers/containers.conf"
    engine = _table(_settings(settings), "engine")
    older = _connections(_table(engine, "service_destinations"), "uri", "identity")
    file = clients.podman_connections or clients.config_home / "containers/podman-connections.json"
    found = _table(read_client_file(file), "Connection")
    newer = _connections(_table(found, "Connections"), "URI", "Identity")
    default = found.get("Default") or engine.get("active_service")
    return PodmanConnections({**older, **newer}, default if isinstance(default, str) else "")


def _connections(rows: Mapping[str, Any], uri: str, key: str) -> dict[str, PodmanConnection]:
    return {
        name: PodmanConnection(row[uri], row[key] if isinstance(row.get(key), str) else "")
        for name, row in rows.items()
        if name and isinstance(row, dict) and isinstance(row.get(uri), str) and row[uri]
    }


def _table(found: Mapping[str, Any], name: str) -> dict[str, Any]:
    table = found.get(name)
    return table if isinstance(table, dict) else {}


def _settings(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_client_text(path))
    except (ValueError, RecursionError):  # tables in tables, thousands deep
        return {}
