"""Every path below a store, spelled once; docs/store-format.md says what is in each.

Images, containers, volumes and the cache are independent, but each needs to know where the others' files are: to lock them,
to keep names unique, or to count bytes. The names of an OCI image layout (`index.json`, `oci-layout`) are in
`images/image_index.py`, since archives have them too; the files of one start of a container (`run/`) are agreed between
`containers/runtimes/bundle.py` and the shim.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

UNPACKED_LOCK = ".lock"  # of all unpacked layers; `.lock-XX` of those whose name begins with XX
VOLUMES_LOCK = ".lock"
MOUNT_POINTS = "mounts"
EVENT_LOG, OLDER_EVENT_LOG = "log", "log.1"
IMAGE_SUMMARIES = "images.json"
LOST_AND_FOUND = "lost+found"
# Plain names of a container's files: a list of thousands makes no Path for each.
RECORD, UPPER, WORK, RUN, FAILED = "record.json", "upper", "work", "run", "failed"


@dataclass(frozen=True, slots=True)
class StorePaths:
    """The files and folders of a store."""

    root: Path

    @property
    def lock(self) -> Path:
        """Locked shared while images are added, exclusively by `gc`."""
        return self.root / "lock"

    @property
    def index_lock(self) -> Path:
        """Locked while the index is changed."""
        return self.root / "index.lock"

    @property
    def blobs(self) -> Path:
        """Manifests, configs and layers, by algorithm and digest."""
        return self.root / "blobs"

    @property
    def temporary(self) -> Path:
        """Blobs that are being received, and temporary files that are too large for memory."""
        return self.root / "tmp"

    @property
    def cache(self) -> Path:
        """Everything in it can be made again."""
        return self.root / "cache"

    @property
    def image_summaries(self) -> Path:
        """What a list of images shows of each."""
        return self.cache / IMAGE_SUMMARIES

    @property
    def catalog(self) -> Path:
        """The catalog of many images, unless the user has it elsewhere; see docs/catalog.md."""
        return self.root / "catalog"

    @property
    def runtime_probes(self) -> Path:
        """The runtimes that have passed their probe here."""
        return self.cache / "runtimes.json"

    @property
    def events(self) -> Path:
        """The event logs of images and containers."""
        return self.root / "events"

    @property
    def containers(self) -> Path:
        """One folder per container; see `ContainersPaths`."""
        return self.root / "containers"

    @property
    def volumes(self) -> Path:
        """One folder per named volume."""
        return self.root / "volumes"

    @property
    def unpacked(self) -> Path:
        """Unpacked layers, for containers that were started."""
        return self.root / "unpacked"

    @property
    def id_ranges(self) -> Path:
        """Which ranges of user and group IDs the store's files belong to."""
        return self.root / "ids"

    @property
    def inside(self) -> Path:
        """The processes in the store's user namespace."""
        return self.root / "inside"

    @property
    def inside_lock(self) -> Path:
        """Locked while that file is changed, or the namespace made."""
        return self.root / "inside.lock"

    @property
    def lost_and_found(self) -> Path:
        """What `fsck --repair` has moved there."""
        return self.root / LOST_AND_FOUND

    def files(self) -> tuple[Path, ...]:
        """The paths that must be regular files, if they exist."""
        containers = ContainersPaths(self.containers)
        return (
            *(self.lock, self.index_lock, self.inside_lock),
            *(self.events / EVENT_LOG, self.events / OLDER_EVENT_LOG),
            *(self.volumes / VOLUMES_LOCK, self.unpacked / UNPACKED_LOCK, containers.lock, self.image_summaries),
        )

    def folders(self) -> tuple[Path, ...]:
        """The paths that must be folders, if they exist."""
        return (
            *(self.blobs, self.blobs / "sha256", self.temporary, self.cache, self.events, self.volumes),
            *(self.unpacked, self.unpacked / MOUNT_POINTS, self.containers, ContainersPaths(self.containers).names),
        )


@dataclass(frozen=True, slots=True)
class ContainersPaths:
    """The files in the folder of all containers, besides one folder for each by its ID."""

    folder: Path

    @property
    def names(self) -> Path:
        """One symlink per name, to the container's folder."""
        return self.folder / "names"

    @property
    def lock(self) -> Path:
        """Locked while a name is given or taken."""
        return self.folder / "lock"

    def container(self, container_id: str) -> ContainerPaths:
        """The folder of one container."""
        return ContainerPaths(self.folder / container_id)


@dataclass(frozen=True, slots=True)
class ContainerPaths:
    """The files and folders of one container."""

    folder: Path

    @property
    def record(self) -> Path:
        """The container's record: its settings from `create`."""
        return self.folder / RECORD

    @property
    def upper(self) -> Path:
        """Its writable layer, the upper folder of the overlay."""
        return self.folder / UPPER

    @property
    def work(self) -> Path:
        """The work folder of the overlay."""
        return self.folder / WORK

    @property
    def run(self) -> Path:
        """The bundle of its last start."""
        return self.folder / RUN

    @property
    def log(self) -> Path:
        """Its output; older parts are `log.1` and so on."""
        return self.folder / "log"

    @property
    def owners(self) -> Path:
        """Owners, devices and attributes of the writable layer that the file system cannot hold."""
        return self.folder / "owners"

    @property
    def failed(self) -> Path:
        """Why the last start failed."""
        return self.folder / FAILED

    @property
    def runtime(self) -> Path:
        """The name of the runtime of its last start."""
        return self.folder / "runtime"

    @property
    def lock(self) -> Path:
        """Locked while its state changes."""
        return self.folder / "lock"

    @property
    def hold(self) -> Path:
        """Locked, shared, by processes that need the container not to be removed yet."""
        return self.folder / "hold"

    def files(self) -> tuple[Path, ...]:
        """The paths that must be regular files, if they exist; the missing ones are made when needed."""
        return self.lock, self.hold, self.log, self.owners, self.failed, self.runtime
