"""What a start is: which process, as whom, in which folders; and what keeps one from starting."""

import io
import os
import threading
import time
from itertools import product

import pytest

from builders import file, image, layer, symlink
from containing import FOREVER, ROOT, box, options, put
from layertui.core.containers.model.container import State
from layertui.core.errors import (
    CommandNotExecutable,
    CommandNotFound,
    Conflict,
    LayertuiError,
    NotFound,
    StorageError,
)
from layertui.core.progress import quiet
from observed import changed

pytestmark = pytest.mark.needs("processes")


def test_started_it_runs_in_namespaces_of_its_own(containers, started):
    container = started(*FOREVER)
    assert container.state is State.RUNNING
    assert container.pid > 0
    assert container.started is not None
    seen = containers.observation.namespaces(container.id)
    assert set(seen.own) >= {"mnt", "pid", "net", "uts", "ipc"}
    assert seen.container is not None
    assert seen.container["pid"] != seen.host["pid"]
    assert seen.processes["pid"] == seen.processes["mnt"] == (container.pid,)


def test_started_again_while_it_runs_nothing_happens(containers, started):
    container = started(*FOREVER)
    assert containers.lifecycle.start(container.id).pid == container.pid


@pytest.mark.slow
def test_twenty_starts_at_once_are_one(containers, make):
    container = make(*FOREVER)
    pids = []
    threads = [
        threading.Thread(target=lambda: pids.append(containers.lifecycle.start(container.id).pid)) for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pids) == 20
    assert len(set(pids)) == 1


@pytest.mark.slow
def test_a_second_start_keeps_the_layer_and_the_log(containers, started):
    container = started("sh", "-c", "echo once; cat /mark; echo x > /mark")
    assert containers.lifecycle.wait(container.id) == 0
    containers.lifecycle.start(container.id)
    assert containers.lifecycle.wait(container.id) == 0
    text = b"".join(line.text for line in containers.output.logs(container.id) if line.stream == "stdout")
    assert text == b"once\nonce\nx\n"


@pytest.mark.slow
def test_a_shell_with_a_terminal_stays(containers, started):
    container = started("sh", tty=True, interactive=True)
    time.sleep(0.3)
    assert containers.get(container.id).state is State.RUNNING


@pytest.mark.slow
def test_a_shell_without_input_ends(containers, started):
    assert containers.lifecycle.wait(started("sh").id) == 0


@pytest.mark.parametrize(
    ("command", "error", "code"), [("nope", CommandNotFound, 127), ("/etc/plain", CommandNotExecutable, 126)]
)
def test_a_first_start_that_fails_leaves_it_created(containers, make, command, error, code):
    container = make(command)
    with pytest.raises(error):
        containers.lifecycle.start(container.id)
    now = containers.get(container.id)
    assert (now.state, now.exit_code, now.pid) == (State.CREATED, code, 0)
    assert command in (now.reason or "")


@pytest.mark.parametrize("command", ["nope", "/etc/plain"])
def test_a_start_that_fails_is_the_end_of_a_container_that_is_removed_at_its_end(containers, make, command):
    container = make(command, remove=True)
    with pytest.raises((CommandNotFound, CommandNotExecutable)):
        containers.lifecycle.start(container.id)
    with pytest.raises(NotFound):
        containers.get(container.id)


@pytest.mark.slow
def test_it_can_be_started_after_a_failure(containers, make):
    container = make("/new")
    with pytest.raises(CommandNotFound):
        containers.lifecycle.start(container.id)
    containers.files.writable_layer(container.id).write("/new", io.BytesIO(b"#!/bin/sh\nexit 9\n"), mode=0o755)
    containers.lifecycle.start(container.id)
    assert containers.lifecycle.wait(container.id) == 9
    assert containers.get(container.id).reason is None


KINDS = {
    "a folder": lambda path: path.mkdir(),
    "a pipe": os.mkfifo,
    "a link to nothing": lambda path: path.symlink_to(path.parent.parent / "elsewhere"),
}


NEEDED = [*product(["log", "failed", "runtime"], KINDS), *product(["work"], ["a pipe", "a link to nothing"])]


@pytest.mark.needs("embedded")
@pytest.mark.parametrize(("name", "kind"), NEEDED)
def test_something_else_in_the_place_of_what_a_start_needs(containers, make, tmp_path, name, kind):
    container = make("true")
    path = tmp_path / "store/containers" / container.id / name
    if name == "work":
        path.rmdir()
    KINDS[kind](path)
    with pytest.raises(StorageError, match=f"/{name}: is not a (file|folder), and one of layertui's belongs there"):
        containers.lifecycle.start(container.id)
    assert not (path.parent.parent / "elsewhere").exists()
    containers.remove(container.id)


def test_what_the_process_finds(said):
    text = said("sh", "-c", "pwd; echo $FROM_IMAGE $MORE $HOME $HOSTNAME; hostname", env=("MORE=m",), hostname="me")
    assert text == "/\nyes m /root me\nme\n"


@pytest.mark.slow
def test_entrypoint_and_command_of_the_options(said):
    assert said("two", entrypoint=("echo", "one")) == "one two\n"
    assert said("echo", "one", entrypoint=("",)) == "one\n"


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        (None, ["0", "0", "/root"]),
        ("root", ["0", "0", "/root"]),
        ("app", ["1000", "1001", "/home/app"]),
        ("1000", ["1000", "1001", "/home/app"]),
        ("1234", ["1234", "0", "/"]),
        ("1234:7", ["1234", "7", "/"]),
        ("app:extra", ["1000", "2000", "/home/app"]),
    ],
)
def test_users_as_docker_means_them(said, user, expected):
    assert said("sh", "-c", "id -u; id -g; echo $HOME", user=user).split() == expected


@pytest.mark.skipif(not ROOT, reason="a user who is not root has one id to give")
@pytest.mark.parametrize("umask", [0, 0o077], ids=oct)
def test_any_user_enters_what_the_image_lacks_whatever_our_umask(umask, said):
    before = os.umask(umask)
    try:
        script = "echo x > /dev/null; ls -d /dev/pts /proc/self; stat -c %a / /dev; umask"
        assert said("sh", "-c", script, user="app").split() == ["/dev/pts", "/proc/self", "755", "755", "0022"]
    finally:
        os.umask(before)


@pytest.mark.slow
@pytest.mark.skipif(not ROOT, reason="a user who is not root has one id to give")
def test_groups_as_docker_means_them(said):
    assert said("id", "-G").split() == ["0", "10"]
    assert said("id", "-G", user="app").split() == ["1001", "10", "2000"]
    assert said("id", "-G", user="app:extra").split() == ["2000"]


@pytest.mark.parametrize("user", ["nobody-here", "root:nothing-here"])
def test_a_user_who_is_not_there(containers, make, user):
    container = make("id", user=user)
    with pytest.raises(NotFound, match="here"):
        containers.lifecycle.start(container.id)
    assert containers.get(container.id).state is State.CREATED


def test_a_working_folder_that_is_missing_is_made(containers, said):
    assert said("pwd", working_dir="/made/for/it") == "/made/for/it\n"
    assert ("A", "/made/for/it") in changed(containers, containers.list()[0].id)


def test_nothing_of_the_runtimes_own_is_in_the_layer(containers, started):
    container = started("true")
    containers.lifecycle.wait(container.id)
    assert containers.files.diff(container.id) == []


@pytest.mark.skipif(not ROOT, reason="on the disk of a plain user all files are that user's")
def test_owners_and_modes_are_those_of_the_image(said):
    text = said("sh", "-c", "stat -c '%u:%g %a %n' /srv /srv/page /home/app /tmp /root")
    assert text.splitlines() == [
        "33:34 2775 /srv",
        "33:34 644 /srv/page",
        "1000:1001 755 /home/app",
        "0:0 1777 /tmp",
        "0:0 700 /root",
    ]


@pytest.mark.slow
def test_layers_hide_what_they_hide(said):
    assert said("sh", "-c", "ls /data; cat /srv/page; test -e /etc/motd || echo gone") == "n\nnew pagegone\n"


@pytest.mark.slow
def test_more_layers_than_an_overlay_takes(engine, containers, tmp_path):
    more = [layer([file(f"numbers/{number}", str(number)), file("last", str(number))]) for number in range(130)]
    put(engine, image([*box().layers, *more], tags=["many:1"], config={"Env": ["PATH=/bin"]}), tmp_path / "many.tar")
    container = containers.create(
        engine.images.open("many:1", None, quiet()), "many:1", options("sh", "-c", "ls /numbers | wc -l; cat /last")
    )
    containers.lifecycle.start(container.id)
    assert containers.lifecycle.wait(container.id) == 0
    assert b"".join(line.text for line in containers.output.logs(container.id)) == b"130\n129"


@pytest.mark.slow
def test_an_image_removed_from_under_it(engine, containers, make):
    container = make("cat", "/etc/plain")
    with pytest.raises(Conflict):
        engine.sink.remove("box:1")
    engine.sink.remove("box:1", force=True)
    containers.lifecycle.start(container.id)
    assert containers.lifecycle.wait(container.id) == 0


@pytest.mark.needs("embedded")
def test_a_layer_removed_from_under_it(engine, containers, make, tmp_path):
    container = make("true")
    for blob in (tmp_path / "store/blobs/sha256").iterdir():
        if blob.stat().st_size > 1_000_000:
            blob.unlink()
    with pytest.raises(LayertuiError, match="blob"):
        containers.lifecycle.start(container.id)
    assert containers.get(container.id).state is State.CREATED


@pytest.mark.needs("embedded")
@pytest.mark.parametrize("name", ["proc", "sys", "dev"])
def test_an_image_that_leads_mounts_elsewhere(engine, containers, tmp_path, name):
    built = image([*box().layers, layer([symlink(name, "/oldroot/tmp")])], tags=["bad:1"], config={"Cmd": ["sh"]})
    put(engine, built, tmp_path / "bad.tar")
    container = containers.create(engine.images.open("bad:1", None, quiet()), "bad:1", options())
    with pytest.raises(LayertuiError, match=name):
        containers.lifecycle.start(container.id)


@pytest.mark.needs("embedded")
@pytest.mark.slow
@pytest.mark.skipif(not ROOT, reason="root alone can give others a look")
def test_nobody_else_gets_at_the_layers(containers, started, tmp_path):
    containers.lifecycle.wait(started("id", user="app").id)
    for name in ("containers", "unpacked"):
        assert (tmp_path / "store" / name).stat().st_mode & 0o077 == 0
