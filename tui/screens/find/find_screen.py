"""Finds files: by name or content, in what is looked at, in all images, or in all engines."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from layertui.core.errors import LayertuiError
from layertui.core.language.texts import tr
from layertui.tui.common.format import count_text, safe
from layertui.tui.common.jobs import one_line
from layertui.tui.screens.find.found_stream import MOST, found_rows
from layertui.tui.screens.find.typed_query import TypedQuery, What, Where
from layertui.tui.screens.shared.base_screen import InspectorScreen
from layertui.tui.screens.shared.clipboard import COPY_KEY, CopyActions
from layertui.tui.screens.shared.debounce import Debounce
from layertui.tui.screens.shared.key_actions import Action
from layertui.tui.widgets.chrome.header_line import HeaderLine
from layertui.tui.widgets.chrome.key_bar import KeyBar
from layertui.tui.widgets.forms.fields import Choice, Field, Line, Tick
from layertui.tui.widgets.lists.found_list import FoundList, FoundRow
from layertui.tui.widgets.lists.row_list import RowList
from layertui.tui.widgets.text.pieces import many

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.progress import Progress
    from layertui.tui.common.selection import Selection

PAUSE = {"name": 0.15, "content": 0.4}
"""Seconds without a key after which what was typed is searched for: contents take longer to read."""

HINT = tr("text, *.glob or /expression/; with a slash: the path")


class FileFindLine(Line):
    """The field for what is to be found."""

    TITLE_OF_KEYS = tr("Pattern to find")

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", tr("to the files"), tooltip=tr("Go to the files that were found")),
    ]


class FindScreen(InspectorScreen[FoundRow]):
    """The pattern and where to search, below them the files as they are found; the answer is the chosen one."""

    DEFAULT_CSS = """
    FindScreen Field { padding: 0 1; }
    FindScreen #choices { height: auto; }
    FindScreen #hidden { margin: 0 0 0 2; }
    FindScreen #found {
        height: 1fr; border: round $pane-border; border-title-color: $text-muted; border-subtitle-color: $text-muted;
    }
    FindScreen #found:focus { border: round $primary; border-title-color: $primary; }
    """

    AUTO_FOCUS = "#pattern"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "to_files", tr("to the files"), key_display="↓", tooltip=tr("Go to the files that were found")),
        Binding("slash", "to_pattern", tr("pattern"), tooltip=tr("Type another pattern")),
        Binding("w", "where", tr("where"), tooltip=tr("Search in this image, in all images, or in all engines")),
        Binding("c", "what", tr("name or content"), tooltip=tr("Search for names or in contents")),
        Binding("v", "hidden", tr("hidden versions"), tooltip=tr("Find versions too that upper layers hide or remove")),
        COPY_KEY,
    ]

    def __init__(self, selection: Selection, last: TypedQuery | None, asked: Callable[[TypedQuery], None]) -> None:
        """`last` is what was asked before; `asked` is called with what is asked now."""
        super().__init__()
        self._selection = selection
        self._tell_asked = asked
        query = last or TypedQuery()
        if not selection.name and query.where == "this":
            query = query._replace(where="all")
        self._query = query
        self._debounce = Debounce(self)
        self._searching = False
        self._enter_waits = False
        """Whether Enter was pressed before anything was found: then the first file takes the focus."""
        self._images: set[str] = set()
        self._problems = 0
        wheres = [("all", tr("all images")), ("engines", tr("all engines"))]
        if selection.name:
            wheres.insert(0, ("this", tr("this image") if selection.container is None else tr("this container")))
        self.where = Choice(wheres, value=query.where, id="where")
        self.what = Choice([("name", tr("name")), ("content", tr("content"))], value=query.what, id="what")
        self.hidden = Tick(tr("hidden versions"), value=query.hidden, id="hidden")
        self.found = FoundList(id="found")
        self.offer(CopyActions(self).actions())
        self.offer(
            {
                "to_files": Action(self.found.focus, lambda: "" if self.found.rows else tr("nothing was found yet")),
                "to_pattern": Action(lambda: self.query_one(FileFindLine).focus()),
                "where": Action(lambda: self.where.action_turn(1)),
                "what": Action(lambda: self.what.action_turn(1)),
                "hidden": Action(self.hidden.action_turn),
            }
        )

    def compose(self) -> ComposeResult:
        """The pattern, where to search for it, what was found."""
        yield HeaderLine()
        # Made here, as a field with a text needs the app.
        yield Field(tr("Find"), FileFindLine(self._query.typed, placeholder=HINT, id="pattern"))
        yield Field(tr("In"), self.where)
        yield Field(tr("By"), self.what, self.hidden)
        yield self.found
        yield KeyBar()

    def on_mount(self) -> None:
        header = self.query_one(HeaderLine)
        header.engine, header.subject = self._selection.engine, self._selection.title or tr("find")
        self._search()

    # -- what is asked

    @on(Input.Changed, "#pattern")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._ask(self._query._replace(typed=event.value))

    @on(Choice.Changed)
    def _turned(self) -> None:
        where, what = cast("Where", self.where.value), cast("What", self.what.value)
        self._ask(self._query._replace(where=where, what=what))

    @on(Tick.Changed)
    def _hidden_turned(self, event: Tick.Changed) -> None:
        self._ask(self._query._replace(hidden=event.value))

    def _ask(self, query: TypedQuery) -> None:
        if query == self._query:
            return
        self._query = query
        self._stop()
        self._enter_waits = False
        self._debounce.after(PAUSE[query.what], self._search, name="search")

    # -- the search

    def _search(self) -> None:
        """Search for what is typed now, and show what is found as it comes."""
        asked = self._query
        self._tell_asked(asked)
        self._stop()
        self._images, self._problems = set(), 0
        self.found.clear_rows(of_one_image=asked.where == "this")
        try:
            query = asked.query()
        except LayertuiError as error:
            self._say(one_line(error))
            return
        if query is None:
            self._say("")
            return
        names = (self._selection.name,) if asked.where == "this" else ()

        def call(progress: Progress) -> Iterator[list[FoundRow] | str]:
            return found_rows(self.inspector, query, names, progress, all_engines=asked.where == "engines")

        self._searching = True
        self._say(tr("searching …"))
        self.host.jobs.follow(self, call, self._came, group="find", ended=self._ended)

    def _came(self, piece: list[FoundRow] | str) -> None:
        if isinstance(piece, str):
            self._problems += 1
            self.show_notice(piece, severity="error", seconds=10)
            return
        self.found.add_rows(piece)
        if self._enter_waits and piece:
            self._enter_waits = False
            self.found.focus()
        self._images |= {row.image for row in piece}
        self._say(tr("searching …") if piece else tr("only the first {most} are shown", most=count_text(MOST)))
        self.refresh_bindings()

    def _ended(self, failure: Exception | None) -> None:
        self._searching = self._enter_waits = False
        if failure is not None:
            self.show_error(failure)
        cut = len(self.found.rows) >= MOST
        not_searched = tr("{problems} not searched", problems=self._problems) if self._problems else ""
        self._say(tr("only the first {most} are shown", most=count_text(MOST)) if cut else not_searched)
        self.refresh_bindings()

    def _stop(self) -> None:
        self.host.jobs.unfollow(self, "find")
        self._searching = False

    def _say(self, state: str) -> None:
        """The border of the list: how much was found, and whether that is all."""
        count = len(self.found.rows)
        found = many(count, "file") + (
            tr(" in {images}", images=many(len(self._images), "image")) if len(self._images) > 1 else ""
        )
        self.found.border_title = found if self._query.typed else tr("Found files")
        self.found.border_subtitle = safe(state)

    # -- keys

    @on(Input.Submitted, "#pattern")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        # Before the pause is over, what is listed was found by an earlier pattern.
        if self._debounce.pending or (self._searching and not self.found.rows):
            self._enter_waits = True
        elif self.found.rows:
            self.found.focus()

    @on(RowList.Chosen)
    def _chosen(self) -> None:
        if (row := self.found.current) is not None:
            self._stop()
            self.dismiss(row)

    def action_back(self) -> None:
        """Stop the search if one runs, otherwise go back."""
        if self._searching:
            self._stop()
            self._enter_waits = False
            self._say(tr("stopped"))
        else:
            self.dismiss(None)

    def on_unmount(self) -> None:
        self._stop()
