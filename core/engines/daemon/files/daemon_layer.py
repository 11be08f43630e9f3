"""DaemonLayer: the writable layer of a daemon's container, read and changed in any state as far as the daemon's API goes.

Files and folders are put there by the archive endpoint, which also gives another mode or owner to what is there. What cannot
be done by it, removing and renaming, is done by the container's own `rm` and `mv` while it runs. For one that does not run there
is no safe way: its overlay's folder is not ours to write to (see `overlay_folders.py`), and nothing is started for it.
"""

from __future__ import annotations

import os
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO

from layertui.core.containers.rootfs.path_checks import (
    check_path,
    existing,
    file_target,
    folder_target,
    missing_folders,
    move_target,
    no_folder,
)
from layertui.core.engines.daemon.files.daemon_tar import ArchiveContent, first_member
from layertui.core.engines.daemon.files.overlay_folders import NotPlain, require_plain
from layertui.core.errors import Conflict, LayertuiError, NotFound, WrongState
from layertui.core.layers.table.entry import Kind
from layertui.core.streams.tar.tar_contents import SYMLINK, Header

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from layertui.core.containers.rootfs.container_root import FileStatus, Owner
    from layertui.core.engines.daemon.files.container_archive import ContainerArchive
    from layertui.core.engines.daemon.files.container_paths import ContainerPaths
    from layertui.core.engines.daemon.files.overlay_folders import OverlayFolders
    from layertui.core.engines.daemon.files.put_members import Members
    from layertui.core.layers.stack.view import View
    from layertui.core.layers.table.entry import Entry
    from layertui.core.layers.table.layer_table import LayerTable

_NO_PROGRAM = (126, 127)


class DaemonLayer:
    """See WritableLayer in `file_protocols.py`."""

    def __init__(
        self,
        archive: ContainerArchive,
        paths: ContainerPaths,
        folders: OverlayFolders | None,
        below: Callable[[], View],
    ) -> None:
        """`folders` are None where only the daemon can read them; `below` is the image's View."""
        self._archive, self._paths, self._folders, self._below = archive, paths, folders, below

    def table(self) -> LayerTable:
        from layertui.core.engines.daemon.files.changes_table import changes_table
        from layertui.core.layers.table.layer_folder import OverlayNotes, read_folder
        from layertui.core.layers.table.whiteouts import portable_xattrs

        def own_xattrs(_: os.stat_result, found: Mapping[str, bytes]) -> dict[str, bytes]:
            require_plain(found)
            return portable_xattrs(found)

        if self._folders is not None:
            with suppress(NotPlain):
                return read_folder(self._folders.upper, OverlayNotes(xattrs=own_xattrs))
            self._folders = None
        return changes_table(self._archive, self._paths.mounts, self._below)

    def open(self, entry: Entry) -> BinaryIO:
        if self._folders is None:
            return ArchiveContent(self._archive).open(entry)
        from layertui.core.layers.table.layer_folder import FolderContent

        return FolderContent(self._folders.upper).open(entry)

    def write(
        self,
        path: str,
        source: BinaryIO,
        *,
        mode: int | None = None,
        owner: Owner | None = None,
        parents: bool = False,
    ) -> None:
        check_path(path)
        target, old = file_target(self._paths, path)
        old = self._paths.status(target) if old is not None else None
        old_mode, old_owner = (old.mode, (old.uid, old.gid)) if old is not None else (0o644, (0, 0))
        with self._staged(target, parents=parents) as (members, name):
            members.add_file(name, source, old_mode if mode is None else mode, owner or old_owner)

    def mkdir(self, path: str, *, parents: bool = False, mode: int = 0o755) -> None:
        check_path(path)
        target = folder_target(self._paths, path, parents=parents)
        if target is not None:
            with self._staged(target, parents=parents) as (members, name):
                members.add_folder(name, mode)

    @contextmanager
    def _staged(self, target: str, *, parents: bool) -> Iterator[tuple[Members, str]]:
        """A tar and the name in it for what is made at a path; it is put there when the block ends well, missing folders with it."""
        top, names = missing_folders(self._paths, target)
        if names and not parents:
            raise no_folder(target)
        folder, _, name = top.rpartition("/")
        with self._putting(folder) as members:
            for below in names:
                members.add_folder(name, 0o755)
                name = f"{name}/{below}"
            yield members, name

    @contextmanager
    def _putting(self, folder: str) -> Iterator[Members]:
        """A tar that is put into a folder when the block ends well.

        Docker refuses a symlink that leads out of the folder into which a tar is extracted, after it has removed what was there. So
        tars are extracted into `/`; Podman, and Docker where the root is read-only, reach what is mounted only by its own path.
        """
        from layertui.core.engines.daemon.files.put_members import Members

        directly = self._archive.client.endpoint.kind == "podman" or self._paths.mount_of(folder)
        with Members("" if directly else folder) as members:
            yield members
            self._archive.put((folder or "/") if directly else "/", members.finished())

    def unlink(self, path: str, *, recursive: bool = False) -> None:
        check_path(path)
        target, seen = existing(self._paths, path)
        if seen.kind is Kind.DIR and not recursive:
            raise Conflict(f"{path} is a folder; remove it with all it holds by -r")
        self._run(["rm", "-rf", "--", target], "removed")
        if self._paths.look(target) is not None:
            raise LayertuiError(f"{path} is still there after the container's own rm has removed it")

    def rename(self, path: str, new: str) -> None:
        check_path(path)
        check_path(new)
        source, _ = existing(self._paths, path)
        target = move_target(self._paths, source, path, new)
        self._run(["mv", "--", source, target], "renamed")

    def change(self, path: str, *, mode: int | None = None, owner: Owner | None = None) -> None:
        check_path(path)
        target, _ = existing(self._paths, path)
        seen = self._paths.status(target)
        if seen is None:
            raise NotFound(f"{path}: no such file or folder in the container")
        if seen.kind is Kind.SYMLINK and mode is not None:
            raise Conflict(f"{path} is a symlink, which has no mode of its own")
        new_mode = seen.mode if mode is None else mode
        if not self._changed_inside(target, seen, new_mode, owner):
            self._put_again(target, seen, new_mode, owner or (seen.uid, seen.gid))

    def _changed_inside(self, target: str, seen: FileStatus, mode: int, owner: Owner | None) -> bool:
        """Change mode and owner by the container's own programs, which keeps hard links and open files; False where it cannot."""
        commands = [["chown", "-h", f"{owner[0]}:{owner[1]}", target]] if owner is not None else []
        if seen.kind is not Kind.SYMLINK:
            commands.append(["chmod", f"{mode:04o}", target])  # last: another owner takes setuid away
        if self._state() != "running":
            return False
        for argv in commands:
            code, output = self._archive.run(argv)
            if code in _NO_PROGRAM:
                return False
            if code:
                raise LayertuiError(f"{target}: {output or f'{argv[0]} ended with {code}'}")
        return True

    def _put_again(self, target: str, seen: FileStatus, mode: int, owner: Owner) -> None:
        """What is at a path once more, with another mode and owner."""
        folder, _, name = target.rpartition("/")
        ns = seen.ns if seen.ns is not None else time.time_ns()
        with self._putting(folder) as members:
            if seen.kind is Kind.SYMLINK and self._archive.client.endpoint.kind == "podman":
                link = self._paths.written_link(target)
                if link is None:
                    raise WrongState(
                        f"{target}: Podman has no call that gives a symlink another owner;"
                        f" start container {self._archive.name} first"
                    )
                members.add(_again(Header(b"", SYMLINK, link=os.fsencode(link)), name, mode, owner, ns))
                return
            with self._archive.tar(target) as tar:
                found = first_member(tar, target)
                members.add(_again(found.header, name, mode, owner, ns), found.content)

    def put_tar(self, tar: BinaryIO, path: str) -> None:
        check_path(path)
        folder = self._paths.resolve(path)
        seen = self._paths.look(folder)
        if seen is None or seen.kind is not Kind.DIR:
            raise NotFound(f"{path}: no such folder in the container")
        with self._putting(folder) as members:
            members.add_tar(tar)

    def _state(self) -> str:
        state = self._archive.inspect().get("State")
        return str(state.get("Status")) if isinstance(state, dict) else ""

    def _run(self, argv: list[str], done: str) -> None:
        """Do by one of the container's own programs what the API cannot. WrongState where it does not run."""
        name, title = self._archive.name, self._archive.client.title
        state = self._state()
        if state != "running":
            advice = "unpause it" if state == "paused" else "start it"
            raise WrongState(
                f"nothing can be {done} in container {name} while it is {state}: {title} has no call for it; {advice} first"
            )
        code, output = self._archive.run(argv)
        if code in _NO_PROGRAM:
            raise LayertuiError(
                f"nothing can be {done} in container {name}: it has no {argv[0]}, and {title} no call for it"
            )
        if code:
            raise LayertuiError(f"container {name}: {output or f'{argv[0]} ended with {code}'}")


def _again(header: Header, name: str, mode: int, owner: Owner, ns: int) -> Header:
    """The header with which what was at a path is put there again."""
    header.name, header.mode = os.fsencode(name), mode
    header.uid, header.gid = owner
    header.mtime, header.mtime_ns = divmod(ns, 10**9)
    return header
