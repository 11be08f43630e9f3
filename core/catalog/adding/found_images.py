"""FoundImages: the images that a source of `catalog add` means: an engine, repositories of a registry by glob, archives, or one name."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from layertui.core.analysis.search.globs import Glob
from layertui.core.engines.discover import REGISTRY
from layertui.core.engines.registry.registry_images import RegistryImages
from layertui.core.engines.transports import engine_prefix
from layertui.core.errors import Ambiguous, Cancelled, LayertuiError, NotAnImage, NotFound, UsageError
from layertui.core.inspector import Inspector
from layertui.core.language.texts import tr
from layertui.core.oci.descriptor import Platform
from layertui.core.oci.reference import Reference
from layertui.core.progress import Progress, unseen

if TYPE_CHECKING:
    from layertui.core.inspector.subject import Subject
    from layertui.core.oci.digest import Digest

_DOCKER = "docker://"
_GLOB = frozenset("*?[")
_AT_ONCE = 8  # requests to a registry
_ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.zst", ".oci")


class CatalogedImage(NamedTuple):
    """An image that was opened, and how a task opens it again."""

    image: str
    """The name in the catalog: what `find` calls it, too."""
    name: str
    """What a task opens."""
    subject: Subject


class FoundImage(NamedTuple):
    """One name of a source. Nothing but its head has been asked for."""

    image: str
    head: str
    """Changes whenever the name means something else; empty where that is not known before it is opened."""
    engine: str
    repository: str
    tag: str
    open: Callable[[Progress], Sequence[CatalogedImage]]
    """The images behind it: one for each platform. Raises what Inspector.open raises."""


class Source(NamedTuple):
    """One source, looked through."""

    text: str
    """As it is recorded: a path is absolute."""
    images: Sequence[FoundImage]
    problems: Sequence[str]
    is_whole: bool
    """Whether a name of it that is not among the images is gone."""


def look_through(inspector: Inspector, source: str, progress: Progress) -> Source:
    """The images of a source. Raises NotFound for a name that means nothing, UsageError, Unreachable."""
    if source.startswith(_DOCKER):
        return _in_registry(inspector, source, progress)
    if os.path.exists(source):
        path = os.path.abspath(source)
        if os.path.isdir(path) and not os.path.exists(os.path.join(path, "index.json")):
            return _in_folder(inspector, Path(path))
        return Source(path, [_archive(inspector, path, is_file=False)], [], is_whole=True)
    with suppress(NotFound):
        engine = source.removeprefix("engine:")
        if engine in inspector.engine_names() or engine.startswith(REGISTRY) or engine == inspector.settings.engine:
            return _in_engine(inspector, engine)
    return Source(source, [_named(inspector, source)], [], is_whole=False)


# ---------------------------------------------------------------- registries


def _in_registry(inspector: Inspector, source: str, progress: Progress) -> Source:
    host, slash, rest = source.removeprefix(_DOCKER).partition("/")
    if not slash or not rest or not host:
        raise UsageError(
            tr("{source}: write docker://HOST/GLOB, such as docker://{host}/team/*", source=source, host=host or "HOST")
        )
    repository_glob, tag_glob = _split_tag(rest)
    images = inspector.of(f"{REGISTRY}{host}").engine.images
    assert isinstance(images, RegistryImages)
    from layertui.core.engines.registry.pages import repositories, tags

    glob, of_tag = Glob(repository_glob), Glob(tag_glob)
    _ = glob.expression, of_tag.expression
    if _GLOB.isdisjoint(repository_glob):
        listed = [Reference.parse(f"{host}/{repository_glob}").repository]
    else:
        listed = [one for one in repositories(images.client, progress) if glob.matches(one)]
    problems: list[str] = []

    def tagged(repository: str) -> list[Reference]:
        if _GLOB.isdisjoint(tag_glob + repository_glob):
            return [Reference(images.client.registry, repository, tag_glob)]
        try:
            found = tags(images.client, repository, unseen(progress))
        except Cancelled:
            raise
        except LayertuiError as error:
            if not isinstance(error, NotFound) or len(listed) == 1:
                problems.append(str(error))
            return []
        return [Reference(images.client.registry, repository, tag) for tag in found if of_tag.matches(tag)]

    def headed(name: Reference) -> FoundImage | None:
        try:
            head = images.head(name, unseen(progress))
        except NotFound:
            return None  # gone since it was listed
        except Cancelled:
            raise
        except LayertuiError as error:
            problems.append(f"{name}: {error}")
            return None
        opened = partial(_platforms_of, inspector, images, name)
        return FoundImage(f"{_DOCKER}{name.canonical}", str(head or ""), "", name.full_name, name.tag or "", opened)

    with ThreadPoolExecutor(_AT_ONCE, "catalog") as pool:
        names = [one for some in pool.map(tagged, listed) for one in some]
        progress.begin(tr("asking for manifests"), total=len(names), unit="images")
        found = []
        for one in pool.map(headed, names):
            progress.advance(1)
            found += [one] if one is not None else []
    return Source(source, found, problems, is_whole=not problems)


def _split_tag(rest: str) -> tuple[str, str]:
    head, slash, last = rest.rpartition("/")
    name, colon, tag = last.partition(":")
    return head + slash + name, tag if colon else "*"


def _platforms_of(
    inspector: Inspector, images: RegistryImages, name: Reference, progress: Progress
) -> list[CatalogedImage]:
    """The images behind a tag, one for each platform; this machine's, or the only one, has the plain name."""
    digests = images.platforms(name, progress)
    if not digests:
        return [_opened(inspector, name, None, progress)]
    host = Platform.host()
    plain = next((digest for digest, platform in digests if platform is not None and platform.fits(host)), None)
    plain = digests[0][0] if len(digests) == 1 else plain
    return [_opened(inspector, name, digest, progress, is_plain=digest == plain) for digest, _ in digests]


def _opened(
    inspector: Inspector, name: Reference, digest: Digest | None, progress: Progress, *, is_plain: bool = True
) -> CatalogedImage:
    by_tag = f"{_DOCKER}{name.canonical}"
    subject = inspector.open(
        by_tag if digest is None else f"{_DOCKER}{replace(name, digest=digest).canonical}", progress=progress
    )
    exact = f"{_DOCKER}{replace(name, tag=None, digest=subject.image.digest).canonical}"
    return CatalogedImage(by_tag if is_plain else f"{by_tag}@{digest}", exact, subject)


# ---------------------------------------------------------------- engines, folders, names


def _in_engine(inspector: Inspector, engine: str) -> Source:
    """All images of an engine, by the names that `find` gives them."""
    own = inspector.of(engine)
    listed = own.images.list()
    unreadable = own.images.unreadable(listed)
    problems = (
        [
            tr(
                "{unreadable} images of {engine} cannot be read; `layertui fsck` says why",
                unreadable=unreadable,
                engine=engine,
            )
        ]
        if unreadable
        else []
    )
    prefix = "" if engine == inspector.settings.engine else f"{engine_prefix(engine)}:"
    found = []
    for image in listed:
        by_id = str(image.engine_id or image.id)
        head = str(image.digest or image.engine_id or image.id)
        for name in image.names or (None,):
            shown = f"{prefix}{name.familiar if name is not None else image.id.short}"
            opened = partial(_alone, own, shown, by_id)
            place = (name.full_name, name.tag or "") if name is not None else ("", "")
            found.append(FoundImage(shown, head, engine, *place, opened))
    return Source(f"engine:{engine}", found, problems, is_whole=not problems)


def _alone(inspector: Inspector, image: str, name: str, progress: Progress) -> list[CatalogedImage]:
    return [CatalogedImage(image, name, inspector.open(name, progress=progress))]


def _named(inspector: Inspector, name: str) -> FoundImage:
    """One image, as the user named it."""
    subject = inspector.open(name, progress=Progress())
    image = subject.image
    of = next(iter(image.names), None)
    place = (of.full_name, of.tag or "") if of is not None else ("", "")
    engine = subject.engine.name if subject.engine is not None else ""
    head = image.id if image.manifest_is_made else image.digest
    return FoundImage(name, str(head), engine, *place, partial(_alone, inspector, name, name))


def _in_folder(inspector: Inspector, folder: Path) -> Source:
    """The archives and layouts in a folder."""
    paths = [path for path in sorted(folder.iterdir()) if path.is_file() or (path / "index.json").is_file()]
    found = [_archive(inspector, str(path), is_file=True) for path in paths]
    return Source(str(folder), found, [], is_whole=True)


def _archive(inspector: Inspector, path: str, *, is_file: bool) -> FoundImage:
    return FoundImage(path, _head_of(path), "", "", "", partial(_in_archive, inspector, path, is_file))


def _head_of(path: str) -> str:
    """Another text whenever a file or a layout may have changed."""
    at = os.path.join(path, "index.json") if os.path.isdir(path) else path
    with suppress(OSError):
        stat = os.stat(at)
        return f"{stat.st_dev}:{stat.st_ino}:{stat.st_size}:{stat.st_mtime_ns}"
    return ""


def _in_archive(inspector: Inspector, path: str, is_file: bool, progress: Progress) -> list[CatalogedImage]:  # noqa: FBT001
    """All images of an archive, each by the name that opens it alone; none for a file that is no archive."""
    try:
        subject = inspector.open(path, progress=progress)
    except Ambiguous as error:
        names = [one.name for one in error.choices]
        if not names:
            raise
        return [CatalogedImage(name, name, inspector.open(name, progress=progress)) for name in names]
    except NotAnImage:
        if is_file and not path.endswith(_ARCHIVES):
            return []
        raise
    others = [one.name for one in inspector.platforms(subject)]
    opened = [CatalogedImage(name, name, inspector.open(name, progress=progress)) for name in others]
    return [CatalogedImage(path, path, subject), *(one for one in opened if one.subject.image.id != subject.image.id)]


def each_opened(
    found: Sequence[FoundImage], progress: Progress
) -> Iterator[tuple[FoundImage, Sequence[CatalogedImage] | LayertuiError]]:
    """Open many, several at a time, in their order; of each its images, or why it cannot be read. Raises Cancelled."""

    def opened(one: FoundImage) -> Sequence[CatalogedImage] | LayertuiError:
        try:
            return one.open(unseen(progress))
        except Cancelled:
            raise
        except LayertuiError as error:
            return error

    with ThreadPoolExecutor(_AT_ONCE, "catalog") as pool:
        yield from zip(found, pool.map(opened, found), strict=True)
