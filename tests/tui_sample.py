"""A fixed sample: images, containers and a stopped clock, with the interface of the Inspector.

Its images are real archives, read by the real code; only their paths are invented, so that a picture of the screen is the
same on every machine.
"""

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, BinaryIO

from builders import docker_archive, file, folder, image, layer, opaque, symlink, whiteout
from layertui.core.containers.model.container import Container, CreateOptions, State
from layertui.core.containers.model.mount_table import MountTable
from layertui.core.containers.observe.container_logs import LogLine
from layertui.core.containers.observe.layer_diff import DiffLine
from layertui.core.containers.observe.namespaces import Namespaces
from layertui.core.containers.observe.process_list import ProcessRow
from layertui.core.containers.observe.resource_usage import UsageSample
from layertui.core.containers.storage.unpacked_layers import mounted_layers
from layertui.core.engines.image_values import ImageSummary
from layertui.core.errors import ImageChoice, NotFound
from layertui.core.images.archive.archive import open_archive
from layertui.core.images.history_steps import Step, steps
from layertui.core.images.image import Image
from layertui.core.inspector.inspector_answers import LayerSummary
from layertui.core.inspector.look.analysis import Analysis
from layertui.core.inspector.look.layer_summaries import content, layer_summaries
from layertui.core.inspector.subject import Subject
from layertui.core.layers.cache.catalog import Catalog
from layertui.core.layers.stack.layer_counts import counts
from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.stack.timeline import StackLayer
from layertui.core.layers.stack.trace import Trace, trace
from layertui.core.layers.table.layer_tar import TarballContent, read_table
from layertui.core.progress import Progress

NOW = datetime(2026, 1, 2, 3, 24, 5, tzinfo=UTC)


def clock() -> datetime:
    """Twenty minutes after the images were made."""
    return NOW


def built(folder_path: Path) -> Path:
    """The archive with the sample's images."""
    root = layer(
        [
            folder("bin"),
            file("bin/busybox", b"\x7fELF" + b"\x02\x01\x01" + bytes(1_131_168), mode=0o755),
            symlink("bin/sh", "busybox"),
            symlink("bin/ls", "busybox"),
            folder("etc"),
            file("etc/motd", b"Welcome.\n"),
            file("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n"),
            file("etc/shadow", b"root:*:::::::\n", mode=0o640, gid=42),
            folder("root", mode=0o700),
            folder("tmp", mode=0o1777),
            folder("usr"),
            folder("usr/lib"),
            *[
                file(f"usr/lib/lib{name}.so.1", bytes(size))
                for name, size in (("crypto", 402_113), ("ssl", 88_072), ("z", 71_912))
            ],
            folder("var"),
            folder("var/cache"),
            *[file(f"var/cache/pkg{number:03}.bin", bytes(1000 + number)) for number in range(40)],
        ]
    )
    config = layer(
        [
            folder("etc"),
            folder("etc/init.d"),
            file("etc/init.d/rcS", b"#!/bin/sh\nmount -a\n", mode=0o755),
            file("etc/hosts", b"127.0.0.1 localhost\n"),
        ]
    )
    python = layer(
        [
            folder("usr"),
            folder("usr/lib"),
            folder("usr/lib/python3"),
            *[
                file(f"usr/lib/python3/mod_{number:02}.py", f"# module {number}\nVALUE = {number}\n".encode() * 3000)
                for number in range(60)
            ],
            file("usr/lib/libz.so.1", bytes(99_000)),
        ]
    )
    motd = layer([folder("etc"), file("etc/motd", b"Hello from demo:2.0\n")])
    app = layer(
        [
            folder("srv"),
            folder("srv/app"),
            file("srv/app/run.py", b"#!/usr/bin/env python3\nprint('hello')\n", mode=0o755),
            file("srv/app/[red]not markup[bold].txt", b"plain\n"),
            file("srv/app/\x1b[31mred\u202e.txt", b"escaped\n"),
            file("srv/app/two\nlines", b"escaped\n"),
        ]
    )
    clean = layer([folder("var"), opaque("var/cache"), whiteout("usr/lib/libssl.so.1")])
    env = {
        "Env": ["PATH=/usr/bin:/bin", "LANG=C.UTF-8"],
        "Cmd": ["sh"],
        "WorkingDir": "/srv/app",
        "Labels": {"org.opencontainers.image.title": "demo"},
    }
    history = [
        "/bin/sh -c #(nop) ADD file:0123456789abcdef in / ",
        '/bin/sh -c #(nop)  CMD ["sh"]',
        "COPY etc /etc # buildkit",
        "RUN /bin/sh -c apk add python3 && rm -rf /root/.cache # buildkit",
        "RUN /bin/sh -c echo Hello from demo:2.0 > /etc/motd # buildkit",
        "ENV PATH=/usr/bin:/bin LANG=C.UTF-8",
        "COPY app /srv/app # buildkit",
        "RUN /bin/sh -c rm -rf /var/cache/* /usr/lib/libssl.so.1 # buildkit",
    ]
    two = image([root, config, python, motd, app, clean], history=history, empty=[1, 5], config=env, tags=["demo:2.0"])
    one = image(
        [root, config, motd],
        history=history[:3] + history[4:5],
        empty=[1],
        config=env,
        tags=["demo:1.0"],
        created="2026-01-02T02:04:05Z",
    )
    base = image(
        [root],
        history=history[:2],
        empty=[1],
        config={"Cmd": ["sh"]},
        tags=["busybox:latest", "registry.example.org/base/busybox:1.37"],
    )
    bare = image([config], history=[], tags=[], created="2025-12-28T03:04:05Z")
    path = folder_path / "sample.tar"
    docker_archive([two, one, base, bare], path)
    return path


class SampleInspector:
    """The Inspector's names, as far as home asks for them."""

    def __init__(self, folder_path: Path) -> None:
        self.archive = open_archive(built(folder_path))
        self.all_images = list(self.archive.images)
        self.catalog = Catalog(None)
        self.engine = _Engine()
        self.damaged_images = 0
        self.images, self.containers = SampleImages(self), SampleContainers(self)
        self.analysis = Analysis(self.stack, self.history, lambda: self.catalog)
        two = self.all_images[0]
        self.all_containers: list[Container] = [
            _container(two, "kind_banzai", "c1" * 32, State.RUNNING, pid=4711, started="2026-01-02T03:24:01Z"),
            _container(two, "test_export", "d2" * 32, State.CREATED),
            _container(
                self.all_images[2],
                "calm_euler",
                "e3" * 32,
                State.EXITED,
                started="2026-01-02T03:10:00Z",
                finished="2026-01-02T03:10:05Z",
            ),
        ]
        self.own = layer(
            [
                folder("etc"),
                file("etc/motd", b"Changed in the container.\n"),
                file("etc/shop.conf", b"port = 80\n"),
                file("1.txt", b"hello\n"),
                whiteout("srv/app/run.py"),
            ]
        )

    def of(self, engine: str) -> "SampleInspector":
        return self

    def engine_names(self) -> list[str]:
        return ["embedded"]

    def platforms(self, subject: Subject) -> list[ImageChoice]:
        return []

    def open(
        self, name: str, platform: object = None, progress: Progress | None = None, *, or_container: bool = False
    ) -> Subject:
        del platform, progress, or_container
        if name.startswith("container:"):
            container = self.containers.get(name.removeprefix("container:"))
            return Subject(name, self.image_named(container.image), container)
        return Subject(name, self.image_named(name))

    def image_named(self, name: str) -> Image:
        for one in self.all_images:
            if name == str(one.id) or name in [ref.familiar for ref in one.names]:
                return one
        raise NotFound(f"no image {name} in the store", "`layertui images` lists the images")

    def bytes_to_fetch(self, subject):
        return 0

    def history(self, subject: Subject, *, sizes: bool = True) -> tuple[Step, ...]:
        return steps(subject.image, (lambda part: self.catalog.content_sizes([part])[0]) if sizes else None)

    def stack(self, subject: Subject, progress: Progress | None = None) -> Stack:
        stack = self.catalog.stack(subject.image.layers, progress)
        if subject.container is None:
            return stack
        own = self.own if subject.container.name == "kind_banzai" else layer([])
        table = read_table(io.BytesIO(own))
        return stack.with_layer(StackLayer(table, TarballContent(table, lambda: io.BytesIO(own))))

    def layers(self, subject: Subject, progress: Progress | None = None) -> list[LayerSummary]:
        return layer_summaries(subject, counts(self.stack(subject, progress)), self.history(subject, sizes=False))

    def read(
        self,
        subject: Subject,
        path: str,
        *,
        upto: int | None = None,
        only: int | None = None,
        progress: Progress | None = None,
    ) -> BinaryIO:
        stack = self.stack(subject, progress)
        return content(stack.alone(only) if only else stack.view(upto), path)

    def trace(self, subject: Subject, path: str, *, deep: bool = False, progress: Progress | None = None) -> Trace:
        return trace(self.stack(subject, progress), path, deep=deep)


class SampleImages:
    """`Inspector.images`, as far as home asks for it."""

    def __init__(self, inspector: SampleInspector) -> None:
        self._inspector = inspector

    def unreadable(self, listed: Sequence[ImageSummary]) -> int:
        return self._inspector.damaged_images

    def list(self) -> Sequence[ImageSummary]:
        return [
            ImageSummary(
                id=one.id,
                digest=one.digest,
                names=one.names,
                diff_ids=one.diff_ids,
                created=one.config.created,
                architecture="amd64",
                os="linux",
                size=sum(self._inspector.catalog.content_sizes(one.layers)),
                stored_size=sum(part.size for part in one.layers),
            )
            for one in self._inspector.all_images
        ]


class SampleContainers:
    """`Inspector.containers`, as far as home asks for it; it is all its parts itself."""

    def __init__(self, inspector: SampleInspector) -> None:
        self._inspector = inspector
        self.lifecycle = self.processes = self.output = self.observation = self.files = self
        self.unavailable: str | None = None

    def list(self) -> Sequence[Container]:
        return list(self._inspector.all_containers)

    def get(self, name: str) -> Container:
        for one in self._inspector.all_containers:
            if name in (one.name, one.id):
                return one
        raise NotFound(f"no container {name}")

    def own_size(self, name: str) -> int:
        return 42 if self.get(name).name == "kind_banzai" else 0

    def logs(self, name: str, *, follow: bool = False, tail: int | None = None) -> Sequence[LogLine]:
        del follow, tail
        if self.get(name).state == "created":
            return []
        return [
            LogLine("stdout", "2026-01-02T03:24:01Z", b"listening on port 80\n"),
            LogLine("stderr", "2026-01-02T03:24:02Z", b"warning: \x1b[31mred\x1b[0m stays plain\n"),
        ]

    def namespaces(self, name: str) -> Namespaces:
        container = self.get(name)
        host = {
            "mnt": 4026531841,
            "pid": 4026531836,
            "net": 4026531840,
            "uts": 4026531838,
            "ipc": 4026531839,
            "user": 4026531837,
            "cgroup": 4026531835,
        }
        if container.state != "running":
            return Namespaces(container.state, 0, host)
        own = {kind: number + 700 if kind not in ("user", "cgroup") else number for kind, number in host.items()}
        return Namespaces(
            container.state, container.pid, host, own, tuple(kind for kind in host if own[kind] != host[kind])
        )

    def mounts(self, name: str) -> MountTable:
        image = self._inspector.image_named(self.get(name).image)
        folders = [Path("/store/unpacked", str(chain_id)[7:39]) for chain_id in reversed(image.chain_ids)]
        return MountTable(
            mounted_layers(Path("/store/containers", self.get(name).id, "upper"), folders, image.chain_ids)
        )

    def top(self, name: str) -> Sequence[ProcessRow]:
        del name
        begun = datetime(2026, 1, 2, 3, 24, 1, tzinfo=UTC)
        return [ProcessRow(4711, 4710, 1, 0, begun, 0.5, None, ("sh", "-c", "while true; do date; sleep 1; done"))]

    def reading(self, name: str) -> UsageSample | None:
        del name
        return UsageSample(1.0, 0.5, 692_000, 1 << 33, 0, 0, 0, 0, 2)

    def diff(self, name: str, progress: Progress | None = None) -> Sequence[DiffLine]:
        del progress
        if self.get(name).name != "kind_banzai":
            return []
        return [
            DiffLine("/1.txt", "A"),
            DiffLine("/etc/motd", "C"),
            DiffLine("/etc/shop.conf", "A"),
            DiffLine("/srv/app/run.py", "D"),
        ]

    def start(self, name: str, progress: Progress | None = None) -> Container:
        return self._become(name, state=State.RUNNING, pid=815, started="2026-01-02T03:24:05Z")

    def stop(self, name: str, grace: float = 10.0) -> Container:
        del grace
        return self._become(name, state=State.EXITED, pid=0, exit_code=143, finished="2026-01-02T03:24:05Z")

    def _become(self, name: str, **changes: Any) -> Container:
        now = replace(self.get(name), **changes)
        self._inspector.all_containers = [now if one.id == now.id else one for one in self._inspector.all_containers]
        return now


class _Engine:
    name = "embedded"
    images = object()
    sink = object()
    read_only = None
    containers = SimpleNamespace(processes=object(), files=object())


def _container(of: Image, name: str, ident: str, state: State, **more: Any) -> Container:
    return Container(
        id=ident,
        name=name,
        image=of.names[0].familiar,
        image_id=of.id,
        manifest=of.digest,
        command=("sh", "-c", "while true; do date; sleep 1; done"),
        created="2026-01-02T03:09:00Z",
        state=state,
        options=CreateOptions(),
        **more,
    )
