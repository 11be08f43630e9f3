import pytest

from layertui.core.containers.model.container import CreateOptions
from layertui.core.containers.model.mounts import Mount
from layertui.core.containers.runtimes.runtime_spec import (
    PATH,
    Process,
    Spec,
    command_of,
    environment,
    merged,
    to_json,
    working_dir,
)
from layertui.core.containers.runtimes.user_lookup import User
from layertui.core.errors import LayertuiError
from layertui.core.oci.image_config import ExecConfig


@pytest.mark.parametrize(
    ("entrypoint", "cmd", "options", "expected"),
    [
        (None, ("sh",), {}, ((), ("sh",))),
        (("e",), ("c",), {}, (("e",), ("c",))),
        (("e",), ("c",), {"command": ("d",)}, (("e",), ("d",))),
        (("e",), ("c",), {"entrypoint": ("f",)}, (("f",), ())),
        (("e",), ("c",), {"entrypoint": ("f",), "command": ("d",)}, (("f",), ("d",))),
        (("e",), ("c",), {"entrypoint": ("",), "command": ("d",)}, ((), ("d",))),
    ],
)
def test_what_is_executed(entrypoint, cmd, options, expected):
    assert command_of(ExecConfig(entrypoint=entrypoint, cmd=cmd), CreateOptions(**options)) == expected


@pytest.mark.parametrize("options", [{}, {"entrypoint": ("",)}])
def test_nothing_to_execute(options):
    with pytest.raises(LayertuiError, match="no command"):
        command_of(ExecConfig(cmd=None), CreateOptions(**options))


def test_the_environment():
    config = ExecConfig(env=("A=image", "B=image", "PATH=/image"))
    options = CreateOptions(env=("B=mine", "C=a=b"), tty=True)
    assert environment(config, options, "host", "/home/x") == (
        "PATH=/image",
        "HOSTNAME=host",
        "TERM=xterm",
        "B=mine",
        "C=a=b",
        "A=image",
        "HOME=/home/x",
    )
    away = environment(config, CreateOptions(env=("A", "B=mine")), "host", "/home/x")
    assert away == ("PATH=/image", "HOSTNAME=host", "B=mine", "HOME=/home/x"), "a name alone takes the image's away"
    assert environment(ExecConfig(env=("HOME=/own",)), CreateOptions(), "h", "/x") == (PATH, "HOSTNAME=h", "HOME=/own")


def test_a_name_without_a_value_takes_the_variable_away():
    assert merged(["A=1", "B=2", "A"]) == ["B=2"]


@pytest.mark.parametrize(
    ("image", "asked", "expected"),
    [("", None, "/"), ("/app", None, "/app"), ("/app", "/b/../c/", "/c"), ("", "x", "/x")],
)
def test_the_working_folder(image, asked, expected):
    assert working_dir(ExecConfig(working_dir=image), CreateOptions(working_dir=asked)) == expected


def spec(**more):
    process = Process(args=("a",), env=("B=c",), cwd="/", user=more.pop("user", User()))
    return Spec(id="x", hostname="h", process=process, **more)


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


def test_only_root_has_capabilities():
    written = to_json(spec(user=User(5, 6, (6, 7), "/")), ["/l"], "/u", "/w")["process"]
    assert written["user"] == {"uid": 5, "gid": 6, "umask": 0o022, "additionalGids": [6, 7]}
    assert written["capabilities"]["effective"] == []
    assert len(written["capabilities"]["bounding"]) == 14


@pytest.mark.parametrize(
    "text", [{"args": ("sh", "a\0b")}, {"env": ("A=\ud800",)}, {"env": ("HOME=/\0uid=0",)}, {"cwd": "/a\0b"}]
)
def test_a_process_is_given_nothing_with_a_nul_in_it(text):
    with pytest.raises(LayertuiError, match="NUL"):
        Process(**{"args": ("sh",), "env": (), "cwd": "/", "user": User(), **text})
