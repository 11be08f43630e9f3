"""A registry on loopback: images looked at where they are, and carried, beside skopeo and the decompression alone."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench import OURS, Bench
from lines import Line
from timing import by_turns, process

import peer_registries
import peers

ROUNDS = 2

# What looking into a gzip image cannot do without: every layer fetched and decompressed, on both cores, and nothing kept.
_FETCHED = """
import sys, urllib.request
from concurrent.futures import ThreadPoolExecutor
from isal import igzip
def fetch(url):
    with urllib.request.urlopen(url) as body, igzip.open(body) as out:
        while out.read(1 << 20):
            pass
with ThreadPoolExecutor(2) as pool:
    list(pool.map(fetch, sys.argv[1:]))
"""

_DECOMPRESSED = """
import sys
from concurrent.futures import ThreadPoolExecutor
from isal import igzip
from backports import zstd
def read(path):
    with open(path, "rb") as file:
        magic = file.read(4)
    with (igzip.open if magic[:2] == b"\\x1f\\x8b" else zstd.open)(path, "rb") as out:
        while out.read(1 << 20):
            pass
with ThreadPoolExecutor(2) as pool:
    list(pool.map(read, sys.argv[1:]))
"""


def registries(bench: Bench) -> Iterator[Line]:
    """The image is *deb*, its layers compressed by skopeo as they are pushed."""
    bench.forget()
    skopeo = peers.tool("skopeo")
    with peer_registries.registry() as registry:
        archive, title = bench.archive("deb", 0.6), bench.title("deb", 0.6)
        here = f"docker://{registry.host}/bench/deb:1"
        plain = ("--src-tls-verify=false", "--dest-tls-verify=false")
        skopeo.run("copy", "-q", *plain, f"docker-archive:{archive}", here)
        ours, peer = by_turns(
            bench.rounds,
            bench.ours("history", here, cold=True),
            process([*skopeo.argv, "inspect", "--tls-verify=false", "--config", here]),
        )
        yield Line(f"`history` of {title} in a registry", ours, "`skopeo inspect --config`", peer)
        urls = [f"http://{registry.host}/v2/bench/deb/blobs/{digest}" for digest in _layers(skopeo, here)]
        floor = process([sys.executable, "-c", _FETCHED, *urls])
        ours, peer = by_turns(bench.rounds, bench.ours("ls", "-R", here, cold=True), floor)
        yield Line(f"cold `ls -R` of {title} in a registry, gzip", ours, "download and decompression", peer, "<= 1.2x")
        yield from _carried(bench, registry, archive, title)
    bench.forget()


def _layers(skopeo: peers.Tool, name: str) -> list[str]:
    manifest = json.loads(skopeo.text("inspect", "--raw", "--tls-verify=false", name))
    return [one["digest"] for one in manifest["layers"]]


def _carried(bench: Bench, registry: peer_registries.Registry, archive: Path, title: str) -> Iterator[Line]:
    data, back = registry.folder / "data", bench.work / "back"

    def empty() -> None:
        shutil.rmtree(data, ignore_errors=True)
        shutil.rmtree(back, ignore_errors=True)

    there = f"docker://{registry.host}/carried/deb:1"
    skopeo = [*peers.tool("skopeo").argv, "copy", "-q", "--src-tls-verify=false", "--dest-tls-verify=false"]
    source = f"docker-archive:{archive}"
    ours, peer = by_turns(
        ROUNDS,
        process(_words(bench, "copy", source, there), before=empty),
        process([*skopeo, source, there], before=empty),
    )
    yield Line(f"`copy` of {title} to a registry", ours, "`skopeo copy`", peer, "<= 1x")
    again = process(_words(bench, "copy", source, there)), process([*skopeo, source, there])
    for run in again:  # the last round above left what one of the two had sent
        run()
    ours, peer = by_turns(ROUNDS, *again)
    # Nothing is sent but HEADs, which a test counts: what is left is the start of the process.
    yield Line(f"`copy` of {title} to a registry that has it", ours, "`skopeo copy`", peer)

    def gone() -> None:
        shutil.rmtree(back, ignore_errors=True)

    ours, peer = by_turns(
        ROUNDS,
        process(_words(bench, "copy", there, f"oci:{back}:1"), before=gone),
        process([*skopeo, there, f"oci:{back}:1"], before=gone),
    )
    yield Line(f"`copy` of {title} from a registry to a layout", ours, "`skopeo copy`", peer, "<= 1x")
    gone()


def _words(bench: Bench, *words: str) -> list[str | Path]:
    """The words of our program on the benchmark's store."""
    return [OURS, "--store", bench.store, *words]


def compressed(bench: Bench) -> Iterator[Line]:
    """Layouts with compressed layers, looked into the first time, beside nothing but their decompression."""
    skopeo = peers.tool("skopeo")
    archive, title = bench.archive("deb"), bench.title("deb")
    for form in ("gzip", "zstd"):
        layout = bench.work / f"layout-{form}"
        skopeo.run("copy", "-q", "--dest-compress-format", form, f"docker-archive:{archive}", f"oci:{layout}:1")
        index = json.loads((layout / "index.json").read_bytes())
        manifest = json.loads((layout / "blobs" / index["manifests"][0]["digest"].replace(":", "/")).read_bytes())
        blobs = [layout / "blobs" / one["digest"].replace(":", "/") for one in manifest["layers"]]
        for blob in blobs:
            subprocess.run(["cat", blob], check=True, stdout=subprocess.DEVNULL)
        floor = process([sys.executable, "-c", _DECOMPRESSED, *blobs])
        ours, peer = by_turns(bench.rounds, bench.ours("ls", "-R", f"oci:{layout}:1", cold=True), floor)
        yield Line(
            f"cold `ls -R` of {title} as a {form} layout", ours, "its decompression on two cores", peer, "<= 1.2x"
        )
        shutil.rmtree(layout)
