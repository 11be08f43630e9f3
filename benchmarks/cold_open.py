"""Take one cold open apart, with the physical floor beside it, measured in the same run: for docs/performance.md.

python benchmarks/cold_open.py ARCHIVE…
"""

import hashlib
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import run
from tempfile import TemporaryDirectory
from typing import TypeVar

import numpy as np  # noqa: F401  so that no part pays for its import

from layertui.core.images.archive.archive import open_archive
from layertui.core.layers.cache.cache_files import Cache
from layertui.core.layers.cache.catalog import Catalog
from layertui.core.layers.stack.layer_counts import counts
from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.stack.timeline import StackLayer
from layertui.core.layers.table.layer_tar import read_table
from layertui.core.streams.tar.tar_contents import steps

Result = TypeVar("Result")


def part(what: str, work: Callable[[], Result]) -> Result:
    """Do a piece of work and say what it took."""
    wall, cpu = time.perf_counter(), sum(os.times()[:4])
    result = work()
    print(f"  {what:44} {time.perf_counter() - wall:6.2f} s  {sum(os.times()[:4]) - cpu:6.2f} s of processors")
    return result


def summed(path: Path, start: int, end: int) -> None:
    """Sum part of a file."""
    summing, buffer, file = hashlib.sha256(), memoryview(bytearray(1 << 20)), os.open(path, os.O_RDONLY)
    while start < end and (count := os.preadv(file, [buffer[: end - start]], start)):
        summing.update(buffer[:count])
        start += count
    os.close(file)


def halves(path: Path) -> None:
    """Sum a file, two threads at once."""
    size = path.stat().st_size
    with ThreadPoolExecutor(2) as two:
        list(two.map(lambda half: summed(path, half * size // 2, (half + 1) * size // 2), range(2)))


def open_it(path: Path) -> None:
    """The floors, the parts, and the whole."""
    print(f"{path.name}: {path.stat().st_size / 1e6:.0f} MB")
    part("floor: sha256 of the archive, two threads", lambda: halves(path))
    with open_archive(path) as archive, TemporaryDirectory() as folder:
        layers = archive.images[0].layers
        with max(layers, key=lambda layer: layer.size).open_at() as largest:
            start, end = largest.offset, largest.offset + largest.size
        part("floor: sha256 of the largest layer", lambda: summed(path, start, end))
        part("floor: a step over each header", lambda: [sum(1 for _ in steps(layer.open_at())) for layer in layers])
        part(
            "start of Python, click, our imports",
            lambda: run([sys.executable, "-m", "layertui", "version"], check=True),
        )
        part("import of numpy", lambda: run([sys.executable, "-c", "import numpy"], check=True))
        tables = part("tables, one thread", lambda: [read_table(layer.open_at()) for layer in layers])
        stack = part("stack laid", lambda: Stack.from_layers([StackLayer(table) for table in tables]))
        part("counts", lambda: counts(stack))
        cache = Cache(Path(folder) / "parts")
        part(
            "tables and stack written",
            lambda: ([cache.keep_table(str(at), one) for at, one in enumerate(tables)], cache.keep_stack("s", stack)),
        )
        tables, stack = [], Stack([])  # nothing is found that was made before
        part("first answer: stack, nothing summed", lambda: Catalog(Path(folder) / "first").stack(layers))
        part("all: stack, every byte summed", lambda: Catalog(Path(folder) / "all").proven_stack(layers))


if __name__ == "__main__":
    for name in sys.argv[1:]:
        open_it(Path(name))
