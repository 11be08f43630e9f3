"""Which image of an archive a name means, and which platform of an index."""

import json

import pytest

from archive_sample import BARE, BASE, DEMO, OTHER, TOP, names, write
from builders import BuiltIndex, as_json, digest_of, docker_archive, image, layout_files, oci_archive
from builders.images import DOCKER, OCI
from layertui.core.errors import Ambiguous, Damaged, NotAnImage, NotFound
from layertui.core.images.archive import open_archive
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
    with pytest.raises(NotFound, match="there is no image for linux/riscv64"):
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
        assert "was passed over" in found.warnings[0]


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
            f"{'a' * 12} was passed over: {tmp_path / 'a.tar'} has no blob sha256:{'a' * 64}; it is incomplete, make it again",
        )
