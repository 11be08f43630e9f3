"""Reads the format of `docker save`: manifest.json and the files it names.

For each image, `manifest.json` lists its config, its layers and its names. The layers may be symlinks to each other
(docker until 24), uncompressed tars named by DiffID (podman, skopeo), or gzip tars (crane, kaniko). The format has no
manifest as in the image-spec, so one is made, with OCI media types. The config is unchanged, and so is the image ID.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO, cast

from layertui.core.bounds import bounds
from layertui.core.errors import Damaged, DigestMismatch, NotAnImage
from layertui.core.fs.file_window import Window
from layertui.core.images.archive.archive_members import ArchiveMembers
from layertui.core.images.image import DocumentBudget, Image, check_layers, make_image
from layertui.core.images.image_index import tag_name
from layertui.core.language.texts import tr
from layertui.core.oci import strict_json
from layertui.core.oci.descriptor import Descriptor
from layertui.core.oci.digest import DiffID, Digest, Sum, digest_of
from layertui.core.oci.image_config import ImageConfig
from layertui.core.oci.manifest import Manifest
from layertui.core.oci.media_types import OCI_CONFIG, OCI_LAYER, OCI_MANIFEST, layer_media_type
from layertui.core.oci.reference import Reference
from layertui.core.progress import Progress
from layertui.core.streams.compress import sniff

MANIFEST_JSON = "manifest.json"
_NAMED_BY_DIGEST = re.compile(r"(?:.*/)?(?:sha256:)?([0-9a-f]{64})(\.json|\.tar\.gz)?")
_CHUNK = 1 << 20


class DockerArchiveBlobs:
    """The blobs of a docker archive: members of it under their digests, and the manifests made for it."""

    def __init__(self, members: ArchiveMembers) -> None:
        self._members = members
        self._paths: dict[Digest, str] = {}
        self._made: dict[Digest, bytes] = {}
        self.sums: dict[str, Digest] = {}
        """Digests computed so far, by source: an archive may name a member any number of times."""

    def open(self, descriptor: Descriptor) -> BinaryIO:
        """Open a blob by its digest. Raises Damaged."""
        if (made := self._made.get(descriptor.digest)) is not None:
            return io.BytesIO(made)
        path = self._paths.get(descriptor.digest)
        if path is None:
            raise Damaged(
                tr(
                    "{name} has no blob {digest}; save the archive again",
                    name=self._members.name,
                    digest=descriptor.digest,
                )
            )
        return self._members.open(path)

    def has(self, descriptor: Descriptor) -> bool:
        """Whether the blob is there."""
        path = self._paths.get(descriptor.digest)
        return descriptor.digest in self._made or (path is not None and self._members.size(path) is not None)

    def at(self, digest: Digest, path: str) -> None:
        """Record the digest of a member."""
        self._paths.setdefault(digest, path)

    def made(self, content: bytes, media_type: str) -> Descriptor:
        """Keep a blob that is not in the archive."""
        descriptor = Descriptor(media_type, digest_of(content), len(content))
        self._made[descriptor.digest] = content
        return descriptor


def docker_images(members: ArchiveMembers, warnings: list[str], progress: Progress) -> Iterator[Image]:
    """Read every image that manifest.json lists, with its names. Raises NotAnImage, Damaged, LimitExceeded."""
    blobs, documents = DockerArchiveBlobs(members), DocumentBudget(members.name)
    known: dict[tuple[str, ...], Image] = {}
    for row in manifest_rows(members):
        names = row_names(row, warnings)
        config_path = row.get("Config")
        layers = row.get("Layers") or []
        if not isinstance(config_path, str) or not (
            isinstance(layers, list) and all(isinstance(path, str) for path in layers)
        ):
            raise Damaged(tr("manifest.json of {name} has an entry without Config and Layers", name=members.name))
        key = (config_path, *layers)
        if key not in known:
            known[key] = _image(members, blobs, config_path, layers, documents, progress)
        yield known[key].named(*names)


def manifest_rows(members: ArchiveMembers) -> list[dict[str, Any]]:
    """Parse manifest.json; an empty list if there is none. Raises NotAnImage, Damaged."""
    size = members.size(MANIFEST_JSON)
    if size is None:
        return []
    what = tr("{manifest_json} of {name}", manifest_json=MANIFEST_JSON, name=members.name)
    with members.open(MANIFEST_JSON) as raw:
        rows = strict_json.loads(raw.read(min(size, bounds().json + 1)), what=what)
    if isinstance(rows, dict) and "schemaVersion" in rows:
        raise NotAnImage(
            tr(
                "{name} is what skopeo and podman call `dir:`; `skopeo copy dir:FOLDER oci-archive:FILE` makes an archive of it",
                name=members.name,
            )
        )
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Damaged(tr("{what} is not a list of images", what=what))
    return rows


def row_names(row: dict[str, Any], warnings: list[str]) -> tuple[Reference, ...]:
    """The RepoTags of one entry; null, `<none>` and invalid references are no names. Raises Damaged."""
    tags = row.get("RepoTags") or []
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise Damaged(tr("manifest.json has RepoTags that are no list of texts"))
    names = (tag_name(tag, warnings) for tag in tags if "<none>" not in tag)
    return tuple(dict.fromkeys(name for name in names if name is not None))


def config_digest_of(row: dict[str, Any]) -> str | None:
    """The hex digits of the config's digest, if its path in manifest.json has them."""
    config = row.get("Config")
    match = _NAMED_BY_DIGEST.fullmatch(config) if isinstance(config, str) else None
    return None if match is None else match[1]


def _image(
    members: ArchiveMembers,
    blobs: DockerArchiveBlobs,
    config_path: str,
    layers: list[str],
    documents: DocumentBudget,
    progress: Progress,
) -> Image:
    size = members.size(config_path)
    with members.open(config_path) as raw:
        config_bytes = raw.read(min(size or 0, bounds().json + 1))
    documents.add(config_bytes)
    config = ImageConfig.from_bytes(config_bytes)
    config_digest = digest_of(config_bytes)
    named = _NAMED_BY_DIGEST.fullmatch(config_path)
    if named is not None and named[1] != config_digest.encoded:
        raise DigestMismatch(
            tr(
                "{config_path} of {name} has the digest {config_digest}; the archive is damaged",
                config_path=config_path,
                name=members.name,
                config_digest=config_digest,
            )
        )
    check_layers(config_digest, len(layers))
    diff_ids = config.rootfs.diff_ids
    if len(layers) != len(diff_ids):
        raise Damaged(
            tr(
                "image {short} of {name} has {layers:,} layers, but its config lists {diff_ids:,} DiffIDs",
                short=config_digest.short,
                name=members.name,
                layers=len(layers),
                diff_ids=len(diff_ids),
            )
        )
    blobs.at(config_digest, config_path)
    manifest = Manifest(
        Descriptor(OCI_CONFIG, config_digest, len(config_bytes)),
        tuple(_layer(members, blobs, path, diff_id, progress) for path, diff_id in zip(layers, diff_ids, strict=True)),
    ).to_bytes()
    return replace(make_image(blobs, blobs.made(manifest, OCI_MANIFEST), manifest), manifest_is_made=True)


def _layer(
    members: ArchiveMembers, blobs: DockerArchiveBlobs, path: str, diff_id: DiffID, progress: Progress
) -> Descriptor:
    size = members.size(path)
    if size is None:
        # `save --without` leaves out what the other side has: only a store knows whether it has it.
        return Descriptor(OCI_LAYER, Digest(diff_id), 0)
    with members.open(path) as raw:
        compression = sniff(raw.read(512))
    plain = compression == "none"
    digest = Digest(diff_id) if plain else _stored_digest(members, blobs, path, diff_id, progress)
    blobs.at(digest, path)
    media_type = layer_media_type(compression) if compression in ("none", "gzip", "zstd") else OCI_LAYER
    return Descriptor(media_type, digest, size)


def _stored_digest(
    members: ArchiveMembers, blobs: DockerArchiveBlobs, path: str, diff_id: DiffID, progress: Progress
) -> Digest:
    # A file name that is the digest of the stored bytes saves hashing them now; it is verified when the layer is read.
    # A file name that is the DiffID is of no use here.
    named = _NAMED_BY_DIGEST.fullmatch(path)
    if named is not None and named[1] != diff_id.encoded:
        return Digest(f"sha256:{named[1]}")
    total = Sum()
    with members.open(path) as raw:
        source = cast("Window", raw).source
        if (known := blobs.sums.get(source)) is not None:
            return known
        while chunk := raw.read(_CHUNK):
            total.update(chunk)
            progress.advance(len(chunk))
    return blobs.sums.setdefault(source, total.digest())
