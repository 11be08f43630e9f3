"""Sends an image to a daemon without the layers that the daemon has: in the archive their files are missing.

Docker's classic store asks for the file of a layer only if it does not have the layer with all those below it, and its error names
the first file that it lacks: an archive without any layer finds that out. Podman and Docker's containerd store know layers by the
digest of the blob; which ones they have can only be read in their folders. If those cannot be read, all layers are sent.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, BinaryIO

from layertui.core.engines.daemon.images.archive_upload import upload
from layertui.core.errors import Cancelled, Damaged, DigestMismatch, LayertuiError, Truncated, Unreachable
from layertui.core.images.archive.save_archive import save
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from layertui.core.engines.daemon.daemon_client import DaemonClient
    from layertui.core.engines.daemon.images.daemon_folder import DaemonFolder
    from layertui.core.images.image import Image
    from layertui.core.oci.digest import DiffID
    from layertui.core.oci.reference import Reference
    from layertui.core.progress import Progress

_SMALL = 1 << 20  # bytes of layers that are sent without a question
_LACKING = re.compile(r"([0-9a-f]{64})\b[^:]*: (?:no such file|not found)|layer tarfiles are missing")


class ImageUpload:
    """One image on its way to a daemon, under these names."""

    def __init__(
        self,
        client: DaemonClient,
        folder: DaemonFolder,
        image: Image,
        names: Sequence[Reference],
        spool: Path | None,
    ) -> None:
        self._client, self._folder, self._image, self._names, self._spool = client, folder, image, names, spool

    def send(self, progress: Progress) -> list[dict[str, Any]]:
        """Send what the daemon lacks, and give its messages. Raises as `archive_upload.upload`."""
        if sum(layer.size for layer in self._image.layers) <= _SMALL:
            try:
                return self._sent(frozenset(), progress)
            except Damaged as error:
                # One of `save --without` is not whole: then the daemon may have what is not in it.
                if isinstance(error, DigestMismatch | Truncated):
                    raise
        without: AbstractSet[DiffID]
        if self._client.endpoint.kind == "podman" or self._folder.has_manifest_ids:
            held = self._folder.held(layer.descriptor for layer in self._image.layers)
            without = {layer.diff_id for layer in self._image.layers if layer.digest in held}
        else:
            found = self._asked(progress)
            if isinstance(found, list):
                return found
            without = found
        try:
            return self._sent(without, progress)
        except LayertuiError as error:
            if not without or isinstance(error, Cancelled | Unreachable) or _lacking(error) is None:
                raise
            return self._sent(frozenset(), progress)  # it has lost one meanwhile

    def _asked(self, progress: Progress) -> list[dict[str, Any]] | AbstractSet[DiffID]:
        """The layers below the first one that the daemon lacks; where it lacks none, its messages, since it has the image then."""
        layers = self._image.layers
        try:
            return self._sent({layer.diff_id for layer in layers}, progress)
        except LayertuiError as error:
            if isinstance(error, Cancelled | Unreachable):
                raise
            lacking = _lacking(error)
            for at, layer in enumerate(layers):
                if lacking is not None and lacking[1] == layer.digest.encoded:
                    return {below.diff_id for below in layers[:at]} - {above.diff_id for above in layers[at:]}
            return frozenset()

    def _sent(self, without: AbstractSet[DiffID], progress: Progress) -> list[dict[str, Any]]:
        def write(out: BinaryIO) -> None:
            save([(self._image, self._names)], out, form="both", without=without, spool=self._spool, progress=progress)

        return upload(
            self._client, "/images/load", tr("image {short}", short=self._image.id.short), write, progress, quiet=1
        )


def _lacking(error: LayertuiError) -> re.Match[str] | None:
    """The layer that the daemon lacks, where its error is about one; it is read whole, of which our line may have the beginning alone."""
    return _LACKING.search(str(error.__cause__ or error))
