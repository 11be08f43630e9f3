"""Published ports of a container, parsed from docker's `-p`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from layertui.core.errors import Conflict, UsageError
from layertui.core.language.texts import tr

_RANGE = re.compile(r"([0-9]+)(?:-([0-9]+))?")
_PROTOCOLS = ("tcp", "udp")
EVERYWHERE = "0.0.0.0"  # noqa: S104 - docker's default: every address of the host


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A port of a container, published at one of the host; numbers from 0 to 65535."""

    own: int
    """The port in the container."""
    host: int = 0
    """0: a free port, chosen when the container starts."""
    ip: str = EVERYWHERE
    """The host's address."""
    protocol: str = "tcp"

    def __str__(self) -> str:
        """As docker's `ps` shows it."""
        reached = f"[{self.ip}]" if ":" in self.ip else self.ip
        return f"{reached}:{self.host}->{self.own}/{self.protocol}"


def ports(spelled: str) -> tuple[Port, ...]:
    """Parse `[[IP:][HOST]:]OWN[/tcp|udp]`, the value of `-p`; HOST and OWN may be ranges of the same length. Raises UsageError."""
    numbers, _, kind = spelled.strip().partition("/")
    before, _, behind = numbers.rpartition(":")
    address, _, reached = before.rpartition(":")
    ip, protocol = address.strip("[]") or EVERYWHERE, kind.lower() or "tcp"
    own, host = _range(behind), _range(reached)
    if not own or (reached and not host) or protocol not in _PROTOCOLS:
        raise UsageError(
            tr("invalid port {spelled!r}: write HOST:OWN or IP:HOST:OWN, with /udp if it is no TCP", spelled=spelled)
        )
    if host and len(host) != len(own):
        raise UsageError(tr("invalid port {spelled!r}: both ranges must have one length", spelled=spelled))
    _address(ip, spelled)
    return tuple(
        Port(own=number, host=to, ip=ip, protocol=protocol)
        for number, to in zip(own, host or [0] * len(own), strict=True)
    )


def _range(spelled: str) -> Sequence[int]:
    """Parse `80` or `80-82`; empty if invalid."""
    found = _RANGE.fullmatch(spelled)
    if found is None or not 0 < int(found[1]) <= int(found[2] or found[1]) <= 0xFFFF:
        return ()
    return range(int(found[1]), int(found[2] or found[1]) + 1)


def _address(ip: str, spelled: str) -> None:
    import socket

    try:
        socket.inet_pton(socket.AF_INET6 if ":" in ip else socket.AF_INET, ip)
    except OSError:
        raise UsageError(tr("invalid port {spelled!r}: {ip} is not an address", spelled=spelled, ip=ip)) from None


def with_free_ports(wanted: Iterable[Port]) -> tuple[Port, ...]:
    """The ports with a free one for each 0. Raises Conflict if a port is taken.

    Each is bound for a test, for a clear error before the network program tries to publish it.
    """
    import socket  # late: a list of containers needs no sockets

    kinds = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}
    found = []
    with ExitStack() as sockets:
        for port in wanted:
            family = socket.AF_INET6 if ":" in port.ip else socket.AF_INET
            listener = sockets.enter_context(socket.socket(family, kinds[port.protocol]))
            if port.protocol == "tcp":
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((port.ip, port.host))
            except OSError as error:
                raise Conflict(
                    tr("cannot publish port {port}: {strerror}", port=port, strerror=error.strerror)
                ) from error
            found.append(replace(port, host=listener.getsockname()[1]))
    return tuple(found)


def by_container_port(published: Iterable[Port]) -> Mapping[str, list[Port]]:
    """`80/tcp` with the host's ports for it, grouped as in docker's `inspect`."""
    found: dict[str, list[Port]] = {}
    for port in published:
        found.setdefault(f"{port.own}/{port.protocol}", []).append(port)
    return found


def shown(published: Iterable[Port]) -> str:
    """The ports as in docker's `ps`: consecutive ones as one range."""
    runs: list[tuple[Port, int]] = []
    for port in sorted(published, key=lambda one: (one.own, one.ip, one.host, one.protocol)):
        follows = [
            number
            for number, (first, last) in enumerate(runs)
            if (port.own, port.host) == (last + 1, last + 1)
            and (port.ip, port.protocol, first.own) == (first.ip, first.protocol, first.host)
        ]
        if follows:
            runs[follows[0]] = (runs[follows[0]][0], port.own)
        else:
            runs.append((port, port.own))
    runs.sort(key=lambda run: run[0].own != run[0].host)
    return ", ".join(_run(first, last) for first, last in runs)


def _run(first: Port, last: int) -> str:
    if last == first.own:
        return str(first)
    numbers = f"{first.own}-{last}"
    return str(first).replace(f":{first.host}->{first.own}/", f":{numbers}->{numbers}/")
