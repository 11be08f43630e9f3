"""The Inspector: names opened, layers described, files read, sides compared."""

import os
import re
from dataclasses import replace

import pytest

from builders import docker_archive, file, folder, image, layer, oci_archive, oci_layout, symlink, whiteout
from layertui.core.errors import Ambiguous, DigestMismatch, LayertuiError, NotAnImage, NotFound
from layertui.core.inspector import Inspector
from layertui.core.settings import Settings

BASE = layer([folder("etc"), file("etc/motd", b"hello\n"), symlink("sbin", "bin"), file("bin/sh", b"#!")])
MIDDLE = layer([file("app/run", b"run", mode=0o755), whiteout("etc/motd")])
TOP = layer([file("etc/motd", b"again")])
HISTORY = ["ADD rootfs /", "ENV A=b", "RUN one", "CMD sh", "RUN two"]


@pytest.fixture
def inspector(store_folder):
    with Inspector(Settings(store_folder)) as door:
        yield door


@pytest.fixture
def demo():
    return image([BASE, MIDDLE, TOP], history=HISTORY, empty=[1, 3], tags=["demo:1.0"])


@pytest.fixture
def archive(demo, tmp_path):
    return docker_archive(demo, tmp_path / "demo.tar")


@pytest.fixture
def subject(inspector, archive):
    return inspector.open(str(archive))


def test_an_archive_is_the_same_image_in_every_form(inspector, demo, tmp_path):
    names = [
        str(docker_archive(demo, tmp_path / "new.tar")),
        str(docker_archive(demo, tmp_path / "old.tar", old=True)),
        str(docker_archive(demo, tmp_path / "whole.tar.gz", compress="gzip")),
        f"docker-archive:{tmp_path / 'new.tar'}",
        f"docker-archive:{tmp_path / 'new.tar'}:demo:1.0",
        f"oci-archive:{oci_archive(demo, tmp_path / 'oci.tar')}",
        f"oci:{oci_layout(demo, tmp_path / 'layout')}",
        str(tmp_path / "layout"),
        f"{tmp_path / 'layout'}@3",
    ]
    for name in names:
        assert inspector.open(name).image.id == demo.id, name


def test_a_transport_reads_its_own_form(inspector, demo, tmp_path):
    both = docker_archive(demo, tmp_path / "both.tar")
    assert inspector.open(f"oci-archive:{both}:demo:1.0").image.id == demo.id
    old = docker_archive(demo, tmp_path / "old.tar", old=True)
    oci, layout = oci_archive(demo, tmp_path / "oci.tar"), oci_layout(demo, tmp_path / "layout")
    for wrong, right in {
        f"oci-archive:{old}": f"docker-archive:{old}",
        f"oci:{oci}": f"oci-archive:{oci}",
        f"oci:{both}": f"docker-archive:{both}",
        f"docker-archive:{oci}": f"oci-archive:{oci}",
        f"docker-archive:{layout}": f"oci:{layout}",
        f"oci-archive:{layout}": f"oci:{layout}",
    }.items():
        with pytest.raises(NotAnImage, match=f"write {re.escape(right)}$"):
            inspector.open(wrong)


def test_a_subject_is_titled_by_its_name(subject):
    assert subject.title == "demo:1.0"
    assert subject._replace(upto=2).title == "demo:1.0@2"
    assert subject._replace(span=(2, 3)).title == "demo:1.0@2..3"


def test_of_several_images_one_must_be_chosen(inspector, demo, tmp_path):
    other = image([BASE], tags=["other:2"])
    path = docker_archive([demo, other], tmp_path / "two.tar")
    with pytest.raises(Ambiguous, match=r"demo:1\.0.*other:2"):
        inspector.open(str(path))
    assert inspector.open(f"docker-archive:{path}:other:2").image.id == other.id


@pytest.mark.parametrize("name", ["/no/such/file.tar", "./No-Such.TAR", "docker-archive:nope.tar"])
def test_what_is_not_there(inspector, name):
    with pytest.raises(NotFound):
        inspector.open(name)


def test_what_is_no_image(inspector, tmp_path):
    (tmp_path / "text").write_text("hello")
    with pytest.raises(NotAnImage, match="text"):
        inspector.open(str(tmp_path / "text"))


@pytest.mark.parametrize("layers", ["@4", "@1..4"])
def test_layers_that_are_not_there(inspector, archive, layers):
    with pytest.raises(NotFound, match="no layer 4"):
        inspector.open(f"{archive}{layers}")


def test_layers_are_numbered_from_the_bottom(inspector, subject, demo):
    found = inspector.layers(subject, verify=True)
    assert [one.number for one in found] == [1, 2, 3]
    assert [one.layer.diff_id for one in found] == list(demo.diff_ids)
    assert [one.created_by for one in found] == ["ADD rootfs /", "RUN one", "RUN two"]
    assert [(one.entries, one.added, one.modified, one.removed) for one in found] == [
        (4, 5, 0, 0),
        (1, 2, 0, 1),
        (1, 1, 0, 0),
    ]
    assert [one.size for one in found] == [8, 3, 5]


def test_layers_of_a_part(inspector, archive):
    assert [one.number for one in inspector.layers(inspector.open(f"{archive}@2"))] == [1, 2]
    assert [one.number for one in inspector.layers(inspector.open(f"{archive}@2..3"))] == [2, 3]


def test_history_of_a_part_takes_the_steps_that_made_no_layer_with_the_layer_below(inspector, archive):
    def commands(name):
        return [step.created_by for step in inspector.history(inspector.open(name))]

    assert commands(str(archive)) == HISTORY
    assert commands(f"{archive}@1") == HISTORY[:2]
    assert commands(f"{archive}@2") == HISTORY[:4]
    assert commands(f"{archive}@3") == HISTORY
    assert commands(f"{archive}@2..2") == HISTORY[2:4]
    assert commands(f"{archive}@1..3") == HISTORY


def test_sizes_of_steps_come_only_when_asked_for(inspector, subject):
    assert [step.size for step in inspector.history(subject)] == [8, 0, 3, 0, 5]
    assert [step.size for step in inspector.history(subject, sizes=False)] == [None, 0, None, 0, None]


def test_views(inspector, subject, archive):
    def paths(view):
        return [entry.path for entry in view]

    assert "/etc/motd" in paths(inspector.view(subject))
    assert "/etc/motd" not in paths(inspector.view(subject, upto=2))
    assert paths(inspector.view(subject, only=3)) == ["/etc", "/etc/motd"]
    part = inspector.open(f"{archive}@2")
    assert paths(inspector.view(part)) == paths(inspector.view(subject, upto=2))
    span = inspector.open(f"{archive}@2..3")
    assert paths(inspector.view(span)) == ["/app", "/app/run", "/etc", "/etc/motd"]
    with pytest.raises(NotFound):
        inspector.view(subject, only=4)


def test_reading_follows_links_inside_the_image(inspector, subject):
    with inspector.read(subject, "/sbin/sh") as content:
        assert content.read() == b"#!"
    with inspector.read(subject, "/etc/motd", only=1) as content:
        assert content.read() == b"hello\n"


@pytest.mark.parametrize("path", ["/etc", "/nope", "/etc/motd/", "/etc/motd/x", "/"])
def test_what_cannot_be_read(inspector, subject, path):
    with pytest.raises(NotFound):
        inspector.read(subject, path)


def test_trace(inspector, subject):
    found = inspector.trace(subject, "/etc/motd")
    assert (found.visible, found.layer, [step.found for step in found.steps]) == (True, 3, ["present"])
    deep = inspector.trace(subject, "/etc/motd", deep=True)
    assert [step.found for step in deep.steps] == ["present", "whiteout", "present"]


def test_a_trace_of_a_part_begins_at_its_top(inspector, archive):
    found = inspector.trace(inspector.open(f"{archive}@2"), "/etc/motd", deep=True)
    assert [(step.layer, step.found) for step in found.steps] == [(2, "whiteout"), (1, "present")]


def test_the_same_image_twice_does_not_differ(inspector, demo, subject, tmp_path):
    other = inspector.open(str(oci_layout(demo, tmp_path / "layout")))
    report = inspector.compare(subject, other)
    assert report.same
    assert report.comparison.base.layers == 3


def test_two_images_side_by_side(inspector, subject, tmp_path):
    parted = image([BASE, layer([file("bin/sh", b"##"), file("new", b"")])], config={"Env": ["A=c"]}, tags=["b:1"])
    other = inspector.open(str(docker_archive(parted, tmp_path / "b.tar")))
    report = inspector.compare(subject, other)
    assert not report.same
    assert report.comparison.base.layers == 1
    assert {(one.path, one.kind, one.fields) for one in report.files} == {
        ("/app", "removed", ()),
        ("/app/run", "removed", ()),
        ("/bin/sh", "modified", ("content",)),
        ("/etc/motd", "modified", ("size", "content")),
        ("/new", "added", ()),
    }
    assert (report.counts.added, report.counts.removed, report.counts.modified) == (1, 2, 2)


@pytest.fixture
def flat(inspector, tmp_path):
    """What an import of an export of an image of BASE and MIDDLE is."""
    content = layer(
        [
            folder("app"),
            file("app/run", b"run", mode=0o755),
            file("bin/sh", b"#!"),
            folder("etc"),
            symlink("sbin", "bin"),
        ]
    )
    built = image([content], history=[{"comment": "Imported from -"}], tags=["flat:1"])
    return inspector.open(str(docker_archive(built, tmp_path / "flat.tar")))


@pytest.fixture
def original(inspector, tmp_path):
    config = {"Cmd": ["sh"], "Env": ["A=b"], "User": "app"}
    built = image([BASE, MIDDLE], history=["ADD x /", "RUN y"], config=config, tags=["original:1"])
    return inspector.open(str(docker_archive(built, tmp_path / "original.tar")))


def test_an_import_of_an_export_is_reported_with_what_was_lost(inspector, original, flat):
    found = inspector.compare(original, flat).imported
    assert (found.copy, [loss.what for loss in found.lost]) == (
        "b",
        ["2 history steps", "2 layers", "CMD", "USER", "ENV A"],
    )
    assert {loss.what: loss.meaning for loss in found.lost}["CMD"] == "will no longer start: no command"
    assert inspector.compare(flat, original).imported.copy == "a"
    assert inspector.compare(original, original).imported is None
    assert inspector.compare(original, flat, files=False).imported is None


def test_an_import_gets_its_config_back(inspector, original, flat):
    inspector.images.with_config_of(flat, original, "whole:1")
    whole = inspector.open("whole:1")
    assert inspector.compare(original, whole, history=False, files=False).same
    assert whole.image.diff_ids == flat.image.diff_ids
    assert [entry.comment for entry in whole.image.config.history] == ["Imported from -"]
    with pytest.raises(LayertuiError, match="whole image"):
        inspector.images.with_config_of(inspector.open(f"{flat.name}@1"), original)


def test_layers_that_two_archives_share_are_summed_and_no_file_of_them_is_read(inspector, tmp_path, monkeypatch):
    from layertui.core.layers.diff.file_contents import Bodies

    opened = []
    whole = Bodies.open
    monkeypatch.setattr(Bodies, "open", lambda self, row: opened.append(row) or whole(self, row))
    more = layer([file("etc/motd", b"other"), file("new", b"new")])
    one, two = image([BASE, MIDDLE, TOP], tags=["one:1"]), image([BASE, MIDDLE, more], tags=["two:1"])
    for compress in ("none", "gzip"):
        left = inspector.open(str(docker_archive(one, tmp_path / f"{compress}1.tar", compress=compress)))
        right = inspector.open(str(oci_archive(two, tmp_path / f"{compress}2.tar")))
        report = inspector.compare(left, right)
        assert [(change.path, change.fields) for change in report.files] == [("/etc/motd", ("content",)), ("/new", ())]
        assert len(opened) == 2  # /etc/motd, left and right
        opened.clear()


def test_what_layers_did_is_compared_without_the_folders_on_the_way(inspector, subject, demo, tmp_path):
    path = tmp_path / "demo.tar"
    did, other = inspector.open(f"{path}@2..2"), inspector.open(f"{path}@3..3")
    report = inspector.compare(did, other, history=False, config=False)
    assert [(one.kind, one.path, one.fields) for one in report.files] == [
        ("removed", "/app", ()), ("removed", "/app/run", ()), ("modified", "/etc/motd", ("type",)),
    ]  # fmt: skip
    assert inspector.compare(did, did, history=False, config=False).same


def test_only_what_was_asked_for_counts(inspector, demo, subject, tmp_path):
    flat = image([BASE], history=["other"], tags=["flat:1"])
    other = inspector.open(str(docker_archive(flat, tmp_path / "flat.tar")))
    part = inspector.open(f"{tmp_path / 'demo.tar'}@1")
    assert inspector.compare(part, other, history=False, config=False).same
    report = inspector.compare(part, other, files=False, config=False)
    assert not report.same
    assert report.files is None


def test_an_archive_that_lies_about_a_layer_is_looked_at_but_not_believed(inspector, tmp_path):
    honest = image([BASE], tags=["demo:1"])
    lying = image([TOP], tags=["demo:1"])
    config = honest.config

    import builders

    swapped = replace(
        lying,
        config=config,
        manifest=builders.as_json(
            {
                "schemaVersion": 2,
                "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "config": {
                    "mediaType": "application/vnd.oci.image.config.v1+json",
                    "digest": builders.digest_of(config),
                    "size": len(config),
                },
                "layers": [
                    {
                        "mediaType": "application/vnd.oci.image.layer.v1.tar",
                        "digest": builders.digest_of(TOP),
                        "size": len(TOP),
                    }
                ],
            }
        ),
    )
    subject = inspector.open(str(oci_layout(swapped, tmp_path / "lying")))
    assert len(inspector.layers(subject)) == 1
    with pytest.raises(DigestMismatch):
        inspector.layers(subject, verify=True)
    # It has the DiffID of an honest layer, and is still held against it file by file.
    report = inspector.compare(inspector.open(str(oci_layout(honest, tmp_path / "honest"))), subject)
    assert (report.comparison.same_history, report.same) == (True, False)
    assert ("/etc/motd", ("size", "content")) in [(change.path, change.fields) for change in report.files]
    assert report.imported is None


def test_a_closed_door_lets_go_of_its_archives(store_folder, archive):
    with Inspector(Settings(store_folder)) as door:
        door.open(str(archive))
        assert _is_held(archive)
    assert not _is_held(archive)


def _is_held(path):
    """Whether this process has a file open."""
    return any(os.path.realpath(f"/proc/self/fd/{number}") == str(path) for number in os.listdir("/proc/self/fd"))


def test_looking_at_a_file_makes_no_store_of_images(inspector, subject, store_folder):
    inspector.layers(subject)
    assert not (store_folder / "index.json").exists()


def test_names_in_other_places_are_reported(inspector):
    with pytest.raises(LayertuiError, match="registry"):
        inspector.open("docker://host/name")
