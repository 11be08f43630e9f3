"""Every error layertui raises, as one tree.

    LayertuiError
    ├── UsageError               a value was written wrongly
    ├── NotFound                 no such name, path, layer or container
    ├── Ambiguous                a prefix or a reference fits several
    ├── Conflict                 name taken, image in use, tag would move
    │   └── WrongState           a container cannot do this now
    │       └── CannotPause      an engine cannot pause a container here
    ├── Damaged                  content is corrupt
    │   ├── DigestMismatch
    │   ├── Truncated
    │   └── NotAnImage
    ├── UnsafePath               a path leads outside its folder
    ├── LimitExceeded            a named limit was exceeded
    ├── Unreachable              a daemon or registry cannot be reached
    ├── Unauthorized             a registry wants other credentials, or the user's are not enough
    ├── RuntimeUnavailable       no container runtime passed its probe
    ├── CommandNotFound          as a shell's 127
    ├── CommandNotExecutable     as a shell's 126
    ├── StorageError             disk full, read only, no permission
    │   └── NotOurs              a store that another user can change
    └── Cancelled                Progress.cancel() was called

``str(error)`` is the one line that a user reads: what failed, where, what to try.
"""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from layertui.core.language.texts import marked, tr

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class LayertuiError(Exception):
    """The base class; ``exit_code`` is the exit code of the command line."""

    exit_code: ClassVar[int] = 1


class UsageError(LayertuiError):
    """An invalid value: of a reference, a platform, an option."""

    exit_code = 2


class NotFound(LayertuiError):
    """What was asked for does not exist."""

    def __init__(self, message: str, listed_by: str = "") -> None:
        """`listed_by` says in a few words which command lists what there is; a screen that does so leaves that out."""
        super().__init__(tr("{message}; {listed_by}", message=message, listed_by=listed_by) if listed_by else message)
        self.on_screen = message


class ImageChoice(NamedTuple):
    """One of several images that a name may mean."""

    name: str
    """What to write instead of the ambiguous name, or what to add to it."""
    title: str
    """How it differs from the others, in one line."""
    platform: str = ""
    """The image's platform, `linux/arm64`, if known."""


class Ambiguous(LayertuiError):
    """A name may mean several things; the message lists them, and so does `choices` where one can be chosen."""

    def __init__(self, message: str, choices: Sequence[ImageChoice] = ()) -> None:
        super().__init__(message)
        self.choices = tuple(choices)


class Conflict(LayertuiError):
    """The name is taken, the image is in use, or a tag would move."""


class WrongState(Conflict):
    """The container's state does not allow this."""


class CannotPause(WrongState):
    """An engine cannot pause a container here, whatever its state."""


class Damaged(LayertuiError):
    """Content is corrupt or invalid."""


class DigestMismatch(Damaged):
    """The digest of the content is not the expected one."""


class Truncated(Damaged):
    """The bytes end too early."""


class NotAnImage(Damaged):
    """Perhaps valid, but not a container image."""


class UnsafePath(LayertuiError):
    """A path leads outside its folder."""


class LimitExceeded(LayertuiError):
    """Input exceeds a limit of `Bounds`."""


class Unreachable(LayertuiError):
    """A daemon or registry cannot be reached, or did not answer completely."""


class Unauthorized(LayertuiError):
    """A registry does not allow that, with the credentials that there are or without any."""


class RuntimeUnavailable(LayertuiError):
    """No container runtime works here; the message gives the reason for each."""

    exit_code = 125


class CommandNotExecutable(LayertuiError):
    """The container's command exists and cannot be executed."""

    exit_code = 126


class CommandNotFound(LayertuiError):
    """The container's command does not exist."""

    exit_code = 127


class StorageError(LayertuiError):
    """A file or folder cannot be read or written: no space, no permission, an I/O error."""


class NotOurs(StorageError):
    """Another user can change the store, so it is read-only; see `ownership.py`."""


class Cancelled(LayertuiError):
    """`Progress.cancel` was called."""

    exit_code = 130

    def __init__(self, message: str = "") -> None:
        super().__init__(message or tr("cancelled"))


_ADVICE = {
    errno.ENOSPC: marked("free some space there, or choose another folder (that of the store: --store)"),
    errno.EDQUOT: marked("the quota is used up; choose another folder (that of the store: --store)"),
    errno.EROFS: marked("choose another folder (that of the store: --store)"),
    errno.EACCES: marked("check its owner and mode"),
    errno.EPERM: marked("check its owner and mode"),
    errno.EMFILE: marked("raise the limit with `ulimit -n`"),
}


def storage_error(error: OSError, where: str | bytes | os.PathLike[str] | None = None) -> StorageError:
    """One line for an OSError: where, the system's message, what to try."""
    place = where if where is not None else error.filename
    reason = error.strerror or str(error) or type(error).__name__
    line = reason if place is None else f"{os.fsdecode(place) if not isinstance(place, int) else place}: {reason}"
    advice = tr(_ADVICE.get(error.errno or 0, ""))
    return StorageError(f"{line}; {advice}" if advice else line)


def misplaced(where: str | os.PathLike[str], what: str) -> StorageError:
    """One line for a file or folder of a store that is something else, such as a folder instead of a file."""
    return StorageError(
        tr(
            "{where}: is not a {what}, and one of layertui's belongs there; try `layertui fsck --repair`",
            where=os.fspath(where),
            what=what,
        )
    )


@contextmanager
def as_storage_error(where: str | bytes | os.PathLike[str] | None = None) -> Iterator[None]:
    """Raise each OSError of this block as a StorageError."""
    try:
        yield
    except OSError as error:
        raise storage_error(error, where) from error
