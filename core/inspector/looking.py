"""Images and containers looked at: their layers, their histories, their files, and two of them side by side."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO

from layertui.core.errors import NotFound, UnsafePath
from layertui.core.inspector.ground import Ground
from layertui.core.progress import quiet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertui.core.engines.engine import ImageSummary
    from layertui.core.errors import ImageChoice
    from layertui.core.images.history_steps import Step
    from layertui.core.inspector.inspector_answers import LayerSummary, Report
    from layertui.core.inspector.subject import Subject
    from layertui.core.layers.stack.stack import Stack
    from layertui.core.layers.stack.trace import Trace
    from layertui.core.layers.stack.view import View
    from layertui.core.oci.descriptor import Platform
    from layertui.core.progress import Progress


class Looking(Ground):
    """Answers; nothing is changed."""

    def open(
        self,
        name: str,
        platform: Platform | None = None,
        progress: Progress | None = None,
        *,
        or_container: bool = False,
    ) -> Subject:
        """What a name means, in every spelling: engine names and IDs, transports, paths, `@N` and `@M..N`.

        With `or_container` a name that nothing else has may also be a container's.
        """
        return self._opening.subject(name, platform, progress or quiet(), or_container=or_container)

    def platforms(self, subject: Subject) -> list[ImageChoice]:
        """The images to choose from where the archive that a Subject was opened from has them for several platforms."""
        return self._opening.platforms(subject.name)

    def images(self) -> list[ImageSummary]:
        """Every image of the engine, untagged ones too."""
        return list(self.engine.images.list())

    def unreadable_images(self, listed: Sequence[ImageSummary]) -> int:
        """How many more the engine has than those listed, which cannot be read."""
        return self.engine.images.unreadable(listed)

    def layers(self, subject: Subject, progress: Progress | None = None, *, verify: bool = False) -> list[LayerSummary]:
        """The layers from the bottom up, each with what it did; with `verify`, every byte of them summed before."""
        from layertui.core.inspector.summaries import layer_summaries
        from layertui.core.layers.stack.layer_counts import counts

        if subject.container is None:
            counted = self.catalog.counts(subject.image.layers, progress, proven=verify)
        else:
            counted = counts(self.stack(subject, progress))
        return layer_summaries(subject, counted, self.history(subject, sizes=False))

    def history(self, subject: Subject, *, sizes: bool = True, progress: Progress | None = None) -> tuple[Step, ...]:
        """The steps that made an image, oldest first; with `sizes`, what each added, from headers alone."""
        from layertui.core.images.history_steps import steps
        from layertui.core.inspector.subject import steps_of

        found = self.catalog.content_sizes(subject.image.layers, progress) if sizes else []
        size_of = (lambda layer: found[layer.number - 1]) if sizes else None
        return steps_of(steps(subject.image, size_of), subject)

    def history_warning(self, subject: Subject) -> str | None:
        """What is odd about an image's history, if anything."""
        from layertui.core.images.history_steps import excess

        return excess(subject.image)

    def stack(self, subject: Subject, progress: Progress | None = None, *, verify: bool = False) -> Stack:
        """All layers laid over each other, a container's own layer on top; with `verify`, every byte summed."""
        if subject.container is not None:
            return self._containers.stack(subject.container.id, progress)
        lay = self.catalog.proven_stack if verify else self.catalog.stack
        return lay(subject.image.layers, progress)

    def view(
        self,
        subject: Subject,
        *,
        upto: int | None = None,
        only: int | None = None,
        progress: Progress | None = None,
    ) -> View:
        """The files as the Subject says, or as of layer `upto`, or of layer `only` alone. NotFound for a layer not there."""
        stack = self.stack(subject, progress)
        if only is not None:
            return stack.alone(only)
        if upto is None and subject.span is not None:
            return stack.span(*subject.span)
        return stack.view(subject.upto if upto is None else upto)

    def view_at(
        self,
        subject: Subject,
        path: str,
        *,
        upto: int | None = None,
        only: int | None = None,
        follow: bool = True,
        deep: bool = False,
        below: bool = False,
        progress: Progress | None = None,
    ) -> tuple[View, str]:
        """The view that shows what a path leads to, and the path in it: of a container's, what is mounted there too.

        With `deep` it shows all that lies below the path where that is mounted, with `below` what is mounted below it, too; a
        symlink at the end is followed with `follow`.
        """
        container = subject.container
        if container is None or not subject.has_mounts or not self._is_whole(subject, upto, only):
            return self.view(subject, upto=upto, only=only, progress=progress), path
        sight = self._containers.sight(container.id, progress)
        real = sight.resolve(path, follow=follow).path
        return sight.view(real, deep=deep, below=below), real + ("/" if path.endswith("/") and real != "/" else "")

    def _is_whole(self, subject: Subject, upto: int | None, only: int | None) -> bool:
        return upto is None and only is None and subject.span is None and subject.upto is None

    def read(
        self,
        subject: Subject,
        path: str,
        *,
        upto: int | None = None,
        only: int | None = None,
        progress: Progress | None = None,
    ) -> BinaryIO:
        """The bytes of a file, links followed inside the image. NotFound for what is no file."""
        from layertui.core.inspector.summaries import content

        return content(*self.view_at(subject, path, upto=upto, only=only, progress=progress))

    def trace(
        self,
        subject: Subject,
        path: str,
        *,
        deep: bool = False,
        through_links: bool = False,
        progress: Progress | None = None,
    ) -> Trace:
        """Which layer answers for a path, asked from the top down; `deep` goes on to the bottom.

        With `through_links`, a path that shows only since a folder above it is a link (`/bin/sh` where `/bin` leads to
        `/usr/bin`) is asked for where it really lies; the answer's path is that one.
        """
        from layertui.core.layers.stack.trace import trace

        stack = self.stack(subject, progress)
        found = trace(stack, path, deep=deep, upto=subject.upto)
        if found.visible or not through_links:
            return found
        with suppress(NotFound, UnsafePath):
            real = stack.view(subject.upto).resolve(path, follow=False).path
            if real not in (found.path, "/"):
                return trace(stack, real, deep=deep, upto=subject.upto)
        return found

    def compare(
        self,
        a: Subject,
        b: Subject,
        *,
        history: bool = True,
        files: bool = True,
        config: bool = True,
        progress: Progress | None = None,
    ) -> Report:
        """Two Subjects side by side, in whatever is asked for: histories lined up, files and configs that differ."""
        from layertui.core.inspector.sides import compared

        return compared(self, a, b, history=history, files=files, config=config, progress=progress or quiet())

    def size_rw(self, name: str) -> int:
        """Bytes in a container's own layer. LimitExceeded where its folders are too deep to be looked through."""
        return self._containers.own_size(name)
