"""Finds which other users can change a store: from owners and modes of its folder, contents and, for root, parents."""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Iterator
from contextlib import suppress

from layertui.core.language.texts import tr

_MOST_LINKS = 40  # as in the kernel
_EVERY_ID = 4_294_967_295  # how many IDs the first user namespace has


def other_user(folder: str, fd: int | None) -> tuple[str, int | None] | None:
    """The path of a store that another user can change, and that user's ID (None if several can); None if no one else can.

    `fd` is its folder, if it exists.
    """
    if fd is not None:
        store = os.fstat(fd)
        if (who := _changed_by(store)) is not None:
            return folder, *who
        shut = not store.st_mode & (stat.S_IXGRP | stat.S_IXOTH)
        with suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                if (who := _changed_by(entry.stat(follow_symlinks=False), shut=shut)) is not None:
                    return entry.path, *who
    return _above(folder)


def _above(path: str) -> tuple[str, int | None] | None:
    """For root: a folder or symlink on the way to a path that another user can rename or replace, and who; else None."""
    if os.geteuid() == 0:
        for step in _way_to(path):
            with suppress(OSError):
                if (who := _changed_by(os.lstat(step), above=True)) is not None:
                    return step, *who
    return None


def changer_of(file: os.stat_result) -> str | None:
    """Who besides root and us can change a file, as the end of a sentence that begins with its path; None if no one can."""
    if (who := _changed_by(file)) is None:
        return None
    (user,) = who
    return tr("can be changed by other users") if user is None else tr("belongs to {name}", name=_name(user))


def changer_of_path(path: str) -> str | None:
    """For root: who can put another file at a path, as a clause: `/home/ann belongs to ann`; None if no one else can."""
    if (found := _above(path)) is None:
        return None
    step, user = found
    return f"{step} " + (
        tr("can be changed by other users") if user is None else tr("belongs to {name}", name=_name(user))
    )


def _way_to(folder: str) -> Iterator[str]:
    """Every folder and symlink on the way to a path, without the folder itself."""
    at, ahead, links = "/", deque(filter(None, folder.split("/"))), 0
    while ahead and links < _MOST_LINKS:
        yield at
        name = ahead.popleft()
        if name == "..":
            at = os.path.dirname(at)
            continue
        step = os.path.join(at, name)
        try:
            target = os.readlink(step)
        except OSError:  # not a symlink
            at = step
            continue
        yield step
        links += 1
        at = "/" if target.startswith("/") else at
        ahead.extendleft(reversed([part for part in target.split("/") if part not in ("", ".")]))


def _changed_by(what: os.stat_result, *, above: bool = False, shut: bool = False) -> tuple[int | None] | None:
    """The user besides root and us who can change a file, as a tuple of one ID (None for several); None if no one can.

    `above`: a folder above, where only our own names matter, which a sticky bit protects. `shut`: only we can reach it.
    """
    if what.st_uid not in (os.geteuid(), 0) and not (above and _is_unknown(what.st_uid)):
        return (what.st_uid,)
    if stat.S_ISLNK(what.st_mode) or shut or (above and what.st_mode & stat.S_ISVTX):
        return None
    by_group = what.st_mode & stat.S_IWGRP and what.st_gid not in (os.getegid(), 0)
    if by_group and above and _is_unknown(what.st_gid):
        by_group = False
    return (None,) if by_group or what.st_mode & stat.S_IWOTH else None


def _is_unknown(number: int) -> bool:
    """Whether the ID stands for all IDs outside the user namespace: it may then be root's."""
    with suppress(OSError, ValueError):
        with open("/proc/self/uid_map", encoding="ascii") as file:
            if int(file.read().split()[2]) == _EVERY_ID:
                return False
        with open("/proc/sys/kernel/overflowuid", encoding="ascii") as file:
            return int(file.read()) == number
    return False


def line_of(store: str, where: str, user: int | None) -> str:
    """The message that refuses more than reading a store; `where` and `user` as returned by `other_user`."""
    us = _name(os.geteuid())
    whose = tr("it") if where == store else tr("the store {store}", store=store)
    if user is None:
        return tr(
            "{where} can be changed by other users; {us} only looks at {whose}:"
            " take that right away (chmod go-w {where}), or say --trust-store",
            where=where,
            us=us,
            whose=whose,
        )
    them = _name(user)
    return tr(
        "{where} belongs to {them}; {us} only looks at {whose}:"
        " run it as {them} (sudo -u {them} …), or say --trust-store",
        where=where,
        them=them,
        us=us,
        whose=whose,
    )


def _name(user: int) -> str:
    import pwd  # late: only a refusal needs it

    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"#{user}"
