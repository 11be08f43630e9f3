"""A layer, an image, an archive in one line each, for every test.

Only the standard library (and `zstandard` for zstd) stands behind this file, none of our own code: what it
writes is an independent source, so a test that compares our answer with it compares two opinions.

    from builders import docker_archive, file, folder, image, layer, opaque, whiteout

    base = layer([folder("etc"), file("etc/motd", b"hello")])
    top = layer([whiteout("etc/motd"), file("app/run", b"#!", mode=0o755)])
    demo = image([base, top], history=["ADD rootfs /", "ENV A=b", "RUN install"], empty=[1], tags=["demo:1.0"])
    docker_archive(demo, tmp_path / "demo.tar")                 # as docker 25+ saves: OCI layout and manifest.json
    docker_archive([demo, other], path, old=True)               # as docker 20 saves: <id>/layer.tar
    oci_archive(demo, path); oci_layout(demo, tmp_path / "layout")

Paths are written the way image builders write them, relative and without a leading "./"; bytes that are no
UTF-8 go in as surrogate escapes. Everything is deterministic: the same call gives the same bytes.
"""

import bz2
import gzip
import hashlib
import io
import json
import lzma
import os
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import zstandard

Compression = Literal["none", "gzip", "zstd", "bzip2", "xz"]

EPOCH = "2026-01-02T03:04:05Z"
MTIME = 1_767_323_045  # EPOCH in seconds

OCI = "application/vnd.oci.image."
DOCKER = "application/vnd.docker."
LAYER_SUFFIX = {"none": "", "gzip": "+gzip", "zstd": "+zstd"}


# ---------------------------------------------------------------- entries


@dataclass(frozen=True)
class Item:
    """One member of a layer tar: its header, and its bytes where it is a file."""

    header: tarfile.TarInfo
    content: bytes = b""


def _item(
    path: str,
    kind: bytes,
    *,
    content: bytes = b"",
    mode: int,
    uid: int = 0,
    gid: int = 0,
    uname: str = "",
    gname: str = "",
    mtime: float = MTIME,
    link: str = "",
    dev: tuple[int, int] = (0, 0),
    xattrs: Mapping[str, bytes] | None = None,
    pax: Mapping[str, str] | None = None,
) -> Item:
    header = tarfile.TarInfo(path)
    header.type, header.mode, header.uid, header.gid = kind, mode, uid, gid
    header.uname, header.gname, header.mtime, header.linkname = uname, gname, mtime, link  # type: ignore[assignment]
    header.devmajor, header.devminor = dev
    header.size = len(content)
    header.pax_headers = dict(pax or {})
    for name, value in (xattrs or {}).items():
        header.pax_headers[f"SCHILY.xattr.{name}"] = value.decode("utf-8", "surrogateescape")
    return Item(header, content)


def file(path: str, content: bytes | str = b"", *, mode: int = 0o644, **fields: Any) -> Item:
    """Make a regular file; `fields`: uid gid uname gname mtime xattrs pax."""
    body = content.encode() if isinstance(content, str) else content
    return _item(path, tarfile.REGTYPE, content=body, mode=mode, **fields)


def folder(path: str, *, mode: int = 0o755, **fields: Any) -> Item:
    """Make a folder; tarfile writes its trailing slash."""
    return _item(path.rstrip("/") or ".", tarfile.DIRTYPE, mode=mode, **fields)


def symlink(path: str, target: str, **fields: Any) -> Item:
    """Make a symbolic link to `target`, as written."""
    return _item(path, tarfile.SYMTYPE, link=target, mode=0o777, **fields)


def hardlink(path: str, target: str, *, mode: int = 0o644, **fields: Any) -> Item:
    """Make a second name of the file `target`, a path in the same tar or in a layer below."""
    return _item(path, tarfile.LNKTYPE, link=target, mode=mode, **fields)


def char(path: str, major: int, minor: int, *, mode: int = 0o666, **fields: Any) -> Item:
    """Make a character device."""
    return _item(path, tarfile.CHRTYPE, dev=(major, minor), mode=mode, **fields)


def block(path: str, major: int, minor: int, *, mode: int = 0o660, **fields: Any) -> Item:
    """Make a block device."""
    return _item(path, tarfile.BLKTYPE, dev=(major, minor), mode=mode, **fields)


def fifo(path: str, *, mode: int = 0o644, **fields: Any) -> Item:
    """Make a named pipe."""
    return _item(path, tarfile.FIFOTYPE, mode=mode, **fields)


def whiteout(path: str, **fields: Any) -> Item:
    """Mark `path` as removed from the layers below."""
    parent, _, name = path.rpartition("/")
    return file(f"{parent}/.wh.{name}".lstrip("/"), mode=0, **fields)


def opaque(path: str, **fields: Any) -> Item:
    """Mark the folder `path` as emptied of what the layers below have in it."""
    return file(f"{path.strip('/')}/.wh..wh..opq".lstrip("/"), mode=0, **fields)


# ---------------------------------------------------------------- layers


def layer(entries: Iterable[Item], *, form: int = tarfile.PAX_FORMAT, trailer: bool = True) -> bytes:
    """Write the entries as a layer tar, in their order.

    `form` is one of tarfile's formats (USTAR_FORMAT, GNU_FORMAT, PAX_FORMAT). Without `trailer` the tar ends
    with its last body: no zero blocks.
    """
    out = io.BytesIO()
    end = 0
    with tarfile.open(fileobj=out, mode="w", format=form, errors="surrogateescape") as tar:
        for entry in entries:
            tar.addfile(entry.header, io.BytesIO(entry.content) if entry.content else None)
            end = tar.offset
    return out.getvalue() if trailer else out.getvalue()[:end]


def compressed(content: bytes, how: Compression) -> bytes:
    """Compress bytes, deterministically."""
    match how:
        case "none":
            return content
        case "gzip":
            return gzip.compress(content, 6, mtime=0)
        case "zstd":
            return zstandard.ZstdCompressor(level=3).compress(content)
        case "bzip2":
            return bz2.compress(content)
        case "xz":
            return lzma.compress(content)


def digest_of(content: bytes) -> str:
    """Give "sha256:…" of the bytes."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def chain_ids(diff_ids: Sequence[str]) -> tuple[str, ...]:
    """Give the ChainID of each prefix of the DiffIDs, from the specification's sentence."""
    chain: list[str] = []
    for diff_id in diff_ids:
        chain.append(digest_of(f"{chain[-1]} {diff_id}".encode()) if chain else diff_id)
    return tuple(chain)


def as_json(value: object) -> bytes:
    """Write JSON as container tools do: compact, no newline."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


# ---------------------------------------------------------------- images


@dataclass(frozen=True)
class BuiltImage:
    """An image in memory: all its bytes, and every name it has."""

    config: bytes
    manifest: bytes
    layers: tuple[bytes, ...]  # uncompressed layer tars
    stored: tuple[bytes, ...]  # the same as the blobs store them
    tags: tuple[str, ...] = ()
    platform: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The image ID: the config's digest."""
        return digest_of(self.config)

    @property
    def digest(self) -> str:
        """The manifest's digest."""
        return digest_of(self.manifest)

    @property
    def diff_ids(self) -> tuple[str, ...]:
        """The digests of the uncompressed layers, bottom first."""
        return tuple(map(digest_of, self.layers))

    @property
    def chain_ids(self) -> tuple[str, ...]:
        """The ChainIDs, bottom first."""
        return chain_ids(self.diff_ids)

    @property
    def blobs(self) -> dict[str, bytes]:
        """Every blob by digest: layers as stored, config, manifest."""
        return {digest_of(blob): blob for blob in (*self.stored, self.config, self.manifest)}

    @property
    def descriptor(self) -> dict[str, Any]:
        """The manifest's descriptor, with the platform and without a name."""
        media_type = json.loads(self.manifest)["mediaType"]
        return {
            "mediaType": media_type,
            "digest": self.digest,
            "size": len(self.manifest),
            "platform": dict(self.platform),
        }

    def tagged(self, *tags: str) -> "BuiltImage":
        """Give the same image under other names."""
        return replace(self, tags=tags)


def image(
    layers: Sequence[bytes],
    *,
    history: Sequence[str | Mapping[str, Any]] | None = None,
    empty: Iterable[int] = (),
    config: Mapping[str, Any] | None = None,
    tags: Sequence[str] = (),
    compress: Compression = "none",
    schema: Literal["oci", "docker"] = "oci",
    architecture: str = "amd64",
    os_name: str = "linux",
    variant: str = "",
    created: str | None = EPOCH,
    annotations: Mapping[str, str] | None = None,
    **more: Any,
) -> BuiltImage:
    """Make an image of layer tars, bottom first.

    `history`: commands (or whole entries), oldest first; `empty`: the indexes of those that made no layer.
    None gives one entry a layer, `()` none at all. `config`: the inner "config" object (Env, Cmd, …); `more`:
    further top keys of the config JSON. `tags`: names such as "demo:1.0".
    """
    no_layer = frozenset(empty)
    steps: Sequence[str | Mapping[str, Any]] = (
        [f"RUN step {n}" for n in range(1, len(layers) + 1)] if history is None else history
    )
    body: dict[str, Any] = {"architecture": architecture, "os": os_name}
    if variant:
        body["variant"] = variant
    if created is not None:
        body["created"] = created
    body["config"] = dict(config or {})
    body["rootfs"] = {"type": "layers", "diff_ids": [digest_of(content) for content in layers]}
    if steps:
        body["history"] = [_step(step, created, empty=n in no_layer) for n, step in enumerate(steps)]
    body |= more
    stored = tuple(compressed(content, compress) for content in layers)
    config_bytes = as_json(body)
    media = _media(schema, compress)
    manifest: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": media["manifest"],
        "config": {"mediaType": media["config"], "digest": digest_of(config_bytes), "size": len(config_bytes)},
        "layers": [{"mediaType": media["layer"], "digest": digest_of(blob), "size": len(blob)} for blob in stored],
    }
    if annotations:
        manifest["annotations"] = dict(annotations)
    platform = {"architecture": architecture, "os": os_name} | ({"variant": variant} if variant else {})
    return BuiltImage(config_bytes, as_json(manifest), tuple(layers), stored, tuple(tags), platform)


def _step(step: str | Mapping[str, Any], created: str | None, *, empty: bool) -> dict[str, Any]:
    if not isinstance(step, str):
        return dict(step)
    entry: dict[str, Any] = {"created": created} if created is not None else {}
    entry["created_by"] = step
    if empty:
        entry["empty_layer"] = True
    return entry


def _media(schema: str, compress: Compression) -> dict[str, str]:
    if schema == "oci":
        return {
            "manifest": OCI + "manifest.v1+json",
            "config": OCI + "config.v1+json",
            "layer": OCI + "layer.v1.tar" + LAYER_SUFFIX[compress],
        }
    return {
        "manifest": DOCKER + "distribution.manifest.v2+json",
        "config": DOCKER + "container.image.v1+json",
        "layer": DOCKER + "image.rootfs.diff.tar" + LAYER_SUFFIX[compress].replace("+", "."),
    }


@dataclass(frozen=True)
class BuiltIndex:
    """Images of several platforms under one name, as buildx pushes them."""

    images: tuple[BuiltImage, ...]
    tags: tuple[str, ...] = ()
    attestations: bool = False
    """With it, each image is followed by an attestation manifest (platform unknown/unknown)."""

    @property
    def index(self) -> bytes:
        """The index itself."""
        listed = [built.descriptor for built in self.images]
        if self.attestations:
            listed += [_attestation_descriptor(built) for built in self.images]
        return as_json({"schemaVersion": 2, "mediaType": OCI + "index.v1+json", "manifests": listed})

    @property
    def digest(self) -> str:
        """The index's digest."""
        return digest_of(self.index)

    @property
    def descriptor(self) -> dict[str, Any]:
        """The index's descriptor."""
        return {"mediaType": OCI + "index.v1+json", "digest": self.digest, "size": len(self.index)}

    @property
    def blobs(self) -> dict[str, bytes]:
        """Every blob of every image, and the index."""
        found = {self.digest: self.index}
        for built in self.images:
            found |= built.blobs
            if self.attestations:
                found |= _attestation(built).blobs
        return found


def _attestation(built: BuiltImage) -> BuiltImage:
    statement = as_json({"_type": "https://in-toto.io/Statement/v0.1", "subject": [{"digest": built.digest}]})
    config = as_json(
        {
            "architecture": "unknown",
            "os": "unknown",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": [digest_of(statement)]},
        }
    )
    manifest = as_json(
        {
            "schemaVersion": 2,
            "mediaType": OCI + "manifest.v1+json",
            "config": {"mediaType": OCI + "config.v1+json", "digest": digest_of(config), "size": len(config)},
            "layers": [
                {"mediaType": "application/vnd.in-toto+json", "digest": digest_of(statement), "size": len(statement)}
            ],
        }
    )
    return BuiltImage(
        config, manifest, (statement,), (statement,), platform={"architecture": "unknown", "os": "unknown"}
    )


def _attestation_descriptor(built: BuiltImage) -> dict[str, Any]:
    return _attestation(built).descriptor | {
        "annotations": {
            "vnd.docker.reference.type": "attestation-manifest",
            "vnd.docker.reference.digest": built.digest,
        }
    }


Built = BuiltImage | BuiltIndex


def _listed(images: Built | Sequence[Built]) -> Sequence[Built]:
    return [images] if isinstance(images, BuiltImage | BuiltIndex) else images


# ---------------------------------------------------------------- archives


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
    """Write files (a str value is a symbolic link) as one plain tar, with the folders they lie in."""
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


# ---------------------------------------------------------------- folders


def write_tree(root: Path, entries: Iterable[Item]) -> Path:
    """Make the entries as real files below `root` (files, folders, symlinks, hard links, fifos; no owners)."""
    for entry in entries:
        header, target = entry.header, root / entry.header.name
        target.parent.mkdir(parents=True, exist_ok=True)
        if header.isdir():
            target.mkdir(exist_ok=True)
        elif header.issym():
            target.symlink_to(header.linkname)
        elif header.islnk():
            target.hardlink_to(root / header.linkname)
        elif header.isfifo():
            os.mkfifo(target)
        else:
            target.write_bytes(entry.content)
        if not header.issym():
            target.chmod(header.mode)
        os.utime(target, (header.mtime, header.mtime), follow_symlinks=False)
    return root
