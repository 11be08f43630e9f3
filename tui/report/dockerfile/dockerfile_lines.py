"""An image's Dockerfile as text: each line with the step that it is of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from layertui.core.language.texts import counted, tr
from layertui.tui.common.dockerfile_line import DockerfileLine
from layertui.tui.common.format import safe, size

if TYPE_CHECKING:
    from layertui.core.analysis.step_waste import StepWaste
    from layertui.core.images.dockerfile.image_dockerfile import ImageDockerfile
    from layertui.core.images.history_steps import Step

NOTHING: Mapping[int, Sequence[StepWaste]] = MappingProxyType({})
"""No step wastes anything that is known."""
_COMMENT_WIDTH = 2000
NOT_RECORDED = tr("from the image's history, which records no build stages, build context, secrets and mounts")


def dockerfile_lines(
    dockerfile: ImageDockerfile, waste: Mapping[int, Sequence[StepWaste]] = NOTHING
) -> Iterator[DockerfileLine]:
    """The lines of the file: FROM, comments on the whole, and each step below the comments on it, of which none comes twice.

    ``waste`` is what the step of each layer wastes, by the layer's number.
    """
    said: set[str] = set()
    yield DockerfileLine(safe(dockerfile.from_line))
    yield from _comments((NOT_RECORDED, *dockerfile.notes), None)
    for index, one in enumerate(dockerfile.steps):
        comments = [note for note in one.instruction.notes if note not in said]
        said.update(comments)
        if one.step is not None and one.step.layer is not None:
            comments.insert(0, _about_layer(one.step))
        if comments:
            yield DockerfileLine("", index)
        yield from _comments(comments, index)
        if one.step is not None:
            yield from _comments(map(_about_waste, waste.get(one.step.number or 0, ())), index, is_waste=True)
        for number, line in enumerate(one.instruction.lines):
            yield DockerfileLine("\t".join(map(safe, line.split("\t"))), index, is_continued=number > 0)


def _about_layer(step: Step) -> str:
    size_text = f", {size(step.size)}" if step.size is not None else ""
    return tr("layer {number}{counted}", number=step.number, counted=size_text)


def _about_waste(waste: StepWaste) -> str:
    files = counted(waste.files, "file")
    what = {
        "left behind": tr("leaves {what} behind", what=waste.what),
        "stored again": tr("stores files of lower layers again"),
        "removed later": tr("removes or hides files of lower layers"),
    }[waste.kind]
    return tr(
        "wastes {size}: {what} ({files}); {advice}", size=size(waste.bytes), what=what, files=files, advice=waste.advice
    )


def _comments(texts: Iterable[str], step: int | None, *, is_waste: bool = False) -> Iterator[DockerfileLine]:
    for text in texts:
        shown = safe(text.replace("\t", " "))
        for at in range(0, max(len(shown), 1), _COMMENT_WIDTH):
            yield DockerfileLine(
                f"# {shown[at : at + _COMMENT_WIDTH]}".rstrip(), step, is_comment=True, is_waste=is_waste
            )


def dockerfile_text(dockerfile: ImageDockerfile, waste: Mapping[int, Sequence[StepWaste]] = NOTHING) -> Iterator[str]:
    """The lines of the file as text."""
    return (line.text for line in dockerfile_lines(dockerfile, waste))
