"""Layer tars and `docker save` archives, written from nothing but the standard library: no opinion of ours is in them."""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

EPOCH = 1_767_225_600  # 2026-01-01T00:00:00Z
BLOCK = 512


def header(name: bytes, size: int, *, kind: bytes = b"0", mode: int = 0o644, uid: int = 0, link: bytes = b"") -> bytes:
    """Write a ustar header; a name or link that does not fit gets GNU's long header before it."""
    before = b""
    for long, kind_of_long in ((name, b"L"), (link, b"K")):
        if len(long) > 100:
            body = long + b"\0"
            before += _block(b"././@LongLink", len(body), kind_of_long, 0, 0, b"") + body + padding(len(body))
    return before + _block(name[:100], size, kind, mode, uid, link[:100])


def _block(name: bytes, size: int, kind: bytes, mode: int, uid: int, link: bytes) -> bytes:
    block = b"%s%07o\0%07o\0%07o\0%s\0%011o\0        %s%s" % (
        name.ljust(100, b"\0"),
        mode,
        uid,
        uid,
        b"%011o" % size,
        EPOCH,
        kind,
        link.ljust(100, b"\0"),
    )
    block = (block + b"ustar  \0").ljust(BLOCK, b"\0")
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def padding(size: int) -> bytes:
    """Fill up to the next block."""
    return bytes(-size % BLOCK)


@dataclass
class LayerWriter:
    """One layer tar, written and summed in one pass."""

    out: BinaryIO
    sum: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    size: int = 0
    folders: set[bytes] = field(default_factory=set)

    def write(self, content: bytes) -> None:
        """Write raw bytes of the tar."""
        self.out.write(content)
        self.sum.update(content)
        self.size += len(content)

    def folder(self, path: str, **how: int) -> None:
        """Write a folder once, and those it lies in."""
        raw = os.fsencode(path.strip("/"))
        parts = raw.split(b"/")
        for depth in range(1, len(parts) + 1):
            parent = b"/".join(parts[:depth]) + b"/"
            if parent not in self.folders:
                self.folders.add(parent)
                self.write(header(parent, 0, kind=b"5", mode=0o755, **how))

    def file(self, path: str, content: bytes, *, mode: int = 0o644, uid: int = 0) -> None:
        """Write a file."""
        self.write(header(os.fsencode(path), len(content), mode=mode, uid=uid) + content + padding(len(content)))

    def symlink(self, path: str, target: str) -> None:
        """Write a symbolic link."""
        self.write(header(os.fsencode(path), 0, kind=b"2", mode=0o777, link=os.fsencode(target)))

    def whiteout(self, path: str) -> None:
        """Mark a path as removed."""
        parent, _, name = path.rpartition("/")
        self.file(f"{parent}/.wh.{name}", b"", mode=0)

    def opaque(self, path: str) -> None:
        """Mark a folder as emptied."""
        self.folder(path)
        self.file(f"{path}/.wh..wh..opq", b"", mode=0)

    def big(self, path: str, size: int, chunks: Iterator[bytes]) -> None:
        """Write a file of `size` bytes out of chunks."""
        self.write(header(os.fsencode(path), size))
        left = size
        while left:
            chunk = next(chunks)[:left]
            self.write(chunk)
            left -= len(chunk)
        self.write(padding(size))


class ArchiveWriter:
    """A `docker save` archive in the form of docker 25 and later: an OCI layout that has a manifest.json too."""

    def __init__(self, path: Path, name: str) -> None:
        self.out = path.open("w+b")
        self.name = name
        self.layers: list[tuple[str, int]] = []
        self.history: list[dict[str, object]] = []
        for folder in (b"blobs/", b"blobs/sha256/"):
            self.out.write(header(folder, 0, kind=b"5", mode=0o755))

    @contextmanager
    def layer(self, created_by: str) -> Iterator[LayerWriter]:
        """Write a layer straight to its place; its name, which is its digest, is filled in at the end."""
        start = self.out.tell()
        self.out.write(bytes(BLOCK))
        layer = LayerWriter(self.out)
        yield layer
        layer.write(bytes(2 * BLOCK))
        self.out.write(padding(layer.size))
        digest = layer.sum.hexdigest()
        self.out.seek(start)
        self.out.write(header(f"blobs/sha256/{digest}".encode(), layer.size))
        self.out.seek(0, os.SEEK_END)
        self.layers.append((f"sha256:{digest}", layer.size))
        self._step(created_by)

    def metadata(self, created_by: str) -> None:
        """Write a step that made no layer."""
        self._step(created_by)
        self.history[-1]["empty_layer"] = True

    def _step(self, created_by: str) -> None:
        self.history.append({"created": "2026-01-01T00:00:00Z", "created_by": created_by})

    def close(self) -> str:
        """Write config, manifest and index; give the image's ID."""
        config = _json(
            {
                "architecture": "amd64",
                "os": "linux",
                "created": "2026-01-01T00:00:00Z",
                "config": {"Env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"], "Cmd": ["/bin/sh"]},
                "rootfs": {"type": "layers", "diff_ids": [digest for digest, _ in self.layers]},
                "history": self.history,
            }
        )
        media = "application/vnd.oci.image."
        manifest = _json(
            {
                "schemaVersion": 2,
                "mediaType": f"{media}manifest.v1+json",
                "config": _descriptor(f"{media}config.v1+json", config),
                "layers": [{"mediaType": f"{media}layer.v1.tar", "digest": d, "size": s} for d, s in self.layers],
            }
        )
        annotations = {
            "io.containerd.image.name": f"docker.io/library/{self.name}",
            "org.opencontainers.image.ref.name": self.name.rpartition(":")[2],
        }
        index = {
            "schemaVersion": 2,
            "manifests": [_descriptor(f"{media}manifest.v1+json", manifest) | {"annotations": annotations}],
        }
        rows = [
            {
                "Config": _blob_path(config),
                "RepoTags": [self.name],
                "Layers": [f"blobs/sha256/{digest[7:]}" for digest, _ in self.layers],
            }
        ]
        for path, content in [
            (_blob_path(config), config),
            (_blob_path(manifest), manifest),
            ("oci-layout", _json({"imageLayoutVersion": "1.0.0"})),
            ("index.json", _json(index)),
            ("manifest.json", _json(rows)),
        ]:
            self.out.write(header(path.encode(), len(content)) + content + padding(len(content)))
        self.out.write(bytes(2 * BLOCK))
        self.out.close()
        return _digest(config)


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _blob_path(content: bytes) -> str:
    return f"blobs/sha256/{_digest(content)[7:]}"


def _descriptor(media_type: str, content: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": _digest(content), "size": len(content)}
