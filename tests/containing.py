"""Images that containers can be started of, made of the machine's static busybox or of its own tools, and engines that hold them."""

import os
import shutil
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from absent import absent
from builders import BuiltImage, Item, docker_archive, file, folder, image, layer, opaque, symlink, whiteout
from layertui.core.containers.model.container import CreateOptions
from layertui.core.containers.runtimes.runtime import candidates, probe
from layertui.core.engines.discover import Engines
from layertui.core.engines.engine import Engine
from layertui.core.fs.atomic import make_folder
from layertui.core.images.archive.archive import open_archive
from layertui.core.images.demo.host_programs import host_programs
from layertui.core.layers.cache.catalog import Catalog
from layertui.core.progress import quiet
from layertui.core.settings import Settings

APPLETS = [
    "[",
    "cat",
    "chmod",
    "chown",
    "cp",
    "dd",
    "echo",
    "env",
    "false",
    "find",
    "grep",
    "head",
    "hostname",
    "id",
    "kill",
    "ln",
    "ls",
    "mkdir",
    "mkfifo",
    "mount",
    "mv",
    "nc",
    "printf",
    "ps",
    "pwd",
    "readlink",
    "rm",
    "rmdir",
    "seq",
    "sh",
    "sleep",
    "sort",
    "stat",
    "stty",
    "tail",
    "test",
    "touch",
    "tr",
    "true",
    "tty",
    "umount",
    "wc",
    "who",
]
PASSWD = "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1001:App:/home/app:/bin/sh\n"
GROUP = "root:x:0:\nwheel:x:10:root,app\napp:x:1001:\nextra:x:2000:app\n"
NAME = "box:1"
ROOT = os.geteuid() == 0
FOREVER = ("sleep", "600")


@cache
def box(**config: Any) -> BuiltImage:
    """Three layers with something added, changed, removed and emptied, and a shell."""
    base = layer(
        [
            *_programs(),
            folder("etc"),
            file("etc/passwd", PASSWD),
            file("etc/group", GROUP),
            file("etc/motd", "hello\n"),
            file("etc/plain", "no program"),
            folder("root", mode=0o700),
            folder("home"),
            folder("home/app", uid=1000, gid=1001),
            folder("tmp", mode=0o1777),
        ]
    )
    middle = layer(
        [
            folder("data"),
            file("data/a", "a"),
            folder("data/sub"),
            file("data/sub/b", "b", uid=8, gid=12, mode=0o640),
            folder("srv", mode=0o2775, uid=33, gid=34),
            file("srv/page", "page", uid=33, gid=34),
            symlink("link", "/data"),
            symlink("outside", "../../../../etc/motd"),
        ]
    )
    top = layer(
        [
            folder("data"),
            opaque("data"),
            file("data/n", "n"),
            whiteout("etc/motd"),
            folder("srv", mode=0o2775, uid=33, gid=34),  # docker gives a folder that no member names to root
            file("srv/page", "new page", uid=33, gid=34),
        ]
    )
    settings = {"Cmd": ["sh"], "Env": ["PATH=/bin", "FROM_IMAGE=yes"], **config}
    return image([base, middle, top], tags=[NAME], config=settings)


@cache
def _programs() -> Sequence[Item]:
    """A shell and its tools: of a static busybox, else as `layertui demo` takes the machine's own."""
    if path := shutil.which("busybox"):
        links = (symlink(f"bin/{applet}", "busybox") for applet in APPLETS)
        return (folder("bin"), file("bin/busybox", Path(path).read_bytes(), mode=0o755), *links)
    found = host_programs(os.environ["PATH"], APPLETS)[1]
    if not found:
        absent("no busybox on PATH, and no shell of which an image could be made")
    folders = dict.fromkeys(str(parent) for one in found for parent in reversed(Path(one.path).parents[:-1]))
    programs = (
        symlink(one.path, Path(one.same_as).name) if one.same_as else file(one.path, one.content, mode=0o755)
        for one in found
    )
    return (*map(folder, folders), *programs)


def programs_tree(folder: Path) -> Path:
    """A root filesystem of the same programs."""
    for item in _programs():
        path = folder / item.header.name
        if item.header.isdir():
            path.mkdir(exist_ok=True)
        elif item.header.issym():
            path.symlink_to(item.header.linkname)
        else:
            path.write_bytes(item.content)
            path.chmod(0o755)
    for name in ("etc", "tmp", "root", "dev", "proc", "sys"):
        (folder / name).mkdir()
    (folder / "etc/passwd").write_text(PASSWD)
    (folder / "etc/group").write_text(GROUP)
    (folder / "tmp").chmod(0o1777)
    return folder


def engine_at(store: Path, runtime: str | None = None, built: BuiltImage | None = None, **settings: Any) -> Engine:
    """An embedded engine with the box in it."""
    if runtime is not None:
        _remember(runtime, store)
    catalog = Catalog(store / "cache")
    made = Engines(Settings(store=store, engine="embedded", runtime=runtime, **settings), lambda: catalog).default
    put(made, built or box(), store.parent / "box.tar")
    return made


def put(made: Engine, built: BuiltImage, path: Path) -> None:
    docker_archive(built, path)
    with open_archive(path) as archive:
        for one in archive.images:
            assert made.sink is not None
            made.sink.put(one, one.names, quiet())


def options(*command: str, **more: Any) -> CreateOptions:
    return CreateOptions(command=command or None, **more)


def runtimes() -> Sequence[str]:
    """The runtimes to run a contract on: those that must work, and crun where it does."""
    if os.geteuid() != 0:
        return ("bwrap",)
    return ("bwrap", "runc", "crun") if _crun_works() else ("bwrap", "runc")


def each_runtime(form: str = "{}") -> Sequence[Any]:
    """The same as parameters; `make test` asks bubblewrap alone, which comes with layertui."""
    return [pytest.param(form.format(name), marks=() if name == "bwrap" else pytest.mark.slow) for name in runtimes()]


@cache
def _crun_works() -> bool:
    with tempfile.TemporaryDirectory() as store:
        return any(not isinstance(one, str) and probe(one, Path(store)) is None for one in candidates("crun"))


def require_runtime(name: str, store: Path) -> None:
    """Skip, or fail where real peers must be there, unless the runtime works here."""
    if _remember(name, store):
        return
    reasons = []
    for one in candidates(name):
        reason = one if isinstance(one, str) else probe(one, store)
        if reason is None:
            _passed[name] = (store / PROBED).read_bytes()
            return
        reasons.append(reason)
    absent(f"{name} does not work here: {reasons}")


PROBED = "cache/runtimes.json"
_passed: dict[str, bytes] = {}
"""For each runtime that has passed its probe in this process, what a store remembers of that: a probe starts a container."""


def _remember(name: str, store: Path) -> bool:
    """Let a new store know that a runtime works, as it would after a probe of its own. False if none was probed yet."""
    if name not in _passed:
        return False
    if not (store / PROBED).exists():
        make_folder((store / PROBED).parent)
        (store / PROBED).write_bytes(_passed[name])
    return True
