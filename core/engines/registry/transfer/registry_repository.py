"""RegistryRepository: one repository of a registry, written to: blobs, manifests, tags."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import quote

from layertui.core.engines.registry.pages import tags
from layertui.core.engines.registry.transfer.blob_upload import BlobUpload
from layertui.core.engines.registry.transfer.registry_downloads import head_manifest
from layertui.core.errors import DigestMismatch, LayertuiError, NotFound
from layertui.core.language.texts import tr
from layertui.core.oci.digest import Digest, digest_of
from layertui.core.streams.parallel import parallel_map

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from layertui.core.engines.registry.registry_client import RegistryClient
    from layertui.core.images.blob_tree import BlobTree
    from layertui.core.oci.descriptor import Descriptor
    from layertui.core.progress import Progress

_UPLOADS = 3  # at once


class RegistryRepository:
    """A repository, and what can be changed in it."""

    def __init__(self, client: RegistryClient, name: str) -> None:
        self._client, self._name = client, name
        self._scope = f"repository:{name}:pull,push"

    def head(self, tag: str, progress: Progress) -> Descriptor | None:
        """The manifest of a tag or a digest; see `head_manifest`."""
        return head_manifest(self._client, self._name, tag, self._scope, progress)

    def has_blob(self, blob: Descriptor, progress: Progress) -> bool:
        """Whether the repository has a blob. Raises Unauthorized, Unreachable."""
        return BlobUpload(self._client, self._name, blob, BytesIO, progress).is_there()

    @property
    def registry(self) -> str:
        """The registry that it is in."""
        return self._client.registry

    @property
    def place(self) -> str:
        """Which repository it is: `HOST/NAME`."""
        return f"{self._client.registry}/{self._name}"

    def obtain(self, blob: Descriptor, mount_from: Sequence[str], progress: Progress) -> bool:
        """Whether the repository has a blob, or has got it now from one of these repositories of the registry. Nothing is sent.

        Raises Unauthorized, Unreachable.
        """
        upload = BlobUpload(self._client, self._name, blob, BytesIO, progress)
        return upload.is_there() or upload.mounted(mount_from)

    def send(
        self,
        root: Descriptor,
        read: Callable[[], BlobTree],
        names: Sequence[str],
        mount_from: Sequence[str],
        progress: Progress,
    ) -> None:
        """Bring all below a root into the repository, the root under these tags, or its own digest.

        What is there is not sent, and `read` is called only if the root is not there. The root comes last, so that a tag never leads
        to what is not whole. Raises DigestMismatch, Truncated, Unreachable, Unauthorized, LayertuiError for what is refused.
        """
        missing = [tag for tag in names if (found := self.head(tag, progress)) is None or found.digest != root.digest]
        if not missing:
            return
        tree = read()
        progress.begin(tr("pushing to {registry}/{name}", registry=self._client.registry, name=self._name), tree.size)

        def send(blob: Descriptor, shared: Progress) -> None:
            upload = BlobUpload(self._client, self._name, blob, lambda: tree.source.open(blob), shared)
            if upload.is_there():
                shared.advance(blob.size)
            else:
                upload.run(mount_from)

        parallel_map(send, sorted(tree.blobs, key=lambda blob: -blob.size), progress, "upload", at_once=_UPLOADS)
        for descriptor, content in tree.documents[:-1]:
            if self.head(descriptor.digest, progress) is None:
                self.put_manifest(content, descriptor.media_type, descriptor.digest, progress)
        top, content = tree.documents[-1]
        for tag in missing:
            self.put_manifest(content, top.media_type, tag, progress)

    def put_manifest(self, content: bytes, media_type: str, tag: str, progress: Progress) -> Digest:
        """Write a manifest or an index under a tag or its digest; its digest. What it names has to be there.

        Raises DigestMismatch where the registry says that it has stored something else.
        """
        answer = self._client.request(
            "PUT",
            self._manifest(tag),
            scope=self._scope,
            headers={"content-type": media_type},
            content=content,
            progress=progress,
        )
        digest = digest_of(content)
        stated = answer.headers.get("docker-content-digest", digest)
        if stated != digest and stated.startswith("sha256:"):
            raise DigestMismatch(
                tr(
                    "registry {host}: stored {name}:{tag} with another digest than {digest}",
                    host=self._client.host,
                    name=self._name,
                    tag=tag,
                    digest=digest,
                )
            )
        return digest

    def untag(self, tag: str, progress: Progress, *, force: bool) -> Digest | None:
        """Delete one tag; the digest of the manifest that was deleted with it, None where that stays.

        A registry that cannot delete a tag alone deletes manifests: that is done if no other tag leads to it, or with `force`.
        Raises NotFound, and LayertuiError where the registry does not allow deletes or other tags would be lost.
        """
        found = self.head(tag, progress)
        if found is None:
            raise NotFound(tr("registry {host} has no {name}:{tag}", host=self._client.host, name=self._name, tag=tag))
        answer = self._delete(tag, progress, accept=(400, 404, 405))
        if answer < 400:
            return None
        if not force and (others := [one for one in self._tags_of(found.digest, progress) if one != tag]):
            raise LayertuiError(
                tr(
                    "registry {host} does not delete single tags, and {name}:{tag} is also {others};"
                    " all of them go with -f",
                    host=self._client.host,
                    name=self._name,
                    tag=tag,
                    others=", ".join(others),
                )
            )
        self.delete(found.digest, progress)
        return found.digest

    def delete(self, digest: Digest, progress: Progress) -> None:
        """Delete a manifest, and with it every tag that leads to it. LayertuiError where the registry does not allow that."""
        status = self._delete(digest, progress, accept=(405,))
        if status == 405:
            raise LayertuiError(tr("registry {host} does not allow deletes", host=self._client.host))

    def _delete(self, tag: str, progress: Progress, accept: Sequence[int]) -> int:
        return self._client.request(
            "DELETE",
            self._manifest(tag),
            scope=f"repository:{self._name}:delete,pull,push",
            accept=accept,
            progress=progress,
        ).status

    def _tags_of(self, digest: Digest, progress: Progress) -> list[str]:
        """The tags that lead to a manifest."""
        listed = tags(self._client, self._name, progress)
        progress.begin(tr("looking which tags are {short}", short=digest.short), len(listed), unit="tags")
        found = []
        for tag in listed:
            there = self.head(tag, progress)
            progress.advance()
            if there is not None and there.digest == digest:
                found.append(tag)
        return found

    def _manifest(self, tag: str) -> str:
        return f"/v2/{self._name}/manifests/{quote(tag, safe=':')}"
