"""Networks of containers that need no rights over the host's network: slirp4netns and pasta.

Both are programs that forward a container's packets as connections of their own. The shim starts the program when the
container's network namespace exists and its command does not run yet, and ends it: see `shim/shim_network.py`.

    none            only loopback
    host            the host's own network
    slirp4netns     an address of its own
    pasta           the host's address
    default         the first of these two that works here

Services that listen only on the host's loopback are reachable only with these options, spelled as in podman:

    slirp4netns:allow_host_loopback=true    at 10.0.2.2
    pasta:--map-gw                          at the gateway's address
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from layertui.core.containers.model.id_ranges import ids
from layertui.core.containers.model.ports import Port
from layertui.core.errors import UsageError
from layertui.core.language.texts import tr
from layertui.core.oci import strict_json

READY_FD, EXIT_FD = 3, 4
# pasta puts itself in the background once it is ready; so this shell waits for the end of the shim, and then kills it.
_GUARD = '"$@" && echo >&3 && exec 3>&- && { read -r x <&4; kill "$(cat network.pid)"; }'


class NetworkProgram(Protocol):
    """A program that connects a container's network."""

    name: ClassVar[str]
    packages: ClassVar[str]
    """The packages that contain the program."""
    nameserver: ClassVar[str]
    """The container's name server: it is forwarded to the host's resolver."""
    address: ClassVar[str]
    """The container's own address; empty if it is the host's."""
    options: ClassVar[Mapping[str, bool]]
    """Options after the name and a colon, and whether each opens the host's loopback to the container."""

    @property
    def program(self) -> str:
        """The absolute path of the program on the host."""

    def plan(self, published: Sequence[Port]) -> Iterator[tuple[str, str]]:
        """Its part of the shim's plan; PID is replaced by the pid of the container's first process."""


@dataclass(frozen=True, slots=True)
class Slirp4netns:
    """TCP and UDP through a network stack in user space; ports are published with requests to its API socket."""

    program: str
    reaches_loopback: bool = False
    name: ClassVar[str] = "slirp4netns"
    packages: ClassVar[str] = "slirp4netns (Debian, Ubuntu, Fedora, Alpine, Arch)"
    nameserver: ClassVar[str] = "10.0.2.3"
    address: ClassVar[str] = "10.0.2.100"
    options: ClassVar[Mapping[str, bool]] = {"allow_host_loopback=true": True, "allow_host_loopback=false": False}

    def plan(self, published: Sequence[Port]) -> Iterator[tuple[str, str]]:
        fds = [f"--ready-fd={READY_FD}", f"--exit-fd={EXIT_FD}"]
        apart = _mounts_apart()
        confined = ["--enable-seccomp", *([] if apart is None else ["--enable-sandbox"])]
        confined += [] if self.reaches_loopback else ["--disable-host-loopback"]
        program = [*(apart or ()), self.program]
        words = [*program, "--configure", "--mtu=65520", *confined, *fds, "--api-socket=network", "PID", "tap0"]
        yield from (("network", word) for word in words)
        for port in published:
            where = {"proto": port.protocol, "host_addr": port.ip, "host_port": port.host, "guest_port": port.own}
            yield "forward", strict_json.dumps({"execute": "add_hostfwd", "arguments": where}).decode()


def _mounts_apart() -> list[str] | None:
    """What slirp4netns is started by, so that its sandbox is its own; None where it can have no sandbox.

    The sandbox detaches the whole tree of mounts, but makes only the topmost private before. As root that went on to the host:
    mounts in shared mounts, such as those of Docker's running containers, were gone. For a plain user the kernel forbids that.
    """
    if os.geteuid() != 0:
        return []
    unshare = shutil.which("unshare")
    return None if unshare is None else [unshare, "--mount", "--propagation", "private", "--"]


@dataclass(frozen=True, slots=True)
class Pasta:
    """A socket of the host for each of the container's; ports are command-line options."""

    program: str
    reaches_loopback: bool = False
    name: ClassVar[str] = "pasta"
    packages: ClassVar[str] = "passt (Debian, Ubuntu, Fedora, Alpine, Arch)"
    nameserver: ClassVar[str] = "169.254.1.1"
    address: ClassVar[str] = ""
    options: ClassVar[Mapping[str, bool]] = {"--map-gw": True, "--no-map-gw": False}

    def plan(self, published: Sequence[Port]) -> Iterator[tuple[str, str]]:
        words = [self.program, "--config-net", "--quiet", "--dns-forward", self.nameserver, "-P", "network.pid"]
        words += [] if self.reaches_loopback else ["--no-map-gw"]
        if ids().mode != "single":  # root would become the user `nobody`, who may not enter the container's namespaces
            words += ["--runas", "0:0"]
        for flag, protocol in (("-t", "tcp"), ("-u", "udp")):
            wanted = [f"{port.ip}/{port.host}:{port.own}" for port in published if port.protocol == protocol]
            words += [word for one in wanted or ["none"] for word in (flag, one)]
        words = ["sh", "-c", _GUARD, "sh", *words, "-T", "none", "-U", "none", "PID"]
        yield from (("network", word) for word in words)


KNOWN: tuple[type[Slirp4netns | Pasta], ...] = (Slirp4netns, Pasta)
NETS = ("none", "host", *(one.name for one in KNOWN))
DEFAULT = "default"


def candidates(net: str) -> Iterator[NetworkProgram | str]:
    """The networks that a name may mean, best first; and a line for each whose program is not installed."""
    name, _, option = net.partition(":")
    for kind in KNOWN:
        if name in (kind.name, DEFAULT):
            path, reaches_loopback = shutil.which(kind.name), kind.options.get(option, False)
            yield (
                kind(path, reaches_loopback)
                if path
                else tr("{name}: not found; install the package {packages}", name=kind.name, packages=kind.packages)
            )


def require_net(net: str, published: Sequence[Port]) -> None:
    """Raise UsageError for an unknown network, an invalid option, or ports that it cannot publish."""
    name, colon, option = net.partition(":")
    if colon and (kind := next((one for one in KNOWN if one.name == name), None)) is not None:
        if option not in kind.options:
            raise UsageError(
                tr(
                    "{net!r} is not a network known here; {name} may have {options} after a colon",
                    net=net,
                    name=name,
                    options=" or ".join(kind.options),
                )
            )
    elif net not in (*NETS, DEFAULT):
        raise UsageError(
            tr(
                "{net!r} is not a network known here; there are {nets}, and default for the first that works",
                net=net,
                nets=", ".join(NETS),
            )
        )
    if published and net == "none":
        raise UsageError(tr("no port can be published without a network; leave --net none out, or write --net default"))
    if published and name == "slirp4netns" and (odd := next((port for port in published if ":" in port.ip), None)):
        raise UsageError(tr("slirp4netns publishes on IPv4 addresses only, not on {ip}", ip=odd.ip))


def resolv_conf(nameserver: str) -> str:
    """A resolv.conf(5) with this name server, and otherwise the host's lines."""
    lines = []
    if os.path.isfile("/etc/resolv.conf"):
        with open("/etc/resolv.conf", encoding="utf-8", errors="surrogateescape") as file:
            lines = [line.rstrip("\n") for line in file if line.startswith(("search ", "options "))]
    return "\n".join([*lines, f"nameserver {nameserver}", ""])
