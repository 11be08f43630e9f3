"""An image of layers: its config, its manifest, every name it has; and an index of several."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from builders.layers import Compression, compressed

EPOCH = "2026-01-02T03:04:05Z"

OCI = "application/vnd.oci.image."
DOCKER = "application/vnd.docker."
LAYER_SUFFIX = {"none": "", "gzip": "+gzip", "zstd": "+zstd"}


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
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "backslashreplace")


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
