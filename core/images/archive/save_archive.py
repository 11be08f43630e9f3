"""Writes images as one archive, with all layers, configs and names.

    both     an OCI layout with an additional manifest.json: every docker can load it, and every OCI tool can read it
    oci      only the layout
    docker   the format of `docker save` before version 25: a folder for each layer, manifest.json

The same images give the same bytes: no times, names sorted, every blob once. Layers stay as they are stored unless
another compression is requested. In formats for docker, zstd layers are decompressed, because docker before 23 cannot
read them.
"""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, cast

from layertui.core.errors import UsageError
from layertui.core.images.archive.docker_archive import MANIFEST_JSON
from layertui.core.images.archive.layer_packing import PackedLayer, ReadAhead, pack_layers
from layertui.core.images.archive.layout_archive import blob_path
from layertui.core.images.image import Image
from layertui.core.images.image_index import INDEX_JSON, LAYOUT_FILE
from layertui.core.images.rewrite_manifest import final_descriptor, rewritten_manifest
from layertui.core.language.texts import tr
from layertui.core.oci import strict_json
from layertui.core.oci.descriptor import Descriptor
from layertui.core.oci.digest import DiffID, Digest, digest_of
from layertui.core.oci.manifest import Index
from layertui.core.oci.media_types import IMAGE_NAME, OCI_MANIFEST, REF_NAME
from layertui.core.oci.reference import Reference
from layertui.core.progress import Progress, quiet
from layertui.core.streams.tar.tar_contents import DIRECTORY, Header, TarWriter

Form = Literal["both", "docker", "oci"]
Named = tuple[Image, Sequence[Reference]]
FORMS = ("both", "docker", "oci")
COMPRESSIONS = (None, "none", "gzip", "zstd")


@dataclass(frozen=True, slots=True)
class ArchiveMember:
    """One file of the archive."""

    size: int
    open: Callable[[], BinaryIO] | bytes


def save(
    images: Sequence[Named],
    out: BinaryIO,
    *,
    form: str = "both",
    compress: str | None = None,
    without: AbstractSet[DiffID] = frozenset(),
    spool: Path | None = None,
    progress: Progress | None = None,
) -> None:
    """Write images as one archive, each under the given names; an image may have none.

    Layers in `without` are left out: the other side has them. `spool` is the folder for recompressed layers, whose size must be
    known before they are written. Stored bytes are verified while they are read; after an error `out` has half an archive,
    which the caller deletes. Raises UsageError, Damaged, DigestMismatch, Truncated, StorageError, Cancelled.
    """
    if form not in FORMS or compress not in COMPRESSIONS:
        raise UsageError(
            tr(
                "{form} with {compress}: save knows {forms}, and none, gzip or zstd",
                form=form,
                compress=compress,
                forms=", ".join(FORMS),
            )
        )
    progress = progress or quiet()
    with ExitStack() as spooled:
        layers = {layer.digest: layer for image, _ in images for layer in image.layers if layer.diff_id not in without}
        packed = pack_layers(list(layers.values()), compress, form != "oci", spooled, spool, progress)
        parts = (
            _docker_parts(images, packed)
            if form == "docker"
            else _layout_parts(images, packed, with_docker=form == "both")
        )
        progress.begin(tr("saving"), sum(part.size for part in parts.values()))
        write_members(parts, out, progress)


def _layout_parts(
    images: Sequence[Named], packed: dict[Digest, PackedLayer], *, with_docker: bool
) -> dict[str, ArchiveMember]:
    entries: list[Descriptor] = []
    rows: list[strict_json.Object] = []
    blobs: dict[str, ArchiveMember] = {}
    final = {digest: one.descriptor for digest, one in packed.items()}
    for image, names in images:
        manifest = rewritten_manifest(image, final)
        config = image.manifest.config
        entry = Descriptor(OCI_MANIFEST, digest_of(manifest), len(manifest), platform=image.platform)
        entries += [_named(entry, name) for name in _tagged(names)] or [entry]
        layers = [final_descriptor(layer, final) for layer in image.manifest.layers]
        rows.append(_row(blob_path(config.digest), names, [blob_path(layer.digest) for layer in layers]))
        blobs[blob_path(entry.digest)] = ArchiveMember(len(manifest), manifest)
        blobs[blob_path(config.digest)] = ArchiveMember(config.size, image.config_bytes)
    blobs |= {blob_path(one.descriptor.digest): ArchiveMember(one.descriptor.size, one.open) for one in packed.values()}
    head = {
        LAYOUT_FILE: strict_json.dumps({"imageLayoutVersion": "1.0.0"}),
        INDEX_JSON: Index(tuple(entries)).to_bytes(),
    }
    if with_docker:
        head[MANIFEST_JSON] = strict_json.dumps(rows)
    return {path: ArchiveMember(len(text), text) for path, text in head.items()} | dict(sorted(blobs.items()))


def _docker_parts(images: Sequence[Named], packed: dict[Digest, PackedLayer]) -> dict[str, ArchiveMember]:
    rows: list[strict_json.Object] = []
    blobs: dict[str, ArchiveMember] = {}
    final = {digest: one.descriptor for digest, one in packed.items()}
    for image, names in images:
        layers = [f"{final_descriptor(layer, final).digest.encoded}/layer.tar" for layer in image.manifest.layers]
        config = f"{image.id.encoded}.json"
        rows.append(_row(config, names, layers))
        blobs[config] = ArchiveMember(len(image.config_bytes), image.config_bytes)
    for one in packed.values():
        blobs[f"{one.descriptor.digest.encoded}/layer.tar"] = ArchiveMember(one.descriptor.size, one.open)
    listed = strict_json.dumps(rows)
    return {MANIFEST_JSON: ArchiveMember(len(listed), listed)} | dict(sorted(blobs.items()))


def _row(config: str, names: Sequence[Reference], layers: list[str]) -> strict_json.Object:
    tags = [name.familiar for name in _tagged(names)]
    return {"Config": config, "RepoTags": tags or None, "Layers": layers}


def _named(entry: Descriptor, name: Reference) -> Descriptor:
    assert name.tag is not None
    return entry.with_annotations({IMAGE_NAME: name.canonical, REF_NAME: name.tag})


def _tagged(names: Sequence[Reference]) -> list[Reference]:
    return [name.with_tag(name.tag) for name in names if name.tag is not None]


def write_members(parts: dict[str, ArchiveMember], out: BinaryIO, progress: Progress) -> None:
    """Write the members of an archive as a tar, with their folders; `progress` counts the bytes of each."""
    tar = TarWriter(out)
    folders: set[str] = set()
    for path, part in parts.items():
        parents = path.split("/")[:-1]
        for depth in range(1, len(parents) + 1):
            folder = "/".join(parents[:depth])
            if folder not in folders:
                folders.add(folder)
                tar.add(Header(folder.encode(), DIRECTORY, 0o755))
        header = Header(path.encode(), size=part.size)
        if isinstance(part.open, bytes):
            tar.add(header, part.open)
            progress.advance(part.size)
        else:
            with ReadAhead(part.open(), progress) as content:
                tar.add(header, cast("BinaryIO", content))
                content.finish()
    tar.close()
