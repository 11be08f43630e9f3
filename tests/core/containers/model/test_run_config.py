import pytest

from layertui.core.containers.model.container import CreateOptions
from layertui.core.containers.model.run_config import PATH, command_of, environment, merged, working_dir
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
