"""Layers that a daemon has are not sent to it again, and what it has then is the whole image."""

import io
import random
import tarfile

import pytest

from builders import docker_archive, file, image, layer
from daemon_engines import each_daemon, lent
from layertui.core.engines.daemon.images import image_upload
from layertui.core.errors import LayertuiError
from layertui.core.images.archive.archive import from_stream, open_archive
from layertui.core.oci.digest import digest_of
from layertui.core.progress import quiet

_SIZE = 3 << 19  # bytes, of which three layers are more than is sent without a question


def _layer(name):
    return layer([file(name, random.Random(name).randbytes(_SIZE))])


LAYERS = [_layer(name) for name in ("low", "middle", "high")]
BASE = image(LAYERS[:2], config={"Cmd": ["sh"]}, tags=["base:1"])
TOP = image(LAYERS, config={"Cmd": ["sh"]}, tags=["docker.io/library/top:1"])


@pytest.fixture
def sent(monkeypatch):
    """The bytes of each archive that is sent."""
    found, upload = [], image_upload.upload

    def counting(client, path, what, write, progress, **params):
        def counted(out):
            kept = io.BytesIO()
            write(kept)
            found.append(len(kept.getvalue()))
            out.write(kept.getvalue())

        return upload(client, path, what, counted, progress, **params)

    monkeypatch.setattr(image_upload, "upload", counting)
    return found


@pytest.fixture(params=each_daemon())
def engine(request, tmp_path):
    with lent(request, request.param, tmp_path, BASE) as made:
        yield made


@pytest.fixture
def top(tmp_path):
    with docker_archive([TOP], tmp_path / "top.tar").open("rb") as file:
        return from_stream(file, None).images[0]


def test_only_the_layer_that_it_lacks_is_sent(engine, top, sent):
    put = engine.sink.put(top, top.names, quiet()).image
    assert put.id == top.id
    assert _SIZE < sum(sent) < 2 * _SIZE
    opened = engine.images.open("top:1", None, quiet())
    assert opened.diff_ids == top.diff_ids
    for one in opened.layers:
        with one.open_at() as tar:
            assert len(tar.read()) > _SIZE
    engine.images.open("base:1", None, quiet())


def test_of_an_image_whose_layers_it_has_none_is_sent(engine, tmp_path, sent):
    other = image(LAYERS[:2], config={"Cmd": ["other"]}, tags=["docker.io/library/other:1"])
    with docker_archive([other], tmp_path / "other.tar").open("rb") as file:
        given = from_stream(file, None).images[0]
    assert engine.sink.put(given, given.names, quiet()).image.id == given.id
    assert sum(sent) < _SIZE


def test_where_a_layer_is_gone_meanwhile_all_are_sent(engine, top, sent, monkeypatch):
    everything = {one.diff_id for one in top.layers}
    monkeypatch.setattr(image_upload.ImageUpload, "_asked", lambda *_: everything)
    monkeypatch.setattr(
        "layertui.core.engines.daemon.images.daemon_folder.DaemonFolder.held",
        lambda _, blobs: {one.digest for one in blobs},
    )
    assert engine.sink.put(top, top.names, quiet()).image.id == top.id
    assert sent[0] < _SIZE
    assert sent[1] > 3 * _SIZE


def test_another_error_is_not_hidden_by_a_second_try(engine, top, monkeypatch):
    tried = []

    def failing(*_, **__):
        tried.append(1)
        raise LayertuiError("no space left on device")

    monkeypatch.setattr(image_upload, "upload", failing)
    with pytest.raises(LayertuiError, match="no space left"):
        engine.sink.put(top, top.names, quiet())
    assert len(tried) <= 2


def test_a_small_image_that_was_saved_without_a_base_that_the_daemon_has(engine, tmp_path):
    """Of so small a one all would be sent without a question; but what the daemon has is not in it."""
    low, high = layer([file("low", "low")]), layer([file("high", "high")])
    base, whole = image([low], tags=["small:base"]), image([low, high], tags=["docker.io/library/small:1"])
    docker_archive([whole], tmp_path / "whole.tar")
    with open_archive(docker_archive([base], tmp_path / "base.tar")) as archive:
        engine.sink.put(archive.images[0], archive.images[0].names, quiet())
    left_out = f"blobs/sha256/{digest_of(low).encoded}"
    with tarfile.open(tmp_path / "whole.tar") as tar, tarfile.open(tmp_path / "part.tar", "w") as part:
        for member in tar:
            if member.name != left_out:
                part.addfile(member, tar.extractfile(member) if member.isreg() else None)
        assert left_out in tar.getnames()
    with open_archive(tmp_path / "part.tar") as archive:
        put = engine.sink.put(archive.images[0], archive.images[0].names, quiet()).image
    assert put.id == whole.id
    assert put.diff_ids == whole.diff_ids
