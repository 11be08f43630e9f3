"""Where containerd keeps its data on this machine. Imported to list the engines: it brings nothing with it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layertui.core.client_environment import ClientEnvironment

DATABASE = "io.containerd.metadata.v1.bolt/meta.db"
_SYSTEM = Path("/var/lib/containerd")


def containerd_root(clients: ClientEnvironment) -> Path:
    """The folder that the environment names, else that of a rootless containerd of this user, else the system's."""
    if clients.containerd_root is not None:
        return clients.containerd_root
    own = clients.data_home / "containerd"
    return own if os.geteuid() != 0 and os.path.lexists(own / DATABASE) else _SYSTEM


def can_read_containerd(clients: ClientEnvironment) -> bool:
    """Whether this user can read its database."""
    return os.access(containerd_root(clients) / DATABASE, os.R_OK)
