"""Catalog: every layer read once, every stack laid once; tables kept on disk, several read at a time.

Looking does not wait for hashing. A layer whose bytes nobody has summed yet is cached under its
*source* (device, inode, size, time, offset); only `verify`, which sums all bytes, puts its table
under the DiffID. So an archive that lies about a DiffID cannot colour the view of an honest image.
"""

from __future__ import annotations

from collections import OrderedDict
from contextlib import ExitStack
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast
from weakref import WeakValueDictionary

from layertui.core.errors import DigestMismatch
from layertui.core.layers.cache import Cache
from layertui.core.layers.counts import Counts, counts, pack, unpack
from layertui.core.oci.digest import DiffID, Digest
from layertui.core.streams.compress import decompressed, sniff
from layertui.core.streams.progress import Progress, quiet
from layertui.core.streams.seekable import Seekable
from layertui.core.streams.tar import content_total
from layertui.core.streams.verify import SummingReader

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from layertui.core.layers.stack import Laid, Stack
    from layertui.core.layers.table import LayerTable

_READERS = 2
_REMEMBERED = 8  # stacks
_CHUNK = 1 << 22  # some milliseconds of summing, in which others have the interpreter


class LayerBlob(Protocol):
    """A layer as it is stored, compressed or not."""

    @property
    def diff_id(self) -> DiffID:
        """The digest that its uncompressed tar must have."""
        ...

    @property
    def size(self) -> int:
        """Bytes as stored."""
        ...

    @property
    def source(self) -> str | None:
        """Where the bytes lie, while nobody has summed them; None once they are known to be true."""
        ...

    def open(self) -> BinaryIO:
        """The stored bytes, to be read through once; fails at the end if they are not true."""
        ...

    def open_at(self) -> BinaryIO:
        """The stored bytes, seekable, not summed."""
        ...


class Catalog:
    """Tables and stacks of layers. ``folder`` keeps what was read between runs; None keeps nothing."""

    def __init__(self, folder: Path | None) -> None:
        self._cache = Cache(folder)
        # A table lives as long as a stack that lies on it; stacks go when newer ones come.
        self._tables: WeakValueDictionary[str, LayerTable] = WeakValueDictionary()
        self._stacks: OrderedDict[str, Stack] = OrderedDict()
        self._sums: dict[str, int] = {}
        self._proven: set[tuple[str, DiffID]] = set()
        self._lock = Lock()

    def table(self, blob: LayerBlob, progress: Progress | None = None) -> LayerTable:
        """The table of a layer: remembered, from the cache, or read.

        Raises Damaged, Truncated or UnsafePath for a layer that cannot be read.
        """
        key = _key(blob)
        with self._lock:
            known = self._tables.get(key)
        if known is None:
            known = self._cache.table(key) or self._read(blob, key, progress or quiet())
            with self._lock:
                self._tables[key] = known
        return known

    def stack(self, blobs: Sequence[LayerBlob], progress: Progress | None = None) -> Stack:
        """The stack of some layers, lowest first: remembered, from the cache, or laid. Raises as `table` does."""
        key = _stack_key(blobs)
        with self._lock:
            known = self._stacks.get(key)
        if known is None:
            known = self._kept_stack(blobs, key) or self._lay(blobs, key, progress or quiet())
        with self._lock:
            self._stacks[key] = known
            self._stacks.move_to_end(key)
            if len(self._stacks) > _REMEMBERED:
                self._stacks.popitem(last=False)
        return known

    def counts(
        self, blobs: Sequence[LayerBlob], progress: Progress | None = None, *, proven: bool = False
    ) -> list[Counts]:
        """What each layer did, lowest first; with ``proven``, every byte summed. Raises as `stack` and `verify` do."""
        key = _stack_key(blobs)
        kept = self._cache.note(key, "counts")
        known = unpack(kept) if kept is not None else None
        if known is not None and len(known) == len(blobs):
            if proven:
                self.verify(blobs, progress)
            return known
        found = counts(self.proven_stack(blobs, progress) if proven else self.stack(blobs, progress))
        self._cache.keep_note(key, "counts", pack(found))
        return found

    def content_size(self, blob: LayerBlob, progress: Progress | None = None) -> int:
        """Bytes of a layer's regular files, without making its table where that is not at hand."""
        key = _key(blob)
        with self._lock:
            table, known = self._tables.get(key), self._sums.get(key)
        if table is not None:
            return table.size
        if known is None:
            kept = self._cache.note(key, "size")
            known = int(kept) if kept else None
        if known is None:
            with _open_tar(blob) as tar:
                known = content_total(tar, progress)
            self._cache.keep_note(key, "size", b"%d" % known)
        with self._lock:
            self._sums[key] = known
        return known

    def is_same(self, one: LayerBlob, other: LayerBlob) -> bool:
        """Whether two layers are known to hold the same: they lie at one place, or have one DiffID that is proven of both."""
        if _key(one) == _key(other):
            return True
        return one.diff_id == other.diff_id and self._is_proven(one) and self._is_proven(other)

    def verify(self, blobs: Sequence[LayerBlob], progress: Progress | None = None) -> None:
        """Sum every byte of some layers. Raises DigestMismatch or Truncated for the first untrue one."""
        waiting = [blob for blob in blobs if not self._is_proven(blob)]
        if not waiting:
            return
        from concurrent.futures import ThreadPoolExecutor  # late: a second opening starts no threads

        with ThreadPoolExecutor(_READERS) as readers:
            for done in [readers.submit(self._verify, blob, progress or quiet()) for blob in _largest_first(waiting)]:
                done.result()

    def proven_stack(self, blobs: Sequence[LayerBlob], progress: Progress | None = None) -> Stack:
        """The stack of some layers; each is read once, for its sum and its table. Raises as `stack` and `verify` do."""
        progress = progress or quiet()
        waiting = [blob for blob in blobs if not self._is_proven(blob)]
        from concurrent.futures import ThreadPoolExecutor  # late: a second opening starts no threads

        with ThreadPoolExecutor(_READERS) as readers:
            proofs = [readers.submit(self._verify, blob, progress, read=True) for blob in _largest_first(waiting)]
            tables = [proof.result() for proof in proofs]  # held, so that they are at hand when the stack is laid
        stack = self.stack(blobs, progress)
        del tables
        return stack

    def _kept_stack(self, blobs: Sequence[LayerBlob], key: str) -> Stack | None:
        """The stack in the cache, over tables that are got when they are first asked for."""
        return self._cache.stack(key, lambda: self._laid(blobs, [partial(self.table, blob) for blob in blobs]))

    def _lay(self, blobs: Sequence[LayerBlob], key: str, progress: Progress) -> Stack:
        """Read what is not known, several layers at a time, and lay it."""
        from concurrent.futures import ThreadPoolExecutor  # late: a second opening starts no threads

        from layertui.core.layers.stack import Stack

        with ThreadPoolExecutor(_READERS) as readers:
            tables = list(readers.map(lambda blob: self.table(blob, progress), blobs))
        stack = Stack.lay(self._laid(blobs, tables))
        self._cache.keep_stack(key, stack)
        self._cache.trim()
        return stack

    def _laid(self, blobs: Sequence[LayerBlob], tables: Sequence[LayerTable | Callable[[], LayerTable]]) -> list[Laid]:
        from layertui.core.layers.spill import Spill
        from layertui.core.layers.stack import Laid
        from layertui.core.layers.tarball import TarballContent

        laid = []
        for table, blob in zip(tables, blobs, strict=True):
            spill = Spill(self._cache, _key(blob), partial(_unpressed, blob))
            content = TarballContent(table, partial(_open_tar, blob), partial(_open_tar, blob, spill.reader))
            laid.append(Laid(table, content))
        return laid

    def _is_proven(self, blob: LayerBlob) -> bool:
        """Whether these very bytes were summed, now or in an earlier run: they have a new source if they are others."""
        source = blob.source
        if source is None or (source, blob.diff_id) in self._proven:
            return True
        return self._cache.note(f"{source} {blob.diff_id}", "proven") is not None

    def _verify(self, blob: LayerBlob, progress: Progress, *, read: bool = False) -> LayerTable | None:
        """Sum a layer; with ``read``, its table is made of the same bytes unless it is known."""
        key = _key(blob)
        with self._lock:
            table = self._tables.get(key)
        table = table or (self._cache.table(key) if read else None)
        found, made = _summed(blob, progress, read=read and table is None)
        if found != blob.diff_id:
            raise DigestMismatch(f"a layer's content is {found}, not its DiffID {blob.diff_id}")
        table = table or made
        if table is not None:
            with self._lock:
                table = self._tables.setdefault(key, table)
        if made is not None:
            self._cache.keep_table(key, made)
        source = blob.source
        if source is not None:
            self._proven.add((source, blob.diff_id))
            self._cache.keep_note(f"{source} {blob.diff_id}", "proven", b"")
            self._promote(blob)
        return table

    def _promote(self, blob: LayerBlob) -> None:
        """Let a table that was read under a source be found under the DiffID, now that it is true."""
        if blob.source is None or self._cache.has_table(blob.diff_id):
            return
        key = _key(blob)
        with self._lock:
            table = self._tables.get(key)
        table = table or self._cache.table(key)
        if table is not None:
            self._cache.keep_table(blob.diff_id, table)

    def _read(self, blob: LayerBlob, key: str, progress: Progress) -> LayerTable:
        from layertui.core.layers.tarball import read_table

        with _open_tar(blob) as tar:
            table = read_table(tar, progress)
        self._cache.keep_table(key, table)
        return table


def _key(blob: LayerBlob) -> str:
    """What a layer's table is kept under: where its bytes lie, or the DiffID once that is known to be true."""
    source = blob.source
    return blob.diff_id if source is None else f"source:{source}"


def _stack_key(blobs: Sequence[LayerBlob]) -> str:
    return "\n".join(map(_key, blobs))


def _largest_first(blobs: Sequence[LayerBlob]) -> list[LayerBlob]:
    """So that no reader is left alone with a large one at the end."""
    return sorted(blobs, key=lambda blob: blob.size, reverse=True)


def _summed(blob: LayerBlob, progress: Progress, *, read: bool) -> tuple[Digest, LayerTable | None]:
    """The digest of a layer's uncompressed tar; with ``read``, the table of it too."""
    chunk = memoryview(bytearray(_CHUNK))  # one for all: fresh memory for each costs more than reading
    table = None
    with ExitStack() as opened:
        stored = tar = opened.enter_context(blob.open())
        # Of a layer that is stored as it is, the reader already proves the DiffID.
        proves = getattr(stored, "digest", None) == blob.diff_id
        if not proves:
            tar = cast("BinaryIO", opened.enter_context(SummingReader(decompressed(stored))))
        if read:
            from layertui.core.layers.tarball import read_table

            table = read_table(tar, progress)
        while count := tar.readinto(chunk):  # type: ignore[attr-defined]
            progress.advance(count)
        while stored.read(_CHUNK):  # what follows the compressed stream is part of the blob
            pass
        return blob.diff_id if proves else tar.sum.digest(), table  # type: ignore[attr-defined]


def _unpressed(blob: LayerBlob) -> BinaryIO:
    return decompressed(blob.open_at())


def _open_tar(blob: LayerBlob, compressed: Callable[[], BinaryIO] | None = None) -> BinaryIO:
    """A layer's uncompressed tar, seekable; for a compressed one, what ``compressed`` gives, or a reader forward."""
    stored = blob.open_at()
    head = stored.read(16)
    stored.seek(0)
    if sniff(head) == "none":
        return stored
    stored.close()
    return compressed() if compressed else cast("BinaryIO", Seekable(partial(_unpressed, blob)))
