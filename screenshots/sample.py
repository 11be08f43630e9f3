"""What the pictures show: a small shop's images in two versions, a container that runs and one that does not.

Made by `tests/builders/` and by the command line, as a user would. Sizes are real, contents are not.
"""

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from builders import BuiltImage, Item, docker_archive, file, folder, image, layer, opaque, symlink, whiteout
from peer_daemons import docker_20
from peer_registries import registry
from peers import tool

NOW = datetime.now(UTC).replace(microsecond=0)
NOP = "/bin/sh -c #(nop) "
ENV = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

MOTD_1 = "Welcome to the shop, version 2.0\n"
MOTD_2 = "Welcome to the shop, version 2.1\nNew: orders by the dozen.\n"
RUN_PY = '''"""The shop's front door."""

from http.server import HTTPServer, SimpleHTTPRequestHandler

from orders import ORDERS, Order


def open_shop(port: int = 8080) -> None:
    """Serve until someone turns the sign around."""
    with HTTPServer(("", port), SimpleHTTPRequestHandler) as shop:
        print(f"open on {port}, {len(ORDERS)} orders waiting")
        shop.serve_forever()


if __name__ == "__main__":
    ORDERS.append(Order("apples", 12))
    open_shop()
'''
ORDERS_1 = "ORDERS = []\n\n\nclass Order:\n    def __init__(self, what):\n        self.what = what\n"
ORDERS_2 = "ORDERS = []\n\n\nclass Order:\n    def __init__(self, what, dozen):\n        self.what = what\n        self.dozen = dozen\n"


def ago(**how: float) -> str:
    """Give a time before now, as configs write it."""
    return (NOW - timedelta(**how)).strftime("%Y-%m-%dT%H:%M:%SZ")


def step(created: str, created_by: str, *, empty: bool = False) -> dict[str, object]:
    """Make a history entry."""
    return {"created": created, "created_by": created_by} | ({"empty_layer": True} if empty else {})


def _bulk(rng: random.Random, parent: str, names: list[str], total: int) -> list[Item]:
    """Make files in one folder that weigh `total` bytes together."""
    shares = [rng.random() ** 2 + 0.02 for _ in names]
    return [
        file(f"{parent}/{name}", bytes(int(total * share / sum(shares))))
        for name, share in zip(names, shares, strict=True)
    ]


def _debian(busybox: bytes) -> bytes:
    rng = random.Random(12)
    commands = [
        "cat",
        "chmod",
        "chown",
        "cp",
        "date",
        "dd",
        "df",
        "ls",
        "mkdir",
        "mknod",
        "mv",
        "ps",
        "pwd",
        "rm",
        "sed",
        "sh",
        "sleep",
        "tar",
        "touch",
        "true",
        "uname",
    ]
    libraries = [
        "libc.so.6",
        "libm.so.6",
        "libcrypt.so.1",
        "libz.so.1",
        "libssl.so.3",
        "libcrypto.so.3",
        "libstdc++.so.6",
    ]
    names = [
        "apt",
        "dpkg",
        "pam",
        "locale",
        "zoneinfo",
        "perl",
        "terminfo",
        "doc",
        "bash-completion",
        "common-licenses",
    ]
    items = [folder(name) for name in ("bin", "dev", "etc", "etc/apt", "etc/cron.daily", "home", "proc", "root", "sys")]
    items += [
        folder("tmp", mode=0o1777),
        folder("usr"),
        folder("usr/lib"),
        folder("usr/share"),
        folder("var"),
        folder("var/cache"),
    ]
    items += [file("bin/busybox", busybox, mode=0o755), *(symlink(f"bin/{name}", "busybox") for name in commands)]
    items += [
        file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nshop:x:1000:1000::/srv:/bin/sh\n"),
        file("etc/group", "root:x:0:\nshop:x:1000:\n"),
        file("etc/shadow", "root:*:19700:0:99999:7:::\n", mode=0o640, gid=42),
        file("etc/debian_version", "12.7\n"),
        file("etc/hostname", "shop\n"),
        file("etc/apt/sources.list", "deb http://deb.debian.org/debian bookworm main\n"),
        file("etc/cron.daily/apt-compat", "#!/bin/sh\nexit 0\n", mode=0o755),
    ]
    items += _bulk(rng, "usr/lib", libraries, 21_000_000)
    for name in names:
        items += [
            folder(f"usr/share/{name}"),
            *_bulk(rng, f"usr/share/{name}", [f"{name}-{n:02}" for n in range(24)], 4_800_000),
        ]
    items += [folder("var/cache/apt"), *_bulk(rng, "var/cache/apt", ["pkgcache.bin", "srcpkgcache.bin"], 9_400_000)]
    return layer(items)


def _python(version: str, weight: int) -> bytes:
    rng = random.Random(version)
    root = f"usr/lib/python{version}"
    modules = [
        "abc",
        "ast",
        "base64",
        "bisect",
        "calendar",
        "csv",
        "dataclasses",
        "datetime",
        "enum",
        "functools",
        "glob",
        "hashlib",
        "heapq",
        "io",
        "json",
        "os",
        "re",
    ]
    items = [folder("usr"), folder("usr/bin"), folder("usr/lib"), folder(root), folder(f"{root}/json")]
    items += [
        file(f"usr/bin/python{version}", bytes(6_800_000), mode=0o755),
        symlink("usr/bin/python3", f"python{version}"),
    ]
    items += _bulk(rng, root, [f"{name}.py" for name in modules], weight)
    items += _bulk(rng, f"{root}/json", ["__init__.py", "decoder.py", "encoder.py", "scanner.py", "tool.py"], 120_000)
    items += [folder("etc"), file("etc/python.conf", f"version = {version}\n")]
    return layer(items)


def _app(motd: str, orders: str, *, more: list[Item]) -> bytes:
    items = [
        folder("etc"),
        file("etc/motd", motd),
        folder("srv", uid=1000, gid=1000),
        folder("srv/app", uid=1000, gid=1000),
    ]
    items += [
        file("srv/app/run.py", RUN_PY, mode=0o755, uid=1000, gid=1000),
        file("srv/app/orders.py", orders, uid=1000, gid=1000),
        file("srv/app/logo.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>\n", uid=1000, gid=1000),
    ]
    return layer([*items, *more])


def images(busybox: bytes) -> list[BuiltImage]:
    """Make debian:12.7-slim, shop:2.0 and shop:2.1, which share their first two layers."""
    base = _debian(busybox)
    motd = layer([folder("etc"), file("etc/motd", "Debian GNU/Linux comes with ABSOLUTELY NO WARRANTY.\n")])
    clean = layer([folder("var"), folder("var/cache"), opaque("var/cache"), folder("etc"), whiteout("etc/hostname")])
    orders = [file("srv/app/dozen.py", "DOZEN = 12\n", uid=1000, gid=1000)]
    below = [
        step(ago(days=65), f"{NOP}ADD file:9d37c2 in / "),
        step(ago(days=65), f'{NOP} CMD ["bash"]', empty=True),
        step(ago(days=20), "COPY etc/motd /etc/motd # buildkit"),
    ]
    debian = image(
        [base],
        history=below[:2],
        config={"Env": [ENV], "Cmd": ["bash"]},
        tags=["debian:12.7-slim"],
        compress="gzip",
        created=ago(days=65),
    )
    command = ["sh", "-c", "echo open on 8080, 1 orders waiting; while sleep 1; do :; done"]
    about = {"Cmd": command, "WorkingDir": "/srv/app", "User": "", "ExposedPorts": {"8080/tcp": {}}}
    last = f"CMD {command}".replace("'", '"')
    shop_20 = image(
        [base, motd, _python("3.11", 31_000_000), _app(MOTD_1, ORDERS_1, more=[])],
        history=[
            *below,
            step(ago(days=20), "RUN /bin/sh -c apt-get update && apt-get install -y python3=3.11 # buildkit"),
            step(ago(days=20), "COPY app /srv/app # buildkit"),
            step(ago(days=20), last, empty=True),
        ],
        config=about | {"Env": [ENV], "Labels": {"stage": "release", "version": "2.0"}},
        tags=["shop:2.0"],
        compress="gzip",
        created=ago(days=20),
    )
    shop_21 = image(
        [base, motd, _python("3.12", 34_000_000), _app(MOTD_2, ORDERS_2, more=orders), clean],
        history=[
            *below,
            step(ago(days=2), "RUN /bin/sh -c apt-get update && apt-get install -y python3=3.12 # buildkit"),
            step(ago(days=2), "ENV PYTHONUNBUFFERED=1", empty=True),
            step(ago(days=2), "COPY app /srv/app # buildkit"),
            step(ago(days=2), "RUN /bin/sh -c rm -rf /var/cache/* /etc/hostname # buildkit"),
            step(ago(days=2), last, empty=True),
        ],
        config=about | {"Env": [ENV, "PYTHONUNBUFFERED=1"], "Labels": {"stage": "release", "version": "2.1"}},
        tags=["shop:2.1", "shop:latest"],
        compress="gzip",
        created=ago(days=2),
    )
    return [debian, shop_20, shop_21]


def layertui(store: Path, *args: str | Path, stdin: str = "") -> str:
    """Run one verb."""
    argv = [sys.executable, "-m", "layertui", "--store", str(store), *map(str, args)]
    done = subprocess.run(argv, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(argv[2:])}: {done.stderr.strip()}")
    return done.stdout.strip()


def fill(store: Path, folder_: Path) -> None:
    """Put the images and the containers into a store."""
    busybox = Path(tool("busybox").argv[0]).read_bytes()
    layertui(store, "load", docker_archive(images(busybox), folder_ / "shop.tar"))
    layertui(store, "demo", "--no-ui")
    layertui(store, "create", "--name", "kind_banzai", "-ti", "busybox", "sh")
    layertui(store, "run", "-d", "--name", "shop-1", "shop:2.1")
    layertui(store, "write", "shop-1", "/etc/motd", stdin="Closed on Sundays.\n")
    layertui(store, "write", "-p", "shop-1", "/srv/app/orders.json", stdin='[{"what": "apples", "dozen": 12}]\n')
    layertui(store, "unlink", "shop-1", "/srv/app/logo.svg")


def empty(store: Path) -> None:
    """Stop what runs."""
    layertui(store, "rm", "-f", "shop-1", "kind_banzai")


@contextmanager
def besides_docker(archive: Path) -> Iterator[str]:
    """A Docker Engine of its own, with the shop and a container that runs there."""
    with docker_20() as docker:
        docker.run("load", "-q", "-i", archive)
        docker.run("rmi", "shop:2.1", "shop:latest")
        docker.run("run", "-d", "--name", "shop-2", "--network", "none", "shop:2.0")
        os.environ["DOCKER_HOST"] = f"unix://{docker.socket}"
        try:
            yield ""
        finally:
            docker.run("rm", "-f", "shop-2")


@contextmanager
def besides_registry(archive: Path) -> Iterator[str]:
    """A registry on loopback that has the shop."""
    with registry() as served:
        for tag in ("2.0", "2.1"):
            layertui(
                archive.parent / "none",
                "copy",
                f"docker-archive:{archive}:shop:{tag}",
                f"docker://{served.host}/shop:{tag}",
            )
        yield served.host
