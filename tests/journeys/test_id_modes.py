"""One story as root, as a plain user with a range of ids, and as one without: the same export, the same commit."""

import hashlib
import io
import json
import os
import struct
import sys
import tarfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

import peers
from absent import absent
from builders import block, char, docker_archive, fifo, file, folder, hardlink, image, layer, symlink
from containing import box

pytestmark = pytest.mark.slow

CAPABILITY = struct.pack("<IIIII", 0x02000001, 1 << 10, 0, 0, 0)  # net_bind_service, as version 2 has it
FAR = layer(
    [
        folder("far", uid=65_534, gid=65_534, mode=0o1777),
        file("far/odd", "far\n", uid=2**31, gid=2**31 + 1, mode=0o4711),
        folder("far/in", uid=2**32 - 2, gid=4_000_000, mode=0o2750),
        symlink("far/link", "odd", uid=300_000, gid=300_001),
        fifo("far/pipe", uid=300_002, gid=5, mode=0o640),
        hardlink("far/name", "far/odd", uid=2**31, gid=2**31 + 1, mode=0o4711),
        char("far/null", 1, 3, mode=0o666),
        block("far/disk", 8, 1, uid=300_003, gid=6, mode=0o660),
        hardlink("far/same", "far/disk", uid=300_003, gid=6, mode=0o660),
        file("far/able", "able\n", mode=0o555, xattrs={"security.capability": CAPABILITY}),
        file("far/given", "given\n", mode=0o755, xattrs={"security.capability": CAPABILITY}),
    ]
)
SCRIPT = """
set -e
chmod 4700 /odd/deep/x; chmod 2700 /odd/deep
echo more >> /odd/theirs; echo more >> /odd/far; echo more >> /etc/plain
chmod 4711 /srv/page; rm /data/n; rm -r /home/app; mkdir -m 700 /new; echo x > /new/x; chmod 0 /new/x
chmod 750 /odd/able; ln /odd/able /odd/also; mv /odd/can /new/can; echo more >> /odd/could
mkfifo /new/pipe; ln /odd/theirs /odd/second; ln -s x /new/link; mv /odd/moved /new/moved
"""
CHANGES = """
from layertui.core.containers.storage.user_namespace import enter
from layertui.core.inspector import Inspector
from layertui.core.settings import Settings

settings = Settings.load()
enter(settings.store)
with Inspector(settings) as inspector:
    inspector.containers.files.writable_layer("c1").rename("/kept", "/moved")
    for name in ("c1", "c2"):
        inspector.containers.files.writable_layer(name).rename("/far/null", "/far/in/zero")
        inspector.containers.files.writable_layer(name).change("/far/disk", mode=0o600)
        inspector.containers.files.writable_layer(name).change("/far/given", owner=(0, 7))
        inspector.containers.files.writable_layer(name).rename("/odd/inner", "/odd/outer")
"""


@pytest.fixture
def odd(tmp_path):
    """The box with a layer of owners, ids that no range has, capabilities and devices."""
    top = layer(
        [
            folder("odd", uid=7, gid=8, mode=0o1750),
            file("odd/theirs", "theirs\n", uid=1000, gid=1001, mode=0o640),
            file("odd/far", "far\n", uid=200_000, gid=300_000, mode=0o604),
            file("odd/moved", "moved\n", uid=33, gid=34),
            file("odd/able", "able\n", mode=0o755, xattrs={"security.capability": CAPABILITY}),
            file("odd/can", "can\n", mode=0o555, xattrs={"security.capability": CAPABILITY}),
            file("odd/could", "could\n", mode=0o755, xattrs={"security.capability": CAPABILITY}),
            file("odd/setuid", "s\n", uid=5, gid=6, mode=0o6755),
            hardlink("odd/name", "odd/setuid", uid=5, gid=6, mode=0o6755),
            char("odd/device", 1, 3, uid=3, gid=4, mode=0o620),
            folder("odd/inner"),
            file("odd/inner/able", "able\n", uid=5, mode=0o511, xattrs={"security.capability": CAPABILITY}),
            folder("kept", uid=9, gid=9),
            block("kept/disk", 8, 2, uid=70_000, gid=6, mode=0o660),
            file("kept/able", "able\n", uid=5, mode=0o511, xattrs={"security.capability": CAPABILITY}),
            folder("odd/deep", uid=65_534, gid=2**31, mode=0o2711),
            file("odd/deep/x", "x\n", uid=2**31, gid=65_534, mode=0o4750),
        ]
    )
    built = image([*box().layers, top], tags=["odd:1"], config={"Cmd": ["sh"], "Env": ["PATH=/bin"]})
    return docker_archive(built, tmp_path / "odd.tar").read_bytes()


def facts(content):
    """What each member of a tar is, but for its time; which of two names is the link is no matter."""
    found = {}
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        for member in tar:
            inode = tar.getmember(member.linkname) if member.islnk() else member
            body = hashlib.sha256(tar.extractfile(inode).read()).hexdigest() if inode.isreg() else None
            xattrs = {key: value for key, value in inode.pax_headers.items() if "xattr" in key.lower()}
            device = (inode.devmajor, inode.devminor) if inode.ischr() or inode.isblk() else None
            kind = inode.linkname if inode.issym() else inode.type
            found[member.name] = (kind, inode.mode, inode.uid, inode.gid, device, xattrs, body)
    return found


def nodes(listed):
    """What `ls --json` shows of each path, but for its time and what only one file system says."""
    told = ("type", "mode", "uid", "gid", "dev", "link", "change")
    return {row["path"]: tuple(row[key] for key in told) for row in json.loads(listed)}


def story(run, python, odd, bytes_of):
    """The exports, one of a container that runs; the committed layer, and what diff said."""
    for words, stdin in (
        (["load", "-"], odd),
        (["run", "--name", "c1", "odd:1", "sh", "-c", SCRIPT], b""),
        (["write", "c1", "/new/owned", "--owner", "9:10", "--mode", "0640"], b"owned\n"),
        (["write", "c1", "/odd/setuid"], b"changed\n"),
        (["mkdir", "c1", "/odd/made"], b""),
        (["unlink", "c1", "/srv/page"], b""),
        (["cp", "-a", "-", "c1:/"], FAR),
        (["run", "-d", "--name", "c2", "odd:1", "sleep", "600"], b""),
        (["cp", "-a", "-", "c2:/"], FAR),
    ):
        done = run(*words, stdin=stdin)
        assert done.returncode == 0, (words, done.stderr.decode())
    changed = python("-c", CHANGES)
    assert changed.returncode == 0, changed.stderr.decode()
    assert run("commit", "c1", "two:1").returncode == 0
    with tarfile.open(fileobj=io.BytesIO(bytes_of("save", "two:1"))) as tar:
        (listed,) = json.load(tar.extractfile("manifest.json"))
        top = tar.extractfile(tar.getmember(listed["Layers"][-1])).read()
    exports = [facts(bytes_of("export", name)) for name in ("c1", "c2")]
    listed = [nodes(bytes_of("ls", "-R", "--json", f"container:{name}")) for name in ("c1", "c2")]
    told = (*exports, facts(top), *listed, bytes_of("diff", "c1").decode().splitlines())
    assert run("rm", "-f", "c1", "c2").returncode == 0
    return told


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be all three")
def test_the_same_for_root_and_both_kinds_of_plain_user(layertui, plain_user, lone_user, odd):
    if not plain_user.has_subordinate_ids:
        absent("nobody here has a range of ids")
    told = {}
    here = peers.Tool((sys.executable,), {"LAYERTUI_STORE": str(layertui.store)})
    for name, run, python in (
        ("root", partial(layertui.run, check=False), here.run),
        ("multi", plain_user.layertui, partial(plain_user.run, plain_user.python)),
        ("single", lone_user.layertui, partial(lone_user.run, lone_user.python)),
    ):

        def running(*words, stdin=b"", run=run):
            return run(*words, stdin=stdin)

        def bytes_of(*words, running=running):
            done = running(*words)
            assert done.returncode == 0, done.stderr.decode()
            return done.stdout

        told[name] = story(running, python, odd, bytes_of)
        (place,) = (one for one in json.loads(bytes_of("engines", "--json")) if one["name"] == "embedded")
        assert place["ids"] == name
    for name in ("multi", "single"):
        for ours, roots in zip(told[name][:-1], told["root"][:-1], strict=True):
            assert differing(ours, roots) == {}, name
        assert told[name][-1] == told["root"][-1]
    stopped, running, layer_, rows, running_rows, _ = told["root"]
    for found in (rows, running_rows):
        assert found["/odd/device"][0] == "char"
        assert found["/odd/device"][4] == "1:3"
        assert found["/far/in/zero"][4] == "1:3"
        assert found["/far/disk"][4] == found["/far/same"][4] == "8:1"
    for found in (stopped, layer_):
        able = {path for path, fact in found.items() if fact[5]}
        assert able == {"odd/able", "odd/also", "odd/outer/able", "far/able", "moved/able", "new/can"}
        devices = {path: fact[4] for path, fact in found.items() if fact[4] and path != "odd/device"}
        assert devices == {"far/disk": (8, 1), "far/in/zero": (1, 3), "far/same": (8, 1), "moved/disk": (8, 2)}
    assert {path for path, fact in running.items() if fact[5]} >= {"far/able", "odd/outer/able"}
    assert {path for path, fact in running.items() if fact[4]} >= {"far/disk", "far/in/zero", "far/same"}


def differing(one, other):
    return {
        name: (one.get(name), other.get(name)) for name in one.keys() | other.keys() if one.get(name) != other.get(name)
    }


@pytest.mark.sampled("runs")
@pytest.mark.parametrize("user", ["plain_user", "lone_user"])
@pytest.mark.parametrize("runs", [False, True], ids=["created", "running"])
def test_what_is_mounted_is_reached_by_a_plain_user(user, runs, request, odd):
    """The user's own folders, and volumes; what no disk can hold of it is refused, or the user's."""
    who = request.getfixturevalue(user)
    host = who.home / "host"

    def layertui(*words, stdin=b""):
        return who.layertui(*words, stdin=stdin)

    def done(*words, stdin=b""):
        said = layertui(*words, stdin=stdin)
        assert said.returncode == 0, (words, said.stderr.decode())
        return said.stdout

    done("load", "-", stdin=odd)
    who.run(
        "sh",
        "-c",
        "rm -rf host secret; mkdir -p host/in && echo old > host/old && echo secret > secret && ln -s ../secret host/out",
    )
    mounts = ("-v", f"kept{runs}:/odd", "-v", f"{host}:/host", "-v", f"{host}:/shut:ro", "--tmpfs", "/mem")
    done("create", "--name", "c1", *mounts, "odd:1", "sleep", "600")
    try:
        if runs:
            done("start", "c1")
        done("write", "c1", "/host/in/new", stdin=b"new")
        done("cp", "-", "c1:/odd", stdin=layer([folder("x", mode=0o711), file("x/f", "f", mode=0o4755)]))
        done("cp", "-a", "-", "c1:/odd", stdin=layer([file("mine", "m", uid=5, gid=6)]))
        done("mkdir", "c1", "/host/made")
        done("unlink", "c1", "/host/old")
        assert (host / "in/new").read_bytes() == b"new"
        assert (host / "in/new").stat().st_uid == who.uid
        assert sorted(path.name for path in host.iterdir()) == ["in", "made", "out"]
        assert done("cat", "container:c1", "/host/in/new") == b"new"
        assert b"/odd/x/f" in done("ls", "-R", "container:c1", "/odd")
        with tarfile.open(fileobj=io.BytesIO(done("cp", "c1:/odd/mine", "-"))) as tar:
            (member,) = tar
            assert (member.uid, member.gid) == ((5, 6) if who.has_subordinate_ids else (0, 0))
        assert layertui("cat", "container:c1", "/host/out").returncode == 1, "a path of the container, not of the host"
        for words, said in (
            (("write", "c1", "/shut/x"), "mounted volume is marked read-only"),
            (
                ("write", "c1", "/odd/x/f", "--owner", "5:6"),
                "" if who.has_subordinate_ids else "where all files are yours",
            ),
            (("write", "c1", "/mem/x"), "" if runs else "a tmpfs, which exists only while the container runs"),
        ):
            told = layertui(*words, stdin=b"x")
            assert (told.returncode, said in told.stderr.decode()) == (int(bool(said)), True), (words, told.stderr)
        device = layertui("cp", "-", "c1:/odd", stdin=layer([char("null", 1, 3)]))
        assert b"only root makes devices" in device.stderr
        assert b"/host/" not in done("diff", "c1")
    finally:
        layertui("rm", "-f", "c1")


def test_starts_at_once_share_one_namespace(plain_user, odd):
    plain = plain_user.layertui
    assert plain("load", "-", stdin=odd).returncode == 0
    names = [f"at_once_{number}" for number in range(4)]
    try:
        with ThreadPoolExecutor(len(names)) as pool:
            started = list(pool.map(lambda name: plain("run", "-d", "--name", name, "odd:1", "sleep", "600"), names))
            assert [done.stderr.decode() for done in started] == [""] * len(names)
            said = list(pool.map(lambda name: plain("exec", name, "id", "-u"), names))
        assert [(done.stdout, done.stderr) for done in said] == [(b"0\n", b"")] * len(names)
    finally:
        plain("rm", "-f", *names)


def test_the_hosts_namespaces_are_the_hosts_for_everybody(plain_user, odd):
    plain_user.layertui("load", stdin=odd)
    plain_user.layertui("run", "-d", "--name", "box", "odd:1", "sleep", "60")
    try:
        found = json.loads(plain_user.layertui("--json", "namespaces", "box").stdout)
    finally:
        plain_user.layertui("rm", "-f", "box")
    assert found["host"]["user"] == os.stat("/proc/self/ns/user").st_ino
    assert "user" in found["own"]


@pytest.mark.parametrize("user", ["plain_user", "lone_user"])
def test_volumes_without_a_name_over_a_root_that_is_read_only(user, request, odd):
    """What is put into them keeps the owners that no disk of the user's can hold, in every state."""
    who = request.getfixturevalue(user)

    def done(*words, stdin=b""):
        said = who.layertui(*words, stdin=stdin)
        assert said.returncode == 0, (words, said.stderr.decode())
        return said.stdout

    done("load", "-", stdin=odd)
    done("create", "--name", "c1", "--read-only", "-v", "/own", "-v", "/srv", "odd:1", "sleep", "600")
    try:
        done("cp", "-a", "-", "c1:/own", stdin=layer([file("before", "b", uid=5, gid=6)]))
        done("start", "c1")
        done("cp", "-a", "-", "c1:/own", stdin=layer([file("while", "w", uid=5, gid=6)]))
        done("exec", "c1", "sh", "-c", "rm /srv/page; echo x > /own/x")
        done("kill", "c1")
        who.layertui("wait", "c1")
        with tarfile.open(fileobj=io.BytesIO(done("cp", "c1:/own/.", "-"))) as tar:
            found = {member.name.rpartition("/")[2]: (member.uid, member.gid) for member in tar if member.isreg()}
        assert found == {"before": (5, 6), "while": (5, 6), "x": (0, 0)}
        assert done("ls", "container:c1", "/srv") == b""
        assert done("diff", "c1") == b"A /own\n"
    finally:
        who.layertui("rm", "-f", "-v", "c1")


def test_a_volume_in_a_folder_that_its_user_may_not_enter(lone_user, odd):
    try:
        assert lone_user.layertui("load", "-", stdin=odd).returncode == 0
        ran = lone_user.layertui(
            "run", "--name", "c1", "-v", "/srv/v", "odd:1", "sh", "-c", "echo x > /srv/v/x; chmod 0 /srv"
        )
        assert ran.returncode == 0
        assert lone_user.layertui("diff", "c1").stdout == b"C /srv\nA /srv/v\n"
    finally:
        lone_user.layertui("rm", "-f", "-v", "c1")
