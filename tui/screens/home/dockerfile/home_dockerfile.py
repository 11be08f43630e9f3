"""HomeDockerfile: the tab of Details with the image's steps as a Dockerfile; its cursor leads to layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layertui.core.language.texts import tr
from layertui.tui.screens.shared.key_actions import Action

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from layertui.core.analysis.step_waste import StepWaste
    from layertui.core.images.dockerfile.image_dockerfile import BaseImage, ImageDockerfile
    from layertui.core.images.history_steps import Step
    from layertui.core.inspector import Inspector
    from layertui.core.inspector.subject import Subject
    from layertui.core.progress import Progress
    from layertui.tui.common.dockerfile_line import DockerfileLine
    from layertui.tui.screens.home.home_panes import HomePanes, HomeTarget
    from layertui.tui.screens.home.home_state import HomeState
    from layertui.tui.screens.shared.base_screen import InspectorScreen

    Answer = tuple[ImageDockerfile, list[DockerfileLine]]
    Wasted = Mapping[int, Sequence[StepWaste]]

SEARCHING = tr("# looking for the base among the images of the engines")


class HomeDockerfile:
    """The part of home that fills the tab Dockerfile."""

    def __init__(self, screen: InspectorScreen[Any], state: HomeState, panes: HomePanes, target: HomeTarget) -> None:
        self._screen = screen
        self._state = state
        self._panes = panes
        self._target = target
        self._shown: ImageDockerfile | None = None
        self._shown_of: Subject | None = None
        self._base: BaseImage | None = None
        self._searched: Subject | None = None
        """For the last Subject the search for a base has ended."""
        self._waste: Wasted = {}
        self._weighed: Subject | None = None
        """For the last Subject it is known what its steps waste, or that it cannot be known."""

    def action(self, go_to: Callable[[str], None]) -> Action:
        """What `D` names; `go_to` turns to a tab."""
        return Action(lambda: go_to("dockerfile"), lambda: self._target.no_subject("Dockerfile"))

    def fill(self) -> None:
        """Show the Dockerfile of what is looked at.

        Its base follows once the engines have answered, and what its steps waste once the layers are known.
        """
        subject, steps = self._state.subject, self._state.steps
        if subject is None:
            self._panes.details.dockerfile_view().show_lines(())
            return
        summaries = self._state.summaries
        sized = tuple(
            step if (known := summaries.get(step.number or 0)) is None else step._replace(size=known.size)
            for step in steps
        )
        is_searched = self._is_same(self._searched, subject)
        base = self._base if is_searched else None
        waste = self._waste_of(subject)
        self._screen.ask(
            tr("writing the Dockerfile"),
            lambda _i, _p: _answer(subject, sized, base, waste),
            lambda answer: self._show(subject, answer, is_searched=is_searched),
            group="dockerfile",
            quiet=True,
        )

    def _show(self, subject: Subject, answer: Answer, *, is_searched: bool) -> None:
        from layertui.tui.common.dockerfile_line import DockerfileLine

        if not self._is_same(self._state.subject, subject):
            return
        is_other = not self._is_same(self._shown_of, subject)
        self._shown, lines = answer
        self._shown_of = subject
        if not is_searched:
            lines.insert(1, DockerfileLine(SEARCHING, is_comment=True))
        view = self._panes.details.dockerfile_view()
        view.show_lines(lines)
        if is_other or not view.has_focus:
            self.layer_changed()
        if not is_searched:
            self._search(subject)
        if not self._is_same(self._weighed, subject):
            self._weigh(subject)

    def _waste_of(self, subject: Subject) -> Wasted:
        return self._waste if self._is_same(self._weighed, subject) else {}

    def _weigh(self, subject: Subject) -> None:
        """Ask what the steps waste. No layer is fetched for it, and one that cannot be read says so elsewhere on home."""

        def call(inspector: Inspector, progress: Progress) -> Wasted:
            return {} if inspector.bytes_to_fetch(subject) else inspector.analysis.step_waste(subject, progress)

        def found(waste: Wasted) -> None:
            if self._is_same(self._state.subject, subject):
                self._waste, self._weighed = waste, subject
                if waste and self._panes.details.tab == "dockerfile":
                    self.fill()

        self._screen.ask(
            tr("looking for what the steps waste"),
            call,
            found,
            group="step waste",
            quiet=True,
            failed=lambda _: found({}),
        )

    def _search(self, subject: Subject) -> None:
        steps = self._state.steps

        def call(inspector: Inspector, progress: Progress) -> BaseImage | None:
            from layertui.core.inspector.base_search import base_of

            return base_of(inspector, subject, steps, progress)

        def found(base: BaseImage | None) -> None:
            if self._is_same(self._state.subject, subject):
                self._base, self._searched = base, subject
                if self._panes.details.tab == "dockerfile":
                    self.fill()

        self._screen.ask(
            tr("looking for the base"),
            call,
            found,
            group="base",
            quiet=True,
            failed=lambda _: found(None),
        )

    def _is_same(self, one: Subject | None, other: Subject) -> bool:
        return one is not None and (one.image.digest, one.name) == (other.image.digest, other.name)

    # -- steps and layers

    def layer_changed(self) -> None:
        """The cursor of Layers is on another row: it moves to the step of that layer, unless it has itself moved there."""
        view, number = self._panes.details.dockerfile_view(), self._state.layer
        if view.has_focus and self._layer_of(view.step) == number:
            return
        steps = self._shown.steps if self._shown is not None else ()
        for index, one in enumerate(steps):
            if one.step is not None and one.step.number == number:
                view.go_to_step(index)

    def moved(self) -> None:
        """The cursor is on another line: Layers goes to the layer of its step."""
        number = self._layer_of(self._panes.details.dockerfile_view().step)
        if number is not None and number != self._state.layer:
            self._panes.layers.go_to_layer(number)

    def _layer_of(self, index: int | None) -> int | None:
        """The layer of a step, or the one below a step that made none."""
        if index is None or self._shown is None or not self._is_same(self._state.subject, _known(self._shown_of)):
            return None
        made = [one.step.number for one in self._shown.steps[: index + 1] if one.step is not None and one.step.layer]
        if made:
            return made[-1]
        return self._shown.base.layers if self._shown.base is not None else None

    def save(self) -> None:
        """Ask where to save it."""
        from layertui.tui.screens.home.dockerfile.dockerfile_dialog import SaveDockerfileDialog

        if self._shown is None or self._shown_of is None:
            return
        from layertui.tui.report.dockerfile.dockerfile_lines import dockerfile_text

        waste = self._waste_of(self._shown_of)
        text = "".join(f"{line}\n" for line in dockerfile_text(self._shown, waste))
        self._screen.app.push_screen(SaveDockerfileDialog(self._shown_of.title, text))


def _known(subject: Subject | None) -> Subject:
    assert subject is not None
    return subject


def _answer(subject: Subject, steps: tuple[Step, ...], base: BaseImage | None, waste: Wasted) -> Answer:
    from layertui.core.inspector.base_search import dockerfile_of
    from layertui.tui.report.dockerfile.dockerfile_lines import dockerfile_lines

    found = dockerfile_of(subject, steps, base)
    return found, list(dockerfile_lines(found, waste))
