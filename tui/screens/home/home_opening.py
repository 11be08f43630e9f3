"""What home looks at: opened by jobs, from a Selection to layers, stack and files.

A key makes a new Selection, a job asks the Inspector, its answer goes into the state and down to the panes. Each kind of question
is a group of jobs, in which a newer question stops the older one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from layertui.core.errors import Ambiguous
from layertui.core.language.texts import tr
from layertui.tui.common.format import size
from layertui.tui.common.jobs import one_line
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.common.selection import Selection
from layertui.tui.screens.home.home_questions import Opened, layer_rows, opened_by, whole_name
from layertui.tui.screens.home.home_titles import show_titles
from layertui.tui.screens.shared.notices import ActNotice, NextKey
from layertui.tui.textual_patches.process_memory import freeze_baseline
from layertui.tui.widgets.lists.image_table import ImageRow

if TYPE_CHECKING:  # nothing of the core is waited for by the first frame
    from layertui.core.errors import ImageChoice
    from layertui.core.inspector import Inspector
    from layertui.core.inspector.inspector_answers import LayerSummary
    from layertui.core.inspector.subject import Subject
    from layertui.core.layers.stack.stack import Stack
    from layertui.core.progress import Progress
    from layertui.tui.screens.home.engines.home_engines import HomeEngines
    from layertui.tui.screens.home.home_details import HomeDetails
    from layertui.tui.screens.home.home_files import HomeFiles
    from layertui.tui.screens.home.home_listing import HomeListing
    from layertui.tui.screens.home.home_panes import HomePanes
    from layertui.tui.screens.home.home_state import HomeState
    from layertui.tui.screens.shared.base_screen import InspectorScreen
    from layertui.tui.screens.shared.finding import Finder
    from layertui.tui.widgets.lists.container_table import ContainerRow

OF_A_SUBJECT = ("subject", "stack", "counts", "view", "file", "lookup", "live")
"""Groups of jobs about what is being looked at: all stop when something else is."""


def _waiting(opened: Opened) -> str:
    """What Files shows until the layers are read."""
    if not opened.to_fetch:
        return tr("Reading the layers …")
    return tr(
        "The layers are in the registry: {size}. `{choose}` fetches them and shows their files.",
        choose=key_name("choose", "Enter"),
        size=size(opened.to_fetch),
    )


class HomeOpening:
    """The part of home that opens an image or a container, and reads its layers."""

    def __init__(
        self,
        screen: InspectorScreen[Any],
        state: HomeState,
        panes: HomePanes,
        finder: Finder,
        files: HomeFiles,
        details: HomeDetails,
        listing: HomeListing,
        engines: HomeEngines,
    ) -> None:
        self._screen = screen
        self._state = state
        self._panes = panes
        self._finder = finder
        self._files = files
        self._details = details
        self._listing = listing
        self._engines = engines
        self._not_found: tuple[str, str] | None = None
        """The name of what could not be opened and why, until that was said."""
        self.choose_archive: Callable[[Sequence[str]], None] = lambda _: None
        """What is done with the archives of a folder that is no image itself."""
        self._unread: Subject | None = None
        """What is opened and whose layers are fetched only when that is asked for."""
        self._once_read: Callable[[], None] | None = None
        """What was asked of layers that are still being read."""
        self._looks = 0
        """How often something was opened or read."""

    def look_at(self, name: str, title: str | None = None, engine: str = "") -> None:
        """Something else: its layers first, its files as soon as they are known; the name of another engine has its prefix."""
        self.look(self._state.selection.of(name, title, engine))

    def look_at_row(self, row: ImageRow | ContainerRow) -> None:
        """What a row of Images or Containers is about."""
        if isinstance(row, ImageRow):
            self.look_at(row.key, row.title, row.engine)
        else:
            self.look_at(row.name, row.container.name, row.engine)

    def look(self, selection: Selection) -> None:
        """The same; what is looked at already is opened again."""
        for group in OF_A_SUBJECT:
            self._screen.host.jobs.stop(self._screen, group)
        self._state.selection = selection
        self._state.reading, self._once_read = True, None
        self._panes.images.show_opened(selection.name)
        self._panes.containers.show_opened(selection.name if selection.container else "")
        self._panes.layers.of = whole_name(selection.name)
        self._screen.ask(
            tr("opening {title}", title=selection.title),
            lambda i, p: opened_by(i, selection.name, p),
            self._opened,
            group="subject",
            failed=self._not_opened,
            stopped=self._if_latest(self._stopped_opening),
        )

    def _if_latest(self, call: Callable[[], None]) -> Callable[[], None]:
        """The call, unless something else is looked at by then: that stops what was being read before, too."""
        self._looks += 1
        look = self._looks
        return lambda: call() if look == self._looks else None

    def look_at_first(self) -> None:
        """What there is has just become known: look at the first image, if nothing was named."""
        selection, subject = self._state.selection, self._state.subject
        if selection.name:
            if subject is not None:
                self._keep(subject)
            self._panes.images.go_to(selection.name)
            self._tell_not_found()
        elif (row := self._panes.images.current) is not None:
            self.look_at_row(row)
        else:
            self._panes.files.show_waiting(
                tr("No image yet: `{bring_in}` loads or imports one.", bring_in=key_name("bring_in", "L"))
            )
            self._panes.layers.show_waiting(tr("The layers of an image are shown here."))

    def leave_lost_container(self) -> None:
        """Look at an image where the container that was looked at has gone."""
        if self._state.container_has_gone and (row := self._panes.images.current) is not None:
            self.look_at_row(row)

    def follow(self) -> None:
        """Hear of what changes in all engines, and in the container that is looked at."""
        container = self._state.container
        self._engines.follow(self._state.selection.engine, container.id if container is not None else None)

    def when_read(self, call: Callable[[], None]) -> None:
        """Call it with the layers of what is looked at: now or, if home is still shown then, as soon as they are read.

        A key that follows the cursor's own is not lost, nor answered for what was looked at before.
        """
        if self._state.reading:
            self._once_read = call
        else:
            call()

    # -- from subject to files

    def _opened(self, opened: Opened) -> None:
        subject, steps = opened.subject, opened.steps
        container, state, panes = subject.container, self._state, self._panes
        state.selection = state.selection._replace(engine=opened.engine)
        state.open(subject, steps)
        self._keep(subject)
        panes.header.subject = subject.title if container is None else container.image
        panes.header.own = container.name if container is not None else ""
        if container is not None:
            panes.images.go_to(state.selection.beside(container.image))
        if (
            state.listing is not None or state.others
        ):  # else it waits for that, and so do the parts of the core that it needs
            self.follow()
        panes.details.show_kind(of_container=container is not None)
        self._finder.forget("layers")
        panes.layers.pattern = None
        panes.layers.show_rows(layer_rows(steps, {}, container), number=state.top)
        panes.frame.rearrange(rows={"layers": len(panes.layers.rows)})
        self._unread = subject if opened.to_fetch else None
        state.reading = self._unread is None
        panes.files.show_waiting(_waiting(opened))
        show_titles(state, panes, self._finder)
        self._details.show_tab()
        self._screen.refresh_bindings()
        if self._unread is None:
            self._read(subject)

    def fetch(self) -> None:
        """Read the layers that were left where they are, in a registry."""
        subject, self._unread = self._unread, None
        if subject is not None and subject is self._state.subject:
            self._panes.files.show_waiting(tr("Fetching the layers …"))
            self._read(subject)

    def _read(self, subject: Subject) -> None:
        self._state.reading = True
        self._screen.ask(
            tr("reading layers"),
            lambda i, p: i.stack(subject, p),
            lambda stack: self._laid(subject, stack),
            group="stack",
            failed=self._not_laid,
            stopped=self._if_latest(self._stopped),
        )

    def _keep(self, subject: Subject) -> None:
        """An archive gets a row; and where it holds other platforms of its image, those are offered once."""
        if self._listing.keep(subject):
            self._screen.ask(
                "platforms",
                lambda i, _: i.platforms(subject),
                lambda choices: self._offer_platforms(subject, choices),
                group="platforms",
                quiet=True,
            )

    def _not_opened(self, error: Exception) -> None:
        self._state.close()
        self._panes.layers.show_waiting(tr("Not opened."))
        if isinstance(error, Ambiguous) and error.choices:
            self._panes.files.show_waiting(one_line(error).replace("`", "'"))
            self._choose_image(error.choices)
            return
        if any(row.key == self._state.selection.name for row in self._panes.images.items):
            self._not_laid(error)
            return
        self._not_found = self._state.selection.name, one_line(error)
        self._panes.files.show_waiting(self._not_found[1].replace("`", "'"))
        self._panes.go_to("images")  # which looks at the image under its cursor
        self._tell_not_found()
        name = self._state.selection.name

        def archives(*_: object) -> list[str]:
            from layertui.tui.screens.shared.path_completion import archives_in

            return archives_in(name)

        self._screen.ask("looking", archives, self.choose_archive, group="archives", quiet=True)

    def _tell_not_found(self) -> None:
        """Say what was not found, and the nearest names of what is listed, as soon as that is known."""
        if self._not_found is None or self._state.listing is None:
            return
        from difflib import get_close_matches

        (name, why), self._not_found = self._not_found, None
        near = get_close_matches(name, [row.title for row in self._panes.images.items], cutoff=0.5)
        nearest = "; " + tr("nearest: {names}", names=", ".join(near)) if near else ""
        self._screen.show_notice(why + nearest, severity="error", seconds=10)

    def _offer_platforms(self, subject: Subject, choices: Sequence[ImageChoice]) -> None:
        """Of an archive's image for several platforms one is shown; the others are a key away."""
        if choices and self._state.subject is subject:
            sentence = tr(
                "{title} has {choices} platforms; {platform} is shown",
                title=self._state.selection.title,
                choices=len(choices),
                platform=subject.image.platform,
            )
            self._screen.announce(
                ActNotice(
                    sentence,
                    (NextKey(key_name("open_archive", "O"), tr("opens another"), lambda: self._choose_image(choices)),),
                ),
                None,
            )

    def _choose_image(self, choices: Sequence[ImageChoice]) -> None:
        """An archive of several images or platforms: ask which one."""
        from layertui.tui.screens.dialogs.questions import ChooseImageDialog

        def chosen(name: str | None) -> None:
            if name:
                self.look_at(name)

        self._screen.app.push_screen(ChooseImageDialog(self._state.selection.title, choices), chosen)

    def _not_laid(self, error: Exception) -> None:
        self._state.reading, self._once_read = False, None
        self._panes.files.show_waiting(one_line(error).replace("`", "'"))
        self._screen.show_error(error)

    def _stopped_opening(self) -> None:
        """Nothing of what was looked at before may pass for what is selected now."""
        self._state.close()
        self._panes.layers.show_waiting(tr("Not opened."))
        self._stopped()

    def _stopped(self) -> None:
        self._state.reading, self._once_read = False, None
        if self._state.stack is None:
            self._panes.files.show_waiting(
                tr("Stopped. `{refresh}` reads the layers again.", refresh=key_name("refresh", "r"))
            )

    def _laid(self, subject: Subject, stack: Stack) -> None:
        self._state.stack, self._state.reading = stack, False
        self._files.show()
        call, self._once_read = self._once_read, None
        if call is not None and self._screen.is_current:
            call()
        self._screen.ask(
            tr("counting changes"), lambda i, p: i.layers(subject, p), self._counted, group="counts", quiet=True
        )

    def _counted(self, summaries: list[LayerSummary]) -> None:
        state = self._state
        state.count(summaries)
        self._panes.layers.show_rows(layer_rows(state.steps, state.summaries, state.container))
        self._details.show_tab(from_start=False)
        self._listing.size_known()
        self._screen.call_after_refresh(freeze_baseline)

    # -- a container's writable layer

    def refresh_writable_layer(self) -> None:
        """Read again what is looked at: only a container's writable layer can have changed."""
        state, name = self._state, self._state.selection.name
        if state.container is None:
            return

        def call(inspector: Inspector, progress: Progress) -> tuple[Subject, Stack, list[LayerSummary]]:
            fresh = inspector.open(name, progress=progress)
            return fresh, inspector.stack(fresh, progress), inspector.layers(fresh, progress)

        def then(answer: tuple[Subject, Stack, list[LayerSummary]]) -> None:
            state.subject, state.stack = answer[0], answer[1]
            self._counted(answer[2])
            self._files.show()

        self._screen.ask(
            tr("reading the writable layer"), call, then, group="live", quiet=True, failed=self._not_read_again
        )

    def _not_read_again(self, _error: Exception) -> None:
        """The container has gone: what is left to look at is its image."""
        self._listing.list_all(self.leave_lost_container)
