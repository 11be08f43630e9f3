"""Images of a registry: opened by manifest and config alone, their layers brought when they are looked at, once, and verified."""

import gzip
import io
import json
import subprocess
import sys
from dataclasses import replace

import pytest

from builders import BuiltIndex, as_json, digest_of, file, folder, image, layer
from layertui.core.engines.registry import pages
from layertui.core.engines.registry.kept_blobs import KeptBlobs
from layertui.core.engines.registry.pages import repositories, tags
from layertui.core.engines.registry.referrers import attached, referrers
from layertui.core.engines.registry.registry_engine import open_registry, registry_engine
from layertui.core.engines.registry.registry_images import RegistryImages
from layertui.core.errors import (
    Ambiguous,
    Cancelled,
    Damaged,
    DigestMismatch,
    LayertuiError,
    LimitExceeded,
    NotAnImage,
    NotFound,
    Truncated,
    Unreachable,
    UsageError,
)
from layertui.core.inspector.look.layer_summaries import content
from layertui.core.layers.cache.catalog import Catalog
from layertui.core.layers.write.extract import extract
from layertui.core.layers.write.flatten import flatten
from layertui.core.oci.descriptor import Platform
from layertui.core.oci.digest import DiffID, Digest
from layertui.core.oci.manifest import Index
from layertui.core.progress import Progress, quiet
from layertui.core.settings import Settings
from registry_faults import cut, drip, other, stall, status

BASE = layer([folder("etc"), file("etc/motd", b"hello"), file("big", b"0123456789" * 20_000)])
TOP = layer([file("b", b"one")])
ONE = image([BASE, TOP], tags=["shop:1"], compress="gzip")


@pytest.fixture
def images(registry, client, tmp_path):
    registry.put_image("shop", "1", ONE)
    return RegistryImages(client, KeptBlobs(tmp_path / "cache", None))


def opened(images, name="shop:1", platform=None):
    return images.open(name, platform, quiet())


def layer_requests(registry):
    return registry.paths("|".join(map(digest_of, ONE.stored)))


# ---------------------------------------------------------------- opened


def test_opened_by_manifest_and_config_alone(registry, images):
    found = opened(images)
    assert (found.id, found.digest, found.diff_ids) == (ONE.id, ONE.digest, ONE.diff_ids)
    assert [str(name) for name in found.names] == [f"{registry.host}/shop:1"]
    assert found.blobs.is_remote(found.layers[0].descriptor)
    assert [layer.source for layer in found.layers] == [f"blob {layer.digest}" for layer in found.layers]
    assert registry.paths() == ["/v2/", "/v2/shop/manifests/1", f"/v2/shop/blobs/{ONE.id}"]


@pytest.mark.parametrize(
    "spelled", ["shop:1", "{host}/shop:1", "shop@{digest}", "{host}/shop:1@{digest}", "{id}", "{short}"]
)
def test_names(registry, images, spelled):
    name = spelled.format(host=registry.host, digest=ONE.digest, id=ONE.id, short=ONE.id[7:19])
    assert opened(images, name).id == ONE.id


@pytest.mark.parametrize("name", ["shop", "other:1", "sha256:" + "0" * 64, "abcdef", "other.example/shop:1"])
def test_what_is_not_there(images, name):
    with pytest.raises(NotFound):
        opened(images, name)


def test_what_is_no_name(images):
    with pytest.raises(UsageError):
        opened(images, "Shop:1")


def test_another_platform(images):
    assert opened(images, platform=Platform("linux", "amd64")).id == ONE.id
    with pytest.raises(NotFound, match="is for linux/amd64"):
        opened(images, platform=Platform("linux", "arm64"))


def test_of_several_platforms_the_host_s_with_four_requests(registry, images):
    arm = image([BASE], architecture="arm64", compress="gzip")
    registry.put_image("multi", "1", BuiltIndex((arm, ONE), attestations=True))
    assert opened(images, "multi:1").id == ONE.id
    assert len(registry.asked) == 4
    assert opened(images, "multi:1", Platform("linux", "arm64")).id == arm.id
    with pytest.raises(NotFound, match=r"/multi:1 has no image for linux/riscv64; it has linux/arm64, linux/amd64$"):
        opened(images, "multi:1", Platform("linux", "riscv64"))


def test_with_five_where_a_token_is_needed(registry, images):
    registry.put_image("multi", "1", BuiltIndex((ONE,)))
    registry.realm = f"http://{registry.host}/token"
    assert opened(images, "multi:1").id == ONE.id
    assert len(registry.asked) == 5


def test_none_for_this_machine(registry, images):
    foreign = [image([BASE], architecture=name) for name in ("s390x", "riscv64")]
    registry.put_image("multi", "1", BuiltIndex(tuple(foreign)))
    with pytest.raises(Ambiguous, match="multi@DIGEST") as raised:
        opened(images, "multi:1")
    assert [choice.platform for choice in raised.value.choices] == ["linux/s390x", "linux/riscv64"]
    assert [opened(images, choice.name).id for choice in raised.value.choices] == [one.id for one in foreign]


def test_attestations_are_never_platforms(registry, images):
    index = BuiltIndex((ONE,), attestations=True)
    registry.put_image("multi", "1", index)
    assert opened(images, "multi:1").id == ONE.id
    assert [one.role for one in attached(Index.from_bytes(index.index))] == ["attestation"]


def test_an_artifact_is_no_image(registry, images):
    config = b"{}"
    registry.keep(config)
    descriptor = {"digest": digest_of(config), "size": 2}
    chart = {"mediaType": "application/vnd.cncf.helm.config.v1+json", **descriptor}
    registry.put("chart", "1", as_json({"schemaVersion": 2, "config": chart, "layers": []}))
    with pytest.raises(NotAnImage, match="helm"):
        opened(images, "chart:1")


def test_docker_s_own_types(registry, images):
    built = image([BASE], schema="docker", compress="gzip")
    registry.put_image("docker", "1", built)
    assert opened(images, "docker:1").id == built.id


# ---------------------------------------------------------------- false answers


def test_a_manifest_of_another_digest(registry, images):
    registry.fault("manifests/sha256", other(lambda body: body + b" "))
    with pytest.raises(DigestMismatch, match=f"asked for {ONE.digest}"):
        opened(images, f"shop@{ONE.digest}")
    registry.fault("manifests/1", other(lambda body: body, {"Docker-Content-Digest": "sha256:" + "0" * 64}))
    with pytest.raises(DigestMismatch, match="its header says sha256:000"):
        opened(images)


@pytest.mark.parametrize("said", ["md5:0", "sha256:x", "nothing", "sha512:" + "0" * 128])
def test_a_header_that_is_no_digest_of_it(registry, images, said):
    registry.fault("manifests/1", other(lambda body: body, {"Docker-Content-Digest": said}))
    with pytest.raises(Damaged):
        opened(images)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b"\xff", b'{"schemaVersion":1}', b'{"manifests":7}', b"[" * 100_000]
)
def test_garbage(registry, images, body):
    registry.put("bad", "1", body)
    with pytest.raises(LayertuiError, match=r"registry 127.*the manifest of bad:1 cannot be used: .*; push the image"):
        opened(images, "bad:1")


def test_a_config_of_another_digest(registry, images):
    registry.fault("/blobs/", other(lambda body: body.replace(b"amd64", b"arm64")))
    with pytest.raises(DigestMismatch):
        opened(images)
    assert opened(images).id == ONE.id


# ---------------------------------------------------------------- layers


@pytest.fixture
def catalog(tmp_path):
    return Catalog(tmp_path / "cache")


def test_history_asks_no_layer_for_its_size(registry, images, catalog):
    assert catalog.known_sizes(opened(images).layers) == [None, None]
    assert not layer_requests(registry)


def test_a_history_in_a_registry_needs_no_numpy(registry, tmp_path):
    registry.put_image("shop", "1", ONE)
    script = (
        "import sys\nfrom layertui.tui.cli import main\n"
        "try:\n    main()\nfinally:\n    sys.exit('numpy' in sys.modules)"
    )
    argv = [
        sys.executable,
        "-c",
        script,
        "--store",
        str(tmp_path / "store"),
        "history",
        f"docker://{registry.host}/shop:1",
    ]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "RUN step 2" in done.stdout
    assert not layer_requests(registry)
    assert len(registry.asked) <= 5


def test_the_size_of_an_image_that_nobody_has_looked_into(registry, tmp_path, capsys):
    from layertui.tui.cli import main

    registry.put_image("shop", "1", ONE)
    words = ["--store", str(tmp_path / "store"), "inspect", f"docker://{registry.host}/shop:1"]
    with pytest.raises(SystemExit):
        main(words)
    (found,) = json.loads(capsys.readouterr().out)
    assert found["Size"] == sum(len(blob) for blob in {*ONE.stored, ONE.config, ONE.manifest})
    assert not layer_requests(registry)


def test_a_layer_is_brought_once(registry, images, catalog, tmp_path):
    found = opened(images)
    stack = catalog.stack(found.layers)
    assert [entry.path for entry in map(stack.view().get, ("/etc/motd", "/b"))] == ["/etc/motd", "/b"]
    with stack.open(stack.view().get("/etc/motd")) as motd:
        assert motd.read() == b"hello"
    assert len(layer_requests(registry)) == 2
    assert not found.layers[0].is_remote
    assert catalog.known_sizes(found.layers) == [200_005, 3]
    # In the next process nothing is asked for but the manifest.
    asked = len(registry.asked)
    again = RegistryImages(images.client, KeptBlobs(tmp_path / "cache", None))
    stack = Catalog(tmp_path / "cache").stack(opened(again).layers)
    with stack.open(stack.view().get("/b")) as motd:
        assert motd.read() == b"one"
    assert len(registry.asked) == asked + 1


def test_what_was_looked_into_is_not_decompressed_for_its_size(images, catalog, tmp_path, monkeypatch):
    found = opened(images)
    catalog.stack(found.layers)
    monkeypatch.setattr("layertui.core.layers.cache.layer_sizes._open", None)
    for _ in range(2):
        assert Catalog(tmp_path / "cache").known_sizes(found.layers) == [200_005, 3]


def test_without_a_cache_too(registry, client, tmp_path):
    registry.put_image("shop", "1", ONE)
    stack = Catalog(None).stack(opened(RegistryImages(client, KeptBlobs(None, tmp_path))).layers)
    with stack.open(stack.view().get("/etc/motd")) as motd:
        assert motd.read() == b"hello"
    assert len(layer_requests(registry)) == 2


def test_one_that_is_cut_off_goes_on_by_range(registry, images, catalog):
    registry.fault(ONE_BASE, cut(after=100), cut(after=50))
    catalog.table(opened(images).layers[0])
    size = len(ONE.stored[0])
    ranges = [one.headers.get("Range") for one in registry.asked if ONE_BASE in one.path]
    assert ranges == [None, f"bytes=100-{size - 1}", f"bytes=150-{size - 1}"]


def test_one_that_drips_is_not_waited_for_for_ever(registry, images, catalog):
    registry.fault(ONE_BASE, *[drip(0.02)] * 99)
    with pytest.raises(Unreachable, match="is cut off after"):
        catalog.table(opened(images).layers[0])


def test_in_the_next_process_too(registry, images, catalog, tmp_path):
    registry.fault(ONE_BASE, cut(after=100), *[status(500)] * 20)
    with pytest.raises(Unreachable):
        catalog.table(opened(images).layers[0])
    registry.faults.clear()
    again = RegistryImages(images.client, KeptBlobs(tmp_path / "cache", None))
    Catalog(tmp_path / "cache").table(opened(again).layers[0])
    assert registry.asked[-1].headers["Range"] == f"bytes=100-{len(ONE.stored[0]) - 1}"


def test_a_registry_without_ranges(registry, images, catalog):
    registry.ranges = False
    registry.fault(ONE_BASE, cut(after=100))
    with pytest.raises(Unreachable, match="as a whole only"):
        catalog.table(opened(images).layers[0])


ONE_BASE = digest_of(ONE.stored[0])


def test_false_bytes_become_no_table(registry, images, catalog, tmp_path):
    changed = gzip.compress(layer([file("evil", b"x" * 200_000)]))
    size = len(ONE.stored[0])
    changed += b"\0" * (size - len(changed))
    registry.fault(ONE_BASE, *[other(lambda _: changed)] * 2)
    for _ in range(2):
        with pytest.raises(DigestMismatch, match="has other content"):
            catalog.table(opened(images).layers[0])
    table = catalog.table(opened(images).layers[0])
    assert "/evil" not in [table.path(row) for row in range(len(table))]


def test_the_same_files_in_other_bytes_are_false_too(registry, images, catalog):
    registry.fault(ONE_BASE, other(lambda body: body[:4] + b"time" + body[8:]))  # in the header of gzip
    with pytest.raises(DigestMismatch):
        catalog.table(opened(images).layers[0])


def test_a_blob_of_another_length(registry, images, catalog):
    registry.fault(ONE_BASE, other(lambda body: body + b"x"), other(lambda body: body[:-1]))
    with pytest.raises(Damaged, match="as its descriptor says"):
        catalog.table(opened(images).layers[0])


@pytest.mark.parametrize("said", ["bytes 0-9/10", "bytes 7-", "", "bytes 100-1/9", "x" * 1000])
def test_another_range_than_was_asked_for(registry, images, catalog, said):
    registry.fault(ONE_BASE, cut(after=100), status(206, {"Content-Range": said}, b"x" * 10))
    with pytest.raises(Damaged, match="the registry sends"):
        catalog.table(opened(images).layers[0])


def test_a_table_that_is_known_by_its_diff_id_counts(registry, images, catalog):
    found = opened(images)
    table = catalog.table(_Local(BASE))
    catalog.keep_tables({found.diff_ids[0]: table})
    assert len(catalog.table(found.layers[0])) == len(table)
    assert not layer_requests(registry)
    stack = catalog.stack(found.layers[:1])
    with stack.open(stack.view().get("/etc/motd")) as motd:
        assert motd.read() == b"hello"


def test_but_no_file_is_read_by_it_where_the_diff_id_is_false(registry, images, catalog):
    lying = json.loads(ONE.config)
    lying["rootfs"]["diff_ids"][1] = digest_of(BASE)
    config = as_json(lying)
    registry.keep(config)
    manifest = json.loads(ONE.manifest)
    manifest["config"] |= {"digest": digest_of(config), "size": len(config)}
    registry.put("lying", "1", as_json(manifest))
    catalog.keep_tables({DiffID(digest_of(BASE)): catalog.table(_Local(BASE))})
    stack = catalog.stack(opened(images, "lying:1").layers)
    with pytest.raises(DigestMismatch), stack.open(stack.alone(2).get("/etc/motd")) as motd:
        motd.read()


@pytest.mark.parametrize("look", ["read", "extract", "tar"])
def test_a_layer_that_is_brought_for_a_file_says_so(registry, images, catalog, tmp_path, look):
    """Its table was known, so that nothing of it is here."""
    found = opened(images)
    catalog.keep_tables({found.diff_ids[0]: catalog.table(_Local(BASE))})
    stack = catalog.stack(found.layers[:1])
    seen, progress = [], Progress(report=lambda now: seen.append((now.what, now.done)))
    if look == "read":
        content(stack.view(), "/etc/motd", progress).close()
    elif look == "tar":
        flatten(stack.view(), io.BytesIO(), progress, "/etc/motd")
    else:
        extract(stack.view(), "/etc/motd", tmp_path / "motd", progress=progress)
    what = f"fetching and verifying layer {found.diff_ids[0].short}"
    assert len(layer_requests(registry)) == 1
    assert (what, 0) in seen
    assert progress.done > 0


def test_bringing_a_layer_can_be_cancelled(registry, images, catalog):
    found = opened(images)
    catalog.keep_tables({found.diff_ids[0]: catalog.table(_Local(BASE))})
    view, progress = catalog.stack(found.layers[:1]).view(), Progress()
    registry.fault(str(found.layers[0].digest), stall(then=progress.cancel))
    with pytest.raises(Cancelled):
        content(view, "/etc/motd", progress)


class _Local:
    """A layer of another place."""

    media_type, is_remote, contents, source = "", False, None, "here"

    def __init__(self, tar):
        self.diff_id, self.size = DiffID(digest_of(tar)), len(tar)
        self.open = self.open_at = lambda: io.BytesIO(tar)

    def current_source(self):
        return self.source


def test_verified(images, catalog):
    catalog.verify(opened(images).layers)
    wrong = replace(opened(images).layers[0], diff_id=DiffID("sha256:" + "0" * 64))
    with pytest.raises(DigestMismatch):
        catalog.verify([wrong])


def test_a_blob_is_read_anywhere(registry, images):
    blob = opened(images).layers[0]
    content = ONE.stored[0]
    with blob.open_at() as file:
        assert file.seek(-10, 2) == len(content) - 10
        assert file.read() == content[-10:]
        file.seek(50)
        assert (file.read(10), file.read(10)) == (content[50:60], content[60:70])
        file.seek(0)
        assert file.read() == content
        file.seek(7)
        assert file.read(3) == content[7:10]
    assert not blob.is_remote


def test_and_so_where_there_are_no_ranges(registry, images):
    registry.ranges = False
    blob = opened(images).layers[0]
    with blob.open_at() as file:
        file.seek(50)
        assert file.read(10) == ONE.stored[0][50:60]
        file.seek(20)
        assert file.read(10) == ONE.stored[0][20:30]
    assert not blob.is_remote


def test_an_empty_blob(registry, images):
    from layertui.core.oci.descriptor import Descriptor

    registry.keep(b"")
    empty = Descriptor("", Digest(digest_of(b"")), 0)
    with opened(images).blobs.open(empty) as file:
        assert file.read() == b""


def test_a_full_disk_is_no_reason_not_to_read(registry, images, catalog, monkeypatch):
    from layertui.core.engines.registry.kept_blobs import BlobPart
    from layertui.core.errors import StorageError

    def full(*_):
        raise StorageError("no space")

    monkeypatch.setattr(BlobPart, "append", full)
    found = opened(images).layers[0]
    assert len(catalog.table(found)) == 3
    assert found.is_remote


# ---------------------------------------------------------------- lists


def test_listed(registry, images):
    registry.put_image("shop", "2", ONE)
    registry.put_image("team/tool", "1", image([TOP]))
    registry.put("broken", "1", b"{}")
    registry.put("bad", "1", ONE.manifest.replace(ONE.id.encode(), b"sha256:" + b"0" * 64))
    found = {one.id: one for one in images.list()}
    assert len(found) == 2
    assert [name.tag for name in found[ONE.id].names] == ["1", "2"]
    assert found[ONE.id].diff_ids == ONE.diff_ids
    assert images.unreadable([]) == 1
    assert not layer_requests(registry)


@pytest.mark.parametrize("page", [1, 2, 3, 1000])
def test_all_pages_in_natural_order(registry, client, page):
    registry.page = page
    for tag in ("1.10", "1.9", "latest", "v2", "v10"):
        registry.put("shop", tag, b"")
        registry.put(f"team/{tag}", "x", b"")
    assert tags(client, "shop") == ["1.9", "1.10", "latest", "v2", "v10"]
    assert len([*repositories(client)]) == 6


@pytest.mark.parametrize("code", [401, 403, 404, 405])
def test_a_registry_that_does_not_list(registry, client, code):
    registry.fault("_catalog", status(code))
    with pytest.raises(LayertuiError, match=f"registry {registry.host} does not list its repositories"):
        [*repositories(client)]


def test_pages_without_end(registry, client):
    registry.fault("tags/list", *[status(200, {"Link": '</v2/shop/tags/list?n=1>; rel="next"'}, b'{"tags":["1"]}')] * 9)
    with pytest.raises(Damaged, match="same page"):
        tags(client, "shop")


def test_new_pages_without_end(registry, client, monkeypatch):
    monkeypatch.setattr(pages, "_MOST_PAGES", 3)
    registry.page = 1
    for tag in ("a", "b", "c"):
        registry.put("shop", tag, b"")
    assert tags(client, "shop") == ["a", "b", "c"]
    registry.put("shop", "d", b"")
    with pytest.raises(LimitExceeded, match="more than 3 pages"):
        tags(client, "shop")


def test_a_tag_of_many_digits(registry, client):
    listed = ["9" * 5000, "10", "x"]
    registry.fault("tags/list", status(200, {}, json.dumps({"tags": listed}).encode()))
    assert tags(client, "shop") == ["10", "9" * 5000, "x"]


def test_a_next_page_elsewhere_is_not_asked_for_there(registry, elsewhere, client):
    registry.put("shop", "1", b"")
    link = {"Link": f'<http://{elsewhere.host}/v2/shop/tags/list?last=0>; rel="next"'}
    registry.fault("tags/list", status(200, link, b'{"tags":["0"]}'))
    assert tags(client, "shop") == ["0", "1"]
    assert not elsewhere.asked


@pytest.mark.parametrize("body", [b"[]", b'{"tags":7}', b'{"tags":[7]}', b"x"])
def test_a_list_that_is_none(registry, client, body):
    registry.fault("tags/list", status(200, {}, body))
    with pytest.raises(Damaged):
        tags(client, "shop")


# ---------------------------------------------------------------- referrers


def referring(kind):
    return {
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "digest": digest_of(kind.encode()),
        "size": 1,
        "artifactType": kind,
    }


KINDS = {
    "application/vnd.dev.cosign.artifact.sig.v1+json": "signature",
    "application/vnd.cncf.notary.signature": "signature",
    "application/spdx+json": "sbom",
    "application/vnd.cyclonedx+json": "sbom",
    "application/vnd.in-toto+json": "attestation",
    "application/example": "artifact",
}


@pytest.mark.parametrize("by", ["api", "tag"])
def test_referrers(registry, client, by):
    registry.put_image("shop", "1", ONE)
    registry.put_index("shop", ONE.digest.replace(":", "-"), map(referring, KINDS))
    if by == "api":
        content_type, content = registry.manifests["shop", ONE.digest.replace(":", "-")]
        registry.fault("/referrers/", status(200, {"Content-Type": content_type}, content))
    found = referrers(client, "shop", Digest(ONE.digest))
    assert {one.artifact_type: one.role for one in found} == KINDS


def test_no_referrers_but_cosign_s_tags(registry, client):
    registry.put_image("shop", "1", ONE)
    registry.put_image("shop", ONE.digest.replace(":", "-") + ".sig", image([TOP]))
    assert [one.role for one in referrers(client, "shop", Digest(ONE.digest))] == ["signature"]


# ---------------------------------------------------------------- the engine


def test_the_engine(registry, tmp_path):
    registry.put_image("shop", "1", ONE)
    settings = Settings(tmp_path / "store")
    engine = registry_engine(registry.host, settings, lambda: Catalog(None))
    assert engine.name == f"registry:{registry.host}"
    assert engine.images.open("shop:1", None, quiet()).id == ONE.id
    assert open_registry(f"//{registry.host}/shop:1", settings, None, quiet()).id == ONE.id
    assert engine.containers is None


@pytest.mark.parametrize("host", ["", "plain", "a/b", "A B", "x:y"])
def test_what_is_no_host(tmp_path, host):
    with pytest.raises(UsageError):
        registry_engine(host, Settings(tmp_path / "store"), lambda: Catalog(None))


def test_a_layer_that_is_cut_off_inside(registry, images, catalog):
    short = gzip.compress(BASE)[:-20]
    registry.keep(short)
    manifest = json.loads(ONE.manifest)
    manifest["layers"][0] |= {"digest": digest_of(short), "size": len(short)}
    registry.put("short", "1", as_json(manifest))
    with pytest.raises(Truncated):
        catalog.table(opened(images, "short:1").layers[0])
