"""Daemons that have an image, have none, or do not answer; and what the command line makes of it."""

import socket
from contextlib import contextmanager
from threading import Thread

import pytest

from builders import docker_archive
from command_line import layertui
from containing import box
from layertui.core.engines import daemon_images
from layertui.core.engines.daemon_images import holder


@contextmanager
def listening(path, answers):
    """A daemon that answers each request with the next of some answers; None: it says nothing while it is asked."""
    heard = []

    def serve():
        for answer in answers:
            client, _ = server.accept()
            heard.append(client.recv(1000).partition(b"\r\n")[0].decode())
            if answer is None:
                client.recv(1)  # until it is given up
            else:
                client.sendall(answer)
            client.close()

    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield heard
        thread.join(10)


FOUND, MISSING = b"HTTP/1.0 200 OK\r\n\r\n{}", b"HTTP/1.0 404 Not Found\r\n\r\n{}"


@pytest.mark.parametrize(("answer", "program"), [(FOUND, "docker"), (MISSING, None), (b"", None), (b"200 ", None)])
def test_what_a_daemon_answers(tmp_path, answer, program):
    with listening(tmp_path / "s", [answer]) as heard:
        assert holder("example.com/a/b:1", [("docker", tmp_path / "s")]) == program
    assert heard == ["GET /images/example.com/a/b:1/json HTTP/1.0"]


def test_one_that_does_not_answer_is_given_up_and_the_next_is_asked(tmp_path, monkeypatch):
    monkeypatch.setattr(daemon_images, "_PATIENCE", 0.05)
    with listening(tmp_path / "hangs", [None]), listening(tmp_path / "answers", [FOUND]):
        found = [(name, tmp_path / name) for name in ("not there", "hangs", "answers")]
        assert holder("a", found) == "answers"


@pytest.mark.parametrize("name", ["", "a b", "a\r\nHost: x", "/a", "a?all=1", "%2e", "ä"])
def test_what_can_be_no_name_is_not_asked_for(tmp_path, name):
    with listening(tmp_path / "s", []) as heard:
        assert holder(name, [("docker", tmp_path / "s")]) is None
    assert heard == []


def test_the_error_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path / 's'}")
    with listening(tmp_path / "s", [FOUND, MISSING]):
        said = layertui("run", "their:1", "true").failed(125).err
        assert "`docker save their:1 | layertui load`" in said
        assert "docker" not in layertui("history", "their:1").failed().err


def test_what_the_store_has_or_the_disk_has_is_not_asked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path / 's'}")
    with listening(tmp_path / "s", []) as heard:
        path = docker_archive(box(), tmp_path / "box.tar")
        layertui("load", path).ok()
        layertui("history", "box:1").ok()
        layertui("history", path).ok()
        layertui("history", tmp_path / "nothing.tar").failed()
    assert heard == []
