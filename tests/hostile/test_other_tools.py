"""What other tools keep in the layout, or write there while we look: it stays, and is no damage."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from builders import docker_archive, file, image, layer
from command_line import layertui
from layertui.core.store import index_file

pytestmark = pytest.mark.slow

DEMO = image([layer([file("motd", b"hello\n")])], tags=["demo:1"], config={"Cmd": ["true"]})
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@pytest.fixture
def store(tmp_path, store_folder) -> Path:
    layertui("load", docker_archive(DEMO, tmp_path / "demo.tar"), store=store_folder).ok()
    return store_folder


def put(store: Path, content: object, media_type: str) -> dict[str, Any]:
    """A blob, and its descriptor."""
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    encoded = hashlib.sha256(raw).hexdigest()
    (store / "blobs/sha256" / encoded).write_bytes(raw)
    return {"mediaType": media_type, "digest": f"sha256:{encoded}", "size": len(raw)}


def change(store: Path, **entries: Any) -> None:
    index = json.loads((store / "index.json").read_bytes())
    (store / "index.json").write_text(json.dumps({**index, **entries}))


def index_of(store: Path) -> dict[str, Any]:
    return dict(json.loads((store / "index.json").read_bytes()))


def test_what_is_no_image_stays(store, tmp_path):
    """A chart, an artifact, a document of an unknown type, with everything that they refer to; and files beside them."""
    config, part = put(store, {"name": "chart"}, "application/vnd.cncf.helm.config.v1+json"), b"part"
    chart = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [put(store, part, "chart/tar")]}
    artifact = {"artifactType": "a/b", "blobs": [put(store, b"blob of an artifact", "x/y")]}
    unknown = {"config": put(store, b"{}", "x/config"), "layers": [put(store, b"other", "x/layer")]}
    listed = [
        put(store, chart, MANIFEST) | {"annotations": {"org.opencontainers.image.ref.name": "chart-1", "of": "theirs"}},
        put(store, artifact, "application/vnd.oci.artifact.manifest.v1+json"),
        put(store, unknown, "application/vnd.foo.manifest+json"),
    ]
    change(store, manifests=[*index_of(store)["manifests"], *listed], annotations={"top": "kept"}, foreign=[1])
    (store / "README").write_text("theirs")
    before = {path: path.read_bytes() for path in (*store.rglob("blobs/*/*"), store / "README")}
    assert layertui("images", store=store).ok().err == ""
    layertui("tag", "demo:1", "demo:2", store=store).ok()
    layertui("fsck", store=store).ok()
    layertui("fsck", "--repair", store=store).ok()
    layertui("gc", store=store).ok()
    assert {path: path.read_bytes() for path in before} == before
    after = index_of(store)
    assert [one for one in listed if one not in after["manifests"]] == []
    assert (after["annotations"], after["foreign"]) == ({"top": "kept"}, [1])


def test_an_entry_that_does_not_say_what_it_is(store, tmp_path):
    """It leads to an image all the same."""
    (entry,) = index_of(store)["manifests"]
    del entry["mediaType"]
    change(store, manifests=[entry])
    layertui("gc", store=store).ok()
    layertui("fsck", store=store).ok()
    layertui("load", tmp_path / "demo.tar", store=store).ok()
    assert [one["tags"] for one in layertui("images", "--json", store=store).ok().json] == [["demo:1"]]
    assert layertui("cat", "demo:1", "/motd", store=store).ok().out == b"hello\n"


@pytest.mark.parametrize("words", [("images",), ("tag", "demo:1", "demo:2"), ("gc",), ("fsck",)])
def test_an_index_that_another_tool_is_writing(words, store, monkeypatch):
    """Not by a rename, but in its place: for a moment it is empty."""
    whole = (store / "index.json").read_bytes()
    (store / "index.json").write_bytes(b"")
    monkeypatch.setattr(index_file.time, "sleep", lambda _: (store / "index.json").write_bytes(whole))
    layertui(*words, store=store).ok()
    assert "demo:1" in layertui("images", "--json", store=store).ok().text
