"""What is being looked at, found out by jobs: from a Selection to layers, stack, view and details.

One way round: a key makes a new Selection, a job asks the Inspector, its answer is kept and handed down to the panes.
Each kind of question is a group of jobs, in which a newer question stops the older one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layertui.core.errors import Ambiguous
from layertui.tui.common.jobs import one_line
from layertui.tui.common.selection import Selection
from layertui.tui.screens.home.home_listing import HomeListing
from layertui.tui.screens.home.home_questions import layer_rows, opened_by
from layertui.tui.textual_patches.process_memory import settle
from layertui.tui.widgets.chrome.header_line import HeaderLine

if TYPE_CHECKING:  # nothing of the core is waited for by the first frame
    from layertui.core.images.history_steps import Step
    from layertui.core.inspector import Inspector
    from layertui.core.inspector.inspector_answers import LayerSummary
    from layertui.core.inspector.subject import Subject
    from layertui.core.layers.stack.stack import Stack
    from layertui.core.layers.stack.view import View
    from layertui.core.progress import Progress

OPEN_ALONE = 500
"""A layer alone with so few entries is shown with all folders open."""

OF_A_SUBJECT = ("subject", "stack", "counts", "view", "file", "lookup", "live")
"""Groups of jobs about what is being looked at: all stop when something else is."""


class HomeOpening(HomeListing):
    """An image or a container opened, its layers read, the files of one of them shown."""

    def look_at(self, selection: Selection) -> None:
        """Something else: its layers first, its files as soon as they are known."""
        for group in OF_A_SUBJECT:
            self.host.jobs.stop(self, group)
        self.selection = selection
        self.images.show_opened(selection.name)
        self.containers.show_opened(selection.container or "")
        self.ask(
            f"opening {selection.title}",
            lambda i, p: opened_by(i, selection.name, p),
            self._opened,
            group="subject",
            failed=self._not_opened,
        )

    def _opened(self, answer: tuple[Subject, tuple[Step, ...]]) -> None:
        self.subject, self.steps = answer
        self.summaries, self.stack = {}, None
        container = self.subject.container
        if container is None:
            self._keep_file(self.subject)
        self.query_one(HeaderLine).subject = self.subject.title if container is None else container.image
        self.query_one(HeaderLine).own = container.name if container is not None else ""
        if container is not None:
            self.images.go_to(container.image)
        if self.listing is not None:  # else it waits for that, and so do the rooms of the core that it needs
            self.follow_changes()
        self.details.show_kind(of_container=container is not None)
        self.patterns.pop("layers", None)
        self.layer_list.pattern = None
        self.selection = self.selection.at_layer(self.top)
        self.layer_list.show_rows(layer_rows(self.steps, {}, container), number=self.top)
        self.panes.rearrange(rows={"layers": len(self.layer_list.rows)})
        self.files.show_waiting("Reading the layers …")
        self.show_titles()
        self.tell_details()
        self.refresh_bindings()
        self.ask(
            "reading layers",
            lambda i, p: i.stack(answer[0], p),
            self._laid,
            group="stack",
            failed=self._not_laid,
            stopped=self._stopped,
        )

    def _not_opened(self, error: Exception) -> None:
        self.subject, self.steps, self.stack, self.summaries = None, (), None, {}
        self.layer_list.show_waiting("Not opened.")
        self.files.show_waiting(one_line(error).replace("`", "'"))
        if isinstance(error, Ambiguous) and error.choices:
            self.choose_image(error.choices)
        else:
            self.tell_error(error)

    def _not_laid(self, error: Exception) -> None:
        self.files.show_waiting(one_line(error).replace("`", "'"))
        self.tell_error(error)

    def _stopped(self) -> None:
        if self.stack is None:
            self.files.show_waiting("Stopped. `r` reads the layers again.")

    def _laid(self, stack: Stack) -> None:
        self.stack = stack
        subject = self.subject
        assert subject is not None
        self.show_view()
        self.ask("counting changes", lambda i, p: i.layers(subject, p), self._counted, group="counts", quiet=True)

    def _counted(self, summaries: list[LayerSummary]) -> None:
        self.summaries = {summary.number: summary for summary in summaries}
        self.layer_list.show_rows(layer_rows(self.steps, self.summaries, self.opened_container))
        self.tell_details(from_start=False)
        self.tell_size()
        self.call_after_refresh(settle)

    # -- the files

    def show_view(self) -> None:
        """The files as of the selected layer, or of that layer alone."""
        stack, selection = self.stack, self.selection
        if stack is None:
            return
        tree, pattern = self.files, self.patterns.get("files")
        number = min(selection.layer if selection.layer is not None else len(stack), len(stack))
        own = self.own_number

        def call(_: Inspector, progress: Progress) -> tuple[View, Any]:
            from layertui.tui.widgets.files.tree_match import everything, mask_of

            alone = selection.alone and number
            view = stack.alone(number) if alone else stack.view(number, removed=self.with_removed)
            progress.advance(0)  # a held key has stopped it by now
            mask = mask_of(view, pattern, only_changes=self.only_changes, progress=progress)
            if mask is None and selection.alone and len(view) <= OPEN_ALONE:
                # What one layer did is little, as a rule, and then stands open.
                mask = everything(view)
            return view, tree.prepared(view, mask, found=pattern is not None)

        def then(answer: tuple[View, Any]) -> None:
            tree.show_view(answer[0], answer[1], own_number=own)
            self.show_titles()
            self.view_shown()

        self.ask("looking for files", call, then, group="view", quiet=pattern is None)
