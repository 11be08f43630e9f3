"""Volumes: their content belongs to no container, and those with a name outlive every one."""

import io
import tarfile
from contextlib import suppress
from dataclasses import replace

import pytest

from containing import options
from layertui.core.containers.model.container import State
from layertui.core.containers.model.mounts import Mount
from layertui.core.engines.embedded.upkeep.container_upkeep import ContainerUpkeep
from layertui.core.errors import Conflict, LayertuiError, NotFound
from observed import code_of

pytestmark = [pytest.mark.slow, pytest.mark.needs("processes")]

KEPT = Mount(kind="volume", source="kept", target="/srv")


@pytest.fixture
def volumes(engine):
    return engine.volumes


def volume(volumes, name="kept"):
    return next(one for one in volumes.list() if one.name == name)


def test_what_one_writes_the_next_reads(said, containers, volumes):
    assert said("sh", "-c", "cat /srv/page; echo mine > /srv/mine", mounts=(KEPT,)) == "new page"
    for one in containers.list():
        containers.remove(one.id)
    again = Mount(kind="volume", source="kept", target="/other", read_only=True)
    assert said("sh", "-c", "cat /other/mine; touch /other/x 2>/dev/null || echo no", mounts=(again,)) == "mine\nno\n"
    assert len(volume(volumes).containers) == 1


def test_it_begins_with_what_the_image_has_there(make, volumes):
    make("true", mounts=(KEPT,))
    folder = volume(volumes).folder
    assert (folder / "page").read_text() == "new page"
    assert folder.stat().st_mode & 0o7777 == 0o2775


def test_one_in_which_something_lies_is_left_as_it_is(make, volumes):
    make("true", mounts=(Mount(kind="volume", source="kept", target="/data"),))
    make("true", mounts=(KEPT,))
    assert [path.name for path in volume(volumes).folder.iterdir()] == ["n"]


def test_no_copy_is_made_where_none_is_wanted(make, volumes):
    make("true", mounts=(Mount(kind="volume", source="kept", target="/srv", copies=False),))
    assert list(volume(volumes).folder.iterdir()) == []


def test_what_lies_in_it_is_in_no_diff_commit_or_export(containers, make):
    both = (KEPT, Mount(kind="volume", target="/data"), Mount(kind="volume", target="/new/own"))
    container = make("sh", "-c", "echo x > /srv/x; echo y > /data/y; echo z > /new/own/z; echo k > /new/k", mounts=both)
    containers.lifecycle.start(container.id)
    assert containers.lifecycle.wait(container.id) == 0
    assert [(str(line.kind), line.path) for line in containers.files.diff(container.id)] == [
        ("A", "/new"), ("A", "/new/k"), ("A", "/new/own"),
    ]  # fmt: skip
    out = io.BytesIO()
    containers.files.export(container.id, out)
    assert b"new page" in out.getvalue(), "what a volume hides is the image's, and stays"
    assert not any(name in out.getvalue() for name in (b"srv/x", b"data/y", b"own/z"))
    made = containers.files.commit(container.id)
    assert made.config.config.volumes == ("/data", "/new/own")


def test_a_volume_in_use_is_not_removed_and_one_that_is_not_goes(containers, make, volumes, engine):
    container = make("true", mounts=(KEPT,))
    with pytest.raises(Conflict, match=f"in use by {container.name}"):
        volumes.remove("kept")
    containers.remove(container.id)
    if engine.upkeep is not None:
        engine.upkeep.gc()
    assert volume(volumes).containers == ()
    folder = volume(volumes).folder
    volumes.remove("kept")
    assert not folder.exists()
    with pytest.raises(NotFound):
        volumes.remove("kept")
    told = [
        (event.action, event.id) for event in engine.events.events(past=True, follow=False) if event.type == "volume"
    ]
    assert told == [("create", "kept"), ("destroy", "kept")]


@pytest.mark.needs("embedded")
def test_fsck_reports_one_that_is_lost(engine, make, volumes):
    upkeep = ContainerUpkeep(engine.containers._state)
    make("true", name="box1", mounts=(KEPT,))
    assert not upkeep.findings(lambda _: True)
    volume(volumes).folder.rename(volume(volumes).folder.with_name(".away"))
    (finding,) = upkeep.findings(lambda _: True)
    assert (finding.problem.kind, finding.problem.what) == ("volume", "volumes/kept")
    assert "box1" in finding.problem.detail
    finding.repair()
    assert list(volume(volumes).folder.iterdir()) == []
    assert not upkeep.findings(lambda _: True)


def tar_of(name):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        tar.addfile(tarfile.TarInfo(name))
    out.seek(0)
    return out


MOUNTS = (KEPT, Mount(kind="tmpfs", target="/mem"), Mount(kind="volume", target="/own"))


@pytest.fixture(params=["created", "running"])
def mounted(request, containers, make, tmp_path):
    """A container with a volume, memory, a folder and a file of the host, all of them to be written to, and two to be read alone."""
    (tmp_path / "host/in").mkdir(parents=True)
    for name in ("host/old", "one"):
        (tmp_path / name).write_text(name)
    host = Mount(kind="bind", source=str(tmp_path / "host"), target="/host")
    more = (
        *(host, replace(host, target="/shut", read_only=True), replace(KEPT, target="/kept", read_only=True)),
        replace(host, source=str(tmp_path / "one"), target="/etc/one"),
    )
    container = make("sleep", "600", mounts=(*MOUNTS, *more))
    if request.param == "running":
        containers.lifecycle.start(container.id)
    return container


@pytest.fixture
def layer(containers, mounted):
    return containers.files.writable_layer(mounted.id)


def test_what_is_put_into_a_mount_lies_in_what_is_mounted(containers, layer, mounted, volumes, tmp_path):
    layer.write("/srv/deep/er", io.BytesIO(b"x"), parents=True)
    layer.mkdir("/host/in/more")
    layer.write("/host/old", io.BytesIO(b"new"), mode=0o604)
    layer.write("/etc/one", io.BytesIO(b"longer than it was"))
    layer.put_tar(tar_of("srv/t"), "/")
    layer.rename("/srv/page", "/srv/moved")
    layer.rename("/srv/moved", "/host/moved")
    layer.change("/srv", mode=0o2770)
    layer.change("/host/in", mode=0o711)
    kept, host = volume(volumes).folder, tmp_path / "host"
    assert (kept / "deep/er").read_bytes() == b"x"
    assert (kept / "t").is_file()
    assert not (kept / "page").exists()
    assert kept.stat().st_mode & 0o7777 == 0o2770
    assert (host / "in/more").is_dir()
    assert (host / "old").read_bytes() == b"new"
    assert (host / "old").stat().st_mode & 0o7777 == 0o604
    assert (host / "moved").read_text() == "new page"
    assert (host / "in").stat().st_mode & 0o7777 == 0o711
    assert (tmp_path / "one").read_text() == "longer than it was"
    layer.unlink("/srv/deep", recursive=True)
    layer.unlink("/host/old")
    assert sorted(path.name for path in kept.iterdir()) == ["t"]
    assert sorted(path.name for path in host.iterdir()) == ["in", "moved"]
    points = {"/etc", "/etc/one", "/host", "/kept", "/mem", "/own", "/shut"}
    assert {line.path for line in containers.files.diff(mounted.id)} <= points


@pytest.mark.parametrize("path", ["/shut/x", "/kept/x", "/shut/in/x"])
def test_what_is_mounted_to_be_read_alone_stays(layer, path, tmp_path):
    for operation in (
        lambda: layer.write(path, io.BytesIO(b"x"), parents=True),
        lambda: layer.mkdir(path, parents=True),
        lambda: layer.put_tar(tar_of("x"), path.rpartition("/")[0]),
        lambda: layer.unlink(path.rpartition("/")[0] + "/old") if path == "/shut/x" else layer.mkdir(path),
    ):
        with pytest.raises(Conflict, match="mounted volume is marked read-only"):
            operation()
    assert (tmp_path / "host/old").exists()


@pytest.mark.parametrize("path", ["/srv", "/host", "/etc/one", "/etc"])
def test_a_mount_point_is_neither_removed_nor_renamed_nor_what_lies_above_it(layer, path, tmp_path):
    with pytest.raises(Conflict, match="something is mounted at"):
        layer.unlink(path, recursive=True)
    with pytest.raises(Conflict, match="something is mounted at"):
        layer.rename(path, "/elsewhere")
    assert (tmp_path / "host/old").exists()
    assert (tmp_path / "one").exists()


def test_no_symlink_leads_out_of_what_is_mounted(layer, tmp_path):
    """Those that the container makes mean paths of the container, absolute ones and those with `..` too."""
    secret = tmp_path / "secret"
    secret.mkdir()
    for name, target in (("abs", str(secret)), ("up", f"../../../../../../../..{secret}"), ("beside", "../secret")):
        (tmp_path / "host" / name).symlink_to(target)
        with suppress(LayertuiError):
            layer.write(f"/host/{name}/x", io.BytesIO(b"x"), parents=True)
        with suppress(LayertuiError):
            layer.put_tar(tar_of("y"), f"/host/{name}")
    assert list(secret.iterdir()) == []


def test_memory_is_written_to_while_it_is_there(containers, layer, mounted):
    if mounted.state is State.RUNNING or containers.get(mounted.id).state is State.RUNNING:
        layer.write("/mem/x", io.BytesIO(b"x"))
        assert code_of(containers.processes.exec(mounted.id, ["grep", "-q", "x", "/mem/x"])) == 0
    else:
        with pytest.raises(Conflict, match="a tmpfs, which exists only while the container runs"):
            layer.write("/mem/x", io.BytesIO(b"x"))
    assert "/mem/x" not in {line.path for line in containers.files.diff(mounted.id)}


@pytest.mark.parametrize("mounted", ["running"], indirect=True)
def test_what_is_mounted_is_seen_by_who_names_a_path_in_it(containers, mounted):
    check_that_mounts_are_seen(containers, mounted)


@pytest.mark.parametrize("mounted", ["created"], indirect=True)
def test_what_is_mounted_is_seen_before_the_start(containers, mounted):
    check_that_mounts_are_seen(containers, mounted)


def check_that_mounts_are_seen(containers, mounted):
    sight = containers.files.sight(mounted.id)
    view = sight.view("/host", deep=True, below=False)
    assert [entry.path for entry in view if entry.path.startswith("/host/")] == ["/host/in", "/host/old"]
    with view.stack.open(view.resolve("/host/old")) as content:
        assert content.read() == b"host/old"
    assert sight.resolve("/etc/one").kind.word == "file"
    everything = sight.view("/", deep=True, below=True)
    assert everything.get("/shut/in") is not None
    assert everything.get("/srv/page") is not None


def test_what_lies_beside_a_mount_or_in_the_layer_is_written(containers, make):
    container = make("true", mounts=MOUNTS)
    layer = containers.files.writable_layer(container.id)
    for path in ("/srvx", "/own/x", "/memo"):
        layer.write(path, io.BytesIO(b"x"), parents=True)
    assert {line.path for line in containers.files.diff(container.id)} >= {"/srvx", "/memo"}


@pytest.mark.parametrize("runs", [False, True])
def test_a_read_only_root_stays_and_its_volumes_do_not(containers, make, runs, volumes):
    container = make("sleep", "600", mounts=(KEPT,), read_only=True)
    if runs:
        containers.lifecycle.start(container.id)
    layer = containers.files.writable_layer(container.id)
    with pytest.raises(Conflict, match="container rootfs is marked read-only"):
        layer.write("/data/x", io.BytesIO(b"x"))
    with pytest.raises(Conflict, match="container rootfs is marked read-only"):
        layer.unlink("/data/n")
    layer.write("/srv/x", io.BytesIO(b"x"))
    assert (volume(volumes).folder / "x").read_bytes() == b"x"


def test_one_that_is_gone_is_reported_at_the_start(containers, image, volumes):
    container = containers.create(image, "box:1", options("true", mounts=(KEPT,)))
    volume(volumes).folder.rename(volume(volumes).folder.with_name(".away"))
    with pytest.raises(NotFound, match="cannot mount"):
        containers.lifecycle.start(container.id)


def test_what_lies_in_one_without_a_name_is_kept_when_its_container_goes(containers, engine, image, volumes):
    both = (
        Mount(kind="volume", target="/srv"),
        Mount(kind="volume", target="/new/own"),
        Mount(kind="volume", target="/data"),
    )
    container = containers.create(
        image, "box:1", options("sh", "-c", "echo x > /new/own/x; rm /srv/page; ln -s x /srv/l", mounts=both)
    )
    containers.lifecycle.start(container.id)
    containers.lifecycle.wait(container.id)
    kept = {one.path: folder_of(volumes, one.name) for one in containers.remove(container.id)}
    assert kept.keys() == {"/new/own", "/srv"}, "in /data is what the image has, no more"
    assert (kept["/new/own"] / "x").read_text() == "x\n"
    assert [path.name for path in kept["/srv"].iterdir()] == ["l"]
    assert all(len(folder.name) == 64 for folder in kept.values())
    told = [event.action for event in engine.events.events(past=True, follow=False) if event.type == "volume"]
    assert told == ["create", "create"]
    again = Mount(kind="volume", source=kept["/srv"].name, target="/srv")
    assert containers.remove(containers.create(image, "box:1", options("true", mounts=(again,))).id) == []


def test_one_without_a_name_is_written_to_over_a_root_that_is_read_only(containers, make, volumes):
    own = (Mount(kind="volume", target="/own"), Mount(kind="volume", target="/link"))  # the image's link to /data
    container = make("sleep", "600", mounts=own, read_only=True)
    containers.files.writable_layer(container.id).write("/own/before", io.BytesIO(b"1"))
    containers.files.writable_layer(container.id).unlink("/data/n")
    containers.lifecycle.start(container.id)
    layer = containers.files.writable_layer(container.id)
    layer.write("/own/while", io.BytesIO(b"2"))
    layer.put_tar(tar_of("in-it"), "/data")
    layer.unlink("/own/before")
    script = "ls -A /own /data; echo x > /data/x; touch /etc/x 2>/dev/null || echo no"
    assert code_of(containers.processes.exec(container.id, ["sh", "-c", f"{{ {script}; }} > /own/said"])) == 0
    with pytest.raises(Conflict, match="container rootfs is marked read-only"):
        layer.write("/etc/x", io.BytesIO(b"x"))
    with pytest.raises(Conflict, match="something is mounted"):
        layer.unlink("/own", recursive=True)
    containers.lifecycle.kill(container.id)
    containers.lifecycle.wait(container.id)
    assert [line.path for line in containers.files.diff(container.id)] == ["/own"]
    kept = {one.path: folder_of(volumes, one.name) for one in containers.remove(container.id)}
    assert (kept["/own"] / "said").read_text() == "/data:\nin-it\n\n/own:\nsaid\nwhile\nno\n"
    assert sorted(path.name for path in kept["/own"].iterdir()) == ["said", "while"]
    assert sorted(path.name for path in kept["/link"].iterdir()) == ["in-it", "x"]


def test_of_what_an_image_has_all_is_there_over_a_root_that_is_read_only(containers, said):
    own = (Mount(kind="volume", target="/srv"),)
    assert (
        said("sh", "-c", "stat -c '%a %u %g' /srv/page; cat /srv/page", mounts=own, read_only=True)
        == "644 33 34\nnew page"
    )


def test_one_without_a_name_behind_a_link_is_kept_and_in_no_diff(containers, started, volumes):
    container = started("sh", "-c", "echo x > /data/x", mounts=(Mount(kind="volume", target="/link"),))
    containers.lifecycle.wait(container.id)
    assert containers.files.diff(container.id) == []
    ((path, name),) = ((one.path, one.name) for one in containers.remove(container.id))
    assert path == "/link"
    assert sorted(path.name for path in folder_of(volumes, name).iterdir()) == ["n", "x"]


def test_one_without_a_name_is_not_laid_over_a_file(containers, make):
    container = make("true", mounts=(Mount(kind="volume", target="/etc/plain"),))
    with pytest.raises(LayertuiError, match="/etc/plain: that would be a folder onto a file"):
        containers.lifecycle.start(container.id)


def folder_of(volumes, name):
    return volume(volumes, name).folder


@pytest.mark.parametrize("how", ["volumes", "remove"])
def test_it_goes_where_it_is_asked_for(containers, make, volumes, how):
    container = make(
        "sh", "-c", "echo x > /own/x; sleep 600", mounts=(Mount(kind="volume", target="/own"),), remove=how == "remove"
    )
    containers.lifecycle.start(container.id)
    assert not containers.remove(container.id, force=True, volumes=how == "volumes")
    assert volumes.list() == []
