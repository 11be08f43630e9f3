"""Creates a container of an image; the answer is its name."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from layertui.core.containers.model.container import CreateOptions
from layertui.core.containers.model.mounts import volume
from layertui.core.containers.model.ports import ports
from layertui.core.errors import Conflict, LayertuiError
from layertui.core.language.texts import tr
from layertui.tui.common.command_log import ActCommand, command_in
from layertui.tui.common.format import one_line, safe
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.screens.dialogs.dialog import LOST, NOTE, Dialog, lines
from layertui.tui.screens.shared.base_screen import InspectorScreen
from layertui.tui.screens.shared.notices import ActNotice, NextKey
from layertui.tui.widgets.forms.fields import Field, Line, Tick
from layertui.tui.widgets.text.pieces import many

if TYPE_CHECKING:
    from layertui.core.containers.model.container import Container
    from layertui.core.inspector.subject import Subject


SHELLS = frozenset(["sh", "ash", "bash", "dash", "zsh", "ksh", "fish"])
ENDS_AT_ONCE = tr("; without -i and -t a shell ends at once")


class CreateDialog(Dialog["str | None"]):
    """The options of `create`, and their effect."""

    YES = tr("Create")

    def __init__(self, image: str) -> None:
        super().__init__()
        self._image = image
        self._subject: Subject | None = None
        self._entrypoint: tuple[str, ...] = ()
        self._cmd: tuple[str, ...] = ()
        self._made = ""
        """The name that the container got."""
        self._chosen = False
        """Whether the user has changed -t or -i: from then on they do not follow the command."""

    def heading(self) -> str:
        return tr("Create a container of {image}", image=safe(self._image))

    def fields(self) -> Iterable[Widget]:
        yield Field(tr("Name"), Line(placeholder=tr("(generated)"), id="name"))
        yield Field(tr("Command"), Line(placeholder=tr("(image)"), id="command-words"))
        yield Field(tr("Environment"), Line(placeholder=tr("e.g. NAME=value NAME='other value'"), id="env"))
        yield Field(tr("Working dir"), Line(placeholder=tr("(image)"), id="workdir"))
        yield Field(tr("User"), Line(placeholder=tr("(image)"), id="user"))
        yield Field(tr("Volumes"), Line(placeholder=tr("/host/folder:/path[:ro] or NAME:/path"), id="volumes"))
        yield Field(tr("Publish"), Line(placeholder=tr("e.g. 8080:80 127.0.0.1:8080:80/udp"), id="ports"))
        yield Field(tr("Network"), Line(placeholder=tr("none, default, host, slirp4netns or pasta"), id="net"))
        yield Field(
            tr("Options"),
            Horizontal(
                Tick(tr("terminal -t"), id="tty"),
                Tick(tr("open input -i"), id="interactive"),
                Tick(tr("read-only root"), id="read-only"),
            ),
        )

    def on_mount(self) -> None:
        """Show the image's values in the empty fields."""
        super().on_mount()
        self.find_out(
            tr("opening {image}", image=self._image),
            lambda inspector, progress: inspector.open(self._image, progress=progress),
            self._opened,
            group="open",
        )

    def _opened(self, subject: Subject) -> None:
        self._subject = subject
        config = subject.image.config.config
        self._entrypoint, self._cmd = config.entrypoint or (), config.cmd or ()
        self.query_one("#command-words", Line).placeholder = from_image(one_line(shlex.join(self._cmd))) or tr(
            "required: this image has no CMD"
        )
        self.query_one("#workdir", Line).placeholder = from_image(safe(config.working_dir)) or tr("(default: /)")
        self.query_one("#user", Line).placeholder = from_image(safe(config.user)) or tr("(default: root)")
        self.renew()

    def effect(self) -> Content:
        over = many(len(self._subject.image.layers) if self._subject is not None else 0, "read-only layer")
        words = (*self._entrypoint, *(self._words("command-words") or self._cmd))
        runs = shlex.join(words)
        shell = is_shell(words)
        if not self._chosen:
            self.query_one("#tty", Tick).show(shell)
            self.query_one("#interactive", Tick).show(shell)
        at_once = shell and not (self._on("tty") and self._on("interactive"))
        return lines(
            (tr("Creates a writable layer over {over}. Nothing runs yet.", over=over), ""),
            (tr("No process, no namespaces: these come with start (s)."), NOTE),
            (
                tr(
                    "Start will run: {runs}{ends_at_once}",
                    runs=one_line(runs),
                    ends_at_once=ENDS_AT_ONCE if at_once else "",
                ),
                NOTE,
            )
            if runs
            else None,
            (tr("This image has no CMD. Type a command."), LOST) if self._subject is not None and not runs else None,
        )

    @on(Tick.Changed, "#tty")
    @on(Tick.Changed, "#interactive")
    def _chosen_by_hand(self) -> None:
        self._chosen = True

    def _text(self, field: str) -> str:
        return self.query_one(f"#{field}", Input).value.strip()

    def _words(self, field: str) -> tuple[str, ...]:
        """The words of a field as a shell would split them; unchanged while a quote is open."""
        try:
            return tuple(shlex.split(self._text(field)))
        except ValueError:
            return tuple(self._text(field).split())

    def _on(self, field: str) -> bool:
        return self.query_one(f"#{field}", Tick).value

    def command(self) -> Sequence[str]:
        return self._command_for(self._text("name"), self._words("env"))

    def act(self) -> ActCommand | None:
        """With the name that it got, which later commands use, and without the values of passwords and tokens."""
        env = [without_secret(pair) for pair in self._words("env")]
        words = command_in(self.engine, self._command_for(self._made, env))
        return ActCommand(words, secrets=tuple(pair for pair in env if "=" not in pair))

    def _command_for(self, name: str, env: Sequence[str]) -> Sequence[str]:
        words = ["layertui", "create"]
        if letters := "".join(letter for letter, tick in (("t", "tty"), ("i", "interactive")) if self._on(tick)):
            words.append(f"-{letters}")
        if self._on("read-only"):
            words.append("--read-only")
        if name:
            words += ["--name", name]
        for flag, field in (
            ("-w", "workdir"),
            ("-u", "user"),
            ("--net", "net"),
        ):
            if self._text(field):
                words += [flag, self._text(field)]
        for flag, given in (("-e", env), ("-v", self._words("volumes")), ("-p", self._words("ports"))):
            for word in given:
                words += [flag, word]
        return [*words, self._image, *self._words("command-words")]

    def options(self) -> CreateOptions:
        """The fields as options of the core."""
        published = tuple(port for word in self._words("ports") for port in ports(word))
        return CreateOptions(
            name=self._text("name") or None,
            command=self._words("command-words") or None,
            env=self._words("env"),
            working_dir=self._text("workdir") or None,
            user=self._text("user") or None,
            mounts=tuple(map(volume, self._words("volumes"))),
            ports=published,
            net=self._text("net") or ("default" if published else "none"),
            tty=self._on("tty"),
            interactive=self._on("interactive"),
            read_only=self._on("read-only"),
        )

    def _on_a_container(self) -> bool:
        """Whether the screen's own key starts the container under the cursor, be it this one or another."""
        return isinstance(screen := self.app.screen, InspectorScreen) and not screen.refusal("s")

    def wrong_field(self, error: Exception) -> str | None:
        """The name may be taken; other errors may concern several fields."""
        return "#name" if isinstance(error, Conflict) else None

    def confirm(self) -> None:
        wrong = next((pair for pair in self._words("env") if not pair.partition("=")[0] or "=" not in pair), None)
        if wrong is not None:
            self.show_error_text(tr("{wrong}: write it as NAME=value", wrong=wrong), at="#env")
            return
        try:
            image, options = self._image, self.options()
        except LayertuiError as error:
            self.show_error_text(str(error))
            return

        def created(container: Container) -> None:
            self._made = container.name
            sentence = tr(
                "Created {name}: a writable layer over {image}, nothing runs yet", name=container.name, image=image
            )
            start = NextKey(
                key_name("start", "s"),
                tr("starts it"),
                lambda: self.host.start_container(container.name, self.engine),
                unless=self._on_a_container,
            )
            self.finish(container.name, ActNotice(sentence, (start,), of=container))

        self.do("creating", lambda inspector, progress: inspector.containers.create(image, options, progress), created)


def is_shell(words: Sequence[str]) -> bool:
    """Whether a command is an interactive shell: `bash -l`, `busybox sh`; not `sh -c …`, not `sh script`."""
    names = [word.rpartition("/")[2] for word in words]
    if names[:1] == ["busybox"]:
        names, words = names[1:], words[1:]
    options = words[1:]
    return bool(names) and names[0] in SHELLS and all(_keeps_reading(option) for option in options)


def _keeps_reading(option: str) -> bool:
    return option.startswith("--") or (option.startswith("-") and "c" not in option)


def without_secret(pair: str) -> str:
    """NAME=VALUE of an environment, without the value if the name says that it is secret."""
    name = pair.partition("=")[0]
    return name if re.search(r"PASS|SECRET|TOKEN|CREDENTIAL|KEY", name, re.IGNORECASE) else pair


def from_image(value: str) -> str:
    """The image's value, as shown in an empty field."""
    return tr("(image: {value})", value=value) if value else ""
