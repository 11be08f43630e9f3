"""The details of the row under a comparison's cursor, and the state of the rows as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.core.language.texts import tr
from layertui.tui.common.format import count_text, safe
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.widgets.chrome.tab_frame import TabFrame
from layertui.tui.widgets.compare.change_line import entry_lines
from layertui.tui.widgets.compare.change_tree import ChangeTree
from layertui.tui.widgets.compare.config_table import ConfigTable
from layertui.tui.widgets.compare.history_rows import step_lines
from layertui.tui.widgets.compare.history_view import HistoryView
from layertui.tui.widgets.compare.package_table import PackageTable
from layertui.tui.widgets.files.document import NAME_WIDTH, Part
from layertui.tui.widgets.text.pieces import Pieces, many

if TYPE_CHECKING:
    from layertui.core.images.compare.compare_images import Comparison
    from layertui.tui.widgets.compare.change_choice import Chosen

Sides = tuple[list[Part], list[Part]]


def details_of(frame: TabFrame, names: tuple[str, str], width: int) -> tuple[str, Sides]:
    """A title, and the details of each side, for a given width."""
    title, (left, right) = _lines(frame, names, width - NAME_WIDTH + 8)
    return title, ([_part(line) for line in left], [_part(line) for line in right])


def _part(line: Pieces) -> Part:
    """A line as a part; its first piece is the name, if it has one."""
    (first, word), *rest = line
    if not rest:
        return Part(first, word=word)
    return Part("".join(text for text, _ in rest), name=first.strip(), word=rest[0][1])


def _lines(frame: TabFrame, names: tuple[str, str], width: int) -> tuple[str, tuple[list[Pieces], list[Pieces]]]:
    heads: tuple[Pieces, Pieces] = ([(names[0], "removed strong")], [(names[1], "added strong")])
    shown = frame.current
    if shown == "history":
        history = frame.query_one(HistoryView)
        pair = history.pair_at(history.cursor)
        if history.own_at(history.cursor) is not None:
            return tr("a container's writable layer; the Files tab lists what it changed"), ([], [])
        if pair is None:
            return tr("the base that both share"), ([], [])
        sides = ([heads[0], *step_lines(pair.a, width)], [heads[1], *step_lines(pair.b, width)])
        return {"same": tr("the same step")}.get(pair.op, tr("step")), sides
    if shown == "files":
        tree = frame.query_one(ChangeTree)
        change = tree.change_at(tree.cursor)
        if change is None:
            return tr("a folder in which something differs"), ([], [])
        return safe(change.path), ([heads[0], *entry_lines(change.a)], [heads[1], *entry_lines(change.b)])
    if shown == "sizes":
        return tr("bytes of layers, and of the files in which contents differ"), ([], [])
    if shown == "packages":
        return _package(frame.query_one(PackageTable), heads)
    table = frame.query_one(ConfigTable)
    if not table.differences:
        return "", ([], [])
    row = table.differences[table.cursor]
    title = f"{row.field}: {row.meaning}" if row.meaning else row.field
    values: list[Pieces] = [
        [(value if value is not None else tr("not set"), "" if value else "dim")] for value in (row.a, row.b)
    ]
    return title, ([heads[0], values[0]], [heads[1], values[1]])


def _package(table: PackageTable, heads: tuple[Pieces, Pieces]) -> tuple[str, tuple[list[Pieces], list[Pieces]]]:
    """All versions of a package on each side."""
    if not table.changes:
        return "", ([], [])
    change = table.changes[table.cursor]
    left, right = (
        [[(safe(version), "")] for version in side] or [[(tr("not there"), "dim")]]
        for side in (change.before, change.after)
    )
    return safe(f"{change.kind} {change.name}"), ([heads[0], *left], [heads[1], *right])


def state_of(frame: TabFrame) -> str:
    """A line about what the rows do not show: the first difference, what is hidden, what a difference means."""
    if frame.current == "history":
        return _first_difference(frame.query_one(HistoryView).comparison)
    if frame.current == "files":
        return _hidden(frame.query_one(ChangeTree).chosen)
    table = frame.query_one(ConfigTable)
    return table.differences[table.cursor].meaning if frame.current == "config" and table.differences else ""


def _first_difference(comparison: Comparison | None) -> str:
    if comparison is None or comparison.first_difference is None:
        return ""
    text = tr("first difference: step {first_difference}", first_difference=comparison.first_difference + 1)
    if (again := comparison.rebuilt) is not None and again.again:
        text += tr(" · {again} ran again", again=many(again.again, "later step"))
    return text


def _hidden(chosen: Chosen | None) -> str:
    if chosen is None:
        return ""
    notes = []
    if chosen.choice.layers is not None:
        numbers = [str(of.number) for of in chosen.choice.layers if of is not None]
        notes.append(
            tr(
                "only of layer {fromkeys}: {back} shows all",
                back=key_name("back", "Esc"),
                fromkeys=tr(" and ").join(dict.fromkeys(numbers)),
            )
        )
    ignoring = chosen.choice.ignoring
    words = [(ignoring.time, "mtime"), (ignoring.owner, "owner"), (ignoring.mode, "mode")]
    ignored = [word for on, word in words if on]
    if ignored:
        number = count_text(chosen.hidden) if chosen.hidden else tr("none")
        verb = tr("differs") if chosen.hidden == 1 else tr("differ")
        notes.append(
            tr(
                "{number} hidden (only {filter} {verb})",
                number=number,
                filter=tr(" or ").join(filter(None, [", ".join(ignored[:-1]), ignored[-1]])),
                verb=verb,
            )
        )
    return " · ".join(notes)
