"""Layers with a table of contents in a registry: listed by a few ranges, files read by their own; and nothing believed without a digest."""

import io
import json
import os
from dataclasses import replace as replaced

import pytest

from builders import as_json, char, digest_of, fifo, file, folder, hardlink, image, layer, opaque, symlink, whiteout
from builders.listed_layers import estargz, zstd_chunked
from layertui.core.engines.registry.kept_blobs import KeptBlobs
from layertui.core.engines.registry.registry_images import RegistryImages
from layertui.core.errors import Damaged, DigestMismatch, LayertuiError
from layertui.core.layers.cache.catalog import Catalog
from layertui.core.layers.diff.file_contents import Bodies
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.layer_tar import read_table
from layertui.core.progress import quiet

LARGE = os.urandom(300_000)
TAR = layer(
    [
        folder("etc", mode=0o755),
        file("etc/motd", b"hello", uid=7, gid=8),
        file("large", LARGE, mode=0o4755),
        file("empty", b""),
        symlink("link", "etc/motd"),
        hardlink("again", "large"),
        char("null", 1, 3),
        fifo("pipe"),
        whiteout("gone"),
        opaque("etc"),
        *(file(f"many/{number}", f"content {number}" * 50) for number in range(40)),
    ]
)
FORMS = pytest.mark.parametrize("form", [estargz, zstd_chunked])


def put(registry, listed, tag="1", annotations=None):
    built = image([listed.tar])
    manifest = json.loads(built.manifest)
    suffix = "gzip" if listed.blob[:2] == b"\x1f\x8b" else "zstd"
    manifest["layers"] = [
        {
            "mediaType": f"application/vnd.oci.image.layer.v1.tar+{suffix}",
            "digest": digest_of(listed.blob),
            "size": len(listed.blob),
            "annotations": listed.annotations if annotations is None else annotations,
        }
    ]
    registry.keep(listed.blob, built.config)
    registry.put("shop", tag, as_json(manifest))


@pytest.fixture
def catalog(tmp_path):
    return Catalog(tmp_path / "cache")


@pytest.fixture
def opened(client, tmp_path):
    images = RegistryImages(client, KeptBlobs(tmp_path / "cache", None))
    return lambda: images.open("shop:1", None, quiet()).layers


def layer_requests(registry, listed):
    return [one for one in registry.asked if digest_of(listed.blob) in one.path]


def rows(table):
    """Its entries by path; a marker has no time that counts."""
    found = [replaced(table.entry(row), row=-1) for row in range(len(table))]
    found = [replaced(one, mtime=0) if one.kind is Kind.WHITEOUT else one for one in found]
    return {one.path: one for one in found}


@FORMS
@pytest.mark.parametrize("chunk", [1 << 22, 100_000])
def test_listed_without_being_read(registry, opened, catalog, form, chunk):
    listed = form(TAR, chunk=chunk)
    put(registry, listed)
    table = catalog.table(opened()[0])
    expected = read_table(io.BytesIO(listed.tar))
    assert rows(table) == rows(expected)
    assert (table.members, table.size, table.root_opaque) == (expected.members, expected.size, expected.root_opaque)
    asked = layer_requests(registry, listed)
    assert all("Range" in one.headers for one in asked)
    assert len(asked) <= 2


@FORMS
@pytest.mark.parametrize("chunk", [1 << 22, 100_000])
def test_a_file_is_read_by_its_own_range(registry, opened, catalog, form, chunk):
    listed = form(TAR, chunk=chunk)
    put(registry, listed)
    stack = catalog.stack(opened())
    asked = len(layer_requests(registry, listed))
    for path, content in {"/large": LARGE, "/again": LARGE, "/etc/motd": b"hello", "/empty": b""}.items():
        with stack.open(stack.view().resolve(path)) as found:
            assert found.read() == content
            found.seek(1)
            assert found.read(3) == content[1:4]
    assert len(layer_requests(registry, listed)) <= asked + 4
    assert opened()[0].is_remote


@FORMS
def test_many_files_are_read_from_the_layer(registry, opened, catalog, form):
    listed = form(TAR)
    put(registry, listed)
    stack = catalog.stack(opened())
    for number in range(40):
        with stack.open(stack.view().get(f"/many/{number}")) as found:
            assert found.read() == f"content {number}".encode() * 50
    assert len(layer_requests(registry, listed)) <= 2 + 16 + 1
    assert not opened()[0].is_remote


@FORMS
def test_all_files_at_once(registry, opened, catalog, form):
    import numpy as np

    put(registry, form(TAR))
    stack = catalog.stack(opened())
    at = [stack.at(stack.view().get(f"/many/{number}")) for number in range(40)]
    with Bodies(stack, np.array(at)) as bodies:
        assert [bodies.open(row).read() for row in at] == [f"content {number}".encode() * 50 for number in range(40)]


@FORMS
def test_a_registry_without_ranges(registry, opened, catalog, form):
    registry.ranges = False
    put(registry, form(TAR))
    stack = catalog.stack(opened())
    with stack.open(stack.view().get("/large")) as found:
        assert found.read() == LARGE


@FORMS
def test_a_table_of_contents_of_another_digest_is_not_believed(registry, opened, catalog, form):
    listed = form(TAR)
    lying = form(TAR, change=lambda toc: toc["entries"].append({"name": "evil", "type": "reg", "size": 0}))
    put(
        registry,
        listed,
        annotations={**listed.annotations, **{key: lying.annotations[key] for key in list(lying.annotations)[:1]}},
    )
    table = catalog.table(opened()[0])
    assert "/evil" not in rows(table)
    assert not opened()[0].is_remote


@FORMS
def test_one_that_lies_is_found_out_by_verification(registry, opened, catalog, form):
    def lie(toc):
        toc["entries"].append({"name": "evil", "type": "reg", "size": 0, "mode": 0o644})

    put(registry, form(TAR, change=lie))
    assert "/evil" in rows(catalog.table(opened()[0]))
    with pytest.raises(Damaged, match="does not list the files that are in the layer"):
        catalog.verify(opened())


@FORMS
def test_a_true_one_is_verified(registry, opened, catalog, form):
    listed = form(TAR)
    put(registry, listed)
    catalog.table(opened()[0])
    catalog.verify(opened())
    stack = Catalog(None).stack(opened())
    with stack.open(stack.view().get("/large")) as found:
        assert found.read() == LARGE


@FORMS
def test_a_file_that_is_not_what_the_table_says(registry, opened, catalog, form):
    def change(toc):
        entry = next(one for one in toc["entries"] if one["name"] == "large")
        entry["digest"] = digest_of(b"")

    put(registry, form(TAR, change=change))
    stack = catalog.stack(opened())
    with pytest.raises(DigestMismatch):
        stack.open(stack.view().get("/large"))


@FORMS
@pytest.mark.parametrize(
    "change",
    [
        lambda toc: toc.update(version=2),
        lambda toc: toc.update(entries={}),
        lambda toc: toc.update(entries=[7]),
        lambda toc: toc["entries"].append({"name": 7}),
        lambda toc: toc["entries"].append({"name": "x", "type": "socket"}),
        lambda toc: toc["entries"].append({"name": "x", "type": "reg", "size": -1}),
        lambda toc: toc["entries"].append({"name": "x", "type": "reg", "size": 1 << 70}),
        lambda toc: toc["entries"].append({"name": "x", "type": "reg", "mode": "x"}),
        lambda toc: toc["entries"].append({"name": "x", "type": "reg", "xattrs": {"a": "%"}}),
        lambda toc: toc["entries"].append({"name": "../../x", "type": "reg"}),
        lambda toc: toc["entries"].append({"name": "x" * 100_000, "type": "reg"}),
    ],
)
def test_one_that_cannot_be_read_is_not_used(registry, opened, catalog, form, change):
    listed = form(TAR, change=change)
    put(registry, listed)
    table = catalog.table(opened()[0])
    assert "/large" in rows(table)
    assert not opened()[0].is_remote


@FORMS
@pytest.mark.parametrize(
    "where", [{"offset": 1 << 40}, {"offset": 3, "endOffset": 2}, {"endOffset": 1 << 50}, {"offset": 1}]
)
def test_places_that_are_none(registry, opened, catalog, form, where):
    def change(toc):
        next(one for one in toc["entries"] if one["name"] == "large").update(where)

    put(registry, form(TAR, change=change))
    stack = catalog.stack(opened())
    with pytest.raises(LayertuiError):
        stack.open(stack.view().get("/large"))


@pytest.mark.parametrize(
    "annotations",
    [
        {"containerd.io/snapshot/stargz/toc.digest": "x"},
        {"containerd.io/snapshot/stargz/toc.digest": "sha256:" + "0" * 64},
        {
            "io.github.containers.zstd-chunked.manifest-checksum": "sha256:" + "0" * 64,
            "io.github.containers.zstd-chunked.manifest-position": "5:5:5:1",
        },
        {
            "io.github.containers.zstd-chunked.manifest-checksum": "sha256:" + "0" * 64,
            "io.github.containers.zstd-chunked.manifest-position": "nowhere",
        },
    ],
)
def test_annotations_of_a_plain_layer(registry, opened, catalog, annotations):
    listed = estargz(TAR)
    put(registry, listed, annotations=annotations)
    assert "/large" in rows(catalog.table(opened()[0]))
