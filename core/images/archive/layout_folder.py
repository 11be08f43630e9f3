"""Writes images to an OCI layout that other tools read too: a folder that is added to, or a tar.

Other users may be able to write to the folder. It is held open, and nothing in it is reached by a path or through a symlink.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, cast

from layertui.core.bounds import check
from layertui.core.errors import StorageError, UnsafePath, as_storage_error
from layertui.core.fs.atomic import write_beneath
from layertui.core.fs.beneath import Beneath
from layertui.core.fs.early_writeback import EarlyWriteback
from layertui.core.images.archive.layout_archive import blob_path
from layertui.core.images.archive.save_archive import ArchiveMember, write_members
from layertui.core.images.image_index import INDEX_JSON, LAYOUT_FILE
from layertui.core.language.texts import tr
from layertui.core.oci import strict_json
from layertui.core.oci.manifest import Index
from layertui.core.oci.media_types import REF_NAME
from layertui.core.ownership import require_ours
from layertui.core.streams.digest_reader import VerifyingReader
from layertui.core.streams.parallel import parallel_map

if TYPE_CHECKING:
    from pathlib import Path

    from layertui.core.images.blob_tree import BlobTree
    from layertui.core.oci.descriptor import Descriptor
    from layertui.core.progress import Progress

_LAYOUT = strict_json.dumps({"imageLayoutVersion": "1.0.0"})
_CHUNK = 1 << 20
_AT_ONCE = 4  # blobs: while one waits for the network or for the disk, others are hashed


def add_to_layout(folder: Path, tree: BlobTree, name: str | None, progress: Progress) -> None:
    """Add a tree to the layout in a folder, made if it is missing; `name` becomes its `ref.name`, taken from what had it.

    What is there is not written again, and the index is replaced last. Raises StorageError, also for a folder with other files and no
    layout; Damaged where the layout's index or the source is.
    """
    require_ours(folder)
    with as_storage_error(folder):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except FileExistsError:
            raise StorageError(tr("{path}: is not a folder", path=folder)) from None
        held = Beneath(folder, symlinks=False)
    with held:
        index = _index(folder, held)
        progress.begin(tr("writing {folder}", folder=folder), tree.size)

        def write(blob: Descriptor, shared: Progress) -> None:
            path = blob_path(blob.digest)
            if _size(held, path) == blob.size:
                shared.advance(blob.size)
                return
            with _verified(tree, blob) as content, as_storage_error(folder / path), write_beneath(held, path) as out:
                early = EarlyWriteback(out)
                while piece := content.read(_CHUNK):
                    early.write(piece)
                    shared.advance(len(piece))

        parallel_map(write, sorted(tree.blobs, key=lambda blob: -blob.size), progress, "write", at_once=_AT_ONCE)
        small = [(blob_path(descriptor.digest), content) for descriptor, content in tree.documents]
        new = _with_entry(index, _root(tree, name)).to_bytes()
        for path, content in (*small, (LAYOUT_FILE, _LAYOUT), (INDEX_JSON, new)):
            with as_storage_error(folder / path), write_beneath(held, path) as out:
                out.write(content)


def write_layout_archive(out: BinaryIO, tree: BlobTree, name: str | None, progress: Progress) -> None:
    """Write a tree as the tar of a layout; `name` becomes its `ref.name`. After an error the tar is not complete."""
    head = {LAYOUT_FILE: _LAYOUT, INDEX_JSON: Index((_root(tree, name),)).to_bytes()}
    members = {path: ArchiveMember(len(text), text) for path, text in head.items()}
    for descriptor, content in tree.documents:
        members[blob_path(descriptor.digest)] = ArchiveMember(len(content), content)
    for blob in tree.blobs:
        members[blob_path(blob.digest)] = ArchiveMember(blob.size, partial(_verified, tree, blob))
    progress.begin(tr("writing the archive"), sum(member.size for member in members.values()))
    write_members(members, out, progress)


def _verified(tree: BlobTree, blob: Descriptor) -> BinaryIO:
    return cast("BinaryIO", VerifyingReader(tree.source.open(blob), blob.digest, blob.size))


def _root(tree: BlobTree, name: str | None) -> Descriptor:
    root = replace(tree.documents[-1][0], annotations={}, platform=tree.root.platform)
    return root if name is None else root.with_annotations({REF_NAME: name})


def _index(folder: Path, held: Beneath) -> Index:
    """The index of a layout; an empty one for a folder that is empty. Raises Damaged for anything but a regular file in its place."""
    try:
        with os.fdopen(held.open_file(INDEX_JSON), "rb") as file:
            length = os.fstat(file.fileno()).st_size
            check("json", length, tr("{what} is {content:,} bytes long", what=folder / INDEX_JSON, content=length))
            content = file.read(length)
    except FileNotFoundError:
        if _has_names(held):
            raise StorageError(
                tr("{folder}: has files in it and is no OCI layout; name an empty or a new folder", folder=folder)
            ) from None
        return Index(())
    except OSError as error:
        raise StorageError(f"{folder / INDEX_JSON}: {error.strerror}") from error
    return Index.from_bytes(content)


def _has_names(held: Beneath) -> bool:
    listed = held.open("", os.O_RDONLY | os.O_DIRECTORY)
    try:
        return bool(os.listdir(listed))
    finally:
        os.close(listed)


def _with_entry(index: Index, entry: Descriptor) -> Index:
    name = entry.annotations.get(REF_NAME)
    kept = [
        one
        for one in index.manifests
        if (one.annotations.get(REF_NAME) != name if name is not None else one.digest != entry.digest)
    ]
    return replace(index, manifests=(*kept, entry))


def _size(held: Beneath, path: str) -> int | None:
    with suppress(OSError, UnsafePath):
        status = held.stat(path)
        return status.st_size if stat.S_ISREG(status.st_mode) else None
    return None
