"""Vulnerabilities of others, by number: copies into containers and out of them, and who is who in them."""

import os
import stat
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from absent import need
from builders import (
    compressed,
    docker_archive,
    file,
    folder,
    image,
    layer,
    symlink,
)
from command_line import layertui
from hostile.trial import SECRET
from layertui.core.containers.rootfs.lower_dirs import read
from layertui.core.containers.runtimes.user_lookup import look_up
from layertui.core.errors import LayertuiError, UsageError

BASE = layer([folder("etc"), file("etc/motd", b"hello\n")])


@pytest.fixture
def box(trial):
    """A container of an image with links out, and with programs named like those that unpress."""
    out = str(trial.outside)
    evil = file("bin/xz", b"#!/bin/sh\n", mode=0o755)
    built = image(
        [layer([folder("etc"), symlink("d", out), symlink("far", f"../../../../..{out}"), folder("bin"), evil])],
        tags=["box:1"],
    )
    trial.say("load", docker_archive(built, trial.folder / "box.tar")).ok()
    trial.say("create", "--name", "box", "box:1", "true").ok()
    return trial.store / "containers"


@pytest.mark.slow
def test_cve_2018_15664(trial, box):
    """docker cp: a link in a container, swapped in between check and copy, was followed on the host."""
    upper = next(trial.store.glob("containers/*/upper"))
    (upper / "r").mkdir()
    (upper / "r" / "secret").write_bytes(b"the container's\n")
    (trial.folder / "mine").write_bytes(b"evil\n")
    over = threading.Event()

    def exchange():
        os.symlink(trial.outside, upper / "link")
        while not over.is_set():
            with suppress(OSError):
                os.rename(upper / "r", upper / "kept")
                os.rename(upper / "link", upper / "r")
                os.rename(upper / "r", upper / "link")
                os.rename(upper / "kept", upper / "r")

    racer = threading.Thread(target=exchange)
    racer.start()
    try:
        for _ in range(40):
            layertui("cp", trial.folder / "mine", "box:/r/secret", store=trial.store)
            layertui("cp", "box:/r/secret", trial.folder / "got", store=trial.store)
            assert not (trial.folder / "got").exists() or SECRET not in (trial.folder / "got").read_bytes()
    finally:
        over.set()
        racer.join()
    assert (trial.outside / "secret").read_bytes() == SECRET
    assert sorted(os.listdir(trial.outside)) == ["inner", "secret"]


def test_cve_2019_10152(trial, box):
    """podman cp < 1.4.0: symlinks inside a container were resolved on the host."""
    (trial.folder / "mine").write_bytes(b"evil\n")
    for link in ("d", "far"):
        trial.say("cp", trial.folder / "mine", f"box:/{link}/secret")
        trial.say("cp", trial.folder / "mine", f"box:/{link}/evil")
        trial.say("cp", f"box:/{link}/secret", trial.folder / f"got {link}")
        trial.say("cp", "-L", f"box:/{link}", trial.folder / f"got all of {link}")
        trial.say("write", "-p", "box", f"/{link}/evil", stdin=b"evil\n")
    for top, _, names in os.walk(trial.folder):
        for path in (os.path.join(top, name) for name in names if "got" in top or name.startswith("got")):
            assert os.path.islink(path) or SECRET not in Path(path).read_bytes()
    assert trial.sound() == []


@pytest.mark.slow
def test_cve_2019_14271(trial):
    """docker cp < 19.03.1: user names were looked up inside the container, with libraries from the container."""
    need("strace")
    places = ("lib", "lib64", "usr/lib", "lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu")
    traps = [file(f"{place}/libnss_{what}.so.2", b"\x7fELF") for place in places for what in ("files", "dns", "evil")]
    conf = file("etc/nsswitch.conf", b"passwd: evil files\ngroup: evil files\nhosts: evil\n")
    built = image([layer([*traps, conf, file("etc/passwd", b"evil:x:7:7::/:/bin/sh\n")])], tags=["box:1"])
    trial.say("load", docker_archive(built, trial.folder / "box.tar")).ok()
    trial.say("create", "--name", "box", "box:1", "true").ok()
    (trial.folder / "in").write_bytes(b"in")
    log = trial.folder / "log"
    strace = ["strace", "-f", "-qq", "-o", log, "-e", "trace=open,openat,openat2,chroot,pivot_root,execve"]
    verbs = (("cp", "-a", trial.folder / "in", "box:/in"), ("cp", "box:/etc", trial.folder / "out"))
    for words in verbs:
        argv = [*strace, sys.executable, "-m", "layertui", "--store", trial.store, *words]
        subprocess.run(argv, check=True, capture_output=True, timeout=60)
        calls = log.read_text(errors="replace")
        assert "openat" in calls
        assert "chroot(" not in calls
        assert "pivot_root(" not in calls
        assert not [
            line for line in calls.splitlines() if "libnss_evil" in line or (str(trial.store) in line and ".so" in line)
        ]
    assert trial.sound() == []


def test_cve_2014_9357_and_2026_41567(trial, box, monkeypatch):
    """docker < 1.3.3, and docker cp < 29.5.1: decompression ran an external program, which was taken from the container's files."""
    traps, mark = trial.folder / "traps", trial.folder / "mark"
    traps.mkdir()
    for name in ("xz", "unxz", "gzip", "gunzip", "pigz", "unpigz", "zstd", "unzstd", "bzip2", "tar"):
        (traps / name).write_text(f"#!/bin/sh\ntouch {mark}\n")
        (traps / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{traps}:{os.environ['PATH']}")
    for how in ("gzip", "xz", "zstd", "bzip2"):
        trial.say("import", "-", "b:1", stdin=compressed(BASE, how)).ok()
        trial.say("cp", "-", "box:/", stdin=compressed(BASE, how))
    assert not mark.exists()
    assert trial.sound() == []


def test_cve_2022_23648(trial):
    """containerd < 1.6.1: a volume path with `..` in the image's config copied files of the host into the container."""
    out = str(trial.outside)
    volumes = {f"/../../../../../..{out}": {}, f"../..{out}": {}, out: {}, "/d/x": {}}
    built = image([layer([folder("etc"), symlink("d", out)])], tags=["v:1"], config={"Volumes": volumes})
    trial.say("load", docker_archive(built, trial.folder / "v.tar")).ok()
    trial.say("create", "--name", "box", "v:1", "true")
    assert SECRET not in trial.say("export", "box").out
    assert trial.sound() == []


def test_cve_2024_9676(trial):
    """containers/storage: a symlink at /etc/passwd was followed on the host, to a pipe that blocks or a file without end."""
    root = trial.folder / "root"
    (root / "etc").mkdir(parents=True)
    os.mkfifo(trial.folder / "pipe")
    for target in (trial.folder / "pipe", "/dev/zero", trial.outside / "secret", f"../..{trial.outside}/secret"):
        (root / "etc" / "passwd").unlink(missing_ok=True)
        os.symlink(target, root / "etc" / "passwd")
        assert read([root], "/etc/passwd") is None
    (root / "etc" / "passwd").unlink()
    os.mkfifo(root / "etc" / "passwd")
    assert read([root], "/etc/passwd") is None


def test_cve_2016_3697():
    """runc < 0.1.0: a numeric user was looked up as a name, and an image's passwd file could map that name to root."""
    assert look_up("1000", b"1000:x:0:0::/root:/bin/sh\n", None).uid == 1000
    assert look_up("5:77", None, b"77:x:0:\n").gid == 77


@pytest.mark.parametrize(
    "spelled", ["2147483648", "4294967296", "4294967295", "9999999999999", "0:4294967296", "-1", "0" * 5000 + "1"]
)
def test_cve_2024_40635_and_2026_46680(spelled):
    """containerd: a user ID of more than 32 bits became root, by overflow, and later because it was looked up as a name."""
    passwd = "".join(f"{name}:x:0:0::/root:/bin/sh\n" for name in spelled.split(":")).encode()
    with suppress(LayertuiError):
        assert look_up(spelled, passwd if spelled != "-1" else None, None).uid > 0
    if spelled.isdigit() and len(spelled) < 20:
        with pytest.raises(UsageError):
            look_up(spelled, passwd, None)


def test_cve_2021_41103(trial, box):
    """containerd < 1.5.7: other users could enter the folders of containers and run setuid programs in them."""
    assert stat.S_IMODE(os.stat(trial.store).st_mode) == 0o700
    for path in box.glob("*"):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077 or not path.is_dir()
