"""ImportFields: what `import` asks besides the file: name, message, and changes to the config, which may be those of another image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, TextArea

from layertui.core.language.texts import tr
from layertui.tui.textual_patches.typed_text import TypedText
from layertui.tui.widgets.forms.fields import Field, Line
from layertui.tui.widgets.forms.path_line import PathLine, completes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    ReadConfig = Callable[[str, Callable[[Sequence[str]], None]], object]
    """Reads the config of an image by its name, and calls back with the Dockerfile instructions that make it."""


class ImportFields(Vertical):
    """The fields, one below the other; hidden until the file turns out to be a tar of files."""

    DEFAULT_CSS = """
    ImportFields { height: auto; display: none; }
    ImportFields #changes {
        height: 4; border: none; padding: 0 1; background: $panel; width: 1fr; scrollbar-size: 0 1;
    }
    ImportFields #changes:focus { background: $row-cursor; }
    ImportFields .tall { height: 4; }
    """

    def __init__(self, read_config: ReadConfig) -> None:
        super().__init__()
        self._read_config = read_config
        self._carried = ""
        """The image whose config is in the changes."""
        self.images: Sequence[str] = ()
        """The names of the images whose config can be taken over."""

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        changes = TypedText(
            id="changes", compact=True, soft_wrap=False, placeholder=tr('e.g. CMD ["sh"], one per line')
        )
        changes.cursor_blink = False
        with_changes = Field(tr("Changes"), changes)
        with_changes.add_class("tall")
        yield Field(tr("Name"), Line(placeholder=tr("NAME:TAG (optional)"), id="ref"))
        yield Field(tr("Message"), Line(placeholder="(Imported from -)", id="message"))
        yield Field(
            tr("Config of"),
            PathLine(placeholder=tr("IMAGE whose CMD, ENV … are taken over"), id="config-of"),
            hint=completes(),
        )
        yield with_changes

    @property
    def ref(self) -> str:
        """The new image's name; empty for none."""
        return self.query_one("#ref", Input).value.strip()

    @property
    def message(self) -> str:
        """The comment of its history step; empty for the usual one."""
        return self.query_one("#message", Input).value.strip()

    @property
    def changes(self) -> list[str]:
        """Dockerfile instructions that change its config."""
        lines = self.query_one("#changes", TextArea).text.splitlines()
        return [line.strip() for line in lines if line.strip()]

    def command_for(self, file: str) -> Sequence[str]:
        """`layertui import …`."""
        words = ["layertui", "import", *(["-m", self.message] if self.message else [])]
        for change in self.changes:
            words += ["-c", change]
        return [*words, file, *([self.ref] if self.ref else [])]

    @on(PathLine.Wanted, "#config-of")
    def _config_wanted(self, event: PathLine.Wanted) -> None:
        name = event.text
        event.line.offer(name, [image for image in self.images if image.startswith(name)] if name else [])
        if name in self.images and name != self._carried:

            def carry(changes: Sequence[str]) -> None:
                self._carried = name
                editor = self.query_one("#changes", TextArea)
                editor.text = "\n".join(changes)
                editor.move_cursor(editor.document.end)

            self._read_config(name, carry)
