"""What refers to an image in a registry: signatures, attestations, lists of its packages (distribution-spec, "Listing Referrers")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from layertui.core.engines.registry.registry_blobs import fetch_manifest
from layertui.core.errors import NotFound
from layertui.core.oci.manifest import Index, Manifest, parse
from layertui.core.oci.media_types import OCI_INDEX, REFERENCE_TYPE

if TYPE_CHECKING:
    from layertui.core.engines.registry.registry_client import RegistryClient
    from layertui.core.oci.descriptor import Descriptor
    from layertui.core.oci.digest import Digest
    from layertui.core.progress import Progress

Role = Literal["signature", "attestation", "sbom", "artifact"]
_ROLES: tuple[tuple[Role, tuple[str, ...]], ...] = (
    ("sbom", ("spdx", "cyclonedx", "syft", "sbom")),
    ("attestation", ("in-toto", "attestation", "provenance", ".att.", "slsa", "dsse")),
    ("signature", ("signature", "cosign", "sigstore", "notary")),
)
# Tags by which cosign attached things before there were referrers.
_COSIGN_TAGS: dict[str, Role] = {"sig": "signature", "att": "attestation", "sbom": "sbom"}


class Referrer(NamedTuple):
    """One thing that refers to an image."""

    descriptor: Descriptor
    role: Role
    artifact_type: str


def referrers(
    client: RegistryClient, repository: str, digest: Digest, progress: Progress | None = None
) -> list[Referrer]:
    """All that refers to a manifest, by the API or by the tags that stand for it in older registries."""
    index = _listed(client, repository, digest, progress)
    found = [] if index is None else [_referrer(one) for one in index.manifests]
    known = {one.descriptor.digest for one in found}
    if index is None or not found:
        found += [one for one in _tagged(client, repository, digest, progress) if one.descriptor.digest not in known]
    return found


def attached(index: Index) -> list[Referrer]:
    """The attestations that a builder put into an index beside its images."""
    return [
        Referrer(entry, "attestation", entry.annotations[REFERENCE_TYPE])
        for entry in index.manifests
        if REFERENCE_TYPE in entry.annotations
    ]


def role_of(artifact_type: str) -> Role:
    """What an artifact is, by its type."""
    lowered = f".{artifact_type.lower()}."
    return next((role for role, words in _ROLES if any(word in lowered for word in words)), "artifact")


def _referrer(descriptor: Descriptor) -> Referrer:
    kind = descriptor.extra.get("artifactType")
    kind = kind if isinstance(kind, str) else ""
    return Referrer(descriptor, role_of(kind), kind)


def _listed(client: RegistryClient, repository: str, digest: Digest, progress: Progress | None) -> Index | None:
    answer = client.request(
        "GET",
        f"/v2/{repository}/referrers/{digest}",
        scope=f"repository:{repository}:pull",
        headers={"accept": OCI_INDEX},
        accept=(400, 404, 405),
        progress=progress,
    )
    if answer.status == 200 and answer.headers.get("content-type", "").startswith(OCI_INDEX):
        found = parse(answer.body)
        return found if isinstance(found, Index) else None
    tag = f"{digest.algorithm}-{digest.encoded}"[:128]
    try:
        found = parse(fetch_manifest(client, repository, tag, progress)[1])
    except NotFound:
        return None
    return found if isinstance(found, Index) else None


def _tagged(client: RegistryClient, repository: str, digest: Digest, progress: Progress | None) -> list[Referrer]:
    found = []
    for word, role in _COSIGN_TAGS.items():
        try:
            descriptor, content = fetch_manifest(
                client, repository, f"{digest.algorithm}-{digest.encoded}.{word}", progress
            )
        except NotFound:
            continue
        parsed = parse(content)
        kinds = {layer.media_type for layer in parsed.layers} if isinstance(parsed, Manifest) else set()
        found.append(Referrer(descriptor, role, ", ".join(sorted(kinds))))
    return found
