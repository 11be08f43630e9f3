"""Files found across images: of one, of an engine, of all engines, of a folder of archives; one that cannot be read stops no other."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from layertui.core.analysis.search.image_search import FoundFiles, files_found
from layertui.core.analysis.search.layer_search import LayerSearch
from layertui.core.engines.image_protocols import RecordedSearch
from layertui.core.engines.transports import engine_prefix
from layertui.core.errors import Ambiguous, Cancelled, LayertuiError, NotAnImage, NotFound, storage_error
from layertui.core.inspector.inspector import Inspector
from layertui.core.inspector.subject import layer_count
from layertui.core.language.texts import tr, trn
from layertui.core.progress import Progress, unseen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from layertui.core.analysis.search.file_query import FileQuery
    from layertui.core.engines.image_values import RecordedFiles
    from layertui.core.inspector.subject import Subject

    Opened = tuple[Inspector, Subject]

_ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.zst", ".oci")


class FilesInImage(NamedTuple):
    """What was found in one image or container. To be read before the next is asked for: after that its archive may be closed."""

    image: str
    """A name that opens it."""
    files: FoundFiles | RecordedFiles
    is_only: bool
    """It alone was named, and nothing else is searched."""
    engine: str = ""
    """The engine whose images are searched; empty where it was named."""
    local: str = ""
    """Its name in that engine, or its ID where it has no name."""


class NotSearched(NamedTuple):
    """An image, an engine or a file in which could not be searched, and why."""

    name: str
    why: str
    is_unknown: bool = False
    """No image, container or file has the name that was given."""


class _Target(NamedTuple):
    name: str
    open: Callable[[Progress], AbstractContextManager[Opened]]
    is_named: bool = False
    """The user named this one: a layer that it does not have is an error."""
    is_file: bool = False
    """A file of a folder, which may be something else than an archive."""
    engine: str = ""
    local: str = ""


def find_files(
    inspector: Inspector,
    query: FileQuery,
    names: Sequence[str] = (),
    *,
    all_engines: bool = False,
    progress: Progress,
) -> Iterator[FilesInImage | NotSearched]:
    """Search in what is named, in the order of the names: images, containers, archives, folders of archives.

    Without names, in all images of the default engine, or of all engines; these come by name, the default engine's first.
    An image in which nothing is found is left out. Raises Cancelled.
    """
    search = LayerSearch(query)
    targets: list[_Target] = []
    recorded: list[tuple[str, RecordedSearch]] = []
    problems: list[NotSearched] = []
    if names:
        for name in names:
            targets += _named(inspector, name, progress, problems)
    else:
        for engine in inspector.engine_names() if all_engines else (inspector.settings.engine,):
            if (finding := _finding(inspector, engine)) is not None:
                recorded.append((engine, finding))
            else:
                targets += _of_engine(inspector, engine, problems)
    yield from problems
    progress.begin(tr("searching"), total=len(targets), unit="images")
    for target in targets:
        yield from _searched(target, search, unseen(progress), is_only=len(names) == 1 and len(targets) == 1)
        progress.advance(1)
    for engine, finding in recorded:
        yield from _recorded(inspector, engine, finding, query, progress)


def _finding(inspector: Inspector, engine: str) -> RecordedSearch | None:
    """The engine's images, where they are searched all at once; an engine that cannot be loaded is listed, which says why."""
    with suppress(LayertuiError):
        images = inspector.of(engine).engine.images
        return images if isinstance(images, RecordedSearch) else None
    return None


def _recorded(
    inspector: Inspector, engine: str, finding: RecordedSearch, query: FileQuery, progress: Progress
) -> Iterator[FilesInImage | NotSearched]:
    prefix = "" if engine == inspector.settings.engine else f"{engine_prefix(engine)}:"
    try:
        for files in finding.find(query, progress):
            yield FilesInImage(f"{prefix}{files.image}", files, is_only=False, engine=engine, local=files.local)
    except Cancelled:
        raise
    except LayertuiError as error:
        yield NotSearched(engine, str(error))


def _searched(
    target: _Target, search: LayerSearch, progress: Progress, *, is_only: bool
) -> Iterator[FilesInImage | NotSearched]:
    try:
        with target.open(progress) as (inspector, subject):
            files = _files(inspector, subject, search, progress, is_named=target.is_named)
            if files is not None and len(files):
                yield FilesInImage(target.name, files, is_only and target.is_named, target.engine, target.local)
    except Cancelled:
        raise
    except NotAnImage as error:
        if not target.is_file or target.name.endswith(_ARCHIVES):
            yield NotSearched(target.name, str(error))
    except LayertuiError as error:
        yield NotSearched(target.name, str(error))
    except OSError as error:
        yield NotSearched(target.name, str(storage_error(error)))
    for problem in search.problems:
        yield NotSearched(target.name, problem)
    search.problems.clear()


def _files(
    inspector: Inspector, subject: Subject, search: LayerSearch, progress: Progress, *, is_named: bool
) -> FoundFiles | None:
    """What is found in one Subject; None where its layers have nothing of the kind, which their tables alone show."""
    wanted, there = search.query.layer, layer_count(subject)
    if is_named and wanted is not None and wanted > there:
        raise NotFound(
            tr("no layer {wanted}: there are {there}, numbered from 1 at the bottom", wanted=wanted, there=there)
        )
    blobs, catalog = subject.image.layers, inspector.catalog
    is_known = subject.container is None and catalog.has_tables(blobs)
    keys = [catalog.content_key(blob) for blob in blobs]
    if is_known:
        tables = [partial(catalog.table, blob, progress) for blob in blobs]
        if not any(len(search.named(key, table, progress)) for key, table in zip(keys, tables, strict=True)):
            return None
    stack = inspector.stack(subject, progress)
    keys = keys if subject.container is None else []  # its engine may lay it of other layers
    files = files_found(stack, search, progress, keys=keys, span=subject.span, upto=subject.upto)
    if len(files) and (search.query.package is not None or search.query.unowned):
        return _of_packages(inspector, subject, files, search, progress)
    return files


def _of_packages(
    inspector: Inspector, subject: Subject, files: FoundFiles, search: LayerSearch, progress: Progress
) -> FoundFiles:
    """Those of the files that the package owns, or that none does; of what does not show, no package is known."""
    packages = inspector.analysis.packages(subject, progress)
    search.problems += packages.problems
    name = search.query.package
    rows = packages.view.shown[packages.unowned if name is None else packages.files_named(name)]
    return replace(files, shown=files.shown[np.isin(files.shown, rows)], hidden=files.hidden[:0])


# ---------------------------------------------------------------- where to search


def _named(inspector: Inspector, name: str, progress: Progress, problems: list[NotSearched]) -> list[_Target]:
    """What a name means: one image or container, all images of an archive, or a folder of archives."""
    try:
        subject = inspector.open(name, progress=progress, or_container=True)
    except Ambiguous as error:
        if error.choices:
            return [
                _Target(one.name, partial(_opened_alone, inspector, one.name), is_named=True) for one in error.choices
            ]
        problems.append(NotSearched(name, str(error)))
    except NotAnImage as error:
        if os.path.isdir(name):
            return _in_folder(inspector, Path(name), progress)
        problems.append(NotSearched(name, str(error)))
    except Cancelled:
        raise
    except LayertuiError as error:
        problems.append(NotSearched(name, str(error), is_unknown=isinstance(error, NotFound)))
    else:
        return [_Target(name, partial(_known, inspector, subject), is_named=True)]
    return []


def _in_folder(inspector: Inspector, folder: Path, progress: Progress) -> list[_Target]:
    """The archives and layouts in a folder, by name."""
    targets: list[_Target] = []
    for path in sorted(folder.iterdir()):
        if not path.is_file() and not (path / "index.json").is_file():
            continue
        names = [str(path)]
        try:
            with Inspector(inspector.settings) as own:
                own.open(names[0], progress=unseen(progress))
        except Cancelled:
            raise
        except Ambiguous as error:
            names = [one.name for one in error.choices] or names
        except (LayertuiError, OSError):
            pass  # said when it is searched
        targets += [_Target(name, partial(_opened_alone, inspector, name), is_file=True) for name in names]
    return targets


def _of_engine(inspector: Inspector, engine: str, problems: list[NotSearched]) -> list[_Target]:
    """All images of an engine, by name."""
    own = inspector.of(engine)
    try:
        listed = own.images.list()
        unreadable = own.images.unreadable(listed)
    except Cancelled:
        raise
    except LayertuiError as error:
        problems.append(NotSearched(engine, str(error)))
        return []
    if unreadable:
        problems.append(
            NotSearched(
                engine,
                trn(
                    "{count} image cannot be read; `layertui fsck` says why",
                    "{count} images cannot be read; `layertui fsck` says why",
                    unreadable,
                ),
            )
        )
    prefix = "" if engine == inspector.settings.engine else f"{engine_prefix(engine)}:"
    targets = []
    for image in listed:
        named = min((name.familiar for name in image.names), default=None)
        # By its ID: a name may look like a path or a transport.
        opened = partial(_opened, own, str(image.engine_id or image.id))
        name = f"{prefix}{named or image.id.short}"
        targets.append(_Target(name, opened, engine=engine, local=named or str(image.id)))
    return sorted(targets, key=lambda target: target.name)


@contextmanager
def _known(inspector: Inspector, subject: Subject, _progress: Progress) -> Iterator[Opened]:
    yield inspector, subject


@contextmanager
def _opened(inspector: Inspector, name: str, progress: Progress) -> Iterator[Opened]:
    yield inspector, inspector.open(name, progress=progress)


@contextmanager
def _opened_alone(inspector: Inspector, name: str, progress: Progress) -> Iterator[Opened]:
    """The same, and closed again: a folder or a layout may have more images than a process may have open files."""
    with Inspector(inspector.settings) as own:
        yield own, own.open(name, progress=progress)
