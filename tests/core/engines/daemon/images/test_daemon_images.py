"""Images of a daemon whose folders cannot be read: listed, streamed once, verified; and images sent to it."""

import io
import threading

import pytest

from builders import docker_archive, file, folder, image, layer, whiteout
from layertui.core.engines.daemon.daemon_client import DaemonClient
from layertui.core.engines.daemon.endpoints import Endpoint
from layertui.core.engines.daemon.images.daemon_folder import DaemonFolder
from layertui.core.engines.daemon.images.daemon_images import DaemonImages
from layertui.core.engines.daemon.images.daemon_sink import DaemonSink
from layertui.core.errors import (
    Ambiguous,
    Cancelled,
    Conflict,
    Damaged,
    DigestMismatch,
    LayertuiError,
    NotAnImage,
    NotFound,
    Unreachable,
    UsageError,
)
from layertui.core.images.archive.archive import open_archive
from layertui.core.layers.cache.catalog import Catalog
from layertui.core.oci.descriptor import Platform
from layertui.core.oci.reference import Reference
from layertui.core.progress import Progress, quiet
from layertui.core.settings import Settings
from layertui.tui.report.inspect_report import image_inspection
from small_daemon import small_daemon

LAYERS = [
    layer([folder("etc"), file("etc/motd", b"hello"), file("etc/old", b"1")]),
    layer([whiteout("etc/old"), file("app", b"#!" * 9000)]),
]
SHOP = image(LAYERS, tags=["shop:1.0"])
OTHER = image([layer([file("x", b"y")])], tags=["other:1"])


@pytest.fixture
def daemon(tmp_path):
    with small_daemon(tmp_path) as made:
        yield made


@pytest.fixture
def images(tmp_path, daemon):
    return images_of(tmp_path)


def images_of(tmp_path):
    """As of a new process on the same store."""
    settings = Settings(store=tmp_path / "store")
    catalog = Catalog(settings.cache)
    client = DaemonClient(Endpoint("docker", "docker", f"unix://{tmp_path}/docker.sock"))
    return DaemonImages(client, settings, lambda: catalog, DaemonFolder(client, readable=False))


def sink_of(tmp_path):
    images = images_of(tmp_path)
    return DaemonSink(images._client, images, tmp_path / "store/tmp")


def archive(tmp_path, built, **how):
    return docker_archive([built], tmp_path / "served.tar", **how).read_bytes()


def read(layer):
    with layer.open() as raw:
        return raw.read()


FORMS = {
    "docker until 24": (SHOP, {"old": True}),
    "docker since 25": (SHOP, {}),
    "compressed": (image(LAYERS, tags=["shop:1.0"], compress="gzip"), {}),
}


# ---------------------------------------------------------------- listed


def test_no_manifest_that_was_made_up_is_the_daemons_word(tmp_path, daemon, images):
    """Docker's classic store has no manifests: it knows by which digests it has pulled an image, and no more."""
    daemon.image(SHOP, archive(tmp_path, SHOP, old=True))
    answer = daemon.answers["/images/shop:1.0/json"]
    opened = images.open("shop:1.0", None, quiet())
    assert (opened.manifest_is_made, opened.repo_digests) == (True, ())
    pulled = f"registry.example/shop@sha256:{'a' * 64}"
    answer["RepoDigests"] = [pulled, "<none>@<none>"]
    opened = images.open("shop:1.0", None, quiet())
    assert (opened.manifest_is_made, opened.repo_digests) == (True, (pulled,))
    said = image_inspection(opened, 7)
    assert (said["RepoDigests"], "Descriptor" in said) == ([pulled], False)
    answer["RepoDigests"] = [f"localhost/shop@{opened.digest}"]  # as Podman has it
    assert not images.open("shop:1.0", None, quiet()).manifest_is_made


def test_containerds_store_has_the_manifest(tmp_path, daemon, images):
    content = archive(tmp_path, SHOP)
    with open_archive(tmp_path / "served.tar") as opened:
        manifest = opened.images[0].digest
    daemon.image(SHOP, content, engine_id=manifest)
    daemon.answers["/info"]["DriverStatus"] = [["driver-type", "io.containerd.snapshotter.v1"]]
    found = images.open("shop:1.0", None, quiet())
    assert (found.manifest_is_made, found.repo_digests) == (False, (f"shop@{manifest}",))
    assert image_inspection(found, 7)["Descriptor"]["digest"] == manifest


def test_the_list_is_one_request(daemon, images):
    daemon.image(SHOP)
    daemon.image(OTHER)
    daemon.answers["/images/json"][0]["RepoTags"] = ["shop:1.0", "<none>:<none>", "NOT A NAME"]
    found = images.list()
    assert [(one.id, one.engine_id, one.created, one.size) for one in found] == [
        (SHOP.id, None, "2026-01-02T03:04:05Z", 7),
        (OTHER.id, None, "2026-01-02T03:04:05Z", 7),
    ]
    assert [name.familiar for name in found[0].names] == ["shop:1.0"]
    assert [path for path in daemon.asked if path != "/_ping"] == ["/images/json"]
    assert images.unreadable(found) == 0


def test_a_list_of_manifests_has_the_config_digest_once_it_is_known(tmp_path, daemon, images):
    daemon.answers["/info"]["DriverStatus"] = [["driver-type", "io.containerd.snapshotter.v1"]]
    daemon.image(SHOP, archive(tmp_path, SHOP), engine_id=SHOP.digest)
    (before,) = images.list()
    assert (before.id, before.engine_id) == (SHOP.digest, None)
    assert images.open("shop:1.0", None, quiet()).id == SHOP.id
    (after,) = images_of(tmp_path).list()
    assert (after.id, after.engine_id) == (SHOP.id, SHOP.digest)
    for name in (SHOP.id, SHOP.id[7:15], SHOP.digest, SHOP.digest[7:15]):
        assert images.open(name, None, quiet()).id == SHOP.id


def test_images_without_names_do_not_show_which_store_it_is(daemon, images):
    daemon.image(SHOP)
    daemon.answers["/images/json"][0] |= {"RepoTags": None, "RepoDigests": None}
    assert images.list()[0].id == SHOP.id
    assert daemon.count("/info") == 1


@pytest.mark.parametrize("answer", [{"a": 1}, [1], [{"Id": 5}], [{"Id": "sha256:x"}], "nonsense"])
def test_a_list_that_is_none(daemon, images, answer):
    daemon.answers["/images/json"] = answer
    with pytest.raises((Damaged, Unreachable)):
        images.list()


def test_nobody_listens(tmp_path):
    with pytest.raises(Unreachable, match="is it running"):
        images_of(tmp_path).list()


# ---------------------------------------------------------------- opened


@pytest.mark.parametrize("form", FORMS)
def test_streamed_once_and_never_again(tmp_path, daemon, form):
    built, how = FORMS[form]
    daemon.image(built, archive(tmp_path, built, **how))
    for _ in range(2):
        images = images_of(tmp_path)
        found = images.open("shop:1.0", None, quiet())
        assert found.id == built.id
        assert found.config_bytes == built.config
        assert [name.familiar for name in found.names] == ["shop:1.0"]
        paths = [entry.path for entry in images._catalog().stack(found.layers).view()]
        assert paths == ["/app", "/etc", "/etc/motd"]
        images._catalog().verify(found.layers)
        assert daemon.count("/get") == 1
    # The content of a file has to be streamed again, by a new process, and once.
    assert [read(one) for one in found.layers] == [*(built.stored if form == "compressed" else built.layers)]
    assert daemon.count("/get") == 2


def test_another_image_with_known_layers_keeps_their_tables(tmp_path, daemon, images, monkeypatch):
    more = image([*LAYERS, layer([file("z")])], tags=["more:1"])
    daemon.image(SHOP, archive(tmp_path, SHOP))
    images.open("shop:1.0", None, quiet())
    daemon.image(more, archive(tmp_path, more))
    made = []
    monkeypatch.setattr(Catalog, "keep_tables", lambda _, tables: made.extend(tables))
    images.open("more:1", None, quiet())
    assert made == [more.diff_ids[2]]


def test_names_and_ids(daemon, images):
    daemon.image(SHOP)
    alike = SHOP.id[:12] + "0" * 59
    daemon.answers["/images/json"].append({"Id": alike, "RepoTags": None})
    assert images.inspect(SHOP.id).engine_id == SHOP.id
    assert images.inspect(SHOP.id[7:30]).engine_id == SHOP.id
    with pytest.raises(Ambiguous):
        images.inspect(SHOP.id[7:11])
    for name in ("shop:2", "0123456789ab", f"shop@sha256:{'0' * 64}"):
        with pytest.raises(NotFound, match="Docker Engine"):
            images.inspect(name)
    with pytest.raises(UsageError):
        images.inspect("Shop")


def test_another_platform(tmp_path, daemon, images):
    daemon.image(SHOP, archive(tmp_path, SHOP))
    with pytest.raises(NotFound, match="arm64"):
        images.open("shop:1.0", Platform("linux", "arm64"), quiet())


def test_another_image_than_was_asked_for(tmp_path, daemon, images):
    daemon.image(SHOP, archive(tmp_path, OTHER))
    with pytest.raises(DigestMismatch, match=OTHER.id[7:19]):
        images.open("shop:1.0", None, quiet())


@pytest.mark.parametrize("form", FORMS)
def test_a_layer_with_other_bytes(tmp_path, daemon, images, form):
    built, how = FORMS[form]
    served = bytearray(archive(tmp_path, built, **how))
    at = served.index(built.stored[1][:400]) + (20 if form == "compressed" else 600)
    served[at] ^= 1
    daemon.image(built, bytes(served))
    with pytest.raises(Damaged):
        images.open("shop:1.0", None, quiet())
    assert not any(images._catalog().has_table(diff_id) for diff_id in built.diff_ids[1:])


@pytest.mark.parametrize("after", [0, 15_000])
def test_cut_in_the_middle(tmp_path, daemon, images, after):
    daemon.image(SHOP, archive(tmp_path, SHOP))
    daemon.cut = after
    with pytest.raises(
        Unreachable, match=r"Docker Engine at unix://.*: the connection ended in the middle of an answer"
    ):
        images.open("shop:1.0", None, quiet())
    daemon.cut = None
    assert images.open("shop:1.0", None, quiet()).id == SHOP.id


def test_cancelled_while_it_comes(tmp_path, daemon, images):
    daemon.image(SHOP, archive(tmp_path, SHOP))
    with pytest.raises(Cancelled):
        images.open("shop:1.0", None, Progress(report=Progress.cancel))
    assert own_threads() == set()


def test_cancelled_while_nothing_comes(tmp_path, daemon, images):
    daemon.image(SHOP, archive(tmp_path, SHOP))
    daemon.stalls = 5000
    progress = Progress()

    def cancel():
        daemon.silent.wait()
        progress.cancel()

    canceller = threading.Thread(target=cancel)
    canceller.start()
    with pytest.raises(Cancelled):
        images.open("shop:1.0", None, progress)
    canceller.join()
    assert own_threads() == set()


def test_an_error_of_ours_does_not_wait_for_what_still_comes(tmp_path, daemon, images):
    daemon.image(SHOP, b"no tar" * 400_000)
    daemon.stalls = 2_000_000
    with pytest.raises(NotAnImage):
        images.open("shop:1.0", None, quiet())
    assert own_threads() == set()


def own_threads():
    return {thread.name.partition("_")[0] for thread in threading.enumerate()} & {"arriving-layers", "read-ahead"}


@pytest.mark.parametrize("form", FORMS)
def test_layers_are_verified_while_they_come(tmp_path, daemon, images, monkeypatch, form):
    """None is read again for that."""
    monkeypatch.setattr(Catalog, "proven_tables", None)
    built, how = FORMS[form]
    daemon.image(built, archive(tmp_path, built, **how))
    found = images.open("shop:1.0", None, quiet())
    assert [read(one) for one in found.layers] == [*(built.stored if form == "compressed" else built.layers)]


# ---------------------------------------------------------------- sent


def sent(tmp_path, names=("shop:1.0",), **how):
    with open_archive(docker_archive([SHOP], tmp_path / "sent.tar")) as opened:
        return sink_of(tmp_path).put(opened.images[0], [Reference.parse(name) for name in names], quiet(), **how)


def test_an_image_is_sent_as_an_archive(tmp_path, daemon):
    daemon.answers["/images/json"] = []
    daemon.answers["/images/shop:1.0/json"] = {"Id": SHOP.id, "RepoTags": ["shop:1.0"], "RepoDigests": []}
    daemon.answers["/images/load"] = '{"stream":"Loaded image: shop:1.0\\n"}\n'
    assert sent(tmp_path).moved == ()
    (tmp_path / "received.tar").write_bytes(daemon.received[0])
    with open_archive(tmp_path / "received.tar") as received:
        assert received.image("shop:1.0").id == SHOP.id
        assert [read(one) for one in received.images[0].layers] == LAYERS


@pytest.mark.parametrize(
    "said", ['{"errorDetail":{"message":"no space"},"error":"no space"}', '{"error":"no space"}\n', '{"stream":"x"}{']
)
def test_an_error_behind_a_good_status(tmp_path, daemon, said):
    daemon.answers["/images/json"] = []
    daemon.answers["/images/load"] = said
    with pytest.raises(LayertuiError, match=r"no space|Docker Engine"):
        sent(tmp_path)


def test_another_image_than_was_sent(tmp_path, daemon):
    daemon.image(OTHER)
    daemon.answers["/images/load"] = '{"stream":"Loaded image: other:1\\n"}'
    with pytest.raises(Damaged, match=OTHER.id[7:19]):
        sent(tmp_path)


def test_a_name_that_would_move_is_found_before_anything_is_sent(tmp_path, daemon):
    daemon.image(OTHER)
    with pytest.raises(Conflict, match="other:1"):
        sent(tmp_path, ["other:1"], clobber=False)
    assert daemon.received == []


def test_a_layer_that_turns_out_damaged_is_not_sent_whole(tmp_path, daemon):
    daemon.answers["/images/json"] = []
    daemon.answers["/images/load"] = '{"stream":"Loaded image: shop:1.0\\n"}'
    path = docker_archive([SHOP], tmp_path / "sent.tar")
    content = bytearray(path.read_bytes())
    content[content.index(LAYERS[1][:400]) + 600] ^= 1
    path.write_bytes(content)
    with open_archive(path) as opened, pytest.raises(DigestMismatch):
        sink_of(tmp_path).put(opened.images[0], [], quiet())
    assert daemon.received == []


def test_a_tar_is_checked_before_it_is_sent(tmp_path, daemon):
    sink = sink_of(tmp_path)
    with pytest.raises(NotAnImage):
        sink.import_tar(io.BytesIO(b"garbage" * 200), [], quiet())
    with pytest.raises(UsageError):
        sink.import_tar(io.BytesIO(LAYERS[0]), [], quiet(), changes=["FLY away"])
    assert daemon.received == []
