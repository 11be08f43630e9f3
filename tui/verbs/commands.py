"""The command line: the list of commands, global options and error handling. Without a command it opens the screen.

Each command's module is imported only when the command is called, so that `layertui version` costs little more than
click itself.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from signal import SIGINT, default_int_handler, getsignal, signal
from threading import current_thread, main_thread
from typing import Any, NoReturn

import click

from layertui import __version__
from layertui.core.language.texts import tr
from layertui.tui.verbs.shared.cli_context import (
    CliContext,
    HelpContext,
    global_options,
    pass_context,
    screen_options,
    translate_help,
    verb,
    words,
)

# Each verb and the module that has it.
VERBS = {
    **dict.fromkeys(("images", "load", "save", "import", "tag", "rmi"), "image_verbs"),
    **dict.fromkeys(("pull", "push", "copy", "tags", "login", "logout"), "registry_verbs"),
    **dict.fromkeys(("history", "layers", "inspect"), "inspect_verbs"),
    **dict.fromkeys(("ls", "tree", "cat", "which", "versions", "extract"), "look_verbs"),
    "file": "file_verb",
    "find": "find_verb",
    "compare": "compare_verbs",
    "analyze": "analyze_verb",
    "catalog": "catalog.catalog_verb",
    **dict.fromkeys(("ps", "create", "rm", "namespaces"), "container.container_verbs"),
    **dict.fromkeys(("run", "start", "attach", "stop", "kill", "wait"), "container.run_verbs"),
    "logs": "container.log_verbs",
    "exec": "container.run_verbs",
    **dict.fromkeys(("pause", "unpause", "restart", "rename"), "container.life_verbs"),
    **dict.fromkeys(("write", "mkdir", "unlink", "cp", "diff", "commit", "export"), "container.layer_verbs"),
    **dict.fromkeys(("events", "top", "stats"), "container.watch_verbs"),
    **dict.fromkeys(("fsck", "gc", "df", "demo", "engines", "version"), "store_verbs"),
    "config": "config_verb",
    "tour": "tour_verb",
    "completion": "completion_verb",
    "serve": "serve_verb",
}


class Verbs(click.Group):
    """The group of all verbs. A first word that is no verb names an image, to be opened on the screen."""

    context_class = HelpContext

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        translate_help(self)

    def get_help_option_names(self, ctx: click.Context) -> list[str]:
        """The same in every context, as Verb has it."""
        return ["-h", "--help"]

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All verbs, for --help."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A verb, its module imported now."""
        if cmd_name not in VERBS:
            return None
        module = import_module(f"layertui.tui.verbs.{VERBS[cmd_name]}")
        command: click.Command = getattr(module, f"{cmd_name}_verb")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The verb that the first word names, else the screen on the image it names."""
        command = self.get_command(ctx, args[0])
        if command is not None:
            return args[0], command, args[1:]
        return "IMAGE", open_verb, args


@click.group(
    "layertui",
    cls=Verbs,
    params=[*global_options(), *screen_options()],
    invoke_without_command=True,
    subcommand_metavar="[IMAGE | VERB ...]",
    options_metavar="[--store DIR] [--engine NAME] [--trust-store] [--json] [--fresh] [--no-mouse]",
)
@click.version_option(__version__, prog_name="layertui", message="%(prog)s %(version)s")
@click.pass_context
def root(ctx: click.Context) -> int:
    """See through any image and any container, layer by layer.

    With no verb: the screen, on the default engine or on IMAGE (a name, an archive, a layout folder).
    """
    context = ctx.ensure_object(CliContext)
    if ctx.invoked_subcommand:
        return 0
    from layertui.tui.verbs.open_screen import open_screen

    return open_screen(context)


@verb("IMAGE")
@click.argument("image")
@words("rest", required=False)
@pass_context
def open_verb(context: CliContext, image: str, rest: tuple[str, ...]) -> int:
    """The screen on an image."""
    from layertui.core.errors import UsageError
    from layertui.tui.verbs.open_screen import open_screen

    if rest or not _names_an_image(context, image):
        raise UsageError(_no_such(image))
    return open_screen(context, image)


def _names_an_image(context: CliContext, word: str) -> bool:
    """Whether a word can only be an image: spelled as one, or known to the engine."""
    from layertui.core.errors import NotFound, UsageError

    if any(mark in word for mark in ":/@.") or os.path.exists(word):
        return True
    try:
        context.inspector.open(word)
    except (NotFound, UsageError):
        return False
    return True


def _no_such(word: str) -> str:
    from layertui.core.nearest_name import did_you_mean

    return tr(
        "{word!r} is neither a verb nor an image here; {did_you_mean}",
        word=word,
        did_you_mean=did_you_mean(word, VERBS, tr("`layertui --help` lists the verbs")),
    )


open_verb.params += screen_options()
# Options of verbs that are none must not hide that they are none.
open_verb.context_settings["ignore_unknown_options"] = True


def enter(store: Path) -> None:
    """Where a plain user's containers can have more than one user id, the whole process goes where these are."""
    if os.geteuid() != 0:
        from layertui.core.containers.storage import user_namespace

        user_namespace.enter(store)


def run(args: Sequence[str] | None = None, context: CliContext | None = None) -> int:
    """One command line from words to exit code; whatever goes wrong ends as one line on stderr."""
    context = context or CliContext()
    try:
        with _interruptible(context):
            code = _answer(context, list(sys.argv[1:] if args is None else args))
    except (KeyboardInterrupt, click.Abort):
        code = 130
    except BrokenPipeError:
        # The reader has seen enough; a program in C would have died of SIGPIPE.
        code = 141
    except Exception as error:
        if sys.flags.dev_mode:
            raise
        line, code = _error_line(error)
        if code != 130:
            context.fail(line)
    finally:
        context.close()
    if code:
        _forget_stdout()
    return code


def _answer(context: CliContext, words: list[str]) -> int:
    """The verb done and its answer written out."""
    try:
        with root.make_context("layertui", words, obj=context) as ctx:
            code = root.invoke(ctx)
    except click.exceptions.Exit as error:
        code = error.exit_code
    if sys.stdout is not None:
        sys.stdout.flush()
    return code if isinstance(code, int) else 0


@contextmanager
def _interruptible(context: CliContext) -> Iterator[None]:
    """Let an interrupt also stop the threads that work for us, which the way out would else wait for."""

    def interrupted(*_: object) -> NoReturn:
        context.interrupt()
        raise KeyboardInterrupt

    if current_thread() is not main_thread() or getsignal(SIGINT) is not default_int_handler:
        yield
        return
    signal(SIGINT, interrupted)
    try:
        yield
    finally:
        signal(SIGINT, default_int_handler)


def _error_line(error: Exception) -> tuple[str, int]:
    """The line and the exit code for an error."""
    if isinstance(error, click.ClickException):
        return _usage_line(error), 2
    from layertui.core.errors import LayertuiError, storage_error

    if isinstance(error, LayertuiError):
        return str(error), error.exit_code
    if isinstance(error, OSError):
        # What has no name here is what we write to; but a disk may fail in the middle of a file that is read, too.
        where = tr("reading the image, or writing to stdout") if error.errno == errno.EIO else tr("stdout")
        return str(storage_error(error)) if error.filename else f"{where}: {error.strerror or error}", 1
    if isinstance(error, MemoryError):
        return tr("out of memory"), 1
    return tr(
        "unexpected {name}: {error}; please report it (`python -X dev -m layertui` shows where)",
        name=type(error).__name__,
        error=error,
    ), 1


def _usage_line(error: click.ClickException) -> str:
    message = error.format_message().rstrip(".。")
    ctx = error.ctx if isinstance(error, click.UsageError) else None
    return (
        tr("{message}; see `{command_path} --help`", message=message, command_path=ctx.command_path)
        if ctx is not None
        else message
    )


def _forget_stdout() -> None:
    """Let what could not be written go, so that Python does not try again at its end and say so."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError, AttributeError):
        with suppress(OSError, ValueError, AttributeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
