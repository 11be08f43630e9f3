"""The keys of home, in the order in which the key bar shows them. The lists in its panes have keys of their own."""

from __future__ import annotations

from textual.binding import Binding, BindingType

from layertui.core.language.texts import tr
from layertui.tui.screens.actions.lifecycle_actions import LIFE_KEYS, SHELL_KEY
from layertui.tui.screens.actions.path_actions import PATH_KEYS
from layertui.tui.screens.shared.base_screen import ZOOM_KEYS, numbered
from layertui.tui.widgets.chrome.pane_layout import PANE_NAMES, PANES

HOME_KEYS: list[BindingType] = [
    Binding("a", "alone", tr("this layer only"), tooltip=tr("Show only the files of this layer, with what it removes")),
    Binding("a", "merged", tr("merge layers"), tooltip=tr("Show the files as of this layer, with all layers below it")),
    Binding("m", "only_changes", tr("show changes"), tooltip=tr("Show only what this layer changed")),
    Binding("m", "everything", tr("show all"), tooltip=tr("Show unchanged files too")),
    Binding("c", "create", tr("create"), tooltip=tr("Create a container of this image: a writable layer, no process")),
    Binding("s", "start", tr("start"), tooltip=tr("Start the container's process in namespaces of its own")),
    Binding("s", "stop", tr("stop"), tooltip=tr("Stop the container's process; its writable layer stays")),
    SHELL_KEY,
    Binding("x", "take_out", tr("export"), tooltip=tr("Save an image, export a container, extract a file")),
    Binding(
        "v",
        "size_map",
        tr("size map"),
        tooltip=tr("Show what takes the bytes: folders, files, layers, and what is hidden"),
    ),
    Binding(
        "V",
        "repository_map",
        tr("size map by repository"),
        show=False,
        tooltip=tr("Show where the bytes of a catalog go: repositories, and what they share"),
    ),
    Binding(
        "F", "files_by_size", tr("files by size"), show=False, tooltip=tr("List the files by size, the largest first")
    ),
    Binding("f", "lookup", tr("look up"), tooltip=tr("Look up which layer a path comes from: top-down search")),
    Binding(
        "equals_sign",
        "compare",
        tr("compare"),
        key_display="=",
        tooltip=tr("Compare two marked rows, the marked row and this, or a container and its image"),
    ),
    Binding("d", "delete", tr("delete"), tooltip=tr("Delete it, after a question")),
    Binding("w", "write", tr("write"), tooltip=tr("Write a file into the container's writable layer")),
    Binding(
        "slash",
        "find",
        tr("filter"),
        tooltip=tr("Filter: text, path, *.glob or /regex/"),
    ),
    Binding(
        "O",
        "open_archive",
        tr("open"),
        show=False,
        tooltip=tr("Open an archive or a layout folder in place, also one that was opened before"),
    ),
    Binding(
        "b", "bookmark", tr("bookmark"), show=False, tooltip=tr("Bookmark the file or folder, or remove its bookmark")
    ),
    Binding("B", "bookmarks", tr("bookmarks"), show=False, tooltip=tr("List the bookmarks, and go to one")),
    Binding("L", "bring_in", tr("load"), tooltip=tr("Load or import an archive; nothing is changed until you confirm")),
    Binding(
        "C",
        "copy_to",
        tr("copy to"),
        show=False,
        tooltip=tr("Copy this image to another engine, a registry or an archive"),
    ),
    Binding(
        "p",
        "pull",
        tr("pull"),
        show=False,
        tooltip=tr("Pull an image from a registry; first shows how much it would fetch"),
    ),
    Binding(
        "P", "push", tr("push"), show=False, tooltip=tr("Push this image to a registry; shows how much it would send")
    ),
    Binding(
        "E",
        "engines",
        tr("engines"),
        show=False,
        tooltip=tr("Show which engines there are, and choose which are shown"),
    ),
    Binding("T", "fleet", tr("fleet"), show=False, tooltip=tr("Show which engine has which image and container")),
    *LIFE_KEYS,
    Binding("t", "tag", tr("tag"), tooltip=tr("Tag this image: add a name")),
    *PATH_KEYS,
    Binding("H", "history", tr("show history"), tooltip=tr("Show the history steps of this image")),
    Binding(
        "D", "dockerfile", tr("show Dockerfile"), show=False, tooltip=tr("Show the steps of this image as a Dockerfile")
    ),
    Binding("n", "next_match(1)", tr("next"), show=False, tooltip=tr("Go to the next match of the filter")),
    Binding("N", "next_match(-1)", tr("previous"), show=False, tooltip=tr("Go to the previous match of the filter")),
    Binding("R", "removed", tr("show removed"), show=False, tooltip=tr("Show what the layer removed, struck through")),
    Binding("y", "copy", tr("copy"), show=False, tooltip=tr("Copy the path or the ID")),
    Binding(
        "Y",
        "copy_more",
        tr("copy command or content"),
        show=False,
        tooltip=tr("Copy the name, the command or the file's content"),
    ),
    Binding("left_square_bracket,ctrl+left", "turn(-1)", tr("previous tab"), show=False),
    Binding("right_square_bracket,ctrl+right", "turn(1)", tr("next tab"), show=False),
    *ZOOM_KEYS,
    Binding("r", "refresh", tr("refresh"), show=False, tooltip=tr("Refresh images, containers and the writable layer")),
    *numbered("pane", ((pane, PANE_NAMES[pane]) for pane in PANES)),
    # Textual's own order goes by the position on the screen; the panes have numbers.
    Binding("tab", "next_pane(1)", tr("next pane"), show=False),
    Binding("shift+tab", "next_pane(-1)", tr("previous pane"), show=False),
    Binding("escape", "back", tr("clear, stop the job"), show=False),
    Binding("q", "quit", tr("quit"), tooltip=tr("Quit layertui; containers keep running")),
]
