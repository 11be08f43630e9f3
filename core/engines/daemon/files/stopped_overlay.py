"""Changes in the overlay of a container that does not run, made in its upper folder as the kernel would make them.

A daemon has no call that removes or renames, and an overlay must not be changed from below while it is mounted (overlayfs.rst).
That of a stopped container is not mounted but for a moment, such as a `docker cp`. Whether it is can be asked of the kernel, but a
daemon gives no lock that keeps it so: what it mounts in the very moment of a change may not show that change until it
mounts it again. Nothing else is lost then.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from layertui.core.containers.model.id_ranges import ids
from layertui.core.containers.rootfs.sidecar import Sidecar
from layertui.core.containers.rootfs.stopped_root import StoppedRoot
from layertui.core.engines.daemon.files.overlay_folders import NotPlain, plain_layer
from layertui.core.errors import WrongState, as_storage_error
from layertui.core.fs.overlay.overlay_use import is_in_use
from layertui.core.language.texts import tr
from layertui.core.layers.stack.timeline import StackLayer
from layertui.core.layers.table.layer_folder import FolderContent
from layertui.core.oci.whiteout_names import TRUSTED_OPAQUE_XATTR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from layertui.core.engines.daemon.files.overlay_folders import OverlayFolders
    from layertui.core.layers.stack.stack import Stack
    from layertui.core.layers.stack.view import View

_PATIENCE, _LOOK = 2, 0.05  # seconds: a daemon unmounts a moment after it has answered


@contextmanager
def stopped_root(folders: OverlayFolders, image: Callable[[], Stack], name: str) -> Iterator[StoppedRoot]:
    """The root of a container that does not run, for changes; `image` has the layers of its image.

    WrongState where its overlay is mounted, or where the kernel does not say whether it is.
    """
    upper = folders.upper
    with as_storage_error(upper):
        held = os.open(upper.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(held, fcntl.LOCK_EX)  # of two of us, one waits
            _require_changeable(folders, name)
            sidecar = Sidecar(upper.parent / "owners.json", upper, ids())  # never written: root sets every owner
            below = cache(lambda: _below(folders, image()))
            with StoppedRoot(upper, below, sidecar, TRUSTED_OPAQUE_XATTR) as root:
                yield root
        finally:
            os.close(held)


def _require_changeable(folders: OverlayFolders, name: str) -> None:
    try:
        plain_layer(folders.upper)
    except NotPlain:
        raise WrongState(
            tr("the files of container {name} refer to its image by other names; start it first", name=name)
        ) from None
    end = time.monotonic() + _PATIENCE
    try:
        while (is_used := is_in_use(folders.upper)) and time.monotonic() < end:
            time.sleep(_LOOK)
    except OSError as error:
        raise WrongState(
            tr(
                "whether the files of container {name} are mounted cannot be found out ({strerror}); start it first",
                name=name,
                strerror=error.strerror,
            )
        ) from error
    if is_used:
        raise WrongState(
            tr("the files of container {name} are mounted elsewhere at the moment; start it first", name=name)
        )


def _below(folders: OverlayFolders, image: Stack) -> View:
    """What lies below the container's writable layer: the image, and what Docker puts between the two."""
    if folders.init is not None:
        image = image.with_layer(StackLayer(plain_layer(folders.init), FolderContent(folders.init)))
    return image.view()
