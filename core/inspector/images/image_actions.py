"""ImageActions: the images of an engine listed, brought in, named, taken out, removed; all names as the user wrote them."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from layertui.core.engines.transports import transport_of
from layertui.core.errors import LayertuiError, UsageError
from layertui.core.inspector.images.image_destination import names_for, sink_of
from layertui.core.language.texts import tr
from layertui.core.progress import quiet

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from layertui.core.analysis.by_folder.repository_sizes import RepositorySizes
    from layertui.core.engines.engine import Engine
    from layertui.core.engines.image_values import ImageSummary, Removed
    from layertui.core.images.image import Image
    from layertui.core.inspector.images.name_changes import NameChange
    from layertui.core.inspector.inspector_answers import Findings, Loaded
    from layertui.core.inspector.names.name_opener import NameOpener
    from layertui.core.inspector.subject import Subject
    from layertui.core.oci.reference import Reference
    from layertui.core.progress import Progress

    # Here, since in a class with a method `list` that word no longer means the type.
    Summaries = list[ImageSummary]
    LoadedImages = list[Loaded]


class ImageActions:
    """What can be done with the images of one engine."""

    def __init__(self, engine: Engine, opener: Callable[[], NameOpener], spool: Path | None) -> None:
        self._engine, self._opener, self._spool = engine, opener, spool

    def list(self) -> Summaries:
        """Every image of the engine, untagged ones too."""
        return [*self._engine.images.list()]

    def unreadable(self, listed: Sequence[ImageSummary]) -> int:
        """How many more the engine has than those listed, which cannot be read."""
        return self._engine.images.unreadable(listed)

    def repository_sizes(self, progress: Progress | None = None) -> RepositorySizes:
        """The bytes of all layers by repository. LayertuiError where the engine has not recorded them: a catalog has."""
        from layertui.core.engines.image_protocols import SizesByRepository

        images = self._engine.images
        if not isinstance(images, SizesByRepository):
            raise LayertuiError(tr("the engine {name} does not record sizes; a catalog does", name=self._engine.name))
        return images.repository_sizes(progress or quiet())

    def look_into(self, path: Path, progress: Progress | None = None, *, platform: str | None = None) -> Findings:
        """What a file holds and what a load of it would do, before anything is done.

        Ambiguous, with the platforms to choose from, where an image is for several and none of them is this machine's.
        """
        from layertui.core.inspector.images.load_images import look_into

        return look_into(self._engine, path, self._spool, platform, progress or quiet())

    def load(
        self,
        source: Path | BinaryIO,
        *,
        clobber: bool = True,
        platform: str | None = None,
        progress: Progress | None = None,
    ) -> LoadedImages:
        """Every image of an archive, a layout folder or a stream put into the store, or those for a platform.

        Conflict where a tag would move and `clobber` is false.
        """
        from layertui.core.inspector.images.load_images import load

        return load(self._engine, source, self._spool, clobber=clobber, platform=platform, progress=progress or quiet())

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
        from layertui.core.inspector.images.save_images import chosen, save

        progress = progress or quiet()
        opener = self._opener()

        def open_image(name: str) -> Image:
            return opener.subject(name, None, progress).image

        images = chosen(names, open_image, opener.names_in)
        left_out = [open_image(name) for name in without]
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
        from layertui.core.inspector.images.load_images import import_

        return import_(
            self._engine,
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
        from layertui.core.inspector.images.load_images import with_config_of

        return with_config_of(self._engine, copy, original, ref, progress or quiet())

    def tag(self, name: str, new: str) -> None:
        """One more name for an image; where another image has that name, it is moved.

        Both names may begin with the prefix of the engine that has the image. UsageError for a new name in another engine.
        """
        engine, own = self._opener().holder(name)
        (reference,) = names_for(_without_prefix(new, engine, name.removesuffix(own)))
        sink_of(engine).tag(own, reference)

    def remove(self, name: str, *, force: bool = False) -> Removed:
        """Remove a name, and the image with its last name. Conflict where a container uses it or an ID has several tags.

        In a registry, `docker://HOST/NAME:TAG`, the tag alone goes, unless the registry can only delete manifests.
        """
        engine, own = self._opener().holder(name)
        return sink_of(engine).remove(own, force=force)

    def tag_reversibly(self, name: str, new: str) -> NameChange | None:
        """As `tag`; what `take_back` takes back, None where it cannot be taken back so that every name is where it was."""
        from layertui.core.inspector.images import name_changes

        engine, own = self._opener().holder(name)
        (reference,) = names_for(_without_prefix(new, engine, name.removesuffix(own)))
        return name_changes.tag(engine, own, reference)

    def remove_reversibly(self, name: str, *, force: bool = False) -> tuple[Removed, NameChange | None]:
        """As `remove`, and what `take_back` takes back; None where the image went with its last name."""
        from layertui.core.inspector.images import name_changes

        engine, own = self._opener().holder(name)
        return name_changes.remove(engine, own, force=force)

    def may_take_back_removal(self, image: ImageSummary, name: Reference) -> bool:
        """Whether removing one of an image's names could be taken back."""
        from layertui.core.inspector.images import name_changes

        return name_changes.may_take_back_removal(self._engine, image, name)

    def take_back(self, change: NameChange) -> None:
        """Put a name back where it was. Raises Conflict where it was changed since, NotFound where the image is gone."""
        from layertui.core.inspector.images import name_changes

        name_changes.take_back(change)

    def demo(self, progress: Progress | None = None) -> Sequence[Image]:
        """The demo images, put into the store unless they are there."""
        from layertui.core.inspector.images.load_images import demo

        return demo(self._engine, progress or quiet())


def _without_prefix(new: str, engine: Engine, prefix: str) -> str:
    """A new name without the prefix of the engine that it is in, which is also the one that has the image."""
    if prefix.endswith(":") and new.startswith(prefix):
        return new.removeprefix(prefix)
    found = transport_of(new)
    if found is None or found[1].kind == "registry":
        return new.removeprefix("docker://")
    if found[1].engine != engine.name:
        raise UsageError(
            tr(
                "{new}: the image is in {name} and is named there; `copy` copies it to another engine",
                new=new,
                name=engine.name,
            )
        )
    return found[2]
