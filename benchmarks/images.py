"""Images to measure on: seeded, with valid DiffIDs and history, as `docker save` archives.

    python benchmarks/images.py deb /tmp/deb.tar --scale 0.5

Kinds: `deb` real files of this machine, an upgrade, a chown, a purge; `many` 120 layers; `smallnw` a world of
node_modules; `huge` few big files, half of them incompressible; `wh` a thousand files removed one by one; `tiny`
three small layers. The same kind, scale and seed give the same archive (of `deb`: on the same machine).
"""

import argparse
import io
import os
import random
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tars import ArchiveWriter, LayerWriter


def words(rng: random.Random, size: int) -> bytes:
    """Give text that compresses about as source code does."""
    pieces = [b"%x" % rng.getrandbits(24) for _ in range(64)]
    out = io.BytesIO()
    while out.tell() < size:
        out.write(b" ".join(rng.choices(pieces, k=12)) + b"\n")
    return out.getvalue()[:size]


@dataclass(frozen=True)
class Found:
    """A file of this machine."""

    path: str  # "usr/bin/env"
    mode: int
    size: int
    link: str | None


def machine_files(limit: int, rng: random.Random) -> list[Found]:
    """Give real files below /usr, whole folders of them in a seeded order, up to `limit` bytes; no big ones."""
    folders: dict[str, list[Found]] = {}
    for parent, names, files in os.walk("/usr"):
        names[:] = sorted(name for name in names if name not in {"local", "src"})
        here: list[Found] = []
        for name in sorted(files):
            path = f"{parent}/{name}"
            try:
                status = os.lstat(path)
            except OSError:
                continue
            if stat.S_ISLNK(status.st_mode):
                here.append(Found(path[1:], 0o777, 0, os.readlink(path)))
            elif stat.S_ISREG(status.st_mode) and status.st_size < 30_000_000:
                here.append(Found(path[1:], stat.S_IMODE(status.st_mode), status.st_size, None))
        folders[parent] = here
    order = sorted(folders)
    rng.shuffle(order)
    taken: list[Found] = []
    total = 0
    for folder in order:
        size = sum(found.size for found in folders[folder])
        if total + size <= limit:
            total += size
            taken += folders[folder]
    return sorted(taken, key=lambda found: found.path)


def put_found(layer: LayerWriter, found: Found, *, uid: int = 0, more: bytes = b"") -> None:
    """Write a file of this machine into a layer."""
    layer.folder(os.path.dirname(found.path))
    if found.link is not None:
        layer.symlink(found.path, found.link)
        return
    try:
        content = Path("/", found.path).read_bytes()
    except OSError:
        return
    layer.file(found.path, content + more, mode=found.mode, uid=uid)


def deb(archive: ArchiveWriter, rng: random.Random, scale: float) -> None:
    """Real files of a Debian machine, an upgrade, a chown, a purge: 11 layers."""
    files = machine_files(int(1_500_000_000 * scale), rng)
    folders = sorted({os.path.dirname(found.path) for found in files})
    half = len(files) // 2
    with archive.layer("ADD rootfs.tar.xz / # debian bookworm") as layer:
        for found in files[:half]:
            put_found(layer, found)
    archive.metadata('CMD ["bash"]')
    with archive.layer("RUN apt-get update && apt-get install -y --no-install-recommends build-essential") as layer:
        for found in files[half:]:
            put_found(layer, found)
    archive.metadata("ENV LANG=C.UTF-8")
    with archive.layer("RUN apt-get upgrade -y") as layer:
        for found in rng.sample(files, len(files) // 12):
            put_found(layer, found, more=b"\n")
    owned = rng.sample(folders, max(1, len(folders) // 40))
    with archive.layer("RUN chown -R app:app /usr/share") as layer:
        for found in files:
            if os.path.dirname(found.path) in set(owned):
                put_found(layer, found, uid=1000)
    gone = rng.sample(files, min(len(files), 47))
    with archive.layer("RUN apt-get purge -y && rm -rf /usr/share/doc") as layer:
        for found in gone:
            layer.folder(os.path.dirname(found.path))
            layer.whiteout(found.path)
    for number in range(12):
        folder = folders[rng.randrange(len(folders))]
        if number % 2 == 0:
            with archive.layer(f"COPY part-{number} /{folder}") as layer:
                layer.opaque(folder)
                layer.file(f"{folder}/part-{number}", words(rng, 20_000))


def many(archive: ArchiveWriter, rng: random.Random, scale: float) -> None:
    """120 layers of some hundred files each, a whiteout now and then."""
    known: list[str] = []
    for number in range(120):
        with archive.layer(f"RUN make step-{number}") as layer:
            for _ in range(max(1, int(105 * scale))):
                path = f"opt/app/part{rng.randrange(40)}/dir{rng.randrange(30)}/f{rng.randrange(10**6):06}.py"
                layer.folder(os.path.dirname(path))
                layer.file(path, words(rng, rng.randrange(1_000, 28_000)))
                known.append(path)
            if number % 10 == 9:
                layer.opaque(f"opt/app/part{rng.randrange(40)}/dir{rng.randrange(30)}")
            for path in rng.sample(known, 2 if number else 0):
                layer.folder(os.path.dirname(path))
                layer.whiteout(path)
        if number % 5 == 0:
            archive.metadata(f"ENV STEP={number}")


def smallnw(archive: ArchiveWriter, rng: random.Random, scale: float) -> None:
    """A monorepo's node_modules: 762,000 entries in five layers, no whiteouts.

    One big `npm ci` has nine tenths of them, smaller ones put more packages beside those; in the order in which a folder is
    walked, as builders write layers. Spread evenly over five folders that have nothing in common, as they were here before,
    the same entries are two and a half times as easy for dive's UI, which keeps a tree for each pair of layers, each with
    all that lies below; for ours they are as easy, or as hard.
    """
    bodies = [words(rng, rng.randrange(40, 2_000)) for _ in range(200)]
    inside = ("cjs", "dist", "esm", "helpers", "internal", "lib", "operators", "src", "test", "types", "utils")
    folders = sorted({"/".join(rng.choices(inside, k=rng.randrange(1, 5))) for _ in range(80)})
    steps = ("ci", "install --workspace tools", "install --workspace site", "install eslint", "rebuild")
    for step, share in zip(steps, (0.9, 0.04, 0.03, 0.02, 0.01), strict=True):
        wanted, paths = int(762_000 * scale * share), set[str]()
        entries = set[str]()
        while len(entries) < wanted:
            scope = f"@{rng.randrange(100):02}/" if rng.random() < 0.5 else ""
            root = f"srv/app/packages/app-{rng.randrange(40):02}/node_modules/{scope}pkg-{rng.getrandbits(32):08x}"
            files = [
                f"{root}/{folder}/{rng.getrandbits(32):08x}.js" for folder in rng.choices(folders, k=12) for _ in "123"
            ]
            files.append(f"{root}/package.json")
            paths.update(files)
            for path in files:
                while path not in entries and path:
                    entries.add(path)
                    path = path.rpartition("/")[0]  # noqa: PLW2901  (upwards)
        with archive.layer(f"RUN npm {step}") as layer:
            for path in sorted(paths, key=lambda path: path.split("/")):
                layer.folder(os.path.dirname(path))
                layer.file(path, rng.choice(bodies))


def huge(archive: ArchiveWriter, rng: random.Random, scale: float) -> None:
    """Few big files, half of them incompressible."""
    for number in range(6):
        with archive.layer(f"COPY model-{number}.bin /models/") as layer:
            layer.folder("models")
            for part in range(3):
                noise = (rng.randbytes(1 << 20) for _ in iter(int, 1))
                text = iter(lambda: words(rng, 1 << 12) * 256, None)
                size = int(90_000_000 * scale)
                layer.big(f"models/model-{number}-{part}.bin", size, noise if part % 2 else text)
            if number == 5:
                layer.whiteout("models/model-0-0.bin")


def wh(archive: ArchiveWriter, rng: random.Random, scale: float) -> None:
    """A thousand files removed one by one, and a few folders emptied."""
    paths = [f"var/lib/d{n % 300:03}/e{n % 7}/f{n:06}" for n in range(int(17_500 * scale))]
    with archive.layer("ADD world /") as layer:
        for path in paths:
            layer.folder(os.path.dirname(path))
            layer.file(path, words(rng, 300))
    with archive.layer("RUN rm the old") as layer:
        for path in rng.sample(paths, min(len(paths) // 2, 1000)):
            layer.folder(os.path.dirname(path))
            layer.whiteout(path)
    with archive.layer("RUN empty some") as layer:
        for number in rng.sample(range(300), 20):
            layer.opaque(f"var/lib/d{number:03}/e{number % 7}")
    with archive.layer("RUN write again") as layer:
        layer.folder("var/lib/d000/e0")
        layer.file("var/lib/d000/e0/new", b"new\n")


def tiny(archive: ArchiveWriter, rng: random.Random, scale: float) -> None:  # noqa: ARG001  (tiny is tiny)
    """Three small layers: 600 names, one whiteout, one folder emptied."""
    with archive.layer("ADD rootfs /") as layer:
        for folder in ("bin", "etc", "tmp"):
            layer.folder(folder)
        layer.file("bin/busybox", rng.randbytes(1_900_000), mode=0o755)
        for number in range(600):
            layer.symlink(f"bin/applet{number:03}", "busybox")
    with archive.layer("RUN configure") as layer:
        layer.folder("etc/conf.d")
        for number in range(40):
            layer.file(f"etc/conf.d/{number}", words(rng, 2_000))
    archive.metadata('CMD ["sh"]')
    with archive.layer("RUN clean") as layer:
        layer.opaque("etc/conf.d")
        layer.whiteout("bin/applet000")
        layer.file("etc/motd", b"hello\n")


KINDS: dict[str, Callable[[ArchiveWriter, random.Random, float], None]] = {
    "tiny": tiny,
    "many": many,
    "deb": deb,
    "huge": huge,
    "smallnw": smallnw,
    "wh": wh,
}


def make(kind: str, path: Path, *, scale: float = 1.0, seed: int = 1) -> str:
    """Write an archive of a kind and give the image's ID."""
    rng = random.Random(f"{kind} {seed}")
    archive = ArchiveWriter(path, f"bench-{kind}:{scale:g}")
    KINDS[kind](archive, rng, scale)
    return archive.close()


def cached(kind: str, folder: Path, *, scale: float = 1.0, seed: int = 1) -> Path:
    """Give the archive of a kind, made before or made now."""
    path = folder / f"{kind}-{scale:g}-{seed}.tar"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".part")
        make(kind, beside, scale=scale, seed=seed)
        beside.rename(path)
    return path


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("path", type=Path)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    print(make(chosen.kind, chosen.path, scale=chosen.scale, seed=chosen.seed))
    sys.exit(0)
