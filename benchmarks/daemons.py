"""Docker Engine's images and containers seen through ours: beside its own API, dive on the same daemon, and our embedded store."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

from bench import BIN, OURS, Bench
from lines import Figure, Line
from timing import Run, by_turns, process

import peer_daemons
import peer_users
import peers
from builders import docker_archive, file, image, layer

IMAGES = 1000
CONTAINERS = 20
ROUNDS = 2

# In one process, by turns, since the start of Python is no part of either.
_LISTING = """
import json, os, sys, time
from layertui.core.engines.discover import Engines
from layertui.core.layers.cache.catalog import Catalog
from layertui.core.settings import Settings
import docker
engine = Engines(Settings.load(sys.argv[1]), lambda: Catalog(None)).named("docker")
raw = docker.APIClient(os.environ["DOCKER_HOST"], version="1.41")
ours, floor = [], []
assert len(engine.images.list()) == len(raw.images()) >= int(sys.argv[2])
for _ in range(9):
    for times, call in ((ours, engine.images.list), (floor, raw.images)):
        begun = time.perf_counter()
        call()
        times.append(time.perf_counter() - begun)
print(json.dumps([ours, floor]))
"""


def daemons(bench: Bench) -> Iterator[Line]:
    """A dockerd of our own, with its folders readable and, for a plain user, not."""
    bench.forget()
    with peer_daemons.docker_20() as docker:
        docker.folder.chmod(0o711)
        docker.socket.chmod(0o666)
        env = {"DOCKER_HOST": f"unix://{docker.socket}"}
        yield from _image(bench, docker, env)
        yield from _containers(bench, docker, env)
        yield _listing(bench, docker, env)
    bench.forget()


def _image(bench: Bench, docker: peer_daemons.Daemon, env: dict[str, str]) -> Iterator[Line]:
    title = bench.title("deb", 0.6)
    docker.run("load", "-q", "-i", bench.archive("deb", 0.6))
    name = docker.text("images", "--format", "{{.Repository}}:{{.Tag}}").splitlines()[0]
    ours = [OURS, "--store", bench.store, "--engine", "docker", "--json", "layers", name]
    cold = process(ours, before=bench.forget, env=env)
    again = process(ours, env=env)
    found = bench.work / "dive.json"
    dive = [*peers.tool(str(BIN / "dive")).argv, "--ignore-errors", "--json", found, f"docker://{name}"]
    first, second, peer = by_turns(bench.rounds, cold, again, process(dive, env=env))
    what = f"Docker's image {title} to its tree"
    yield Line(f"{what}, overlay folders readable", first, "`dive --json`, same daemon", peer, ">= 10x")
    yield Line(f"{what}, second time", second, "`dive --json`, same daemon", peer, ">= 20x")
    with peer_users.plain_user() as user:
        store = user.home / "store"

        def new() -> None:
            subprocess.run(["rm", "-rf", store], check=True)

        # The daemon writes all layers to its own disk before it sends a byte: four fifths of `docker save`, which dive waits for too.
        first, second, saved = by_turns(
            bench.rounds,
            _as(user, new, env, "layers", name),
            _as(user, lambda: None, env, "layers", name),
            process([*docker.client.argv, "save", name], env=docker.client.env),
        )
        yield Line(f"{what}, through the API alone", first, "`docker save >/dev/null`", saved, "<= 1.1x")
        yield Line(f"{what}, through the API alone", first, "`dive --json`, same daemon", peer, ">= 3x")
        yield Line(f"{what}, through the API alone, second time", second, "`dive --json`, same daemon", peer, ">= 20x")


def _as(user: peer_users.PlainUser, before: Callable[[], None], env: dict[str, str], *words: str) -> Run:
    def run() -> float:
        before()
        begun = time.perf_counter()
        done = user.layertui("--engine", "docker", "--json", *words, env=env, timeout=600)
        took = time.perf_counter() - begun
        if done.returncode:
            raise RuntimeError(done.stderr.decode(errors="replace"))
        return took

    return run


def _containers(bench: Bench, docker: peer_daemons.Daemon, env: dict[str, str]) -> Iterator[Line]:
    tree = bench.work / "busybox.tar"
    subprocess.run(["tar", "-C", peers.busybox_tree(bench.work / "busybox-for-docker"), "-cf", tree, "."], check=True)
    docker.run("import", tree, "busybox:latest")
    bench.ours("demo", "--no-ui")()
    for number in range(CONTAINERS):
        docker.run("create", "--network", "none", "--name", f"c{number}", "busybox", "true")
        bench.ours("create", "--name", f"c{number}", "busybox", "true")()
    ours, peer = by_turns(
        bench.rounds * 3,
        process([OURS, "--store", bench.store, "--engine", "docker", "ps", "-a"], env=env),
        bench.ours("ps", "-a"),
    )
    yield Line(f"`ps -a --engine docker` of {CONTAINERS}", ours, "`ps -a` of as many of ours", peer, "<= 2.5x")


def _listing(bench: Bench, docker: peer_daemons.Daemon, env: dict[str, str]) -> Line:
    base = layer([file("f", b"x" * 1000)])
    made = [image([base], tags=[f"many{n}:1"], config={"Env": [f"N={n}"]}) for n in range(IMAGES)]
    docker.run("load", "-q", "-i", docker_archive(made, bench.work / "many.tar"))
    done = subprocess.run(
        [sys.executable, "-c", _LISTING, bench.store, str(IMAGES)],
        check=True,
        capture_output=True,
        env={**os.environ, **env},
    )
    ours, raw = (Figure(tuple(times)) for times in json.loads(done.stdout))
    return Line(f"list of {IMAGES} images of Docker's", ours, "the raw call of the SDK", raw, "<= 1.2x")
