"""An image's Dockerfile as a JSON object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layertui.tui.report.dockerfile.dockerfile_lines import NOTHING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from layertui.core.analysis.step_waste import StepWaste
    from layertui.core.images.dockerfile.image_dockerfile import DockerfileStep, ImageDockerfile


def dockerfile_object(
    dockerfile: ImageDockerfile, waste: Mapping[int, Sequence[StepWaste]] = NOTHING
) -> dict[str, Any]:
    """`history --dockerfile --json`; the oldest step first; `waste` by the number of its layer."""
    return {
        "base": dockerfile.base._asdict() if dockerfile.base is not None else None,
        "notes": list(dockerfile.notes),
        "steps": [_step_object(one, waste) for one in dockerfile.steps],
    }


def _step_object(one: DockerfileStep, waste: Mapping[int, Sequence[StepWaste]]) -> dict[str, Any]:
    instruction, step = one.instruction, one.step
    wasted = waste.get(step.number or 0, ()) if step is not None else ()
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
        "waste": [part._asdict() | {"what": part.what or None} for part in wasted],
    }
