"""An engine in memory, for screens: images from builders, containers that start without a kernel's help."""

import io
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from builders import BuiltImage
from builders.layers import MTIME
from layertui.core.containers.model.container import CreateOptions
from layertui.core.containers.model.mount_table import MountEntry, MountTable
from layertui.core.containers.observe.container_logs import LogLine
from layertui.core.containers.observe.namespaces import Namespaces
from layertui.core.containers.observe.process_list import ProcessRow
from layertui.core.containers.observe.resource_usage import UsageSample
from layertui.core.containers.storage.unpacked_layers import mounted_layers
from layertui.core.errors import NotFound
from layertui.core.inspector import Inspector
from layertui.core.oci.reference import Reference
from layertui.core.settings import Settings
from memory_engine import NAME, MemoryContainers, MemoryFiles, memory_engine
from tui_values import opened

NOW = "2026-01-02T03:05:05Z"
LATER = "2026-01-02T03:05:09Z"
HOST = {
    "mnt": 4026531841,
    "pid": 4026531836,
    "net": 4026531840,
    "uts": 4026531838,
    "ipc": 4026531839,
    "user": 4026531837,
}


class Canned:
    """Output, observation and processes of containers that run nothing: the same each time."""

    def __init__(self, containers: MemoryContainers) -> None:
        self._containers = containers
        self.readings = 0

    def logs(self, name, *, follow=False, tail=None, progress=None):
        if self._containers.get(name).started:
            yield LogLine("stdout", NOW, b"ready\n")
            yield LogLine("stderr", NOW, b"warning: \x1b[31mred\x1b[0m\n")

    def namespaces(self, name):
        container = self._containers.get(name)
        if not container.state.alive:
            return Namespaces(container.state, 0, HOST)
        own = ("mnt", "pid", "net", "uts", "ipc")
        theirs = {kind: number + (400 if kind in own else 0) for kind, number in HOST.items()}
        within = dict.fromkeys(HOST, (container.pid, 4243))
        return Namespaces(container.state, container.pid, HOST, theirs, own, within)

    def mounts(self, name):
        container = self._containers.get(name)
        image = self._containers.image(container)
        folders = [Path("/store/unpacked", str(chain_id)[7:39]) for chain_id in reversed(image.chain_ids)]
        layers = mounted_layers(
            Path("/store/containers", container.id, "upper"), [*folders, Path("/mounts")], image.chain_ids
        )
        if not container.state.alive:
            return MountTable(layers)
        root = MountEntry("/", "overlay", "overlay", ("rw", "relatime"))
        return MountTable(layers, (root, MountEntry("/sys", "sysfs", "sysfs", ("ro", "nosuid"))))

    def top(self, name):
        begun = datetime(2026, 1, 2, 3, 5, 5, tzinfo=UTC)
        one = ProcessRow(4242, 4240, 1, 0, begun, 12.5, None, ("sh", "-c", "sleep 600 & wait"))
        return [one, replace(one, pid=4243, parent=4242, inside=7, seconds=0.0, command=("sleep", "600"))]

    def reading(self, name):
        self.readings += 1
        if not self._containers.get(name).state.alive:
            return None
        number = self.readings
        return UsageSample(number, number * number / 50, 3_500_000 + number, 1 << 33, 1200, 300, 1_310_720, 45_056, 2)


class Dated(MemoryFiles):
    """Writable layers whose files have no time and whose folders have that of the images', so that each picture is the same."""

    def writable_layer(self, name):
        own = super().writable_layer(name)
        for path in [own.upper, *own.upper.rglob("*")]:
            time = MTIME if path.is_dir() else 0
            os.utime(path, (time, time), follow_symlinks=False)
        return own


class World:
    """The engine in memory and an Inspector on it."""

    def __init__(self, folder: Path, *images: BuiltImage) -> None:
        self.inspector = Inspector(Settings(folder, engine=NAME), {NAME: self._engine})
        self._built = images
        self.images, self.containers = self.inspector.engine.images, self.inspector.engine.containers

    def _engine(self, settings, catalog):
        made = memory_engine(
            settings.store / "layers",
            *opened(*self._built),
            catalog=catalog,
            now=NOW,
            later=LATER,
            pid=4242,
            name="kind_banzai",
        )
        canned = Canned(made.containers)
        made.containers.output = made.containers.observation = made.containers.processes = canned
        made.containers.files = Dated(made.containers)
        return made

    def container(self, name: str = "kind_banzai", image: str = "demo:2.0", *, running: bool = False) -> str:
        """Make a container that has written something."""
        made = self.inspector.containers.create(image, CreateOptions(name=name))
        self.inspector.containers.files.writable_layer(name).write(
            "/etc/motd", io.BytesIO(b"hello from the container\n")
        )
        self.inspector.containers.files.writable_layer(name).write("/1.txt", io.BytesIO(b"one\n"))
        self.inspector.containers.files.writable_layer(name).unlink("/srv/app/run.py")
        if running:
            self.inspector.containers.lifecycle.start(name)
        return made.name

    def file(self, name: str, path: str) -> tuple[bytes, int] | None:
        """The content and the mode of a file that a container sees; None where it sees none."""
        subject = self.inspector.open(f"container:{name}")
        try:
            entry = self.inspector.view(subject).resolve(path)
        except NotFound:
            return None
        with self.inspector.read(subject, path) as content:
            return content.read(), entry.mode


def reference(text: str) -> Reference:
    return Reference.parse(text)
