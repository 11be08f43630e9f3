"""What Images and an ImageSink must do, whatever their source is."""

from contextlib import nullcontext

import pytest
from folder_engine import FolderImages

import daemon_engines
from builders import docker_archive, file, image, layer, oci_archive, oci_layout
from containing import put
from daemon_engines import each_daemon
from layertui.core.engines.discover import Engines
from layertui.core.engines.engine import Engine
from layertui.core.errors import Conflict, LayertuiError, NotFound
from layertui.core.layers.cache.catalog import Catalog
from layertui.core.oci.descriptor import Platform
from layertui.core.oci.reference import Reference
from layertui.core.progress import quiet
from layertui.core.settings import Settings
from memory_engine import memory_engine

BASE = layer([file("a", b"base")])
ONE = image([BASE, layer([file("b", b"one")])], tags=["shop:1.0", "shop:latest"])
TWO = image([BASE, layer([file("b", b"two")])], tags=["shop:2.0"])
BOTH = [ONE, TWO]


def embedded(tmp_path):
    made = Engines(Settings(store=tmp_path / "store", engine="embedded"), lambda: Catalog(None)).default
    put(made, BOTH, tmp_path / "both.tar")
    return made


def memory(tmp_path):
    catalog = Catalog(None)
    made = memory_engine(tmp_path, catalog=lambda: catalog)
    put(made, BOTH, tmp_path / "both.tar")
    return made


def folder_of(write, name, **how):
    """The sample engine, on a folder in which this archive lies."""

    def made(tmp_path):
        (tmp_path / "archives").mkdir()
        write(BOTH, tmp_path / "archives" / name, **how)
        (tmp_path / "archives" / "README").write_text("no image")
        return Engine("folder", FolderImages(tmp_path / "archives", None))

    return made


ENGINES = {
    "embedded": embedded,
    "memory": memory,
    "folder of a docker archive": folder_of(docker_archive, "both.tar"),
    "folder of an old docker archive": folder_of(docker_archive, "both.tar", old=True),
    "folder of an oci archive": folder_of(oci_archive, "both.tar"),
    "folder of a layout": folder_of(oci_layout, "both"),
}


@pytest.fixture(params=[*ENGINES, *each_daemon()])
def images(request, tmp_path):
    with place(request, tmp_path) as engine:
        yield engine.images


@pytest.fixture(params=["embedded", "memory", *each_daemon()])
def store(request, tmp_path):
    with place(request, tmp_path) as engine:
        yield engine


def place(request, tmp_path):
    """The engine of this name, with both images."""
    if request.param in ENGINES:
        return nullcontext(ENGINES[request.param](tmp_path))
    return daemon_engines.lent(request, request.param, tmp_path, *BOTH)


def opened(images, name, platform=None):
    return images.open(name, platform, quiet())


def test_none_of_them_is_damaged(images):
    assert images.unreadable(images.list()) == images.unreadable([]) == 0


def test_the_list(images):
    found = {summary.id: summary for summary in images.list()}
    assert set(found) == {ONE.id, TWO.id}
    one = found[ONE.id]
    assert {name.familiar for name in one.names} == {"shop:1.0", "shop:latest"}
    assert one.created == "2026-01-02T03:04:05Z"


def test_what_the_list_knows_of_an_image_without_reading_it(request, images):
    """Where a daemon's list has less, that is empty."""
    one = next(summary for summary in images.list() if summary.id == ONE.id)
    facts = {"diff_ids": ONE.diff_ids, "architecture": "amd64", "os": "linux", "stored_size": one.stored_size}
    known = {name: getattr(one, name) for name in facts if getattr(one, name)}
    assert known == {name: facts[name] for name in known}
    if request.node.callspec.params["images"] in ENGINES:
        assert known.keys() == facts.keys()
        assert one.stored_size > len(BASE)


@pytest.mark.parametrize(
    "name", ["shop:1.0", "shop", "shop:latest", "docker.io/library/shop:1.0", ONE.id, ONE.id[7:19]]
)
def test_opened_by_name_and_by_id(images, name):
    image = opened(images, name)
    assert image.id == ONE.id
    assert image.diff_ids == ONE.diff_ids
    with image.layers[1].open() as content:
        assert content.read() == ONE.stored[1]


def test_what_is_not_there(images):
    for name in ("nobody:1", "shop:3.0", "sha256:" + "0" * 64):
        with pytest.raises(NotFound):
            opened(images, name)


def test_another_platform(images):
    assert opened(images, "shop:2.0", Platform("linux", "amd64")).id == TWO.id
    with pytest.raises(NotFound, match="arm64"):
        opened(images, "shop:2.0", Platform("linux", "arm64"))


def test_a_prefix_that_is_too_short_or_none(images):
    for name in ("Q", "ab", "zzzz"):
        with pytest.raises(LayertuiError):
            opened(images, name)


# ---------------------------------------------------------------- written to


def test_put_again_changes_nothing(store):
    image = opened(store.images, "shop:1.0")
    put = store.sink.put(image, image.names, quiet())
    assert put.moved == ()
    assert len(store.images.list()) == 2


def test_a_name_that_moves_is_reported(store):
    image = opened(store.images, "shop:2.0")
    put = store.sink.put(image, [Reference.parse("shop:1.0")], quiet())
    assert put.moved == ((Reference.parse("shop:1.0"), ONE.id),)
    assert opened(store.images, "shop:1.0").id == TWO.id
    with pytest.raises(Conflict):
        store.sink.put(image, [Reference.parse("shop:latest")], quiet(), clobber=False)
    assert opened(store.images, "shop:latest").id == ONE.id


def test_a_further_name(store):
    store.sink.tag("shop:1.0", Reference.parse("other:x"))
    assert opened(store.images, "other:x").id == ONE.id
    store.sink.tag(ONE.id, Reference.parse("other:y"))
    assert opened(store.images, "other:y").id == ONE.id
    with pytest.raises(NotFound):
        store.sink.tag("nobody", Reference.parse("other:z"))


def test_names_go_one_by_one_and_the_image_with_the_last(store):
    assert store.sink.remove("shop:1.0") == ((Reference.parse("shop:1.0"),), ())
    assert opened(store.images, "shop").id == ONE.id
    assert store.sink.remove("shop:latest") == ((Reference.parse("shop:latest"),), (ONE.id,))
    with pytest.raises(NotFound):
        opened(store.images, ONE.id)


def test_by_id_only_where_it_has_one_name_or_by_force(store):
    with pytest.raises(Conflict, match=r"shop:1\.0"):
        store.sink.remove(ONE.id)
    untagged, deleted = store.sink.remove(ONE.id, force=True)
    assert len(untagged) == 2
    assert deleted == (ONE.id,)
    assert store.sink.remove(TWO.id[7:19])[1] == (TWO.id,)


def test_blobs_go_with_their_image_and_shared_ones_stay(tmp_path):
    store = embedded(tmp_path)
    folder = tmp_path / "store/blobs/sha256"
    before = len(list(folder.iterdir()))
    store.sink.remove(ONE.id, force=True)
    assert len(list(folder.iterdir())) == before - 3
    with opened(store.images, "shop:2.0").layers[0].open() as content:
        assert content.read() == BASE
