"""Reads what builders record of a step in `created_by`: which builder it was, the instruction, and the shell of a RUN.

Builders record differently:

- Docker's classic builder: `/bin/sh -c #(nop)  ENV A=b`, with quotes removed and variables expanded; RUN as `/bin/sh -c make`, after
  `|2 A=1 B=two words` where build arguments were set; the files of COPY as a checksum.
- BuildKit: `RUN /bin/sh -c make # buildkit`; without the ending for what changes only the config, but with a comment.
- Buildah and Podman: the classic builder's form around the text of the Dockerfile, unchanged; one blank after `#(nop)`.
- Kaniko: the text of the Dockerfile alone, its name as author. What changes only the config is not recorded.
- `commit`: the command of the container. `import`: a comment, no command.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from layertui.core.images.history_steps import Step

Recorder = Literal["classic", "buildkit", "buildah", "kaniko", "commit", "import", "other", "none"]

INSTRUCTIONS = frozenset(
    [
        "ADD",
        "ARG",
        "CMD",
        "COPY",
        "ENTRYPOINT",
        "ENV",
        "EXPOSE",
        "HEALTHCHECK",
        "LABEL",
        "MAINTAINER",
        "ONBUILD",
        "RUN",
        "SHELL",
        "STOPSIGNAL",
        "USER",
        "VOLUME",
        "WORKDIR",
    ]
)
"""Those that may come after FROM."""
BUILDAH_LABEL = "io.buildah.version"

_SHELL = r"(?:/usr)?/bin/(?:ba|da|a|z|k)?sh(?: -[a-zA-Z]+(?: pipefail)?)*? -[a-z]*c|cmd /S /C|powershell -Command"
_NOP = re.compile(rf"(?:(?:{_SHELL}) )?#\(nop\)(\s*)", re.DOTALL)
_RUN = re.compile(rf"(RUN )?(?:\|(\d+) (.*?))?({_SHELL}) ", re.DOTALL)
_RUN_WITHOUT_SHELL = re.compile(r"RUN (?:\|\d+ ((?:\w+=\S* )*))?", re.DOTALL)
_OTHER_TOOLS = re.compile(r"(?:bazel|ko|jib|apko|nix|umoci|buildpacks?|pack)\b", re.IGNORECASE)
"""What builders without a Dockerfile write: no command of a container."""
_BUILDKIT_ENDING = re.compile(r"# buildkit\s*\Z")
_COPIED = re.compile(r"(?:ADD|COPY) (?:--\S+ )*\S*(?:file|dir|multi):[0-9a-f]{16}")


class RecordedCommand(NamedTuple):
    """A step as its builder recorded it."""

    recorder: Recorder
    instruction: str = ""
    """In capitals; empty where the step names none."""
    arguments: str = ""
    """What follows the instruction, without the shell of a RUN; of a step without an instruction the whole text."""
    shell: tuple[str, ...] | None = None
    """The shell that ran a RUN; None for a RUN in exec form."""
    build_arguments: str = ""
    """The build arguments that were set for a RUN, as recorded."""

    @property
    def is_source(self) -> bool:
        """Whether the arguments are the Dockerfile's own text: with its quotes, its variables not expanded."""
        return self.recorder not in ("classic", "buildkit")


def recorded_command(step: Step, *, has_buildah_label: bool = False) -> RecordedCommand:
    """Who recorded a step, and which instruction. `has_buildah_label`: Buildah has labelled the image, or one below it."""
    text = step.created_by
    if text is None:
        return RecordedCommand("none")
    comment = step.comment or ""
    if not text.strip():
        return RecordedCommand("import" if comment.startswith(("Imported from", "imported from")) else "other")
    is_buildkit = _BUILDKIT_ENDING.search(text) is not None or comment.startswith("buildkit.")
    text = _BUILDKIT_ENDING.sub("", text).rstrip() if is_buildkit else text
    is_buildah = has_buildah_label or comment.startswith("FROM ")
    if match := _NOP.match(text):
        rest = text[match.end() :]
        # Docker has two blanks here, but one before the checksum of copied files, as Buildah has everywhere.
        by_docker = len(match[1]) > 1 or (not is_buildah and _COPIED.match(rest) is not None)
        return _split(rest or "-", "buildkit" if is_buildkit else "classic" if by_docker else "buildah")
    if (match := _RUN.match(text)) and (is_buildkit or not match[1]):
        recorder: Recorder = "buildkit" if is_buildkit else "buildah" if is_buildah else "classic"
        shell = tuple(match[4].split(" "))
        return RecordedCommand(recorder, "RUN", text[match.end() :], shell, (match[3] or "").rstrip())
    if is_buildkit:
        if match := _RUN_WITHOUT_SHELL.match(text):
            return RecordedCommand("buildkit", "RUN", text[match.end() :], None, (match[1] or "").rstrip())
        return _split(text, "buildkit")
    if match:  # RUN and a shell, by a builder that does not say which one it is
        return RecordedCommand(
            "other", "RUN", text[match.end() :], tuple(match[4].split(" ")), (match[3] or "").rstrip()
        )
    found = _split(text, "kaniko" if step.author == "kaniko" else "other")
    if not found.instruction and step.layer is not None and not _OTHER_TOOLS.match(text):
        return found._replace(recorder="commit")
    return found


def _split(text: str, recorder: Recorder) -> RecordedCommand:
    word, *rest = text.split(maxsplit=1)
    if word.upper() in INSTRUCTIONS and (word.isupper() or recorder in ("buildah", "kaniko")):
        return RecordedCommand(recorder, word.upper(), "".join(rest).rstrip())
    return RecordedCommand(recorder, "", text.strip())
