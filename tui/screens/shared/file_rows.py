"""Computes the rows of a file tree in a job: those that match a filter, or all; a small layer alone is unfolded."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the first frame does not wait for numpy
    from layertui.core.layers.stack.view import View
    from layertui.core.progress import Progress
    from layertui.tui.widgets.files.file_tree import FileTree, Prepared
    from layertui.tui.widgets.text.text_match import Pattern

UNFOLDED = 500
"""The number of entries up to which a layer alone is shown with all folders unfolded."""


def prepared_rows(
    tree: FileTree, view: View, pattern: Pattern | None, progress: Progress, *, only_changes: bool, alone: bool
) -> Prepared:
    """The argument of `FileTree.show_view`. Raises Cancelled when the job is stopped."""
    from layertui.tui.widgets.files.tree_match import everything, mask_of

    mask = mask_of(view, pattern, only_changes=only_changes, progress=progress)
    if mask is None and alone and len(view) <= UNFOLDED:
        mask = everything(view)
    return tree.prepared(view, mask, found=pattern is not None)
