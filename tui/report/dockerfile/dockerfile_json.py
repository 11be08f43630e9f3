"""An image's Dockerfile as a JSON object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from layertui.core.images.dockerfile.image_dockerfile import DockerfileStep, ImageDockerfile


def dockerfile_object(dockerfile: ImageDockerfile) -> dict[str, Any]:
    """`history --dockerfile --json`; the oldest step first."""
    return {
        "base": dockerfile.base._asdict() if dockerfile.base is not None else None,
        "notes": list(dockerfile.notes),
        "steps": [_step_object(one) for one in dockerfile.steps],
    }


def _step_object(one: DockerfileStep) -> dict[str, Any]:
    instruction, step = one.instruction, one.step
    return {
        "instruction": instruction.word or None,
        "arguments": instruction.arguments,
        "lines": list(instruction.lines),
        "layer": step.number if step is not None else None,
        "diff_id": step.diff_id if step is not None else None,
        "size": step.size if step is not None else None,
        "format": one.recorder,
        "certain": instruction.is_certain,
        "notes": list(instruction.notes),
    }
