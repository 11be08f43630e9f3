"""Images made of others: one layer more, another config, one of a tar."""

import io
import json

import pytest

from builders import file, image, layer, oci_archive
from layertui.core.errors import Damaged, UsageError
from layertui.core.images.archive.archive import open_archive
from layertui.core.images.build_image import BuiltBlob, from_tar, with_layer
from layertui.core.images.history_steps import steps
from layertui.core.oci.descriptor import Descriptor, Platform
from layertui.core.oci.digest import DiffID, digest_of
from layertui.core.oci.image_config import HistoryEntry
from layertui.core.oci.media_types import OCI_LAYER
from layertui.core.progress import quiet
from layertui.core.store.store_check import fsck
from layertui.core.store.store_layout import Store

BASE, TOP = layer([file("a", b"a")]), layer([file("b", b"b")])
TIME = "2026-11-24T08:00:00Z"


def part(content):
    return Descriptor(OCI_LAYER, digest_of(content), len(content)), DiffID(digest_of(content))


@pytest.fixture
def base(tmp_path):
    built = image(
        [BASE],
        history=["ADD a /", "ENV A=1"],
        empty=[1],
        config={"Env": ["A=1"], "Cmd": ["sh"]},
        schema="docker",
        docker_version="20",
        moby="kept",
    )
    return open_archive(oci_archive(built, tmp_path / "base.tar")).images[0]


def test_an_image_of_a_tar():
    draft = from_tar(*part(BASE), created=TIME, platform=Platform("linux", "arm64", "v8"))
    made = draft.image(BuiltBlob({digest_of(BASE): BASE}))
    assert json.loads(made.config_bytes) == {
        "architecture": "arm64",
        "os": "linux",
        "variant": "v8",
        "created": TIME,
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": [digest_of(BASE)]},
        "history": [{"created": TIME, "comment": "Imported from -"}],
    }
    (step,) = steps(made)
    assert (step.created_by, step.comment, step.number) == ("", "Imported from -", 1)
    assert made.layers[0].open().read() == BASE


def test_an_import_with_a_message_and_changes():
    made = from_tar(*part(BASE), message="from home", changes=['CMD ["sh"]', "ENV A=b"]).image(BuiltBlob({}))
    assert made.config.history[0].comment == "from home"
    assert made.config.config.cmd == ("sh",)
    assert made.config.created is not None
    with pytest.raises(UsageError):
        from_tar(*part(BASE), changes=["COPY a b"])


def test_one_layer_more(base):
    entry = HistoryEntry(created=TIME, created_by="touch /b", comment="m", author="me")
    made = with_layer(base, *part(TOP), entry, ["ENV B=2"]).image(BuiltBlob({digest_of(TOP): TOP}, base.blobs))
    assert [one.open().read() for one in made.layers] == [BASE, TOP]
    assert [one.command for one in steps(made)] == ["ADD a /", "ENV A=1", "touch /b"]
    assert made.config.config.env == ("A=1", "B=2")
    assert made.config.config.cmd == ("sh",)
    assert (made.config.created, made.config.author) == (TIME, "me")
    assert made.config.extra == {"moby": "kept"}
    assert all(one.media_type == OCI_LAYER for one in made.layers)
    assert made.manifest.media_type.startswith("application/vnd.oci")


def test_a_step_that_made_nothing(base):
    made = with_layer(base, None, None, HistoryEntry(created=TIME, created_by="true")).image(base.blobs)
    assert made.diff_ids == base.diff_ids
    assert made.config.history[-1].empty_layer
    assert made.id != base.id


def test_what_is_made_goes_into_a_store(base, store_folder):
    store = Store(store_folder)
    store.put(base)
    with store.writing():
        descriptor, diff_id = store.blobs.ingest_layer(io.BytesIO(TOP), quiet())
        made = with_layer(base, descriptor, diff_id, HistoryEntry(created_by="x")).image(store.blobs)
        stored = store.put(made).image
    assert stored.id == made.id
    assert len(store.images()) == 2
    assert fsck(store).ok


def test_blobs_that_are_nowhere():
    made = from_tar(*part(BASE)).image(BuiltBlob({}))
    with pytest.raises(Damaged, match=digest_of(BASE)):
        made.layers[0].open()
