"""What is promised where there is no Linux: all but the starting of containers."""

import os
import subprocess
import sys
import tarfile
import threading
from pathlib import Path

import pytest

from builders import docker_archive, file, image, layer
from small_daemon import small_daemon
from small_registry import small_registry

pytestmark = pytest.mark.slow

STAND_IN = Path(__file__).with_name("macos.py")


def start(*words, **options):
    return subprocess.Popen(
        [sys.executable, STAND_IN, *map(str, words)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def asked(*words, code=0):
    process = start(*words)
    out, err = process.communicate(timeout=120)
    assert process.returncode == code, err
    return err if code else out


@pytest.fixture
def demo():
    asked("demo", "--no-ui")


@pytest.mark.usefixtures("demo")
def test_images_come_in_are_compared_and_go_out(tmp_path):
    two, large, out = (tmp_path / name for name in ("two.tar", "large.tar", "out.tar"))
    asked("save", "demo:2.0", "-o", two, ",", "rmi", "demo:2.0", ",", "load", "-i", two)
    assert "Welcome" in asked("which", "demo:2.0", "/etc/motd", ",", "cat", "demo:2.0", "/etc/motd")
    asked("compare", "demo:1.0", "demo:2.0", ",", "extract", "demo:2.0", "/etc", tmp_path / "there")
    assert list((tmp_path / "there").rglob("motd"))

    (tmp_path / "noise").write_bytes(os.urandom(9 << 20))
    with tarfile.open(large, "w") as tar:
        tar.add(tmp_path / "noise", "noise")
    asked("import", large, "large:1", ",", "save", "large:1", "-o", out)
    assert out.stat().st_size > 9 << 20
    asked("fsck", ",", "gc", ",", "df")


@pytest.mark.usefixtures("demo")
def test_images_are_searched_analyzed_and_copied(tmp_path):
    found = asked("find", "--name", "motd", "demo:2.0", ",", "versions", "demo:2.0", "/etc/motd")
    assert found.count("motd") >= 2
    asked("analyze", "demo:2.0", ",", "file", "demo:2.0", "/bin/sh", ",", "history", "--dockerfile", "demo:2.0")
    asked("copy", "demo:2.0", f"docker-archive:{tmp_path}/copied.tar", ",", "engines", "-v")
    refused = asked("pull", "localhost:1/shop:1", code=1)
    assert "registry localhost:1: connection refused" in refused


@pytest.mark.usefixtures("demo")
def test_images_go_to_a_registry_and_come_from_it():
    with small_registry() as registry:
        name = f"{registry.host}/shop:1"
        asked("tag", "demo:2.0", name, ",", "push", name, ",", "rmi", name)
        assert "motd" in asked("ls", f"docker://{name}", "/etc", ",", "pull", name, ",", "ls", name, "/etc")
        asked("compare", f"docker://{name}", "demo:1.0")


@pytest.mark.usefixtures("demo")
def test_a_daemon_is_asked(tmp_path):
    """Docker Desktop listens on such a socket, too."""
    built = image([layer([file("etc/motd", b"of the daemon")])], tags=["shop:1"])
    archive = docker_archive(built, tmp_path / "shop.tar").read_bytes()
    with small_daemon(tmp_path) as daemon:
        daemon.image(built, archive)
        env = {**os.environ, "DOCKER_HOST": f"unix://{daemon.socket}"}
        process = start("images", "--engine", "docker", ",", "cat", "docker-daemon:shop:1", "/etc/motd", env=env)
        out, err = process.communicate(timeout=60)
    assert "shop" in out, err
    assert "of the daemon" in out, err


@pytest.mark.usefixtures("demo")
def test_a_container_is_made_written_to_committed_and_exported_but_not_started(tmp_path):
    note, flat = tmp_path / "note", tmp_path / "box.tar"
    note.write_text("a note")
    create = ("create", "--stop-signal")
    asked(*create, "9", "--name", "box", "busybox", "sh", ",", *create, "RTMIN+3", "--name", "real", "busybox", "sh")
    asked("write", "box", "/etc/note", note, ",", "cp", note, "box:/tmp/other")
    assert "a note" in asked("ps", "-a", ",", "cat", "container:box", "/etc/note")
    assert "/etc/note" in asked("diff", "box", ",", "commit", "box", "noted:1", ",", "export", "box", "-o", flat)
    with tarfile.open(flat) as tar:
        assert tar.extractfile("etc/note").read() == b"a note"
    asked("import", flat, "again:1", ",", "engines", "-v", ",", "namespaces", "box")
    assert "on Linux only" in asked("start", "box", code=1)
    asked("rm", "box", "real")


@pytest.mark.usefixtures("demo")
def test_changes_are_shown_though_the_system_does_not_report_them(tmp_path):
    watching = start("events", env={**os.environ, "PYTHONUNBUFFERED": "1"})
    told = []
    reader = threading.Thread(target=lambda: told.append(watching.stdout.readline()), daemon=True)
    reader.start()
    try:
        for _ in range(20):  # until it has begun to watch
            asked("tag", "demo:1.0", "other:1")
            reader.join(1)
            if told:
                break
    finally:
        watching.terminate()
        _, err = watching.communicate(timeout=30)
    assert "tag" in told[0], err


@pytest.mark.usefixtures("demo")
def test_the_screen_opens():
    shown = asked("screen", "down")
    assert "busybox" in shown
    assert "bin/" in shown


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (("j", "space", "="), "layers shared of"),
        (("j", "j", "f"), "top-down search"),
        (("j", "j", "F"), "Files of layers 1 to 7 by size"),
    ],
)
def test_other_screens_open(keys, words):
    shown = asked("screen", *keys)
    assert words in shown
