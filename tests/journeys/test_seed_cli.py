"""The story this program is made for, word for word through the command line: two hosts, one container, what export loses.

An image is read-only layers; a container is the image and one writable layer; `create` makes that layer, `start` the
namespaces. `export` and `import` carry the files, `save` and `load` the image with its past.
"""

import os
import re
import shutil

import pytest

from containing import require_runtime


@pytest.fixture
def manager(layertui):
    require_runtime("bwrap", layertui.store)
    layertui.run("demo", "--no-ui")
    yield layertui
    for name in layertui.text("ps", "-aq").split():
        layertui.run("rm", "-f", name, check=False)


def columns(table, *names):
    """The cells of a table's rows under these headers, by the positions of the headers."""
    header, *rows = table.splitlines()
    starts = sorted(match.start() for match in re.finditer(r"\S+(?: \S+)*", header))
    bounds = {header[start:end].strip(): (start, end) for start, end in zip(starts, [*starts[1:], None], strict=True)}
    return [[row[slice(*bounds[name])].strip() for name in names] for row in rows]


def host_namespaces():
    return {kind: os.stat(f"/proc/self/ns/{kind}").st_ino for kind in ("mnt", "pid", "net", "uts", "ipc")}


def test_create_and_start(manager):
    container_id = manager.text("create", "-ti", "busybox", "sh")
    assert re.fullmatch(r"[0-9a-f]{64}", container_id)

    # Before: a writable layer, and no namespaces.
    ((short_id, image, command, status, name),) = columns(
        manager.text("ps", "-a"), "CONTAINER ID", "IMAGE", "COMMAND", "STATUS", "NAMES"
    )
    assert (short_id, image, command, status) == (container_id[:12], "busybox", '"sh"', "Created")
    assert manager.text("ps").count("\n") == 0
    before = manager.json("namespaces", name)
    assert (before["status"], before["pid"], before["container"], before["own"]) == ("created", 0, None, [])
    assert host_namespaces().items() <= before["host"].items()
    assert manager.json("layers", f"container:{name}")[-1]["writable"] is True

    assert manager.text("start", name) == name

    # After: up, and in namespaces of its own, each beside the host's.
    ((status,),) = columns(manager.text("ps", "-a"), "STATUS")
    assert status.startswith("Up ")
    after = manager.json("namespaces", name)
    assert after["status"] == "running"
    assert after["pid"] > 0
    assert host_namespaces().items() <= after["host"].items()
    assert host_namespaces().keys() <= set(after["own"])
    assert all(after["container"][kind] != inode for kind, inode in host_namespaces().items())
    shown = manager.text("namespaces", name)
    assert all(str(after[side]["net"]) in shown for side in ("host", "container"))


@pytest.mark.slow
def test_export_and_import_lose_the_past(manager, other_host, tmp_path):
    assert manager.run("run", "--name", "test_export", "busybox", "touch", "/1.txt").stdout == b""
    manager.run("export", "test_export", "-o", tmp_path / "test_export.tar")
    node = other_host
    carried = tmp_path / "node" / "test_export.tar"
    carried.parent.mkdir()
    shutil.copy(tmp_path / "test_export.tar", carried)

    image_id = node.text("import", carried)
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", image_id)
    node.run("tag", image_id, "test:test")

    ((short_id, created, created_by, size, comment),) = columns(
        node.text("history", "test:test"), "IMAGE", "CREATED", "CREATED BY", "SIZE", "COMMENT"
    )
    assert short_id == image_id[7:19]
    assert created.endswith("ago")
    assert (created_by, comment) == ("", "Imported from -")
    (step,) = node.json("history", "test:test")
    shown = manager.json("ls", "-R", "container:test_export")
    assert step["size"] == sum(row["size"] for row in shown if row["type"] == "file" and row["hardlink_to"] is None)
    assert size.endswith("MB")

    # What the container shows is all there, and no more: nothing differs but the past.
    assert node.json("ls", "test:test", "/1.txt")[0]["path"] == "/1.txt"
    manager.run("import", carried, "test:test")
    files = manager.json("compare", "--files", "container:test_export", "test:test")
    assert (files["same"], files["verdict"]) == (True, "nothing differs")
    history = manager.json("compare", "--history", "container:test_export", "test:test")
    assert (history["same"], history["base"]["layers"]) == (False, 0)


@pytest.mark.slow
def test_save_and_load_keep_the_past(manager, other_host, tmp_path):
    node = other_host
    manager.run("save", "busybox", "-o", tmp_path / "busybox.tar")
    assert node.text("load", "-i", tmp_path / "busybox.tar") == "Loaded image: busybox:latest"
    assert node.json("history", "busybox") == manager.json("history", "busybox")
    assert len(node.json("history", "busybox")) > 1
    assert node.text("images", "-q", "--no-trunc") == manager.text("images", "-q", "--no-trunc", "busybox")

    # Beside it, the flat one: one row against all of them, on the same screen.
    manager.run("run", "--name", "test_export", "busybox", "touch", "/1.txt")
    node.run("import", "-", "test:test", stdin=manager.run("export", "test_export").stdout)
    report = node.json("compare", "busybox", "test:test")
    assert (report["same"], report["base"]) == (False, {"layers": 0, "chain_id": None})
    assert [change["path"] for change in report["files"]["changes"]] == ["/1.txt"]
    ops = [pair["op"] for pair in report["history"]]
    assert ops.count("only_a") == len(node.json("history", "busybox"))
    assert ops.count("only_b") == 1


@pytest.mark.slow
def test_a_container_is_a_container_running_or_not(manager):
    manager.run("create", "-ti", "--name", "kind_banzai", "busybox", "sh")
    manager.run("write", "kind_banzai", "/before", stdin=b"written before any start")
    manager.run("start", "kind_banzai")
    assert manager.text("exec", "kind_banzai", "cat", "/before") == "written before any start"
    manager.run("exec", "kind_banzai", "touch", "/while")
    manager.run("kill", "kind_banzai")
    assert manager.run("wait", "kind_banzai", check=False).returncode == 137
    manager.run("write", "kind_banzai", "/after", stdin=b"")
    assert manager.text("diff", "kind_banzai").splitlines() == ["A /after", "A /before", "A /while"]
    image = [row["path"] for row in manager.json("ls", "busybox")]
    assert not {"/before", "/while", "/after"} & set(image)
