"""A layer as daemons keep it: its files in a folder, and a tar-split file with all other bytes of its tar; and whole folders of theirs."""

import base64
import gzip
import io
import json
import os
import tarfile
from pathlib import Path

from builders.images import BuiltImage, chain_ids, digest_of


def split(tar: bytes, folder: Path) -> bytes:
    """Put the contents of a tar's files into a folder, and give the lines of its tar-split file."""
    folder.mkdir(parents=True, exist_ok=True)
    lines, at = [], 0

    def segment(end: int) -> None:
        nonlocal at
        if end > at:
            lines.append({"type": 2, "payload": base64.b64encode(tar[at:end]).decode(), "position": len(lines)})
        at = max(at, end)

    with tarfile.open(fileobj=io.BytesIO(tar), errors="surrogateescape", encoding="utf-8") as members:
        for member in members:
            segment(member.offset_data)
            raw = os.fsencode(member.name)
            line: dict[str, object] = {"type": 1, "payload": None, "position": len(lines)}
            try:
                line["name"] = raw.decode()
            except UnicodeDecodeError:
                line["name_raw"] = base64.b64encode(raw).decode()
            if member.isreg() and member.size:
                path = os.fsencode(folder) + b"/" + raw
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "wb") as file:
                    file.write(tar[member.offset_data : member.offset_data + member.size])
                line |= {"size": member.size, "payload": base64.b64encode(b"12345678").decode()}
                at += member.size
            lines.append(line)
    segment(len(tar))
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def docker_folder(image: BuiltImage, root: Path) -> Path:
    """What Docker's overlay2 store has of an image below its data folder."""
    store = root / "image/overlay2"
    configs = store / "imagedb/content/sha256"
    configs.mkdir(parents=True, exist_ok=True)
    (configs / image.id[7:]).write_bytes(image.config)
    for number, (chain, diff_id, tar) in enumerate(
        zip(chain_ids(image.diff_ids), image.diff_ids, image.layers, strict=True)
    ):
        layer = store / "layerdb/sha256" / chain[7:]
        layer.mkdir(parents=True)
        (layer / "diff").write_text(diff_id)
        (layer / "cache-id").write_text(f"cache{number}")
        lines = split(tar, root / f"overlay2/cache{number}/diff")
        (layer / "tar-split.json.gz").write_bytes(gzip.compress(lines))
    return root


def podman_folder(image: BuiltImage, root: Path, *, driver: str = "overlay") -> Path:
    """What containers/storage has of an image below its graph root."""
    images, layers = root / f"{driver}-images", root / f"{driver}-layers"
    own = images / image.id[7:]
    own.mkdir(parents=True)
    layers.mkdir()
    for key, content in ((image.id, image.config), ("manifest", image.manifest)):
        name = key if key == "manifest" else "=" + base64.b64encode(key.encode()).decode()
        (own / name).write_bytes(content)
    parent, rows = "", []
    for diff_id, chain, tar in zip(image.diff_ids, chain_ids(image.diff_ids), image.layers, strict=True):
        folder = root / (f"overlay/{chain[7:]}/diff" if driver == "overlay" else f"vfs/dir/{chain[7:]}")
        (layers / f"{chain[7:]}.tar-split.gz").write_bytes(gzip.compress(split(tar, folder)))
        rows.append({"id": chain[7:], "parent": parent, "diff-digest": diff_id, "diff-size": len(tar)})
        parent = chain[7:]
    row = {
        "id": image.id[7:],
        "digest": digest_of(image.manifest),
        "names": [tag if "/" in tag else f"docker.io/library/{tag}" for tag in image.tags],
        "layer": parent,
        "created": "2026-01-02T04:04:05.5+01:00",
    }
    (layers / "layers.json").write_text(json.dumps(rows))
    (images / "images.json").write_text(json.dumps([row]))
    return root
