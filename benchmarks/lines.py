"""One comparison and what is wanted of it, and the page of them all."""

import os
import platform
import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """What one side took, in several runs: seconds, or megabytes."""

    runs: tuple[float, ...]
    unit: str = "s"

    @property
    def least(self) -> float:
        """The least: what the machine can do when it does nothing else."""
        return min(self.runs)

    @property
    def median(self) -> float:
        """The median."""
        return statistics.median(self.runs)

    def __str__(self) -> str:
        return (
            shown(self.least, self.unit)
            if len(self.runs) == 1
            else f"{shown(self.least, self.unit)} ({shown(self.median, self.unit)})"
        )


def shown(value: float, unit: str) -> str:
    """Write a value as people read it."""
    if unit != "s":
        return f"{value:.0f} {unit}"
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"


_BOUND = re.compile(r"([<>]=) ([\d.]+)(x| ms| MB)")


@dataclass(frozen=True)
class Bound:
    """What is wanted: ``>= 6x`` (the peer's over ours), ``<= 1.5x`` (ours over the peer's), ``<= 80 ms``, ``<= 60 MB``."""

    text: str

    def value(self, ours: Figure, peer: Figure | None) -> float:
        """Give what the bound speaks of."""
        sign, _, unit = self._parts
        if unit == "x":
            assert peer is not None
            return peer.least / ours.least if sign == ">=" else ours.least / peer.least
        return ours.least * 1000 if unit == " ms" else ours.least

    def met(self, ours: Figure, peer: Figure | None) -> bool:
        """Say whether it is so."""
        sign, limit, _ = self._parts
        value = self.value(ours, peer)
        return value >= float(limit) if sign == ">=" else value <= float(limit)

    @property
    def _parts(self) -> tuple[str, str, str]:
        found = _BOUND.fullmatch(self.text)
        assert found is not None, self.text
        return found[1], found[2], found[3]


@dataclass(frozen=True)
class Line:
    """One comparison as the table shows it. Without a bound it is only reported."""

    what: str
    ours: Figure
    peer_name: str = "–"
    peer: Figure | None = None
    must: str = ""
    aim: str = ""

    @property
    def ratio(self) -> str:
        """In the direction that the bound speaks of."""
        if self.peer is None:
            return "–"
        bound = Bound(self.must if self.must.endswith("x") else ">= 1x")
        return f"{bound.value(self.ours, self.peer):.2f}x"

    @property
    def verdict(self) -> str:
        """Which of the two is met."""
        if not self.must:
            return "–"
        if not Bound(self.must).met(self.ours, self.peer):
            return "**no**"
        return "must" if not self.aim or not Bound(self.aim).met(self.ours, self.peer) else "aim"

    def row(self) -> str:
        """Give a row of the table."""
        cells = (
            self.what,
            self.ours,
            self.peer_name,
            self.peer or "–",
            self.ratio,
            self.must or "–",
            self.aim or "–",
            self.verdict,
        )
        return "| " + " | ".join(map(str, cells)) + " |"


def machine() -> str:
    """Say in words what this ran on."""
    model = next((line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "?")
    memory = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    system = next(
        (line.split("=")[1].strip('"') for line in _lines("/etc/os-release") if line.startswith("PRETTY_NAME")), "?"
    )
    return (
        f"{os.cpu_count()} cores ({model}), {memory / 1e6:.0f} GB of memory, {system}, "
        f"kernel {platform.release().split('-')[0]}, Python {platform.python_version()}, "
        f"at a load of {os.getloadavg()[2]:.1f} before"
    )


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


def page(lines: Sequence[Line], left_out: Sequence[str], on: str, scale: float, took: float) -> str:
    """Give RESULTS.md."""
    missed = [line.what for line in lines if line.must and line.verdict != "aim"]
    whys = [f"- {what}: {reason}" for what, reason in WHY.items() if any(one.startswith(what) for one in missed)]
    return "\n".join(
        [
            "# How fast it is",
            "",
            "<!-- made by `make bench` -->",
            "",
            f"On {on}. Least (median) of alternating runs, page cache warm, images at scale {scale:g}; whole processes, start of Python included, peers of more than three",
            "seconds once. Where the wanted ratio says `<=` it is our time over the other's, where `>=` the other's over ours. Compare ratios, not seconds: other work",
            f"may share the machine. All of it took {took / 60:.0f} minutes.",
            "",
            "| what | layertui | beside | takes | ratio | must | aim | met |",
            "| --- | --: | --- | --: | --: | --: | --: | --- |",
            *(line.row() for line in lines),
            "",
            *(f"- left out: {reason}" for reason in left_out),
            *(["", "What is missed, and why:", "", *whys] if whys else []),
            "",
            "The images (`benchmarks/images.py`): *deb* real files of a Debian machine, an upgrade, a chown, a purge; *many* 120 layers; *smallnw* a world of node_modules; *huge* few big",
            "files; *wh* a thousand files removed one by one; *tiny* three small layers.",
            "",
        ]
    ).replace("\n\n\n", "\n\n")


# By how a line begins: what is between it and its aim.
WHY = {
    "cold `layers` of *deb*": "one layer has three quarters of the bytes, and sha256 of one stream is one thread's work: 0.57 s of it at 1.5 GB/s, besides the start of Python.",
    "cold `layers` of *smallnw*": "bound by Python, 1.6 µs a header (docs/performance.md); sha256 runs beside it and is done before.",
    "cold `layers` of *many*": "a file in the cache for each of 120 layers, and numpy's import, which is a quarter of the whole.",
    "cold `layers` of *wh*": "start of Python, click and numpy are most of it.",
    "cold `layers` of *huge*": "nothing but sha256 on both cores, against a peer that sums nothing.",
    "first answer of *huge*": "nothing but the start of Python, click and our imports.",
    "`history` of": "the headers of every layer are walked in Python, for what each step added.",
    "cold `ls -R`": "the paths put together and a template a row, after the headers were read.",
    "warm": "start of Python and our imports; no archive is read and no numpy imported.",
    "`create": "three quarters are the start of Python and our imports; docker's client is a Go program that asks a daemon.",
    "`run --rm busybox true`": "a Python process more (the shim) has to start; docker's daemon is running already.",
    "`load` of *deb*": "every byte is read, summed, written and synced before the name is there; docker does not sync.",
    "`save` of *deb*": "every byte is summed again while it is read, and synced where it is written to a file; docker does neither.",
    "`export` of *deb*": "a header of Python a file; then the bytes through two copies.",
    "`import` of the export": "written and synced, and summed once.",
    "load again": "start of Python and our imports; and the archive's metadata is read and proven.",
    "unpack for a first start": "the kernel makes 65,000 files, one call after another, as docker does; a Python step a file besides.",
    "`layertui version`": "Python's own start and click.",
    "first paint": "Textual's import and its first frame; ours adds the screen's own widgets.",
    "UI: merged tree of *smallnw*": "760,000 headers are read in two processes and laid in one, after a third of a second of imports; dive, which took two minutes where this figure was set, takes a quarter of that here.",
    "UI": "the stack is laid and the first frame drawn after numpy and Textual are imported.",
    "keys": "what Textual does for a key besides the lines that changed.",
    "`compare --files`": "start of Python and numpy; then two stacks of 65,000 entries each are laid, and laid side by side.",
    "50 of `run -d": "each has a shim of its own, a process of Python, where docker's is one of Go.",
    "`ps` of 50": "start of Python and our imports; docker's client is a Go program that asks a daemon.",
    "Docker's image *deb* (1.01 GB) to its tree, through the API alone": "`docker save` itself takes nearly all of it: the daemon writes each layer to its disk before the first byte comes, and dive asks for the same.",
    "memory of the largest worker": "at the end one worker merges the small files, sorted in 128 MB; of 8 images there is nothing to merge. 4 million rows take 430 MB, and more of them no more.",
    "memory of the UI": "a bare Textual app takes 33 MB, numpy 12, our modules 8, what Textual keeps of painted lines 2; the rest is what is on the screen.",
}
