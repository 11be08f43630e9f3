"""Imports Docker's SDK without the modules that it imports and layertui never uses: they are most of a fifth of the time."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def import_sdk() -> None:
    """Import the SDK's client.

    `requests` finds no detection of character sets: what a daemon sends is JSON, thus UTF-8. It imports `idna` again, then the real
    one, where the name of a host is not ASCII. The SDK's other client, made of this one, comes when another package asks for it.
    """
    absent = ModuleType("charset_normalizer")
    absent.__dict__.update(__version__="3.0.0", detect=lambda _content: {"encoding": None})
    late, unknown = object(), ModuleType("docker.client")
    unknown.__dict__["__getattr__"] = lambda _name: late
    with (
        _in_place_of("charset_normalizer", absent),
        _in_place_of("idna", ModuleType("idna")),
        _in_place_of("docker.client", unknown),
    ):
        import docker.api.client
    _find_when_asked_for(docker, [name for name, value in vars(docker).items() if value is late], "docker.client")


def _find_when_asked_for(package: ModuleType, names: Sequence[str], module: str) -> None:
    """Have a package take some of its names from a module of it once one is asked for."""
    if not names:
        return

    def find(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {package.__name__!r} has no attribute {name!r}")
        return getattr(import_module(module), name)

    for name in names:
        delattr(package, name)
    package.__dict__["__getattr__"] = find


def import_ssh() -> ModuleType:
    """The module `ssh_socket`, where the SDK has the program `ssh`: its own imports paramiko, which only its other way needs."""
    from docker.api import client

    with _in_place_of("paramiko", ModuleType("paramiko")):
        from layertui.core.engines.daemon import ssh_socket
    client.SSHHTTPAdapter = ssh_socket.SSHHTTPAdapter  # type: ignore[attr-defined]
    return ssh_socket


@contextmanager
def _in_place_of(name: str, substitute: ModuleType) -> Iterator[None]:
    """Who imports this module gets `substitute`; where it was imported before, nothing changes."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = substitute
    try:
        yield
    finally:
        if sys.modules.get(name) is substitute:
            del sys.modules[name]
