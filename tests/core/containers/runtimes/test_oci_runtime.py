"""What an OCI runtime says of a command that it cannot execute becomes what docker says; each has its own words for it."""

import pytest

from layertui.core.containers.runtimes.bundle import Bundle
from layertui.core.containers.runtimes.oci_runtime import OciRuntime
from layertui.core.containers.runtimes.runtime_spec import ProcessSpec, RuntimeSpec
from layertui.core.containers.runtimes.shim_launch import StartFailed
from layertui.core.containers.runtimes.user_lookup import ContainerUser
from layertui.core.errors import CommandNotExecutable, CommandNotFound

RUNC = "container_linux.go:380: starting container process caused: exec: "


@pytest.mark.parametrize(
    ("command", "words", "error", "told"),
    [
        ("nope", f'{RUNC}"nope": executable file not found in $PATH', CommandNotFound, "executable file not found in $PATH"),
        ("/nope", f'{RUNC}"/nope": stat /nope: no such file or directory', CommandNotFound, "no such file or directory"),
        ("/etc/plain", f'{RUNC}"/etc/plain": permission denied', CommandNotExecutable, "permission denied"),
        ("nope", "executable file `nope` not found in $PATH: No such file or directory", CommandNotFound, "executable file not found in $PATH"),
        ("/nope", "executable file `/nope` not found: No such file or directory", CommandNotFound, "no such file or directory"),
        (
            "/etc/plain",
            "the path `/etc/plain` exists but it is not executable: Operation not permitted",
            CommandNotExecutable,
            "permission denied",
        ),
    ],
)  # fmt: skip
def test_a_command_that_cannot_be_executed(command, words, error, told, tmp_path):
    with pytest.raises(error) as raised:
        saying(words, tmp_path).start(bundle(command, tmp_path))
    assert str(raised.value) == f'exec: "{command}": {told}'


def test_what_is_no_matter_of_the_command_stays_as_it_is(tmp_path):
    words = "mount `overlay` to ``: No such file or directory"
    with pytest.raises(StartFailed, match="could not be started: mount `overlay`") as raised:
        saying(words, tmp_path).start(bundle("sh", tmp_path))
    assert not isinstance(raised.value, CommandNotFound)


def saying(words, folder):
    """A runtime that says this and nothing else."""
    (folder / "said").write_text(words)
    program = folder / "runtime"
    program.write_text(f"#!/bin/sh\ncat {folder}/said >&2; exit 1\n")
    program.chmod(0o755)
    return OciRuntime("crun", str(program))


def bundle(command, folder):
    for name in ("run", "layer", "upper", "work"):
        (folder / name).mkdir()
    process = ProcessSpec(args=(command,), env=(), cwd="/", user=ContainerUser())
    spec = RuntimeSpec(id="one", hostname="one", process=process)
    lowers = (folder / "layer",)
    return Bundle(folder=folder / "run", spec=spec, lowers=lowers, upper=folder / "upper", work=folder / "work")
