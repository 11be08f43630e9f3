"""Two images held against each other, beside `diff -r` of the same two unpacked."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

from bench import OURS, Bench
from lines import Line
from timing import by_turns, process

import peers

MORE = 100
"""Files in the layer that the second image has more."""

PART = 0.6
"""Of *deb*: a gigabyte. Unpacking it takes longer than everything that is measured here."""


def compare(bench: Bench) -> Iterator[Line]:
    """An image and the same one with a layer more: their files, and all but their files; tables and sums are there."""
    yield from _beside_diff(bench)
    yield from _beside_itself(bench)


def _beside_diff(bench: Bench) -> Iterator[Line]:
    bench.forget()
    layout, trees = _two(bench, "deb")
    names = [f"oci:{layout}:one", f"oci:{layout}:two"]
    files = bench.ours("compare", "--files", *names)
    files()
    diff = process(["diff", "-rq", "--no-dereference", *trees], good=(1,))
    ours, peer = by_turns(bench.rounds, files, diff)
    what = f"`compare --files` of {bench.title('deb', PART)} and one layer more, warm"
    yield Line(what, ours, "`diff -r` of both unpacked", peer, ">= 1x", ">= 5x")
    history = bench.ours("compare", "--history", "--config", *names)
    ours, peer = by_turns(bench.rounds, history, process([OURS, "version"]))
    yield Line("`compare --history --config` of the same", ours, "`layertui version`", peer, "<= 4x", "<= 2.5x")


def _beside_itself(bench: Bench) -> Iterator[Line]:
    """So many entries that unpacking them for a `diff` would take longer than all other lines together."""
    bench.forget()
    archive = bench.archive("smallnw")
    bench.ours("load", archive)()
    layertui = peers.program(bench.store)
    (name,) = layertui.json("images")[0]["tags"]
    layertui.run("create", "--name", "more", name, "sh")
    layertui.run("write", "more", "/more", stdin=b"more")
    layertui.run("commit", "more", "more:1")
    files = bench.ours("compare", "--files", name, "more:1")
    files()
    (ours,) = by_turns(bench.rounds, files)
    yield Line(
        f"`compare --files` of {bench.title('smallnw')} and one layer more, warm",
        ours,
        must="<= 1500 ms",
        aim="<= 1000 ms",
    )
    bench.forget()


def _two(bench: Bench, kind: str) -> tuple[Path, list[Path]]:
    """A layout with the image `one` and, with a layer more, `two`; and both unpacked. Raises Missing without skopeo or umoci."""
    layout = bench.work / f"compare-{kind}"
    skopeo, umoci = peers.tool("skopeo"), peers.tool("umoci")
    archive = f"docker-archive:{bench.archive(kind, PART)}"
    skopeo.run("copy", "-q", archive, f"oci:{layout}:one")
    one, two = (bench.work / f"compare-{kind}-{name}" for name in ("one", "two"))
    umoci.run("unpack", "--image", f"{layout}:one", two)
    # Files of their own: of what is one file in both, `diff` reads neither.
    subprocess.run(["cp", "-a", two, one], check=True)
    added = two / "rootfs/opt/more"
    added.mkdir(parents=True)
    for number in range(MORE):
        (added / str(number)).write_text(f"{number}\n")
    umoci.run("repack", "--image", f"{layout}:two", two)
    return layout, [one / "rootfs", two / "rootfs"]
