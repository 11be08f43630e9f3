"""A list with summaries is the list without them, whatever was done to the store and by whom."""

import json
import os
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import BuiltIndex, digest_of, file, folder, image, layer, oci_archive, oci_layout
from layertui.core.engines.discover import Engines
from layertui.core.engines.image_values import summary
from layertui.core.errors import LayertuiError
from layertui.core.images.archive.archive import open_archive
from layertui.core.layers.cache.catalog import Catalog
from layertui.core.oci.digest import Digest
from layertui.core.oci.reference import Reference
from layertui.core.progress import quiet
from layertui.core.settings import Settings
from layertui.core.store.store_check import df, fsck, gc
from layertui.core.store.store_layout import Store

pytestmark = pytest.mark.slow

BASE = layer([folder("etc"), file("etc/motd", b"hello")])
TOP = layer([file("a", b"a" * 2000)])
IMAGES = [
    image([BASE], tags=["one:1"]),
    image([BASE, TOP], tags=["two:1", "two:2"], compress="gzip"),
    image([TOP, TOP], tags=["three:1"], compress="zstd"),
    image([BASE, TOP], tags=["two:1"]),
    image([]),
]
SIZES = {digest_of(BASE): 5, digest_of(TOP): 2000}
NAMES = ["one:1", "two:1", "two:2", "three:1", "host.example:5000/a/b:v1"]
SEVERAL = BuiltIndex((image([BASE]), image([BASE], architecture="arm64")), ("several:1",))

PUT = st.tuples(st.just("put"), st.integers(0, len(IMAGES) - 1))
TAG = st.tuples(st.just("tag"), st.tuples(st.integers(0, 9), st.sampled_from(NAMES)))
REMOVE = st.tuples(st.just("remove"), st.tuples(st.sampled_from(NAMES), st.booleans()))
COPY = st.tuples(st.just("copy"), st.integers(0, len(IMAGES)))
DAMAGE = st.tuples(st.sampled_from(["lose", "overwrite", "cut"]), st.integers(0, 30))
OTHER = st.tuples(st.sampled_from(["gc", "repair", "list"]), st.none())


@settings(max_examples=50, deadline=None)
@given(st.lists(st.one_of(PUT, PUT, TAG, REMOVE, COPY, DAMAGE, OTHER), max_size=8))
def test_the_list_is_as_without_summaries(operations):
    with tempfile.TemporaryDirectory() as place:
        long_at_work = _engine(place)
        for what, with_what in operations:
            _do(Path(place), what, with_what)
            told = long_at_work.images.list()
            assert told == _engine(place).images.list() == _without(place)
            assert long_at_work.images.unreadable(told) == _unreadable(place)
            assert df(Store(_store(place))).images == len(told)


def _store(place):
    return Path(place) / "store"


def _engine(place):
    where = Settings(store=_store(place), engine="embedded")
    return Engines(where, lambda: Catalog(where.cache)).default


def _without(place):
    """Every image read. What the files of a layer take is known of these layers, as long as it is there."""
    store = Store(_store(place))
    found = []
    for one in store.images():
        is_there = all(store.blobs.size(layer.digest) == layer.size for layer in one.layers)
        found.append(replace(summary(one), size=sum(map(SIZES.get, one.diff_ids)) if is_there else None))
    return found


def _unreadable(place):
    """As listed by a store without a cache."""
    kept, away = _store(place) / "cache/images.json", Path(place) / "away"
    if kept.exists():
        kept.rename(away)
    unreadable = Store(_store(place)).summaries().unreadable
    if away.exists():
        away.rename(kept)
    return unreadable


def _do(place, what, with_what):
    path, sink = _store(place), _engine(place).sink
    store = Store(path)
    try:
        match what:
            case "put":
                with open_archive(oci_archive(IMAGES[with_what], place / "in.tar")) as archive:
                    for one in archive.images:
                        sink.put(one, one.names, quiet())
            case "tag":
                at, name = with_what
                images = store.images()
                if images:
                    sink.tag(images[at % len(images)].id, Reference.parse(name))
            case "remove":
                sink.remove(with_what[0], force=with_what[1])
            case "copy":
                _copy(path, oci_layout([*IMAGES, SEVERAL][with_what], place / f"in-{with_what}"))
            case "gc":
                gc(store)
            case "repair":
                fsck(store, repair=True)
            case "list":
                _engine(place).images.list()
            case _:
                _damage(store, what, with_what)
    except LayertuiError:
        pass  # what a damaged store refuses


def _copy(path, layout):
    """As skopeo does: blobs, and an index that another tool replaces."""
    for blob in (layout / "blobs/sha256").iterdir():
        target = path / "blobs/sha256" / blob.name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            target.write_bytes(blob.read_bytes())
    (path / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    ours = json.loads((path / "index.json").read_bytes()) if (path / "index.json").exists() else {"schemaVersion": 2}
    theirs = json.loads((layout / "index.json").read_bytes())["manifests"]
    ours["manifests"] = [*ours.get("manifests", []), *theirs]
    (path / "index.json").write_text(json.dumps(ours))


def _damage(store, what, at):
    blobs = [digest for digest, _ in store.blobs.listed()]
    if not blobs:
        return
    blob = store.blobs.path(Digest(blobs[at % len(blobs)]))
    content = blob.read_bytes()
    blob.chmod(0o644)
    if what == "lose":
        blob.unlink()
    elif what == "cut":
        os.truncate(blob, len(content) // 2)
    elif content.startswith(b"{"):  # of a layer it would show nowhere but in its sum
        blob.write_bytes(content[::-1])
