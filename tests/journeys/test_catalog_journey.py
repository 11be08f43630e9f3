"""Images are added to a catalog, and asked about: by commands first, then on the screen, where nothing but the catalog has them."""

import json

import pytest

from builders import docker_archive, file, image, layer, whiteout
from catalog_stage import need_extra
from terminal import terminal

pytestmark = [
    pytest.mark.slow,
    pytest.mark.late("a real terminal: keys may come before what they are meant for is painted"),
]

BASE = layer([file("etc/os-release", "ID=base\n"), file("usr/lib/libz.so", "z" * 4000)])


@pytest.fixture
def host(layertui, tmux, tmp_path):
    """A store that is empty again, and a catalog of the three images that it had."""
    need_extra()
    one = image([BASE, layer([file("srv/app", "one" * 900), file("etc/app.conf", "a=1\n")])], tags=["shop/app:1.0"])
    two = image([BASE, layer([file("srv/app", "two" * 900), whiteout("etc/os-release")])], tags=["shop/app:2.0"])
    tool = image([BASE, layer([file("usr/bin/tool", "tool" * 100)])], tags=["shop/tool:1.0"])
    for number, made in enumerate((one, two, tool)):
        layertui.run("load", docker_archive(made, tmp_path / f"{number}.tar"))
    layertui.run("catalog", "add", "embedded")
    for name in ("shop/app:1.0", "shop/app:2.0", "shop/tool:1.0"):
        layertui.run("rmi", name)
    return layertui


def test_from_questions_to_the_screen(host, tmp_path):
    found = host.json("catalog", "find", "--name", "app*")
    assert [(one["image"], one["path"]) for one in found] == [
        ("shop/app:1.0", "/etc/app.conf"),
        ("shop/app:1.0", "/srv/app"),
        ("shop/app:2.0", "/srv/app"),
    ]
    assert host.json("images") == []
    assert len(host.json("--engine", "catalog", "images")) == 3
    assert json.loads(host.run("compare", "--json", "catalog:shop/app:1.0", "catalog:shop/app:2.0").stdout)
    app = 2700 + 4 + 2700
    sizes = {one["name"]: one for one in host.json("catalog", "sizes")}
    assert sizes["docker.io/shop/app"]["unique_bytes"] == app

    with terminal([*host.tool.argv, "--store", host.store], tmp_path, size=(140, 40)) as screen:
        # Listed, filtered, opened; a file cannot be read, and a line says where it is.
        screen.wait("layertui   catalog", "shop/app:1.0", "shop/app:2.0", "shop/tool:1.0")
        screen.go("1", "/")
        screen.type("tool")
        screen.wait("shop/tool:1.0", "1 of 3", gone=["shop/app:2.0"])
        screen.go("Enter")
        screen.wait("Layers of shop/tool:1.0")
        screen.press("Escape")
        screen.wait("shop/app:1.0")
        screen.wait("of a catalog: files are listed")
        screen.go("4", "G", "l", "j", "l", "j", "Enter")
        screen.wait("a catalog has no contents of files; the image is shop/tool:1.0")
        screen.press("Escape")
        screen.wait("1 Images")

        # Two are marked and compared.
        screen.go("1", "g", "Space", "Space", "=")
        screen.wait("shop/app:1.0", "⇄", "shop/app:2.0", "1 of 2 layers shared")
        screen.go("2")
        screen.wait("app.conf", "os-release")
        screen.go("Escape")
        screen.wait("1 Images")

        # One search in all of them.
        screen.go("1", "g")
        screen.wait("Layers of shop/app:1.0")
        screen.press("C-f")
        screen.wait("Find")
        screen.type("app")
        screen.wait("/srv/app")
        screen.go("Enter", "w", "w")
        screen.wait("3 files in 2 images", "shop/app:1.0", "shop/app:2.0", "/etc/app.conf")
        screen.press("Escape")
        screen.wait("1 Images")

        # The bytes of all repositories.
        screen.go("1", "V")
        screen.wait("in 4 layers of 3 images", "shared layers", "docker.io/shop/app")
        screen.go("2")
        screen.wait("docker.io")
        screen.press("Escape")
        screen.wait("1 Images")
