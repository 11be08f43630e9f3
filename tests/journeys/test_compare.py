"""Two of anything held against each other by the command line: the story of a review, and every kind of thing beside every other."""

import itertools
import json
import shlex

import pytest

from layertui.core.inspector import Inspector
from layertui.core.settings import Settings

pytestmark = pytest.mark.slow


@pytest.fixture
def host(layertui):
    layertui.run("demo", "--no-ui")
    layertui.run("create", "--name", "own", "demo:1.0", "sh")
    layertui.run("write", "own", "/etc/motd", stdin=b"written over\n")
    yield layertui
    layertui.run("rm", "-f", "own")


@pytest.fixture
def archives(host, tmp_path):
    host.run("save", "--format", "docker", "-o", tmp_path / "docker.tar", "demo:1.0")
    host.run("save", "--format", "oci", "--compress", "gzip", "-o", tmp_path / "oci.tar", "demo:1.0")
    return tmp_path


@pytest.fixture
def flat(host):
    host.run("import", "-", "flat:1", stdin=host.run("export", "own").stdout)
    return "flat:1"


def same_image(tmp_path):
    """Spellings of one image."""
    docker, oci = tmp_path / "docker.tar", tmp_path / "oci.tar"
    return [
        "demo:1.0",
        "embedded:demo:1.0",
        str(docker),
        f"docker-archive:{docker}",
        f"docker-archive:{docker}:demo:1.0",
        f"oci-archive:{oci}",
        "demo:1.0@5",
        f"{oci}@1..5",
    ]


def test_one_image_is_the_same_however_it_is_written(host, archives):
    first, *others = same_image(archives)
    for other in others:
        assert host.text("compare", "--exit-code", first, other) == "nothing differs", other


def test_anything_beside_anything(host, archives, flat):
    things = [
        "demo:1.0",
        str(archives / "oci.tar"),
        "demo:2.0@3",
        "demo:2.0@2..4",
        "demo:1.0@1..1",
        "busybox",
        flat,
    ]
    things += ["container:own", "container:own@5", "container:own@6..6"]
    one_image = {"demo:1.0", str(archives / "oci.tar"), "container:own@5"}
    turned = {"added": "removed", "removed": "added", "modified": "modified"}
    with Inspector(Settings(host.store)) as inspector:
        for a, b in itertools.combinations(things, 2):
            left, right = inspector.open(a), inspector.open(b)
            there, back = inspector.compare(left, right), inspector.compare(right, left)
            assert there.same == back.same == ({a, b} <= one_image), (a, b)
            assert [(one.path, turned[one.kind], one.fields) for one in there.files] == [
                (one.path, one.kind, one.fields) for one in back.files
            ]
            assert there.comparison.base.chain_id == back.comparison.base.chain_id
            assert [(one.field, one.a, one.b) for one in there.comparison.config] == [
                (one.field, one.b, one.a) for one in back.comparison.config
            ]


def test_what_a_container_wrote_is_what_differs_from_its_image(host):
    document = host.json("compare", "demo:1.0", "container:own")
    changes = {change["path"]: change for change in document["files"]["changes"]}
    motd = changes.pop("/etc/motd")
    assert (motd["kind"], motd["a"]["layer"], motd["b"]["layer"]) == ("modified", 3, 6)
    assert "content" in motd["fields"]
    assert all(change["fields"] == ["mtime"] for change in changes.values())  # its parent folder
    alone = host.json("compare", "--files", "container:own@6..6", "demo:1.0@3..3")
    assert "/etc/motd" in [one["path"] for one in alone["files"]["changes"] if "content" in one["fields"]]
    diff = host.text("compare", "--files", "--content", "/etc/motd", "demo:1.0", "container:own").splitlines()
    assert diff[:2] == ["--- demo:1.0:/etc/motd", "+++ container:own:/etc/motd"]
    assert "+written over" in diff


def test_a_review_of_an_upgrade(host):
    """First whether anything differs, then what in one sentence, then one file, then the report for others."""
    assert host.run("compare", "--exit-code", "demo:1.0", "demo:2.0", check=False).returncode == 1
    verdict = host.text("compare", "demo:1.0", "demo:2.0").splitlines()[0]
    assert verdict.startswith("4 layers shared of 5 and 7; ")
    for form, begins in (("markdown", f"**{verdict[:20]}"), ("html", "<!DOCTYPE html>"), ("text", verdict)):
        assert host.text("compare", "--format", form, "demo:1.0", "demo:2.0").startswith(begins)
    document = json.loads(host.text("compare", "--format", "json", "demo:1.0", "demo:2.0"))
    assert document["verdict"] == verdict
    patch = host.text("compare", "--content", "/srv/app/run.sh", "demo:1.0", "demo:2.0").splitlines()
    assert [line for line in patch if line.startswith(("+", "-"))][2:]


def test_an_import_is_known_for_what_it_is_and_can_be_made_whole(host, flat, tmp_path):
    text = host.text("compare", "container:own", flat)
    assert text.startswith("flat:1 is an import of an export of own; ")
    assert "CMD: will no longer start: no command" in text
    (command,) = (line.strip() for line in text.splitlines() if "layertui import" in line)
    host.run("export", "-o", tmp_path / "own.tar", "own")
    words = shlex.split(command.partition("layertui ")[2])
    assert words[-2:] == ["FILE", "NAME:TAG"]
    host.run(*words[:-2], tmp_path / "own.tar", "whole:1")
    assert host.json("compare", "--config", "--files", "container:own", "whole:1")["same"]
    assert len(host.json("history", "whole:1")) == 1
