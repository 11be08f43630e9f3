"""The files of an image, a container or one layer as one flat list, the largest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content

from layertui.core.language.texts import tr
from layertui.tui.common.format import size
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.screens.shared.base_screen import InspectorScreen
from layertui.tui.screens.shared.clipboard import COPY_KEY, CopyActions
from layertui.tui.screens.shared.finding import Finder
from layertui.tui.screens.shared.key_actions import Action
from layertui.tui.screens.size.size_screen import PathOnHome
from layertui.tui.widgets.chrome.header_line import HeaderLine
from layertui.tui.widgets.chrome.key_bar import KeyBar
from layertui.tui.widgets.lists.row_list import RowList
from layertui.tui.widgets.size.sized_file_list import SizedFileList
from layertui.tui.widgets.text.pane_frame import set_subtitle
from layertui.tui.widgets.text.pieces import many

if TYPE_CHECKING:
    from layertui.core.analysis.files_by_size import FilesBySize
    from layertui.core.inspector import Inspector
    from layertui.core.layers.stack.stack import Stack
    from layertui.core.progress import Progress
    from layertui.tui.widgets.forms.find_bar import FindBar
    from layertui.tui.widgets.text.text_match import Pattern

_FILES = "files"  # the name of what is filtered


class FilesBySizeScreen(InspectorScreen[PathOnHome]):
    """The files that the layers store, hard links once: visible ones, with `v` also those that upper layers hide."""

    DEFAULT_CSS = """
    FilesBySizeScreen #sized {
        height: 1fr; border: round $primary; border-title-color: $primary; border-subtitle-color: $text-muted;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "v", "with_hidden", tr("hidden versions"), tooltip=tr("List files too that upper layers hide or remove")
        ),
        Binding("v", "without_hidden", tr("visible only"), tooltip=tr("List only the files that can be seen")),
        Binding("slash", "filter", tr("filter"), tooltip=tr("Filter: text, path, *.glob or /regex/")),
        Binding("f", "lookup", tr("look up"), tooltip=tr("Look up which layer a path comes from: top-down search")),
        Binding("n", "next_match(1)", tr("next"), show=False, tooltip=tr("Go to the next match of the filter")),
        Binding(
            "N", "next_match(-1)", tr("previous"), show=False, tooltip=tr("Go to the previous match of the filter")
        ),
        COPY_KEY,
    ]

    def __init__(self, name: str, stack: Stack, low: int, high: int, own_number: int | None = None) -> None:
        """The files that layers `low` to `high` of a stack store; `name` opens the image or container in its engine."""
        super().__init__()
        self._of, self._stack, self._low, self._high, self._own = name, stack, low, high, own_number
        self._files: FilesBySize | None = None
        self._hidden = False
        self.sized = SizedFileList(id="sized")
        self.finder = Finder(
            lambda bar: self.mount(bar, before=self.query_one(KeyBar)), self._narrow, lambda *_: self._focus_list()
        )
        self.offer(CopyActions(self).actions())
        self.offer(
            {
                "with_hidden": Action(
                    self._turn_hidden, lambda: tr("hidden versions: shown already") if self._hidden else ""
                ),
                "without_hidden": Action(
                    self._turn_hidden, lambda: "" if self._hidden else tr("visible only: they are")
                ),
                "filter": Action(lambda: self.finder.open(_FILES, tr("files"))),
                "lookup": Action(self._look_up, self._no_file),
                "next_match": Action(self.sized.next_match, self._no_file),
            }
        )

    def compose(self) -> ComposeResult:
        yield HeaderLine()
        yield self.sized
        yield KeyBar()

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(HeaderLine).subject = self._of
        self.sized.border_title = tr("Files by size")
        self.sized.focus()
        self._show()

    def _show(self) -> None:
        """Sort and filter in a job, and show what is left."""
        pattern, hidden, known = self.finder.pattern(_FILES), self._hidden, self._files

        def call(_: Inspector, progress: Progress) -> tuple[FilesBySize, FilesBySize]:
            from layertui.core.analysis.files_by_size import FilesBySize
            from layertui.core.analysis.stored_files import stored_files
            from layertui.tui.widgets.files.tree_match import files_that_fit

            whole = known or FilesBySize(stored_files(self._stack, low=self._low, high=self._high))
            shown = whole if hidden else whole.visible()
            return whole, shown if pattern is None else files_that_fit(shown, pattern, progress)

        self.ask(tr("sorting files"), call, self._sorted, group="sized", quiet=known is not None)

    def _sorted(self, answer: tuple[FilesBySize, FilesBySize]) -> None:
        self._files, shown = answer
        self.sized.show_files(shown, self._own)
        pattern = self.finder.pattern(_FILES)
        if pattern is not None:
            whole = self._files if self._hidden else self._files.visible()
            self.finder.show_found(_FILES, len(shown), len(whole))
        where = (
            tr("layer {high}", high=self._high)
            if self._low == self._high
            else tr("layers {low} to {high}", low=self._low, high=self._high)
        )
        self.sized.border_title = Content(
            tr(
                "Files of {where} by size: {shown}, {size}",
                where=where,
                shown=many(len(shown), "file"),
                size=size(shown.bytes),
            )
        )
        hidden = 0 if self._hidden else int(self._files.stored.hidden.sum())
        set_subtitle(
            self.sized,
            pattern.label if pattern is not None else "",
            tr(
                "{hidden}, {size}: {with_hidden} lists them",
                with_hidden=key_name("with_hidden", "v"),
                hidden=many(hidden, "hidden file"),
                size=size(self._files.stored.hidden_bytes),
            )
            if hidden
            else "",
        )
        self.refresh_bindings()

    # -- the keys

    def _no_file(self) -> str:
        return "" if self.sized.count else tr("there are no files here")

    def _turn_hidden(self) -> None:
        self._hidden = not self._hidden
        self._show()

    def _narrow(self, _target: str, _pattern: Pattern | None) -> None:
        self._show()

    def on_find_bar_typed(self, event: FindBar.Typed) -> None:
        self.finder.typed(event.text)

    def on_find_bar_closed(self, event: FindBar.Closed) -> None:
        self.finder.bar_closed(keep=event.keep)

    def _focus_list(self) -> None:
        self.set_focus(self.sized)

    @on(RowList.Chosen)
    def _to_files(self) -> None:
        if (row := self.sized.current) is not None:
            self.dismiss(PathOnHome(row.path, row.layer if row.hidden_by else self._high))

    def _look_up(self) -> None:
        from layertui.tui.screens.lookup_screen import LookupScreen

        if (row := self.sized.current) is not None:
            self.app.push_screen(LookupScreen(self._of, row.path).on_engine(self.engine))

    def action_back(self) -> None:
        """Clear the filter if there is one, otherwise go back."""
        if not self.finder.clear(_FILES):
            super().action_back()
