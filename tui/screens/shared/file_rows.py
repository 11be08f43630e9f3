"""The rows of a file tree, worked out in a job: what fits a filter, or all; and a layer alone unfolded where it is small."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # numpy is not waited for by the first frame
    from layertui.core.layers.stack.view import View
    from layertui.core.progress import Progress
    from layertui.tui.widgets.files.file_tree import FileTree, Prepared
    from layertui.tui.widgets.text.text_match import Pattern

UNFOLDED = 500
"""A layer alone with at most so many entries is shown with all folders open."""


def prepared_rows(
    tree: FileTree, view: View, pattern: Pattern | None, progress: Progress, *, only_changes: bool, alone: bool
) -> Prepared:
    """What `FileTree.show_view` takes. Raises Cancelled when the job is stopped."""
    from layertui.tui.widgets.files.tree_match import everything, mask_of

    mask = mask_of(view, pattern, only_changes=only_changes, progress=progress)
    if mask is None and alone and len(view) <= UNFOLDED:
        mask = everything(view)
    return tree.prepared(view, mask, found=pattern is not None)
