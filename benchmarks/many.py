"""Many of everything: a store of thousands of images and containers, and a layout of as many entries, each beside one of ten."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench import OURS, Bench
from lines import Figure, Line
from painting import Terminal, paint
from timing import by_turns, process

from builders import file, image, layer, oci_layout

IMAGES, CONTAINERS, FEW = 5000, 2000, 10
_MIDDLES = 100
"""Layers that images have besides the one at the bottom, each fiftieth the same."""
_PRESSES = 8  # of ten images that is the end
_DOWN, _PAGE_DOWN, _HOME = b"\x1b[B", b"\x1b[6~", b"\x1b[H"
_FILTER = tuple(b"/many7")
_ONE_THREAD = """
import hashlib, os, sys
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        with open(os.path.join(folder, name), "rb") as file:
            hashlib.file_digest(file, "sha256")
"""


def many(bench: Bench) -> Iterator[Line]:
    """Every line says how much more thousands take than ten do."""
    large, small = bench.work / "many", bench.work / "few"
    _fill(large, IMAGES, CONTAINERS)
    _fill(small, FEW, FEW)
    try:
        yield from _verbs(bench, large, small)
        yield from _screen(bench, large, small)
        yield from _checks(bench, large)
    finally:
        shutil.rmtree(large, ignore_errors=True)
        shutil.rmtree(small, ignore_errors=True)


def _fill(store: Path, images: int, containers: int) -> None:
    """A store as other tools could leave it: the images share layers, as images do; none of the containers was started."""
    base, *middles = (layer([file(f"{n}", b"%d" % n * 1000)]) for n in range(_MIDDLES + 1))
    made = [
        image([base, middles[n % _MIDDLES]], tags=[f"many{n}:1"], config={"Env": [f"N={n}"], "Cmd": ["sh"]})
        for n in range(images)
    ]
    oci_layout(made, store)
    _run(store, "create", "--name", "first", "many0:1", "sh")
    first = next(one for one in (store / "containers").iterdir() if len(one.name) == 64)
    record = json.loads((first / "record.json").read_bytes())
    for number in range(containers - 1):
        own_id, name = hashlib.sha256(b"%d" % number).hexdigest(), f"more{number}"
        folder = first.with_name(own_id)
        shutil.copytree(first, folder)
        (folder / "record.json").write_text(json.dumps({**record, "id": own_id, "name": name}))
        (store / "containers/names" / name).symlink_to(f"../{own_id}")


def _run(store: Path, *words: str) -> None:
    subprocess.run([OURS, "--store", store, *words], check=True, capture_output=True)


def _verbs(bench: Bench, large: Path, small: Path) -> Iterator[Line]:
    kept = "cache/images.json"
    first, few = _by_turns(bench, large, small, "images", before=lambda store: (store / kept).unlink(missing_ok=True))
    yield Line(f"`images`, {IMAGES:,}, for the first time", first, f"the same with {FEW}", few)
    for words in (
        ("images",),
        ("--json", "images"),
        ("tag", "many3:1", "new:1"),
        ("ps", "-a"),
        ("--json", "ps", "-a"),
        ("df",),
        ("history", "many7:1"),
        ("history", "oci:{}:many7:1"),
    ):
        ours, few = _by_turns(bench, large, small, *words)
        what = " ".join(words).format("LAYOUT")
        yield Line(f"`{what}`, {_much(words)}", ours, f"the same with {FEW}", few, "<= 3x")
    words = ("history", "oci:{}")
    ours, few = _by_turns(bench, large, small, *words, good=(1,))
    yield Line(f"`history oci:LAYOUT`, {IMAGES:,} images to choose from", ours, f"the same with {FEW}", few)


def _much(words: Sequence[str]) -> str:
    if "df" in words:
        return f"{IMAGES:,} images, {CONTAINERS:,} containers"
    return f"{CONTAINERS:,} containers" if "ps" in words else f"{IMAGES:,} images"


def _by_turns(
    bench: Bench,
    large: Path,
    small: Path,
    *words: str,
    before: Callable[[Path], object] = lambda _: None,
    good: Sequence[int] = (0,),
) -> list[Figure]:
    runs = (
        process(
            [OURS, "--store", store, *(word.format(store) for word in words)],
            before=lambda store=store: before(store),  # type: ignore[misc]
            good=good,
        )
        for store in (large, small)
    )
    return by_turns(bench.rounds * 2, *runs)


def _screen(bench: Bench, large: Path, small: Path) -> Iterator[Line]:
    for what, marker in (("first frame", b"Images"), ("images listed", b"many")):
        runs = (paint([OURS, "--store", store], marker) for store in (large, small))
        ours, few = by_turns(bench.rounds * 2, *runs)
        yield Line(f"UI: {what}, {_much(('df',))}", ours, f"the same with {FEW}", few, "<= 3x", "<= 1.5x")
    large_keys, small_keys = _keys(large), _keys(small)
    for what, ours in large_keys.items():
        yield Line(f"keys: {what} among {IMAGES:,} images", ours, f"the same with {FEW}", small_keys[what], "<= 3x")


def _keys(store: Path) -> dict[str, Figure]:
    """Home's keys, with the images in focus."""
    with Terminal([OURS, "--store", store]) as terminal:
        terminal.until(b"many")
        terminal.settle()
        down = terminal.press([_DOWN] * _PRESSES)
        page = terminal.press([_HOME, _PAGE_DOWN])
        letters = terminal.press([bytes([letter]) for letter in _FILTER])
        terminal.send(b"\x1b")
        return {
            "down": Figure(down.times),
            "page down": Figure(page.times[1:]),
            "a letter of a filter": Figure(letters.times),
        }


def _checks(bench: Bench, large: Path) -> Iterator[Line]:
    ours, peer = by_turns(bench.rounds, process([OURS, "--store", large, "fsck"]), _sums(large))
    yield Line(f"`fsck`, {_much(('df',))}", ours, "`sha256sum` of its blobs", peer)
    _run(bench.store, "load", "-q", os.fspath(bench.archive("deb")))
    one_thread = process([sys.executable, "-c", _ONE_THREAD, bench.store / "blobs"])
    ours, peer, floor = by_turns(bench.rounds, bench.ours("fsck"), _sums(bench.store), one_thread)
    yield Line(f"`fsck` of {bench.title('deb')}", ours, "`sha256sum` of its blobs", peer, "<= 1x")
    yield Line(
        f"`fsck` of {bench.title('deb')}", ours, "OpenSSL's sha256 of them, one thread", floor, "<= 1.2x", "<= 1x"
    )


def _sums(store: Path) -> Callable[[], float]:
    return process(["find", store / "blobs", "-type", "f", "-exec", "sha256sum", "{}", "+"])
