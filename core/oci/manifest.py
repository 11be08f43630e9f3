"""Image manifests and indexes, parsed from JSON and written to it (image-spec manifest.md and image-index.md)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from layertui.core.errors import Damaged, NotAnImage
from layertui.core.language.texts import tr
from layertui.core.oci import strict_json
from layertui.core.oci.descriptor import Descriptor, read_annotations
from layertui.core.oci.media_types import OCI_INDEX, OCI_MANIFEST, is_index, is_manifest

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Manifest:
    """One image: its config and its layers, bottom first."""

    config: Descriptor
    layers: tuple[Descriptor, ...]
    media_type: str = OCI_MANIFEST
    annotations: Mapping[str, str] = field(default_factory=dict, hash=False)
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False, repr=False)

    @classmethod
    def from_bytes(cls, content: bytes) -> Manifest:
        """Parse a manifest. Raises NotAnImage for an index or anything else, Damaged if it is invalid."""
        parsed = parse(content)
        if isinstance(parsed, Manifest):
            return parsed
        raise NotAnImage(tr("this is an index of several images, not the manifest of one"))

    def to_bytes(self) -> bytes:
        return strict_json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": self.media_type,
                "config": self.config.to_json(),
                "layers": [layer.to_json() for layer in self.layers],
                **({"annotations": dict(self.annotations)} if self.annotations else {}),
                **self.extra,
            }
        )


@dataclass(frozen=True, slots=True)
class Index:
    """Several images, or one image for several platforms: descriptors of manifests and of further indexes."""

    manifests: tuple[Descriptor, ...]
    media_type: str = OCI_INDEX
    annotations: Mapping[str, str] = field(default_factory=dict, hash=False)
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False, repr=False)

    @classmethod
    def from_bytes(cls, content: bytes) -> Index:
        """Parse an index. Raises NotAnImage for a manifest or anything else, Damaged if it is invalid."""
        parsed = parse(content)
        if isinstance(parsed, Index):
            return parsed
        raise NotAnImage(tr("this is the manifest of one image, not an index"))

    def to_bytes(self) -> bytes:
        return strict_json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": self.media_type,
                "manifests": [manifest.to_json() for manifest in self.manifests],
                **({"annotations": dict(self.annotations)} if self.annotations else {}),
                **self.extra,
            }
        )


def parse(content: bytes) -> Manifest | Index:
    """Parse a Manifest or an Index. Raises NotAnImage for anything else, Damaged if it is invalid."""
    obj = strict_json.load_object(content, what=tr("the manifest"))
    if obj.get("schemaVersion") == 1:
        raise NotAnImage(tr("the manifest is of Docker's schema version 1, which is obsolete; save the image again"))
    media_type = obj.get("mediaType") or ""
    if not isinstance(media_type, str):
        raise Damaged(tr("the manifest's mediaType is not a text"))
    has_manifests, has_layers = "manifests" in obj, "layers" in obj or "config" in obj
    # A document that is an index to one reader and a manifest to another could
    # show something else than what runs (CVE-2021-41190).
    if has_manifests and has_layers:
        raise Damaged(tr("the manifest names layers and manifests at once"))
    if has_manifests or (is_index(media_type) and not has_layers):
        _agree(media_type, OCI_INDEX, is_index)
        return Index(_descriptors(obj, "manifests"), media_type or OCI_INDEX, *_rest(obj, "manifests"))
    if has_layers:
        _agree(media_type, OCI_MANIFEST, is_manifest)
        if obj.get("config") is None:
            raise NotAnImage(tr("the manifest names no config"))
        return Manifest(
            Descriptor.from_json(obj["config"]),
            _descriptors(obj, "layers"),
            media_type or OCI_MANIFEST,
            *_rest(obj, "config", "layers"),
        )
    raise NotAnImage(tr("this JSON is neither an image manifest nor an index"))


def _agree(media_type: str, expected: str, is_expected: Any) -> None:
    # Unknown media types are accepted: only a contradiction is refused.
    if (is_index(media_type) or is_manifest(media_type)) and not is_expected(media_type):
        raise Damaged(
            tr(
                "the manifest calls itself {media_type} and has the fields of {expected}",
                media_type=media_type,
                expected=expected,
            )
        )


def _descriptors(obj: strict_json.Object, key: str) -> tuple[Descriptor, ...]:
    values = obj.get(key)
    if values is None:
        return ()
    if not isinstance(values, list):
        raise Damaged(tr("the manifest's {key} are no JSON array", key=key))
    return tuple(Descriptor.from_json(value) for value in values)


def _rest(obj: strict_json.Object, *own: str) -> tuple[dict[str, str], strict_json.Object]:
    known = ("schemaVersion", "mediaType", "annotations", *own)
    return read_annotations(obj.get("annotations")), {key: kept for key, kept in obj.items() if key not in known}
