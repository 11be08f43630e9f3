"""The folders in which it is tried whether a runtime works; apart from the runtimes, so that `gc` need not import these."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from layertui.core.errors import LayertuiError
from layertui.core.fs.atomic import Lock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROBE = ".probe-"
"""What their names begin with."""


def probes_left(store: Path) -> Iterator[Path]:
    """The folders of interrupted probes."""
    for path in store.glob(f"{PROBE}*") if store.is_dir() else ():
        with suppress(LayertuiError), Lock(path / "lock", timeout=0):
            yield path
