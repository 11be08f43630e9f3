"""Archives in every form that is about: opened in place, and named."""

import json
import os
import tarfile

import pytest

from archive_sample import BARE, BASE, DEMO, OTHER, TOP, names, read, write
from builders import (
    as_json,
    compressed,
    digest_of,
    docker_archive,
    docker_files,
    file,
    hardlink,
    image,
    layer,
    layout_files,
    oci_archive,
    oci_layout,
)
from layertui.core.errors import Damaged, NotFound
from layertui.core.images.archive.archive import from_stream, open_archive


@pytest.mark.parametrize("whole", ["none", "gzip", "zstd", "bzip2", "xz"])
@pytest.mark.parametrize("form", ["docker-old", "docker-new", "oci"])
def test_every_form_gives_the_same_images(tmp_path, form, whole):
    path = tmp_path / "a.tar"
    if form == "oci":
        oci_archive([DEMO, OTHER], path, names="full", compress=whole)
    else:
        docker_archive([DEMO, OTHER], path, old=form == "docker-old", compress=whole)
    with open_archive(path, spool=tmp_path / "spool") as found:
        assert [one.id for one in found.images] == [DEMO.id, OTHER.id]
        assert names(found) == [["demo:1.0"], ["other:1", "host.example:5000/team/other:2"]]
        assert read(found) == [[BASE, TOP], [BASE]]
        assert [one.chain_id for one in found.images[0].layers] == list(DEMO.chain_ids)
        assert found.form == ("oci" if form == "oci" else "docker")
        assert found.warnings == ()
    assert list(tmp_path.glob("spool/*")) == []


def test_a_layout_folder(tmp_path):
    path = oci_layout([DEMO, OTHER, BARE], tmp_path / "layout")
    with open_archive(path) as found:
        assert found.form == "layout"
        assert [one.id for one in found.images] == [DEMO.id, OTHER.id, BARE.id]
        assert names(found)[2] == []
        assert read(found)[0] == [BASE, TOP]


@pytest.mark.parametrize("compress", ["gzip", "zstd"])
@pytest.mark.parametrize("schema", ["oci", "docker"])
def test_compressed_layers_of_either_schema(tmp_path, compress, schema):
    built = image([BASE, TOP], compress=compress, schema=schema, tags=["c:1"])
    with open_archive(oci_archive(built, tmp_path / "a.tar")) as found:
        (one,) = found.images
        assert one.digest == built.digest
        assert [each.digest for each in one.layers] == [digest_of(blob) for blob in built.stored]
        assert [each.diff_id for each in one.layers] == list(built.diff_ids)
        assert read(found) == [list(built.stored)]


@pytest.mark.slow
def test_few_reads_whatever_the_size(tmp_path, monkeypatch):
    big = layer([file("big", bytes(60 << 20))])
    path = docker_archive(image([BASE, big, TOP], tags=["big:1"]), tmp_path / "big.tar", old=True)
    taken = []
    pread = os.pread
    monkeypatch.setattr(os, "pread", lambda *args: taken.append(len(got := pread(*args))) or got)
    preadv = os.preadv
    monkeypatch.setattr(os, "preadv", lambda *args: taken.append(got := preadv(*args)) or got)
    with open_archive(path) as found:
        assert found.images[0].layers[1].size > 60 << 20
    assert sum(taken) < 256 << 10


def test_a_layer_may_be_a_link_to_another(tmp_path):
    files = docker_files(image([BASE, BASE, TOP], tags=["twice:1"]), old=True)
    assert any(isinstance(content, str) for content in files.values())
    with open_archive(write(tmp_path / "a.tar", files)) as found:
        assert read(found) == [[BASE, BASE, TOP]]
    (linked,) = [path for path, content in files.items() if isinstance(content, str)]
    target = os.path.normpath(os.path.join(os.path.dirname(linked), files[linked]))
    rest = {path: content for path, content in files.items() if path != linked}
    whole = layer([*(file(path, content) for path, content in rest.items()), hardlink(linked, target)])
    (tmp_path / "b.tar").write_bytes(whole)
    with open_archive(tmp_path / "b.tar") as found:
        assert read(found) == [[BASE, BASE, TOP]]


@pytest.mark.parametrize("target", ["../../../../etc/passwd", "/etc/passwd", "loop/layer.tar", "../nowhere"])
def test_links_are_looked_up_in_the_archive_alone(tmp_path, target):
    files = docker_files(image([BASE], tags=["x:1"]), old=True)
    (path,) = [path for path in files if path.endswith("layer.tar")]
    files[path] = target
    files["loop/layer.tar"] = "layer.tar"
    with open_archive(write(tmp_path / "a.tar", files)) as found, pytest.raises(Damaged, match="no blob"):
        found.images[0].layers[0].open()


def test_gzip_layers_in_a_docker_archive_have_their_own_digest(tmp_path):
    stored = compressed(BASE, "gzip")
    built = image([BASE], tags=["g:1"])
    for path in (
        "some/layer.tar",
        f"{digest_of(stored)[7:]}.tar.gz",
        f"{digest_of(BASE)[7:]}.tar.gz",
        "sha256:abc.tgz",
    ):
        config = f"sha256:{built.id[7:]}"
        rows = [{"Config": config, "RepoTags": ["g:1"], "Layers": [path]}]
        files = {path: stored, config: built.config, "manifest.json": as_json(rows)}
        with open_archive(write(tmp_path / "a.tar", files)) as found:
            (one,) = found.images[0].layers
            assert (one.digest, one.diff_id) == (digest_of(stored), digest_of(BASE))
            assert one.media_type.endswith("+gzip")
            assert one.open().read() == stored


def test_names_of_all_kinds(tmp_path):
    files = layout_files([DEMO, OTHER, BARE], names="tag")
    index = json.loads(files["index.json"])
    entries = index["manifests"]
    entries[0]["annotations"] = {"org.opencontainers.image.ref.name": "latest"}  # a bare tag names nothing
    entries[1]["annotations"] = {"org.opencontainers.image.ref.name": "team/other:2"}
    entries[2]["annotations"] = {"io.containerd.image.name": "NOT a name", "org.opencontainers.image.ref.name": "x"}
    entries[3]["annotations"] = {"org.opencontainers.image.ref.name": f"host.example/x@{DEMO.digest}"}
    files["index.json"] = as_json(index)
    with open_archive(write(tmp_path / "a.tar", files)) as found:
        assert names(found) == [[], ["team/other:2"], []]
        (warning,) = found.warnings
        assert "NOT a name" in warning
        assert found.image("latest").id == DEMO.id
        assert found.image("x").id == OTHER.id


@pytest.mark.parametrize("tags", [None, [], ["<none>:<none>"]])
def test_no_tags(tmp_path, tags):
    files = docker_files(DEMO, old=True)
    rows = json.loads(files["manifest.json"])
    rows[0]["RepoTags"] = tags
    with open_archive(write(tmp_path / "a.tar", files | {"manifest.json": as_json(rows)})) as found:
        assert names(found) == [[]]
        assert found.image().id == DEMO.id


def test_an_invalid_tag_is_dropped_with_a_warning(tmp_path):
    files = docker_files(DEMO.tagged("demo:1.0", "Demo:../x", "b:2"), old=True)
    with open_archive(write(tmp_path / "a.tar", files)) as found:
        assert names(found) == [["demo:1.0", "b:2"]]
        assert "Demo:../x" in found.warnings[0]


def test_entries_of_one_image_are_one_image(tmp_path):
    files = docker_files([DEMO, DEMO.tagged("again:1", "demo:1.0")], old=True)
    with open_archive(write(tmp_path / "a.tar", files)) as found:
        assert names(found) == [["demo:1.0", "again:1"]]


def test_names_that_stand_in_manifest_json_alone(tmp_path):
    files = docker_files(DEMO)
    index = json.loads(files["index.json"])
    for entry in index["manifests"]:
        del entry["annotations"]
    with open_archive(write(tmp_path / "a.tar", files | {"index.json": as_json(index)})) as found:
        assert names(found) == [["demo:1.0"]]
        assert found.images[0].digest == DEMO.digest


# ---------------------------------------------------------------- streams


@pytest.mark.parametrize("whole", ["none", "gzip"])
def test_from_a_file_on_stdin(tmp_path, whole):
    path = docker_archive(DEMO, tmp_path / "a.tar", compress=whole)
    with path.open("rb") as stream:
        stream.read(0)
        with from_stream(stream, tmp_path / "spool") as found:
            assert read(found) == [[BASE, TOP]]
    assert (tmp_path / "spool").exists() == (whole != "none")


@pytest.mark.parametrize("whole", ["none", "gzip"])
def test_from_a_pipe(tmp_path, whole):
    path = docker_archive(DEMO, tmp_path / "a.tar", compress=whole)
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as stream, os.fdopen(writer, "wb") as out:
        out.write(path.read_bytes())
        out.close()
        with from_stream(stream, tmp_path / "spool") as found:
            assert read(found) == [[BASE, TOP]]
    assert list((tmp_path / "spool").iterdir()) == []


def test_layers_of_an_archive_are_unproven_and_say_where_they_lie(tmp_path):
    path = docker_archive(DEMO, tmp_path / "a.tar")
    with open_archive(path) as found, open_archive(path) as again:
        first, second = found.images[0].layers
        assert first.source is not None
        assert first.source != second.source
        assert first.source == again.images[0].layers[0].source
        at = first.open_at()
        at.seek(512)
        assert at.read(5) == BASE[512:517]


def test_an_archive_without_images(tmp_path):
    with open_archive(write(tmp_path / "a.tar", {"manifest.json": b"[]"})) as found:
        assert found.images == ()
        with pytest.raises(NotFound, match="no image"):
            found.image()


def test_our_tar_reader_agrees_with_tarfile_on_the_table(tmp_path):
    path = docker_archive([DEMO, OTHER], tmp_path / "a.tar", old=True)
    with tarfile.open(path) as tar:
        wanted = {member.name: tar.extractfile(member).read() for member in tar if member.isfile() or member.issym()}
    with open_archive(path) as found:
        for name, content in wanted.items():
            assert found._members.open(name).read() == content
        assert found._members.size("etc") is None
        assert found._members.size("../a.tar") is None


def test_a_compressed_archive_needs_no_folder_of_its_own_to_be_read(tmp_path):
    (tmp_path / "file").touch()
    with open_archive(
        docker_archive(DEMO, tmp_path / "a.tar", compress="zstd"), spool=tmp_path / "file" / "no"
    ) as found:
        assert read(found) == [[BASE, TOP]]
