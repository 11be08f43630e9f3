"""Measure ours beside its peers and write benchmarks/RESULTS.md: `make bench`.

    python benchmarks/run.py [--scale 0.7] [--rounds 5] [--only WORD]…

A line is one comparison: both sides in the same run, by turns, page cache warm. Peers that are not here leave their line out, with the reason.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

from images import cached  # noqa: E402
from timing import Run, Times, paint, paired, process  # noqa: E402

import peers  # noqa: E402

BIN = Path(sys.executable).parent
OURS = BIN / "layertui"
BARE_APP = """
from textual.app import App
from textual.widgets import Static

class Bare(App):
    def compose(self):
        yield Static("drawn-now")

Bare().run()
"""


@dataclass(frozen=True)
class Line:
    """One comparison as the table shows it."""

    what: str
    ours: Times
    peer_name: str
    peer: Times
    wanted: str
    """"<= 1.5x" (our time over the peer's), ">= 5x" (the peer's over ours), or "" where it is only told (as the latter)."""

    @property
    def ratio(self) -> float:
        """In the direction that `wanted` speaks of."""
        ours, peer = self.ours.least, self.peer.least
        return ours / peer if self.wanted.startswith("<=") else peer / ours

    @property
    def verdict(self) -> str:
        """Whether it is as wanted."""
        if not self.wanted:
            return "–"
        bound = float(self.wanted.split()[1].rstrip("x"))
        met = self.ratio <= bound if self.wanted.startswith("<=") else self.ratio >= bound
        return "yes" if met else "**no**"


@dataclass
class Bench:
    """What every benchmark needs: a folder for images, a store that is new each time, how often to run."""

    work: Path
    images: Path
    scale: float
    rounds: int

    def archive(self, kind: str, scale: float | None = None) -> Path:
        """Give the archive of a kind, read once so that it lies in the page cache."""
        path = cached(kind, self.images, scale=self.scale if scale is None else scale)
        with path.open("rb") as stream:
            while stream.read(1 << 24):
                pass
        return path

    @property
    def store(self) -> Path:
        """The store that ours uses."""
        return self.work / "store"

    def forget(self) -> None:
        """Let the store and its cache be new."""
        shutil.rmtree(self.store, ignore_errors=True)

    def ours(self, *args: str | Path, cold: bool = False) -> Run:
        """One run of layertui; `cold`: with nothing in its store or cache."""
        return process([OURS, "--store", self.store, *args], before=self.forget if cold else None)


# ---------------------------------------------------------------- the lines


def version(bench: Bench) -> Iterator[Line]:
    """`layertui version`, and what click alone costs."""
    ours, peer = paired(process([OURS, "version"]), process([sys.executable, "-c", "import click"]), bench.rounds * 3)
    yield Line("`layertui version`", ours, '`python -c "import click"`', peer, "<= 1.5x")


def history(bench: Bench) -> Iterator[Line]:
    """Open an archive to its history, whatever its size."""
    for kind in ("deb", "huge", "many"):
        archive = bench.archive(kind)
        bench.forget()
        ours, peer = paired(bench.ours("history", archive, cold=True), process([OURS, "version"]), bench.rounds * 2)
        yield Line(f"`history` of *{kind}* ({_size(archive)}), cold", ours, "`layertui version`", peer, "<= 3x")


def load(bench: Bench) -> Iterator[Line]:
    """Take an archive into the store."""
    archive = bench.archive("deb")
    rounds = max(2, bench.rounds // 2)
    with peers.docker() as docker:

        def empty() -> None:
            docker.run("image", "prune", "--all", "--force")

        peer_run = process([*docker.client.argv, "load", "-q", "-i", archive], before=empty, env=docker.client.env)
        ours, peer = paired(bench.ours("load", archive, cold=True), peer_run, rounds)
        yield Line(f"`load` of *deb* ({_size(archive)})", ours, "`docker load`, which also unpacks", peer, ">= 5x")
    layout = bench.work / "layout"

    def gone() -> None:
        shutil.rmtree(layout, ignore_errors=True)

    argv = [
        *peers.tool("skopeo").argv,
        "copy",
        "-q",
        "--dest-oci-accept-uncompressed-layers",
        f"docker-archive:{archive}",
        f"oci:{layout}:x",
    ]
    ours, peer = paired(bench.ours("load", archive, cold=True), process(argv, before=gone), rounds)
    gone()
    yield Line(f"`load` of *deb* ({_size(archive)})", ours, "`skopeo copy` to a layout, uncompressed", peer, ">= 1x")


def cold_table(bench: Bench) -> Iterator[Line]:
    """Every file of every layer counted, nothing in the cache."""
    dive = peers.tool(str(BIN / "dive"))
    report = bench.work / "dive.json"
    wanted = {"deb": ">= 1x", "many": ">= 1x", "smallnw": ">= 1x", "wh": ">= 1x", "huge": ">= 1x", "tiny": ""}
    for kind, bound in wanted.items():
        archive = bench.archive(kind)
        ours, peer = paired(
            bench.ours("--json", "layers", archive, cold=True),
            process([*dive.argv, "--source", "docker-archive", archive, "--json", report]),
            2 if kind in {"deb", "smallnw", "wh"} else bench.rounds,
        )
        yield Line(f"`--json layers` of *{kind}* ({_size(archive)}), cold", ours, "`dive --json`", peer, bound)


def first_paint(bench: Bench) -> Iterator[Line]:
    """The first frame of the UI."""
    bench.forget()
    bare = paint([sys.executable, "-c", BARE_APP], b"drawn-now")
    ours, peer = paired(paint([OURS, "--store", bench.store], b"Images"), bare, bench.rounds * 2)
    yield Line("first paint of the UI, empty store", ours, "a bare Textual app", peer, "<= 1.5x")
    archive = bench.archive("deb")
    opened = paint([OURS, "--store", bench.store, archive], b"apt-get", before=bench.forget)
    ours, peer = paired(opened, bare, bench.rounds)
    yield Line("layers of *deb* on the screen, cold", ours, "a bare Textual app", peer, "<= 3x")


def containers(bench: Bench) -> Iterator[Line]:
    """A container made, and one that ran, both on a busybox."""
    bench.forget()
    bench.ours("demo", "--no-ui")()
    run = bench.ours("run", "--rm", "busybox", "true")
    run()  # the first start unpacks the layers and tries the runtimes
    with peers.docker() as docker:
        tree = bench.work / "busybox.tar"
        subprocess.run(["tar", "-C", peers.busybox_tree(bench.work / "busybox"), "-cf", tree, "."], check=True)
        docker.run("import", tree, "busybox:latest")
        argv = [*docker.client.argv, "run", "--rm", "--network", "none", "busybox", "true"]
        ours, peer = paired(run, process(argv, env=docker.client.env), bench.rounds * 2)
        yield Line("`run --rm busybox true`", ours, "`docker run --rm --network none`", peer, ">= 1x")
        argv = [*docker.client.argv, "create", "busybox", "true"]
        ours, peer = paired(
            bench.ours("create", "busybox", "true"), process(argv, env=docker.client.env), bench.rounds * 2
        )
        yield Line("`create busybox true`", ours, "`docker create`, a Go client", peer, "")
    bench.forget()


LINES: tuple[Callable[[Bench], Iterator[Line]], ...] = (version, history, first_paint, containers, load, cold_table)


# ---------------------------------------------------------------- the page


def _size(path: Path) -> str:
    return f"{path.stat().st_size / 1e9:.2f} GB" if path.stat().st_size > 1e9 else f"{path.stat().st_size / 1e6:.0f} MB"


def machine() -> str:
    """Say in words what this ran on."""
    model = next((line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "?")
    memory = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    system = next(
        (line.split("=")[1].strip('"') for line in _lines("/etc/os-release") if line.startswith("PRETTY_NAME")), "?"
    )
    return (
        f"{os.cpu_count()} cores ({model}), {memory / 1e6:.0f} GB of memory, {system}, "
        f"kernel {platform.release().split('-')[0]}, Python {platform.python_version()}"
    )


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


def page(lines: list[Line], left_out: list[str], bench: Bench) -> str:
    """Give RESULTS.md."""
    rows = [
        f"| {line.what} | {line.ours} | {line.peer_name} | {line.peer} | {line.ratio:.2f}x | {line.wanted or '–'} | {line.verdict} |"
        for line in lines
    ]
    return "\n".join(
        [
            "# How fast it is",
            "",
            "<!-- made by `make bench` -->",
            "",
            f"On {machine()}. Least (median) of alternating runs, page cache warm, images at scale {bench.scale:g}; whole processes, start of Python included. Where",
            "the wanted ratio says `<=` it is our time over the other's, where `>=` the other's over ours. Compare ratios, not seconds: other work shares the machine.",
            "",
            "| what | layertui | beside | takes | ratio | wanted | met |",
            "| --- | --: | --- | --: | --: | --: | --- |",
            *rows,
            "",
            *(f"- left out: {reason}" for reason in left_out),
            "",
            "The images (`benchmarks/images.py`): *deb* real files of a Debian machine, an upgrade, a chown, a purge; *many* 120 layers; *smallnw* a world of node_modules; *huge* few big",
            "files; *wh* a thousand files removed one by one; *tiny* three small layers.",
            "",
        ]
    ).replace("\n\n\n", "\n\n")


@contextmanager
def _bench(scale: float, rounds: int) -> Iterator[Bench]:
    with tempfile.TemporaryDirectory(prefix="ltb-") as work:
        yield Bench(Path(work), HERE / ".images", scale, rounds)


def main() -> int:
    """Run what was chosen; write the page if that was everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=0.7, help="size of the images; at 0.7 deb has 1 GB")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", action="append", choices=[lines.__name__ for lines in LINES])
    chosen = parser.parse_args()
    done: list[Line] = []
    left_out: list[str] = []
    with ExitStack() as stack:
        bench = stack.enter_context(_bench(chosen.scale, chosen.rounds))
        for lines in LINES:
            if chosen.only and lines.__name__ not in chosen.only:
                continue
            try:
                for line in lines(bench):
                    done.append(line)
                    print(
                        f"{line.what}: {line.ours}; {line.peer_name}: {line.peer}; {line.ratio:.2f}x, wanted {line.wanted}",
                        flush=True,
                    )
            except (peers.Missing, RuntimeError, AssertionError) as reason:
                left_out.append(f"{lines.__name__}: {str(reason).splitlines()[0]}")
                print(f"left out: {left_out[-1]}", flush=True)
    if not chosen.only:
        (HERE / "RESULTS.md").write_text(page(done, left_out, bench))
    return 0


if __name__ == "__main__":
    sys.exit(main())
