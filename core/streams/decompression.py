"""Shared code of the decompressing readers: full reads, and the limit on the compression ratio."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from layertui.core.bounds import NO_BOMB, bounds, exceeded
from layertui.core.fs.reader import Reader, read_fully
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CHUNK = 128 << 10


class DecompressingReader(Reader):
    """A reader over ``_some``, whose short reads it completes. Closing it closes ``raw``."""

    def __init__(self, raw: BinaryIO) -> None:
        super().__init__()
        self._raw = raw
        self.name = str(getattr(raw, "name", "stream"))

    def _some(self, size: int) -> bytes:
        """At least one byte and at most ``size``; nothing only at the end."""
        raise NotImplementedError

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0:
            return b"".join(iter(lambda: self._some(CHUNK), b""))
        return read_fully(self._some, size)

    def read_some(self, size: int) -> bytes:
        """What one step gives: at most ``size`` bytes, none only at the end."""
        return self._some(size)

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        got = self._some(len(view)) if len(view) else b""
        view[: len(got)] = got
        return len(got)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class DecompressionBudget:
    """Counts compressed and decompressed bytes. Raises LimitExceeded when a limit of `Bounds` is met."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._most, self._ratio = bounds().unpacked, bounds().ratio
        self._next = NO_BOMB  # the output at which the ratio is checked next
        self.taken = self.given = 0

    def count(self, given: int) -> None:
        """Count ``given`` more bytes of output."""
        self.given += given
        if self.given > self._most:
            raise exceeded(
                "unpacked", tr("{name}: unpacks to more than {given:,} bytes", name=self._name, given=self.given)
            )
        if self.given > self._next:
            if self.given > self._ratio * self.taken:
                raise exceeded(
                    "ratio",
                    tr(
                        "{name}: {taken:,} bytes unpack to {given:,} and more",
                        name=self._name,
                        taken=self.taken,
                        given=self.given,
                    ),
                )
            self._next += CHUNK
