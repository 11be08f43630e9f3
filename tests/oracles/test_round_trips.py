"""An image keeps its ID from each place to each other one: stores, registries, archives, and the daemons of each version."""

import hashlib
import json
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import pytest

from builders import file, folder, hardlink, image, layer, oci_archive, symlink, whiteout
from command_line import layertui
from daemon_engines import FIXTURES, each_daemon
from late import PEERS, PEERS_OF_13

TOOL = file("bin/tool", b"#!/bin/sh\n", mode=0o4755)
BASE = [folder("etc"), file("etc/motd", b"hello\n"), folder("bin"), TOOL, hardlink("bin/second", "bin/tool")]
TOP = [whiteout("etc/motd"), symlink("bin/third", "tool")]
BUILT = image(
    [layer(BASE), layer(TOP)],
    history=["ADD rootfs /", "ENV A=b", "RUN change"],
    empty=[1],
    tags=["round:1"],
    config={"Env": ["A=b"], "Cmd": ["sh"], "Labels": {"a": "b"}},
    compress="gzip",
)
FILES = ("docker-archive", "oci-archive", "oci")
ALL = ("embedded", "registry", *FILES, *FIXTURES)


@dataclass
class Places:
    """Names for images at each place."""

    request: pytest.FixtureRequest
    folder: Path
    host: str
    """Of the registry."""

    def name(self, place, monkeypatch):
        """How the image is called there, for reading and writing; daemons are made known by the environment."""
        tag = f"round-trip:{place}"
        if place == "registry":
            return f"docker://{self.host}/{tag}"
        if place in FILES:
            return f"{place}:{self.folder / place}:{tag}"
        if place == "embedded":
            return f"embedded:{tag}"
        daemon = self.request.getfixturevalue(FIXTURES[place])
        if daemon.kind == "podman":
            monkeypatch.setenv("CONTAINER_HOST", daemon.address)
            return f"podman:{tag}"
        config = self.folder / "docker"
        meta = config / "contexts" / "meta" / hashlib.sha256(place.encode()).hexdigest()
        meta.mkdir(parents=True, exist_ok=True)
        context = {"Name": place, "Endpoints": {"docker": {"Host": daemon.address}}}
        (meta / "meta.json").write_text(json.dumps(context))
        monkeypatch.setenv("DOCKER_CONFIG", str(config))
        return f"{place}:{tag}"


@pytest.fixture
def places(request, tmp_path, registry):
    return Places(request, tmp_path, registry.host)


def _pairs():
    for a, b in permutations(ALL, 2):
        if a.startswith("podman") and b.startswith("podman"):
            continue  # one command line knows one of them
        daemons = [name for name in (a, b) if name in FIXTURES]
        marks = [mark for one in each_daemon() for name in daemons if one.values == (name,) for mark in one.marks]
        newer = any(name not in ("docker-20", "podman-4") for name in daemons)
        group = [pytest.mark.xdist_group(PEERS_OF_13 if newer else PEERS)] if daemons else []
        kept = [mark for mark in marks if mark.name != "xdist_group"]
        yield pytest.param(a, b, marks=(pytest.mark.slow, *kept, *group), id=f"{a}-{b}")


@pytest.mark.parametrize(("a", "b"), _pairs())
def test_a_copy_from_place_to_place_keeps_the_id(places, tmp_path, monkeypatch, a, b):
    source = f"oci-archive:{oci_archive(BUILT, tmp_path / 'in.tar')}"
    for place in (a, b):
        name = places.name(place, monkeypatch)
        layertui("copy", source, name).ok()
        source = name
    layertui("copy", source, "embedded:back:1").ok()
    (back,) = [row for row in layertui("images", "--json").ok().json if "back:1" in row["tags"]]
    assert back["id"] == BUILT.id
    assert back["diff_ids"] == [str(one) for one in BUILT.diff_ids]
    found = layertui("ls", "-R", "--json", "back:1").ok().json
    assert {row["path"]: row["type"] for row in found} == {
        "/bin": "dir",
        "/bin/second": "file",
        "/bin/third": "symlink",
        "/bin/tool": "file",
        "/etc": "dir",
    }
    for place in {a, b} & FIXTURES.keys():
        layertui("rmi", "-f", places.name(place, monkeypatch)).ok()
