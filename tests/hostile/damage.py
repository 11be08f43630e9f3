"""A store that is damaged, and what can be asked of it before and after a repair."""

import os
from pathlib import Path

from builders import file, folder, image, layer
from command_line import layertui

BASE = layer([folder("etc"), file("etc/motd", b"hello\n" * 500)])
DEMO = image([BASE, layer([file("srv", b"1" * 9000)])], tags=["demo:1"], config={"Cmd": ["true"]})
OTHER = image([BASE], tags=["other:1"], config={"Cmd": ["true"]})
TOP = DEMO.diff_ids[1]
BOTH = {"demo:1", "other:1"}


def blob(store: Path, digest: str) -> Path:
    path = store / "blobs/sha256" / digest.removeprefix("sha256:")
    path.chmod(0o644)
    return path


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def box(store: Path) -> Path:
    return next(path.parent for path in store.glob("containers/*/record.json") if b'"box"' in path.read_bytes())


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def everything(store: Path) -> set[bytes]:
    """The contents of all files that must not be lost."""
    kept = (*store.rglob("blobs/*/*"), *store.rglob("upper/*"), *store.rglob("*.json*"))
    return {path.read_bytes() for path in kept if path.is_file()}


def state(store: Path) -> tuple[set[str], set[str]]:
    images = layertui("images", "--json", store=store).ok().json
    containers = layertui("ps", "-a", "--json", store=store).ok().json
    return {tag for one in images for tag in one["tags"]}, {one["name"] for one in containers}
