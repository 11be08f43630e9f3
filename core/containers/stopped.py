"""The root of a container that does not run: what its own layer and its image show, and changes to the layer alone.

What the kernel's overlay does in a running container is done here by hand: parents are copied up with their attributes, what
is removed and lies in the image gets a whiteout, a folder made where one was removed hides the old one's content. The image's
layers need not be unpacked; they are looked up in their View.

All verbs take a path whose folder has no symlinks in it any more; `resolve` gives such a path.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from layertui.core.containers.owners import OwnersKept
from layertui.core.containers.root import Seen, writable
from layertui.core.errors import NotFound
from layertui.core.layers.at import chmod_at, remove_at, set_xattrs_at, xattrs_at
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
    """The root of a container without a process."""

    def __init__(self, upper: Path, below: Callable[[], View], owners: OwnersKept) -> None:
        self.upper = upper
        self.owners = owners
        self._below = below

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
        """The folder of `path` in the own layer, copied up if need be, and the name in it: free of whiteouts' fallbacks."""
        parent, _, _ = path.rpartition("/")
        self._copy_up(parent or "/")
        with Beneath(self.upper, symlinks=False) as root, root.at(path) as (fd, name), writable(fd):
            yield fd, name

    def give(self, fd: int, name: bytes, path: str, owner: tuple[int, int]) -> None:
        """Make what is, or will be, at `path` somebody's."""
        self.owners.give(fd, name, path, owner)

    def mounted(self, fd: int, name: bytes) -> bool:
        """Nothing is, while no process runs."""
        del fd, name
        return False

    def settle(self, fd: int, name: bytes, path: str, *, folder: bool = False) -> None:
        """After something was put at `path`: a folder hides what the image has there."""
        with suppress(FileNotFoundError):
            os.unlink(PREFIX + name, dir_fd=fd)
        if folder and self._shows(path, Kind.DIR):
            _make_opaque(fd, name)

    def remove(self, path: str) -> None:
        """What is at `path` goes, with all below it; a whiteout stands where the image has something."""
        shown = self._shows(path)
        with self.at(path) as (fd, name):
            remove_at(fd, name)
            self.owners.forget(path)
            if shown:
                _whiteout(fd, name)

    def make_way(self, path: str) -> None:
        """Remove a whiteout where a folder is to be made: mkdir knows no overwriting."""
        with self.at(path) as (fd, name), suppress(FileNotFoundError):
            if is_whiteout(os.stat(name, dir_fd=fd, follow_symlinks=False), {}, by_xattr=False):
                os.unlink(name, dir_fd=fd)

    def own(self, path: str) -> None:
        """Let the own layer have the folder at `path`, so that its attributes can be changed."""
        self._copy_up(path)

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
        seen = Seen(kind, stat.S_IMODE(what.st_mode), uid, gid, link, portable_xattrs(xattrs))
        return _Step(seen, own=True, through=through)

    def _copy_up(self, path: str) -> None:
        """Make sure that the own layer has this folder and all above it, as the image has them."""
        steps = self._walk(path)
        parts = [part for part in path.split("/") if part]
        with Beneath(self.upper, symlinks=False) as root:
            for number, part in enumerate(parts, 1):
                step, here = steps[number], "/" + "/".join(parts[:number])
                if step.seen is None or step.seen.kind is not Kind.DIR:
                    raise NotFound(f"{here}: no such folder in the container")
                if not step.own:
                    entry = self._below().get(here)
                    assert entry is not None
                    with root.at(here) as (fd, _):
                        self._copy_folder(fd, os.fsencode(part), entry)

    def _copy_folder(self, fd: int, name: bytes, entry: Entry) -> None:
        os.mkdir(name, 0o700, dir_fd=fd)
        self.owners.give(fd, name, entry.path, (entry.uid, entry.gid))
        with suppress(PermissionError):  # trusted.* and capabilities are root's to give
            set_xattrs_at(fd, name, entry.xattrs)
        chmod_at(fd, name, entry.mode)
        os.utime(name, ns=(entry.mtime * 10**9 + entry.mtime_ns,) * 2, dir_fd=fd, follow_symlinks=False)


def _seen(entry: Entry) -> Seen:
    return Seen(entry.kind, entry.mode, entry.uid, entry.gid, entry.link, entry.xattrs)


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


def _whiteout(fd: int, name: bytes) -> None:
    try:
        os.mknod(name, stat.S_IFCHR, 0, dir_fd=fd)
    except OSError:  # some file systems make none, and so does macOS: then the form that a layer tar has
        os.close(os.open(PREFIX + name, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600, dir_fd=fd))
