"""The images that the benchmarks measure on are images: every digest holds, in the opinion of the standard library."""

import hashlib
import importlib.util
import json
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def images():
    spec = importlib.util.spec_from_file_location("benchmark_images", ROOT / "benchmarks/images.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.mark.parametrize(
    ("kind", "scale"), [("tiny", 1.0), ("many", 0.01), ("wh", 0.02), ("smallnw", 0.001), ("huge", 0.0005)]
)
def test_an_archive_of_a_kind_is_sound(images, tmp_path, kind, scale):
    path = tmp_path / "image.tar"
    image_id = images.make(kind, path, scale=scale)
    with tarfile.open(path) as tar:
        (row,) = json.loads(tar.extractfile("manifest.json").read())
        config_bytes = tar.extractfile(row["Config"]).read()
        config = json.loads(config_bytes)
        layers = [tar.extractfile(name).read() for name in row["Layers"]]
        blobs = {
            name.removeprefix("blobs/sha256/"): tar.extractfile(name).read()
            for name in tar.getnames()
            if name.count("/") == 2
        }
    assert image_id == f"sha256:{hashlib.sha256(config_bytes).hexdigest()}"
    assert [f"sha256:{hashlib.sha256(content).hexdigest()}" for content in layers] == config["rootfs"]["diff_ids"]
    assert all(hashlib.sha256(content).hexdigest() == digest for digest, content in blobs.items())
    assert len([step for step in config["history"] if not step.get("empty_layer")]) == len(layers)


def test_the_same_seed_makes_the_same_image(images, tmp_path):
    once = images.make("many", tmp_path / "a.tar", scale=0.01)
    assert images.make("many", tmp_path / "b.tar", scale=0.01) == once
    assert images.make("many", tmp_path / "c.tar", scale=0.01, seed=2) != once


def test_long_names_are_whole(images, tmp_path):
    name, target = "a/" * 80 + "name", "b/" * 90 + "target"
    with (tmp_path / "layer.tar").open("wb") as out:
        layer = images.LayerWriter(out)
        layer.file(name, b"content")
        layer.symlink("link", target)
        layer.write(bytes(1024))
    with tarfile.open(tmp_path / "layer.tar") as tar:
        assert tar.extractfile(name).read() == b"content"
        assert tar.getmember("link").linkname == target
