"""Members: a tar of what is put into a container by a daemon's archive endpoint, in a file without a name."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from typing import TYPE_CHECKING, BinaryIO, Self, cast

from layertui.core.containers.rootfs.put_tar import member_parts
from layertui.core.errors import as_storage_error
from layertui.core.streams.tar.tar_contents import DIRECTORY, HARDLINK, Header, TarWriter, contents

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertui.core.containers.rootfs.container_root import FileStatus, Owner

_CHUNK = 1 << 20


class Members:
    """Members are added, then the tar is read from `finished`. `prefix` is put before their names."""

    def __init__(self, prefix: str = "") -> None:
        self._prefix = os.fsencode(f"{prefix.strip('/')}/" if prefix.strip("/") else "")
        with as_storage_error():
            self._file = cast("BinaryIO", tempfile.TemporaryFile())
        self._writer = TarWriter(self._file)
        self._now = int(time.time())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add_file(self, name: str, source: BinaryIO, mode: int, owner: Owner) -> None:
        """A file of now; `source` is read to its end."""
        with as_storage_error(), tempfile.TemporaryFile() as spool:
            # A tar has the size before the content, which a pipe does not know.
            content = source if source.seekable() else cast("BinaryIO", spool)
            if content is not source:
                shutil.copyfileobj(source, spool, _CHUNK)
                spool.seek(0)
            start = content.tell()
            size = content.seek(0, os.SEEK_END) - start
            content.seek(start)
            header = Header(os.fsencode(name), mode=mode, uid=owner[0], gid=owner[1], size=size, mtime=self._now)
            self.add(header, content)

    def add_folder(self, name: str, mode: int) -> None:
        """A folder of now, root's."""
        self.add(Header(os.fsencode(name) + b"/", DIRECTORY, mode, mtime=self._now))

    def add(self, header: Header, content: BinaryIO | None = None) -> None:
        """Add a member with its content, as its header says."""
        header.name = self._prefix + header.name
        if header.type == HARDLINK:
            header.link = self._prefix + header.link
        with as_storage_error():
            self._writer.add(header, content)

    def add_tar(self, tar: BinaryIO, status: Callable[[str], FileStatus | None]) -> None:
        """The members of a tar, each checked and written again in the one form that every daemon reads; not the folder itself.

        `status` is what the container has at a path of the tar. UnsafePath for a name that leads outside or is a whiteout's,
        Damaged, LimitExceeded.
        """
        added: dict[str, tuple[int, int, int, int, int]] = {}
        for member, content in contents(tar):
            header = Header.of(member)
            name = "/".join(member_parts(header))
            if not name:
                continue
            if header.type == HARDLINK:
                # A daemon gives these to the file itself, though a hard link has none of its own.
                target = "/".join(member_parts(Header(header.link)))
                seen = None if target in added else status(target)
                known = added.get(target) or (seen and (seen.mode, seen.uid, seen.gid, *divmod(seen.ns or 0, 10**9)))
                if known:
                    header.mode, header.uid, header.gid, header.mtime, header.mtime_ns = known
            added[name] = (header.mode, header.uid, header.gid, header.mtime, header.mtime_ns)
            self.add(header, content)

    def finished(self) -> BinaryIO:
        """The whole tar, to be read from its beginning."""
        with as_storage_error():
            self._writer.close()
            self._file.flush()
            self._file.seek(0)
        return self._file
