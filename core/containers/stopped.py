"""The root of a container that does not run: what its own layer and its image show, and changes to the layer alone.

What the kernel's overlay does in a running container is done here by hand: parents are copied up with their attributes, what
is removed and lies in the image gets a whiteout, a folder made where one was removed hides the old one's content. The image's
layers need not be unpacked; they are looked up in their View.

Each change is one step of the file system: what is new is made aside and takes its place whole, what is old leaves it whole.

All verbs take a path whose folder has no symlinks in it any more; `resolve` gives such a path.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Self

from layertui.core.containers.aside import Aside, take_place
from layertui.core.containers.owners import OwnersKept
from layertui.core.containers.put import make_like
from layertui.core.containers.root import Seen, Syncing, inode_of, movable, writable
from layertui.core.errors import NotFound
from layertui.core.layers.at import set_xattrs_at, xattrs_at
from layertui.core.layers.beneath import MOST_LINKS, Beneath
from layertui.core.layers.entry import Entry, Kind
from layertui.core.layers.folder import KINDS
from layertui.core.layers.markers import OPAQUE_NAME, PREFIX, is_whiteout, overlay_xattr, portable_xattrs

if TYPE_CHECKING:
    from layertui.core.layers.view import View

OPAQUE_XATTR = "user.overlay.opaque"


@dataclass(frozen=True, slots=True)
class _Step:
    """One path on the way down: what is there, and whether the image still shows through below it."""

    seen: Seen | None
    own: bool
    """Whether it is in the own layer."""
    through: bool
    """Whether the image shows what lies in it."""


class StoppedRoot:
    """The root of a container without a process; entered for changes, by whoever holds the container's lock."""

    def __init__(self, upper: Path, below: Callable[[], View], owners: OwnersKept) -> None:
        self.upper = upper
        self.owners = owners
        self.syncing = Syncing(upper)
        self._below = below
        self._aside = Aside(upper)

    def __enter__(self) -> Self:
        self._aside.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._aside.__exit__()

    def resolve(self, path: str, *, follow: bool = True) -> str:
        """The path without symlinks in it, whether or not something lies there; with `follow`, none at its end either."""
        ahead = [part for part in path.split("/") if part not in ("", ".")]
        done: list[str] = []
        links = 0
        while ahead:
            name = ahead.pop(0)
            if name == "..":
                del done[-1:]
                continue
            here = "/" + "/".join([*done, name])
            seen = self.look(here)
            if seen is not None and seen.kind is Kind.SYMLINK and (ahead or follow):
                links += 1
                if links > MOST_LINKS:
                    raise NotFound(f"{path}: too many levels of symbolic links")
                target = seen.link or ""
                if target.startswith("/"):
                    done = []
                ahead[:0] = [part for part in target.split("/") if part not in ("", ".")]
                continue
            if ahead and seen is not None and seen.kind is not Kind.DIR:
                raise NotFound(f"{path}: {here} is not a directory")
            done.append(name)
        return "/" + "/".join(done)

    def look(self, path: str) -> Seen | None:
        """What is at a path, symlinks not followed."""
        return self._walk(path)[-1].seen

    def names(self, path: str) -> list[str]:
        """What lies in a folder."""
        step = self._walk(path)[-1]
        found: set[str] = set()
        if step.own:
            found.update(
                name for name in os.listdir(self.upper / path.strip("/")) if not name.startswith(os.fsdecode(PREFIX))
            )
        if step.through:
            view = self._below()
            index = view.find(path)
            if index is not None:
                found.update(view.name(int(child)) for child in view.children(index))
        return sorted(name for name in found if self.look(f"{path.rstrip('/')}/{name}") is not None)

    @contextmanager
    def at(self, path: str) -> Iterator[tuple[int, bytes]]:
        """The folder of `path` in the own layer, copied up if need be, and the name in it."""
        parent, _, _ = path.rpartition("/")
        self.own(parent)
        seen = self.look(parent)
        if seen is None or seen.kind is not Kind.DIR:
            raise NotFound(f"{parent}: no such folder in the container")
        with Beneath(self.upper, symlinks=False) as root, root.at(path) as (fd, name), writable(fd):
            yield fd, name

    @contextmanager
    def new(self, path: str) -> Iterator[tuple[int, bytes]]:
        """Where something is made, aside; it takes its place at `path`, in one step, when the block ends well."""
        fd, name = self._aside.name()
        yield fd, name
        self.owners.save()  # with the inode, so it says nothing of what is still there
        with self.at(path) as (to_fd, to), movable(fd, name), movable(to_fd, to):
            if _is_folder(fd, name) and self._shows(path, Kind.DIR):
                _make_opaque(fd, name)
            take_place(fd, name, to_fd, to)
            with suppress(FileNotFoundError):
                os.unlink(PREFIX + to, dir_fd=to_fd)
            self.syncing.names(to_fd)

    def give(self, fd: int, name: bytes, path: str, owner: tuple[int, int]) -> None:
        """Make what is, or will be, at `path` somebody's."""
        self.owners.give(fd, name, path, owner)

    def remove(self, path: str) -> None:
        """What is at `path` goes, with all below it, in one step; a whiteout stands where the image has something."""
        shown = self._shows(path)
        with self.at(path) as (fd, name), movable(fd, name):
            aside, free = self._aside.name()
            if shown and _make_whiteout(aside, free):
                take_place(aside, free, fd, name)
            else:
                if shown:  # in the form that a layer tar has
                    os.close(os.open(PREFIX + name, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600, dir_fd=fd))
                with suppress(FileNotFoundError):
                    os.rename(name, free, src_dir_fd=fd, dst_dir_fd=aside)
            self.syncing.names(fd)
        self.owners.forget(path)

    def move(self, path: str, to: str) -> bool:
        """What the own layer alone has goes to where nothing is, in one step."""
        if self._shows(path) or self._shows(to):
            return False
        self.owners.copy(path, to)
        self.owners.save()
        with self.at(path) as (fd, name), self.at(to) as (to_fd, last), movable(fd, name):
            os.rename(name, last, src_dir_fd=fd, dst_dir_fd=to_fd)
            self.syncing.names(to_fd)
            self.syncing.names(fd)
        self.owners.forget(path)
        return True

    def own(self, path: str) -> None:
        """Make sure that the own layer has what is at `path` and all above it, as the image has them."""
        so_far = ""
        for part in (part for part in path.split("/") if part):
            so_far += "/" + part
            step = self._walk(so_far)[-1]
            if step.seen is None:
                raise NotFound(f"{so_far}: no such file or folder in the container")
            if not step.own:
                self._copy_up(so_far, step.seen)

    def _copy_up(self, path: str, seen: Seen) -> None:
        """What the image has at `path`, whose folder the own layer has already; that keeps its time."""
        aside, free = self._aside.name()
        make_like(self, aside, free, path, seen, lambda: self.open(path))
        self.owners.save()
        with Beneath(self.upper, symlinks=False) as root, root.at(path) as (fd, name), writable(fd):
            before = os.fstat(fd)
            with movable(aside, free):
                os.rename(free, name, src_dir_fd=aside, dst_dir_fd=fd)
            os.utime(b".", ns=(before.st_atime_ns, before.st_mtime_ns), dir_fd=fd)
            self.syncing.names(fd)

    def open(self, path: str) -> BinaryIO:
        """The bytes of the file at `path`."""
        if self._walk(path)[-1].own:
            from layertui.core.layers.folder import FolderContent

            return FolderContent(self.upper).open(Entry(path, Kind.FILE, 0, 0, 0, 0, 0))
        view = self._below()
        return view.stack.open(view.resolve(path, follow=False))

    def _shows(self, path: str, kind: Kind | None = None) -> bool:
        """Whether the image has something at `path` that the own layer would uncover."""
        *above, _ = self._walk(path)
        if not above or not above[-1].through:
            return False
        entry = self._below().get(path)
        return entry is not None and kind in (None, entry.kind)

    def _walk(self, path: str) -> list[_Step]:
        """The root, then each folder on the way, then what is at `path`."""
        steps = [_Step(Seen(Kind.DIR, 0o755, 0, 0), own=True, through=True)]
        with Beneath(self.upper, symlinks=False) as root:
            steps[0] = _Step(steps[0].seen, own=True, through=not _is_opaque(root.fd, b"."))
            so_far = ""
            for part in (part for part in path.split("/") if part):
                so_far += "/" + part
                steps.append(self._step(root, so_far, steps[-1]))
        return steps

    def _step(self, root: Beneath, path: str, above: _Step) -> _Step:
        if above.seen is None or above.seen.kind is not Kind.DIR:
            return _Step(None, own=False, through=False)
        if above.own:
            with root.at(path) as (fd, name):
                with suppress(FileNotFoundError):
                    return self._own_step(fd, name, path, above)
                if _is_there(fd, PREFIX + name):
                    return _Step(None, own=False, through=False)
        entry = self._below().get(path) if above.through else None
        return _Step(_seen(entry) if entry is not None else None, own=False, through=entry is not None)

    def _own_step(self, fd: int, name: bytes, path: str, above: _Step) -> _Step:
        what = os.stat(name, dir_fd=fd, follow_symlinks=False)
        if is_whiteout(what, {}, by_xattr=False):
            return _Step(None, own=False, through=False)
        kind = KINDS.get(stat.S_IFMT(what.st_mode), Kind.FILE)
        link = os.fsdecode(os.readlink(name, dir_fd=fd)) if kind is Kind.SYMLINK else None
        below = self._below().get(path) if above.through else None
        xattrs = xattrs_at(fd, name)
        uid, gid = self.owners.of(path, what, xattrs, below)
        through = kind is Kind.DIR and below is not None and below.kind is Kind.DIR and not _is_opaque(fd, name)
        dev = (os.major(what.st_rdev), os.minor(what.st_rdev))
        mode = stat.S_IMODE(what.st_mode)
        seen = Seen(kind, mode, uid, gid, link, portable_xattrs(xattrs), what.st_mtime_ns, dev, inode_of(what))
        return _Step(seen, own=True, through=through)


def _seen(entry: Entry) -> Seen:
    ns = entry.mtime * 10**9 + entry.mtime_ns
    inode = entry.hardlink_to or entry.path  # the first name of a file is told as that of the others
    return Seen(entry.kind, entry.mode, entry.uid, entry.gid, entry.link, entry.xattrs, ns, entry.dev or (0, 0), inode)


def _is_folder(fd: int, name: bytes) -> bool:
    return stat.S_ISDIR(os.stat(name, dir_fd=fd, follow_symlinks=False).st_mode)


def _is_opaque(fd: int, name: bytes) -> bool:
    return overlay_xattr(xattrs_at(fd, name), "opaque") == b"y" or _is_there(fd, os.path.join(name, OPAQUE_NAME))


def _is_there(fd: int, name: bytes) -> bool:
    try:
        os.stat(name, dir_fd=fd, follow_symlinks=False)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _make_opaque(fd: int, name: bytes) -> None:
    try:
        set_xattrs_at(fd, name, {OPAQUE_XATTR: b"y"})
        if _is_opaque(fd, name):
            return
    except OSError:
        pass
    os.close(os.open(os.path.join(name, OPAQUE_NAME), os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600, dir_fd=fd))


def _make_whiteout(fd: int, name: bytes) -> bool:
    """False where the file system, or the system, has no such thing."""
    try:
        os.mknod(name, stat.S_IFCHR, 0, dir_fd=fd)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS):
            raise
        return False
    return True
