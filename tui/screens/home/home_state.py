"""What home knows: what is selected, what there is, and what jobs have found out of it. Values alone, no widgets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from layertui.tui.common.selection import Selection

if TYPE_CHECKING:  # nothing of the core is waited for by the first frame
    from layertui.core.containers.model.container import Container
    from layertui.core.images.history_steps import Step
    from layertui.core.inspector.inspector_answers import LayerSummary
    from layertui.core.inspector.subject import Subject
    from layertui.core.layers.stack.stack import Stack
    from layertui.tui.screens.home.home_questions import Listing


@dataclass
class HomeState:
    """Written by the parts that ask for it, each for itself; read by all."""

    selection: Selection = field(default_factory=Selection)
    listing: Listing | None = None
    """None until the first listing has come."""
    subject: Subject | None = None
    """What the selection names, once it is open."""
    steps: tuple[Step, ...] = ()
    summaries: dict[int, LayerSummary] = field(default_factory=dict)
    """What each layer did, by its number; empty until that has been counted."""
    stack: Stack | None = None
    """None until the layers have been read."""
    only_changes: bool = False
    with_removed: bool = False

    def open(self, subject: Subject, steps: tuple[Step, ...]) -> None:
        """Another subject is looked at, from its top; of its layers nothing is known yet."""
        self.subject, self.steps, self.summaries, self.stack = subject, steps, {}, None
        self.selection = self.selection.at_layer(self.top)

    def close(self) -> None:
        """The selection could not be opened."""
        self.subject, self.steps, self.summaries, self.stack = None, (), {}, None

    def count(self, summaries: Iterable[LayerSummary]) -> None:
        """What each layer did is known."""
        self.summaries = {summary.number: summary for summary in summaries}

    def list(self, listing: Listing) -> None:
        """What there is; the container that is looked at may have another state by now."""
        self.listing = listing
        opened = self.container
        for container in listing.containers:
            if opened is not None and container.id == opened.id and container != opened and self.subject is not None:
                self.subject = self.subject._replace(container=container)

    # -- what is looked at

    @property
    def container(self) -> Container | None:
        """The container that is looked at, if it is one."""
        return self.subject.container if self.subject is not None else None

    @property
    def top(self) -> int:
        """The number of the topmost layer: a container's own, or the image's last."""
        if self.subject is None:
            return 0
        if self.subject.upto is not None:
            return self.subject.upto
        return len(self.subject.image.layers) + (self.subject.container is not None)

    @property
    def own_number(self) -> int | None:
        """The number of the container's own layer."""
        return self.top if self.container is not None else None

    @property
    def layer(self) -> int:
        """The number of the layer that the cursor is on."""
        return self.selection.layer if self.selection.layer is not None else self.top

    @property
    def size(self) -> int | None:
        """The bytes of all layers, once they have been counted."""
        return sum(summary.size for summary in self.summaries.values()) if self.summaries else None

    @property
    def container_has_gone(self) -> bool:
        """Whether a container is looked at that is not listed any more."""
        opened = self.container
        if opened is None or self.listing is None:
            return False
        return all(one.id != opened.id for one in self.listing.containers)
