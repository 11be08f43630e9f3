"""The commands run, start, attach, stop, kill, wait and exec."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import click

from layertui.core.errors import LayertuiError, UsageError
from layertui.core.language.texts import tr
from layertui.tui.verbs.container.container_verbs import act_on_each
from layertui.tui.verbs.container.create_verbs import create_options, environment, is_daemons, options_from
from layertui.tui.verbs.shared.cli_context import CliContext, pass_context, verb, words

if TYPE_CHECKING:
    from layertui.core.containers.model.container import Container

# As docker has it: a failure of ours, a command that cannot be executed, and one that is not there.
OUR_FAILURE, NOT_EXECUTABLE, NOT_FOUND = 125, 126, 127


keys_option = click.option(
    "--detach-keys",
    "keys",
    metavar="KEYS",
    help="Keys that leave it running, such as ctrl-a,x; else ctrl-p,ctrl-q.",
)


@verb(
    "run",
    "run --rm demo:1.0 cat /etc/motd",
    "run --name test_export busybox touch /1.txt",
    "run -d busybox sleep 1000",
    "run -it busybox sh",
    takes_command=True,
)
@click.option("-d", "--detach", is_flag=True, help="Leave it running and print its ID.")
@keys_option
@create_options
@click.argument("image")
@words("command", required=False, metavar="[CMD...]")
@pass_context
def run_verb(
    context: CliContext, /, image: str, command: tuple[str, ...], detach: bool, keys: str | None, **given: Any
) -> int:
    """Make a container and start it; show its output, exit with its exit code."""
    from dataclasses import replace

    from layertui.tui.common.terminal import detach_keys
    from layertui.tui.verbs.container.attached_terminal import require_terminal, started

    if not detach:
        require_terminal(tty=given["tty"], stdin=given["interactive"])

    def begin() -> int:
        leaving = detach_keys(keys)
        options = replace(options_from(context, command, given), input_once=not detach)
        container = context.inspector.containers.create(image, options, context.progress())
        with _removed_unless_started(context, container):
            if not detach:
                return started(context, container, stdin=given["interactive"], keys=leaving)
            context.inspector.containers.lifecycle.start(container.id, context.progress())
        if context.json:
            context.out.document({"id": container.id})
        else:
            context.out.line(container.id)
        return 0

    return _with_codes(context, begin, ours=OUR_FAILURE)


@verb("start", "start kind_banzai", "start -a kind_banzai", "start -ai kind_banzai")
@click.option("-a", "--attach", is_flag=True, help="Show its output, exit with its exit code.")
@click.option("-i", "--interactive", is_flag=True, help="Keep stdin open: forward ours to it.")
@keys_option
@words("names", metavar="NAME...")
@pass_context
def start_verb(context: CliContext, names: tuple[str, ...], attach: bool, interactive: bool, keys: str | None) -> int:
    """Start containers: their processes, in namespaces of their own."""
    from layertui.tui.common.terminal import detach_keys
    from layertui.tui.verbs.container.attached_terminal import started

    if not attach and not interactive:
        return act_on_each(
            context, names, lambda name: context.inspector.containers.lifecycle.start(name, context.progress())
        )
    if len(names) > 1:
        raise UsageError(tr("only one container can be attached to at a time"))
    leaving, container = detach_keys(keys), context.inspector.containers.get(names[0])
    return _with_codes(context, lambda: started(context, container, stdin=interactive, keys=leaving), ours=1)


@verb("attach", "attach kind_banzai")
@click.option("--no-stdin", is_flag=True, help="Do not forward stdin to it.")
@keys_option
@click.argument("name")
@pass_context
def attach_verb(context: CliContext, name: str, no_stdin: bool, keys: str | None) -> int:
    """Attach to a container's process, until it ends or Ctrl-P Ctrl-Q is typed; exit with its exit code."""
    from layertui.tui.common.terminal import detach_keys
    from layertui.tui.verbs.container.attached_terminal import attached

    leaving = detach_keys(keys)
    return _with_codes(
        context,
        lambda: attached(context, context.inspector.containers.get(name), stdin=not no_stdin, keys=leaving),
        ours=1,
    )


grace_option = click.option(
    "-t",
    "--time",
    "seconds",
    type=click.IntRange(min=0),
    metavar="SECS",
    help="Seconds until SIGKILL; else as it was created with, or 10.",
)


@verb("stop", "stop -t 2 kind_banzai")
@grace_option
@words("names", metavar="NAME...")
@pass_context
def stop_verb(context: CliContext, names: tuple[str, ...], seconds: int | None) -> int:
    """Stop containers: their stop signal, then SIGKILL."""
    return act_on_each(context, names, lambda name: context.inspector.containers.lifecycle.stop(name, seconds))


@verb("kill", "kill -s HUP kind_banzai")
@click.option("-s", "--signal", default="KILL", metavar="SIG", help="Which signal (KILL).")
@words("names", metavar="NAME...")
@pass_context
def kill_verb(context: CliContext, names: tuple[str, ...], signal: str) -> int:
    """Send a signal to containers' processes."""
    return act_on_each(context, names, lambda name: context.inspector.containers.lifecycle.kill(name, signal))


@verb("wait", "wait kind_banzai")
@words("names", metavar="NAME...")
@pass_context
def wait_verb(context: CliContext, names: tuple[str, ...]) -> int:
    """Wait until containers have ended; print their exit codes, and exit with the last."""
    codes: list[int] = []

    def one(name: str) -> None:
        codes.append(context.inspector.containers.lifecycle.wait(name))
        if not context.json:
            context.out.line(str(codes[-1]))
            context.out.raw.flush()

    failed = context.each(names, one)
    if context.json and not failed:
        context.out.document(codes)
    return failed or codes[-1]


@verb(
    "exec", "exec kind_banzai ls /", "exec -i kind_banzai sh < script.sh", "exec -it kind_banzai sh", takes_command=True
)
@click.option("-d", "--detach", is_flag=True, help="Leave it running in the background.")
@click.option("-i", "--interactive", is_flag=True, help="Keep stdin open: forward ours to it.")
@click.option("-t", "--tty", is_flag=True, help="A terminal of its own.")
@click.option("-e", "--env", multiple=True, metavar="K=V", help="An environment variable.")
@click.option("-w", "--workdir", metavar="DIR", help="Working directory.")
@click.option("-u", "--user", metavar="USER", help="Name or UID, with :GROUP if wanted.")
@keys_option
@click.argument("name")
@words("command", metavar="CMD...")
@pass_context
def exec_verb(
    context: CliContext,
    /,
    name: str,
    command: tuple[str, ...],
    detach: bool,
    interactive: bool,
    tty: bool,
    keys: str | None,
    **given: Any,
) -> int:
    """Run one more process in a running container; exit with its exit code."""

    def begin() -> int:
        from layertui.core.containers.model.container import ExecOptions

        how = ExecOptions(
            env=environment(given["env"]),
            working_dir=given["workdir"],
            user=given["user"],
            tty=tty,
            stdin=interactive and not detach,
        )
        if detach:
            with context.inspector.containers.processes.exec(name, command, how) as session:
                session.detach()
            return 0
        from layertui.tui.common import terminal
        from layertui.tui.verbs.container.attached_terminal import executed, require_terminal

        require_terminal(tty=tty, stdin=interactive)
        leaving = terminal.detach_keys(keys)
        session = context.inspector.containers.processes.exec(name, command, how, size=terminal.size() if tty else None)
        return executed(session, stdin=interactive, keys=leaving)

    return _with_codes(context, begin, ours=1)


@contextmanager
def _removed_unless_started(context: CliContext, container: Container) -> Iterator[None]:
    """Remove a container that was made only to be run, where its process never began; of a daemon it stays, as docker has it."""
    from layertui.core.containers.model.container import State

    try:
        yield
    except BaseException:
        with suppress(LayertuiError):  # it is gone already, or the disk that the error names is full
            if not is_daemons(context) and context.inspector.containers.get(container.id).state is State.CREATED:
                context.inspector.containers.remove(container.id, volumes=True)
        raise


def _with_codes(context: CliContext, begin: Callable[[], int], *, ours: int) -> int:
    """The process's own exit code; where it did not come to that, `ours`, or that of a command that cannot be."""
    try:
        return begin()
    except LayertuiError as error:
        context.fail(str(error))
        known = (OUR_FAILURE, NOT_EXECUTABLE, NOT_FOUND, 130)
        if isinstance(error, UsageError) and ours == 1:
            return error.exit_code
        return error.exit_code if error.exit_code in known else ours
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        from layertui.core.errors import storage_error

        context.fail(str(storage_error(error)))
        return ours
