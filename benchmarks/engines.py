"""Images taken in, out and unpacked, and containers made, beside docker and skopeo."""

import shutil
import subprocess
from collections.abc import Iterator

from bench import OURS, Bench
from crowd import crowd
from lines import Line
from timing import Run, by_turns, process

import peer_daemons
import peers

ROUNDS = 2  # what writes gigabytes says no more when it is done more often

NAME = "bench-deb"


def engines(bench: Bench) -> Iterator[Line]:
    """What a docker daemon is asked with *deb*, one thing after another."""
    archive, title = bench.archive("deb"), bench.title("deb")
    name = f"{NAME}:{bench.scale:g}"
    taken, given = bench.work / "ours.tar", bench.work / "docker.tar"

    with peer_daemons.docker_20() as docker:

        def asked(*args: object) -> Run:
            return process([*docker.client.argv, *args], env=docker.client.env)

        def pruned() -> None:
            docker.run("image", "prune", "--all", "--force")

        loading = process([*docker.client.argv, "load", "-q", "-i", archive], before=pruned, env=docker.client.env)
        ours, loaded = by_turns(ROUNDS, bench.ours("load", archive, cold=True), loading)
        yield Line(f"`load` of {title}", ours, "`docker load`, which also unpacks", loaded, ">= 5x", ">= 8x")

        ours, peer = by_turns(ROUNDS, bench.ours("load", archive), asked("load", "-q", "-i", archive))
        yield Line(f"load again of {title}, all of it there", ours, "`docker load`", peer, ">= 20x", ">= 50x")

        # Layers are unpacked before it shows that there is no such program.
        first = bench.ours("run", "--rm", name, "/nothing", good=(127,))
        unpacked = by_turns(1, first)[0]
        yield Line(
            f"unpack for a first start of {title}: `run` of no program",
            unpacked,
            "`docker load`",
            loaded,
            ">= 1x",
            ">= 2x",
        )

        ours, peer = by_turns(ROUNDS, bench.ours("save", "-o", taken, name), asked("save", "-o", given, name))
        yield Line(f"`save` of {title}", ours, "`docker save`", peer, ">= 4x", ">= 8x")

        subprocess.run(
            [OURS, "--store", bench.store, "create", "--name", "whole", name, "true"], check=True, capture_output=True
        )
        docker.run("create", "--name", "whole", "--network", "none", name, "true")
        ours, peer = by_turns(ROUNDS, bench.ours("export", "-o", taken, "whole"), asked("export", "-o", given, "whole"))
        yield Line(f"`export` of {title}", ours, "`docker export`", peer, ">= 1.2x", ">= 2.5x")

        ours, peer = by_turns(ROUNDS, bench.ours("import", given), asked("import", given))
        yield Line(
            f"`import` of the export of {title}", ours, "`docker import`, which also unpacks", peer, ">= 4x", ">= 7x"
        )

    for path in (taken, given):
        path.unlink()
    bench.forget()


def skopeo(bench: Bench) -> Iterator[Line]:
    """`load`, beside who unpacks nothing either."""
    archive, layout = bench.archive("deb"), bench.work / "layout"

    def gone() -> None:
        shutil.rmtree(layout, ignore_errors=True)

    how = ("-q", "--dest-oci-accept-uncompressed-layers")
    argv = [*peers.tool("skopeo").argv, "copy", *how, f"docker-archive:{archive}", f"oci:{layout}:x"]
    ours, peer = by_turns(ROUNDS, bench.ours("load", archive, cold=True), process(argv, before=gone))
    gone()
    yield Line(
        f"`load` of {bench.title('deb')}", ours, "`skopeo copy` to a layout, uncompressed", peer, ">= 1x", ">= 1.3x"
    )


def containers(bench: Bench) -> Iterator[Line]:
    """A container made, and one that ran, both on a busybox."""
    bench.forget()
    bench.ours("demo", "--no-ui")()
    run = bench.ours("run", "--rm", "busybox", "true")
    run()  # the first start unpacks the layers and tries the runtimes
    with peer_daemons.docker_20() as docker:
        tree = bench.work / "busybox.tar"
        subprocess.run(["tar", "-C", peers.busybox_tree(bench.work / "busybox"), "-cf", tree, "."], check=True)
        docker.run("import", tree, "busybox:latest")
        argv = [*docker.client.argv, "run", "--rm", "--network", "none", "busybox", "true"]
        ours, peer = by_turns(bench.rounds * 2, run, process(argv, env=docker.client.env))
        yield Line("`run --rm busybox true`", ours, "`docker run --rm --network none`", peer, ">= 1x", ">= 1.4x")
        making = process([*docker.client.argv, "create", "busybox", "true"], env=docker.client.env)
        ours, peer = by_turns(bench.rounds * 2, bench.ours("create", "busybox", "true"), making)
        yield Line("`create busybox true`", ours, "`docker create`, a Go client", peer, "<= 150 ms", "<= 100 ms")
        yield from crowd(bench, docker)
    bench.forget()
