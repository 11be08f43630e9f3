"""Resolves the user of a container's process, `USER[:GROUP]`, in the image's passwd and group files.

As in docker, a numeric user need not be listed, and an unknown name is an error. The groups are the user's primary
group and those that list the user, unless a group was given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from layertui.core.errors import NotFound, UsageError
from layertui.core.language.texts import tr

HIGHEST = 2**31 - 1
_PASSWD, _GROUP = 7, 4  # fields of a line


@dataclass(frozen=True, slots=True)
class ContainerUser:
    """The IDs of a process, and its home folder."""

    uid: int = 0
    gid: int = 0
    groups: tuple[int, ...] = (0,)
    home: str = "/"


def look_up(spelled: str, passwd: bytes | None, group: bytes | None) -> ContainerUser:
    """The user of `USER[:GROUP]`, each a name or a number. Raises NotFound for an unknown name."""
    name, _, group_name = spelled.partition(":")
    name = name or "0"
    uid, gid, home, listed = 0, 0, "/", ""
    number = _number(name)
    for fields in _lines(passwd, _PASSWD):
        if _means(fields, name, number):
            uid, gid, home, listed = int(fields[2]), int(fields[3] or 0), fields[5] or "/", fields[0]
            break
    else:
        if number is None:
            raise NotFound(tr("unable to find user {name}: no matching entries in the image's passwd file", name=name))
        uid = number
    if group_name:
        gid = _group(group_name, group)
        return ContainerUser(uid, gid, (gid,), home)
    further = tuple(int(fields[2]) for fields in _lines(group, _GROUP) if listed and listed in fields[3].split(","))
    return ContainerUser(uid, gid, tuple(dict.fromkeys((gid, *further))), home)


def groups_joined(user: ContainerUser, names: Iterable[str], group: bytes | None) -> ContainerUser:
    """The user with additional groups. Raises NotFound."""
    further = (_group(name, group) for name in names)
    return replace(user, groups=tuple(dict.fromkeys((*user.groups, *further))))


def _group(name: str, group: bytes | None) -> int:
    number = _number(name)
    for fields in _lines(group, _GROUP):
        if _means(fields, name, number):
            return int(fields[2])
    if number is None:
        raise NotFound(tr("unable to find group {name}: no matching entries in the image's group file", name=name))
    return number


def _means(fields: Sequence[str], name: str, number: int | None) -> bool:
    # A number is never looked up as a name: otherwise an image could list its number under root's ID.
    return fields[0] == name if number is None else int(fields[2]) == number


def _number(text: str) -> int | None:
    if not (text.isascii() and text.isdigit()):
        return None
    if not _is_id(text):
        raise UsageError(tr("{text} is not a user or group: ids go from 0 to {highest}", text=text, highest=HIGHEST))
    return int(text)


def _lines(content: bytes | None, width: int) -> Iterator[list[str]]:
    """The lines of a passwd or group file as fields; invalid lines are ignored."""
    for line in (content or b"").decode("utf-8", "surrogateescape").splitlines():
        fields = line.strip().split(":")
        fields += [""] * (width - len(fields))
        gid = fields[3] or "0" if width == _PASSWD else "0"
        if fields[0] and not line.startswith("#") and _is_id(fields[2]) and _is_id(gid):
            yield fields


def _is_id(text: str) -> bool:
    # Too many digits are not converted: Python refuses more than 4,300.
    return text.isascii() and text.isdigit() and len(text) <= len(str(HIGHEST)) and int(text) <= HIGHEST
