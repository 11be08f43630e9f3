"""The keys of home, in the order in which the key bar shows them. The lists in its panes have keys of their own."""

from __future__ import annotations

from textual.binding import Binding, BindingType

from layertui.tui.screens.actions.lifecycle_actions import LIFE_KEYS, SHELL_KEY
from layertui.tui.screens.actions.path_actions import PATH_KEYS
from layertui.tui.screens.shared.base_screen import ZOOM_KEYS, numbered
from layertui.tui.widgets.chrome.pane_layout import PANES

HOME_KEYS: list[BindingType] = [
    Binding("a", "alone", "alone", tooltip="Show the files of this layer alone, what it removes included"),
    Binding("a", "merged", "merged", tooltip="Show the files as of this layer, all below it included"),
    Binding("m", "only_changes", "changes", tooltip="Show only what this layer changed"),
    Binding("m", "everything", "all", tooltip="Show what it left as it was, too"),
    Binding("c", "create", "create", tooltip="Create a container of this image: a writable layer, nothing that runs"),
    Binding("s", "start", "start", tooltip="Start the container's process in namespaces of its own"),
    Binding("s", "stop", "stop", tooltip="Stop the container's process; its writable layer stays"),
    SHELL_KEY,
    Binding("x", "take_out", "take out", tooltip="Save an image, export a container, extract a file"),
    Binding("f", "lookup", "look up", tooltip="Look a path up: which layer it comes from, asked from the top down"),
    Binding(
        "equals_sign",
        "compare",
        "compare",
        key_display="=",
        tooltip="Compare two marked ones, the marked one and this, or a container and its image",
    ),
    Binding("d", "delete", "delete", tooltip="Delete it; always asked first"),
    Binding("w", "write", "write", tooltip="Write a file into the container's own layer"),
    Binding(
        "slash",
        "find",
        "filter",
        tooltip="Show only what fits a text, a path, a *.glob or a /regex/; Esc then shows the find among all",
    ),
    Binding("L", "bring_in", "bring in", tooltip="Load or import an archive, after a look into it"),
    Binding("t", "tag", "tag", tooltip="Give this image a further name"),
    *LIFE_KEYS,
    *PATH_KEYS,
    Binding("H", "history", "history", tooltip="Show the steps that made this image"),
    Binding("n", "next_match(1)", "next", show=False, tooltip="The next one that fits the filter"),
    Binding("N", "next_match(-1)", "previous", show=False, tooltip="The previous one that fits the filter"),
    Binding("R", "removed", "removed", show=False, tooltip="Show what the layer removed, struck through"),
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
    Binding("r", "refresh", "refresh", show=False, tooltip="Look again: images, containers, the own layer"),
    *numbered("pane", ((pane, pane.capitalize()) for pane in PANES)),
    # Textual's own order goes by what stands higher on the screen; the panes have numbers.
    Binding("tab", "next_pane(1)", "next pane", show=False),
    Binding("shift+tab", "next_pane(-1)", "previous pane", show=False),
    Binding("escape", "back", "clear, stop the job", show=False),
    Binding("q", "quit", "quit", tooltip="Leave layertui; what runs in containers runs on"),
]
