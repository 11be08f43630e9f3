"""The files of an archive by name, whether it is a tar or a folder.

Nothing is extracted. In a tar, names and links are looked up in the tar's own table and never on disk. In a folder,
symlinks are followed step by step, and none leads outside.
"""

import errno
import os
import posixpath
import shutil
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol, cast

from layertui.core.bounds import NO_BOMB, bounds, exceeded
from layertui.core.errors import Damaged, UnsafePath, as_storage_error, storage_error
from layertui.core.fs.descent import LOOK, path_of
from layertui.core.fs.file_window import Window
from layertui.core.fs.symlink_walk import MOST_LINKS, WalkStep, follow_links
from layertui.core.language.texts import tr
from layertui.core.progress import Progress
from layertui.core.streams.tar import pax_records
from layertui.core.streams.tar.header_block import Member, checksum_ok
from layertui.core.streams.tar.member_steps import walk

_CHUNK = 1 << 20
_LONGEST = 4095  # bytes of a path, as in the kernel
_FOLDERS = 8  # held open at most: a layout has one or two folders of blobs


class ArchiveMembers(Protocol):
    """The files inside an archive, or of a layout folder, by path."""

    name: str
    """The archive's own name, for messages."""

    def size(self, path: str) -> int | None:
        """The size of a regular file, links followed; None if there is none."""
        ...

    def open(self, path: str) -> BinaryIO:
        """Open a regular file, links followed. Raises Damaged if there is none."""
        ...

    def close(self) -> None:
        """Close the archive; opened files stay open."""
        ...


class MemberPosition(NamedTuple):
    """Where a member's content is in the tar."""

    offset: int
    size: int


class MemberLink(NamedTuple):
    """A link to another member, by its normalized path; None for a target outside the archive."""

    target: str | None


class TarMembers:
    """The members of a tar, read in place. Raises Damaged for a header with a wrong checksum, LimitExceeded for too many entries."""

    def __init__(self, tar: Window, progress: Progress | None = None) -> None:
        self.name = tar.name
        self._tar = tar
        self._table: dict[str, MemberPosition | Member | MemberLink] = {}
        self._filled: dict[int, Window] = {}
        most = bounds().entries
        for member in walk(cast("BinaryIO", tar), progress):
            if not checksum_ok(member.block):
                raise Damaged(
                    tr(
                        "the tar header of {name!r} is damaged: its checksum is wrong",
                        name=os.fsdecode(member.name)[:200],
                    )
                )
            path = _normal(os.fsdecode(member.name))
            if path is None:
                continue
            if len(self._table) >= most:
                raise exceeded("entries", tr("{name} has too many entries", name=tar.name))
            # The last member of a name counts, as in extraction.
            match member.block[156:157]:
                case b"0" | b"\0" | b"7" | b"S":
                    is_sparse = member.pax is not None and pax_records.SPARSE_MAP in member.pax
                    self._table[path] = member if is_sparse else MemberPosition(member.offset, member.size)
                case b"1":
                    self._table[path] = MemberLink(_normal(os.fsdecode(member.link)))
                case b"2":
                    self._table[path] = MemberLink(
                        _normal(posixpath.join(posixpath.dirname(path), os.fsdecode(member.link)))
                    )
                case _:
                    self._table.pop(path, None)

    @property
    def paths(self) -> list[str]:
        """All names of files, normalized, in the order of the tar."""
        return list(self._table)

    def size(self, path: str) -> int | None:
        found = self._find(path)
        if isinstance(found, Member) and (sparse := pax_records.sparse_map(found.pax or {}, found.size)):
            return sparse[1]
        return None if found is None else found.size

    def open(self, path: str) -> BinaryIO:
        found = self._find(path)
        if found is None:
            raise Damaged(
                tr("{name} has no {path}; the archive is incomplete, save it again", name=self.name, path=path)
            )
        if isinstance(found, Member):
            whole = self._filled.get(found.offset)
            if whole is None:
                whole = self._filled[found.offset] = _with_holes(self._tar, found)
            return cast("BinaryIO", whole.window(0, whole.size))
        return cast("BinaryIO", self._tar.window(found.offset, found.size))

    def close(self) -> None:
        self._tar.close()
        for whole in self._filled.values():
            whole.close()

    def _find(self, path: str) -> MemberPosition | Member | None:
        found: MemberPosition | Member | MemberLink | None = MemberLink(_normal(path))
        for _ in range(MOST_LINKS):
            if not isinstance(found, MemberLink):
                return found
            found = None if found.target is None else self._table.get(found.target)
        return None


def _with_holes(tar: Window, member: Member) -> Window:
    """The content of a sparse file, in a temporary file that has its holes."""
    import tempfile  # late, as what follows: few archives have one

    from layertui.core.streams.tar.member_content import MemberContent, SparseContent
    from layertui.core.streams.tar.tar_contents import content_of

    content = cast("SparseContent", content_of(cast("BinaryIO", tar), member))
    held = sum(length for _, length in content.pieces)
    if content.size > NO_BOMB and content.size > bounds().ratio * held:
        raise exceeded(
            "ratio",
            tr(
                "{name}: a sparse file of {size:,} bytes, which stores {held:,} of them",
                name=tar.name,
                size=content.size,
                held=held,
            ),
        )
    with as_storage_error(Path(tempfile.gettempdir())), tempfile.TemporaryFile() as file:
        for offset, length in content.pieces:
            file.seek(offset)
            shutil.copyfileobj(MemberContent(cast("BinaryIO", content), offset, length), file, _CHUNK)
        file.truncate(content.size)
        whole = Window(file.fileno())
    whole.name = tar.name
    return whole


class FolderMembers:
    """The files of a folder; no symlink leads outside it."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.name = os.fspath(folder)
        try:
            self._root = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise storage_error(error, folder) from error
        self._folders: dict[str, int] = {}

    def size(self, path: str) -> int | None:
        try:
            fd = self._open(path)
        except FileNotFoundError:
            return None
        try:
            return os.fstat(fd).st_size
        finally:
            os.close(fd)

    def open(self, path: str) -> BinaryIO:
        try:
            fd = self._open(path)
        except FileNotFoundError:
            raise Damaged(
                tr("{name} has no {path}; the layout is incomplete, copy it again", name=self.name, path=path)
            ) from None
        try:
            window = Window(fd)
            window.name = posixpath.join(self.name, path)
            return cast("BinaryIO", window)
        finally:
            os.close(fd)

    def close(self) -> None:
        for fd in (*self._folders.values(), self._root):
            if fd >= 0:
                os.close(fd)
        self._folders.clear()
        self._root = -1

    def _open(self, path: str) -> int:
        """Open a regular file for reading; the caller closes the descriptor."""
        try:
            thing = self._beside(path)
            thing = self._walk(path) if thing is None else thing
            try:
                if stat.S_ISREG(os.fstat(thing).st_mode):
                    return os.open(path_of(thing), os.O_RDONLY | os.O_CLOEXEC)
            finally:
                os.close(thing)
        except NotADirectoryError:
            pass
        except FileNotFoundError:
            raise
        except OSError as error:
            raise storage_error(error, posixpath.join(self.name, path)) from error
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)

    def _beside(self, path: str) -> int | None:
        """Open a name in a folder that is kept open, as it may have thousands of blobs; None if a symlink is on the way."""
        above, _, name = path.rpartition("/")
        if name in ("", ".", ".."):
            return None
        folder = self._folders.get(above)
        if folder is None:
            parts = above.split("/")
            if len(self._folders) == _FOLDERS or any(part in ("", ".", "..") for part in parts):
                return None
            try:
                opened = self._enter(parts, os.O_RDONLY | os.O_DIRECTORY)
            except OSError:
                return None
            folder = self._folders.setdefault(above, opened)
            if folder != opened:  # another thread was faster
                os.close(opened)
        try:
            thing = os.open(name, LOOK | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
        except OSError as error:
            if error.errno == errno.ELOOP:  # a system without O_PATH
                return None
            raise
        if stat.S_ISLNK(os.fstat(thing).st_mode):
            os.close(thing)
            return None
        return thing

    def _walk(self, path: str) -> int:
        if len(path) > _LONGEST:
            raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))

        def look(way: Sequence[str], name: str, _: bool) -> WalkStep[str]:  # noqa: FBT001
            target = self._link(way, name)
            if target is not None and target.startswith("/"):
                raise UnsafePath(
                    tr(
                        "{path!r} is a symlink to {target!r}, outside {name}; it is not followed",
                        path=path,
                        target=target,
                        name=self.name,
                    )
                )
            return WalkStep(name, target)

        def above_root() -> None:
            raise UnsafePath(tr("{path!r} leads out of {name}; it is not followed", path=path, name=self.name))

        way = follow_links(path, look, above_root=above_root)
        return self._enter(
            way, LOOK | os.O_NONBLOCK
        )  # checked before it is opened: opening a device may have side effects

    def _link(self, folders: Sequence[str], name: str) -> str | None:
        parent = self._enter(folders, os.O_RDONLY | os.O_DIRECTORY)
        try:
            return os.readlink(name, dir_fd=parent)
        except OSError as error:
            if error.errno == errno.EINVAL:
                return None
            raise
        finally:
            os.close(parent)

    def _enter(self, parts: Sequence[str], flags: int) -> int:
        # Step by step, since O_NOFOLLOW checks only the last component of a path.
        at = os.dup(self._root)
        for number, part in enumerate(parts, 1):
            way = flags if number == len(parts) else os.O_RDONLY | os.O_DIRECTORY
            try:
                below = os.open(part, way | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at)
            finally:
                os.close(at)
            at = below
        return at


def _normal(path: str) -> str | None:
    """The path from the archive's root; None if it leads out of it."""
    return None if _leaves(path) else posixpath.normpath("/" + path).lstrip("/")


def _leaves(path: str) -> bool:
    depth = 0
    for part in path.split("/"):
        depth += {"": 0, ".": 0, "..": -1}.get(part, 1)
        if depth < 0:
            return True
    return False
