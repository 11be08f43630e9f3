"""Images brought in, named, taken out, removed; and their files taken out."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from layertui.core.inspector.looking import Looking
from layertui.core.progress import quiet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from layertui.core.images.image import Image
    from layertui.core.inspector.inspector_answers import Findings, Loaded, Removed
    from layertui.core.inspector.subject import Subject
    from layertui.core.progress import Progress


class InAndOut(Looking):
    """Images on their way in and out."""

    def look_into(self, path: Path, progress: Progress | None = None, *, platform: str | None = None) -> Findings:
        """What a file holds and what a load of it would do, before anything is done.

        Ambiguous, with the platforms to choose from, where an image is for several and none of them is this machine's.
        """
        from layertui.core.inspector.bring_in import look_into

        return look_into(self.engine, path, self._spool, platform, progress or quiet())

    def load(
        self,
        source: Path | BinaryIO,
        *,
        clobber: bool = True,
        platform: str | None = None,
        progress: Progress | None = None,
    ) -> list[Loaded]:
        """Every image of an archive, a layout folder or a stream put into the store, or those for a platform.

        Conflict where a tag would move and `clobber` is false.
        """
        from layertui.core.inspector.bring_in import load

        return load(self.engine, source, self._spool, clobber=clobber, platform=platform, progress=progress or quiet())

    def save(
        self,
        names: Sequence[str],
        out: Path | BinaryIO,
        *,
        form: str = "both",
        compress: str | None = None,
        without: Sequence[str] = (),
        progress: Progress | None = None,
    ) -> None:
        """Images as one archive, layers and metadata and names; `without` leaves out layers that these images have."""
        from layertui.core.inspector.taking import chosen, save

        progress = progress or quiet()
        images = chosen(self, names, progress)
        left_out = [self.open(name, progress=progress).image for name in without]
        save(images, out, form=form, compress=compress, without=left_out, spool=self._spool, progress=progress)

    def import_(
        self,
        source: Path | BinaryIO,
        ref: str | None = None,
        *,
        message: str | None = None,
        changes: Sequence[str] = (),
        platform: str | None = None,
        progress: Progress | None = None,
    ) -> Image:
        """A tar of files as an image of one layer, its history one step."""
        from layertui.core.inspector.bring_in import import_

        return import_(
            self._store,
            self.engine,
            source,
            ref,
            message=message,
            changes=changes,
            platform=platform,
            progress=progress or quiet(),
        )

    def with_config_of(
        self, copy: Subject, original: Subject, ref: str | None = None, progress: Progress | None = None
    ) -> Image:
        """A new image: the layers and the history of `copy`, the config of `original`. So an import gets back what was lost."""
        from layertui.core.inspector.bring_in import with_config_of

        return with_config_of(self.engine, copy, original, ref, progress or quiet())

    def tag(self, name: str, new: str) -> None:
        """A further name for an image; where the name was another image's, it moves."""
        from layertui.core.inspector.sink import names_for, sink_of

        (reference,) = names_for(new)
        sink_of(self.engine).tag(name, reference)

    def remove_image(self, name: str, *, force: bool = False) -> Removed:
        """A name taken away, and the image with its last name. Conflict where a container uses it or an ID has several tags."""
        from layertui.core.inspector.inspector_answers import Removed
        from layertui.core.inspector.sink import sink_of

        return Removed(*sink_of(self.engine).remove(name, force=force))

    def extract(
        self,
        subject: Subject,
        path: str,
        dest: str | Path,
        *,
        upto: int | None = None,
        only: int | None = None,
        progress: Progress | None = None,
    ) -> tuple[str, ...]:
        """A file or folder of an image written to the host by `cp`'s rules, never outside `dest`; devices are left out and named."""
        from layertui.core.inspector.copying import copy_out

        view, real = self.view_at(
            subject, path, upto=upto, only=only, follow=path.endswith(("/", "/.")), deep=True, progress=progress
        )
        return copy_out(view, real, dest, asked=path, archive=False, follow=False, progress=progress or quiet())

    def demo(self, progress: Progress | None = None) -> list[Image]:
        """The demo images, put into the store unless they are there."""
        from layertui.core.inspector.bring_in import demo

        return demo(self.engine, progress or quiet())
