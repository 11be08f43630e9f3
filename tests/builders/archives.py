"""Images as files: an OCI layout, an archive of `docker save` new or old."""

import hashlib
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from builders.images import OCI, Built, BuiltImage, BuiltIndex, as_json, digest_of
from builders.layers import Compression, Item, compressed, file, folder, layer, symlink


def layout_files(images: Built | Sequence[Built], *, names: Literal["tag", "full"] = "tag") -> dict[str, bytes]:
    """Give the files of an OCI layout by their path.

    `names`: what org.opencontainers.image.ref.name holds: the tag only, as docker writes it (the full name goes
    to io.containerd.image.name), or the whole name, as skopeo and umoci take it.
    """
    manifests: list[dict[str, Any]] = []
    files: dict[str, bytes] = {"oci-layout": as_json({"imageLayoutVersion": "1.0.0"})}
    for built in _listed(images):
        files |= {f"blobs/sha256/{digest.removeprefix('sha256:')}": blob for digest, blob in built.blobs.items()}
        for tag in built.tags or (None,):
            entry = dict(built.descriptor)
            if tag is not None:
                entry["annotations"] = {
                    "io.containerd.image.name": f"docker.io/library/{tag}" if "/" not in tag else tag,
                    "org.opencontainers.image.ref.name": tag.rpartition(":")[2] if names == "tag" else tag,
                }
            manifests.append(entry)
    files["index.json"] = as_json({"schemaVersion": 2, "mediaType": OCI + "index.v1+json", "manifests": manifests})
    return files


def docker_files(images: BuiltImage | Sequence[BuiltImage], *, old: bool = False) -> dict[str, bytes | str]:
    """Give the files of a `docker save` archive by their path; a str value is a symbolic link."""
    listed = [images] if isinstance(images, BuiltImage) else images
    files: dict[str, bytes | str] = {} if old else dict(layout_files(listed))
    rows: list[dict[str, Any]] = []
    repositories: dict[str, dict[str, str]] = {}
    for built in listed:
        paths = _old_layers(built, files) if old else [f"blobs/sha256/{digest_of(blob)[7:]}" for blob in built.stored]
        config_path = f"{built.id[7:]}.json" if old else f"blobs/sha256/{built.id[7:]}"
        files[config_path] = built.config
        rows.append({"Config": config_path, "RepoTags": list(built.tags) or None, "Layers": paths})
        for tag in built.tags:
            repository, _, name = tag.rpartition(":")
            repositories.setdefault(repository, {})[name] = (
                Path(paths[-1]).parent.name if old and paths else built.id[7:]
            )
    files["manifest.json"] = as_json(rows)
    if repositories:
        files["repositories"] = as_json(repositories)
    return files


def _old_layers(built: BuiltImage, files: dict[str, bytes | str]) -> list[str]:
    """Lay each layer into a folder named by its v1 ID; a layer that lies elsewhere already becomes a link to it.

    The v1 ID is made of the chain below, and for the top layer of the config too: so images share folders.
    """
    paths: list[str] = []
    for number, (content, chain_id) in enumerate(zip(built.layers, built.chain_ids, strict=True), 1):
        top = built.id if number == len(built.layers) else ""
        legacy = hashlib.sha256(f"v1 {chain_id} {top}".encode()).hexdigest()
        paths.append(f"{legacy}/layer.tar")
        if paths[-1] in files:
            continue
        first = next((path for path, blob in files.items() if path.endswith("/layer.tar") and blob == content), None)
        files[f"{legacy}/VERSION"] = b"1.0"
        files[f"{legacy}/json"] = as_json({"id": legacy})
        files[f"{legacy}/layer.tar"] = content if first is None else f"../{first}"
    return paths


def pack(files: Mapping[str, bytes | str]) -> bytes:
    """Write files (a str value is a symbolic link) as one plain tar, with their parent folders."""
    items: list[Item] = []
    seen: set[str] = set()
    for path, content in files.items():
        parts = path.split("/")[:-1]
        for depth in range(1, len(parts) + 1):
            parent = "/".join(parts[:depth])
            if parent not in seen:
                seen.add(parent)
                items.append(folder(parent))
        items.append(symlink(path, content) if isinstance(content, str) else file(path, content))
    return layer(items, form=tarfile.USTAR_FORMAT)


def docker_archive(
    images: BuiltImage | Sequence[BuiltImage], path: Path, *, old: bool = False, compress: Compression = "none"
) -> Path:
    """Write a `docker save` archive, new form or old, and give its path back."""
    path.write_bytes(compressed(pack(docker_files(images, old=old)), compress))
    return path


def oci_archive(
    images: Built | Sequence[Built],
    path: Path,
    *,
    names: Literal["tag", "full"] = "full",
    compress: Compression = "none",
) -> Path:
    """Write an OCI layout as one tar, and give its path back."""
    path.write_bytes(compressed(pack(layout_files(images, names=names)), compress))
    return path


def oci_layout(images: Built | Sequence[Built], path: Path, *, names: Literal["tag", "full"] = "full") -> Path:
    """Write an OCI layout as a folder, and give its path back."""
    for name, content in layout_files(images, names=names).items():
        target = path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return path


def _listed(images: Built | Sequence[Built]) -> Sequence[Built]:
    return [images] if isinstance(images, BuiltImage | BuiltIndex) else images
