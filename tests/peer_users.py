"""Accounts without rights that run our own program: the one CI makes, or an id that has no account."""

import os
import pwd
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from peers import Missing, NotThisUser

PLAIN_USER = "layertui-plain"
NOBODYS = 64_321  # an id that has no account


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
