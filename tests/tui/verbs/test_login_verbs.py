"""login and logout on the command line: what is asked for, what is refused, and that no secret is seen anywhere."""

import json
import os
from pathlib import Path

import pytest

from builders import docker_archive, file, image, layer
from command_line import layertui, process
from small_registry import small_registry

SECRET = "s3cret-s3cret"
DEMO = image([layer([file("a", b"a")])], tags=["demo:1.0"])


@pytest.fixture
def served():
    with small_registry() as found:
        found.users["ann"] = SECRET
        yield found


def config():
    return Path(os.environ["HOME"]) / ".docker" / "config.json"


def login(served, secret=SECRET, *more):
    return layertui("login", "-u", "ann", "--password-stdin", *more, served.host, stdin=f"{secret}\n".encode())


def test_credentials_are_kept_once_the_registry_has_taken_them(served, tmp_path):
    layertui("load", "-i", docker_archive(DEMO, tmp_path / "a.tar")).ok()
    name = f"{served.host}/shop/demo:1.0"
    assert "layertui login" in layertui("push", "demo:1.0", name).failed().err
    done = login(served).ok()
    assert done.lines == ["Login Succeeded"]
    assert SECRET not in done.err
    assert done.err.startswith("warning: the password is kept unencrypted in ")
    layertui("push", "demo:1.0", name).ok()
    assert layertui("logout", served.host).ok().lines == [f"Removing login credentials for {served.host}"]
    assert json.loads(config().read_bytes())["auths"] == {}
    layertui("pull", name).failed()
    assert layertui("logout", served.host).ok().lines == [f"Not logged in to {served.host}"]


def test_wrong_ones_are_not_kept_and_not_shown(served):
    done = login(served, "wr0ng-wr0ng").failed()
    assert "wr0ng" not in done.err
    assert not config().exists()


def test_the_secret_is_in_no_answer_and_in_no_file_as_it_is(served):
    done = login(served, SECRET, "--json").ok()
    assert done.json == {"registry": served.host, "place": str(config())}
    layertui("pull", f"{served.host}/shop/nope:1").failed()
    home = Path(os.environ["HOME"])
    with_it = [path for path in home.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    assert with_it == []  # in base64 in config.json


@pytest.mark.parametrize(
    "words",
    [
        ["login", "--password-stdin", "host.example"],
        ["login", "-u", "ann", "host.example"],
        ["login", "-u", "a:b", "--password-stdin", "host.example"],
        ["login", "-u", "ann", "--password-stdin", "host"],
        ["login", "-u", "ann", "-p", SECRET, "host.example"],
        ["login", "-u", "ann", f"--password={SECRET}", "host.example"],
        ["logout", "host"],
    ],
)
def test_a_wrong_usage_is_one_line_without_the_secret(words):
    done = process(*words, stdin=SECRET.encode()).failed(2)
    assert SECRET not in done.err


@pytest.mark.parametrize("given", [b"", b"\n", b"two\nlines\n"])
def test_a_password_that_is_none_is_refused(served, given):
    layertui("login", "-u", "ann", "--password-stdin", served.host, stdin=given).failed(2)


@pytest.mark.parametrize("spelled", ["https://{}/", "https://{}/v2/", "docker://{}"])
def test_an_address_stands_for_its_host(served, spelled):
    layertui("login", "-u", "ann", "--password-stdin", spelled.format(served.host), stdin=SECRET.encode()).ok()
    assert list(json.loads(config().read_bytes())["auths"]) == [served.host]
