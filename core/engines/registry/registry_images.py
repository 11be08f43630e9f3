"""RegistryImages: the images of one registry, listed and opened; an image is opened by its manifest and config alone."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from layertui.core.engines.image_values import ImageSummary, summary
from layertui.core.engines.registry.connection.transport_errors import plain
from layertui.core.engines.registry.pages import repositories, tags
from layertui.core.engines.registry.registry_blobs import ACCEPTED, RegistryBlobs
from layertui.core.errors import Ambiguous, Damaged, LayertuiError, NotAnImage, NotFound, Unauthorized
from layertui.core.images.image import DocumentBudget, Image, image_of, read_blob
from layertui.core.images.image_index import choose, platforms_below
from layertui.core.language.texts import tr
from layertui.core.oci.descriptor import Descriptor, Platform
from layertui.core.oci.digest import DIGEST_WORD, Digest
from layertui.core.oci.manifest import Manifest
from layertui.core.oci.media_types import DOCKER_CONFIG, OCI_CONFIG, OCI_MANIFEST, is_manifest
from layertui.core.oci.reference import DEFAULT_REGISTRY, DEFAULT_TAG, Reference
from layertui.core.progress import Progress, quiet

if TYPE_CHECKING:
    from layertui.core.engines.registry.kept_blobs import KeptBlobs
    from layertui.core.engines.registry.registry_client import RegistryClient

_AT_ONCE = 8  # requests, while images are listed
_CONFIGS = ("", OCI_CONFIG, DOCKER_CONFIG, "application/octet-stream")


class RegistryImages:
    """See Images in `image_protocols.py`."""

    def __init__(self, client: RegistryClient, kept: KeptBlobs) -> None:
        self.client, self._kept = client, kept
        self._unreadable = 0
        self._by_id: dict[Digest, Reference] = {}

    def list(self) -> Sequence[ImageSummary]:
        """The image behind each tag, for this machine's platform where there are several: two or three requests each.

        What is no image, such as a signature, is left out. Raises LayertuiError where the registry does not list its repositories,
        Unreachable, LimitExceeded.
        """
        with ThreadPoolExecutor(_AT_ONCE, "registry") as pool:
            names = [one for page in pool.map(self._tagged, repositories(self.client)) for one in page]
            found = [*pool.map(self._summary, names)]
        self._unreadable = found.count(None)
        rows: dict[Digest | None, ImageSummary] = {}
        for one in found:
            if isinstance(one, ImageSummary):
                before = rows.get(one.digest)
                rows[one.digest] = one if before is None else replace(before, names=(*before.names, *one.names))
        self._by_id = {row.id: row.names[0] for row in rows.values()}
        return [*rows.values()]

    def unreadable(self, listed: Sequence[ImageSummary]) -> int:
        return self._unreadable

    def _tagged(self, repository: str) -> Sequence[Reference]:
        """The tags of a repository as names; none where it has none, or is not to be seen."""
        with suppress(NotFound, Unauthorized):
            return [Reference(self.client.registry, repository, tag) for tag in tags(self.client, repository)]
        return []

    def _summary(self, name: Reference) -> ImageSummary | NotAnImage | None:
        """What a list shows of the image behind a tag; None for one that cannot be read."""
        try:
            try:
                return summary(self._opened(name, None, quiet()))
            except Ambiguous as error:  # for other platforms only: the first of them stands for all
                image = self._opened(Reference.parse(error.choices[0].name), None, quiet())
                return summary(image.named(name))
        except NotAnImage as error:
            return error
        except (Damaged, NotFound):
            return None

    def open(self, name: str, platform: Platform | None, progress: Progress) -> Image:
        if not name.startswith("sha256:"):
            try:
                return self._opened(self._reference(name), platform, progress)
            except NotFound:
                if DIGEST_WORD.fullmatch(name) is None:
                    raise
        return self._opened(self._by_prefix(name), platform, progress)

    def head(self, name: Reference, progress: Progress) -> Digest | None:
        """The digest that a tag means now, of a manifest or an index: one HEAD. None where the registry does not say it.

        Raises NotFound, and what `RegistryClient.request` raises.
        """
        answer = self.client.request(
            "HEAD",
            f"/v2/{name.repository}/manifests/{name.tag or DEFAULT_TAG}",
            scope=f"repository:{name.repository}:pull",
            headers={"accept": ACCEPTED},
            progress=progress,
        )
        said = answer.headers.get("docker-content-digest", "")
        try:
            return Digest(said)
        except Damaged:
            return None

    def platforms(self, name: Reference, progress: Progress) -> Sequence[tuple[Digest, Platform | None]]:
        """The manifests behind a name that is for several platforms, each with its own; none for what is no index."""
        documents = DocumentBudget(tr("registry {host}", host=self.client.host))
        blobs = RegistryBlobs(self.client, name.repository, self._kept)
        descriptor = blobs.manifest(name.digest or name.tag or DEFAULT_TAG, progress)
        found = platforms_below(blobs, lambda _: True, descriptor, documents)
        return [(one.digest, one.platform) for one in found]

    def _reference(self, name: str) -> Reference:
        """A name in this registry, with or without its host."""
        own = self.client.registry
        if own == DEFAULT_REGISTRY or name.startswith(f"{own}/"):
            parsed = Reference.parse(name)
            if parsed.registry != own:
                raise NotFound(
                    tr("{name} is in another registry than {own}; write docker://{name}", name=name, own=own)
                )
            return parsed
        return replace(Reference.parse(f"localhost/{name}"), registry=own)

    def _by_prefix(self, text: str) -> Reference:
        """The name of the image with this ID, of those that the registry lists."""
        if not any(one.is_meant_by(text) for one in self._by_id):
            with suppress(LayertuiError):  # that it does not list them is not what was asked for
                self.list()
        found = [name for one, name in self._by_id.items() if one.is_meant_by(text)]
        if not found:
            raise NotFound(
                tr(
                    "registry {host} has no image {text}; write NAME:TAG, or NAME@DIGEST",
                    host=self.client.host,
                    text=text,
                )
            )
        if len(found) > 1:
            raise Ambiguous(tr("{text} fits {map}; write more of the ID", text=text, map=", ".join(map(str, found))))
        return found[0]

    def _opened(self, name: Reference, platform: Platform | None, progress: Progress) -> Image:
        documents = DocumentBudget(tr("registry {host}", host=self.client.host))
        blobs = RegistryBlobs(self.client, name.repository, self._kept)
        descriptor = blobs.manifest(name.digest or name.tag or DEFAULT_TAG, progress)
        try:
            wanted = None if _is_image(descriptor) else platform
            chosen = choose(blobs, lambda _: True, descriptor, wanted, documents, title=str(name))
        except Ambiguous as error:
            raise _choices(name, error) from error
        if chosen is None:
            raise NotAnImage(tr("{name} is no image, nor an index of images", name=name))
        chosen = replace(chosen, media_type=chosen.media_type or OCI_MANIFEST)
        manifest = Manifest.from_bytes(read_blob(blobs, chosen, tr("the manifest"), documents))
        _check_kind(name, manifest)
        image = image_of(blobs, chosen, manifest, documents=documents)
        if platform is not None and not image.platform.fits(platform):
            raise NotFound(
                tr(
                    "{name} is for {platform}; there is none for {platform2}",
                    name=name,
                    platform=image.platform,
                    platform2=platform,
                )
            )
        return image.named(*([replace(name, digest=None)] if name.tag is not None and name.digest is None else []))


def _is_image(descriptor: Descriptor) -> bool:
    """Whether a name leads to an image without an index, whose platform only its config says."""
    return is_manifest(descriptor.media_type)


def _choices(name: Reference, error: Ambiguous) -> Ambiguous:
    """The same error, each of its choices as the name of one image."""
    choices = [choice._replace(name=f"{name.full_name}@{choice.name}") for choice in error.choices]
    listed = ", ".join(choice.platform or tr("no platform") for choice in choices)
    return Ambiguous(
        tr(
            "{name} has images for {listed}, and none for {host}; write {name2}@DIGEST",
            name=name,
            listed=listed,
            host=Platform.host(),
            name2=name.name,
        ),
        choices,
    )


def _check_kind(name: Reference, manifest: Manifest) -> None:
    """NotAnImage for what a registry keeps like an image and is none: a chart, a signature."""
    kind = manifest.extra.get("artifactType") or manifest.config.media_type
    layers = {layer.media_type for layer in manifest.layers}
    if kind not in _CONFIGS or (layers and all(one.endswith("json") for one in layers)):
        what = kind if kind not in _CONFIGS else ", ".join(sorted(layers))
        raise NotAnImage(
            tr("{name} is no container image but an artifact of type {what}", name=name, what=plain(str(what)))
        )
