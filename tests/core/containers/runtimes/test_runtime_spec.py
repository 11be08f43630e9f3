import pytest

from layertui.core.containers.model.mounts import Mount
from layertui.core.containers.model.session import TerminalSize
from layertui.core.containers.runtimes.runtime_spec import ProcessSpec, RuntimeSpec, process_json, to_json
from layertui.core.containers.runtimes.user_lookup import ContainerUser
from layertui.core.errors import LayertuiError


def spec(**more):
    process = ProcessSpec(args=("a",), env=("B=c",), cwd="/", user=more.pop("user", ContainerUser()))
    return RuntimeSpec(id="x", hostname="h", process=process, **more)


def test_as_the_runtime_specification_writes_it():
    written = to_json(
        spec(mounts=(Mount(kind="bind", source="/host/hosts", target="/etc/hosts"),)),
        ["/top", "/bottom"],
        "/upper",
        "/work",
    )
    assert written["process"]["args"] == ["a"]
    assert written["process"]["noNewPrivileges"] is False
    assert written["mounts"][0] == {
        "destination": "/",
        "type": "overlay",
        "source": "overlay",
        "options": ["lowerdir=/top:/bottom", "upperdir=/upper", "workdir=/work", "userxattr"],
    }
    assert written["mounts"][-1]["destination"] == "/etc/hosts"
    assert {"type": "network"} in written["linux"]["namespaces"]
    assert len(written["process"]["capabilities"]["bounding"]) == 14


def test_the_hosts_network_and_a_read_only_root():
    written = to_json(spec(net="host", read_only=True), ["/l"], "/u", "/w")
    assert {"type": "network"} not in written["linux"]["namespaces"]
    assert written["root"]["readonly"] is True
    assert "ro" in written["mounts"][0]["options"], "crun means by it what lies beneath"
    assert "ro" not in to_json(spec(), ["/l"], "/u", "/w")["mounts"][0]["options"]


def test_the_size_of_a_terminal_and_of_nothing_else():
    described = process_json(
        ProcessSpec(args=("a",), env=(), cwd="/", user=ContainerUser(), tty=True), TerminalSize(33, 99999)
    )
    assert described["consoleSize"] == {"height": 33, "width": 65535}
    assert "consoleSize" not in process_json(spec().process, TerminalSize(33, 101))


def test_only_root_has_capabilities():
    written = to_json(spec(user=ContainerUser(5, 6, (6, 7), "/")), ["/l"], "/u", "/w")["process"]
    assert written["user"] == {"uid": 5, "gid": 6, "umask": 0o022, "additionalGids": [6, 7]}
    assert written["capabilities"]["effective"] == []
    assert len(written["capabilities"]["bounding"]) == 14


@pytest.mark.parametrize(
    "text", [{"args": ("sh", "a\0b")}, {"env": ("A=\ud800",)}, {"env": ("HOME=/\0uid=0",)}, {"cwd": "/a\0b"}]
)
def test_a_process_is_given_nothing_with_a_nul_in_it(text):
    with pytest.raises(LayertuiError, match="NUL"):
        ProcessSpec(**{"args": ("sh",), "env": (), "cwd": "/", "user": ContainerUser(), **text})
