"""Lists about a container: its mounts, its processes and its log."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.strip import Strip

from layertui.core.language.texts import tr
from layertui.tui.common.format import clock, safe, when
from layertui.tui.widgets.lists.by_column import ByColumn
from layertui.tui.widgets.lists.list_filter import Narrowing
from layertui.tui.widgets.lists.row_list import WHOLE, RowList, plain
from layertui.tui.widgets.text.pieces import Pieces, fit, fit_left, right
from layertui.tui.widgets.text.selected_text import SelectableText, selected_parts

if TYPE_CHECKING:
    from layertui.core.containers.model.mount_table import MountedLayer, MountEntry, MountTable
    from layertui.core.containers.observe.container_logs import LogLine
    from layertui.core.containers.observe.process_list import ProcessRow


class LogList(SelectableText, Narrowing["LogLine"]):
    """The container's output, with stream and time."""

    TITLE_OF_KEYS = tr("Logs")

    FOLLOWS = True
    OPENS = True

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "choose",
            tr("whole log"),
            tooltip=tr("Show the whole log in the file view: find, wrap, follow, save"),
        ),
    ]

    def text_of(self, item: LogLine) -> str:
        """Stream and text, as they are shown."""
        return f"{item.stream}  {safe(_text(item))}"

    def draw_head(self, line: int, width: int) -> Pieces:
        """The titles of the columns, or that there is no output."""
        if not self.count:
            return [(tr("  no line matches") if self.items else tr("  nothing written to stdout or stderr"), "dim")]
        return [(f"  {fit(tr('time (UTC)'), 19)}  {fit(tr('stream'), 6)}  {tr('line')}", "title")]

    def line_number(self, y: int) -> int:
        """That of the row; the head is before the first."""
        return int(self.scroll_offset.y) + y - self.head_height if y >= self.head_height else -1

    def draw_line(self, y: int) -> Strip:
        return RowList.render_line(self, y)

    def selected_text(self, start: tuple[int, int], end: tuple[int, int]) -> str:
        """As it is shown, with times and streams."""
        return "\n".join(
            selected_parts(lambda row: plain([self.draw_row(row, WHOLE)])[0], self.count, start, end, gutter=2)
        )

    def to_copy(self) -> str | None:
        return _text(self.current) if self.current is not None else None

    def more_to_copy(self) -> str | None:
        return "\n".join(_text(self.item_at(row)) for row in range(self.count))

    def draw_row(self, index: int, width: int) -> Pieces:
        row = self.item_at(index)
        error = row.stream == "stderr"
        stream = ("stderr", "changed") if error else ("stdout", "dim")
        text = _text(row).expandtabs(8)
        return [
            (f"  {when(row.time)}  ", "dim"),
            (f"{stream[0]}  ", stream[1]),
            (safe(text), "changed" if error else ""),
        ]


def _text(line: LogLine) -> str:
    return line.text.rstrip(b"\r\n").decode("utf-8", "surrogateescape")


class MountList(RowList):
    """The folders of the root filesystem, top first; then the mounts of the running container."""

    OPENS = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.table: MountTable | None = None
        self.head_height = 1

    def show(self, table: MountTable) -> None:
        """Show a mount table."""
        if table != self.table:
            self.table = table
            self.show_count(len(table.layers) + 1 + len(table.mounts))

    def validate_cursor(self, value: int) -> int:
        """Never on the line between the two."""
        value = super().validate_cursor(value)
        if self.table is None or value != len(self.table.layers):
            return value
        return value + 1 if value >= self.cursor and self.table.mounts else value - 1

    def to_copy(self) -> str | None:
        """The folder of the layer, or the mount's target."""
        if self.table is None:
            return None
        layers, mounts = self.table.layers, self.table.mounts
        if self.cursor < len(layers):
            return str(layers[self.cursor].folder)
        return mounts[self.cursor - len(layers) - 1].path if mounts else None

    def draw_head(self, line: int, width: int) -> Pieces:
        """The titles of the layers' columns."""
        return [(f"  {fit(tr('layers of the root'), 20)}  {tr('folder')}", "title")]

    def draw_row(self, index: int, width: int) -> Pieces:
        """A layer, the titles of the mounts' columns, or a mount."""
        assert self.table is not None
        layers, mounts = self.table.layers, self.table.mounts
        if index < len(layers):
            return _layer_folder(layers[index], width)
        wide = max(20, min(40, width // 2 - 6))
        if index > len(layers):
            return _mount(mounts[index - len(layers) - 1], wide)
        if not mounts:
            return [(tr("  nothing is mounted: the container is not running"), "dim")]
        return [(f"  {fit(tr('mounted on'), wide)} {fit(tr('type'), 9)} {fit(tr('mode'), 4)}  {tr('source')}", "title")]


def _layer_folder(layer: MountedLayer, width: int) -> Pieces:
    folder = fit_left(safe(str(layer.folder)), max(10, width - 24))
    if layer.writable:
        return [(fit("  ✎ " + tr("writable layer"), 24), "own strong"), (folder, "own")]
    if not layer.last:
        return [(fit("    " + tr("mount points"), 24), "dim"), (folder, "dim")]
    several = (
        tr("layers {first}–{last}", first=layer.first, last=layer.last)
        if layer.first != layer.last
        else tr("layer {last}", last=layer.last)
    )
    return [(fit("    " + several, 24), ""), (folder, "dim")]


def _mount(mount: MountEntry, wide: int) -> Pieces:
    return [
        (f"  {fit(safe(mount.path), wide)} ", "strong" if mount.path == "/" else ""),
        (f"{fit(mount.kind, 9)} ", "dim"),
        (f"{mount.options[0]:<4}  ", "changed" if mount.options[0] == "rw" else "dim"),
        (safe(mount.source), "dim"),
    ]


class ProcessList(ByColumn, Narrowing["ProcessRow"]):
    """The processes in the container, with their pids inside and on the host."""

    TITLE_OF_KEYS = tr("Processes")

    SORTS: ClassVar = (
        None,
        lambda one: one.pid,
        lambda one: one.uid,
        lambda one: -one.seconds,
        lambda one: one.command,
    )

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._listed: Sequence[ProcessRow] = ()

    def text_of(self, item: ProcessRow) -> str:
        """Its command line."""
        return quoted_words(item.command)

    def show(self, items: Sequence[ProcessRow]) -> None:
        """Show processes; usually they are the same as before."""
        self._listed, items = items, self.in_order(items)
        if items != self.items:
            chosen = self.current.pid if self.current is not None else None
            super().show(items)
            there = (row for row in range(self.count) if self.item_at(row).pid == chosen)
            self.cursor = next(there, self.cursor)

    def sort_again(self) -> None:
        self.show(self._listed)

    def to_copy(self) -> str | None:
        return quoted_words(self.current.command) if self.current is not None else None

    def draw_head(self, line: int, width: int) -> Pieces:
        """The titles of the columns, or that there are none."""
        if not self.items:
            return [(tr("  no process: the container is not running"), "dim")]
        if not self.count:
            return [(tr("  no process matches"), "dim")]
        titles = (tr("inside"), tr("on host"), tr("user"), tr("time"), tr("command"))
        inside, pid, user, time, command = (self.titled(column, title) for column, title in enumerate(titles))
        return [
            (f"  {right(inside, 6)}", "title"),
            (right(pid, 10), "title"),
            (right(user, 8), "title"),
            (right(time, 10) + "  ", "title"),
            (command, "title"),
        ]

    def draw_row(self, index: int, width: int) -> Pieces:
        one = self.item_at(index)
        return [
            (f"  {one.inside:>6}  ", "own"),
            (f"{one.pid:>8}  {one.uid:>6}  {clock(one.seconds):>8}  ", "dim"),
            (quoted_words(one.command), "strong" if one.inside == 1 else ""),
        ]


def quoted_words(words: Sequence[str]) -> str:
    """A command line with a shell's quotes; a kernel thread's name in brackets is unchanged."""
    return safe(shlex.join(words) if len(words) > 1 else words[0])
