"""The files of a catalog, in a folder of this machine or at any other URL that fsspec knows; each is written whole, or not at all.

A catalog may be another user's, and everything in it is then that user's choice: names are short and plain, no symlink is followed,
nothing but a regular file is opened, and what is read whole has a limit. Nothing is written to a folder that others can change.
"""

from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from layertui.core.errors import Conflict, Damaged, LayertuiError, NotFound, NotOurs, UsageError, storage_error
from layertui.core.fs.atomic import TEMPORARY, sync_names
from layertui.core.fs.beneath import Beneath
from layertui.core.language.texts import tr
from layertui.core.other_users import changer_of, changer_of_path
from layertui.core.ownership import require_ours

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_NAME = re.compile(r"[a-z_]{1,20}/[a-z0-9_.-]{1,120}")
_URL = re.compile(r"([a-z][a-z0-9+.-]+)://(.*)", re.DOTALL)
_LOCAL = ("file", "local")  # what fsspec calls the files of this machine
_CHUNK = 1 << 20
_LISTED = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


class CatalogFiles(ABC):
    """The files of one catalog, named `FOLDER/FILE`. Methods raise LayertuiError with the place in it."""

    place: str
    """As the user wrote it."""

    @abstractmethod
    def open(self, name: str) -> BinaryIO:
        """A file to read, seekable. Raises NotFound, Damaged."""

    @abstractmethod
    def size(self, name: str) -> int:
        """The bytes of a file. Raises NotFound."""

    @abstractmethod
    def names(self, folder: str) -> list[str]:
        """The names of a folder's files; none where it is not there."""

    @abstractmethod
    def put(self, name: str, write: Callable[[BinaryIO], object]) -> int:
        """Write a file, which has its name once it is complete; the number of its bytes. Another one of that name is replaced."""

    @abstractmethod
    def put_new(self, name: str, content: bytes) -> None:
        """Write a small file. Raises Conflict where there is one of that name, of whichever writer was first."""

    @abstractmethod
    def remove(self, name: str) -> None:
        """Remove a file; none is no error."""

    @abstractmethod
    def age(self, name: str) -> float:
        """Seconds since a file was written. Raises NotFound."""

    def require_ours(self) -> None:  # noqa: B027  (credentials for an object store are the permission to write to it)
        """Raise NotOurs where another user could change what is written."""

    def read(self, name: str, most: int) -> bytes:
        """A small file whole. Raises Damaged where it has more than `most` bytes."""
        with self.open(name) as file:
            content = file.read(most + 1)
        if len(content) > most:
            raise Damaged(tr("{place}: {name} has more than {most:,} bytes", place=self.place, name=name, most=most))
        return content

    def check(self, name: str) -> str:
        """The name, if it is one that a file of a catalog may have. Raises Damaged."""
        if _NAME.fullmatch(name) is None or ".." in name:
            raise Damaged(tr("{place}: {name!r} is no name of a file of a catalog", place=self.place, name=name[:80]))
        return name


def file_name(digest: str) -> str:
    """The name of the file of one layer or stack, the same whenever it is written."""
    return digest.replace(":", "-").lower()


def catalog_files(place: str) -> CatalogFiles:
    """The files at a folder or a URL; nothing is opened yet. Raises UsageError, and LayertuiError for a protocol without its package."""
    found = _URL.fullmatch(place)
    if found is None and "://" not in place:
        return FolderFiles(place)
    if found is None or "::" in place or "@" in found[2].partition("/")[0]:
        raise UsageError(
            tr(
                "{without_secret}: write only PROTOCOL://PATH; credentials come from the environment of the protocol's client",
                without_secret=_without_secret(place),
            )
        )
    return FolderFiles(found[2]) if found[1] in _LOCAL else RemoteFiles(place, found[1])


def _without_secret(place: str) -> str:
    return re.sub(r"//[^/]*@", "//…@", place)


class FolderFiles(CatalogFiles):
    """A catalog in a folder of this machine, which is read below its descriptor: no symlink leads out of it."""

    def __init__(self, place: str) -> None:
        self.place = os.path.abspath(os.path.expanduser(place))

    def open(self, name: str) -> BinaryIO:
        with self._errors(name), Beneath(self.place, symlinks=False) as folder:
            return os.fdopen(folder.open_file(self.check(name)), "rb", buffering=0)

    def size(self, name: str) -> int:
        with self.open(name) as file:
            return os.fstat(file.fileno()).st_size

    def age(self, name: str) -> float:
        import time

        with self.open(name) as file:
            return max(0.0, time.time() - os.fstat(file.fileno()).st_mtime)

    def names(self, folder: str) -> list[str]:
        try:
            with Beneath(self.place, symlinks=False) as top:
                fd = top.open(folder, _LISTED, last=False)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise storage_error(error) from error
        try:
            return [name for name in os.listdir(fd) if not name.startswith(TEMPORARY)]
        finally:
            os.close(fd)

    def put(self, name: str, write: Callable[[BinaryIO], object]) -> int:
        with self._beside(name, write) as (fd, temporary, target, size):
            os.rename(temporary, target, src_dir_fd=fd, dst_dir_fd=fd)
        return size

    def put_new(self, name: str, content: bytes) -> None:
        """As the protocol says. Raises Conflict."""
        with self._beside(name, lambda out: out.write(content)) as (fd, temporary, target, _):
            try:
                os.link(temporary, target, src_dir_fd=fd, dst_dir_fd=fd, follow_symlinks=False)
            except FileExistsError:
                raise Conflict(
                    tr("{place}: another process is adding to this catalog; try again", place=self.place)
                ) from None
            os.unlink(temporary, dir_fd=fd)

    def remove(self, name: str) -> None:
        with (
            self._errors(name),
            suppress(FileNotFoundError),
            Beneath(self.place, symlinks=False) as top,
            top.at(self.check(name)) as (fd, last),
        ):
            os.unlink(last, dir_fd=fd)

    @contextmanager
    def _beside(self, name: str, write: Callable[[BinaryIO], object]) -> Iterator[tuple[int, str, bytes, int]]:
        """A file that is written and synced under a temporary name, which is removed unless it is taken."""
        self.require_ours()
        with self._errors(name), Beneath(self.place, symlinks=False) as top, top.at(self.check(name), make=0o777) as at:
            fd, target = at
            temporary = f"{TEMPORARY}{os.urandom(8).hex()}"
            try:
                file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666, dir_fd=fd)
                with os.fdopen(file, "wb", buffering=_CHUNK) as out:
                    write(out)
                    out.flush()
                    size = os.fstat(file).st_size
                    os.fsync(file)
                yield fd, temporary, target, size
                sync_names(fd)
            finally:
                with suppress(FileNotFoundError):
                    os.unlink(temporary, dir_fd=fd)

    def require_ours(self) -> None:
        """Make the folder, or raise NotOurs where another user can change it."""
        require_ours(self.place)  # nothing is made in a store that is another user's
        if (above := changer_of_path(self.place)) is not None:  # who would choose where root's files end up
            raise NotOurs(tr("the catalog {place} is only read: {who}", place=self.place, who=above))
        with self._errors(""):
            os.makedirs(self.place, exist_ok=True)
            with Beneath(self.place, symlinks=False) as top:
                who = changer_of(os.fstat(top.fd))
        if who is not None:
            raise NotOurs(tr("the catalog {place} {who}; it is only read", place=self.place, who=who))

    @contextmanager
    def _errors(self, name: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise NotFound(
                tr("{place}: {name} is not there; `layertui catalog add` makes a catalog", place=self.place, name=name)
            ) from None
        except OSError as error:
            error.filename = os.path.join(self.place, name)
            raise storage_error(error) from error


class RemoteFiles(CatalogFiles):
    """A catalog in an object store, or wherever else fsspec reaches: a file is put in one go."""

    def __init__(self, place: str, protocol: str) -> None:
        """Raises UsageError for an unknown protocol, LayertuiError where its package is missing."""
        import fsspec

        self.place = place.rstrip("/")
        try:
            self._system: Any = fsspec.filesystem(protocol)
            path = str(self._system._strip_protocol(self.place))  # noqa: SLF001  (the documented way to a path)
        except ImportError as error:
            raise LayertuiError(f"{place}: {error}"[:300]) from None
        except Exception as error:  # noqa: BLE001  (what needs more than a path says so by any exception)
            raise UsageError(f"{place}: {error}"[:300]) from None
        self._root = path.rstrip("/")

    def open(self, name: str) -> BinaryIO:
        with self._errors(name):
            # Parquet is read by ranges here and there: bytes read ahead would be thrown away.
            return cast("BinaryIO", self._system.open(self._path(name), "rb", cache_type="none"))

    def size(self, name: str) -> int:
        with self._errors(name):
            return int(self._system.size(self._path(name)))

    def age(self, name: str) -> float:
        from datetime import UTC, datetime

        with self._errors(name):
            written = self._system.modified(self._path(name))
        since = datetime.now(UTC) - (written if written.tzinfo else written.replace(tzinfo=UTC))
        return max(0.0, float(since.total_seconds()))

    def names(self, folder: str) -> list[str]:
        try:
            self._system.invalidate_cache()  # what other processes have written since counts
            with self._errors(folder):
                found = self._system.ls(f"{self._root}/{folder}", detail=False)
            self._system.invalidate_cache()  # else a file that comes later is not found
        except NotFound:
            return []
        return [one for path in found if (one := str(path).rstrip("/").rpartition("/")[2]) and one != folder]

    def put(self, name: str, write: Callable[[BinaryIO], object]) -> int:
        from tempfile import TemporaryFile

        with TemporaryFile() as whole, self._errors(name):
            write(cast("BinaryIO", whole))
            size = whole.tell()
            whole.seek(0)
            self._make_folder(name)
            with self._system.open(self._path(name), "wb") as out:  # has its name once it is closed
                while piece := whole.read(_CHUNK):
                    out.write(piece)
        return size

    def put_new(self, name: str, content: bytes) -> None:
        taken = Conflict(tr("{place}: another process is adding to this catalog; try again", place=self.place))
        with self._errors(name):
            self._make_folder(name)
            try:
                self._system.pipe_file(self._path(name), content, mode="create")
            except FileExistsError:
                raise taken from None
            except (NotImplementedError, TypeError):  # a store that cannot say so: the best that is left
                if self._system.exists(self._path(name)):
                    raise taken from None
                self._system.pipe_file(self._path(name), content)

    def remove(self, name: str) -> None:
        with suppress(NotFound), self._errors(name):
            self._system.rm_file(self._path(name))

    def _path(self, name: str) -> str:
        return f"{self._root}/{self.check(name)}"

    def _make_folder(self, name: str) -> None:
        with suppress(NotImplementedError, FileExistsError):
            self._system.makedirs(f"{self._root}/{name.partition('/')[0]}", exist_ok=True)

    @contextmanager
    def _errors(self, name: str) -> Iterator[None]:
        try:
            yield
        except LayertuiError:
            raise
        except FileNotFoundError:
            raise NotFound(
                tr("{place}: {name} is not there; `layertui catalog add` makes a catalog", place=self.place, name=name)
            ) from None
        except Exception as error:
            raise LayertuiError(f"{self.place}: {name}: {type(error).__name__}: {error}"[:400]) from error
