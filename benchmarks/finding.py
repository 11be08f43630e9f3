"""Files found: by name across a hundred images, and by content in the layers of one, beside tar, grep and ripgrep."""

import io
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from bench import OURS, Bench
from lines import Line
from tars import BLOCK, LayerWriter
from timing import by_turns, process

import peers
from builders import image, oci_layout

IMAGES, ENTRIES, IN_BASE, SHARED_BY = 100, 50_000, 30_000, 10
_IN_FOLDER = 50
_NEEDLE = "no file has this text"
_TARS = 'for blob in "$1"/blobs/sha256/*; do tar -tf "$blob" 2>/dev/null; done | grep -c "$2"; true'


def find(bench: Bench) -> Iterator[Line]:
    """By name from tables that are cached, and by content from layers as they are stored."""
    store = bench.work / "finding"
    try:
        yield from _by_name(bench, store)
    finally:
        shutil.rmtree(store, ignore_errors=True)
    yield from _by_content(bench)


def _by_name(bench: Bench, store: Path) -> Iterator[Line]:
    entries = max(int(ENTRIES * bench.scale), 100)
    _fill(store, entries)
    title = f"among {IMAGES} images of {entries:,} entries"
    _check(store, "--name", "lib10.so", at_least=IMAGES)  # and so are the tables cached
    listed = process(["sh", "-c", _TARS, "sh", store, "/lib10[.]so$"])
    # The listing of all tars takes minutes: once is enough to be compared with.
    ours, peer = by_turns(bench.rounds, process([OURS, "--store", store, "find", "--name", "lib10.so"]), listed)
    yield Line(f"`find --name lib10.so` {title}", ours, "`tar -t` of each layer once, and `grep`", peer, "<= 1000 ms")
    for words, at_least in (
        (("--name", "*77*"), IMAGES),
        (("--regex", r"75\.so$"), IMAGES),
        (("--regex", r"^/srv/.*(3|7)5[.](so|py)$"), IMAGES),
        (("--size", "+1k"), 0),
        (("--name", "none"), 0),
    ):
        _check(store, *words, at_least=at_least)
        (ours,) = by_turns(bench.rounds, process([OURS, "--store", store, "find", *words]))
        yield Line(f"`find {' '.join(words)}` {title}", ours, must="<= 1000 ms")


def _check(store: Path, *words: str, at_least: int) -> None:
    """Assert that a search finds as many files as one of this kind must: one of nothing says little."""
    answer = subprocess.run([OURS, "--store", store, "find", *words], check=True, capture_output=True).stdout
    assert answer.count(b"\n") >= at_least, words


def _by_content(bench: Bench) -> Iterator[Line]:
    bench.forget()
    subprocess.run([OURS, "--store", bench.store, "load", "-q", bench.archive("deb")], check=True, capture_output=True)
    blobs = sorted((bench.store / "blobs/sha256").iterdir())
    half_a_gigabyte_a_second = sum(blob.stat().st_size for blob in blobs) / 500e6 * 1000
    ours = bench.ours("find", "--hidden", "--content", _NEEDLE)
    grep = process(["grep", "-aFc", _NEEDLE, *blobs], good=(0, 1), env={"LC_ALL": "C"})
    mine, theirs = by_turns(bench.rounds, ours, grep)
    what = f"`find --content` in all layers of {bench.title('deb')}"
    yield Line(what, mine, "`grep -F` of its blobs", theirs, f"<= {half_a_gigabyte_a_second:.0f} ms")
    mine, theirs = by_turns(
        bench.rounds,
        bench.ours("find", "--hidden", "--content-regex", "no (file|one) has [th]is text"),
        process(["grep", "-aEc", "no (file|one) has [th]is text", *blobs], good=(0, 1), env={"LC_ALL": "C"}),
    )
    yield Line(f"`find --content-regex` in all layers of {bench.title('deb')}", mine, "`grep -E` of its blobs", theirs)
    ripgrep = [*peers.tool("rg").argv, "-aFc", "-j1", _NEEDLE, *blobs]
    mine, theirs = by_turns(bench.rounds, ours, process(ripgrep, good=(0, 1)))
    yield Line(what, mine, "ripgrep of its blobs, one thread", theirs)


def _fill(store: Path, entries: int) -> None:
    """A store of images that share bases, each with files of its own; nothing is cached."""
    in_base = entries * IN_BASE // ENTRIES
    bases = [_layer(f"usr/lib{number}", in_base) for number in range(IMAGES // SHARED_BY)]
    made = [
        image([bases[number // SHARED_BY], _layer(f"srv/app{number}", entries - in_base)], tags=[f"many{number}:1"])
        for number in range(IMAGES)
    ]
    oci_layout(made, store)


def _layer(top: str, entries: int) -> bytes:
    out = io.BytesIO()
    layer = LayerWriter(out)
    ends = ("so", "py", "txt", "conf", "js")
    for number in range(entries):
        folder = f"{top}/d{number // _IN_FOLDER}"
        if number % _IN_FOLDER == 0:
            layer.folder(folder)
        else:
            layer.file(f"{folder}/{('lib', 'mod', 'data')[number % 3]}{number // 3}.{ends[number % 5]}", b"")
    layer.write(bytes(2 * BLOCK))
    return out.getvalue()
