"""One blob that two images call different things: what one of them says takes nothing from the other."""

import json

import pytest

from builders import digest_of, docker_files, file, image, layer, layout_files, pack
from command_line import layertui

pytestmark = pytest.mark.slow

HONEST = image([layer([file("f", b"precious")])], tags=["honest:1"])
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@pytest.fixture
def store(tmp_path):
    (tmp_path / "honest.tar").write_bytes(pack(docker_files(HONEST)))
    layertui("load", tmp_path / "honest.tar", store=tmp_path / "store").ok()
    return tmp_path / "store"


def whole(store):
    layertui("fsck", store=store).ok()
    layertui("gc", store=store).ok()
    layertui("fsck", "--repair", store=store).ok()
    assert layertui("cat", "honest:1", "/f", store=store).ok().out == b"precious"


def test_a_layer_that_is_the_manifest_of_another_image(store, tmp_path):
    """What that manifest leads to is needed all the same."""
    evil = image([HONEST.manifest], tags=["evil:1"])
    (tmp_path / "evil.tar").write_bytes(pack(layout_files(evil)))
    layertui("load", tmp_path / "evil.tar", store=store)
    whole(store)


@pytest.mark.parametrize("part", ["layers", "config"])
@pytest.mark.parametrize("kind", [MANIFEST, MANIFEST.replace("manifest", "index")])
def test_a_part_that_calls_itself_a_manifest(part, kind, store, tmp_path):
    """It is none, and the blob is a layer of another image."""
    manifest = json.loads(HONEST.manifest)
    described = manifest["config"] if part == "config" else manifest["layers"][0]
    described["mediaType"] = kind
    raw = json.dumps(manifest).encode()
    files = layout_files(HONEST)
    index = json.loads(files["index.json"])
    index["manifests"] = [{"mediaType": MANIFEST, "digest": digest_of(raw), "size": len(raw)}]
    files |= {"index.json": json.dumps(index).encode(), f"blobs/sha256/{digest_of(raw)[7:]}": raw}
    (tmp_path / "evil.tar").write_bytes(pack(files))
    layertui("load", tmp_path / "evil.tar", store=store)
    whole(store)
