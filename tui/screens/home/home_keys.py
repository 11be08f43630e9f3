"""The keys of home, in the order in which the key bar shows them. The lists in its panes have keys of their own."""

from __future__ import annotations

from textual.binding import Binding, BindingType

from layertui.tui.screens.actions.lifecycle_actions import LIFE_KEYS, SHELL_KEY
from layertui.tui.screens.actions.path_actions import PATH_KEYS
from layertui.tui.screens.shared.base_screen import ZOOM_KEYS, numbered
from layertui.tui.widgets.chrome.pane_layout import PANES

HOME_KEYS: list[BindingType] = [
    Binding("a", "alone", "this layer only", tooltip="Show only the files of this layer, with what it removes"),
    Binding("a", "merged", "merge layers", tooltip="Show the files as of this layer, with all layers below it"),
    Binding("m", "only_changes", "show changes", tooltip="Show only what this layer changed"),
    Binding("m", "everything", "show all", tooltip="Show unchanged files too"),
    Binding("c", "create", "create", tooltip="Create a container of this image: a writable layer, no process"),
    Binding("s", "start", "start", tooltip="Start the container's process in namespaces of its own"),
    Binding("s", "stop", "stop", tooltip="Stop the container's process; its writable layer stays"),
    SHELL_KEY,
    Binding("x", "take_out", "export", tooltip="Save an image, export a container, extract a file"),
    Binding(
        "v", "size_map", "size map", tooltip="Show what takes the bytes: folders, files, layers, and what is hidden"
    ),
    Binding("F", "files_by_size", "files by size", show=False, tooltip="List the files by size, the largest first"),
    Binding("f", "lookup", "look up", tooltip="Look up which layer a path comes from: top-down search"),
    Binding(
        "equals_sign",
        "compare",
        "compare",
        key_display="=",
        tooltip="Compare two marked rows, the marked row and this, or a container and its image",
    ),
    Binding("d", "delete", "delete", tooltip="Delete it, after a question"),
    Binding("w", "write", "write", tooltip="Write a file into the container's writable layer"),
    Binding(
        "slash",
        "find",
        "filter",
        tooltip="Filter: text, path, *.glob or /regex/. Esc clears it and keeps the cursor",
    ),
    Binding(
        "O",
        "open_archive",
        "open",
        show=False,
        tooltip="Open an archive or a layout folder in place, also one that was opened before",
    ),
    Binding("b", "bookmark", "bookmark", show=False, tooltip="Bookmark the file or folder, or remove its bookmark"),
    Binding("B", "bookmarks", "bookmarks", show=False, tooltip="List the bookmarks, and go to one"),
    Binding("L", "bring_in", "load", tooltip="Load or import an archive; nothing is changed until you confirm"),
    Binding(
        "C", "copy_to", "copy to", show=False, tooltip="Copy this image to another engine, a registry or an archive"
    ),
    Binding(
        "p", "pull", "pull", show=False, tooltip="Pull an image from a registry; first shows how much it would fetch"
    ),
    Binding("P", "push", "push", show=False, tooltip="Push this image to a registry; shows how much it would send"),
    Binding("E", "engines", "engines", show=False, tooltip="Show which engines there are, and choose which are shown"),
    Binding("T", "fleet", "fleet", show=False, tooltip="Show which engine has which image and container"),
    *LIFE_KEYS,
    Binding("t", "tag", "tag", tooltip="Tag this image: add a name"),
    *PATH_KEYS,
    Binding("H", "history", "show history", tooltip="Show the history steps of this image"),
    Binding("D", "dockerfile", "show Dockerfile", show=False, tooltip="Show the steps of this image as a Dockerfile"),
    Binding("n", "next_match(1)", "next", show=False, tooltip="Go to the next match of the filter"),
    Binding("N", "next_match(-1)", "previous", show=False, tooltip="Go to the previous match of the filter"),
    Binding("R", "removed", "show removed", show=False, tooltip="Show what the layer removed, struck through"),
    Binding("y", "copy", "copy", show=False, tooltip="Copy the path or the ID"),
    Binding(
        "Y",
        "copy_more",
        "copy command or content",
        show=False,
        tooltip="Copy the name, the command or the file's content",
    ),
    Binding("left_square_bracket,ctrl+left", "turn(-1)", "previous tab", show=False),
    Binding("right_square_bracket,ctrl+right", "turn(1)", "next tab", show=False),
    *ZOOM_KEYS,
    Binding("r", "refresh", "refresh", show=False, tooltip="Refresh images, containers and the writable layer"),
    *numbered("pane", ((pane, pane.capitalize()) for pane in PANES)),
    # Textual's own order goes by the position on the screen; the panes have numbers.
    Binding("tab", "next_pane(1)", "next pane", show=False),
    Binding("shift+tab", "next_pane(-1)", "previous pane", show=False),
    Binding("escape", "back", "clear, stop the job", show=False),
    Binding("q", "quit", "quit", tooltip="Quit layertui; containers keep running"),
]
