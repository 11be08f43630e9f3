"""The init process for containers with `--init`: the host's own, if it has one that needs no other files.

It is the first process, forwards signals, and reaps orphans. The container sees it at the same path as with docker.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from layertui.core.containers.model.mounts import Mount
from layertui.core.errors import NotFound
from layertui.core.language.texts import tr

TARGET = "/sbin/docker-init"
_NAMES = ("docker-init", "tini-static", "tini", "catatonit")
_FOLDERS = ("/usr/libexec/docker", "/usr/libexec/podman", "/usr/lib/podman")
_ELF, _PT_INTERP = b"\x7fELF\x02\x01", 3


def init_mount() -> Mount:
    """A mount of the host's init at docker's path. Raises NotFound if there is none."""
    path = ":".join((*os.get_exec_path(), *_FOLDERS))
    for name in _NAMES:
        found = shutil.which(name, path=path)
        if found is not None and is_static(Path(found)):
            return Mount(kind="bind", source=os.path.realpath(found), target=TARGET, read_only=True)
    raise NotFound(
        tr(
            "--init needs an init on the host that is linked statically: install tini-static or docker-init"
            " (Debian: the package tini or docker.io; Fedora: tini-static; Alpine: tini-static), or catatonit"
        )
    )


def is_static(program: Path) -> bool:
    """Whether a program is static, as an image may lack the loader (elf(5))."""
    with program.open("rb") as file:
        header = file.read(64)
        if not header.startswith(_ELF):
            return False
        start, size, count = (int.from_bytes(header[at:end], "little") for at, end in ((32, 40), (54, 56), (56, 58)))
        file.seek(start)
        kinds = [int.from_bytes(file.read(size)[:4], "little") for _ in range(count)]
    return _PT_INTERP not in kinds
