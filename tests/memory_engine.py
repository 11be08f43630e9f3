"""An engine of the tests' own: images and containers in memory, writable layers in a folder, and no process.

It is not a fake: it passes tests/contracts for every part that it offers. What it does not offer is None: it runs nothing, so there are
no processes, no output and nothing to observe. tui_world.py gives it canned ones, for screens.
"""

import hashlib
import io
import os
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

from layertui.core.containers.model.container import STOP_SIGNAL, Container, State, require
from layertui.core.containers.model.container_names import checked, random_name
from layertui.core.containers.model.id_ranges import ids
from layertui.core.containers.model.process_identity import signal_number
from layertui.core.containers.model.run_config import command_of, config_of, require_absolute
from layertui.core.containers.observe.layer_diff import diff
from layertui.core.containers.rootfs.sidecar import Sidecar
from layertui.core.containers.rootfs.stopped_root import StoppedRoot
from layertui.core.containers.rootfs.writable_layer import UpperLayer
from layertui.core.engines.engine import Engine
from layertui.core.engines.image_values import Put, Removed, summary
from layertui.core.errors import Ambiguous, Conflict, NotFound, WrongState
from layertui.core.images.build_image import BuiltBlob, with_layer
from layertui.core.images.image_choice import choose_image
from layertui.core.layers.stack.timeline import StackLayer
from layertui.core.layers.write.capture import capture
from layertui.core.layers.write.flatten import flatten
from layertui.core.oci.descriptor import Descriptor
from layertui.core.oci.digest import DiffID, digest_of
from layertui.core.oci.image_config import HistoryEntry
from layertui.core.oci.media_types import OCI_LAYER
from layertui.core.progress import quiet

NAME = "memory"


class MemoryImages:
    """Images, and an ImageSink that cannot make images of tars."""

    def __init__(self, *images):
        self.all = list(images)
        self.users = lambda image: []

    def list(self):
        return [replace(summary(image), size=image.stored_size) for image in self.all]

    def unreadable(self, listed):
        return 0

    def open(self, name, platform, progress):
        try:
            image = choose_image(NAME, self.all, [() for _ in self.all], name)
        except NotFound as error:
            raise NotFound(f"{name}: no such image") from error
        if platform is not None and not image.platform.fits(platform):
            raise NotFound(f"{name} is for {image.platform}; there is none for {platform}")
        return image

    def put(self, image, names, progress, *, clobber=True, event="load"):
        moved = [(name, one.id) for one in self.all for name in one.names if name in names and one.id != image.id]
        if moved and not clobber:
            raise Conflict(f"{moved[0][0].familiar} is image {moved[0][1].short} already")
        there = next((one for one in self.all if one.id == image.id), None)
        if there is None:
            image = replace(image, blobs=BuiltBlob({layer.digest: _content(layer) for layer in image.layers}))
        named = tuple(dict.fromkeys((*(there.names if there else ()), *names)))
        kept = replace(there or image, names=named)
        self.all = [
            replace(one, names=tuple(name for name in one.names if name not in names)) if one is not there else kept
            for one in self.all
        ] + ([kept] if there is None else [])
        return Put(kept, tuple(moved))

    def tag(self, name, new):
        self.put(self.open(name, None, quiet()), [new], quiet())

    def untag(self, name):
        self.all = [replace(one, names=tuple(other for other in one.names if other != name)) for one in self.all]

    def remove(self, name, *, force=False):
        image = self.open(name, None, quiet())
        own = next((one for one in image.names if name in (one.familiar, str(one), one.name)), None)
        if own is not None and len(image.names) > 1:
            left = tuple(one for one in image.names if one != own)
            self.all = [replace(one, names=left) if one is image else one for one in self.all]
            return Removed((own,))
        if len(image.names) > 1 and not force:
            raise Conflict(f"image has several names: {', '.join(one.familiar for one in image.names)}")
        if not force and (users := self.users(image)):
            raise Conflict(f"image {name} is in use by container {', '.join(users)}")
        self.all = [one for one in self.all if one is not image]
        return Removed(image.names, (image.id,))


class MemoryContainers:
    """Containers by name; `folder` is for their writable layers."""

    processes = output = observation = survey = None

    def __init__(self, images, folder, catalog, *, now=None, later=None, pid=None, name=None):
        """`now`, `later` (its end), `pid` and `name` (if it is given none): what each container gets, where that is to be the same each time."""
        self.images, self.folder, self.catalog, self.pid = images, folder, catalog, pid
        self.now = (lambda: now) if now else (lambda: datetime.now(UTC).isoformat())
        self.later = (lambda: later) if later else self.now
        self.all = {}
        self.made_up = (lambda: name) if name else (lambda: random_name(lambda one: one in self.all))
        self.lifecycle = MemoryLifecycle(self)
        self.files = MemoryFiles(self)
        images.users = lambda image: [one.name for one in self.all.values() if one.image_id == image.id]

    def list(self):
        return list(reversed(self.all.values()))

    def get(self, name):
        name = name.removeprefix("/")
        found = [one for one in self.all.values() if name in (one.name, one.id)] or [
            one for one in self.all.values() if one.id.startswith(name)
        ]
        if len(found) > 1:
            raise Ambiguous(f"{name!r} begins the IDs of {len(found)} containers")
        if not found:
            raise NotFound(f"{name}: no such container")
        return found[0]

    def image(self, container):
        return self.images.open(str(container.image_id), None, quiet())

    def create(self, image, named, options, progress=None):
        entrypoint, command = command_of(image.config.config, options)
        require_absolute(options.working_dir)
        if options.stop_signal:
            signal_number(options.stop_signal)
        name = self._free(options.name) if options.name else self.made_up()
        if image.id not in [one.id for one in self.images.all]:
            image = self.images.put(image, (), progress or quiet()).image
        made = Container(
            id=hashlib.sha256(name.encode()).hexdigest(),
            name=name,
            image=named,
            image_id=image.id,
            manifest=None,
            command=(*entrypoint, *command),
            created=self.now(),
            options=options,
            pid=0,
            stop_signal=options.stop_signal or image.config.config.stop_signal or STOP_SIGNAL,
        )
        self.all[name] = made
        if options.working_dir:
            try:
                self.files.writable_layer(name).mkdir(os.path.normpath(options.working_dir), parents=True)
            except BaseException as error:
                del self.all[name]
                if isinstance(error, Conflict):
                    raise Conflict(f"the working folder {options.working_dir} is no folder") from error
                raise
        return made

    def _free(self, name):
        if checked(name) in self.all:
            raise Conflict(f"the container name {name!r} is in use")
        return name

    def rename(self, name, new):
        container = self.get(name)
        self._free(new)
        self.all = {new if one == container.name else one: value for one, value in self.all.items()}
        return self.change(new, name=new)

    def remove(self, name, *, force=False, volumes=False):
        container = self.get(name)
        if not force:
            require(container, "remove")
        del self.all[container.name]
        return ()

    def change(self, which, **fields):
        at = which if which in self.all else self.get(which).name
        self.all[at] = replace(self.all[at], **fields)
        return self.all[at]


class MemoryLifecycle:
    """States that follow each other as docker has them; nothing runs, so nothing ends by itself."""

    unavailable = None

    def __init__(self, containers):
        self._containers = containers
        self.sent = []
        """Every signal: the container's name, and the signal as it was given."""

    def start(self, name, progress=None):
        container = self._containers.get(name)
        require(container, "start")
        if container.state is State.RUNNING:
            return container
        return self._containers.change(
            name, state=State.RUNNING, pid=self._containers.pid, started=self._containers.now(), finished=None
        )

    def stop(self, name, grace=None):
        container = self._containers.get(name)
        return self._ended(name) if container.state.alive else container

    def _ended(self, name):
        return self._containers.change(
            name, state=State.EXITED, pid=0, finished=self._containers.later(), exit_code=137, paused_by=None
        )

    def kill(self, name, signal="KILL"):
        container = self._containers.get(name)
        require(container, "kill")
        number = signal_number(signal)
        self.sent.append((container.name, signal))
        if number == 9:
            self._ended(name)

    def pause(self, name):
        require(self._containers.get(name), "pause")
        return self._containers.change(name, state=State.PAUSED, paused_by="signals")

    def unpause(self, name):
        require(self._containers.get(name), "unpause")
        return self._containers.change(name, state=State.RUNNING, paused_by=None)

    def restart(self, name, grace=None, progress=None):
        self.stop(name, grace)
        return self.start(name, progress)

    def wait(self, name, progress=None):
        import time

        while self._containers.get(name).state.alive:
            (progress or quiet()).advance(0)
            time.sleep(0.01)
        return self._containers.get(name).exit_code


class MemoryFiles:
    """The layers of a container, its own in a folder; nothing is mounted."""

    def __init__(self, containers):
        self._containers = containers
        self.committed = []

    def _below(self, container, progress=None):
        return self._containers.catalog().stack(self._containers.image(container).layers, progress)

    def writable_layer(self, name):
        container = self._containers.get(name)
        folder = self._containers.folder / container.id
        upper = folder / "upper"
        upper.mkdir(mode=0o755, parents=True, exist_ok=True)
        sidecar = Sidecar(folder / "owners", upper, ids())

        def below():
            return self._below(container).view()

        @contextmanager
        def root():
            if self._containers.get(container.id).state is State.DEAD:
                raise WrongState(f"cannot write to container {container.name}")
            with StoppedRoot(upper, below, sidecar) as layers:
                yield layers

        return UpperLayer(upper, below, sidecar, root)

    def own_size(self, name):
        return self.writable_layer(name).size()

    def stack(self, name, progress=None):
        container, own = self._containers.get(name), self.writable_layer(name)
        return self._below(container, progress).with_layer(StackLayer(own.table(), own))

    def sight(self, name, progress=None):
        raise AssertionError("nothing is mounted, so nobody asks what else is seen")

    def diff(self, name, progress=None):
        return diff(self.stack(name, progress))

    def commit(self, name, names=(), *, message=None, author=None, changes=(), pause=True, progress=None):
        self.committed.append((name, tuple(names), {"message": message, "author": author, "changes": changes}))
        container = self._containers.get(name)
        image = self._containers.image(container)
        own = replace(image, config=replace(image.config, config=config_of(image.config.config, container)))
        _, command = command_of(image.config.config, container.options)
        entry = HistoryEntry(
            created=self._containers.now(), created_by=" ".join(command), comment=message, author=author
        )
        layer, diff_id, blobs = _packed(self.writable_layer(name), image.blobs)
        made = with_layer(own, layer, diff_id, entry, changes).image(blobs)
        return self._containers.images.put(made, names, progress or quiet()).image

    def export(self, name, out, progress=None):
        flatten(self.stack(name, progress).view(), out, progress or quiet())


def _content(layer):
    with layer.open() as content:
        return content.read()


def _packed(own, beneath):
    """The writable layer as a blob in memory, with its DiffID and where to read it from; no blob where nothing is in it."""
    table = own.table()
    if not len(table) and not table.root_opaque:
        return None, None, beneath
    out = io.BytesIO()
    capture(table, own, out)
    digest = digest_of(out.getvalue())
    return Descriptor(OCI_LAYER, digest, out.tell()), DiffID(digest), BuiltBlob({digest: out.getvalue()}, beneath)


def memory_engine(folder, *images, catalog, **same):
    """An engine with these images; see MemoryContainers for `same`."""
    there = MemoryImages(*images)
    return Engine(NAME, there, there, MemoryContainers(there, folder, catalog, **same))
