"""Writes a file into a container's writable layer; the answer is the path written.

While the path is typed, the dialog shows what writing there does: a new file, one overwritten, or one copied up. Enter and
Tab go from the path to the content; ^s saves from any field.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, BinaryIO, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Label, TextArea

from layertui.core.analysis.file_facts.text_content import text_of
from layertui.core.errors import LayertuiError
from layertui.core.language.texts import tr
from layertui.core.layers.table.entry import Entry, Kind
from layertui.tui.common.command_log import ActCommand, command_in
from layertui.tui.common.format import octal, safe, size
from layertui.tui.common.jobs import one_line
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.screens.dialogs.dialog import KEPT, LOST, NOTE, Dialog, lines
from layertui.tui.screens.dialogs.path_dialogs import InvalidMode, attributes, whole
from layertui.tui.screens.dialogs.questions import LeaveDialog
from layertui.tui.screens.shared.clipboard import copy_key
from layertui.tui.screens.shared.copy_targets import as_path
from layertui.tui.screens.shared.notices import ActNotice
from layertui.tui.screens.shared.path_completion import in_view, on_host
from layertui.tui.widgets.files.editor import Editor, spans_of
from layertui.tui.widgets.forms.fields import Choice, Field, Line, Tick
from layertui.tui.widgets.forms.path_line import PathLine, completes

if TYPE_CHECKING:
    from layertui.core.inspector import Inspector
    from layertui.core.inspector.inspector_answers import WriteEffect
    from layertui.core.inspector.subject import Subject
    from layertui.core.layers.stack.view import View
    from layertui.core.progress import Progress

EDIT_LIMIT = 1 << 20
"""Bytes up to which a file is opened in the editor."""


class WriteDialog(Dialog["str | None"]):
    """The path, the content, mode and owner."""

    DEFAULT_CSS = """
    WriteDialog > #frame { width: 110; height: 100%; max-height: 40; }
    WriteDialog #fields { height: 1fr; }
    WriteDialog #effect { margin: 0; }
    WriteDialog #buttons { margin: 0; }
    WriteDialog #text { height: 1fr; border: none; padding: 0; margin: 1 0; background: $panel; scrollbar-size: 1 1; }
    WriteDialog #host-field { display: none; }
    WriteDialog .short { width: 12; margin: 0 2 0 0; }
    WriteDialog .word { width: auto; padding: 0 1 0 0; color: $text-muted; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+o",
            "editor",
            tr("in $EDITOR"),
            tooltip=tr("Edit the text in your own editor, in this terminal"),
        ),
        Binding(
            "ctrl+t",
            "insert_tab",
            tr("insert a tab"),
            tooltip=tr("Insert a tab character instead of going on to the next field"),
        ),
    ]

    YES = tr("Save")

    def __init__(self, container: str, path: str = "/") -> None:
        super().__init__()
        self._container = container
        self._path = path
        self._subject: Subject | None = None
        self._view: View | None = None
        self._effect: WriteEffect | None = None
        self._wrong = ""
        self._opened_text: str | None = None

    def yes_key(self) -> str:
        return key_name("confirm", "^s")  # Enter starts a new line

    def heading(self) -> str:
        return tr("Write a file into {container}", container=safe(self._container))

    def fields(self) -> Iterable[Widget]:
        """Path, content, mode and owner, and less frequent options."""
        yield Field(
            tr("Path"),
            PathLine(self._path, placeholder=tr("e.g. /etc/motd"), id="path"),
            hint=completes(),
        )
        editor = Editor(id="text", compact=True, soft_wrap=False, show_line_numbers=True, tab_behavior="focus")
        editor.indent_type = "tabs"
        yield editor
        yield Field(
            tr("Mode"),
            Horizontal(
                Line(placeholder="(0644)", id="mode", classes="short"),
                Label(tr("owner"), classes="word"),
                Line(placeholder="(0:0)", id="owner", classes="short"),
                Tick(tr("make missing folders -p"), id="parents"),
            ),
        )
        yield Field(
            tr("Content"),
            Choice((("typed", tr("typed here")), ("host", tr("file on this host"))), id="source"),
            hint=tr(
                "{editor} $EDITOR  {insert_tab} tab",
                editor=key_name("editor", "^o"),
                insert_tab=key_name("insert_tab", "^t"),
            ),
        )
        yield Field(
            tr("Host file"),
            PathLine(placeholder=tr("e.g. ./motd"), id="host"),
            hint=completes(),
            id="host-field",
        )

    def on_mount(self) -> None:
        """Start opening the container's files, for completion; a path of an existing file is opened in the editor."""
        super().on_mount()
        path = self._path

        def look(inspector: Inspector, progress: Progress) -> tuple[Subject, View, bytes | None]:
            subject = inspector.open(f"container:{self._container}", progress=progress)
            view = inspector.view(subject, progress=progress)
            return subject, view, _content(inspector, subject, view, path)

        self.find_out(tr("opening"), look, self._opened, group="open")

    def _opened(self, answer: tuple[Subject, View, bytes | None]) -> None:
        self._subject, self._view, content = answer
        line = self.query_one("#path", PathLine)
        self._path_wanted(PathLine.Wanted(line, line.value))
        text = text_of(content) if content is not None else None
        editor = self.query_one("#text", TextArea)
        # Otherwise another path is being typed: the text of this one has no place there.
        if text is not None and not editor.text and line.value == self._path:
            self._opened_text = text
            editor.text = text
            editor.focus()

    # -- the effect

    @on(PathLine.Wanted, "#path")
    def _path_wanted(self, event: PathLine.Wanted) -> None:
        if self._view is None:
            return
        event.line.offer(event.text, in_view(self._view, event.text))
        name, path = self._container, event.text
        self.ask(
            tr("what a write will do"),
            lambda inspector, _progress: inspector.containers.write_effect(name, path),
            self._effect_known,
            group="effect",
            failed=self._effect_unknown,
            quiet=True,
        )

    def _effect_known(self, effect: WriteEffect) -> None:
        self._effect, self._wrong = effect, ""
        self._show_present()

    def _effect_unknown(self, error: Exception) -> None:
        self._effect, self._wrong = None, one_line(error)
        self._show_present()

    def _present(self) -> Entry | None:
        path = "/" + self.query_one("#path", Input).value.strip("/")
        return self._view.get(path) if self._view is not None and path != "/" else None

    def _show_present(self) -> None:
        """Mode and owner of an existing file are kept: they are shown dimmed in the fields."""
        entry = self._present()
        self.query_one("#mode", Line).placeholder = f"({octal(entry.mode)})" if entry is not None else "(0644)"
        self.query_one("#owner", Line).placeholder = f"({entry.uid}:{entry.gid})" if entry is not None else "(0:0)"
        self.renew()

    @on(PathLine.Wanted, "#host")
    def _host_wanted(self, event: PathLine.Wanted) -> None:
        self.ask(
            tr("looking at the folder"),
            lambda _inspector, _progress: on_host(event.text),
            lambda candidates: event.line.offer(event.text, candidates),
            group="host",
            quiet=True,
        )

    def effect(self) -> Content:
        """Where the bytes will be written."""
        from_host = self.query_one("#source", Choice).value == "host"
        self.query_one("#host-field").display = from_host
        self.query_one("#text").display = not from_host
        effect = self._effect
        if effect is None or not effect.path.strip("/"):
            return lines((safe(self._wrong), LOST) if self._wrong else (tr("Type a path in the container."), NOTE))
        path = safe(whole(effect.path))
        if effect.is_folder:
            return lines((tr("{path} is a folder: add the name of a file in it.", path=path), NOTE))
        if effect.mounted:
            what = tr("overwritten") if effect.exists else tr("new file")
            where = tr("in what is mounted at {mounted}, not in a layer", mounted=safe(effect.mounted))
            return lines((tr("{path}: {what} {where}.", path=path, what=what, where=where), "$text-warning"))
        if not effect.exists:
            return lines((tr("{path}: new file in the writable layer.", path=path), KEPT))
        if effect.copied_up:
            return lines(
                (
                    tr(
                        "{path} is in layer {layer}: copied up, layer {layer} stays as it is.",
                        path=path,
                        layer=effect.layer,
                    ),
                    "$text-warning",
                )
            )
        return lines((tr("{path} is already in the writable layer: overwritten there.", path=path), "$text-warning"))

    def command(self) -> Sequence[str]:
        from_host = self.query_one("#source", Choice).value == "host"
        return self._command_for((self._text("host") or "FILE") if from_host else "-")

    def act(self) -> ActCommand | None:
        """With the host's file as it is named in any folder, or with what was typed."""
        from_host = self.query_one("#source", Choice).value == "host"
        file = str(as_path(self._text("host")).absolute()) if from_host else "-"
        return ActCommand(command_in(self.engine, self._command_for(file)), stdin=None if from_host else self._typed())

    def _typed(self) -> bytes:
        return self.query_one("#text", TextArea).text.encode("utf-8", "surrogateescape")

    def _command_for(self, file: str) -> Sequence[str]:
        words = ["layertui", "write", self._container, self._text("path") or "PATH", file]
        for flag, field in (("--mode", "mode"), ("--owner", "owner")):
            if self._text(field):
                words += [flag, self._text(field)]
        return [*words, *(["-p"] if self.query_one("#parents", Tick).value else [])]

    def _text(self, field: str) -> str:
        return self.query_one(f"#{field}", Input).value.strip()

    @on(Editor.Stale)
    def _colour(self, event: Editor.Stale) -> None:
        path, text = self.query_one("#path", Input).value, event.text
        self.ask(
            "colouring",
            lambda _inspector, _progress: spans_of(path, text),
            lambda spans: event.editor.colour(text, spans),
            group="colours",
            quiet=True,
        )

    def action_editor(self) -> None:
        """Open the text in the user's own editor: what was typed here, otherwise the file's content."""
        typed, path = self.query_one("#text", TextArea).text, "/" + self._text("path").strip("/")
        subject, view = self._subject, self._view
        if typed or subject is None or view is None:
            self._edit(typed.encode("utf-8", "surrogateescape"))
            return
        self.ask(
            tr("reading {path}", path=safe(path)),
            lambda inspector, _progress: _content(inspector, subject, view, path) or b"",
            self._edit,
            group="open",
            failed=lambda error: self.show_error_text(one_line(error)),
        )

    def _edit(self, content: bytes) -> None:
        """Take the text back from the editor: Save writes it, as if it had been typed."""
        from layertui.tui.screens.shared.suspend import edited

        try:
            text = text_of(edited(self.app, self.inspector.settings.editor, self._text("path"), content))
        except LayertuiError as error:
            self.show_error_text(str(error))
            return
        if text is None:
            self.show_error_text(tr("the editor saved a binary file, which cannot be edited here"))
            return
        self.query_one("#source", Choice).value = "typed"
        editor = self.query_one("#text", TextArea)
        editor.text = text
        editor.focus()

    def action_insert_tab(self) -> None:
        """Insert a tab, as the Tab key goes to the next field."""
        editor = self.query_one("#text", TextArea)
        if editor.has_focus:
            editor.insert("\t")

    # -- the work

    @on(Input.Submitted, "#path")
    def _path_entered(self, event: Input.Submitted) -> None:
        """Go to the content: only ^s saves, so that Enter does not write an empty file by mistake."""
        event.prevent_default()  # otherwise the base class would confirm
        from_host = self.query_one("#source", Choice).value == "host"
        self.query_one("#host" if from_host else "#text").focus()

    def confirm(self) -> None:
        try:
            mode, owner = attributes(self._text("mode"), self._text("owner"))
        except ValueError as error:
            self.show_error_text(str(error), at="#mode" if isinstance(error, InvalidMode) else "#owner")
            return
        if not self.query_one("#path", Input).value.strip("/ "):
            self.show_error_text(tr("a path is needed, such as /etc/motd"), at="#path")
            return
        if self.query_one("#source", Choice).value == "host" and not self._text("host"):
            self.show_error_text(tr("a file on this host is needed"), at="#host")
            return
        self._write(mode, owner)

    def _write(self, mode: int | None, owner: tuple[int, int] | None) -> None:
        name, path = self._container, self.query_one("#path", Input).value
        parents = self.query_one("#parents", Tick).value
        host = as_path(self._text("host")) if self.query_one("#source", Choice).value == "host" else None
        typed = self._typed()
        where = whole(path)

        def write(inspector: Inspector, _progress: Progress) -> int:
            from layertui.core.fs.file_window import files_only

            source: BinaryIO = io.BytesIO(typed) if host is None else open(host, "rb", opener=files_only)
            with source:
                inspector.containers.files.writable_layer(name).write(
                    path, source, mode=mode, owner=owner, parents=parents
                )
            return len(typed) if host is None else host.stat().st_size

        def written(length: int) -> None:
            copy = copy_key(self, tr("path"), where)
            self.finish(
                path,
                ActNotice(tr("Wrote {where} in {name}, {size}", where=where, name=name, size=size(length)), (copy,)),
            )

        self.do(tr("writing {path}", path=path), write, written)

    def wrong_field(self, error: Exception) -> str:
        """An unreadable file is the host's; everything else is about the path."""
        return "#host" if isinstance(error, OSError) else "#path"

    def action_back(self) -> None:
        """Ask before typed text is discarded."""
        text = self.query_one("#text", TextArea).text
        if self.busy or text == (self._opened_text or ""):
            super().action_back()
            return

        def answered(choice: str | None) -> None:
            if choice == "save":
                self.action_confirm()
            elif choice == "discard":
                self.dismiss(None)

        typed = size(len(text.encode("utf-8", "surrogateescape")))
        self.app.push_screen(LeaveDialog(tr("{typed} typed and not saved.", typed=typed)), answered)


def _content(inspector: Inspector, subject: Subject, view: View, path: str) -> bytes | None:
    """The content of a file that is small enough to edit; None if there is none."""
    entry = view.get(path) if path != "/" else None
    if entry is None or entry.kind is not Kind.FILE or entry.size > EDIT_LIMIT:
        return None
    with inspector.read(subject, path) as content:
        return content.read()
