"""Where daemons listen: the sockets of Docker Engine and Podman, what the environment names, docker's contexts, Podman's connections.

Nothing is connected to here, and Docker's SDK is not imported: the list of engines stays quick.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from layertui.core.engines.client_files import read_client_file
from layertui.core.engines.daemon.podman_connections import podman_connections
from layertui.core.language.texts import tr
from layertui.core.oci.digest import digest_of
from layertui.core.other_users import changer_of_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.client_environment import ClientEnvironment
    from layertui.core.engines.daemon.podman_connections import PodmanConnection, PodmanConnections
    from layertui.core.engines.daemon.podman_starter import PodmanStarter

Kind = Literal["docker", "podman"]
_DOCKER_SOCKET = Path("/var/run/docker.sock")
_DEFAULT_CONTEXT = "default"  # docker's word for none
_PODMAN_SOCKET = Path("/run/podman/podman.sock")


@dataclass(frozen=True, slots=True)
class TLSFiles:
    """The files with which a daemon is spoken to by TLS; None where the folder does not have one."""

    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None
    verify: bool = True

    @classmethod
    def in_folder(cls, folder: Path, *, verify: bool) -> TLSFiles:
        """The three files that docker expects in a folder: `ca.pem`, `cert.pem`, `key.pem`."""
        ca, cert, key = (path if (path := folder / f"{name}.pem").is_file() else None for name in ("ca", "cert", "key"))
        return cls(ca, cert, key, verify)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One daemon, by where it listens."""

    name: str
    """The name of its engine: `docker`, `podman`, or that of a docker context or of a connection of Podman."""
    kind: Kind
    address: str
    """`unix://PATH`, `tcp://HOST:PORT` or `ssh://USER@HOST`; Podman's has the path of the socket on that host behind it."""
    tls: TLSFiles | None = None
    ssh_key: str = ""
    """The file with the key for ssh; empty: any that ssh knows."""
    service: PodmanStarter | None = field(default=None, compare=False)
    """What can be started where nothing listens."""
    problem: str = ""
    """Why it cannot be reached, where that is known without a try."""

    @property
    def reached_at(self) -> str:
        """The address, or that of the service that this process has started because nothing listened there."""
        if self.service is not None and self.service.was_started:
            return f"unix://{self.service.socket}"
        return self.address

    @property
    def socket(self) -> Path | None:
        """The path of its socket; None where it is reached over a network."""
        address = self.reached_at
        return Path(address.removeprefix("unix://")) if address.startswith("unix://") else None

    def is_of(self, *users: int) -> bool:
        """Whether one of these users made its socket, and, if we are root, nobody else can put another one in its place.

        What a daemon names may be read only then: another user's could name any folder.
        """
        if self.socket is None:
            return False
        try:
            return self.socket.stat().st_uid in users and changer_of_path(str(self.socket)) is None
        except OSError:
            return False

    @property
    def identity(self) -> str:
        """The address, the same for each name of one socket."""
        return os.path.realpath(self.socket) if self.socket is not None else self.address

    @property
    def may_listen(self) -> bool:
        """Whether it is worth a try: a socket is there, or it is reached over a network."""
        if self.problem:
            return False
        if self.socket is None:
            return True
        try:
            return stat.S_ISSOCK(self.socket.stat().st_mode)
        except PermissionError:
            return True  # in a folder that we may not look into: then it is tried, and the error says so
        except OSError:
            return False


def endpoints(environment: ClientEnvironment) -> dict[str, Endpoint]:
    """Every daemon that is configured or may be there, by the name of its engine; `docker` and `podman` are always listed."""
    contexts = {one.name: one for one in _contexts(environment.docker_config)}
    connections = podman_connections(environment)
    found = {"docker": _docker(environment, contexts), "podman": _podman(environment, connections)}
    for name, connection in connections.by_name.items():
        contexts.setdefault(name, _connected(name, connection))
    return found | {name: one for name, one in contexts.items() if name not in found}


def _docker(environment: ClientEnvironment, contexts: dict[str, Endpoint]) -> Endpoint:
    """What docker's own command line would talk to: DOCKER_HOST, DOCKER_CONTEXT, the current context, the default socket."""
    if environment.docker_host:
        return Endpoint("docker", "docker", environment.docker_host, _tls_of(environment))
    name = environment.docker_context or read_client_file(environment.docker_config / "config.json").get(
        "currentContext"
    )
    if isinstance(name, str) and (chosen := contexts.get(name)) is not None:
        return Endpoint("docker", "docker", chosen.address, chosen.tls)
    if isinstance(name, str) and name not in ("", _DEFAULT_CONTEXT):
        # As docker: another daemon than the one that was meant could lose its containers.
        problem = "docker has no such context; `docker context ls` lists them"
        return Endpoint("docker", "docker", tr("context {name}", name=name), problem=problem)
    rootless = environment.runtime_dir / "docker.sock" if environment.runtime_dir is not None else None
    path = rootless if rootless is not None and not _DOCKER_SOCKET.exists() and rootless.exists() else _DOCKER_SOCKET
    return Endpoint("docker", "docker", f"unix://{path}")


def _tls_of(environment: ClientEnvironment) -> TLSFiles | None:
    if not environment.docker_host.startswith(("tcp://", "http")) or not (
        environment.docker_tls_verify or environment.docker_cert_path is not None
    ):
        return None
    folder = environment.docker_cert_path or environment.docker_config
    return TLSFiles.in_folder(folder, verify=environment.docker_tls_verify)


def _podman(environment: ClientEnvironment, connections: PodmanConnections) -> Endpoint:
    """CONTAINER_HOST, CONTAINER_CONNECTION, the sockets, and the default connection where this machine has no Podman."""
    if environment.container_host:
        return Endpoint("podman", "podman", environment.container_host, ssh_key=environment.container_sshkey)
    if name := environment.container_connection:
        if (chosen := connections.by_name.get(name)) is not None:
            return _connected("podman", chosen)
        problem = "podman has no such connection; `podman system connection list` lists them"
        return Endpoint("podman", "podman", tr("connection {name}", name=name), problem=problem)
    own = environment.runtime_dir / "podman" / "podman.sock" if environment.runtime_dir is not None else None
    path = own if own is not None and (os.geteuid() != 0 or own.exists()) else _PODMAN_SOCKET
    service = None
    default = connections.by_name.get(connections.default)
    if environment.podman is None and default is not None and not path.exists():
        return _connected("podman", default)
    if environment.podman is not None and not path.exists():
        from layertui.core.engines.daemon.podman_starter import PodmanStarter

        service = PodmanStarter(environment.podman, environment.runtime_dir)
    return Endpoint("podman", "podman", f"unix://{path}", service=service)


def _connected(name: str, connection: PodmanConnection) -> Endpoint:
    return Endpoint(name, "podman", connection.uri, ssh_key=connection.key)


def _contexts(config: Path) -> Iterator[Endpoint]:
    """The contexts that `docker context create` has written below docker's configuration folder; a damaged one is left out."""
    try:
        folders = sorted((config / "contexts" / "meta").iterdir())
    except OSError:
        return
    for folder in folders:
        found = read_client_file(folder / "meta.json")
        name, endpoint = found.get("Name"), (found.get("Endpoints") or {}).get("docker")
        if not isinstance(name, str) or not name or not isinstance(endpoint, dict):
            continue
        host = endpoint.get("Host")
        if isinstance(host, str) and host:
            certificates = config / "contexts" / "tls" / digest_of(name.encode()).encoded / "docker"
            skip = endpoint.get("SkipTLSVerify") is True
            tls = TLSFiles.in_folder(certificates, verify=not skip) if certificates.is_dir() or skip else None
            yield Endpoint(name, "docker", host, tls)
