"""The base of all commands: global options, allowed before or after the command, and their values."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import click

from layertui.core.language.texts import is_english, tr
from layertui.tui.common.format import one_line

if TYPE_CHECKING:
    from pathlib import Path

    from layertui.core.inspector import Inspector
    from layertui.core.progress import Progress
    from layertui.core.settings import Settings
    from layertui.tui.report.json_output import Output
    from layertui.tui.verbs.shared.progress_meter import Meter

_LONGEST = 8 << 10  # characters of a message: a path of 4,095 bytes fits whole


@dataclass
class CliContext:
    """The global options, and what every verb needs, made when first used."""

    store: str | None = None
    engine: str | None = None
    json: bool = False
    trust_store: bool = False
    fresh: bool = False
    no_mouse: bool = False
    enter: Callable[[Path], object] = lambda _: None
    """What is to be done before anything in the store is touched."""
    begun: list[Progress] = field(default_factory=list)
    """The Progress of each call, to be cancelled by an interrupt."""

    @cached_property
    def settings(self) -> Settings:
        """What the user chose, by options, environment and config.toml."""
        from layertui.core.settings import Settings

        settings = Settings.load(
            store=self.store,
            engine=self.engine,
            trust_store=self.trust_store,
            fresh=self.fresh,
            no_mouse=self.no_mouse,
        )
        if settings.config.refusal:
            self.warn(settings.config.refusal)
        return settings

    @cached_property
    def inspector(self) -> Inspector:
        """The one door to the core."""
        from layertui.core.inspector import Inspector

        self.enter(self.settings.store)
        return Inspector(self.settings)

    @cached_property
    def out(self) -> Output:
        """Where the answer goes."""
        from layertui.tui.report.json_output import Output

        return Output.stdout()

    @cached_property
    def meter(self) -> Meter | None:
        """Where progress shows, if anywhere."""
        from layertui.tui.verbs.shared.progress_meter import meter

        return meter()

    def close(self) -> None:
        """Leave the terminal clean, and close archives."""
        if "meter" in self.__dict__ and self.meter is not None:
            self.meter.wipe()
        if "inspector" in self.__dict__:
            self.inspector.close()

    def progress(self) -> Progress:
        """A new Progress, shown on a terminal."""
        from layertui.core.progress import Progress

        self.begun.append(Progress(report=self.meter))
        return self.begun[-1]

    def interrupt(self) -> None:
        """Let threads that work for us stop at their next step."""
        for progress in self.begun:
            progress.cancel()

    def done(self, **what: object) -> None:
        """The answer of a verb that has none in text: what it was about, as JSON."""
        if self.json:
            self.out.document(what)

    def warn(self, text: str) -> None:
        """A line on stderr that is no failure."""
        self.say(tr("warning: {text}", text=text))

    def fail(self, text: str) -> None:
        """The one line that says what went wrong."""
        self.say(tr("error: {text}", text=text))

    def say(self, text: str) -> None:
        """A message; the answer itself goes to `out`."""
        if "meter" in self.__dict__ and self.meter is not None:
            self.meter.wipe()
        if sys.stderr is not None:
            # Without a stderr there is nowhere to report the error.
            try:
                sys.stderr.write(_bounded(one_line(text)) + "\n")
                sys.stderr.flush()
            except OSError:
                pass

    def each(
        self, names: tuple[str, ...], act: Callable[[str], object], *, forgiven: tuple[type[Exception], ...] = ()
    ) -> int:
        """Do the same for several names, as docker does: one failure does not stop the others; the exit code tells.

        What is `forgiven` is reported, and counts as no failure.
        """
        from layertui.core.errors import Cancelled, LayertuiError

        code = 0
        for name in names:
            try:
                act(name)
            except Cancelled:
                raise
            except LayertuiError as error:
                self.fail(str(error))
                code = code if isinstance(error, forgiven) else 1
        return code


def screen_options() -> list[click.Parameter]:
    """Options of the screen: given to it, not to a verb."""
    return [
        click.Option(
            ["--fresh"], is_flag=True, expose_value=False, callback=_remember, help=tr("Do not open where it was left.")
        ),
        click.Option(
            ["--no-mouse"],
            is_flag=True,
            expose_value=False,
            callback=_remember,
            help=tr("Leave the mouse to the terminal."),
        ),
    ]


def _remember(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    if value not in (None, False) and parameter.name is not None:
        setattr(context.ensure_object(CliContext), parameter.name, value)


def global_options() -> list[click.Parameter]:
    """The options that stand before or after the verb."""

    def option(*names: str, **settings: Any) -> click.Option:
        return click.Option(names, expose_value=False, callback=_remember, **settings)

    return [
        option("--store", metavar="DIR", help="The embedded store (LAYERTUI_STORE)."),
        option(
            "--engine",
            metavar="NAME",
            help="Where names are looked up: embedded, or another one of `engines` (LAYERTUI_ENGINE).",
        ),
        option(
            "--trust-store",
            is_flag=True,
            help="Also act on a store that another user can change (LAYERTUI_TRUST_STORE=1); by default it is read-only.",
        ),
        option("--json", is_flag=True, help="The answer as one JSON document."),
    ]


class HelpContext(click.Context):
    """Help in the user's language, in lines as wide as its characters are."""

    def make_formatter(self) -> click.HelpFormatter:
        if is_english():
            return super().make_formatter()
        from layertui.tui.verbs.shared.wide_help import WideHelp

        return WideHelp(width=self.terminal_width, max_width=self.max_content_width)


def translate_help(command: click.Command) -> None:
    """Put the help of a command and of its options into the user's language."""
    if is_english():
        return
    command.help = tr(inspect.cleandoc(command.help or ""))
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            parameter.help = tr(parameter.help or "")


class Verb(click.Command):
    """A command that takes the global options too, and shows how it is used."""

    context_class = HelpContext

    def __init__(self, *args: Any, examples: Sequence[str] = (), **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.params += global_options()
        self.examples = tuple(f"layertui {example}" for example in examples)
        translate_help(self)

    def get_help_option_names(self, ctx: click.Context) -> list[str]:
        """The same in every context: click keeps the option that the first context has asked for."""
        taken = any("-h" in option.opts for option in self.params)  # of `create` and `run` it is docker's `--hostname`
        return ["--help"] if taken else ["-h", "--help"]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Also give the errors of click's parser the context by which the error line names the verb's help."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise

    def get_short_help_str(self, limit: int = 45) -> str:
        """The first sentence of the help; of one that does not fit the list of verbs, the clauses that do."""
        sentence = re.split(r"\. |\u3002", " ".join((self.help or "").split()))[0].rstrip(".")
        while len(sentence) >= limit and (clause := re.match(r"(.*)(?:[,;:] |[\uff0c\uff1b\uff1a])", sentence)):
            sentence = clause[1]
        return tr("{sentence}.", sentence=sentence) if len(sentence) < limit else super().get_short_help_str(limit)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Examples below the options."""
        super().format_epilog(ctx, formatter)
        if self.examples:
            with formatter.section(tr("Examples")):
                for example in self.examples:
                    formatter.write(f"{'':>{formatter.current_indent}}{example}\n")


def verb(name: str, *examples: str, takes_command: bool = False) -> Callable[[Callable[..., Any]], Verb]:
    """A verb. With `takes_command`, options after the first word belong to the command that is to run, as docker has it."""
    context = {"allow_interspersed_args": not takes_command}
    return click.command(name, cls=Verb, context_settings=context, examples=examples)


def words(name: str, *, required: bool = True, metavar: str | None = None) -> Callable[[Any], Any]:
    """Any number of words, taken as they are."""
    return click.argument(name, nargs=-1, required=required, type=click.UNPROCESSED, metavar=metavar)


pass_context = click.make_pass_decorator(CliContext)


def _bounded(line: str) -> str:
    """A line of bounded length, whatever path is in it: its middle is cut out."""
    half = _LONGEST // 2
    return line if len(line) <= _LONGEST else f"{line[:half]}…{line[-half:]}"
