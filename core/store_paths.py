"""Every path below a store, spelled once; docs/store-format.md says what is in each.

Images, containers, volumes and the cache do not know each other, but all of them need to know where the others' files are: to lock
them, to check that nothing else has their names, or to count their bytes. The names that an OCI image layout has (`index.json`,
`oci-layout`) are in `images/image_index.py`, since archives have them too; what is in the folder of one start of a container
(`run/`) is between `containers/runtimes/bundle.py` and the shim.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

UNPACKED_LOCK = ".lock"  # of all unpacked layers; `.lock-XX` of those whose folder begins with XX
VOLUMES_LOCK = ".lock"
MOUNT_POINTS = "mounts"
EVENT_LOG, OLDER_EVENT_LOG = "log", "log.1"
IMAGE_SUMMARIES = "images.json"
LOST_AND_FOUND = "lost+found"
# Of a container: where thousands are listed no Path is made for each.
RECORD, UPPER, WORK, RUN, FAILED = "record.json", "upper", "work", "run", "failed"


@dataclass(frozen=True, slots=True)
class StorePaths:
    """What a store consists of."""

    root: Path

    @property
    def lock(self) -> Path:
        """Held shared by whoever takes an image in, alone by `gc`."""
        return self.root / "lock"

    @property
    def index_lock(self) -> Path:
        """Held while the index is changed."""
        return self.root / "index.lock"

    @property
    def blobs(self) -> Path:
        """Manifests, configs and layers, by algorithm and digest."""
        return self.root / "blobs"

    @property
    def temporary(self) -> Path:
        """Blobs that are being received, and what is too large for memory."""
        return self.root / "tmp"

    @property
    def cache(self) -> Path:
        """Nothing that could not be made again."""
        return self.root / "cache"

    @property
    def image_summaries(self) -> Path:
        """What a list shows of each image."""
        return self.cache / IMAGE_SUMMARIES

    @property
    def runtime_probes(self) -> Path:
        """Which runtimes have passed their probe here."""
        return self.cache / "runtimes.json"

    @property
    def events(self) -> Path:
        """The logs of what was done to images and containers."""
        return self.root / "events"

    @property
    def containers(self) -> Path:
        """A folder a container; see `ContainersPaths`."""
        return self.root / "containers"

    @property
    def volumes(self) -> Path:
        """A folder a volume that has a name."""
        return self.root / "volumes"

    @property
    def unpacked(self) -> Path:
        """Layers as folders, for containers that were started."""
        return self.root / "unpacked"

    @property
    def id_ranges(self) -> Path:
        """Whether files belong to ranges of user and group ids."""
        return self.root / "ids"

    @property
    def inside(self) -> Path:
        """The processes in the store's user namespace."""
        return self.root / "inside"

    @property
    def inside_lock(self) -> Path:
        """Held while that file is changed, or the namespace made."""
        return self.root / "inside.lock"

    @property
    def lost_and_found(self) -> Path:
        """What `fsck --repair` has moved aside."""
        return self.root / LOST_AND_FOUND

    def files(self) -> tuple[Path, ...]:
        """What has to be a regular file, where it is there."""
        containers = ContainersPaths(self.containers)
        return (
            *(self.lock, self.index_lock, self.inside_lock),
            *(self.events / EVENT_LOG, self.events / OLDER_EVENT_LOG),
            *(self.volumes / VOLUMES_LOCK, self.unpacked / UNPACKED_LOCK, containers.lock, self.image_summaries),
        )

    def folders(self) -> tuple[Path, ...]:
        """What has to be a folder, where it is there."""
        return (
            *(self.blobs, self.blobs / "sha256", self.temporary, self.cache, self.events, self.volumes),
            *(self.unpacked, self.unpacked / MOUNT_POINTS, self.containers, ContainersPaths(self.containers).names),
        )


@dataclass(frozen=True, slots=True)
class ContainersPaths:
    """What the folder of all containers consists of, besides a folder for each by its ID."""

    folder: Path

    @property
    def names(self) -> Path:
        """A symlink a name, to the container's folder."""
        return self.folder / "names"

    @property
    def lock(self) -> Path:
        """Held while a name is given or taken."""
        return self.folder / "lock"

    def container(self, container_id: str) -> ContainerPaths:
        """The folder of one container."""
        return ContainerPaths(self.folder / container_id)


@dataclass(frozen=True, slots=True)
class ContainerPaths:
    """What the folder of one container consists of."""

    folder: Path

    @property
    def record(self) -> Path:
        """What was asked for when it was created."""
        return self.folder / RECORD

    @property
    def upper(self) -> Path:
        """Its writable layer, as overlayfs keeps one."""
        return self.folder / UPPER

    @property
    def work(self) -> Path:
        """What overlayfs needs beside that."""
        return self.folder / WORK

    @property
    def run(self) -> Path:
        """The bundle of its last start."""
        return self.folder / RUN

    @property
    def log(self) -> Path:
        """What it wrote; older parts are `log.1` and so on."""
        return self.folder / "log"

    @property
    def owners(self) -> Path:
        """Owners, devices and attributes of the writable layer that the disk cannot hold."""
        return self.folder / "owners"

    @property
    def failed(self) -> Path:
        """Why the last start failed."""
        return self.folder / FAILED

    @property
    def runtime(self) -> Path:
        """The name of the runtime that started it last."""
        return self.folder / "runtime"

    @property
    def lock(self) -> Path:
        """Held while its state changes."""
        return self.folder / "lock"

    @property
    def hold(self) -> Path:
        """Held by whoever needs it not to be removed yet."""
        return self.folder / "hold"

    def files(self) -> tuple[Path, ...]:
        """What has to be a regular file, where it is there, and is made anew when it is needed."""
        return self.lock, self.hold, self.log, self.owners, self.failed, self.runtime
