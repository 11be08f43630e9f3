"""Further processes in a container that runs."""

import pytest

from containing import FOREVER, ROOT
from layertui.core.containers.lifecycle import starting
from layertui.core.containers.model.container import ExecOptions
from layertui.core.containers.runtimes import added_process
from layertui.core.errors import (
    CommandNotExecutable,
    CommandNotFound,
    WrongState,
)
from observed import changed, code_of

pytestmark = pytest.mark.needs("processes")


def test_exec_adds_a_process_to_what_runs(containers, started, capfd):
    container = started(*FOREVER)
    script = "echo $FROM_IMAGE $X; pwd; echo here > /by-exec; exit 3"
    assert (
        code_of(
            containers.processes.exec(container.id, ["sh", "-c", script], ExecOptions(env=("X=x",), working_dir="/etc"))
        )
        == 3
    )
    assert capfd.readouterr().out == "yes x\n/etc\n"
    assert ("A", "/by-exec") in changed(containers, container.id)


@pytest.mark.skipif(not ROOT, reason="a user who is not root has one id to give")
def test_exec_as_another_user(containers, started, capfd):
    assert (
        code_of(
            containers.processes.exec(
                started(*FOREVER).id, ["sh", "-c", "id -u; id -G; echo $HOME"], ExecOptions(user="app")
            )
        )
        == 0
    )
    assert capfd.readouterr().out.split() == ["1000", "1001", "10", "2000", "/home/app"]


@pytest.mark.parametrize(("command", "error"), [("nope", CommandNotFound), ("/etc/plain", CommandNotExecutable)])
def test_exec_of_what_cannot_be_executed(containers, started, command, error):
    with pytest.raises(error):
        containers.processes.exec(started(*FOREVER).id, [command])


def test_exec_where_nothing_runs(containers, make):
    with pytest.raises(WrongState, match="created"):
        containers.processes.exec(make().id, ["id"])


MOMENTS = {
    "before its runtime is asked": [(starting, "exec_process")],
    "before its runtime is there": [(added_process.AddedProcess, "check")],
}


@pytest.mark.slow
@pytest.mark.needs("embedded")
@pytest.mark.parametrize("on_a_terminal", [False, True])
@pytest.mark.parametrize("moment", MOMENTS)
def test_exec_into_what_ends_meanwhile(containers, started, monkeypatch, moment, on_a_terminal):
    container = started(*FOREVER)

    def after_the_end(of):
        def ended(*args, **more):
            containers.lifecycle.kill(container.id)
            containers.lifecycle.wait(container.id)
            return of(*args, **more)

        return ended

    for module, name in MOMENTS[moment]:
        of = (lambda *_: None) if name == "check" else getattr(module, name)
        monkeypatch.setattr(module, name, after_the_end(of))
    with pytest.raises(WrongState, match="it has just ended"):
        containers.processes.exec(container.id, ["id"], ExecOptions(tty=on_a_terminal))


def test_exec_as_a_user_that_does_not_exist(containers, started):
    with pytest.raises(CommandNotExecutable, match="nobody-here"):
        containers.processes.exec(started(*FOREVER).id, ["id"], ExecOptions(user="nobody-here"))
