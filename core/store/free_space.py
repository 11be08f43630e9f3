"""Makes room for the new index on a full disk, so that `rmi` works: deletes the cache, then the event log."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from layertui.core.errors import StorageError
from layertui.core.store_paths import EVENT_LOG, OLDER_EVENT_LOG, StorePaths

_FULL = (errno.ENOSPC, errno.EDQUOT)


def is_full(error: StorageError) -> bool:
    """Whether the disk is full, or the user's quota used up."""
    return isinstance(error.__cause__, OSError) and error.__cause__.errno in _FULL


def free_cache_space(store: Path) -> Iterator[None]:
    """Delete files that can be made again, and yield after each step for a retry: caches first, the event log last."""
    paths = StorePaths(store)
    with suppress(OSError):
        for name in sorted(os.listdir(paths.cache)):
            (paths.cache / name).unlink()
        yield
    for name in (OLDER_EVENT_LOG, EVENT_LOG):
        with suppress(OSError):
            (paths.events / name).unlink()
            yield
