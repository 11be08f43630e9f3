"""Vulnerabilities of others, by number: archives, manifests and configs that lie."""

import io
import json
import resource
import subprocess
import tarfile

import pytest

from builders import (
    digest_of,
    docker_files,
    file,
    folder,
    image,
    layer,
    layout_files,
    oci_archive,
    pack,
)
from clearing import clear
from command_line import layertui
from hostile.trial import try_archive

INDEX = "application/vnd.oci.image.index.v1+json"
BASE = layer([folder("etc"), file("etc/motd", b"hello\n")])


@pytest.mark.slow
def test_cve_2014_9358(trial):
    """docker < 1.3.3: an image's ID, a folder name in its archive, was not validated: it allowed path traversal and spoofing of other images."""
    files = docker_files(image([BASE], tags=["evil:1"]), old=True)
    for lead in ("../../outside", str(trial.outside), "..", "../../outside/secret"):
        names = {name.partition("/")[0] for name in files if name.endswith("/layer.tar")}
        moved = {name.replace(one, lead): content for name, content in files.items() for one in names}
        rows = json.loads(files["manifest.json"])
        rows[0]["Layers"] = [f"{lead}/layer.tar"]
        (trial.folder / "evil.tar").write_bytes(pack({**moved, "manifest.json": json.dumps(rows).encode()}))
        try_archive(trial, trial.folder / "evil.tar")
        assert trial.sound() == []


def test_cve_2014_8178(trial):
    """docker < 1.8.3: layers were identified by IDs that the image itself stated, so that one image could replace another's layer."""
    honest = image([layer([file("f", b"honest\n")])], tags=["honest:1"])
    files = layout_files(image([layer([file("f", b"evil\n")])], tags=["evil:1"]))
    lying = json.loads(image([layer([file("f", b"evil\n")])], tags=["evil:1"]).manifest)
    config = json.loads(files[f"blobs/sha256/{lying['config']['digest'][7:]}"])
    config["rootfs"]["diff_ids"] = json.loads(honest.config)["rootfs"]["diff_ids"]
    raw = json.dumps(config).encode()
    lying["config"] |= {"digest": digest_of(raw), "size": len(raw)}
    text = json.dumps(lying).encode()
    index = json.loads(files["index.json"])
    index["manifests"][0] |= {"digest": digest_of(text), "size": len(text)}
    files |= {f"blobs/sha256/{digest_of(blob)[7:]}": blob for blob in (raw, text)}
    (trial.folder / "evil.tar").write_bytes(pack({**files, "index.json": json.dumps(index).encode()}))
    trial.say("cat", trial.folder / "evil.tar", "/f")
    oci_archive(honest, trial.folder / "honest.tar")
    assert layertui("cat", trial.folder / "honest.tar", "/f", store=trial.store).ok().text == "honest\n"
    assert "DiffID" in trial.say("load", trial.folder / "evil.tar").err
    trial.say("load", trial.folder / "honest.tar")
    assert trial.say("cat", "honest:1", "/f").text == "honest\n"
    assert trial.sound() == []


def test_cve_2014_8179(trial):
    """docker < 1.8.3: the parsed manifest was not the content whose digest was verified: attributes could be injected."""
    files = layout_files(image([BASE], tags=["evil:1"]))
    name = f"blobs/sha256/{json.loads(files['index.json'])['manifests'][0]['digest'][7:]}"
    other = layer([file("f", b"evil\n")])
    evil = {
        "layers": [
            {"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": digest_of(other), "size": len(other)}
        ]
    }
    for manifest in (
        json.dumps(json.loads(files[name]) | evil).encode(),  # another list of layers
        files[name][:-1] + b"," + json.dumps(evil).encode()[1:],  # a second one
        files[name] + files[name],
    ):
        changed = {**files, name: manifest, f"blobs/sha256/{digest_of(other)[7:]}": other}
        (trial.folder / "evil.tar").write_bytes(pack(changed))
        trial.say("load", trial.folder / "evil.tar").failed()
        trial.say("cat", trial.folder / "evil.tar", "/f").failed()
    assert trial.say("--json", "images").json == []
    assert trial.sound() == []


@pytest.mark.slow
def test_cve_2024_3727(trial):
    """containers/image: a digest was used as a path before it was validated, which allowed path traversal."""
    files = layout_files(image([BASE], tags=["evil:1"]))
    for name in [name for name in files if name.startswith("blobs/")]:
        for lead in (
            "sha256:../../../outside/secret",
            "../../../outside:secret",
            "sha256:" + "a" * 63 + "/",
            "sha256:",
        ):
            text = {
                key: content.replace(f"sha256:{name[13:]}".encode(), lead.encode()) for key, content in files.items()
            }
            for path in (trial.folder / "evil.tar", trial.folder / "evil"):
                clear([path])
                if path.suffix:
                    path.write_bytes(pack(text))
                else:
                    subprocess.run(["mkdir", path], check=True)
                    with tarfile.open(fileobj=io.BytesIO(pack(text))) as tar:
                        tar.extraction_filter = getattr(tarfile, "data_filter", None)  # Python before 3.11.4 knows none
                        tar.extractall(path)
                trial.say("load", path)
                trial.say("history", path)
    assert trial.sound() == []


def test_cve_2021_41190(trial):
    """OCI distribution-spec 1.0.0: a document with both `manifests` and `layers` was an index for one client and a manifest for another."""
    built = image([BASE], tags=["evil:1"])
    for media in ("application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.index.v1+json", None):
        files = layout_files(built)
        both = json.loads(built.manifest) | {"manifests": json.loads(files["index.json"])["manifests"]}
        both.pop("mediaType", None)
        text = json.dumps(both | ({"mediaType": media} if media else {})).encode()
        index = json.loads(files["index.json"])
        index["manifests"][0] |= {"digest": digest_of(text), "size": len(text)}
        files |= {"index.json": json.dumps(index).encode(), f"blobs/sha256/{digest_of(text)[7:]}": text}
        (trial.folder / "evil.tar").write_bytes(pack(files))
        trial.say("load", trial.folder / "evil.tar").failed()
    assert trial.sound() == []
    assert trial.say("--json", "images").json == []


@pytest.mark.slow
def test_cve_2023_25153(trial):
    """containerd < 1.6.18: index.json and similar documents of any size were read into memory."""
    files = layout_files(image([BASE], tags=["evil:1"]))
    for name in ("index.json", "manifest.json", "oci-layout"):
        padded = {**files, name: files.get(name, b"[]") + b" " * (64 << 20)}
        (trial.folder / "evil.tar").write_bytes(pack(padded))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        done = trial.say("load", trial.folder / "evil.tar")
        assert name == "oci-layout" or "LAYERTUI_MAX_JSON " in done.err
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 << 10  # KiB
    assert trial.sound() == []


def test_cve_2026_53493(trial):
    """containerd: a few indexes that refer to each other many times caused an endless walk."""
    built = image([BASE], tags=["evil:1"])
    files = layout_files(built)
    entries = json.loads(files["index.json"])["manifests"]
    for _level in range(7):
        text = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries * 100}).encode()
        files[f"blobs/sha256/{digest_of(text)[7:]}"] = text
        entries = [{"mediaType": INDEX, "digest": digest_of(text), "size": len(text)}]
    (trial.folder / "evil.tar").write_bytes(
        pack({**files, "index.json": json.dumps({"schemaVersion": 2, "manifests": entries}).encode()})
    )
    trial.say("history", trial.folder / "evil.tar")
    trial.say("load", trial.folder / "evil.tar")
    assert trial.sound() == []
