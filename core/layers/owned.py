"""What is ours though its mode shuts us out: files of mode 0, folders nobody may enter.

The root of a container looks into them all the same. Outside, where we are a plain user and own everything that our containers
write, only the mode stands in the way: it is lifted for as long as the opening takes.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from layertui.core.layers.beneath import LOOK, Beneath, parts_of
from layertui.core.portable import chmod_open


@contextmanager
def lifted(root: Beneath, path: bytes) -> Iterator[None]:
    """Let us read what lies at `path`, and enter every folder on the way to it."""
    parts = parts_of(path)
    changed: list[tuple[int, int]] = []
    try:
        for depth in range(1, len(parts) + 1):
            thing = root.open(b"/".join(parts[:depth]), LOOK, last=False)
            status = os.fstat(thing)
            mode = stat.S_IMODE(status.st_mode)
            wanted = mode | (0o500 if stat.S_ISDIR(status.st_mode) else 0o400)
            if wanted == mode or stat.S_ISLNK(status.st_mode) or status.st_uid != os.geteuid():
                os.close(thing)
                continue
            changed.append((thing, mode))
            chmod_open(thing, wanted)
        yield
    finally:
        for thing, mode in reversed(changed):
            with suppress(OSError):  # gone meanwhile
                chmod_open(thing, mode)
            os.close(thing)
