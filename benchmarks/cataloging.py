"""Many images read into a catalog, by one process and by two, and one question to ten million rows; beside what others do for each image."""

import gzip
import hashlib
import io
import json
import random
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

from bench import BIN, OURS, Bench
from lines import Figure, Line
from timing import Run, by_turns, process

import peers

IMAGES, FILES = 40, 6000
"""Images, each with a layer of its own of so many files, on one of a few bases."""
FEW = 8  # images that a peer looks at, and that the client's memory is held against
ROWS = 10_000_000
_LAYERS, _FOLDERS = 200, 50  # layers of these rows, and the folders that have each name
_NAME = "libcrypto-0{}777.so"

# What one process of ours takes to add archives, without its start; and its memory, and that of its largest worker.
_ADD = """
import json, re, resource, sys, time
from pathlib import Path
from layertui.core.catalog.adding.add_images import add_images
from layertui.core.catalog.storage.catalog_files import catalog_files
from layertui.core.catalog.tasks.run_tasks import LocalRunner
from layertui.core.inspector import Inspector
from layertui.core.progress import Progress
from layertui.core.settings import Settings
if __name__ == "__main__":
    place, workers, sources = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    settings = Settings(place / "store")
    begun = time.perf_counter()
    with Inspector(settings) as inspector:
        done = add_images(
            inspector, catalog_files(str(place / "catalog")), sources, lambda: LocalRunner(workers), Progress(),
            store=str(settings.store),
        )
    assert not done.problems, done.problems
    # Not ru_maxrss: that begins with what the process had that started this one.
    own = re.search("VmHWM: *\\t? *([0-9]+) kB", Path("/proc/self/status").read_text())
    most = [int(own[1]) / 1024, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024]
    print(json.dumps([time.perf_counter() - begun, *most, done.layers]))
"""


@dataclass(frozen=True)
class Added:
    """What `_ADD` says."""

    seconds: float
    client: float
    worker: float
    layers: int


def catalog(bench: Bench) -> Iterator[Line]:
    """Reading, memory, and a question."""
    missing = [name for name in ("pyarrow", "duckdb", "fsspec") if find_spec(name) is None]
    if missing:
        raise peers.Missing(f"the extra catalog is not installed: no {', '.join(missing)}")
    folder = bench.work / "archives"
    _make(folder, max(2 * FEW, int(IMAGES * min(1, bench.scale))), int(FILES * min(1, bench.scale)))
    try:
        yield from _reading(bench, folder)
    finally:
        shutil.rmtree(folder)
    yield from _asking(bench)


def _reading(bench: Bench, folder: Path) -> Iterator[Line]:
    paths = sorted(folder.iterdir())
    one, two = _added(bench, 1, [paths])[0], _added(bench, 2, [paths])[0]
    halves = _added(bench, 1, [paths[::2], paths[1::2]])
    what = f"`catalog add` of {one.layers} layers of {int(FILES * min(1, bench.scale)):,} files"
    rate = f"{one.layers / one.seconds:.1f} layers/s with one worker, {two.layers / two.seconds:.1f} with two"
    yield Line(
        f"{what}, two workers ({rate})",
        Figure((two.seconds,)),
        "one worker",
        Figure((one.seconds,)),
        ">= 1.8x",
    )
    yield Line(
        f"{what}, two workers",
        Figure((two.seconds,)),
        "two processes that have nothing to do with each other, half of it each: what these cores allow",
        Figure((max(half.seconds for half in halves),)),
        ">= 0.9x",
    )
    few = _added(bench, 2, [paths[:FEW]])[0]
    yield Line(
        f"memory of the client, {len(paths)} images",
        Figure((two.client,), "MB"),
        f"the same for {FEW}",
        Figure((few.client,), "MB"),
        "<= 1.2x",
    )
    yield Line(
        f"memory of the largest worker, {len(paths)} images",
        Figure((max(one.worker, two.worker),), "MB"),
        f"the same for {FEW}",
        Figure((few.worker,), "MB"),
        "<= 1.2x",
    )
    each = Figure((two.seconds / len(paths),))
    dive = [
        str(part) for part in (*peers.tool(str(BIN / "dive")).argv, "--ignore-errors", "--source", "docker-archive")
    ]
    yield Line(
        "`catalog add`, two workers, per image",
        each,
        "`dive --json`",
        _each(paths, lambda path: [*dive, path, "--json", bench.work / "dive.json"]),
        ">= 1x",
    )
    syft = peers.tool(str(BIN / "syft")).argv
    quiet = {"SYFT_CHECK_FOR_APP_UPDATE": "false"}
    yield Line(
        "`catalog add`, two workers, per image",
        each,
        "`syft -o json`",
        _each(paths, lambda path: [*syft, "-q", "-o", "json", f"docker-archive:{path}"], quiet),
        ">= 1x",
    )


def _added(bench: Bench, workers: int, parts: list[list[Path]]) -> list[Added]:
    """Each part added to a catalog of its own, all at the same time."""
    places = [bench.work / f"catalog{number}" for number in range(len(parts))]
    for place in places:
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        (place / "add.py").write_text(_ADD)
    running = [
        subprocess.Popen([sys.executable, place / "add.py", place, str(workers), *part], stdout=subprocess.PIPE)
        for place, part in zip(places, parts, strict=True)
    ]
    said = [one.communicate()[0] for one in running]
    if any(one.returncode for one in running):
        raise RuntimeError("catalog add failed")
    return [Added(*json.loads(text)) for text in said]


def _each(paths: list[Path], argv: Callable[[Path], list[str | Path]], env: Mapping[str, str] | None = None) -> Figure:
    """The mean of a peer, one image after another."""
    begun = time.perf_counter()
    for path in paths[:FEW]:
        process(argv(path), env=env)()
    return Figure(((time.perf_counter() - begun) / FEW,))


def _make(folder: Path, images: int, files: int) -> None:
    """Archives from a seed, their layers compressed as in a registry; every other one shares no layer with the rest."""
    folder.mkdir()
    dice = random.Random(1)
    bases = [_layer(dice, f"base{number}", files) for number in range(4)]
    for number in range(images):
        layers = [bases[number % 2 + dice.choice((0, 2))], _layer(dice, f"app{number}", files)]
        config = json.dumps(
            {
                "architecture": "amd64",
                "os": "linux",
                "config": {},
                "rootfs": {"type": "layers", "diff_ids": [f"sha256:{diff_id}" for _, diff_id in layers]},
            }
        ).encode()
        name = hashlib.sha256(config).hexdigest()
        manifest = [
            {"Config": f"{name}.json", "RepoTags": [f"app:{number}"], "Layers": [f"{one[1]}.tar.gz" for one in layers]}
        ]
        with tarfile.open(folder / f"{number:03}.tar", "w") as out:
            for member, content in (
                (f"{name}.json", config),
                *((f"{diff_id}.tar.gz", blob) for blob, diff_id in layers),
                ("manifest.json", json.dumps(manifest).encode()),
            ):
                header = tarfile.TarInfo(member)
                header.size = len(content)
                out.addfile(header, io.BytesIO(content))


def _layer(dice: random.Random, name: str, files: int) -> tuple[bytes, str]:
    """A layer, compressed, and the sha256 of its tar."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as tar:
        for number in range(files):
            member = tarfile.TarInfo(f"usr/lib/{name}/{number % 97}/{number}.py")
            content = dice.randbytes(40) * 6
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return gzip.compress(whole.getvalue(), 1), hashlib.sha256(whole.getvalue()).hexdigest()


# ---------------------------------------------------------------- a question


def _asking(bench: Bench) -> Iterator[Line]:
    """By a part of a name, in a catalog that is open already; beside `grep` in a list of the same paths."""
    from layertui.core.analysis.search.file_query import FileQuery
    from layertui.core.analysis.search.globs import Glob
    from layertui.core.catalog.questions.catalog_database import CatalogDatabase
    from layertui.core.catalog.questions.find_paths import CatalogQuery, find_paths
    from layertui.core.catalog.storage.catalog_files import catalog_files
    from layertui.core.catalog.storage.catalog_state import read_state

    place, listed = bench.work / "rows", bench.work / "rows.txt"
    rows = int(ROWS * min(1, bench.scale))
    try:
        _fill(place, listed, rows)
        files = catalog_files(str(place))
        with CatalogDatabase(files, read_state(files)) as database:

            def ours(glob: str) -> Run:
                def run() -> float:
                    begun = time.perf_counter()
                    found = sum(1 for _ in find_paths(database, CatalogQuery(FileQuery(name=Glob(glob)))))
                    assert found == _FOLDERS, found
                    return time.perf_counter() - begun

                return run

            grep = process(["grep", "-cF", "/" + _NAME.format(1), listed], env={"LC_ALL": "C"})
            for what, glob in (("its name", _NAME.format(1)), ("a part of it", f"*{_NAME.format(1)[3:-1]}*")):
                ours(glob)()
                asked, peer = by_turns(max(3, bench.rounds), ours(glob), grep)
                yield Line(
                    f"`catalog find` of a file by {what} in {rows:,} rows, warm",
                    asked,
                    "`grep -F` in a list of the same paths",
                    peer,
                    "<= 500 ms",
                )
            words = [OURS, "catalog", "find", "--catalog", place, "--name", _NAME.format(1)]
            whole, peer = by_turns(max(3, bench.rounds), process(words), process([OURS, "version"]))
            yield Line("the same as a command", whole, "`layertui version`", peer)
    finally:
        shutil.rmtree(place, ignore_errors=True)
        listed.unlink(missing_ok=True)


def _fill(place: Path, listed: Path, rows: int) -> None:
    """A catalog of so many rows, sorted and in files as merging leaves them; and their paths, a line each."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    from layertui.core.catalog.storage.catalog_files import catalog_files
    from layertui.core.catalog.storage.catalog_state import CatalogState, StoredFile, write_state
    from layertui.core.catalog.storage.table_schemas import ROW_GROUP, SCHEMAS, parquet_writer, put_rows

    files = catalog_files(str(place))
    names = sorted(
        f"{stem}-{number:06}.{ending}" if stem != "libcrypto" else _NAME.format(number)
        for stem in ("bench", "crypto", "doc", "libcrypto", "locale", "man", "perl", "python", "ssl", "zlib")
        for ending in (("so",) if stem == "libcrypto" else ("h", "py", "gz"))
        for number in range(rows // _FOLDERS // 28 + 1)
    )
    diff_ids = pa.array([f"sha256:{number:064x}" for number in range(_LAYERS)])
    each = -(-rows // _FOLDERS)
    names = names[:each] if _NAME.format(1) in names[:each] else names[-each:]
    parts = np.array_split(np.arange(len(names)), 4)
    stored = []
    with listed.open("wb") as lines:
        for number, part in enumerate(parts):
            count = len(part) * _FOLDERS
            folder = np.tile(np.arange(_FOLDERS), len(part))
            row = np.arange(count, dtype=np.int32)
            table = pa.table(
                {
                    "name": pa.array(names).take(pa.array(np.repeat(part, _FOLDERS))),
                    "folder": pa.array([f"/usr/lib/app{one:03}/share" for one in range(_FOLDERS)]).take(
                        pa.array(folder)
                    ),
                    "diff_id": diff_ids.take(pa.array(folder * (_LAYERS // _FOLDERS))),
                    "row": row,
                    "type": pa.array(["file"]).take(pa.array(np.zeros(count, np.int32))),
                    "mode": np.full(count, 0o644, np.int16),
                    "uid": np.zeros(count, np.int64),
                    "gid": np.zeros(count, np.int64),
                    "size": np.random.default_rng(number).integers(0, 100_000, count),
                    "mtime": np.full(count, 1_700_000_000),
                    "link": pa.nulls(count, pa.string()),
                    "inode": row,
                },
                schema=SCHEMAS["files"],
            )

            def write(out: BinaryIO, table: pa.Table = table) -> None:
                with parquet_writer(out, "files") as writer:
                    writer.write_table(table, row_group_size=ROW_GROUP)

            name = f"files/{number}.parquet"
            size = files.put(name, write)
            stored.append(StoredFile(name, count, size, names[part[0]], names[part[-1]]))
            paths = pc.binary_join_element_wise(table["folder"], table["name"], "/")
            for batch in pa.table({"path": paths}).to_batches(1 << 20):
                lines.write("\n".join(batch.column(0).to_pylist()).encode() + b"\n")
    stacks, images, layers = [], [], []
    now = datetime.now(UTC)
    for number, diff_id in enumerate(diff_ids.to_pylist()):
        chain = f"sha256:c{number:063x}"
        stacks.append(
            {
                "chain_id": chain,
                "diff_ids": [diff_id],
                "chain_ids": [chain],
                "stored": [1],
                "hidden": [0],
                "problems": [],
            }
        )
        layers.append({"diff_id": diff_id, "entries": rows // _LAYERS, "size": 1, "stored_size": 1, "added": now})
        images.append(
            {
                "image": f"docker://registry/app:{number}",
                "seen": now,
                "source": "x",
                "head": "x",
                "digest": chain,
                "chain_id": chain,
            }
        )
    tables = {"stacks": stacks, "layers": layers, "images": images}
    rest = {table: [put_rows(files, table, "all", made)] for table, made in tables.items()}
    write_state(files, CatalogState().changed({"files": stored, **rest}))
