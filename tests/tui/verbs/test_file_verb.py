"""file: what a file of an image is, as lines and as JSON; what is in an archive, one in the other."""

import gzip
import io
import zipfile

import pytest

from builders import docker_archive, fifo, file, folder, image, layer, symlink
from command_line import layertui

ODD = "\x1b[31m\n\u202e"


def jar():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("META-INF/MANIFEST.MF", "Main-Class: x\r\n")
        made.writestr("lib/in.gz", gzip.compress(b'{"deep":[true]}'))
        made.writestr(ODD, "")
    return out.getvalue()


FILES = layer(
    [
        file("etc/motd", b"hello\n"),
        file("etc/script", f"#!/bin/{ODD[0]}sh\n".encode()),
        symlink("etc/link", "motd"),
        folder("srv"),
        file("srv/app.jar", jar()),
        file("srv/cut.jar", jar()[:-30]),
        file("srv/cut.elf", b"\x7fELF\2\1\1" + bytes(20)),
        fifo("srv/fifo"),
    ]
)


@pytest.fixture
def demo(tmp_path):
    return docker_archive(image([FILES], tags=["demo:1.0"]), tmp_path / "demo.tar")


def test_a_text_is_reported_through_a_link(demo):
    assert layertui("file", demo, "/etc/link").ok().lines == [
        "/etc/motd: text",
        "  size       6 bytes",
        "  encoding   ASCII",
        "  line ends  LF",
        "  layer      1",
    ]
    assert layertui("file", "--json", demo, "etc/motd").ok().json == {
        "path": "/etc/motd",
        "layer": 1,
        "kind": "text",
        "what": "text",
        "size": 6,
        "damage": None,
        "text": {"encoding": "ASCII", "line_ends": "LF", "interpreter": None},
    }


def test_what_has_no_content_is_never_opened(demo):
    assert layertui("file", demo, "/srv/fifo").ok().lines == ["/srv/fifo: fifo", "  layer  1"]
    assert layertui("file", "--json", demo, "/srv").ok().json["kind"] == "dir"
    assert "is a fifo, and has no content" in layertui("file", "--cat", demo, "/srv/fifo").failed(1).err
    assert "is a dir, and has no content" in layertui("file", demo, "/srv", "x").failed(1).err
    assert "no such file" in layertui("file", demo, "/nowhere").failed(1).err


def test_an_archive_is_walked_into(demo):
    listed = layertui("file", "--list", demo, "/srv/app.jar").ok().lines
    assert [line.split("  ")[-1] for line in listed] == ["META-INF/MANIFEST.MF", "lib/in.gz", "\\x1b[31m\\x0a\\u202e"]
    assert layertui("file", "--cat", demo, "/srv/app.jar", "META-INF/MANIFEST.MF").ok().out == b"Main-Class: x\r\n"
    deep = [demo, "/srv/app.jar", "lib/in.gz", "in"]
    assert layertui("file", *deep).ok().lines[0] == "/srv/app.jar lib/in.gz in: JSON"
    assert layertui("file", "--layout", *deep).ok().out == b'{\n  "deep": [\n    true\n  ]\n}\n'
    found = layertui("file", "--json", "--list", *deep[:3]).ok().json
    assert (found["inside"], found["format"], [entry["name"] for entry in found["entries"]]) == (
        ["lib/in.gz"],
        "gzip data",
        ["in"],
    )
    assert "has no entry nothing" in layertui("file", demo, "/srv/app.jar", "nothing").failed(1).err
    assert "is not an archive" in layertui("file", "--list", demo, "/etc/motd").failed(1).err


def test_damage_is_said_and_is_no_failure_unless_a_list_is_asked_for(demo):
    assert "damaged" in layertui("file", demo, "/srv/cut.elf").ok().text
    assert layertui("file", "--json", demo, "/srv/cut.elf").ok().json["damage"].startswith("damaged ELF file")
    assert "cut off" in layertui("file", "--list", demo, "/srv/cut.jar").failed(1).err
    told = layertui("file", "--list", "--json", demo, "/srv/cut.jar")
    assert (told.code, told.err, "cut off" in told.json["damage"]) == (1, "", True)


def test_wrong_usage(demo):
    layertui("file", "--json", "--cat", demo, "/etc/motd").failed(2)
    layertui("file", "--layer", "1", "--upto", "1", demo, "/etc/motd").failed(2)
    assert "is neither JSON nor TOML nor YAML" in layertui("file", "--layout", demo, "/etc/motd").failed(1).err
