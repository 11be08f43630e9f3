"""Sizes of an archive's layers by a second process that starts before the first has imported click.

    with prefork(words):
        ...  `sizes_of` the layers of that archive finds part of the work done

If the archive is not a tar of uncompressed layers, or other layers are needed, the work of that process is not used;
the answer is the same.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from layertui.core.layers.cache.worker_process import fork_worker

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from layertui.core.layers.cache.worker_process import Answer

WORTH_A_PROCESS = 16 << 20  # bytes of layers; smaller ones are read before a process has started
_answer: Answer | None = None


@contextmanager
def prefork(words: Iterable[str]) -> Iterator[None]:
    """Start on the archive that one of the ``words`` of a command line names, if it is a large one."""
    global _answer  # noqa: PLW0603  a process forks once, for one archive
    path = next(filter(is_large, words), None)
    if path is None:
        yield
        return

    def work() -> Iterable[Any]:
        from layertui.core.layers.cache.archive_layers import of_archive

        return of_archive(path)

    with fork_worker(work) as _answer:
        try:
            yield
        finally:
            _answer = None


def next_message(*, wait: bool) -> Any:
    """The next message of the process, as from `fork_worker`; None also if none was started."""
    return _answer(wait=wait) if _answer is not None else None


def is_large(path: str) -> bool:
    """Whether a file is there of which a second process is worth its time."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size >= WORTH_A_PROCESS
