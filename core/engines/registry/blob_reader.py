"""BlobReader: one blob of a registry as a file: read through it is verified and kept, elsewhere it is read by ranges."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from layertui.core.engines.registry.blob_stream import BlobStream, NoRanges
from layertui.core.errors import DigestMismatch, StorageError
from layertui.core.fs.reader import SeekableReader, read_fully
from layertui.core.language.texts import tr
from layertui.core.oci.digest import Sum
from layertui.core.progress import quiet

if TYPE_CHECKING:
    from layertui.core.engines.registry.kept_blobs import BlobPart, KeptBlobs
    from layertui.core.engines.registry.registry_client import RegistryClient
    from layertui.core.fs.file_window import Window
    from layertui.core.oci.descriptor import Descriptor

_STEP = 1 << 18
_NEAR = 1 << 16  # bytes that are read and dropped sooner than another request is sent


class BlobReader(SeekableReader):
    """A blob that is brought as it is read. Nothing is asked for before the first `read`.

    Who reads from the beginning to the end has verified bytes, as of a VerifyingReader, and the blob is kept on this machine.
    What is read after a jump comes by ranges and is not verified; from a registry without ranges the whole blob is brought first.
    """

    def __init__(
        self, client: RegistryClient, repository: str, descriptor: Descriptor, kept: KeptBlobs, source: str
    ) -> None:
        super().__init__()
        self.digest, self.size, self.source = descriptor.digest, descriptor.size, source
        self.name = tr("registry {host}", host=client.host)
        self._client, self._repository, self._descriptor, self._kept = client, repository, descriptor, kept
        self._sum = Sum(descriptor.digest.algorithm)  # of the first bytes, as many as it has counted
        self._part: BlobPart | None = None
        self._stream: BlobStream | None = None  # what follows them
        self._jump: BlobStream | None = None
        self._jumped = 0  # where that stands
        self._local: Window | None = None  # the blob, once it is here
        self._stop = quiet()  # cancelled by `interrupt`

    def read(self, size: int | None = -1) -> bytes:
        left = self.size - self._position
        wanted = left if size is None or size < 0 else min(size, left)
        return read_fully(self._some, wanted) if wanted > 0 else self.read_some(0)

    def read_some(self, size: int) -> bytes:
        """What comes at once: at most ``size`` bytes, none only at the end."""
        wanted = min(size, self.size - self._position)
        if wanted <= 0:
            self._finish_empty()
            return b""
        return self._some(wanted)

    def interrupt(self) -> None:
        """End a `read` that another thread is in: it raises Cancelled. Only `close` may follow."""
        self._stop.cancel()
        for opened in (self._stream, self._jump):
            if opened is not None:
                opened.interrupt()

    def close(self) -> None:
        for opened in (self._stream, self._jump, self._part, self._local):
            if opened is not None:
                opened.close()
        self._stream = self._jump = self._part = self._local = None
        super().close()

    def _length(self) -> int:
        return self.size

    def _some(self, size: int) -> bytes:
        if self._local is not None:
            self._local.seek(self._position)
            got = self._local.read(size)
        elif self._position == self._sum.size:
            got = self._through(size)
        elif self._position < self._sum.size and self._part is not None:
            got = self._part.read(self._position, min(size, self._sum.size - self._position))
        else:
            got = self._elsewhere(size)
        self._position += len(got)
        return got

    def _through(self, size: int) -> bytes:
        """The next of the first bytes: those that an earlier attempt has left here, then those that come."""
        if self._stream is None:
            self._begin()
        assert self._stream is not None
        known = self._part.size - self._sum.size if self._part is not None else 0
        if known > 0 and self._part is not None:
            got = self._part.read(self._sum.size, min(size, known))
        else:
            got = self._stream.read(size)
            self._write(got)
        self._sum.update(got)
        if self._sum.size == self.size:
            self._verify()
        return got

    def _begin(self) -> None:
        with suppress(StorageError):  # a full disk is no reason not to read
            self._part = self._kept.part(self._descriptor)
        start = self._part.size if self._part is not None else 0
        self._stream = self._streamed(start)

    def _streamed(self, start: int) -> BlobStream:
        return BlobStream(self._client, self._repository, self._descriptor, start, progress=self._stop)

    def _write(self, content: bytes) -> None:
        if self._part is not None:
            try:
                self._part.append(content)
            except StorageError:
                self._part.close()
                self._part = None

    def _verify(self) -> None:
        found = self._sum.digest()
        if found != self.digest:
            if self._part is not None:
                self._part.reset()
            raise DigestMismatch(
                tr(
                    "{name}: blob {short} of {repository} has other content: its digest is {found}",
                    name=self.name,
                    short=self.digest.short,
                    repository=self._repository,
                    found=found,
                )
            )
        if self._part is not None:
            self._part.keep()

    def _finish_empty(self) -> None:
        if self.size == 0 and self._sum.size == 0:
            self._verify()

    def _elsewhere(self, size: int) -> bytes:
        ahead = self._position - self._jumped
        if self._jump is None or not 0 <= ahead <= _NEAR:
            if self._jump is not None:
                self._jump.close()
            self._jump = self._streamed(self._position)
            self._jumped, ahead = self._position, 0
        try:
            while ahead and (passed := self._jump.read(ahead)):
                self._jumped, ahead = self._jumped + len(passed), ahead - len(passed)
            got = self._jump.read(size)
        except NoRanges:
            self._bring()
            return self._part.read(self._position, size) if self._part is not None else b""
        self._jumped += len(got)
        return got

    def _bring(self) -> None:
        """Have all of it here."""
        while self._sum.size < self.size:
            self._through(_STEP)
        self._local = self._kept.find(self._descriptor)
