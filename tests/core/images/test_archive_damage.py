"""Archives that lie, are cut off, lead out of themselves or are none: each refused in one line."""

import gzip
import json
import os
import shutil
import subprocess
from dataclasses import replace

import pytest

from archive_sample import BASE, DEMO, TOP, read, write
from builders import (
    as_json,
    digest_of,
    docker_archive,
    docker_files,
    file,
    folder,
    image,
    layer,
    layout_files,
    oci_archive,
    oci_layout,
    pack,
)
from layertui.core.errors import (
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
from layertui.core.images.archive.archive import open_archive


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
        (bytes(range(1, 256)) * 9, "of an unknown format"),
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


@pytest.mark.slow
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


def test_a_damaged_header_is_not_another_format(tmp_path):
    content = bytearray(pack(docker_files(DEMO, old=True)))
    content[5 * 512 + 3] ^= 1
    path = tmp_path / "a.tar"
    path.write_bytes(content)
    with pytest.raises(LayertuiError, match=r"a.tar"):
        open_archive(path)


@pytest.mark.parametrize("index", [b"{no", b"[]", b'{"schemaVersion":2}', b'{"manifests":[{"digest":"sha256:zz"}]}'])
def test_what_is_wrong_within_an_archive_names_the_archive(tmp_path, index):
    path = tmp_path / "odd.tar"
    path.write_bytes(pack(layout_files(DEMO) | {"index.json": index}))
    with pytest.raises(Damaged, match=r"odd\.tar"):
        open_archive(path)
