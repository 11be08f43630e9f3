"""Two images parted after their second layer, and what can be said of them: values for the widgets' tests."""

import io
import tarfile
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from builders import BuiltImage, Item, docker_archive, file, folder, image, layer, opaque, whiteout
from layertui.core.images.archive.archive import open_archive
from layertui.core.images.compare.compare_images import Comparison, compare
from layertui.core.images.history_steps import steps
from layertui.core.images.image import Image
from layertui.core.inspector.look.compare_subjects import file_changes
from layertui.core.layers.cache.catalog import Catalog
from layertui.core.layers.diff.file_changes import Changes
from layertui.core.layers.stack.trace import PathVersion, Trace
from layertui.core.layers.table.entry import Entry, Kind
from layertui.core.progress import Progress

BASE = layer([folder("bin"), file("bin/sh", b"#" * 71_900, mode=0o755), folder("etc"), file("etc/motd", b"")])
ETC = layer([folder("etc"), file("etc/motd", b"welcome to the demo\n" * 55), file("etc/passwd", b"root:x:0:0:::\n")])
MOTD = layer([folder("etc"), file("etc/motd", b"hello from layer 3")])
PYTHON_11 = layer([folder("usr"), folder("usr/lib"), file("usr/lib/python3.11.so", b"x" * 4_700_000)])
PYTHON_12 = layer([folder("usr"), folder("usr/lib"), file("usr/lib/python3.12.so", b"x" * 5_112_000)])
APP = layer([folder("srv"), folder("srv/app"), file("srv/app/run.py", b"print('hi')\n" * 260, mode=0o755)])
CLEAN = layer([folder("var"), folder("var/cache"), opaque("var/cache"), whiteout("etc/passwd")])

NOP = "/bin/sh -c #(nop) "
ONE_HISTORY = [
    NOP + " ADD file:b81d in /",
    NOP + ' CMD ["sh"]',
    "COPY etc /etc # buildkit",
    "RUN /bin/sh -c : > /etc/motd # buildkit",
    "RUN /bin/sh -c apk add python3=3.11 # buildkit",
    "ENV PATH=/srv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "COPY app /srv/app # buildkit",
    'CMD ["python3", "/srv/app/run.py"]',
]
TWO_HISTORY = [
    *ONE_HISTORY[:4],
    "RUN /bin/sh -c apk add python3=3.12 # buildkit",
    "ENV PATH=/srv/app/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "COPY app /srv/app # buildkit",
    "RUN /bin/sh -c rm -rf /var/cache/* && rm /etc/passwd # buildkit",
]


def built() -> tuple[BuiltImage, BuiltImage]:
    """Make demo:1.0 and demo:2.0."""
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    one = image(
        [BASE, ETC, MOTD, PYTHON_11, APP],
        history=ONE_HISTORY,
        empty=[1, 5, 7],
        config={"Env": [f"PATH=/srv/bin:{path}"], "Cmd": ["python3", "/srv/app/run.py"], "WorkingDir": "/srv"},
        tags=["demo:1.0"],
    )
    two = image(
        [BASE, ETC, MOTD, PYTHON_12, APP, CLEAN],
        history=TWO_HISTORY,
        empty=[1, 5],
        config={"Env": [f"PATH=/srv/app/bin:{path}"], "Cmd": ["sh"], "Labels": {"stage": "release"}},
        tags=["demo:2.0"],
    )
    return one, two


def flat() -> BuiltImage:
    """Make what an import of an export of demo:2.0 gives."""
    content = layer(
        [
            folder("bin"),
            file("bin/sh", b"#" * 71_900, mode=0o755),
            folder("etc"),
            file("etc/motd", b"hello from layer 3"),
            folder("srv"),
            folder("srv/app"),
            file("srv/app/run.py", b"print('hi')\n" * 260, mode=0o755),
            folder("usr"),
            folder("usr/lib"),
            file("usr/lib/python3.12.so", b"x" * 5_112_000),
            folder("var"),
            folder("var/cache"),
        ]
    )
    history = [{"created": "2026-01-02T03:04:05Z", "created_by": "", "comment": "Imported from -"}]
    return image([content], history=history, tags=["flat:1"])


def opened(*images: BuiltImage) -> tuple[Image, ...]:
    """Read them as an archive."""
    with tempfile.TemporaryDirectory() as folder:  # what is open can be read though it is gone
        return open_archive(docker_archive(list(images), Path(folder) / "images.tar")).images


def sizes(layer_) -> int:
    """Sum the files of a layer, by the standard library."""
    with layer_.open() as raw, tarfile.open(fileobj=io.BytesIO(raw.read())) as tar:
        return sum(member.size for member in tar if member.isfile())


@cache
def comparison() -> Comparison:
    """Compare demo:1.0 and demo:2.0."""
    one, two = opened(*built())
    return compare(one, two, steps(one, sizes), steps(two, sizes))


def entry(
    path: str, size: int = 0, *, kind: Kind = Kind.FILE, mode: int = 0o644, layer: int = 1, mtime: int = 0
) -> Entry:
    """Make an entry."""
    return Entry(path=path, kind=kind, mode=mode, uid=0, gid=0, size=size, mtime=mtime, layer=layer)


def differences(one: Iterable[Item], other: Iterable[Item]) -> Changes:
    """What differs between two images of one layer each."""
    views = [
        Catalog(None).stack(image_.layers).view() for items in (one, other) for image_ in opened(image([layer(items)]))
    ]
    return file_changes(*views, (), Progress())


def changes() -> Changes:
    """What differs between two small trees: added, removed, modified in content, mode, owner, time and type."""
    python = [file(f"usr/lib/python3.12/{name}.py", b"x" * 1800) for name in ("os", "re", "sys")]
    common = [folder("etc"), folder("srv"), folder("usr"), folder("usr/lib")]
    return differences(
        [
            *common,
            file("etc/motd", b"m" * 1100),
            file("etc/passwd", b"root:x:0:0:::\n"),
            file("srv/run.sh", b"#!/bin/sh\n"),
            file("srv/owned", b"o"),
            file("srv/touched", b"t"),
            folder("srv/turned"),
            file("usr/lib/python3.11.so", b"x" * 47_000),
        ],
        [
            *common,
            file("etc/motd", b"hello from layer 3"),
            file("srv/run.sh", b"#!/bin/sh\n", mode=0o755),
            file("srv/owned", b"o", uid=1000),
            file("srv/touched", b"t", mtime=9),
            file("srv/turned", b"now a file"),
            folder("usr/lib/python3.12"),
            *python,
            file("usr/lib/python3.12.so", b"x" * 51_000),
        ],
    )


def trace() -> Trace:
    """Answer for /etc/motd, from the top down."""
    return Trace(
        "/etc/motd",
        True,
        3,
        (
            PathVersion(7, "absent"),
            PathVersion(6, "absent"),
            PathVersion(5, "absent"),
            PathVersion(4, "absent"),
            PathVersion(3, "present", True, entry("/etc/motd", 18, layer=3)),
            PathVersion(2, "present", False, entry("/etc/motd", 1100, layer=2)),
            PathVersion(1, "present", False, entry("/etc/motd", 0, layer=1)),
        ),
    )
