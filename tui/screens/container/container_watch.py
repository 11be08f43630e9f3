"""What is known of a container, and the jobs that find it out: a glance at once, its writable layer, what it uses while it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from layertui.core.errors import LayertuiError
from layertui.core.language.texts import tr
from layertui.tui.report.container_report import size_or_why

if TYPE_CHECKING:
    from layertui.core.containers.model.container import Container
    from layertui.core.containers.model.mount_table import MountTable
    from layertui.core.containers.observe.container_logs import LogLine
    from layertui.core.containers.observe.namespaces import Namespaces
    from layertui.core.containers.observe.process_list import ProcessRow
    from layertui.core.containers.observe.resource_usage import ResourceUsage, UsageSample
    from layertui.core.inspector import Inspector
    from layertui.core.layers.stack.view import View
    from layertui.core.progress import Progress
    from layertui.tui.screens.shared.base_screen import Asking

LOG_TAIL = 2000


@dataclass(frozen=True, slots=True)
class Glance:
    """What the screen shows except files and usage, as of one moment."""

    container: Container
    namespaces: Namespaces
    mounts: MountTable
    logs: tuple[LogLine, ...]
    size_rw: int | None
    """Bytes of its writable layer; None where they cannot be counted."""
    no_start: str | None
    """Why no container can be started here."""


def glance(inspector: Inspector, name: str) -> Glance:
    """Look at a container. The name is looked up once: all else goes by its ID, also when it is renamed meanwhile."""
    container = inspector.containers.get(name)
    of = container.id
    return Glance(
        container,
        inspector.containers.observation.namespaces(of),
        inspector.containers.observation.mounts(of),
        tuple(inspector.containers.output.logs(of, tail=LOG_TAIL)),
        size_or_why(inspector.containers.files.own_size, of)[0],
        inspector.containers.lifecycle.unavailable,
    )


class ContainerAnswers(Protocol):
    """Where the answers go; each on the UI thread."""

    def show_glance(self, seen: Glance, before: Namespaces | None) -> None:
        """`before`: the namespaces before it was started from here."""

    def show_layer(self, view: View) -> None:
        """Its writable layer was read."""

    def show_usage(self, stats: ResourceUsage | None, processes: list[ProcessRow]) -> None:
        """What it uses, None where that is not known; no process where it does not run."""


class ContainerWatch:
    """One container by its name, and what was found out of it last. While it runs only what changed is asked for again."""

    def __init__(
        self,
        screen: Asking,
        answers: ContainerAnswers,
        name: str,
        *,
        first_seen: Callable[[], None],
        gone: Callable[[Exception], None],
    ) -> None:
        """`screen` runs the jobs. `first_seen` is called after the first glance was shown, `gone` when there can be none."""
        self._screen = screen
        self._answers = answers
        self._first_seen = first_seen
        self._gone = gone
        self.name = name
        self.glance: Glance | None = None
        """None until it was looked at."""
        self._before: Namespaces | None = None
        self._reading: UsageSample | None = None

    @property
    def container(self) -> Container | None:
        """As it was looked at last."""
        return self.glance.container if self.glance is not None else None

    @property
    def alive(self) -> bool:
        """Whether it has processes."""
        return self.glance is not None and self.glance.container.state.alive

    def refresh(self) -> None:
        """Ask for everything again."""
        self.look()
        self.look_into_layer()

    def look(self) -> None:
        """Ask for a glance."""
        name = self.name
        self._screen.ask(
            tr("looking at {name}", name=name),
            lambda inspector, _progress: glance(inspector, name),
            self._seen,
            group="look",
            failed=self._gone,
            quiet=True,
        )

    def look_into_layer(self) -> None:
        """Ask for its writable layer; one that cannot be read leaves what is shown as it is."""
        name = self.name

        def call(inspector: Inspector, progress: Progress) -> View:
            stack = inspector.stack(inspector.open(f"container:{name}", progress=progress), progress)
            return stack.alone(len(stack))

        self._screen.ask(
            tr("reading the writable layer"),
            call,
            self._answers.show_layer,
            group="layer",
            quiet=True,
            failed=lambda _error: None,
        )

    def measure(self) -> None:
        """Ask what it uses, if it runs."""
        if self.glance is None or not self.alive:
            return
        of = self.glance.container.id

        def call(inspector: Inspector, _progress: Progress) -> tuple[UsageSample | None, list[ProcessRow]]:
            try:
                reading = inspector.containers.observation.reading(of)
            except LayertuiError:  # its processes may be known all the same
                return None, inspector.containers.processes.top(of)
            return reading, inspector.containers.processes.top(of) if reading is not None else []

        self._screen.ask(
            tr("reading what it uses"),
            call,
            lambda answer: self._measured(*answer),
            group="measure",
            quiet=True,
            failed=lambda _error: None,
        )

    def keep_namespaces(self, *, keep: bool) -> None:
        """Show the namespaces of now beside those after the next glance, or do so no longer."""
        self._before = self.glance.namespaces if keep and self.glance is not None else None

    def renamed(self, name: str) -> None:
        """Its life was changed from here; its name may be another one."""
        self.name, self._before = name, None
        self.look()

    def _changed(self, what: frozenset[str]) -> None:
        self.look()
        if "layer" in what:
            self.look_into_layer()

    def _seen(self, seen: Glance) -> None:
        first, self.glance = self.glance is None, seen
        self._answers.show_glance(seen, self._before)
        if not self.alive:
            self._measured(None, [])
        elif self._reading is None:
            self.measure()
        if first:
            self._screen.follow(seen.container.id, self._changed)
            self._first_seen()

    def _measured(self, reading: UsageSample | None, processes: list[ProcessRow]) -> None:
        from layertui.core.containers.observe.resource_usage import between

        before, self._reading = self._reading, reading
        stats = between(before or reading, reading) if reading is not None else None
        self._answers.show_usage(stats, processes)
