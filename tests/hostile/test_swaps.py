"""A container that runs changes things under our hands: at each call to the system that a verb makes, it puts something else there.

Not a race that is lost or won: the verb is run again and again, and at its n-th call, for each n, the container has its turn.
"""

import errno
import io
import os
import stat
import sys
import tarfile
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from containing import FOREVER, ROOT, each_runtime, engine_at, options, require_runtime
from layertui.core.containers.model.mounts import Mount
from layertui.core.containers.rootfs.put_files import copy
from layertui.core.errors import Conflict, LayertuiError
from layertui.core.inspector.containers.container_copy import copy_out
from layertui.core.layers.table.entry import Kind
from layertui.core.progress import quiet

SECRET = b"what only the host may read\n"
NOT_FOLLOWED = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
TURNS = []  # whose turn it may be; an audit hook cannot be taken away


def _hook(event, _arguments):
    if TURNS and event.startswith(("open", "os.", "shutil.")):
        turn = TURNS.pop()  # what it does itself does not count
        if not turn():
            TURNS.append(turn)


sys.addaudithook(_hook)


@contextmanager
def at_call(number, act):
    """Let `act` have its turn at that call; gives a list that is empty once it had."""
    calls = iter(range(number, -1, -1))

    def turn():
        if next(calls):
            return False
        act()
        return True

    TURNS.append(turn)
    try:
        yield TURNS
    finally:
        TURNS.clear()


@pytest.fixture(params=each_runtime())
def running(request, tmp_path):
    """A container that runs, with its writable layer, and its root as it sees it itself."""
    if request.param == "bwrap" and "device" in request.node.name:
        pytest.skip("nobody makes a device in a user namespace")
    require_runtime(request.param, tmp_path / "probe")
    (tmp_path / "mounted").write_text("mounted\n")
    made = engine_at(tmp_path / "store", request.param)
    image = made.images.open("box:1", None, quiet())
    mount = Mount(kind="bind", source=str(tmp_path / "mounted"), target="/data/mounted")
    container = made.containers.lifecycle.start(
        made.containers.create(image, "box:1", options(*FOREVER, mounts=(mount,))).id
    )
    yield made.containers, container, Path(f"/proc/{container.pid}/root")
    for one in made.containers.list():
        made.containers.remove(one.id, force=True)


@pytest.fixture
def secret(tmp_path):
    """A file of the host's, and a test that nothing has become of it."""
    path = tmp_path / "secret"
    path.write_bytes(SECRET)
    path.chmod(0o600)
    before = path.lstat()
    yield path
    after = path.lstat()
    assert path.read_bytes() == SECRET
    for kept in ("st_mode", "st_uid", "st_gid", "st_nlink", "st_mtime_ns"):
        assert getattr(after, kept) == getattr(before, kept), kept
    assert os.listxattr(path) == []


def every_turn(verb, act, prepare=lambda: None):
    """Run the verb until it has come to its end before the turn; how often the turn was taken."""
    for number in range(400):
        prepare()
        with at_call(number, act) as waiting:
            with suppress(LayertuiError):
                verb(number)
            if waiting:
                return number
    raise AssertionError("it never came to an end")


def clear(path):
    """Remove what is there, of the kinds that are put there."""
    if path.is_dir() and not path.is_symlink():
        for below in path.iterdir():
            clear(below)
        path.rmdir()
    else:
        path.unlink(missing_ok=True)


def put_there(path, what):
    """Something else under that name."""
    path.unlink(missing_ok=True)
    if what == "pipe":
        os.mkfifo(path)
    elif what == "device":
        os.mknod(path, stat.S_IFBLK | 0o600, os.makedev(0, 77))  # nobody's: to open it says so
    else:
        os.symlink(what, path)


THINGS = ["symlink", "pipe", *(["device"] if ROOT else [])]


@pytest.mark.slow
@pytest.mark.parametrize("thing", THINGS)
@pytest.mark.parametrize("path", ["/etc/hosts", "/data/mounted", "/etc/new", "/data/n"])
def test_what_is_written(running, secret, path, thing):
    """CVE-2018-15664 for a file that is written: the file made beside it is exchanged for a link to one of the host's."""
    containers, container, root = running
    layer, folder = containers.files.writable_layer(container.id), root / path[1:].rpartition("/")[0]
    put = []

    def act():
        for name in os.listdir(folder):
            if name.startswith(".layertui-"):
                put.append(name)
                put_there(folder / name, str(secret) if thing == "symlink" else thing)

    turns = every_turn(lambda number: layer.write(path, io.BytesIO(b"%d" % number), mode=0o640, owner=(0, 0)), act)
    assert turns > 5
    if path in ("/etc/hosts", "/data/mounted"):
        assert put == [], "the container saw what was only meant for what is mounted"
    else:
        assert put
    with suppress(OSError), open(os.open(root / path[1:], NOT_FOLLOWED), "rb") as file:
        assert SECRET not in file.read()


@pytest.mark.slow
@pytest.mark.parametrize("thing", THINGS)
@pytest.mark.parametrize("verb", ["copy", "read", "copy out", "as a tar"])
def test_what_is_read(running, secret, verb, thing, tmp_path):
    """A file that was looked at is a link, a pipe or a device by the time it is opened: as root, past the container's device cgroup.

    A folder of the image that is renamed is copied so.
    """
    containers, container, root = running
    layer, folder, said = containers.files.writable_layer(container.id), root / "made", []

    def act():
        for name in ("one", "two"):
            put_there(folder / name, str(secret) if thing == "symlink" else thing)

    def prepare():
        clear(folder)
        clear(root / "srv/to")
        folder.mkdir()
        (folder / "one").write_text("one")
        (folder / "two").write_text("two")

    def verb_itself(number):
        try:
            if verb == "copy":
                with layer._root("/") as inside:
                    copy(inside, "/made", "/srv/to")
                return
            view = containers.files.sight(container.id).view("/made", deep=True, below=False)
            if verb in ("copy out", "as a tar"):
                tar, out = io.BytesIO(), tmp_path / f"out-{number}"
                dest = tar if verb == "as a tar" else out
                try:
                    copy_out(view, "/made", dest, archive=False, follow=False, progress=quiet())
                finally:
                    assert SECRET not in tar.getvalue()
                    for copied in out.glob("*"):  # a pipe is copied as one, and reading it would wait for ever
                        assert copied.is_symlink() or not copied.is_file() or SECRET not in copied.read_bytes()
                return
            for entry in (view.get("/made/one"), view.get("/made/two")):
                if entry is not None and entry.kind is Kind.FILE:
                    with view.stack.open(entry) as file:
                        assert SECRET not in file.read()
        except LayertuiError as error:
            said.append(str(error))
            raise

    assert every_turn(verb_itself, act, prepare) > 5
    assert not [line for line in said if os.strerror(errno.ENXIO) in line or os.strerror(errno.EACCES) in line], (
        "opened"
    )
    for name in ("one", "two"):
        with suppress(OSError), open(os.open(root / "srv/to" / name, NOT_FOLLOWED), "rb") as file:
            assert SECRET not in file.read()


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/etc/hosts", "/data/mounted"])
def test_a_link_in_a_tar_is_no_content_of_what_is_mounted(running, secret, path):
    containers, container, root = running
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as out:
        member = tarfile.TarInfo(path.rpartition("/")[2])
        member.type, member.linkname = tarfile.SYMTYPE, str(secret)
        out.addfile(member)
    layer = containers.files.writable_layer(container.id)
    tar.seek(0)
    with pytest.raises(Conflict, match="is mounted"):
        layer.put_tar(tar, path.rpartition("/")[0])
    assert SECRET not in (root / path[1:]).read_bytes()
    if path != "/etc/hosts":  # that is mounted while it runs
        containers.lifecycle.kill(container.id)
        containers.lifecycle.wait(container.id)
        tar.seek(0)
        with pytest.raises(Conflict, match="is mounted"):
            layer.put_tar(tar, path.rpartition("/")[0])


@pytest.mark.slow
def test_a_tree_of_many_names(running, secret):
    """The second name of a file is made by a link to the first: not through a folder that has become a symlink."""
    containers, container, root = running
    layer = containers.files.writable_layer(container.id)
    (secret.parent / "one").write_bytes(SECRET)

    def act():
        for folder in (root / "srv").glob(".layertui-*"):
            with suppress(OSError):
                os.rename(folder / "sub", folder / "was")
                os.symlink(secret.parent, folder / "sub")

    def prepare():
        clear(root / "from")
        clear(root / "srv/to")
        (root / "from/sub").mkdir(parents=True)
        (root / "from/sub/one").write_text("one")
        os.link(root / "from/sub/one", root / "from/two")

    def verb(number):
        with layer._root("/") as inside:
            copy(inside, "/from", "/srv/to")

    assert every_turn(verb, act, prepare) > 5
    assert (secret.parent / "one").stat().st_nlink == 1
