"""Reads the images of containers/storage, where Podman, Buildah and CRI-O keep them, from its folder: no service is asked.

Read are `overlay-images/images.json`, the manifests and configs beside it, `overlay-layers/layers.json`, and for each layer its
tar-split file and the folder of its files. With the driver vfs each folder has all files of the layers below it too, which does
not matter: the tar-split file names those of the layer.
"""

from __future__ import annotations

import base64
import os
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from layertui.core.engines.daemon.local_images.image_lookup import find_image
from layertui.core.engines.daemon.local_images.split_layers import SplitLayer, read_document, split_image
from layertui.core.engines.image_values import ImageSummary
from layertui.core.errors import Damaged, DigestMismatch, NotFound, StorageError, UsageError
from layertui.core.language.texts import tr
from layertui.core.oci.digest import DiffID, Digest, digest_of
from layertui.core.oci.reference import Reference
from layertui.core.oci.timestamps import utc

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from layertui.core.engines.image_protocols import Images
    from layertui.core.images.image import Image
    from layertui.core.oci.descriptor import Platform
    from layertui.core.progress import Progress

_FOLDERS = {"overlay": "overlay/{}/diff", "vfs": "vfs/dir/{}"}
_ID = re.compile(r"[0-9a-f]{64}")
_PLAIN_KEY = re.compile(r"[A-Za-z0-9._-]+")  # other keys are written in base64


def containers_storage(graph_root: Path) -> Images:
    """The images below a graph root, `~/.local/share/containers/storage` say. StorageError where there are none, or may not be read."""
    for driver in _FOLDERS:
        if os.path.lexists(graph_root / f"{driver}-images"):
            return StorageImages(graph_root, driver)
    raise StorageError(
        tr(
            "{graph_root} has no images of Podman: no folder overlay-images or vfs-images that can be read",
            graph_root=graph_root,
        )
    )


def layer_digests(graph_root: Path) -> frozenset[str]:
    """The digests by which Podman knows its layers: of the tars, and of the compressed blobs that they came as."""
    found: set[str] = set()
    for driver in _FOLDERS:
        path = graph_root / f"{driver}-layers/layers.json"
        for row in _objects(read_document(path) or b"[]", path):
            found.update(filter(None, (str(row.get(key) or "") for key in ("diff-digest", "compressed-diff-digest"))))
    return frozenset(found)


class StoredLayer(NamedTuple):
    """A row of `layers.json`."""

    parent: str
    diff_id: str
    size: int


class StorageImages:
    """See Images in `image_protocols.py`. Nothing is kept between calls: Podman may change the folder at any time."""

    def __init__(self, root: Path, driver: str) -> None:
        self._root, self._driver = root, driver

    def list(self) -> Sequence[ImageSummary]:
        layers = self._layers()
        return [found for row in self._rows() if (found := _summary(row, layers)) is not None]

    def unreadable(self, listed: Sequence[ImageSummary]) -> int:
        return max(0, sum(1 for _ in self._rows()) - len(listed))

    def open(self, name: str, platform: Platform | None, progress: Progress) -> Image:
        chosen = find_image(self.list(), name, str(self._root))
        image = self.image(chosen.id)
        if image is None:
            raise Damaged(tr("{root}: image {short} is incomplete", root=self._root, short=chosen.id.short))
        if platform is not None and not image.platform.fits(platform):
            raise NotFound(
                tr(
                    "{name} is for {platform}; {root} has none for {platform2}",
                    name=name,
                    platform=image.platform,
                    root=self._root,
                    platform2=platform,
                )
            )
        return image

    def image(self, image_id: Digest) -> Image | None:
        """The image of this ID; None where it is not here, or a part of it is not or may not be read. DigestMismatch for its config."""
        row = next((one for one in self._rows() if one.get("id") == image_id.encoded), None)
        layers = self._layers()
        config = self._big_data(image_id, str(image_id))
        if row is None or config is None:
            return None
        if digest_of(config) != image_id:
            raise DigestMismatch(
                tr(
                    "{root}: the config of image {short} has the digest {digest_of}",
                    root=self._root,
                    short=image_id.short,
                    digest_of=digest_of(config),
                )
            )
        chain = _chain(row, layers)
        found = [self._layer(layer_id) for layer_id in chain]
        if not all(layer.is_there for layer in found):
            return None
        sizes = [layers[layer_id].size for layer_id in chain]
        return split_image(config, found, _names(row), self._big_data(image_id, "manifest"), sizes)

    def _layer(self, layer_id: str) -> SplitLayer:
        folder = self._root / _FOLDERS[self._driver].format(layer_id)
        return SplitLayer(self._root / f"{self._driver}-layers" / f"{layer_id}.tar-split.gz", folder)

    def _big_data(self, image_id: Digest, key: str) -> bytes | None:
        name = key if _PLAIN_KEY.fullmatch(key) else f"={base64.b64encode(key.encode()).decode()}"
        return read_document(self._root / f"{self._driver}-images" / image_id.encoded / name)

    def _rows(self) -> Iterator[dict[str, Any]]:
        path = self._root / f"{self._driver}-images/images.json"
        if (content := read_document(path)) is None:
            raise StorageError(tr("{path} cannot be read; check its owner and mode", path=path))
        return _objects(content, path)

    def _layers(self) -> dict[str, StoredLayer]:
        path = self._root / f"{self._driver}-layers/layers.json"
        rows = _objects(read_document(path) or b"[]", path)
        return {
            one["id"]: StoredLayer(
                str(one.get("parent") or ""), str(one.get("diff-digest") or ""), _size(one.get("diff-size"))
            )
            for one in rows
            if isinstance(one.get("id"), str) and _ID.fullmatch(one["id"])
        }


def _objects(content: bytes, path: Path) -> Iterator[dict[str, Any]]:
    try:
        rows = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise Damaged(tr("{path} cannot be parsed: {error}", path=path, error=error)) from error
    if not isinstance(rows, list):
        raise Damaged(tr("{path} is not a list", path=path))
    return (row for row in rows if isinstance(row, dict))


def _summary(row: Mapping[str, Any], layers: Mapping[str, StoredLayer]) -> ImageSummary | None:
    """What a list shows of an image; None for one that cannot be opened."""
    try:
        chain = [layers[layer_id] for layer_id in _chain(row, layers)]
        digest = row.get("digest")
        return ImageSummary(
            id=Digest(f"sha256:{row['id']}"),
            digest=Digest(digest) if isinstance(digest, str) and digest else None,
            names=_names(row),
            diff_ids=tuple(DiffID(layer.diff_id) for layer in chain),
            created=utc(row.get("created")),
            size=sum(layer.size for layer in chain),
        )
    except (Damaged, KeyError):
        return None


def _chain(row: Mapping[str, Any], layers: Mapping[str, StoredLayer]) -> list[str]:
    """The IDs of an image's layers, lowest first. Damaged where one is missing."""
    chain: dict[str, None] = {}
    layer_id = str(row.get("layer") or "")
    while layer_id:
        if layer_id not in layers or layer_id in chain:
            raise Damaged(
                tr(
                    "image {row}: layers.json has no layer {layer_id}",
                    row=str(row.get("id"))[:12],
                    layer_id=layer_id[:12],
                )
            )
        chain[layer_id] = None
        layer_id = layers[layer_id].parent
    return list(chain)[::-1]


def _names(row: Mapping[str, Any]) -> tuple[Reference, ...]:
    found = []
    names = row.get("names")
    for text in names if isinstance(names, list) else ():
        if not isinstance(text, str):
            continue
        try:
            name = Reference.parse(text)
        except UsageError:
            continue
        if name.tag is not None:
            found.append(name)
    return tuple(found)


def _size(value: object) -> int:
    return value if isinstance(value, int) and value >= 0 else 0
