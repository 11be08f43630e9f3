"""Archives in every form that is about: opened in place, named, refused in one line."""

import gzip
import json
import os
import shutil
import subprocess
import tarfile
from dataclasses import replace

import pytest

from builders import (
    BuiltIndex,
    as_json,
    compressed,
    digest_of,
    docker_archive,
    docker_files,
    file,
    folder,
    hardlink,
    image,
    layer,
    layout_files,
    oci_archive,
    oci_layout,
    pack,
    whiteout,
)
from layertui.core.errors import (
    Ambiguous,
    Damaged,
    DigestMismatch,
    LayertuiError,
    LimitExceeded,
    NotAnImage,
    NotFound,
    StorageError,
    Truncated,
    UnsafePath,
)
from layertui.core.images.archive import from_stream, open_archive
from layertui.core.oci.descriptor import Platform

BASE = layer([folder("etc"), file("etc/motd", b"hello")])
TOP = layer([whiteout("etc/motd"), file("app/run", b"#!" * 4000, mode=0o755)])
DEMO = image([BASE, TOP], history=["ADD rootfs /", "ENV A=b", "RUN x"], empty=[1], tags=["demo:1.0"])
OTHER = image([BASE], tags=["other:1", "host.example:5000/team/other:2"], architecture="arm64")
BARE = image([TOP], tags=())


def names(found):
    return [[name.familiar for name in one.names] for one in found.images]


def read(found):
    """Read every layer of every image through, which proves it."""
    return [[one.open().read() for one in each.layers] for each in found.images]


def write(path, files):
    path.write_bytes(pack(files))
    return path


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


# ---------------------------------------------------------------- what is wrong


def damage(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])


@pytest.mark.parametrize("old", [False, True])
def test_a_config_with_another_digest(tmp_path, old):
    files = docker_files(DEMO, old=old)
    path = f"{DEMO.id[7:]}.json" if old else f"blobs/sha256/{DEMO.id[7:]}"
    files[path] = DEMO.config.replace(b'"amd64"', b'"amd65"')
    with pytest.raises(DigestMismatch, match=DEMO.id[7:]):
        open_archive(write(tmp_path / "a.tar", files))


def test_a_manifest_with_another_digest_or_size(tmp_path):
    files = layout_files(DEMO)
    path = f"blobs/sha256/{DEMO.digest[7:]}"
    with pytest.raises(DigestMismatch):
        open_archive(write(tmp_path / "a.tar", files | {path: damage(DEMO.manifest)}))
    with pytest.raises(DigestMismatch):
        open_archive(write(tmp_path / "a.tar", files | {path: DEMO.manifest + b" "}))
    with pytest.raises(Truncated):
        open_archive(write(tmp_path / "a.tar", files | {path: DEMO.manifest[:-1]}))


@pytest.mark.parametrize("old", [False, True])
def test_a_layer_with_another_digest_is_found_when_it_is_read(tmp_path, old):
    files = docker_files(DEMO, old=old)
    (path,) = [path for path, content in files.items() if content == TOP]
    with open_archive(write(tmp_path / "a.tar", files | {path: damage(TOP)})) as found:
        assert found.images[0].layers[0].open().read() == BASE
        with pytest.raises(DigestMismatch, match=digest_of(TOP)):
            found.images[0].layers[1].open().read()


def test_a_blob_that_is_missing_is_named(tmp_path):
    files = layout_files(DEMO)
    del files[f"blobs/sha256/{digest_of(TOP)[7:]}"]
    with open_archive(write(tmp_path / "a.tar", files)) as found:
        assert digest_of(TOP) in found.warnings[0]
        with pytest.raises(Damaged, match=digest_of(TOP)):
            found.images[0].layers[1].open()
    del files[f"blobs/sha256/{DEMO.id[7:]}"]
    with pytest.raises(Damaged, match=DEMO.id):
        open_archive(write(tmp_path / "a.tar", files))


def test_another_number_of_layers_than_of_diff_ids(tmp_path):
    files = docker_files(DEMO, old=True)
    rows = json.loads(files["manifest.json"])
    rows[0]["Layers"].pop()
    with pytest.raises(Damaged, match="1 layers, but its config lists 2 DiffIDs"):
        open_archive(write(tmp_path / "a.tar", files | {"manifest.json": as_json(rows)}))
    short = replace(DEMO, manifest=image([BASE]).manifest.replace(image([BASE]).id.encode(), DEMO.id.encode()))
    sized = json.loads(short.manifest)
    sized["config"]["size"] = len(DEMO.config)
    short = replace(short, manifest=as_json(sized))
    with pytest.raises(Damaged, match="1 layers, but its config lists 2 DiffIDs"):
        open_archive(oci_archive(short, tmp_path / "b.tar"))


@pytest.mark.parametrize("keep", [100, 512, 700, 5000, 15_000])
def test_an_archive_that_is_cut_off(tmp_path, keep):
    path = docker_archive(DEMO, tmp_path / "a.tar")
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises((Truncated, NotAnImage, Damaged)) as caught:
        open_archive(path)
    assert "a.tar" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("whole", ["gzip", "zstd", "bzip2", "xz"])
def test_a_compressed_archive_that_is_cut_off(tmp_path, whole):
    path = docker_archive(DEMO, tmp_path / "a.tar", compress=whole)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(Damaged):
        open_archive(path, spool=tmp_path)
    assert [found.name for found in tmp_path.iterdir()] == ["a.tar"]


def test_a_tar_without_padding_and_trailer_is_taken(tmp_path):
    files = docker_files(DEMO, old=True)
    items = [file(path, content) for path, content in files.items()]
    whole = layer([*items[1:], items[0]], trailer=False)
    (tmp_path / "a.tar").write_bytes(whole.rstrip(b"\0"))
    with open_archive(tmp_path / "a.tar") as found:
        assert found.images[0].id == DEMO.id


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "an empty tar"),
        (b"\x7fELF" + bytes(600), "an ELF binary"),
        (b"hello world\n" * 100, "text"),
        (b"{" + b" " * 600 + b"}", "JSON"),
        (bytes(range(1, 256)) * 9, "something that layertui does not know"),
        (layer([folder("etc"), folder("usr"), file("etc/passwd", b"x")]), "import"),
        (layer([file("a", b"x")]), "import"),
        (layer([file("repositories", b"{}"), file("ab/layer.tar", b"x")]), "1.10"),
    ],
)
def test_a_file_that_is_no_archive(tmp_path, content, says):
    path = tmp_path / "thing"
    path.write_bytes(content)
    with pytest.raises(NotAnImage, match=says) as caught:
        open_archive(path)
    assert "thing" in str(caught.value)


def test_folders_and_paths_that_are_no_archive(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotAnImage, match="folder"):
        open_archive(tmp_path / "empty")
    with pytest.raises(NotFound, match="nowhere"):
        open_archive(tmp_path / "nowhere")
    (tmp_path / "empty/manifest.json").write_bytes(as_json({"schemaVersion": 2, "config": {}, "layers": []}))
    with pytest.raises(NotAnImage, match="skopeo copy"):
        open_archive(tmp_path / "empty")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(LayertuiError, match="pipe"):
        open_archive(tmp_path / "pipe")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path):
    path = docker_archive(DEMO, tmp_path / "a.tar")
    path.chmod(0)
    with pytest.raises(StorageError, match="mode"):
        open_archive(path)


def test_members_that_are_listed_as_something_else(tmp_path):
    for content in (b"7", b"{}", b"[7]", b"[" * 50, b'[{"Config": 7}]', b'[{"Config": "x", "Layers": "y"}]'):
        files = docker_files(DEMO, old=True) | {"manifest.json": content}
        with pytest.raises(Damaged) as caught:
            open_archive(write(tmp_path / "a.tar", files))
        assert len(str(caught.value)) < 300


# ---------------------------------------------------------------- folders


def test_blobs_of_a_folder_behind_symlinks(tmp_path):
    path = oci_layout(DEMO, tmp_path / "layout")
    blobs = path / "blobs/sha256"
    shutil.move(blobs, path / "kept")
    blobs.symlink_to("../kept")
    with open_archive(path) as found:
        assert read(found) == [[BASE, TOP]]
    blobs.unlink()
    shutil.move(path / "kept", tmp_path / "outside")
    for target in ("../../outside", str(tmp_path / "outside")):
        blobs.symlink_to(target)
        with pytest.raises(UnsafePath, match=r"outside|out of"):
            open_archive(path)
        blobs.unlink()
    blobs.symlink_to("sha256")
    with pytest.raises(LayertuiError):
        open_archive(path)


def test_an_index_that_is_a_symlink_outside(tmp_path):
    path = oci_layout(DEMO, tmp_path / "layout")
    shutil.move(path / "index.json", tmp_path / "index.json")
    (path / "index.json").symlink_to("../index.json")
    with pytest.raises(UnsafePath):
        open_archive(path)


def test_a_blob_that_is_a_pipe_does_not_hang(tmp_path):
    path = oci_layout(DEMO, tmp_path / "layout")
    blob = path / "blobs/sha256" / DEMO.id[7:]
    blob.unlink()
    os.mkfifo(blob)
    with pytest.raises(Damaged, match=DEMO.id):
        open_archive(path)


# ---------------------------------------------------------------- streams


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_bomb_does_not_fill_the_disk(tmp_path):
    path = tmp_path / "bomb.tar.gz"
    with gzip.open(path, "wb", 1) as out:
        out.write(layer([file("x", b"x")])[:1024])
        for _ in range(400):
            out.write(bytes(1 << 20))
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=65M", "none", disk], check=True)
    try:
        with pytest.raises(LimitExceeded, match="decompresses to more than"):
            open_archive(path, spool=disk)
        assert os.listdir(disk) == []
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_damaged_header_is_no_stranger(tmp_path):
    content = bytearray(pack(docker_files(DEMO, old=True)))
    content[5 * 512 + 3] ^= 1
    path = tmp_path / "a.tar"
    path.write_bytes(content)
    with pytest.raises(LayertuiError, match=r"a.tar"):
        open_archive(path)


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


@pytest.mark.parametrize("index", [b"{no", b"[]", b'{"schemaVersion":2}', b'{"manifests":[{"digest":"sha256:zz"}]}'])
def test_what_is_wrong_within_an_archive_names_the_archive(tmp_path, index):
    path = tmp_path / "odd.tar"
    path.write_bytes(pack(layout_files(DEMO) | {"index.json": index}))
    with pytest.raises(Damaged, match=r"odd\.tar"):
        open_archive(path)


def test_a_compressed_archive_needs_no_folder_of_its_own_to_be_read(tmp_path):
    (tmp_path / "file").touch()
    with open_archive(
        docker_archive(DEMO, tmp_path / "a.tar", compress="zstd"), spool=tmp_path / "file" / "no"
    ) as found:
        assert read(found) == [[BASE, TOP]]
