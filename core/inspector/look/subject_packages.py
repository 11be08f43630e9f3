"""The packages of a Subject, read once and then cached beside the tables of its layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layertui.core.analysis.packages.find_packages import FileOwner, PackagesFound
    from layertui.core.inspector.subject import Subject
    from layertui.core.layers.cache.catalog import Catalog
    from layertui.core.layers.stack.stack import Stack
    from layertui.core.progress import Progress

_NOTE = "packages"


def packages_of(subject: Subject, stack: Stack, catalog: Catalog, progress: Progress) -> PackagesFound:
    """The packages in the view that a Subject names; of `@M..N` those that layers M to N brought. See `find_packages`."""
    from layertui.core.analysis.packages.find_packages import find_packages
    from layertui.core.analysis.packages.packages_note import pack

    upto = _upto(subject)
    if (kept := _kept(subject, stack, catalog)) is not None:
        return kept
    found = find_packages(stack, upto=upto, progress=progress)
    if _is_cached(subject) and (packed := pack(found)) is not None:
        catalog.keep_note(subject.image.layers, _NOTE, packed)
    return found if subject.span is None else found.since(subject.span[0])


def owner_in(subject: Subject, stack: Stack, path: str, catalog: Catalog, progress: Progress) -> FileOwner | None:
    """Which package owns a file that the Subject shows; None too if that takes long: if layers have to be fetched."""
    from layertui.core.analysis.packages.find_packages import find_owner

    if (kept := _kept(subject, stack, catalog)) is not None:
        return kept.owner_of(path)
    if not _is_quick(subject, stack):
        return None
    return find_owner(stack, path, upto=_upto(subject), progress=progress)


def _kept(subject: Subject, stack: Stack, catalog: Catalog) -> PackagesFound | None:
    from layertui.core.analysis.packages.packages_note import unpack

    packed = catalog.note(subject.image.layers, _NOTE) if _is_cached(subject) else None
    return None if packed is None else unpack(stack, packed)


def _is_cached(subject: Subject) -> bool:
    """Whether what is found may be cached: of whole images, as their layers do not change."""
    return subject.container is None and _upto(subject) is None


def _is_quick(subject: Subject, stack: Stack) -> bool:
    """Whether all layers can be read here, and none file by file from an engine."""
    from layertui.core.layers.table.layer_folder import FolderContent
    from layertui.core.layers.table.layer_tar import TarballContent

    if any(layer.is_remote for layer in subject.image.layers):
        return False
    return all(isinstance(layer.content, (TarballContent, FolderContent)) for layer in stack.layers)


def _upto(subject: Subject) -> int | None:
    return subject.span[1] if subject.span is not None else subject.upto
