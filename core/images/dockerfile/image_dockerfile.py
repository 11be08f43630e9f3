"""ImageDockerfile: an image's steps as a Dockerfile, each with its step and with what is not known of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from layertui.core.images.dockerfile.config_rest import FROM_SCRATCH, built_config, config_rest
from layertui.core.images.dockerfile.dockerfile_text import continued_lines, json_words
from layertui.core.images.dockerfile.recorded_command import BUILDAH_LABEL, Recorder, recorded_command
from layertui.core.images.dockerfile.step_instruction import (
    DEFAULT_SHELL,
    Instruction,
    KnownConfig,
    instruction_of,
)
from layertui.core.language.texts import counted, tr

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from layertui.core.images.history_steps import Step
    from layertui.core.images.image import Image

BASE_NAME, BASE_DIGEST = "org.opencontainers.image.base.name", "org.opencontainers.image.base.digest"
MANY_STEPS = 2000
"""Of an image with more, what the instructions make is not compared with its config: each step would take longer than the last."""
_SHORT_ID = re.compile(r"[0-9a-f]{12,64}")
_EXTENDED = "buildkit.dockerfile."


class BaseImage(NamedTuple):
    """An image whose layers and steps are the first of another one."""

    name: str
    """Its first name, else its ID."""
    digest: str
    """Of its manifest where it is known, else of its config."""
    engine: str
    layers: int
    steps: int


class DockerfileStep(NamedTuple):
    """One instruction, or only comments where none can be written."""

    instruction: Instruction
    recorder: Recorder | Literal["config"]
    """Who recorded it; `config`: no step sets it, but the config has it."""
    step: Step | None = None


class ImageDockerfile(NamedTuple):
    """What `FROM` names, what is to be said of the whole, and the steps, the oldest first."""

    base: BaseImage | None
    notes: tuple[str, ...]
    steps: tuple[DockerfileStep, ...]

    @property
    def from_line(self) -> str:
        """The FROM instruction, with the base that was found, or `scratch`."""
        return f"FROM {self.base.name if self.base is not None else 'scratch'}"


def image_dockerfile(
    image: Image, steps: Sequence[Step], base: BaseImage | None = None, *, is_whole: bool = True
) -> ImageDockerfile:
    """The Dockerfile of an image's steps, the oldest first; those of `base` are left out.

    `is_whole`: these are all steps of the image, so that its config is what they make.
    """
    config = image.config.config
    known, label = KnownConfig.of(config), BUILDAH_LABEL in config.labels
    shell: tuple[str, ...] = DEFAULT_SHELL
    listed: list[DockerfileStep] = []
    for step in steps:
        recorded = recorded_command(step, has_buildah_label=label)
        instruction = instruction_of(recorded, known, shell)
        if instruction.word == "SHELL":
            shell = json_words(instruction.arguments) or shell
        listed.append(DockerfileStep(_with_comment(instruction, step), recorded.recorder, step))
    first = base.steps if base is not None else 0
    notes = [*_about_base(image, base)]
    rest: list[DockerfileStep] = []
    if is_whole and len(listed) <= MANY_STEPS:
        of_base, own = (
            [(one.instruction.word, one.instruction.arguments) for one in part]
            for part in (listed[:first], listed[first:])
        )
        made = built_config(built_config(FROM_SCRATCH, of_base), own)
        rest = list(_rest_of(*config_rest(config, made)))
    return ImageDockerfile(base, tuple(notes), (*listed[first:], *rest))


def _rest_of(lines: list[str], problems: list[str]) -> Iterator[DockerfileStep]:
    for line in lines:
        word, _, arguments = line.partition(" ")
        note = tr("no step sets it, but the config has it")
        yield DockerfileStep(Instruction(word, arguments, True, (note,), continued_lines(line)), "config")
    for problem in problems:
        yield DockerfileStep(Instruction(is_certain=False, notes=(problem,)), "config")


def _with_comment(instruction: Instruction, step: Step) -> Instruction:
    """The same with what the step's comment says besides."""
    comment = (step.comment or "").strip()
    name = comment.removeprefix("FROM ") if comment.startswith("FROM ") else ""
    if not comment or comment.startswith(_EXTENDED) or _SHORT_ID.fullmatch(name):
        return instruction
    note = (
        tr("the base that is recorded here: {name}", name=name) if name else tr("comment: {comment}", comment=comment)
    )
    return instruction._replace(notes=(*instruction.notes, note))


def _about_base(image: Image, base: BaseImage | None) -> Iterator[str]:
    if base is not None:
        layers, steps = counted(base.layers, "layer"), counted(base.steps, "step")
        which = f"{base.name}@{base.digest}" if base.digest not in base.name else base.name
        yield tr(
            "{which} in the engine {engine}: its {layers} and {steps} come first in this image",
            which=which,
            engine=base.engine,
            layers=layers,
            steps=steps,
        )
    for fields in (image.manifest.annotations, image.config.config.labels):
        if name := named_base(fields):
            yield tr("base that the image itself names: {name}", name=name)
            break


def named_base(fields: Mapping[str, str]) -> str:
    """The base that annotations or labels name, with its digest; empty where they name none."""
    name, digest = fields.get(BASE_NAME, ""), fields.get(BASE_DIGEST, "")
    return f"{name}@{digest}" if name and digest else name
