"""What the writable layer of a daemon's container does otherwise than ours, because the daemon's API has no call for it."""

import io
import tarfile

import pytest

from builders import hardlink, layer, symlink
from containing import box, options
from daemon_engines import UNREADABLE, each_daemon, lent
from layertui.core.errors import Conflict, LayertuiError, NotFound, WrongState
from layertui.core.oci.reference import Reference
from layertui.core.progress import quiet
from writable_layers import facts, put


@pytest.fixture(params=each_daemon())
def of_daemon(request, tmp_path):
    with lent(request, request.param, tmp_path, box()) as made:
        yield made


of_readable = pytest.mark.parametrize("of_daemon", each_daemon(without=UNREADABLE), indirect=True)


@pytest.fixture
def containers(of_daemon):
    return of_daemon.containers


@pytest.fixture
def make(of_daemon):
    image = of_daemon.images.open("box:1", None, quiet())
    return lambda *command, **more: of_daemon.containers.create(image, "box:1", options(*command, **more))


def exported(containers, name):
    out = io.BytesIO()
    containers.files.export(name, out)
    out.seek(0)
    with tarfile.open(fileobj=out) as tar:
        return {member.name: member for member in tar}


def refused(own):
    for change in (lambda: own.unlink("/etc/group"), lambda: own.rename("/etc/group", "/x")):
        with pytest.raises(WrongState, match="first"):
            change()


def test_nothing_is_removed_or_renamed_where_only_its_own_programs_could(containers, make, monkeypatch):
    monkeypatch.setattr("layertui.core.engines.daemon.files.daemon_files.OverlayFolders.found", lambda *_: None)
    made = make("sleep", "600")
    before = exported(containers, made.id).keys()
    refused(containers.files.writable_layer(made.id))
    containers.lifecycle.start(made.id)
    containers.lifecycle.pause(made.id)
    own = containers.files.writable_layer(made.id)
    refused(own)
    put(own, "/while-paused")
    containers.lifecycle.unpause(made.id)
    own.unlink("/etc/plain")
    containers.lifecycle.kill(made.id)
    containers.lifecycle.wait(made.id)
    refused(containers.files.writable_layer(made.id))
    assert {"etc/plain"} == before - exported(containers, made.id).keys()


@of_readable
def test_what_was_removed_and_renamed_before_the_start_is_so_after_it(containers, make):
    made = make("sh", "-c", "ls /srv /data; cat /bin/x; echo; ls -d /etc/group /new/n /again/page")
    own = containers.files.writable_layer(made.id)
    own.unlink("/etc/group")
    own.unlink("/data", recursive=True)
    put(own, "/bin/x", b"mine")
    own.mkdir("/data")
    own.rename("/data", "/new")
    put(own, "/new/n", b"another")
    own.rename("/srv", "/again")
    letters = {line.path: line.kind for line in containers.files.diff(made.id)}
    assert [letters.get(path) for path in ("/etc/group", "/data", "/srv", "/again")] == ["D", "D", "D", "A"]
    assert letters.keys() >= {"/again/page", "/bin/x", "/new", "/new/n"}
    containers.lifecycle.start(made.id)
    containers.lifecycle.wait(made.id)
    said = b"".join(line.text for line in containers.output.logs(made.id) if line.stream == "stdout").decode()
    assert said.split() == ["mine", "/again/page", "/new/n"]


@of_readable
def test_what_the_daemon_puts_between_image_and_container_can_be_removed(containers, make):
    made = make("sleep", "600")
    own, sight = containers.files.writable_layer(made.id), containers.files.sight(made.id)
    try:
        sight.resolve("/.dockerenv")
    except NotFound:
        pytest.skip("this daemon puts nothing there before the start")
    own.unlink("/.dockerenv")
    with pytest.raises(NotFound):
        sight.resolve("/.dockerenv")
    assert ("D", "/.dockerenv") in [(line.kind, line.path) for line in containers.files.diff(made.id)]


@of_readable
def test_a_root_that_is_read_only_stays(containers, make):
    made = make("sleep", "600", read_only=True)
    with pytest.raises(Conflict, match="container rootfs is marked read-only"):
        containers.files.writable_layer(made.id).unlink("/etc/group")
    assert "/etc/group" not in [line.path for line in containers.files.diff(made.id)]


@of_readable
def test_nothing_is_changed_below_an_overlay_that_is_mounted(containers, make, monkeypatch):
    stopped_overlay = "layertui.core.engines.daemon.files.stopped_overlay"
    monkeypatch.setattr(f"{stopped_overlay}.is_in_use", lambda _: True)
    monkeypatch.setattr(f"{stopped_overlay}._PATIENCE", 0)
    made = make("sleep", "600")
    before = containers.files.diff(made.id)
    with pytest.raises(WrongState, match="mounted elsewhere"):
        containers.files.writable_layer(made.id).unlink("/etc/group")
    assert containers.files.diff(made.id) == before


def test_without_programs_of_its_own_nothing_is_removed_and_modes_are_still_set(containers, make):
    made = make("sleep", "600")
    own = containers.files.writable_layer(made.id)
    containers.lifecycle.start(made.id)
    for name in ("mv", "chmod", "chown"):
        own.unlink(f"/bin/{name}")
    with pytest.raises(LayertuiError, match="has no mv"):
        own.rename("/etc/plain", "/x")
    own.change("/srv/page", mode=0o4711, owner=(7, 8))
    own.change("/srv", mode=0o700)
    found = exported(containers, made.id)
    assert (found["srv/page"].mode & 0o7777, found["srv/page"].uid, found["srv/page"].gid) == (0o4711, 7, 8)
    assert (found["srv"].mode & 0o7777, found["srv"].uid) == (0o700, 33)


def test_a_layer_that_only_the_daemon_can_read_is_the_same(containers, make, monkeypatch):
    made = make("sleep", "600")
    containers.lifecycle.start(made.id)
    own = containers.files.writable_layer(made.id)
    own.unlink("/data", recursive=True)
    own.mkdir("/data", mode=0o711)
    put(own, "/data/new", b"12345", mode=0o4755)
    put(own, "/srv/page", b"mine")
    own.put_tar(io.BytesIO(layer([symlink("up", "../../etc"), hardlink("again", "page")])), "/srv")

    def rows():
        table = containers.files.writable_layer(made.id).table()
        entries = [table.entry(row) for row in range(len(table))]
        return {one.path: (one.kind, one.mode, one.size, one.link) for one in entries if one.kind.word != "whiteout"}

    read_here = rows()
    monkeypatch.setattr("layertui.core.engines.daemon.files.daemon_files.OverlayFolders.found", lambda *_: None)
    by_api = rows()
    assert {path: read_here[path] for path in by_api} == by_api
    assert {"/data", "/data/new", "/srv/up", "/srv/again", "/srv/page"} <= by_api.keys()
    stack = containers.files.stack(made.id)
    assert stack.view().get("/data/n") is None
    assert facts(stack.view, "/data") == ("dir", 0o711, 0, 0)
    with stack.open(stack.view().get("/srv/again")) as content:
        assert content.read() == b"mine"


def test_what_is_mounted_is_seen_and_written_but_in_no_layer(containers, make):
    from layertui.core.containers.model.mounts import volume

    made = make("sleep", "600", mounts=(volume("/vol"),))
    own = containers.files.writable_layer(made.id)
    put(own, "/vol/first", b"1")
    containers.lifecycle.start(made.id)
    put(own, "/vol/deep/second", b"22", parents=True, mode=0o600)
    sight = containers.files.sight(made.id)
    assert sight.mount_of("/vol/../vol/new") == "/vol"
    assert sight.mount_of("/etc") == ""
    shallow = sight.view("/vol", deep=False, below=False)
    assert shallow.get("/vol/first") is not None
    assert shallow.get("/vol/deep/second") is None
    deep = sight.view("/", deep=True, below=True)
    assert (deep.get("/vol/deep/second").mode, deep.get("/vol/deep/second").size) == (0o600, 2)
    with deep.stack.open(deep.get("/vol/deep/second")) as content:
        assert content.read() == b"22"
    assert not [line.path for line in containers.files.diff(made.id) if line.path.startswith("/vol/")]


def test_a_commit_is_an_image_with_what_the_container_has_changed(containers, make, of_daemon):
    made = make("sleep", "600")
    put(containers.files.writable_layer(made.id), "/srv/page", b"committed", mode=0o640)
    image = containers.files.commit(
        made.id,
        [Reference.parse("box:2"), Reference.parse("other/box:3")],
        message="why",
        author="me",
        changes=["ENV B=c", "WORKDIR /srv"],
    )
    assert of_daemon.images.open("other/box:3", None, quiet()).id == image.id
    assert of_daemon.images.open("box:2", None, quiet()).id == image.id
    assert (image.config.history[-1].author, image.config.config.working_dir) == ("me", "/srv")
    assert "B=c" in image.config.config.env
    copy = of_daemon.containers.create(image, "box:2", options("sleep", "600"))
    assert exported(containers, copy.id)["srv/page"].size == len("committed")
    with pytest.raises(LayertuiError):
        containers.files.commit(made.id, changes=["NONSENSE x"])
