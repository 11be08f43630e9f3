"""Prepares layers for an archive: as they are stored, or with another compression."""

import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

from layertui.core.errors import DigestMismatch, as_storage_error
from layertui.core.fs.atomic import folder_for_spooling
from layertui.core.fs.file_window import Window
from layertui.core.fs.reader import Reader, read_to_end
from layertui.core.images.image import Layer
from layertui.core.language.texts import tr
from layertui.core.oci.descriptor import Descriptor
from layertui.core.oci.digest import Digest, Sum
from layertui.core.oci.media_types import layer_media_type
from layertui.core.progress import Progress
from layertui.core.streams.compress import compressor, decompressed, sniff
from layertui.core.streams.digest_reader import HashingWriter
from layertui.core.streams.parallel import parallel_map

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class PackedLayer:
    """A layer ready for the archive."""

    descriptor: Descriptor
    open: Callable[[], BinaryIO]


def pack_layers(
    layers: Sequence[Layer],
    compress: str | None,
    for_docker: bool,  # noqa: FBT001
    spooled: ExitStack,
    spool: Path | None,
    progress: Progress,
) -> dict[Digest, PackedLayer]:
    """Prepare layers, by their current digest. Recompressed ones are in temporary files that `spooled` closes.

    Raises Damaged, StorageError.
    """
    wanted = {layer: _wanted(layer, compress, for_docker) for layer in layers}
    repacked = [layer for layer in layers if wanted[layer] is not None]
    progress.begin(tr("compressing"), sum(layer.size for layer in repacked))
    packed = {layer.digest: PackedLayer(layer.descriptor, layer.open) for layer in layers}

    def repack(layer: Layer, shared: Progress) -> None:
        packed[layer.digest] = _in_window(*_repacked(layer, wanted[layer] or "", spool, shared), spooled)

    parallel_map(repack, repacked, progress, "compress")
    return packed


def _wanted(layer: Layer, compress: str | None, for_docker: bool) -> str | None:  # noqa: FBT001
    """The compression that a layer must be converted to; None if it is stored unchanged."""
    with layer.open_at() as raw:
        now = sniff(raw.read(16))
    if compress is None:
        return "none" if now in ("bzip2", "xz") or (for_docker and now == "zstd") else None
    return None if now == compress else compress


def _repacked(layer: Layer, compress: str, spool: Path | None, progress: Progress) -> tuple[Descriptor, BinaryIO]:
    plain_sum, folder = Sum(), folder_for_spooling(spool)
    with ExitStack() as stack:
        with as_storage_error(folder):
            out = stack.enter_context(tempfile.TemporaryFile(dir=folder))
        stored = HashingWriter(cast("BinaryIO", out))
        with (
            layer.open() as raw,
            decompressed(raw) as plain,
            compressor(cast("BinaryIO", stored), compress) as packing,
        ):
            while chunk := plain.read(_CHUNK):
                plain_sum.update(chunk)
                progress.advance(len(chunk))
                with as_storage_error(folder):
                    packing.write(chunk)
            read_to_end(raw)  # what follows the compressed stream is verified, too
        if plain_sum.digest() != layer.diff_id:
            raise DigestMismatch(
                tr(
                    "layer {number} is {digest} uncompressed, and not {diff_id}",
                    number=layer.number,
                    digest=plain_sum.digest(),
                    diff_id=layer.diff_id,
                )
            )
        with as_storage_error(folder):
            out.flush()
        stack.pop_all()
    return Descriptor(layer_media_type(compress), stored.sum.digest(), stored.sum.size), cast("BinaryIO", out)


def _in_window(descriptor: Descriptor, out: BinaryIO, spooled: ExitStack) -> PackedLayer:
    spooled.enter_context(out)
    return PackedLayer(descriptor, cast("Callable[[], BinaryIO]", partial(Window, out.fileno())))


class ReadAhead(Reader):
    """A reader whose next piece is read and hashed in a thread while the last one is written."""

    def __init__(self, stream: BinaryIO, progress: Progress) -> None:
        super().__init__()
        self._stream, self._progress = stream, progress
        self._thread = ThreadPoolExecutor(1, "read-ahead")
        self._next: Future[bytes] = self._thread.submit(stream.read, _CHUNK)
        self._rest = b""

    def read(self, size: int | None = -1) -> bytes:
        if not self._rest:
            self._rest = self._next.result()
            if self._rest:
                self._next = self._thread.submit(self._stream.read, _CHUNK)
                self._progress.advance(len(self._rest))
        if size is None or size < 0 or size >= len(self._rest):
            got, self._rest = self._rest, b""
        else:
            got, self._rest = self._rest[:size], self._rest[size:]
        return got

    def finish(self) -> None:
        """Read to the end, where the content is verified. Raises DigestMismatch, Truncated."""
        read_to_end(cast("BinaryIO", self))

    def close(self) -> None:
        if not self.closed:
            self._thread.shutdown(cancel_futures=True)
            self._stream.close()
        super().close()
