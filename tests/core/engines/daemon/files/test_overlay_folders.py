"""The folders of an overlay: what they show together, and whom we believe where they are."""

import os
import socket

import pytest

from layertui.core.engines.daemon.endpoints import Endpoint
from layertui.core.engines.daemon.files.overlay_folders import NotPlain, OverlayFolders
from layertui.core.layers.table.entry import Kind

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root reads a daemon's folders")
IDS = ["a" * 64, "b" * 64, "c" * 64]


@pytest.fixture
def storage(tmp_path):
    """The folders of three layers, the top first."""
    made = [tmp_path / "overlay2" / one / "diff" for one in IDS]
    for one in made:
        one.mkdir(parents=True)
    return made


@pytest.fixture
def endpoint(tmp_path):
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        yield Endpoint("docker", "docker", f"unix://{path}")


def inspected(storage):
    upper, *lower = map(str, storage)
    return {"GraphDriver": {"Data": {"UpperDir": upper, "LowerDir": ":".join(lower)}}}


def test_the_topmost_layer_that_has_a_path_shows(storage):
    top, middle, bottom = storage
    (bottom / "etc").mkdir()
    (bottom / "etc/conf").write_text("bottom")
    (bottom / "etc/link").symlink_to("conf")
    (middle / "etc").mkdir(mode=0o700)
    (top / "etc").mkdir(mode=0o711)
    (top / "etc/conf").write_text("top")
    (top / "etc/conf").chmod(0o4755)
    folders = OverlayFolders(storage)
    assert (folders.look("/etc").mode, folders.look("/etc/conf").mode) == (0o711, 0o4755)
    assert (folders.look("/etc/link").kind, folders.look("/etc/link").link) == (Kind.SYMLINK, "conf")
    assert folders.look("/etc/none") is None
    assert folders.look("/etc/conf/x") is None
    assert folders.look("/").kind is Kind.DIR


@needs_root
def test_whiteouts_and_opaque_folders_hide_what_lies_below(storage):
    top, middle, bottom = storage
    for name in ("etc", "srv"):
        (bottom / name).mkdir()
        (bottom / name / "old").write_text("")
    os.mknod(top / "etc", 0o020000, 0)
    (middle / "srv").mkdir()
    os.setxattr(middle / "srv", "trusted.overlay.opaque", b"y")
    (middle / "srv/new").write_text("")
    folders = OverlayFolders(storage)
    assert folders.look("/etc") is None
    assert folders.look("/etc/old") is None
    assert folders.look("/srv/new") is not None
    assert folders.look("/srv/old") is None


@needs_root
@pytest.mark.parametrize("mark", ["redirect", "metacopy"])
def test_a_file_that_refers_to_another_below_is_left_to_the_daemon(storage, mark):
    (storage[0] / "moved").mkdir()
    os.setxattr(storage[0] / "moved", f"trusted.overlay.{mark}", b"/other")
    with pytest.raises(NotPlain):
        OverlayFolders(storage).look("/moved/x")


def test_a_symlink_in_a_layer_does_not_lead_out_of_it(storage, tmp_path):
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/file").write_text("")
    (storage[0] / "out").symlink_to(tmp_path / "secret")
    assert OverlayFolders(storage).look("/out/file") is None


@needs_root
def test_folders_of_a_daemon_of_root_are_found(storage, endpoint):
    assert OverlayFolders.found(inspected(storage), endpoint).upper == storage[0]


@needs_root
@pytest.mark.parametrize(
    "reason",
    [
        "another user's socket",
        "another user's folder on the way to it",
        "over a network",
        "another form",
        "in a user namespace",
        "a symlink",
        "gone",
    ],
)
def test_folders_that_are_not_to_be_trusted_are_not_read(storage, endpoint, tmp_path, reason):
    said = inspected(storage)
    if reason == "another user's socket":
        os.chown(endpoint.socket, 1000, 1000)
    elif reason == "another user's folder on the way to it":
        os.chown(endpoint.socket.parent, 1000, 1000)
    elif reason == "over a network":
        endpoint = Endpoint("docker", "docker", "tcp://127.0.0.1:1")
    elif reason == "another form":
        said["GraphDriver"]["Data"]["UpperDir"] = "/etc"
    elif reason == "in a user namespace":
        os.chown(storage[0], 100_000, 100_000)
    elif reason == "a symlink":
        storage[0].rmdir()
        storage[0].symlink_to("/etc")
    else:
        storage[0].rmdir()
    assert OverlayFolders.found(said, endpoint) is None


@pytest.mark.parametrize("said", [{}, {"GraphDriver": None}, {"GraphDriver": {"Data": None, "Name": "overlayfs"}}])
def test_a_daemon_that_names_no_folders(said, endpoint):
    assert OverlayFolders.found(said, endpoint) is None
