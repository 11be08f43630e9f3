"""Which paths the image declares as volumes is recorded with a container: no manifest and no config is read for it later."""

import io
import json

import pytest

from builders import file, folder, image, layer
from containing import engine_at, options
from layertui.core.progress import quiet
from layertui.core.store.store_layout import Store

BUILT = image(
    [layer([folder("srv"), file("srv/page", b"page")])], tags=["web:1"], config={"Cmd": ["x"], "Volumes": {"/srv": {}}}
)


@pytest.fixture
def engine(tmp_path):
    return engine_at(tmp_path / "store", built=BUILT)


@pytest.fixture
def container(engine):
    return engine.containers.create(engine.images.open("web:1", None, quiet()), "web:1", options())


def write(engine, container, path):
    engine.containers.files.writable_layer(container.id).write(path, io.BytesIO(b"new"))


def test_it_is_in_the_record(engine, container):
    assert container.image_volumes == ("/srv",)
    assert engine.containers.get(container.id).image_volumes == ("/srv",)


def test_a_volume_is_written_to_without_reading_the_image(engine, container, monkeypatch):
    write(engine, container, "/new")  # from here on the layers below are at hand
    asked = []
    image_of = Store.image
    monkeypatch.setattr(Store, "image", lambda store, digest: asked.append(digest) or image_of(store, digest))
    engine.containers.get(container.id)
    assert asked == []
    write(engine, container, "/top")
    assert len(asked) <= 1, "the layers below may be asked for, the declared volumes not again"


def test_a_record_without_it_is_read_and_the_image_tells(engine, container, tmp_path):
    path = tmp_path / "store/containers" / container.id / "record.json"
    record = json.loads(path.read_text())
    del record["image_volumes"]
    path.write_text(json.dumps(record))
    assert engine.containers.get(container.id).image_volumes is None
    write(engine, container, "/srv/page")
    write(engine, container, "/seen")
    assert [line.path for line in engine.containers.files.diff(container.id)] == ["/seen"]
