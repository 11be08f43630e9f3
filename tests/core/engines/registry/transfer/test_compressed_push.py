"""What has no manifest where it lies goes to a registry compressed, once; what has one goes as it is."""

import gzip
from dataclasses import replace

import pytest

from builders import digest_of, docker_archive, file, image, layer, oci_archive
from layertui.core.engines.registry.transfer.sent_layers import SentLayers
from layertui.core.errors import DigestMismatch, NotFound
from layertui.core.images.archive.archive import open_archive
from layertui.core.inspector import Inspector
from layertui.core.inspector.images import image_transfers
from layertui.core.oci.descriptor import Descriptor
from layertui.core.oci.digest import DiffID, Digest
from layertui.core.oci.reference import Reference
from layertui.core.progress import quiet
from layertui.core.settings import Settings
from small_registry import small_registry

BASE, APP = layer([file("etc/motd", "hello\n" * 1000)]), layer([file("app/run", "x" * 5000)])
SHOP = image([BASE, APP, BASE], config={"Cmd": ["sh"]}, tags=["shop:2.1"])


@pytest.fixture
def served():
    with small_registry() as found:
        yield found


@pytest.fixture
def inspector(tmp_path):
    with Inspector(Settings(tmp_path / "store")) as made:
        yield made


@pytest.fixture
def archive(tmp_path):
    return docker_archive(SHOP, tmp_path / "shop.tar", old=True)


def sent(served):
    """The requests that send or begin to send something."""
    return [one for one in served.seen if one.startswith(("POST", "PUT", "PATCH"))]


def test_uncompressed_layers_arrive_as_gzip_and_the_image_keeps_its_id(inspector, served, archive):
    done = inspector.transfers().copy(f"docker-archive:{archive}", f"docker://{served.host}/team/shop:2.1")
    found = inspector.open(f"docker://{served.host}/team/shop:2.1").image
    assert (found.id, found.digest, found.diff_ids) == (SHOP.id, done.digest, SHOP.diff_ids)
    blobs = [served.blobs["team/shop", one.digest] for one in found.layers]
    assert [gzip.decompress(blob) for blob in blobs] == [BASE, APP, BASE]
    assert {one.media_type for one in found.layers} == {"application/vnd.oci.image.layer.v1.tar+gzip"}
    assert [one.size for one in found.layers] == [len(blob) for blob in blobs]


def test_what_was_sent_is_neither_read_nor_sent_again(inspector, served, archive):
    source = f"docker-archive:{archive}"
    first = inspector.transfers().copy(source, f"docker://{served.host}/team/shop:2.1")
    served.seen.clear()
    content = archive.read_bytes().replace(b"x" * 5000, b"y" * 5000)
    archive.write_bytes(content)  # a layer that is read again would not have its DiffID
    with Inspector(inspector.settings) as another:
        again = another.transfers().copy(source, f"docker://{served.host}/team/shop:2.2")
    assert again.digest == first.digest
    assert sent(served) == ["PUT /v2/team/shop/manifests/2.2"]


def test_another_repository_gets_it_from_the_one_that_has_it(inspector, served, archive):
    source = f"docker-archive:{archive}"
    first = inspector.transfers().copy(source, f"docker://{served.host}/team/shop:2.1")
    served.seen.clear()
    assert inspector.transfers().copy(source, f"docker://{served.host}/other/shop:2.1").digest == first.digest
    assert not [one for one in sent(served) if one.startswith("PATCH")]
    bodies = [one for one in sent(served) if "/uploads/" in one and "mount=" not in one]
    assert len(bodies) == 2, "the config alone is sent: its upload is begun and ended"


def test_a_mount_that_is_refused_is_a_layer_that_is_sent(inspector, served, archive):
    source = f"docker-archive:{archive}"
    inspector.transfers().copy(source, f"docker://{served.host}/team/shop:2.1")
    served.mounts = False
    inspector.transfers().copy(source, f"docker://{served.host}/other/shop:2.1")
    assert inspector.open(f"docker://{served.host}/other/shop:2.1").image.id == SHOP.id
    assert served.uploads == {}, "an upload that was begun by a mount is given up"


def test_what_the_registry_has_lost_is_sent_again(inspector, served, archive):
    source, place = f"docker-archive:{archive}", f"docker://{served.host}/team/shop:2.1"
    first = inspector.transfers().copy(source, place)
    before = dict(served.blobs)
    served.blobs.clear()
    served.manifests.clear()
    served.tags.clear()
    assert inspector.transfers().copy(source, place).digest == first.digest
    assert served.blobs == before


def test_an_archive_that_is_loaded_into_a_registry_is_compressed_too(served, archive, tmp_path):
    with Inspector(Settings(tmp_path / "store", engine=f"registry:{served.host}")) as made:
        sink = made.engine.sink
        opened = open_archive(archive).image()
        name = Reference.parse(f"{served.host}/team/shop:2.1")
        for _ in range(2):
            assert sink.put(opened, [name], quiet()).moved == ()
        found = made.open(f"docker://{name}").image
    assert found.id == SHOP.id
    assert [gzip.decompress(served.blobs["team/shop", one.digest]) for one in found.layers] == [BASE, APP, BASE]


def test_a_manifest_that_somebody_wrote_is_kept(inspector, served, tmp_path):
    source = oci_archive(SHOP, tmp_path / "shop.tar")
    inspector.transfers().copy(f"oci-archive:{source}", f"docker://{served.host}/team/shop:2.1")
    inspector.images.load(source)
    own = inspector.open("shop:2.1").image
    assert inspector.transfers().push("shop:2.1", f"{served.host}/team/shop:2.2").digest == own.digest
    assert served.tags["team/shop", "2.1"] == served.tags["team/shop", "2.2"] == own.digest
    assert served.blobs["team/shop", digest_of(APP)] == APP


def test_a_layer_that_is_another_one_is_not_sent(inspector, served, archive):
    archive.write_bytes(archive.read_bytes().replace(b"x" * 5000, b"y" * 5000))
    with pytest.raises(DigestMismatch):
        inspector.transfers().copy(f"docker-archive:{archive}", f"docker://{served.host}/team/shop:2.1")
    assert not served.tags
    with pytest.raises(NotFound):
        inspector.open(f"docker://{served.host}/team/shop:2.1")
    assert not SentLayers(inspector.settings.cache).find(DiffID(digest_of(APP)))


def test_the_estimate_says_that_its_bytes_are_not_those_that_are_sent(inspector, served, archive):
    source, place = f"docker-archive:{archive}", f"docker://{served.host}/team/shop:2.1"
    estimates = inspector.transfers().estimates
    before = estimates.copy(source, place)
    assert (before.layers, before.missing_layers, before.is_before_compression) == (2, 2, True)
    assert before.size == before.missing_size == len(BASE) + len(APP)
    inspector.transfers().copy(source, place)
    served.seen.clear()
    after = estimates.copy(source, place)
    assert (after.layers, after.missing_layers, after.missing_size) == (2, 0, 0)
    assert sent(served) == []


def test_what_a_daemon_has_pulled_from_there_keeps_the_manifest(inspector, served, archive, tmp_path, monkeypatch):
    """A daemon has no compressed layers, and says by which digest it has pulled them."""
    compressed = oci_archive(
        image([BASE, APP, BASE], config={"Cmd": ["sh"]}, tags=["shop:2.1"], compress="gzip"), tmp_path / "gz.tar"
    )
    first = inspector.transfers().copy(f"oci-archive:{compressed}", f"docker://{served.host}/team/shop:2.1")
    stated = (f"elsewhere.example/shop@{first.digest}", f"{served.host}/team/shop@{first.digest}")
    origin_of = image_transfers.local_origin

    def pulled(*words):
        origin = origin_of(*words)
        return replace(origin, opened=replace(origin.image, stated_digests=stated))

    monkeypatch.setattr(image_transfers, "local_origin", pulled)
    served.seen.clear()
    done = inspector.transfers().copy(f"docker-archive:{archive}", f"docker://{served.host}/other/shop:2.2")
    assert done.digest == first.digest
    assert inspector.open(f"docker://{served.host}/other/shop:2.2").image.id == SHOP.id
    assert [one for one in sent(served) if "mount=" not in one] == ["PUT /v2/other/shop/manifests/2.2"]


def test_sent_layers_forget_the_oldest_and_pass_over_what_is_damaged(tmp_path):
    sent, diff_id = SentLayers(tmp_path), DiffID(digest_of(b"layer"))
    blobs = [Descriptor("", Digest(digest_of(b"%d" % number)), number) for number in range(6)]
    for blob in blobs:
        sent.keep(diff_id, blob, "a.example/one")
    sent.keep(diff_id, blobs[3], "b.example/two")
    assert [one.blob for one in sent.find(diff_id)] == [blobs[3], blobs[5], blobs[4], blobs[2]]
    assert sent.find(diff_id)[0].places == ("b.example/two", "a.example/one")
    assert sent.find(diff_id)[0].repositories("a.example") == ["one"]
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(b"damaged")
    assert sent.find(diff_id) == []
    assert SentLayers(None).find(diff_id) == []
