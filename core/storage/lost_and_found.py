"""Moves damaged content of a store to its `lost+found` folder.

`lost+found/` has the same layout as the store: what is moved keeps its relative path. So `--store STORE/lost+found`
lists it, and it can be moved back by hand. Only the user deletes anything there.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

from layertui.core.errors import as_storage_error
from layertui.core.fs.atomic import fsync_dir, make_folder
from layertui.core.language.texts import tr
from layertui.core.oci.digest import Digest
from layertui.core.store_paths import LOST_AND_FOUND


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem of the store: its kind, its object, and one line that says what it means and what to try."""

    kind: str
    what: str
    detail: str


@dataclass(frozen=True, slots=True)
class RepairableProblem:
    """A problem, and what `fsck --repair` does about it, if it can; `harmless` if the store works the same without a repair."""

    problem: Problem
    repair: Callable[[], object] | None = None
    harmless: bool = False


IsComplete = Callable[[Digest], bool]
"""Whether the image of a manifest is complete."""


class LostAndFound:
    """The folder `lost+found` of a store; made when the first file is moved there."""

    def __init__(self, store: Path) -> None:
        self.store = store
        self.folder = store / LOST_AND_FOUND

    def move_in(self, path: Path) -> Path:
        """Move a file or folder of the store there, by one rename. Returns its new path, with a number if the name is taken."""
        with as_storage_error(path):
            target = self._free_path(path)
            os.rename(path, target)
            fsync_dir(target.parent)
            fsync_dir(path.parent)
        return target

    def copy_in(self, path: Path) -> None:
        """Copy a file of the store there as it is now, or link it, and leave the original."""
        with as_storage_error(path):
            target = self._free_path(path)
            try:
                os.link(path, target)
            except OSError:  # the file system has no hard links
                shutil.copyfile(path, target)
            fsync_dir(target.parent)

    def misplaced(
        self, *, files: Iterable[str] = (), folders: Iterable[str] = (), own_folders: Iterable[str] = ()
    ) -> Iterator[RepairableProblem]:
        """Paths of the store that are not a file or a folder as they should be, or not one that we may use.

        A symlink to a folder counts as a folder, except for `own_folders`.
        """
        store = os.fspath(self.store)
        for names, what, is_right, rights, follow in (
            (files, "file", stat.S_ISREG, 0o600, False),
            (folders, "folder", stat.S_ISDIR, 0o700, True),
            (own_folders, "folder", stat.S_ISDIR, 0o700, False),
        ):
            for name in names:
                if not os.path.lexists(f"{store}/{name}"):  # true of most; no Path is made for them
                    continue
                path, mode = self.store / name, 0
                with suppress(OSError):
                    mode = path.stat(follow_symlinks=follow).st_mode
                if not is_right(mode):
                    detail = tr(
                        "is not a {what}, and a {what} of layertui's belongs there; "
                        "`fsck --repair` moves it to {lost_and_found}",
                        what=what,
                        lost_and_found=LOST_AND_FOUND,
                    )
                    yield RepairableProblem(Problem("place", name, detail), partial(self.move_in, path))
                elif os.geteuid() != 0 and path.stat().st_uid == os.geteuid() and mode & rights != rights:
                    detail = tr(
                        "may not be used, its mode is {mode:04o}; `fsck --repair` adds {rights:04o}",
                        mode=mode & 0o7777,
                        rights=rights,
                    )
                    yield RepairableProblem(Problem("mode", name, detail), partial(path.chmod, mode & 0o7777 | rights))

    def _free_path(self, path: Path) -> Path:
        if not self.folder.is_dir() and os.path.lexists(self.folder):
            self.folder.rename(_free(self.folder))
        wanted = self.folder / path.relative_to(self.store)
        make_folder(wanted.parent)
        self.folder.chmod(0o700)
        return _free(wanted)


def is_own_folder(path: Path) -> bool:
    """Whether it is a folder, and not a symlink to one."""
    return path.is_dir() and not path.is_symlink()


def _free(wanted: Path) -> Path:
    names = (wanted.with_name(f"{wanted.name}.{number}") if number else wanted for number in count())
    return next(name for name in names if not os.path.lexists(name))
