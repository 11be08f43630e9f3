"""The engine `containerd`: its images, read from its files on this machine. Nothing is ever written there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from layertui.core.engines.daemon.local_images.containerd_folder import containerd_root
from layertui.core.engines.daemon.local_images.containerd_images import ContainerdImages
from layertui.core.engines.engine import About, Engine
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from layertui.core.client_environment import ClientEnvironment
    from layertui.core.engines.image_values import ImageSummary
    from layertui.core.images.image import Image
    from layertui.core.layers.cache.catalog import Catalog
    from layertui.core.oci.descriptor import Platform
    from layertui.core.progress import Progress
    from layertui.core.settings import Settings

NAME = "containerd"
_IN_NAMESPACE = re.compile(r"\[([A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*)\](.+)")


def containerd_engine(settings: Settings, _catalog: Callable[[], Catalog]) -> Engine:
    """The engine; its files are read when it is first asked for something."""
    images = LocalImages(settings.clients)
    reason = tr("{name} is only read; copy the image into another engine, or use `ctr` or `nerdctl`", name=NAME)
    about = About("containerd", str(containerd_root(settings.clients)), images.check)
    return Engine(NAME, images, read_only=reason, about=about)


class LocalImages:
    """See Images in `image_protocols.py`. A name may say in which namespace: `[k8s.io]NAME`."""

    def __init__(self, clients: ClientEnvironment) -> None:
        self._root, self._namespace = containerd_root(clients), clients.containerd_namespace

    def list(self) -> Sequence[ImageSummary]:
        return self._images().list()

    def unreadable(self, listed: Sequence[ImageSummary]) -> int:
        return self._images().unreadable(listed)

    def open(self, name: str, platform: Platform | None, progress: Progress) -> Image:
        inside = _IN_NAMESPACE.fullmatch(name)
        if inside is not None:
            return ContainerdImages(self._root, inside[1]).open(inside[2], platform, progress)
        return self._images().open(name, platform, progress)

    def check(self) -> str:
        """Read the database; no version of containerd is written there. Raises StorageError, Damaged, LimitExceeded."""
        self._images().named()
        return ""

    def _images(self) -> ContainerdImages:
        return ContainerdImages(self._root, self._namespace)
