import os

import pytest

from layertui.core.layers.cache.catalog import Catalog
from layertui.tui.screens.shared.path_completion import MOST, in_view, named, names_of, on_host
from tui_values import built, opened


@pytest.fixture(scope="module")
def view():
    _, image = opened(*built())
    return Catalog(None).stack(image.layers).view()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["/bin/", "/etc/", "/srv/", "/usr/", "/var/"]),
        ("/", ["/bin/", "/etc/", "/srv/", "/usr/", "/var/"]),
        ("/e", ["/etc/"]),
        ("e", ["/etc/"]),
        ("/etc/", ["/etc/motd"]),
        ("/etc/m", ["/etc/motd"]),
        ("/nothing/x", []),
        ("/etc/motd/x", []),
    ],
)
def test_paths_of_a_view(view, text, found):
    assert in_view(view, text) == found


def test_paths_of_the_host(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dir").mkdir()
    (tmp_path / "data.tar").write_text("")
    (tmp_path / ".hidden").write_text("")
    assert on_host("") == ["data.tar", "dir/"]
    assert on_host("d") == ["data.tar", "dir/"]
    assert on_host(".h") == [".hidden"]
    assert on_host(str(tmp_path) + "/da") == [f"{tmp_path}/data.tar"]
    assert on_host("no/such/") == []
    monkeypatch.setenv("HOME", str(tmp_path))
    assert on_host("~/da") == ["~/data.tar"]


def test_a_folder_of_thousands_offers_a_part(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for number in range(MOST + 50):
        os.mknod(f"f{number}")
    assert len(on_host("f")) == MOST


def test_names_on_one_line():
    assert names_of(["/etc/motd", "/etc/passwd"], "/etc/", 40) == "motd  passwd"
    assert names_of(["/etc/motd", "/etc/passwd"], "/etc/", 9) == "motd  …"


def test_names_come_before_paths_and_a_transport_stays_in_front_of_its_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "demo.tar").touch()
    names = ["container:web", "demo:1.0", "demo:2.0"]
    assert named(names, "") == names
    assert named(names, "demo") == ["demo:1.0", "demo:2.0"]
    assert named(names, "demo.") == ["demo.tar"]
    assert named(names, "./d") == ["./demo.tar"]
    assert named(names, "oci-archive:d") == ["oci-archive:demo.tar"]
    assert named(names, "nothing") == []
