"""Every error layertui raises, as one tree.

    LayertuiError
    ├── UsageError               a value was written wrongly
    ├── NotFound                 a name, path, layer or container is not there
    ├── Ambiguous                a prefix or a reference fits several
    ├── Conflict                 taken, in use, would be moved
    │   └── WrongState           a container cannot do this now
    ├── Damaged                  bytes are not what they should be
    │   ├── DigestMismatch
    │   ├── Truncated
    │   └── NotAnImage
    ├── UnsafePath               a path leads outside
    ├── LimitExceeded            a named limit was met
    ├── Unreachable              a daemon or a registry does not answer
    ├── Unauthorized             a registry wants other credentials, or none are enough
    ├── RuntimeUnavailable       no container runtime passed its probe
    ├── CommandNotFound          as a shell's 127
    ├── CommandNotExecutable     as a shell's 126
    ├── StorageError             disk full, read only, no permission
    │   └── NotOurs              a store that another user can change
    └── Cancelled                somebody called Progress.cancel()

``str(error)`` is the one line that a user reads: what, where, what to try.
"""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class LayertuiError(Exception):
    """The root of the tree; ``exit_code`` is what a process ends with."""

    exit_code: ClassVar[int] = 1


class UsageError(LayertuiError):
    """A value was given that cannot be: a reference, a platform, an option."""

    exit_code = 2


class NotFound(LayertuiError):
    """What was asked for is not there."""


class ImageChoice(NamedTuple):
    """One of several things that fit."""

    name: str
    """How to write it where the name that was ambiguous stood, or what to add to that name."""
    title: str
    """What tells it from the others, in a line."""
    platform: str = ""
    """Of an image its platform, `linux/arm64`, where one is given."""


class Ambiguous(LayertuiError):
    """Several things fit; the message names them, and `choices` lists them where one can be chosen."""

    def __init__(self, message: str, choices: Sequence[ImageChoice] = ()) -> None:
        super().__init__(message)
        self.choices = tuple(choices)


class Conflict(LayertuiError):
    """The name is taken, the image in use, or a tag would move."""


class WrongState(Conflict):
    """A container in this state cannot do that."""


class Damaged(LayertuiError):
    """Bytes are not what they should be."""


class DigestMismatch(Damaged):
    """The sum of the bytes is not the digest they go by."""


class Truncated(Damaged):
    """The bytes end too early."""


class NotAnImage(Damaged):
    """Sound perhaps, but no container image."""


class UnsafePath(LayertuiError):
    """A path leads outside the folder it must stay in."""


class LimitExceeded(LayertuiError):
    """More of something than layertui is willing to take."""


class Unreachable(LayertuiError):
    """A daemon or a registry that cannot be spoken to, or that did not answer to the end."""


class Unauthorized(LayertuiError):
    """A registry does not allow that, with the credentials that there are or without any."""


class RuntimeUnavailable(LayertuiError):
    """No container runtime works here; the message says why each does not."""

    exit_code = 125


class CommandNotExecutable(LayertuiError):
    """The container's command is there and cannot be executed."""

    exit_code = 126


class CommandNotFound(LayertuiError):
    """The container's command is not there."""

    exit_code = 127


class StorageError(LayertuiError):
    """A file or folder cannot be read or written: no space, no permission, an error of the disk."""


class NotOurs(StorageError):
    """A store that another user can change is only looked at; see `ownership.py`."""


class Cancelled(LayertuiError):
    """Somebody asked for the work to stop."""

    exit_code = 130

    def __init__(self, message: str = "cancelled") -> None:
        super().__init__(message)


_ADVICE = {
    errno.ENOSPC: "free some space, or choose another folder with --store",
    errno.EDQUOT: "the quota is used up; choose another folder with --store",
    errno.EROFS: "choose another folder with --store",
    errno.EACCES: "check its owner and mode",
    errno.EPERM: "check its owner and mode",
    errno.EMFILE: "raise the limit with `ulimit -n`",
}


def storage_error(error: OSError, where: str | bytes | os.PathLike[str] | None = None) -> StorageError:
    """One line for an OSError: where, what the system said, what to try."""
    place = where if where is not None else error.filename
    reason = error.strerror or str(error) or type(error).__name__
    line = reason if place is None else f"{os.fsdecode(place) if not isinstance(place, int) else place}: {reason}"
    advice = _ADVICE.get(error.errno or 0)
    return StorageError(f"{line}; {advice}" if advice else line)


def misplaced(where: str | os.PathLike[str], what: str) -> StorageError:
    """One line for something else that lies where a file or a folder of a store belongs."""
    return StorageError(
        f"{os.fspath(where)}: is not a {what}, and one of layertui's belongs there; try `layertui fsck --repair`"
    )


@contextmanager
def as_storage_error(where: str | bytes | os.PathLike[str] | None = None) -> Iterator[None]:
    """Let no OSError out of this block but as a StorageError."""
    try:
        yield
    except OSError as error:
        raise storage_error(error, where) from error
