"""Little that is named often: reading it again for each name would take for ever. Each ends within what a trial allows, and with one line."""

import gzip
import json
import os

import pytest

from builders import digest_of, docker_files, file, folder, image, layer, pack
from hostile.trial import Trial
from layertui.core.bounds import PREFIX

pytestmark = pytest.mark.slow

CONFIG = "application/vnd.oci.image.config.v1+json"


@pytest.fixture
def trial(tmp_path):
    made = Trial(tmp_path / "trial")
    yield made
    assert made.sound() == []


def config_of(steps):
    return b'{"os":"linux","rootfs":{"type":"layers","diff_ids":[]},"history":[%s]}' % b",".join([b"{}"] * steps)


def listed(documents, *more, kind="manifest"):
    """A layout whose index lists these documents."""
    media_type = f"application/vnd.oci.image.{kind}.v1+json"
    entries = [{"mediaType": media_type, "digest": digest_of(one), "size": len(one)} for one in documents]
    return {
        "oci-layout": b'{"imageLayoutVersion":"1.0.0"}',
        "index.json": json.dumps({"schemaVersion": 2, "manifests": entries}).encode(),
        **{f"blobs/sha256/{digest_of(one)[7:]}": one for one in (*documents, *more)},
    }


def one_config():
    """Many images of one long config."""
    config = config_of(20_000)
    described = {"mediaType": CONFIG, "digest": digest_of(config), "size": len(config)}
    plain = {"schemaVersion": 2, "config": described, "layers": []}
    return listed([json.dumps({**plain, "annotations": {"n": str(n)}}).encode() for n in range(1000)], config)


def one_index():
    """One index that is named a thousand times."""
    platform = {"os": "linux", "architecture": "amd64"}
    below = [
        {
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": f"sha256:{n:064x}",
            "size": 2,
            "platform": platform,
        }
        for n in range(15_000)
    ]
    return listed([json.dumps({"schemaVersion": 2, "manifests": below}).encode()] * 1000, kind="index")


def one_file():
    """A config that manifest.json calls by a thousand names."""
    rows = [{"Config": "." + "/" * n + "c.json", "Layers": []} for n in range(1, 1000)]
    return {"manifest.json": json.dumps(rows).encode(), "c.json": config_of(20_000)}


@pytest.mark.parametrize("made", [one_config, one_index, one_file])
def test_documents(made, trial, monkeypatch):
    monkeypatch.setenv(f"{PREFIX}DOCUMENTS", "8m")
    path = trial.folder / "evil.tar"
    path.write_bytes(pack(made()))
    assert f"{PREFIX}DOCUMENTS" in trial.say("history", path).err


def test_a_history_of_a_million_steps(trial):
    config = config_of(1_300_000)
    described = {"mediaType": CONFIG, "digest": digest_of(config), "size": len(config)}
    path = trial.folder / "evil.tar"
    path.write_bytes(
        pack(listed([json.dumps({"schemaVersion": 2, "config": described, "layers": []}).encode()], config))
    )
    assert f"{PREFIX}DOCUMENTS" in trial.say("history", path).err


def test_one_member_under_many_diff_ids(trial):
    """It is hashed once, whatever its names."""
    config = {"os": "linux", "rootfs": {"type": "layers", "diff_ids": [digest_of(b"%d" % n) for n in range(900)]}}
    row = {"Config": "c.json", "Layers": [f"{'./' * (n % 9)}z" for n in range(900)]}
    files = {"manifest.json": [row], "c.json": config}
    pressed = gzip.compress(layer([file("f", os.urandom(16 << 20))]), 0)
    path = trial.folder / "evil.tar"
    path.write_bytes(pack({**{name: json.dumps(one).encode() for name, one in files.items()}, "z": pressed}))
    trial.say("history", path)


@pytest.mark.parametrize(("verb", "times"), [("layers", 2000), ("compare", 600)])
def test_one_layer_many_times(verb, times, trial):
    path = trial.folder / "evil.tar"
    path.write_bytes(pack(docker_files(image([layer([folder("etc")]), *[layer([file("f")])] * times]))))
    done = trial.say(verb, path, *([path] if verb == "compare" else []))
    assert done.code == (times > 1000)


def test_a_path_of_many_steps(trial):
    """In a folder each step is looked at on disk."""
    (trial.folder / "layout/l").mkdir(parents=True)
    rows = [{"Config": "l/../" * 100_000 + "c.json", "Layers": []}]
    (trial.folder / "layout/manifest.json").write_text(json.dumps(rows))
    (trial.folder / "layout/c.json").write_bytes(config_of(1))
    assert trial.say("history", trial.folder / "layout").code == 1


def test_folders_deeper_than_are_made(trial):
    path = trial.folder / "evil.tar"
    tar = layer([file("a/" * 1500 + "f")])
    path.write_bytes(pack(docker_files(image([tar], tags=["evil:1"], config={"Cmd": ["sh"]}))))
    trial.say("load", path).ok()
    trial.say("create", "--name", "box", "evil:1").ok()
    assert f"{PREFIX}DEPTH" in trial.say("start", "box").err
