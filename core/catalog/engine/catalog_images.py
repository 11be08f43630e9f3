"""CatalogImages: the images that a catalog has, each listed and opened from what was recorded of it."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from layertui.core.catalog.extra import require_extra
from layertui.core.engines.image_values import ImageSummary, RecordedFiles
from layertui.core.errors import Ambiguous, Damaged, DigestMismatch, ImageChoice, LayertuiError, NotFound, UsageError
from layertui.core.images.image import Image, check_layers
from layertui.core.language.texts import tr
from layertui.core.oci.descriptor import Descriptor, Platform
from layertui.core.oci.digest import DiffID, Digest, digest_of
from layertui.core.oci.image_config import ImageConfig
from layertui.core.oci.manifest import Manifest
from layertui.core.oci.media_types import OCI_CONFIG, OCI_LAYER, OCI_MANIFEST
from layertui.core.oci.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from layertui.core.analysis.by_folder.repository_sizes import RepositorySizes
    from layertui.core.analysis.packages.layer_databases import LayerDatabases
    from layertui.core.analysis.search.file_query import FileQuery
    from layertui.core.catalog.questions.catalog_database import CatalogDatabase
    from layertui.core.catalog.storage.catalog_files import CatalogFiles
    from layertui.core.catalog.storage.catalog_state import CatalogState
    from layertui.core.progress import Progress

_DOCKER = "docker://"
_LISTED = """
    SELECT i.image, i.repository, i.tag, i.digest, i.id, i.os, i.architecture, i.variant, i.created, i.stored_size,
        s.diff_ids, list_sum(s.stored)::BIGINT AS size
    FROM images i LEFT JOIN stacks s ON s.chain_id = i.chain_id ORDER BY i.image
"""


_SIZED = """
    SELECT s.diff_id, list_sort(list(DISTINCT i.repository)) AS repositories, min(i.image) AS image,
        max(s.stored)::BIGINT AS bytes, min(s.hidden)::BIGINT AS wasted, arg_min(i.steps[s.layer], i.image) AS command
    FROM stack_layers s JOIN images i ON i.chain_id = s.chain_id GROUP BY s.diff_id ORDER BY s.diff_id
"""


class _Recorded(NamedTuple):
    """One name of the catalog, and the image that it means."""

    image: str
    """As it was added: what the catalog's questions call it."""
    name: Reference | None
    platform: Platform
    summary: ImageSummary


class _Listed(NamedTuple):
    """What there was in one state of the catalog."""

    number: int
    recorded: Sequence[_Recorded]
    summaries: Sequence[ImageSummary]
    unreadable: int


class CatalogImages:
    """See Images in `image_protocols.py`. A name is one of the catalog's own, too: `docker://HOST/NAME:TAG`, a path."""

    def __init__(self, place: str) -> None:
        self.place = place
        self._listed: _Listed | None = None
        self._newest: CatalogState | None = None
        self._lock = Lock()

    def list(self) -> Sequence[ImageSummary]:
        return self._list().summaries

    def unreadable(self, listed: Sequence[ImageSummary]) -> int:
        return self._list().unreadable

    def check(self) -> str:
        """Read the state; there is no version. Raises NotFound where no catalog is, LayertuiError without the extra."""
        self._state()
        return ""

    def number(self) -> int:
        """The number of the newest state; where it is the one from before, nothing is read for it. Raises as `check` does."""
        return self._state()[1].number

    def open(self, name: str, platform: Platform | None, progress: Progress) -> Image:
        progress.advance(0)
        found = self._chosen(name, platform)
        with self.ask() as database:
            rows = database.rows("SELECT * FROM images WHERE image = $image", {"image": _stored(found.image)})
            if not rows:
                raise NotFound(tr("{name} is not in the catalog any more", name=name))
            sizes = database.rows(
                "SELECT diff_id, stored_size FROM layers WHERE list_contains($diff_ids, diff_id)",
                {"diff_ids": [str(one) for one in found.summary.diff_ids]},
            )
            known_by = self._known_by(database.state)
        return self._image(found, rows[0], {row["diff_id"]: row["stored_size"] for row in sizes}, known_by)

    def find(self, query: FileQuery, progress: Progress) -> Iterator[RecordedFiles]:
        """The files that fit, in all images: see RecordedSearch. Raises UsageError, LimitExceeded, and as `check` does."""
        from layertui.core.analysis.search.content_tests import HasDigest
        from layertui.core.catalog.engine.recorded_entries import entry_of

        digest = query.content.digest if isinstance(query.content, HasDigest) else None
        if query.unowned or (query.content is not None and digest is None):
            raise UsageError(tr("a catalog has no contents of files: search for names, digests or packages in it"))
        by_image = {one.image: one for one in self._list().recorded}
        with self.ask() as database:
            from layertui.core.catalog.questions.find_paths import CatalogQuery, find_paths

            found = find_paths(database, CatalogQuery(query, digest))
            for image, paths in groupby(found, key=lambda path: path.image):
                progress.advance(0)
                named = by_image[image].summary if image in by_image else None
                local = next((one.familiar for one in named.names), str(named.id)) if named is not None else image
                rows = [(entry_of(path), path.visible) for path in paths]
                yield RecordedFiles(image, local, rows)

    def repository_sizes(self, progress: Progress) -> RepositorySizes:
        """See SizesByRepository. Bytes are those of `catalog sizes`."""
        from layertui.core.analysis.by_folder.repository_sizes import RepositorySizes, SizedLayer
        from layertui.core.catalog.storage.stored_text import unstored

        progress.advance(0)
        with self.ask() as database:
            rows = database.rows(_SIZED)
            images = database.rows("SELECT count(*) AS images FROM images")[0]["images"]
        layers = [
            SizedLayer(
                row["diff_id"],
                [unstored(name or "") for name in row["repositories"]],
                unstored(row["image"]),
                size := max(0, row["bytes"] or 0),
                min(max(0, row["wasted"] or 0), size),
                unstored(row["command"] or ""),
            )
            for row in rows
        ]
        return RepositorySizes(layers, images)

    @contextmanager
    def ask(self) -> Iterator[CatalogDatabase]:
        """The catalog as it is now, to be asked. Raises as `check` does."""
        files, state = self._state()
        from layertui.core.catalog.questions.catalog_database import CatalogDatabase

        with CatalogDatabase(files, state) as database:
            yield database

    def _state(self) -> tuple[CatalogFiles, CatalogState]:
        require_extra()
        from layertui.core.catalog.storage.catalog_files import catalog_files
        from layertui.core.catalog.storage.catalog_state import is_newest, read_state

        files, state = catalog_files(self.place), self._newest
        if state is None or not is_newest(files, state.number):
            self._newest = state = read_state(files)
        if not state.number:
            raise NotFound(tr("no catalog at {place}; `layertui catalog add SOURCE` makes one", place=files.place))
        return files, state

    def _known_by(self, state: CatalogState) -> str:
        """Another text wherever other rows may be read."""
        total = hashlib.sha256(self.place.encode("utf-8", "surrogateescape"))
        for table in ("files", "hidden"):
            for name in sorted(file.name for file in state.of(table)):
                total.update(name.encode() + b"\n")
        return total.hexdigest()

    def _databases(self, diff_id: str) -> LayerDatabases | None:
        from layertui.core.catalog.storage.catalog_files import catalog_files
        from layertui.core.catalog.storage.kept_layers import kept_databases

        return kept_databases(catalog_files(self.place), diff_id)

    # ---------------------------------------------------------------- listed

    def _list(self) -> _Listed:
        with self._lock:
            files, state = self._state()
            if self._listed is not None and self._listed.number == state.number:
                return self._listed
            from layertui.core.catalog.questions.catalog_database import CatalogDatabase

            with CatalogDatabase(files, state) as database:
                rows = database.rows(_LISTED)
            self._listed = _listed(state.number, rows)
            return self._listed

    def _chosen(self, name: str, platform: Platform | None) -> _Recorded:
        """What a name means. Raises NotFound, Ambiguous."""
        recorded = self._list().recorded
        found = [one for one in recorded if one.image == name]
        if not found:
            wanted = _reference(name)
            found = [one for one in recorded if wanted is not None and one.name == wanted]
        if not found:
            found = [one for one in recorded if _is_meant(one.summary, name)]
        if not found:
            raise NotFound(tr("{name}: no such image in the catalog", name=name))
        fitting = [one for one in found if platform is None or one.platform.fits(platform)]
        if not fitting:
            raise NotFound(
                tr(
                    "{name} is for {platform}; the catalog has none for {platform2}",
                    name=name,
                    platform=found[0].platform,
                    platform2=platform,
                )
            )
        if len({(one.summary.id, one.summary.digest) for one in fitting}) > 1:
            choices = [ImageChoice(one.image, f"{one.image}  {one.summary.id.short}") for one in fitting]
            names = ", ".join(one.image for one in fitting[:12])
            raise Ambiguous(tr("{name} means several images of the catalog: {names}", name=name, names=names), choices)
        return fitting[0]

    # ---------------------------------------------------------------- opened

    def _image(self, found: _Recorded, row: dict[str, Any], sizes: dict[str, int], known_by: str) -> Image:
        from layertui.core.catalog.engine.recorded_layers import RecordedLayers
        from layertui.core.catalog.storage.stored_text import unstored

        content = unstored(row["config"]).encode("utf-8", "surrogateescape")
        image_id = Digest(row["id"])
        if digest_of(content) != image_id:
            raise DigestMismatch(
                tr("the config that the catalog has of {image} is not that of its ID", image=found.image)
            )
        config = ImageConfig.from_bytes(content)
        diff_ids = config.rootfs.diff_ids
        check_layers(image_id, len(diff_ids))
        layers = tuple(Descriptor(OCI_LAYER, Digest(one), max(0, sizes.get(str(one)) or 0)) for one in diff_ids)
        manifest = Manifest(Descriptor(OCI_CONFIG, image_id, len(content)), layers)
        rest = int(row["stored_size"] or 0) - len(content) - sum(one.size for one in set(layers))
        chain_ids = config.rootfs.chain_ids
        blobs = RecordedLayers(self.ask, found.image, known_by, diff_ids, chain_ids, self._databases)
        names = () if found.name is None else (found.name,)
        descriptor = Descriptor(OCI_MANIFEST, Digest(row["digest"]), max(0, rest))
        image = Image(descriptor, manifest, config, content, blobs, names)
        return replace(image, manifest_is_made=descriptor.digest == image_id)


def _stored(text: str) -> str:
    from layertui.core.catalog.storage.stored_text import stored

    return stored(text)


def _listed(number: int, rows: Sequence[dict[str, Any]]) -> _Listed:
    """One summary for each image, with all of its names."""
    recorded: list[_Recorded] = []
    taken: dict[Reference, tuple[Digest, Digest | None]] = {}
    unreadable = 0
    for row in rows:
        try:
            one = _recorded(row)
        except (LayertuiError, TypeError, ValueError):
            unreadable += 1
            continue
        key = one.summary.id, one.summary.digest
        # Two engines may have one name for two images: then the second goes by what it was added as.
        if one.name is not None and taken.setdefault(one.name, key) != key:
            one = one._replace(summary=replace(one.summary, names=(), place=one.image))
        recorded.append(one)
    summaries: dict[tuple[Digest, Digest | None], ImageSummary] = {}
    for one in recorded:
        key = one.summary.id, one.summary.digest
        before = summaries.get(key)
        if before is None:
            summaries[key] = one.summary
        else:
            names = dict.fromkeys((*before.names, *one.summary.names))
            summaries[key] = replace(before, names=tuple(names), place=before.place or one.summary.place)
    return _Listed(number, recorded, [*summaries.values()], unreadable)


def _recorded(row: dict[str, Any]) -> _Recorded:
    """A row of the list. Raises Damaged, UsageError."""
    from layertui.core.catalog.storage.stored_text import unstored

    image = unstored(row["image"])
    name = _name_of(image, unstored(row["repository"] or ""), unstored(row["tag"] or ""))
    if row["diff_ids"] is None and row["size"] is not None:
        raise Damaged(image)
    parts = [unstored(row[part] or "") for part in ("os", "architecture", "variant")]
    platform = Platform(parts[0], parts[1], parts[2])
    summary = ImageSummary(
        id=Digest(row["id"]),
        digest=Digest(row["digest"]) if row["digest"] != row["id"] else None,
        names=() if name is None else (name,),
        diff_ids=tuple(DiffID.each(row["diff_ids"] or ())),
        created=unstored(row["created"] or "") or None,
        architecture=platform.architecture,
        os=platform.os,
        size=int(row["size"] or 0),
        stored_size=int(row["stored_size"] or 0),
        place=image if name is None else "",
    )
    return _Recorded(image, name, platform, summary)


def _name_of(image: str, repository: str, tag: str) -> Reference | None:
    if image.startswith(_DOCKER):
        return _reference(image.removeprefix(_DOCKER))
    return _reference(f"{repository}:{tag}") if repository and tag else None


def _reference(text: str) -> Reference | None:
    try:
        return Reference.parse(text)
    except (UsageError, Damaged):
        return None


def _is_meant(summary: ImageSummary, text: str) -> bool:
    return summary.id.is_meant_by(text) or (
        summary.digest is not None and text in (summary.digest, summary.digest.encoded)
    )
