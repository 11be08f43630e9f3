"""One changed path: its two contents side by side, and its attributes above them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Static

from layertui.core.language.texts import tr
from layertui.tui.common.format import kind_text, mode_text, mtime_text, safe, short, size
from layertui.tui.common.jobs import one_line
from layertui.tui.screens.compare.file_versions import Contents, Side, Version, read_both
from layertui.tui.screens.shared.base_screen import InspectorScreen
from layertui.tui.screens.shared.clipboard import COPY_KEY, CopyActions
from layertui.tui.screens.shared.key_actions import Action
from layertui.tui.widgets.chrome.header_line import HeaderLine
from layertui.tui.widgets.chrome.key_bar import KeyBar
from layertui.tui.widgets.compare.content_diff import ContentDiff
from layertui.tui.widgets.compare.hex_diff import HexDiff
from layertui.tui.widgets.compare.hunks import HunkList
from layertui.tui.widgets.files.file_view import FileView
from layertui.tui.widgets.files.preview import caption
from layertui.tui.widgets.lists.row_list import RowList
from layertui.tui.widgets.text.lines import content_of
from layertui.tui.widgets.text.pieces import Piece, Pieces

if TYPE_CHECKING:
    from layertui.core.layers.table.entry import Entry


WIDE = 100
"""The width in cells from which the digest is shown."""


class ContentScreen(InspectorScreen["int | None"]):
    """Text beside text, or bytes beside bytes.

    The answer is which file comes next: the next one (1), the previous one (-1), or none.
    """

    DEFAULT_CSS = """
    ContentScreen #about { height: auto; max-height: 7; padding: 0 1; }
    ContentScreen #contents {
        height: 1fr; border: round $pane-border; border-title-color: $text-muted;
        border-subtitle-color: $text-muted; border-subtitle-align: right;
    }
    ContentScreen #contents:focus-within { border: round $primary; }
    ContentScreen #contents > * { width: 1fr; height: 1fr; display: none; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "right_square_bracket",
            "file(1)",
            tr("next file"),
            key_display="]",
            tooltip=tr("Go to the next file that differs"),
        ),
        Binding(
            "left_square_bracket",
            "file(-1)",
            tr("previous file"),
            show=False,
            tooltip=tr("Go to the previous file that differs"),
        ),
        COPY_KEY,
    ]

    def __init__(self, left: Side, right: Side, path: str, what: str = "", *, among: int = 1) -> None:
        """`among`: the number of differing files, of which this is one."""
        super().__init__()
        self._among = among
        self.offer(CopyActions(self).actions())
        self.offer({"file": Action(self.dismiss, self._no_other_file)})
        self._sides = (left, right)
        self._path = path
        self._what = what

    def compose(self) -> ComposeResult:
        yield HeaderLine()
        yield Static(id="about")
        with Horizontal(id="contents"):
            yield ContentDiff(id="lines")
            yield HexDiff(id="bytes")
            yield FileView(id="alone")
        yield KeyBar()

    def on_mount(self) -> None:
        one, other = self._sides
        self.query_one(HeaderLine).subject = f"{one.title} ⇄ {other.title}"
        self._show_heads(None, None)
        theme = "one-dark" if self.app.current_theme.dark else "friendly"
        self.ask(
            tr("reading {path}", path=self._path),
            lambda inspector, progress: read_both(inspector, one, other, theme, progress),
            self._show,
            group="content",
            failed=self._failed,
        )

    def _show_heads(self, left: Version | None, right: Version | None) -> None:
        """Show what both sides are, above their contents."""
        one, other = self._sides
        width = max(len(one.title), len(other.title))
        lines: list[Pieces] = [[(safe(self._path), "strong"), (f"  {self._what}", "changed")]]
        for side, against, version, word in ((one, other, left, "removed"), (other, one, right, "added")):
            entry = _entry_pieces(side, against.entry)
            lines.append(
                [(f"{side.title:<{width}}  ", word), *entry, *_version_pieces(version, wide=self.size.width >= WIDE)]
            )
        self.query_one("#about", Static).update(content_of(lines))

    def _show(self, contents: Contents) -> None:
        left, right = contents.left, contents.right
        names = (self._sides[0].title, self._sides[1].title)
        self._show_heads(left, right)
        frame = self.query_one("#contents")
        frame.border_title = contents.note
        if contents.lines is not None and left is not None and right is not None:
            lines = self.query_one(ContentDiff)
            self._turn_to(lines)
            lines.show(left.lines or (), right.lines or (), contents.lines, names)
        elif contents.bytes is not None:
            view = self.query_one(HexDiff)
            self._turn_to(view)
            view.show(contents.bytes, names)
        elif contents.alone is not None:
            alone = self.query_one(FileView)
            self._turn_to(alone)
            alone.show(contents.alone)
            frame.border_title = tr(
                "only in {names}: {caption}",
                names=names[0] if left is not None else names[1],
                caption=caption(contents.alone),
            )
        else:
            frame.border_title = self._no_content()
        self.refresh_bindings()  # enables keys to differences, if there are any

    def _turn_to(self, view: ContentDiff | HexDiff | FileView) -> None:
        view.display = True
        view.focus()

    def _no_other_file(self) -> str:
        return "" if self._among > 1 else tr("there is no other file that differs")

    @on(RowList.Moved)
    def _moved(self, event: RowList.Moved) -> None:
        if isinstance(event.rows, HunkList):
            self.query_one("#contents").border_subtitle = event.rows.where

    def _no_content(self) -> str:
        entry = next((side.entry for side in self._sides if side.entry is not None), None)
        return (
            tr("a {word} has no content to show", word=kind_text(entry.kind.word))
            if entry is not None
            else tr("not on either side")
        )

    def _failed(self, error: Exception) -> None:
        view = self.query_one(FileView)
        self._turn_to(view)
        view.say(one_line(error))


def _entry_pieces(side: Side, other: Entry | None) -> list[Piece]:
    """The attributes of one side for the head; those that differ from the other side are emphasised."""
    entry = side.entry
    if entry is None:
        return [(tr("not there"), "dim")]
    mine, theirs = _attribute_texts(entry), _attribute_texts(other) if other is not None else None
    pieces: list[Piece] = []
    for number, text in enumerate(mine):
        differs = theirs is not None and text != theirs[number]
        pieces += [(text, "changed strong" if differs else ""), ("  ", "")]
    pieces.append((side.layer, "dim"))
    if entry.link is not None:
        differs = other is not None and other.link != entry.link
        pieces.append((f"  → {safe(entry.link)}", "changed strong" if differs else "link"))
    return pieces


def _attribute_texts(entry: Entry) -> tuple[str, ...]:
    figure = size(entry.size)
    return mode_text(entry.kind, entry.mode), f"{entry.uid}:{entry.gid}", f"{figure:>6}", mtime_text(entry.mtime)


def _version_pieces(version: Version | None, *, wide: bool) -> list[Piece]:
    """The kind of the content, and its digest."""
    if version is None:
        return []
    digest = f"sha256:{short(version.digest)}" if wide else short(version.digest)[:8]
    return [("  ", ""), (version.kind, "base"), (f"  {digest}", "dim")]
