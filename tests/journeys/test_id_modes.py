"""One story as root, as a plain user with a range of ids, and as one without: the same export, the same commit."""

import hashlib
import io
import json
import os
import struct
import tarfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from builders import char, docker_archive, file, folder, hardlink, image, layer
from containing import box

CAPABILITY = struct.pack("<IIIII", 0x02000001, 1 << 10, 0, 0, 0)  # net_bind_service, as version 2 has it
SCRIPT = """
set -e
echo more >> /odd/theirs; echo more >> /odd/far; echo more >> /etc/plain
chmod 4711 /srv/page; rm /data/n; rm -r /home/app; mkdir -m 700 /new; echo x > /new/x; chmod 0 /new/x
mkfifo /new/pipe; ln /odd/theirs /odd/second; ln -s x /new/link; mv /odd/moved /new/moved
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
            file("odd/setuid", "s\n", uid=5, gid=6, mode=0o6755),
            hardlink("odd/name", "odd/setuid", uid=5, gid=6, mode=0o6755),
            char("odd/device", 1, 3, uid=3, gid=4, mode=0o620),
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
            device = (inode.devmajor, inode.devminor) if inode.ischr() else None
            kind = inode.linkname if inode.issym() else inode.type
            found[member.name] = (kind, inode.mode, inode.uid, inode.gid, device, xattrs, body)
    return found


def story(run, odd, bytes_of):
    """The export, the committed layer, and what diff said."""
    for words, stdin in (
        (["load", "-"], odd),
        (["run", "--name", "c1", "odd:1", "sh", "-c", SCRIPT], b""),
        (["write", "c1", "/new/owned", "--owner", "9:10", "--mode", "0640"], b"owned\n"),
        (["write", "c1", "/odd/setuid"], b"changed\n"),
        (["mkdir", "c1", "/odd/made"], b""),
        (["unlink", "c1", "/srv/page"], b""),
        (["commit", "c1", "two:1"], b""),
    ):
        done = run(*words, stdin=stdin)
        assert done.returncode == 0, (words, done.stderr.decode())
    with tarfile.open(fileobj=io.BytesIO(bytes_of("save", "two:1"))) as tar:
        (listed,) = json.load(tar.extractfile("manifest.json"))
        top = tar.extractfile(tar.getmember(listed["Layers"][-1])).read()
    told = (facts(bytes_of("export", "c1")), facts(top), bytes_of("diff", "c1").decode().splitlines())
    assert run("rm", "c1").returncode == 0
    return told


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be all three")
def test_the_same_whoever_does_it(layertui, plain_user, lone_user, odd):
    if not plain_user.has_subordinate_ids:
        (pytest.fail if os.environ.get("LAYERTUI_REQUIRE_PEERS") else pytest.skip)("nobody here has a range of ids")
    told = {}
    for name, run in (
        ("root", lambda *words, stdin: layertui.run(*words, stdin=stdin, check=False)),
        ("multi", lambda *words, stdin: plain_user.layertui(*words, stdin=stdin)),
        ("single", lambda *words, stdin: lone_user.layertui(*words, stdin=stdin)),
    ):

        def running(*words, stdin=b"", run=run):
            return run(*words, stdin=stdin)

        def bytes_of(*words, running=running):
            done = running(*words)
            assert done.returncode == 0, done.stderr.decode()
            return done.stdout

        told[name] = story(running, odd, bytes_of)
        (place,) = (one for one in json.loads(bytes_of("engines", "--json")) if one["name"] == "embedded")
        assert place["ids"] == name
    for name in ("multi", "single"):
        for ours, roots in zip(told[name][:2], told["root"][:2], strict=True):
            assert differing(ours, roots) == {}, name
        assert told[name][2] == told["root"][2]


def differing(one, other):
    return {
        name: (one.get(name), other.get(name)) for name in one.keys() | other.keys() if one.get(name) != other.get(name)
    }


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
