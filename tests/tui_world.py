"""An engine in memory, for screens: images from builders, containers that start without a kernel's help."""

import hashlib
import io
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from builders import BuiltImage
from layertui.core.containers.model.container import Container, CreateOptions, State
from layertui.core.containers.model.mount_table import MountLine, MountTable, layers_of
from layertui.core.containers.observe.container_logs import LogLine
from layertui.core.containers.observe.namespaces import Namespaces
from layertui.core.containers.observe.process_list import Running
from layertui.core.containers.observe.resource_usage import Reading
from layertui.core.engines.engine import Engine, ImageSummary, Put
from layertui.core.errors import Conflict, NotFound
from layertui.core.inspector import Inspector
from layertui.core.inspector.opening import Opening
from layertui.core.layers.stack.timeline import Laid
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.table_builder import TableBuilder
from layertui.core.oci.reference import Reference
from layertui.core.settings import Settings
from tui_values import opened

NOW = "2026-01-02T03:05:05Z"
HOST = {
    "mnt": 4026531841,
    "pid": 4026531836,
    "net": 4026531840,
    "uts": 4026531838,
    "ipc": 4026531839,
    "user": 4026531837,
}


@dataclass(frozen=True)
class Line:
    path: str
    kind: str


class Images:
    def __init__(self, *images: BuiltImage) -> None:
        self.all = list(opened(*images))

    def list(self):
        return [
            ImageSummary(
                id=image.id,
                digest=image.descriptor.digest,
                names=image.names,
                diff_ids=tuple(layer.diff_id for layer in image.layers),
                created=image.config.created,
                size=image.stored_size,
                stored_size=image.stored_size,
            )
            for image in self.all
        ]

    def unreadable(self, listed):
        return len(self.all) - len(listed)

    def open(self, name, platform, progress):
        for image in self.all:
            if name in (str(image.id), image.id.short) or name in [ref.familiar for ref in image.names]:
                return image
        raise NotFound(f"{name}: no such image")

    def put(self, image, names, progress, *, clobber=True):
        moved = []
        for at, other in enumerate(self.all):
            lost = [name for name in other.names if name in names and other.id != image.id]
            moved += [(name, other.id) for name in lost]
            self.all[at] = replace(other, names=tuple(name for name in other.names if name not in lost))
        there = next((at for at, other in enumerate(self.all) if other.id == image.id), None)
        if there is None:
            self.all.append(replace(image, names=tuple(names)))
        else:
            self.all[there] = replace(self.all[there], names=tuple(dict.fromkeys((*self.all[there].names, *names))))
        return Put(self.all[-1 if there is None else there], tuple(moved))

    def tag(self, name, new):
        image = self.open(name, None, None)
        self.all[self.all.index(image)] = replace(image, names=(*image.names, new))

    def remove(self, name, *, force=False):
        image = self.open(name, None, None)
        self.all.remove(image)
        return tuple(image.names), (image.id,)


class OwnLayer:
    """Files by path; None marks one as removed."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[bytes, int] | None] = {}

    def table(self):
        builder = TableBuilder()
        for path, content in sorted(self.files.items()):
            key = path.strip("/").encode()
            if content is None:
                builder.whiteout(key)
            else:
                builder.add(key, Kind.FILE, mode=content[1], size=len(content[0]), body=0)
        return builder.build()

    def size(self):
        return sum(len(content[0]) for content in self.files.values() if content)

    def open(self, entry):
        return io.BytesIO(self.files[entry.path][0])

    def write(self, path, source, *, mode=None, owner=None, parents=False):
        self.files["/" + path.strip("/")] = (source.read(), 0o644 if mode is None else mode)

    def unlink(self, path, *, recursive=False):
        self.files["/" + path.strip("/")] = None


class Containers:
    unavailable = None

    def __init__(self, world: "World") -> None:
        self.world = world
        self.all: dict[str, Container] = {}
        self.layers: dict[str, OwnLayer] = {}

    def list(self):
        return list(reversed(self.all.values()))

    def get(self, name):
        for container in self.all.values():
            if name in (container.name, container.id, container.id[:12]):
                return container
        raise NotFound(f"{name}: no such container")

    def create(self, image, named, options):
        name = options.name or "kind_banzai"
        if name in self.all:
            raise Conflict(f"{name}: there is a container of this name; choose another one")
        container = Container(
            id=hashlib.sha256(name.encode()).hexdigest(),
            name=name,
            image=named,
            image_id=image.id,
            manifest=image.descriptor.digest,
            command=options.command or image.config.config.cmd or (),
            created=NOW,
            options=options,
        )
        self.all[name], self.layers[name] = container, OwnLayer()
        return container

    def _become(self, name, **fields):
        container = self.get(name)
        self.all[container.name] = replace(container, **fields)
        return self.all[container.name]

    def start(self, name, progress=None):
        return self._become(name, state=State.RUNNING, pid=4242, started=NOW)

    def stop(self, name, grace=10.0):
        return self._become(name, state=State.EXITED, pid=0, finished="2026-01-02T03:05:09Z", exit_code=137)

    def pause(self, name):
        return self._become(name, state=State.PAUSED, paused_by="signals")

    def unpause(self, name):
        return self._become(name, state=State.RUNNING, paused_by=None)

    def restart(self, name, grace=10.0, progress=None):
        self.stop(name)
        return self.start(name)

    def kill(self, name, signal="KILL"):
        self.world.sent = (self.get(name).name, signal)
        if signal == "KILL":
            self.stop(name)

    def rename(self, name, new):
        container = self.get(name)
        if new in self.all:
            raise Conflict(f"{new}: there is a container of this name; choose another one")
        self.layers[new] = self.layers.pop(container.name)
        self.all[new] = replace(self.all.pop(container.name), name=new)
        return self.all[new]

    def remove(self, name, *, force=False, volumes=False):
        container = self.get(name)
        if container.state.alive and not force:
            raise Conflict(f"{name} runs; stop it first")
        del self.all[container.name]
        return ()

    def logs(self, name, *, follow=False, tail=None, progress=None):
        if self.get(name).started:
            yield LogLine("stdout", NOW, b"ready\n")
            yield LogLine("stderr", NOW, b"warning: \x1b[31mred\x1b[0m\n")

    def namespaces(self, name):
        container = self.get(name)
        if not container.state.alive:
            return Namespaces(container.state, 0, HOST)
        own = ("mnt", "pid", "net", "uts", "ipc")
        theirs = {kind: number + (400 if kind in own else 0) for kind, number in HOST.items()}
        within = dict.fromkeys(HOST, (container.pid, 4243))
        return Namespaces(container.state, container.pid, HOST, theirs, own, within)

    def mounts(self, name):
        container = self.get(name)
        image = self.world.images.open(str(container.image_id), None, None)
        folders = [Path("/store/unpacked", str(chain_id)[7:39]) for chain_id in reversed(image.chain_ids)]
        layers = layers_of(
            Path("/store/containers", container.id, "upper"), [*folders, Path("/mounts")], image.chain_ids
        )
        if not container.state.alive:
            return MountTable(layers)
        root = MountLine("/", "overlay", "overlay", ("rw", "relatime"))
        return MountTable(layers, (root, MountLine("/sys", "sysfs", "sysfs", ("ro", "nosuid"))))

    def processes(self, name):
        begun = datetime(2026, 1, 2, 3, 5, 5, tzinfo=UTC)
        one = Running(4242, 4240, 1, 0, begun, 12.5, None, ("sh", "-c", "sleep 600 & wait"))
        return [one, replace(one, pid=4243, parent=4242, inside=7, seconds=0.0, command=("sleep", "600"))]

    def reading(self, name):
        self.world.readings += 1
        if not self.get(name).state.alive:
            return None
        number = self.world.readings
        return Reading(number, number * number / 50, 3_500_000 + number, 1 << 33, 1200, 300, 1_310_720, 45_056, 2)

    def own_layer(self, name):
        return self.layers[self.get(name).name]

    def own_size(self, name):
        return self.own_layer(name).size()

    def stack(self, name, progress=None):
        container = self.get(name)
        image = self.world.images.open(str(container.image_id), None, None)
        own = self.own_layer(name)
        return self.world.inspector.catalog.stack(image.layers, progress).with_layer(Laid(own.table(), own))

    def diff(self, name, progress=None):
        image = self.world.images.open(str(self.get(name).image_id), None, None)
        below = self.world.inspector.catalog.stack(image.layers, progress).view()
        return [
            Line(path, "D" if content is None else "C" if below.get(path) else "A")
            for path, content in sorted(self.own_layer(name).files.items())
        ]

    def commit(self, name, names=(), **options):
        image = self.world.images.open(str(self.get(name).image_id), None, None)
        self.world.committed = (name, names, options)
        return replace(image, names=tuple(names))

    def export(self, name, out, progress=None):
        out.write(b"the files of " + name.encode())


class World:
    """The engine and an Inspector on it."""

    def __init__(self, folder: Path, *images: BuiltImage) -> None:
        self.inspector = Inspector(Settings(folder))
        self.images = Images(*images)
        self.containers = Containers(self)
        self.committed = None
        self.readings = 0
        engine = Engine("memory", self.images, self.images, self.containers)
        self.inspector.__dict__["engine"] = engine
        self.inspector._opening = Opening(
            lambda: engine,
            lambda: engine,
            lambda container: self.images.open(str(container.image_id), None, None),
            folder / "tmp",
        )

    def container(self, name: str = "kind_banzai", image: str = "demo:2.0", *, running: bool = False) -> str:
        """Make a container that has written something."""
        made = self.inspector.create(image, CreateOptions(name=name))
        self.inspector.write(name, "/etc/motd", io.BytesIO(b"hello from the container\n"))
        self.inspector.write(name, "/1.txt", io.BytesIO(b"one\n"))
        self.inspector.unlink(name, "/srv/app/run.py")
        if running:
            self.inspector.start(name)
        return made.name


def reference(text: str) -> Reference:
    return Reference.parse(text)
