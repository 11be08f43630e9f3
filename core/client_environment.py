"""What the environment says about Docker, Podman and registries: the variables that their own clients read."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_SYSTEM_CONTAINERS = (Path("/usr/share/containers"), Path("/etc/containers"))


@dataclass(frozen=True, slots=True)
class ClientEnvironment:
    """Variables as they are set, empty where they are not; `settings.py` alone reads them."""

    docker_host: str = ""
    docker_context: str = ""
    docker_tls_verify: bool = False
    docker_cert_path: Path | None = None
    docker_config: Path = field(default_factory=lambda: Path("/nonexistent"))
    """The folder of docker's `config.json`, `contexts` and certificates."""
    container_host: str = ""
    container_connection: str = ""
    """`CONTAINER_CONNECTION`: the name of one of Podman's connections."""
    container_sshkey: str = ""
    """`CONTAINER_SSHKEY`: the key for `CONTAINER_HOST`."""
    containers_conf: Path | None = None
    """`CONTAINERS_CONF`: Podman's settings, in place of all files named `containers.conf`."""
    containers_conf_override: Path | None = None
    """`CONTAINERS_CONF_OVERRIDE`: settings that are read last, whatever else is read."""
    system_containers: tuple[Path, ...] = ()
    """The folders of containers.conf and storage.conf for all users, the stronger one last."""
    podman_connections: Path | None = None
    """`PODMAN_CONNECTIONS_CONF`: likewise for `podman-connections.json`."""
    registry_auth_file: Path | None = None
    runtime_dir: Path | None = None
    """`XDG_RUNTIME_DIR`: sockets of rootless daemons, podman's `auth.json`."""
    config_home: Path = field(default_factory=lambda: Path("/nonexistent"))
    """`XDG_CONFIG_HOME`: `containers/auth.json`, `containers/certs.d`."""
    ssl_cert_file: Path | None = None
    data_home: Path = field(default_factory=lambda: Path("/nonexistent"))
    """`XDG_DATA_HOME`: `containers/storage`, where Podman keeps a plain user's images."""
    storage_conf: Path | None = None
    """`CONTAINERS_STORAGE_CONF`, which says where else they are."""
    containerd_root: Path | None = field(default_factory=lambda: Path("/nonexistent"))
    """`LAYERTUI_CONTAINERD`: containerd's folder; None for the usual one."""
    containerd_namespace: str = ""
    """`CONTAINERD_NAMESPACE`, as nerdctl and ctr read it."""
    podman: Path | None = None
    """The program `podman`, where `PATH` has it."""

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> ClientEnvironment:
        """The variables of an environment; an empty value is none."""

        def path(name: str) -> Path | None:
            return Path(environ[name]).expanduser() if environ.get(name) else None

        home = Path(environ.get("HOME") or "/nonexistent")
        return cls(
            docker_host=environ.get("DOCKER_HOST", ""),
            docker_context=environ.get("DOCKER_CONTEXT", ""),
            docker_tls_verify=bool(environ.get("DOCKER_TLS_VERIFY")),
            docker_cert_path=path("DOCKER_CERT_PATH"),
            docker_config=path("DOCKER_CONFIG") or home / ".docker",
            container_host=environ.get("CONTAINER_HOST", ""),
            container_connection=environ.get("CONTAINER_CONNECTION", ""),
            container_sshkey=environ.get("CONTAINER_SSHKEY", ""),
            containers_conf=path("CONTAINERS_CONF"),
            containers_conf_override=path("CONTAINERS_CONF_OVERRIDE"),
            system_containers=_SYSTEM_CONTAINERS,
            podman_connections=path("PODMAN_CONNECTIONS_CONF"),
            registry_auth_file=path("REGISTRY_AUTH_FILE"),
            runtime_dir=path("XDG_RUNTIME_DIR"),
            config_home=path("XDG_CONFIG_HOME") or home / ".config",
            ssl_cert_file=path("SSL_CERT_FILE"),
            data_home=path("XDG_DATA_HOME") or home / ".local/share",
            storage_conf=path("CONTAINERS_STORAGE_CONF"),
            containerd_root=path("LAYERTUI_CONTAINERD"),
            containerd_namespace=environ.get("CONTAINERD_NAMESPACE", ""),
            podman=_program("podman", environ.get("PATH", "")),
        )


def _program(name: str, folders: str) -> Path | None:
    """As `shutil.which`, whose import takes longer."""
    found = (Path(folder, name) for folder in folders.split(os.pathsep) if folder.startswith("/"))
    return next((path for path in found if os.access(path, os.X_OK) and path.is_file()), None)
