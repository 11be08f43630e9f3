"""A cache of the data that image lists show, in one file beside the index, so that a list of thousands reads one file.

An entry is found by the digest of its manifest, so it never describes another image. It is valid while manifest and
config have the size and time that they had when they were read. If the index is unchanged since the last list, it is
not even parsed. The file is used only for display and lookup: adding, naming and deleting images reads the blobs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, Self

from layertui.core.errors import Ambiguous, LayertuiError, NotAnImage
from layertui.core.fs.checksummed_file import read_checked, write_checked
from layertui.core.images.image import Image
from layertui.core.oci import strict_json
from layertui.core.oci.digest import DiffID, Digest
from layertui.core.store.blobs import Blobs
from layertui.core.store.image_names import ListedNames, listed
from layertui.core.store.image_summary import ImageFacts, KnownLayer, Summaries, Summary, count, facts_of_rows, texts
from layertui.core.store.index_file import IndexSnapshot

VERSION = 1
_LIMIT = 1 << 28  # bytes; for a million images


class SummaryFile:
    """The summaries of one store, in memory and in a cache file."""

    def __init__(self, path: Path, blobs: Blobs, snapshot: Callable[[Digest | None], IndexSnapshot]) -> None:
        """`snapshot` returns the index, parsed unless it has the given digest."""
        self._path, self._blobs, self._snapshot = path, blobs, snapshot
        self._facts: dict[Digest, ImageFacts] = {}
        self._layers: dict[tuple[Digest, DiffID, int], KnownLayer] = {}
        self._index: Digest | None = None
        """The digest of the index listed last, if all its entries are plain images."""
        self._listed: list[tuple[Digest, tuple[str, ...]]] = []
        self._last: tuple[Digest | None, Summaries] | None = None
        """The last list, and the digest of its index."""
        self._loaded = self._changed = False
        self._lock = Lock()

    def read(self, read_image: Callable[[ListedNames], Image | None], *, remembered: bool = False) -> Summaries:
        """All images as they are now; `read_image` reads one that is not cached.

        With `remembered`, blobs are not checked for changes since the last time, as long as the index is the same.
        """
        with self._lock:
            if not self._loaded:
                self._loaded = True
                self._load()
            snapshot = self._snapshot(self._index)
            if remembered and self._last is not None and snapshot.digest == self._last[0]:
                return self._last[1]
            with _Looking(self._blobs) as looking:
                found = self._summaries(snapshot, looking, read_image)
                for layer in self._layers.values():
                    layer.is_there = looking.look(layer.digest)[0] == layer.size
            self._last = snapshot.digest, found
            return found

    def _summaries(
        self, snapshot: IndexSnapshot, looking: _Looking, read_image: Callable[[ListedNames], Image | None]
    ) -> Summaries:
        if self._index is not None and snapshot.digest == self._index:
            found = [Summary(self._facts[digest], names, digest) for digest, names in self._listed]
            if all(looking.is_unchanged(one.facts) for one in found):
                return Summaries(tuple(found), 0)
        found, unreadable, all_plain = [], 0, True
        for entry in listed(snapshot.index):
            facts = self._facts.get(entry.descriptor.digest)
            if facts is None or facts.size != entry.descriptor.size or not looking.is_unchanged(facts):
                try:
                    image = read_image(entry)
                except LayertuiError as error:
                    image = None
                    # Otherwise it is for other platforms, or something else, such as a chart.
                    unreadable += not isinstance(error, (Ambiguous, NotAnImage))
                facts = self._facts_of(image, looking) if image is not None else None
                # Which image an index for several platforms means here depends on more than its digest.
                if facts is not None and facts.digest == entry.descriptor.digest and facts.is_kept:
                    self._facts[facts.digest] = facts
                    self._changed = True
                else:
                    all_plain = False
            if facts is not None:
                found.append(Summary(facts, tuple(name.canonical for name in entry.names), entry.descriptor.digest))
        self._note_listed(snapshot.digest if all_plain else None, found)
        return Summaries(tuple(found), unreadable)

    def _note_listed(self, index: Digest | None, found: Sequence[Summary]) -> None:
        self._changed = self._changed or (index is not None and index != self._index)
        self._index = index
        self._listed = [(one.digest, one.spelled) for one in found] if index is not None else []

    def _facts_of(self, image: Image, looking: _Looking) -> ImageFacts:
        config = image.config
        return ImageFacts(
            digest=image.digest,
            size=image.descriptor.size,
            written=looking.look(image.digest)[1],
            id=image.id,
            config_size=image.manifest.config.size,
            config_written=looking.look(image.id)[1],
            created=config.created,
            architecture=config.architecture,
            os=config.os,
            layers=tuple(
                self._layer(layer.digest, diff_id, layer.size)
                for layer, diff_id in zip(image.manifest.layers, image.diff_ids, strict=True)
            ),
        )

    def _layer(self, digest: Digest, diff_id: DiffID, size: int, content_size: int | None = None) -> KnownLayer:
        known = self._layers.get((digest, diff_id, size))  # two images may record different sizes
        if known is None:
            known = self._layers[digest, diff_id, size] = KnownLayer(digest, diff_id, size, content_size)
        return known

    def measured(self, layers: Iterable[KnownLayer], sizes: Iterable[int]) -> None:
        """Record the sizes of some layers' files."""
        for layer, size in zip(layers, sizes, strict=True):
            layer.content_size = size
            self._changed = True

    # ------------------------------------------------------------ the file

    @property
    def is_damaged(self) -> bool:
        """Whether the file exists and is damaged."""
        return os.path.lexists(self._path) and read_checked(self._path, _LIMIT) is None

    def keep(self) -> None:
        """Write the cache file, if there is something new; errors are ignored, and make the next list slower."""
        with self._lock, suppress(OSError, LayertuiError):
            if self._changed and os.stat(self._path.parent.parent).st_uid == os.geteuid():
                self._changed = False
                write_checked(self._path, strict_json.dumps(self._to_json()))

    def _to_json(self) -> dict[str, Any]:
        wanted = {digest for digest, _ in self._listed} or (
            {one.digest for one in self._last[1].images} & self._facts.keys() if self._last is not None else set()
        )
        kept = [self._facts[digest] for digest in wanted]
        layers = {
            layer: number for number, layer in enumerate(dict.fromkeys(one for row in kept for one in row.layers))
        }
        rows = {row.digest: number for number, row in enumerate(kept)}
        return {
            "version": VERSION,
            "index": self._index,
            "listed": [[rows[digest], names] for digest, names in self._listed],
            "images": [[*row[:-1], [layers[one] for one in row.layers]] for row in kept],
            "layers": [[one.digest, one.diff_id, one.size, one.content_size] for one in layers],
        }

    def _load(self) -> None:
        """The content of the cache file; one that is damaged, of another user or of another format is ignored."""
        content = read_checked(self._path, _LIMIT, own=True)
        if content is None:
            return
        try:
            self._take(strict_json.loads_trusted_object(content))
        except (LayertuiError, ValueError, TypeError, LookupError, AttributeError):
            self._facts, self._layers, self._index, self._listed = {}, {}, None, []

    def _take(self, kept: dict[str, Any]) -> None:
        if kept["version"] != VERSION:
            return
        layers = [
            self._layer(Digest(digest), DiffID(diff_id), count(size), None if taken is None else count(taken))
            for digest, diff_id, size, taken in kept["layers"]
        ]
        facts = facts_of_rows(kept["images"], layers)
        self._facts = {row.digest: row for row in facts}
        if kept["index"] is not None:
            self._listed = [(facts[count(row)].digest, texts(names)) for row, names in kept["listed"]]
            self._index = Digest(kept["index"])


class _Looking:
    """The state of a store's blobs at one moment, each looked up once."""

    def __init__(self, blobs: Blobs) -> None:
        self._folder = blobs.folder
        self._seen: dict[Digest, tuple[int, int]] = {}
        self._fd = -1

    def __enter__(self) -> Self:
        with suppress(OSError):
            self._fd = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        return self

    def __exit__(self, *_: object) -> None:
        if self._fd >= 0:
            os.close(self._fd)

    def look(self, digest: Digest) -> tuple[int, int]:
        """The size of a blob and its change time in nanoseconds; -1 if it is missing."""
        seen = self._seen.get(digest)
        if seen is None:
            try:
                # Relative to an open folder, so that the kernel resolves two names for each of thousands, not the whole path.
                found = os.stat(digest.replace(":", "/", 1), dir_fd=self._fd)
                seen = found.st_size, found.st_mtime_ns
            except OSError:
                seen = -1, -1
            self._seen[digest] = seen
        return seen

    def is_unchanged(self, facts: ImageFacts) -> bool:
        """Whether manifest and config have not changed since they were read."""
        return self.look(facts.digest) == (facts.size, facts.written) and self.look(facts.id) == (
            facts.config_size,
            facts.config_written,
        )
