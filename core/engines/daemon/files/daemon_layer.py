"""DaemonLayer: the writable layer of a daemon's container, read and changed in any state as far as the daemon's API goes.

Files and folders are put there by the archive endpoint, which also gives another mode or owner to what is there. What cannot
be done by it, removing and renaming, is done by the container's own `rm` and `mv` while it runs. In one that does not run it is
done in its overlay's folder, where we may write to that (`stopped_overlay.py`); nothing is started for it.
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
from layertui.core.engines.daemon.files.overlay_folders import NotPlain, plain_layer
from layertui.core.errors import Conflict, LayertuiError, NotFound, WrongState, as_storage_error
from layertui.core.language.texts import tr
from layertui.core.layers.table.entry import Kind
from layertui.core.streams.tar.tar_contents import SYMLINK, Header

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from layertui.core.containers.rootfs.container_root import FileStatus, Owner, Root
    from layertui.core.engines.daemon.files.change_rules import ChangeRules
    from layertui.core.engines.daemon.files.container_archive import ContainerArchive
    from layertui.core.engines.daemon.files.overlay_folders import OverlayFolders
    from layertui.core.engines.daemon.files.path_lookup import PathLookup
    from layertui.core.engines.daemon.files.put_members import Members
    from layertui.core.layers.stack.stack import Stack
    from layertui.core.layers.table.entry import Entry
    from layertui.core.layers.table.layer_table import LayerTable

_STOPPED = ("created", "configured", "exited")


class DaemonLayer:
    """See WritableLayer in `file_protocols.py`."""

    def __init__(
        self,
        archive: ContainerArchive,
        paths: PathLookup,
        folders: OverlayFolders | None,
        rules: ChangeRules,
        image: Callable[[], Stack],
        run: Callable[[Sequence[str]], bool],
    ) -> None:
        """`folders` are None where only the daemon can read them; `image` has the image's layers; `run`: see `container_programs.py`."""
        self._archive, self._paths, self._folders, self._image = archive, paths, folders, image
        self._rules, self._run = rules, run

    def table(self) -> LayerTable:
        from layertui.core.engines.daemon.files.changes_table import changes_table

        if self._folders is not None:
            with suppress(NotPlain):
                return plain_layer(self._folders.upper)
            self._folders = None
        return changes_table(self._archive, self._paths.mounts, lambda: self._image().view())

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
        self._rules.require_change(path)
        target, old = file_target(self._paths, path)
        old = self._paths.status(target) if old is not None else None
        old_mode, old_owner = (old.mode, (old.uid, old.gid)) if old is not None else (0o644, (0, 0))
        with self._staged(target, parents=parents) as (members, name):
            members.add_file(name, source, old_mode if mode is None else mode, owner or old_owner)

    def mkdir(self, path: str, *, parents: bool = False, mode: int = 0o755) -> None:
        check_path(path)
        self._rules.require_change(path)
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
        """See WritableLayer. Raises LayertuiError besides where the container's `rm` says that it is done, and it is not."""
        check_path(path)
        self._rules.require_no_mount(path)
        target, seen = existing(self._paths, path)
        if seen.kind is Kind.DIR and not recursive:
            raise Conflict(tr("{path} is a folder; remove it with all it holds by -r", path=path))
        self._do(["rm", "-rf", "--", target], "removed", lambda root: root.remove(target), [target])
        if self._paths.look(target) is not None:
            raise LayertuiError(tr("{path} is still there after it was removed", path=path))

    def rename(self, path: str, new: str) -> None:
        check_path(path)
        check_path(new)
        self._rules.require_no_mount(path)
        source, _ = existing(self._paths, path)
        self._rules.require_change(new, follow=False)
        target = move_target(self._paths, source, path, new)
        self._do(["mv", "--", source, target], "renamed", lambda root: root.move(source, target), [source, target])

    def change(self, path: str, *, mode: int | None = None, owner: Owner | None = None) -> None:
        check_path(path)
        self._rules.require_change(path, follow=False)
        target, _ = existing(self._paths, path)
        seen = self._paths.status(target)
        if seen is None:
            raise NotFound(tr("{path}: no such file or folder in the container", path=path))
        if seen.kind is Kind.SYMLINK and mode is not None:
            raise Conflict(tr("{path} is a symlink, which has no mode of its own", path=path))
        new_mode = seen.mode if mode is None else mode
        if not self._changed_inside(target, seen, new_mode, owner):
            self._put_again(target, seen, new_mode, owner or (seen.uid, seen.gid))

    def _changed_inside(self, target: str, seen: FileStatus, mode: int, owner: Owner | None) -> bool:
        """Change mode and owner by the container's own programs, which keeps hard links and open files; False where it cannot."""
        commands = [["chown", "-h", f"{owner[0]}:{owner[1]}", target]] if owner is not None else []
        if seen.kind is not Kind.SYMLINK:
            commands.append(["chmod", f"{mode:04o}", target])  # last: another owner takes setuid away
        return self._state() == "running" and all(self._run(argv) for argv in commands)

    def _put_again(self, target: str, seen: FileStatus, mode: int, owner: Owner) -> None:
        """What is at a path once more, with another mode and owner."""
        folder, _, name = target.rpartition("/")
        ns = seen.ns if seen.ns is not None else time.time_ns()
        with self._putting(folder) as members:
            if seen.kind is Kind.SYMLINK and self._archive.client.endpoint.kind == "podman":
                link = self._paths.written_link(target)
                if link is None:
                    raise WrongState(
                        tr(
                            "{target}: Podman has no call that gives a symlink another owner;"
                            " start container {name} first",
                            target=target,
                            name=self._archive.name,
                        )
                    )
                members.add(_again(Header(b"", SYMLINK, link=os.fsencode(link)), name, mode, owner, ns))
                return
            with self._archive.tar(target) as tar:
                found = first_member(tar, target)
                members.add(_again(found.header, name, mode, owner, ns), found.content)

    def put_tar(self, tar: BinaryIO, path: str) -> None:
        check_path(path)
        self._rules.require_change(path)
        folder = self._paths.resolve(path)
        seen = self._paths.look(folder)
        if seen is None or seen.kind is not Kind.DIR:
            raise NotFound(tr("{path}: no such folder in the container", path=path))
        with self._putting(folder) as members:
            members.add_tar(tar, lambda name: self._paths.status(f"{folder.rstrip('/')}/{name}"))

    def _state(self) -> str:
        state = self._archive.inspect().get("State")
        return str(state.get("Status")) if isinstance(state, dict) else ""

    def _do(self, argv: Sequence[str], done: str, in_folder: Callable[[Root], None], paths: Sequence[str]) -> None:
        """Do what the API cannot: by one of the container's own programs, or in its overlay's folder. WrongState where neither can."""
        name, title = self._archive.name, self._archive.client.title
        state = self._state()
        if state in _STOPPED and self._folders is not None and not any(map(self._paths.mount_of, paths)):
            from layertui.core.engines.daemon.files.stopped_overlay import stopped_root

            with stopped_root(self._folders, self._image, name) as root, as_storage_error(paths[0]):
                in_folder(root)
            return
        if state != "running":
            advice = tr("unpause it") if state == "paused" else tr("start it")
            raise WrongState(
                tr(
                    "nothing can be {done} in container {name} while it is {state}: {title} has no call for it; {advice} first",
                    done=done,
                    name=name,
                    state=state,
                    title=title,
                    advice=advice,
                )
            )
        if not self._run(argv):
            raise LayertuiError(
                tr(
                    "nothing can be {done} in container {name}: it has no {argv}, and {title} no call for it",
                    done=done,
                    name=name,
                    argv=argv[0],
                    title=title,
                )
            )


def _again(header: Header, name: str, mode: int, owner: Owner, ns: int) -> Header:
    """The header with which what was at a path is put there again."""
    header.name, header.mode = os.fsencode(name), mode
    header.uid, header.gid = owner
    header.mtime, header.mtime_ns = divmod(ns, 10**9)
    return header
