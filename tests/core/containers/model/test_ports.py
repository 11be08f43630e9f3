"""Ports as docker's -p spells them and its ps shows them."""

import socket
from contextlib import closing

import pytest

from layertui.core.containers.model.ports import Port, by_container_port, ports, shown, with_free_ports
from layertui.core.errors import Conflict, UsageError


@pytest.mark.parametrize(
    ("spelled", "made"),
    [
        ("80", [Port(own=80)]),
        ("8080:80", [Port(own=80, host=8080)]),
        ("127.0.0.1:8080:80/udp", [Port(own=80, host=8080, ip="127.0.0.1", protocol="udp")]),
        ("127.0.0.1::80/TCP", [Port(own=80, ip="127.0.0.1")]),
        ("[::1]:8080:80", [Port(own=80, host=8080, ip="::1")]),
        ("8000-8001:80-81", [Port(own=80, host=8000), Port(own=81, host=8001)]),
        ("80-81", [Port(own=80), Port(own=81)]),
    ],
)
def test_spellings(spelled, made):
    assert list(ports(spelled)) == made


@pytest.mark.parametrize(
    "spelled",
    [
        "",
        "x",
        "80:",
        "0",
        "65536",
        "81-80",
        "1-2:1-3",
        "80/sctp",
        "1.2.3:8:8",
        "1.2.3.4:80",
        "x:1:2",
        "-1:80",
        "1:2:3:4",
    ],
)
def test_what_is_no_port(spelled):
    with pytest.raises(UsageError):
        ports(spelled)


def test_a_port_nobody_chose_is_found_and_one_that_is_taken_reported():
    (found,) = with_free_ports([Port(own=80, ip="127.0.0.1")])
    assert found.host > 0
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        with pytest.raises(Conflict, match="Address already in use"):
            with_free_ports([Port(own=80, host=listener.getsockname()[1], ip="127.0.0.1")])


def test_they_are_shown_as_docker_shows_them():
    made = [*ports("8080:80"), *ports("7000-7002:7000-7002"), *ports("[::1]:53:53/udp")]
    assert shown(made) == "[::1]:53->53/udp, 0.0.0.0:7000-7002->7000-7002/tcp, 0.0.0.0:8080->80/tcp"
    assert list(by_container_port(made)) == ["80/tcp", "7000/tcp", "7001/tcp", "7002/tcp", "53/udp"]
