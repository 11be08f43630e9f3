"""Which image of an archive a name means, and which platform of an index."""

import json

import pytest

from archive_sample import BARE, BASE, DEMO, OTHER, TOP, names, write
from builders import (
    BuiltIndex,
    as_json,
    digest_of,
    docker_archive,
    docker_files,
    image,
    layout_files,
    oci_archive,
    oci_layout,
)
from builders.images import DOCKER, OCI
from layertui.core.errors import Ambiguous, Damaged, NotAnImage, NotFound
from layertui.core.images.archive.archive import open_archive
from layertui.core.images.archive.archive_members import FolderMembers
from layertui.core.oci.descriptor import Platform


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ref", "wanted"),
    [
        ("demo:1.0", DEMO),
        ("docker.io/library/demo:1.0", DEMO),
        ("1.0", DEMO),
        ("@1", OTHER),
        ("host.example:5000/team/other:2", OTHER),
        ("2", OTHER),
        (DEMO.id, DEMO),
        (DEMO.id[7:19], DEMO),
        (OTHER.digest, OTHER),
        (f"demo@{DEMO.id}", DEMO),
    ],
)
def test_what_a_reference_means(tmp_path, ref, wanted):
    path = oci_archive([DEMO, OTHER], tmp_path / "a.tar")
    with open_archive(path) as found:
        assert found.image(ref).id == wanted.id
    with open_archive(path, ref) as found:
        assert [one.id for one in found.images] == [wanted.id]


def test_references_that_mean_none_or_several(tmp_path):
    with open_archive(docker_archive([DEMO.tagged("demo:1.0", "demo:2"), OTHER], tmp_path / "a.tar")) as found:
        with pytest.raises(Ambiguous, match=r"2 images; choose one: demo:1.0, demo:2, other:1"):
            found.image()
        for ref in ("demo:2.0", "nothing", "@2", "Bad Ref"):
            with pytest.raises(NotFound):
                found.image(ref)


def test_of_images_without_names_the_marks_may_be_chosen_by(tmp_path):
    one, other = DEMO.tagged("x:one"), OTHER.tagged("x:other")
    path = oci_archive([one, other, BARE], tmp_path / "a.tar", names="tag")
    rewritten = path.read_bytes().replace(b"io.containerd.image.name", b"io.containerd.image.none")
    path.write_bytes(rewritten)
    with (
        open_archive(path) as found,
        pytest.raises(Ambiguous, match=rf"3 images; choose one: one, other, {BARE.id[7:19]}"),
    ):
        found.image()
    with open_archive(path, "other") as found:
        assert found.image().id == OTHER.id


@pytest.mark.parametrize("form", ["whole names", "bare tags", "an index too", "manifest.json too"])
@pytest.mark.parametrize(
    "ref",
    [
        *("demo:1.0", "docker.io/library/demo:1.0", "again:1", "1.0", "2", "other:2", "nothing:1", "Bad Ref", "@1"),
        *("host.example:5000/team/other:2", DEMO.id, OTHER.digest, f"demo@{DEMO.digest}", "demo@" + DEMO.id),
    ],
)
def test_one_that_is_opened_by_name_is_the_one_among_all(tmp_path, form, ref):
    images = [DEMO.tagged("demo:1.0", "again:1"), OTHER, BARE]
    if form == "an index too":
        images.append(BuiltIndex(host_and_other()[:2], ("multi:1",)))
    path = oci_layout(images, tmp_path / "layout", names="tag" if form == "bare tags" else "full")
    if form == "manifest.json too":
        (path / "manifest.json").write_bytes(docker_files(images)["manifest.json"])
    with open_archive(path) as found:
        among_all = meant(lambda: found.image(ref))
        assert meant(lambda: open_archive(path, ref).image()) == among_all


def meant(open_it):
    """The image and its names, or why it is none."""
    try:
        one = open_it()
    except (NotFound, Ambiguous) as error:
        return type(error), str(error)
    return one, one.names


def test_of_a_layout_only_what_is_named_is_read(tmp_path, monkeypatch):
    many = [
        image([BASE, TOP], tags=[f"many:{number}"], created=f"2026-01-02T03:04:{number:02}Z") for number in range(30)
    ]
    path = oci_layout(many, tmp_path / "layout")
    read, opened = FolderMembers.open, []
    monkeypatch.setattr(FolderMembers, "open", lambda self, name: opened.append(name) or read(self, name))
    with open_archive(path, "many:7") as found:
        assert found.image().id == many[7].id
    blobs = [name for name in opened if name.startswith("blobs/")]
    assert sorted(blobs) == sorted(f"blobs/sha256/{digest[7:]}" for digest in (many[7].digest, many[7].id))


def test_damage_of_another_image_keeps_nobody_from_the_one_that_is_named(tmp_path):
    path = oci_layout([DEMO, OTHER], tmp_path / "layout")
    (path / "blobs/sha256" / OTHER.id[7:]).write_bytes(b"{}")
    with open_archive(path, "demo:1.0") as found:
        assert found.image().id == DEMO.id
    with pytest.raises(Damaged):
        open_archive(path)


# ---------------------------------------------------------------- several platforms


def host_and_other():
    host = Platform.host().architecture
    other = "arm64" if host == "amd64" else "amd64"
    return (
        image([BASE], architecture=host),
        image([TOP], architecture=other),
        image([TOP, BASE], architecture="s390x"),
    )


@pytest.mark.parametrize("attestations", [False, True])
def test_of_several_platforms_the_hosts(tmp_path, attestations):
    host, other, third = host_and_other()
    path = oci_archive(BuiltIndex((other, host, third), ("multi:1",), attestations), tmp_path / "a.tar")
    with open_archive(path) as found:
        assert [one.id for one in found.images] == [host.id]
        assert names(found) == [["multi:1"]]
    with open_archive(path, platform=Platform.parse("linux/s390x")) as found:
        assert [one.id for one in found.images] == [third.id]
    with pytest.raises(NotFound, match="multi:1 has no image for linux/riscv64"):
        open_archive(path, platform=Platform.parse("linux/riscv64"))


def test_the_only_platform_that_is_there(tmp_path):
    host, other, third = host_and_other()
    files = layout_files(BuiltIndex((other, host, third), ("multi:1",), attestations=True))
    for gone in (host, third):
        del files[f"blobs/sha256/{gone.digest[7:]}"]
    with open_archive(write(tmp_path / "a.tar", files)) as found:
        assert [one.id for one in found.images] == [other.id]


def test_platforms_of_which_none_is_the_hosts(tmp_path):
    _, other, third = host_and_other()
    path = oci_archive(BuiltIndex((other, third), ("multi:1",)), tmp_path / "a.tar")
    with pytest.raises(Ambiguous, match="--platform"):
        open_archive(path)


def test_one_name_for_several_platforms_in_the_layouts_own_index(tmp_path):
    host, other, third = (one.tagged("multi:1") for one in host_and_other())
    path = oci_archive([other, host, third], tmp_path / "a.tar")
    with open_archive(path) as found:
        assert [one.id for one in found.images] == [host.id]
        assert names(found) == [["multi:1"]]
    with open_archive(path, platform=Platform.parse("linux/s390x")) as found:
        assert [one.id for one in found.images] == [third.id]
    with open_archive(oci_archive([other, host.tagged("own:1")], tmp_path / "b.tar")) as found:
        assert [one.id for one in found.images] == [other.id, host.id]
    with open_archive(oci_archive([other, third], tmp_path / "c.tar")) as found:
        with pytest.raises(
            Ambiguous,
            match=rf"{other.id[7:19]} \(linux/{other.platform['architecture']}\), {third.id[7:19]} \(linux/s390x",
        ):
            found.image("multi:1")
        assert found.image(third.id[7:19]).id == third.id


def test_an_index_within_itself_has_an_end(tmp_path):
    files = layout_files(DEMO)
    inner = as_json({"schemaVersion": 2, "manifests": [DEMO.descriptor]})
    for _ in range(10):
        path = f"blobs/sha256/{digest_of(inner)[7:]}"
        files[path] = inner
        entry = {
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "digest": digest_of(inner),
            "size": len(inner),
        }
        inner = as_json({"schemaVersion": 2, "manifests": [entry]})
    files["index.json"] = inner
    with pytest.raises(Damaged, match="deep"):
        open_archive(write(tmp_path / "a.tar", files))


def test_artifacts_are_no_images(tmp_path):
    files = layout_files(DEMO)
    index = json.loads(files["index.json"])
    index["manifests"].append({"mediaType": "application/vnd.example", "digest": DEMO.id, "size": 3})
    index["manifests"].append(DEMO.descriptor | {"artifactType": "application/vnd.example"})
    with open_archive(write(tmp_path / "a.tar", files | {"index.json": as_json(index)})) as found:
        assert [one.id for one in found.images] == [DEMO.id]


@pytest.mark.parametrize("kind", [OCI + "config.v1+json", DOCKER + "container.image.v1+json"])
def test_an_image_may_repeat_the_type_of_its_config(tmp_path, kind):
    files = layout_files(DEMO)
    index = json.loads(files["index.json"])
    index["manifests"][0]["artifactType"] = kind
    with open_archive(write(tmp_path / "a.tar", files | {"index.json": as_json(index)})) as found:
        assert [one.id for one in found.images] == [DEMO.id]


def artifact(config, kind, layer):
    """Files of a layout that has one thing only, under the media type of an image's manifest."""
    stored = b"what no tar is"
    manifest = json.loads(DEMO.manifest) | {
        "config": {"mediaType": kind, "digest": digest_of(config), "size": len(config)},
        "layers": [{"mediaType": layer, "digest": digest_of(stored), "size": len(stored)}],
    }
    made = as_json(manifest)
    entry = {"mediaType": OCI + "manifest.v1+json", "digest": digest_of(made), "size": len(made)}
    blobs = {f"blobs/sha256/{digest_of(blob)[7:]}": blob for blob in (config, stored, made)}
    index = {"schemaVersion": 2, "manifests": [entry]}
    return layout_files(DEMO) | blobs | {"index.json": as_json(index)}


CHART = artifact(
    b"{}", "application/vnd.cncf.helm.config.v1+json", "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
)
SIGNATURE = artifact(
    as_json({"rootfs": {"type": "layers", "diff_ids": [digest_of(b"what no tar is")]}}),
    OCI + "config.v1+json",
    "application/vnd.dev.cosign.simplesigning.v1+json",
)


@pytest.mark.parametrize("files", [CHART, SIGNATURE], ids=["a chart", "a signature"])
def test_what_goes_as_an_image_and_is_none(tmp_path, files):
    with pytest.raises(NotAnImage, match="no container image"):
        open_archive(write(tmp_path / "alone.tar", files))
    both = json.loads(files["index.json"])
    both["manifests"] += json.loads(layout_files(DEMO)["index.json"])["manifests"]
    with open_archive(write(tmp_path / "a.tar", files | {"index.json": as_json(both)})) as found:
        assert [one.id for one in found.images] == [DEMO.id]
        assert "was skipped" in found.warnings[0]


@pytest.mark.parametrize("kind", ["manifest", "index"])
def test_what_a_layout_names_and_leaves_out(tmp_path, kind):
    files = layout_files(DEMO)
    absent = {"mediaType": f"application/vnd.oci.image.{kind}.v1+json", "digest": "sha256:" + "a" * 64, "size": 500}
    index = {"schemaVersion": 2, "manifests": [absent]}
    with pytest.raises(Damaged, match=f"no blob sha256:{'a' * 64}"):
        open_archive(write(tmp_path / "alone.tar", files | {"index.json": as_json(index)}))
    index["manifests"] += json.loads(files["index.json"])["manifests"]
    with open_archive(write(tmp_path / "a.tar", files | {"index.json": as_json(index)})) as found:
        assert [one.id for one in found.images] == [DEMO.id]
        assert found.warnings == (
            f"{'a' * 12} was skipped: {tmp_path / 'a.tar'} has no blob sha256:{'a' * 64}; load first what it was saved without, or make it again",
        )
