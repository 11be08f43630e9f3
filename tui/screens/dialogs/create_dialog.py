"""Create a container of an image; the answer is its name."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from layertui.core.containers.model.container import CreateOptions
from layertui.core.containers.model.mounts import volume
from layertui.core.containers.model.ports import ports
from layertui.core.errors import LayertuiError
from layertui.tui.common.format import one_line, safe
from layertui.tui.screens.dialogs.dialog import LOST, NOTE, Dialog, lines
from layertui.tui.widgets.forms.fields import Field, Line, Tick
from layertui.tui.widgets.text.pieces import many

if TYPE_CHECKING:
    from layertui.core.containers.model.container import Container
    from layertui.core.inspector.subject import Subject


SHELLS = frozenset(["sh", "ash", "bash", "dash", "zsh"])
AT_ONCE = "; without a terminal (-t) a shell ends at once"


class CreateDialog(Dialog["str | None"]):
    """What `create` is asked for, and what it makes of it."""

    YES = "Create"

    def __init__(self, image: str) -> None:
        super().__init__()
        self._image = image
        self._subject: Subject | None = None
        self._entrypoint: tuple[str, ...] = ()
        self._cmd: tuple[str, ...] = ()

    def heading(self) -> str:
        """The title."""
        return f"Create a container of {safe(self._image)}"

    def fields(self) -> Iterable[Widget]:
        """What people set most."""
        yield Field("Name", Line(placeholder="one is made up", id="name"))
        yield Field("Command", Line(placeholder="as the image says", id="command-words"))
        yield Field("Environment", Line(placeholder="NAME=value NAME='other value'", id="env"))
        yield Field("Working dir", Line(placeholder="as the image says", id="workdir"))
        yield Field("User", Line(placeholder="as the image says", id="user"))
        yield Field("Folders", Line(placeholder="of the host: FOLDER:PATH:ro, a volume: NAME:PATH", id="volumes"))
        yield Field("Ports", Line(placeholder="of the host: HOST:PORT 127.0.0.1:HOST:PORT/udp", id="ports"))
        yield Field("Network", Line(placeholder="none; with ports: default; or host slirp4netns pasta", id="net"))
        yield Field(
            "Options",
            Horizontal(
                Tick("terminal -t", id="tty"),
                Tick("open input -i", id="interactive"),
                Tick("read-only root", id="read-only"),
            ),
        )

    def on_mount(self) -> None:
        """What the image says stands in the fields, dimmed."""
        super().on_mount()
        self.find_out(
            f"opening {self._image}",
            lambda inspector, progress: inspector.open(self._image, progress=progress),
            self._opened,
            group="open",
        )

    def _opened(self, subject: Subject) -> None:
        self._subject = subject
        config = subject.image.config.config
        self._entrypoint, self._cmd = config.entrypoint or (), config.cmd or ()
        self.query_one("#command-words", Line).placeholder = one_line(shlex.join(self._cmd)) or "none: say one"
        self.query_one("#workdir", Line).placeholder = safe(config.working_dir) or "/"
        self.query_one("#user", Line).placeholder = safe(config.user) or "root"
        self.renew()

    def effect(self) -> Content:
        """What `create` makes."""
        over = many(len(self._subject.image.layers) if self._subject is not None else 0, "read-only layer")
        words = (*self._entrypoint, *(self._words("command-words") or self._cmd))
        runs = shlex.join(words)
        alone = len(words) == 1 and words[0].rpartition("/")[2] in SHELLS and not self.query_one("#tty", Tick).value
        return lines(
            (f"A writable layer over {over}, and a record. Nothing runs.", ""),
            ("No process, no namespaces: these come with start (s).", NOTE),
            (f"Start will run: {one_line(runs)}{AT_ONCE if alone else ''}", NOTE) if runs else None,
            ("The image names no command: say one.", LOST) if self._subject is not None and not runs else None,
        )

    def _text(self, field: str) -> str:
        return self.query_one(f"#{field}", Input).value.strip()

    def _words(self, field: str) -> tuple[str, ...]:
        """The words of a field as a shell would split them; while a quote is open, as they stand."""
        try:
            return tuple(shlex.split(self._text(field)))
        except ValueError:
            return tuple(self._text(field).split())

    def _on(self, field: str) -> bool:
        return self.query_one(f"#{field}", Tick).value

    def command(self) -> Sequence[str]:
        """`layertui create …`."""
        words = ["layertui", "create"]
        if letters := "".join(letter for letter, tick in (("t", "tty"), ("i", "interactive")) if self._on(tick)):
            words.append(f"-{letters}")
        if self._on("read-only"):
            words.append("--read-only")
        for flag, field in (
            ("--name", "name"),
            ("-w", "workdir"),
            ("-u", "user"),
            ("--net", "net"),
        ):
            if self._text(field):
                words += [flag, self._text(field)]
        for flag, field in (("-e", "env"), ("-v", "volumes"), ("-p", "ports")):
            for word in self._words(field):
                words += [flag, word]
        return [*words, self._image, *self._words("command-words")]

    def options(self) -> CreateOptions:
        """The fields as the core takes them."""
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

    def confirm(self) -> None:
        """Create it."""
        wrong = next((pair for pair in self._words("env") if not pair.partition("=")[0] or "=" not in pair), None)
        if wrong is not None:
            self.say_error(f"{wrong}: write it as NAME=value")
            return
        try:
            image, options = self._image, self.options()
        except LayertuiError as error:
            self.say_error(str(error))
            return

        def created(container: Container) -> None:
            self.dismiss(container.name)

        self.do("creating", lambda inspector, progress: inspector.containers.create(image, options, progress), created)
