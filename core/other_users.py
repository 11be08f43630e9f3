"""Finds which other users can change a store: from owners and modes of its folder, contents and, for root, parents."""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Iterator
from contextlib import suppress

_MOST_LINKS = 40  # as the kernel
_EVERY_ID = 4_294_967_295  # how many the first user namespace has


def other_user(folder: str, fd: int | None) -> tuple[str, int | None] | None:
    """What of a store can be changed by whom: a path, and the user's id or None for several; None where it is ours alone.

    `fd` is its folder, if it is there.
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
    if os.geteuid() == 0:
        # Who can rename a folder above, or write a symlink anew, puts another store in the place of this one.
        for path in _way_to(folder):
            with suppress(OSError):
                if (who := _changed_by(os.lstat(path), above=True)) is not None:
                    return path, *who
    return None


def _way_to(folder: str) -> Iterator[str]:
    """Every folder and symlink by which a path is found, but for the folder that it leads to."""
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
        except OSError:  # it is none
            at = step
            continue
        yield step
        links += 1
        at = "/" if target.startswith("/") else at
        ahead.extendleft(reversed([part for part in target.split("/") if part not in ("", ".")]))


def _changed_by(what: os.stat_result, *, above: bool = False, shut: bool = False) -> tuple[int | None] | None:
    """Who else than we and root can change something: a user's id, or None for several; no tuple where nobody can.

    `above`: it is a folder in which only names count that are ours, which a sticky bit keeps. `shut`: only we reach it.
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
    """Whether it stands for every id that a user namespace does not know: then it may be root's."""
    with suppress(OSError, ValueError):
        with open("/proc/self/uid_map", encoding="ascii") as file:
            if int(file.read().split()[2]) == _EVERY_ID:
                return False
        with open("/proc/sys/kernel/overflowuid", encoding="ascii") as file:
            return int(file.read()) == number
    return False


def line_of(store: str, where: str, user: int | None) -> str:
    """The line for who wants more of a store than to look at it; `where` and `user` as `other_user` gives them."""
    us = _name(os.geteuid())
    whose = "it" if where == store else f"the store {store}"
    if user is None:
        return (
            f"{where} can be changed by other users; {us} only looks at {whose}:"
            f" take that right away (chmod go-w {where}), or say --trust-store"
        )
    them = _name(user)
    return (
        f"{where} belongs to {them}; {us} only looks at {whose}:"
        f" run it as {them} (sudo -u {them} …), or say --trust-store"
    )


def _name(user: int) -> str:
    import pwd  # late: only a refusal needs it

    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"#{user}"
