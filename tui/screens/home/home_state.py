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
    """Of the default engine; None until the first listing has come."""
    engines: tuple[str, ...] = ()
    """The names of the other engines, in the order in which they are shown."""
    others: dict[str, Listing] = field(default_factory=dict)
    """What the other engines have, as far as they have answered."""
    silent: dict[str, str] = field(default_factory=dict)
    """Why those do not answer that do not."""
    hidden: frozenset[str] = frozenset()
    """The names of engines whose rows are not shown."""
    target: str = ""
    """The engine that `L` loads into; empty: the default one."""
    subject: Subject | None = None
    """What the selection names, once it is open."""
    steps: tuple[Step, ...] = ()
    summaries: dict[int, LayerSummary] = field(default_factory=dict)
    """What each layer did, by its number; empty until that has been counted."""
    stack: Stack | None = None
    """None until the layers have been read."""
    reading: bool = False
    """Whether the selection is being opened or its layers read; at first, `subject` and `stack` are still the ones before."""
    only_changes: bool = False
    with_removed: bool = False

    def open(self, subject: Subject, steps: tuple[Step, ...]) -> None:
        """Another subject is looked at, from its top; of its layers nothing is known yet."""
        self.subject, self.steps, self.summaries, self.stack = subject, steps, {}, None
        self.selection = self.selection.at_layer(self.top)

    def close(self) -> None:
        """The selection could not be opened."""
        self.subject, self.steps, self.summaries, self.stack, self.reading = None, (), {}, None, False

    def count(self, summaries: Iterable[LayerSummary]) -> None:
        """What each layer did is known."""
        self.summaries = {summary.number: summary for summary in summaries}

    def list(self, listing: Listing) -> None:
        """What there is in an engine; the container that is looked at may have another state by now."""
        if listing.engine:
            self.others[listing.engine] = listing
        else:
            self.listing = listing
        opened = self.container if listing.engine == self.selection.engine else None
        for container in listing.containers:
            if opened is not None and container.id == opened.id and container != opened and self.subject is not None:
                self.subject = self.subject._replace(container=container)

    def of_engine(self, engine: str) -> Listing | None:
        """What an engine has, the default one for an empty name; None while that is not known."""
        return self.others.get(engine) if engine else self.listing

    @property
    def shown(self) -> tuple[Listing, ...]:
        """The listings of the engines whose rows show, the default engine's first."""
        found = [self.listing, *map(self.others.get, self.engines)]
        return tuple(one for one in found if one is not None and one.engine_name not in self.hidden)

    @property
    def filled(self) -> tuple[Listing, ...]:
        """Those of them that have an image or a container; the first of all where none has."""
        return tuple(one for one in self.shown if one.images or one.containers) or self.shown[:1]

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
        """The number of the container's writable layer."""
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
        listing = self.of_engine(self.selection.engine)
        if opened is None or listing is None:
            return False
        return all(one.id != opened.id for one in listing.containers)
