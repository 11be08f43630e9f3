"""Real Docker Engines and Podman services, each on a unix socket in a folder of its own.

Those of Debian 12 are the machine's own. Those of Debian 13 live in a root of their own: LAYERTUI_DEBIAN13 says where it is, and
`.ci/debian13-engines make DIR` makes it.
"""

import os
import pwd
import socket
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from peer_users import PLAIN_USER
from peers import Missing, Tool, needs_root, own_folder, running, tool

ENGINES_OF_13 = Path(__file__).resolve().parent.parent / ".ci/debian13-engines"
ROOT_OF_13 = "LAYERTUI_DEBIAN13"
# As root without CAP_SYS_RESOURCE podman cannot raise limits; crun refuses cgroups in hybrid mode.
PODMAN_SETTINGS = (
    '[containers]\ndefault_ulimits = ["nofile=20000:20000", "nproc=20000:20000"]\n'
    '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n'
)


@dataclass(frozen=True)
class Daemon:
    """An engine that listens: its socket, and the client that speaks to it."""

    socket: Path
    client: Tool
    folder: Path
    kind: Literal["docker", "podman"]

    @property
    def address(self) -> str:
        """What DOCKER_HOST or CONTAINER_HOST would be."""
        return f"unix://{self.socket}"

    @property
    def docker(self) -> Tool:
        """Docker's own client on it; Podman answers it too."""
        return tool("docker", "-H", self.address, env={"DOCKER_CONFIG": str(self.folder / "config")})

    def run(self, *args: str | Path, **how: object) -> subprocess.CompletedProcess[bytes]:
        """Run its client."""
        return self.client.run(*args, **how)

    def text(self, *args: str | Path, stdin: bytes | None = None) -> str:
        """Run its client and give what it printed."""
        return self.client.text(*args, stdin=stdin)


@contextmanager
def docker_20() -> Iterator[Daemon]:
    """Start the machine's dockerd: no bridge, no iptables; containers take --network none or host."""
    needs_root("dockerd")
    daemon = tool("dockerd")
    with own_folder() as folder:
        path = folder / "docker.sock"
        args = [
            *("--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec", "--pidfile", f"{folder}/pid"),
            *("-H", f"unix://{path}", "--bridge=none", "--iptables=false", "--ip-forward=false", "--ip-masq=false"),
            *("--default-ulimit", "nofile=20000:20000"),
        ]
        with running(daemon, args, folder, lambda: _answers(path)):
            yield _docker_at(folder)


def docker_26(store: Literal["classic", "containerd"]) -> AbstractContextManager[Daemon]:
    """Start Debian 13's dockerd with one of its two stores of images."""
    return _of_debian_13("dockerd", store, socket="docker.sock", made=lambda folder, _: [_docker_at(folder)])


def _docker_at(folder: Path) -> Daemon:
    path = folder / "docker.sock"
    client = tool("docker", "-H", f"unix://{path}", env={"DOCKER_CONFIG": str(folder / "config")})
    return Daemon(path, client, folder, "docker")


@contextmanager
def podman_4() -> Iterator[Daemon]:
    """Start the machine's podman service, as root, on runc and without systemd."""
    needs_root("the podman of the tests")
    with own_folder() as folder:
        path = folder / "podman.sock"
        client = _podman(folder, ())
        with running(client, ["system", "service", "--time=0", f"unix://{path}"], folder, lambda: _answers(path)):
            yield from _podman_at(path, client)


def podman_5() -> AbstractContextManager[Daemon]:
    """Start Debian 13's podman service. Its client sees the root of Debian 13 and, of the machine, its own folder alone."""

    # Its client enters the namespace and the root that the service starts in. Later /proc may show others, and for good: to copy,
    # a thread of the service joins a container's namespace, and that may be the thread that /proc speaks of.
    def made(folder: Path, pid: int) -> Iterator[Daemon]:
        namespace, root = (os.open(f"/proc/{pid}/{name}", os.O_RDONLY) for name in ("ns/mnt", "root"))
        try:
            here = f"/proc/{os.getpid()}/fd"
            enter = (f"--mount={here}/{namespace}", f"--root={here}/{root}", f"--wd={here}/{root}")
            podman = ("podman", "--root", f"{folder}/storage", "--runroot", f"{folder}/runroot")
            client = tool("nsenter", *enter, *podman, env={"CONTAINERS_CONF": str(folder / "containers.conf")})
            yield from _podman_at(folder / "podman.sock", client)
        finally:
            os.close(namespace)
            os.close(root)

    return _of_debian_13("podman", socket="podman.sock", made=made)


@contextmanager
def podman_rootless() -> Iterator[Daemon]:
    """Start a podman service of the plain user that CI makes, who has subordinate ids."""
    needs_root("to become another user")
    try:
        account = pwd.getpwnam(PLAIN_USER)
    except KeyError:
        raise Missing(f"there is no user {PLAIN_USER}: .ci/run makes it") from None
    tool("newuidmap")
    with own_folder() as folder:
        os.chown(folder, account.pw_uid, account.pw_gid)
        path = folder / "podman.sock"
        become = ("setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups")
        own = {"HOME": "home", "XDG_RUNTIME_DIR": "run", "XDG_CONFIG_HOME": "config", "XDG_DATA_HOME": "data"}
        client = _podman(folder, become, **{name: str(folder / at) for name, at in own.items()})
        for name in own.values():
            (folder / name).mkdir(mode=0o700)
            os.chown(folder / name, account.pw_uid, account.pw_gid)
        with running(client, ["system", "service", "--time=0", f"unix://{path}"], folder, lambda: _answers(path)):
            yield from _podman_at(path, client)


def _podman_at(path: Path, client: Tool) -> Iterator[Daemon]:
    yield Daemon(path, client, path.parent, "podman")
    client.run("rm", "--all", "--force", "--time", "0", check=False)  # no service ends them with itself


def _podman(folder: Path, become: tuple[str, ...], **env: str) -> Tool:
    """The machine's podman with its storage in the folder."""
    settings = folder / "containers.conf"
    settings.write_text(PODMAN_SETTINGS)
    found = tool("podman", "--root", f"{folder}/root", "--runroot", f"{folder}/run")
    return Tool((*become, *found.argv), {"CONTAINERS_CONF": str(settings), **env})


@contextmanager
def _of_debian_13(
    what: str, *more: str, socket: str, made: Callable[[Path, int], Iterable[Daemon]]
) -> Iterator[Daemon]:
    needs_root("another root")
    root = os.environ.get(ROOT_OF_13)
    if not root or not Path(root, "usr/sbin/dockerd").exists():
        raise Missing(f"no engines of Debian 13: {ROOT_OF_13} names no root that .ci/debian13-engines has made")
    with own_folder() as folder:
        (folder / "containers.conf").write_text(PODMAN_SETTINGS)
        start = Tool((str(ENGINES_OF_13),), {"CONTAINERS_CONF": str(folder / "containers.conf")})
        with running(start, [what, root, str(folder), *more], folder, lambda: _answers(folder / socket)) as pid:
            yield from made(folder, pid)


def _answers(path: Path) -> bool:
    """Ask GET /_ping on a unix socket."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        try:
            client.connect(str(path))
            client.sendall(b"GET /_ping HTTP/1.0\r\nHost: peer\r\n\r\n")
            return b" 200 " in client.recv(64)
        except OSError:
            return False


DAEMONS: Mapping[str, Callable[[], AbstractContextManager[Daemon]]] = {
    "docker-20": docker_20,
    "docker-26": lambda: docker_26("classic"),
    "docker-26-containerd": lambda: docker_26("containerd"),
    "podman-4": podman_4,
    "podman-5": podman_5,
    "podman-rootless": podman_rootless,
}
"""How to start each, by the name of its fixture with hyphens."""
