"""The titles of home's panes, and the notes below them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.core.language.texts import tr, trn
from layertui.tui.common.format import count_text, safe, size
from layertui.tui.widgets.chrome.pane_layout import pane_title
from layertui.tui.widgets.files.tree_line import ORDER_NAMES
from layertui.tui.widgets.text.pane_frame import set_subtitle, set_title

if TYPE_CHECKING:
    from layertui.core.layers.stack.view import View
    from layertui.tui.screens.home.home_panes import HomePanes
    from layertui.tui.screens.home.home_state import HomeState
    from layertui.tui.screens.shared.finding import Finder
    from layertui.tui.widgets.text.text_match import Pattern


def show_titles(state: HomeState, panes: HomePanes, finder: Finder) -> None:
    """Write them all; those that are as they were draw nothing."""
    shown, subject = state.shown, state.subject
    unreadable = sum(one.unreadable for one in shown)
    damaged = tr("{count} damaged", count=_count(unreadable)) if unreadable else ""
    outside = sum(row.is_file for row in panes.images.items)
    images = sum(len(one.images) for one in shown) + outside
    containers = sum(len(one.containers) for one in shown)
    set_title(panes.images, pane_title("images", f"{tr('Images')}{_count(images)}{damaged}"))
    set_title(panes.containers, pane_title("containers", f"{tr('Containers')}{_count(containers)}"))
    layers = tr("Layers of {title}", title=safe(subject.title)) if subject is not None else tr("Layers")
    set_title(panes.layers, pane_title("layers", layers))
    set_title(panes.files, pane_title("files", files_title(state)))
    panes.details.show_title()
    files = panes.files
    notes = files_notes(state, files.view, finder.pattern("files"), files.found, files.order)
    set_subtitle(files, *notes)


def files_title(state: HomeState) -> str:
    """As of which layer the files are."""
    if state.subject is None:
        return tr("Files")
    number = state.layer
    is_own = number == state.own_number
    if state.selection.alone:
        return tr("Files of the writable layer only") if is_own else tr("Files of layer {number} only", number=number)
    return (
        tr("Files as of layer {number} + writable layer", number=number - 1)
        if is_own
        else tr("Files as of layer {number}", number=number)
    )


def files_notes(
    state: HomeState, view: View | None, pattern: Pattern | None, found: int | None, order: str
) -> list[str]:
    """How many files there are, which of them show, and in what order."""
    if view is None:
        return []
    if pattern is not None:
        notes = [
            pattern.label,
            tr("{count_text} of {view}", count_text=count_text(found or 0), view=count_text(len(view))),
        ]
    else:
        notes = [trn("{count} entry", "{count} entries", len(view), count=count_text(len(view))), size(view.total_size)]
    if state.only_changes:
        notes.append(tr("only changes"))
    if state.with_removed and not state.selection.alone:
        notes.append(tr("with removed"))
    if order != "name":
        notes.append(tr("by {order}", order=ORDER_NAMES[order]))
    return notes


def _count(count: int) -> str:
    return f" · {count_text(count)}" if count else ""
