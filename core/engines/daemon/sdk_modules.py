"""Imports Docker's SDK without the modules that it imports and layertui never uses: they are most of a fifth of the time."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def import_sdk() -> None:
    """Import the SDK's client. `requests` finds no detection of character sets: what a daemon sends is JSON, thus UTF-8."""
    absent = ModuleType("charset_normalizer")
    absent.__dict__.update(__version__="3.0.0", detect=lambda _content: {"encoding": None})
    with _in_place_of("charset_normalizer", absent):
        import docker.api.client  # noqa: F401 - for whoever imports it next


def provide_ssh() -> None:
    """Have the SDK run the program `ssh`: its module for that imports paramiko, which it needs only for its other way."""
    from docker.api import client

    if not hasattr(client, "SSHHTTPAdapter"):
        with _in_place_of("paramiko", ModuleType("paramiko")):
            from docker.transport import sshconn

            from layertui.core.engines.bounded_connections import BoundedAnswer
            from layertui.core.engines.daemon.ssh_socket import QuietSSHSocket
        sshconn.SSHSocket = QuietSSHSocket  # type: ignore[misc]
        sshconn.SSHConnection.response_class = BoundedAnswer
        client.SSHHTTPAdapter = sshconn.SSHHTTPAdapter  # type: ignore[attr-defined]


@contextmanager
def _in_place_of(name: str, stub: ModuleType) -> Iterator[None]:
    """Who imports this module gets `stub`; where it was imported before, nothing changes."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = stub
    try:
        yield
    finally:
        if sys.modules.get(name) is stub:
            del sys.modules[name]
