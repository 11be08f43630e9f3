"""The instruction of a Dockerfile that a recorded step came from, as far as it can be known; the rest as comments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from layertui.core.errors import UsageError
from layertui.core.images.dockerfile.config_rest import CONFIG_INSTRUCTIONS
from layertui.core.images.dockerfile.dockerfile_text import (
    continued_lines,
    has_heredoc,
    heredoc,
    is_one_line,
    is_plain_word,
    json_array,
    json_words,
)
from layertui.core.images.dockerfile.recorded_command import INSTRUCTIONS
from layertui.core.images.healthcheck_text import GO_STRING, as_dockerfile, go_unquoted
from layertui.core.language.texts import tr
from layertui.core.oci.config_change import apply_changes
from layertui.core.oci.config_instructions import escaped, quoted
from layertui.core.oci.image_config import ExecConfig

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from layertui.core.images.dockerfile.recorded_command import RecordedCommand

DEFAULT_SHELL = ("/bin/sh", "-c")


class KnownConfig(NamedTuple):
    """What the config of the image says about steps that were recorded without quotes."""

    env: Mapping[str, str]
    labels: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]]
    """Volumes and the shell, by their words joined with blanks."""

    @classmethod
    def of(cls, config: ExecConfig) -> KnownConfig:
        lists = [(volume,) for volume in config.volumes] + [config.volumes, config.shell or ()]
        env = {name: value for name, _, value in (one.partition("=") for one in config.env)}
        return cls(env, config.labels, {" ".join(words): words for words in lists if words})


class Instruction(NamedTuple):
    """An instruction with its arguments, and what is to be said about it."""

    word: str = ""
    """Empty where none can be written: the notes say why."""
    arguments: str = ""
    is_certain: bool = True
    """Whether it does what the recorded step did; a guess says in its notes what is not known."""
    notes: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    """As in the file, with continuation lines."""


def instruction_of(recorded: RecordedCommand, known: KnownConfig, shell: tuple[str, ...]) -> Instruction:
    """The instruction of a recorded step; `known` is of the image, `shell` what RUN uses by then."""
    if not recorded.instruction:
        return _without(recorded)
    try:
        found = _MADE.get(recorded.instruction, _as_recorded)(recorded, known, shell)
        return _checked(found, recorded)
    except UsageError as error:
        return _not_written(recorded, str(error))


def _without(recorded: RecordedCommand) -> Instruction:
    if recorded.recorder == "none":
        return Instruction(is_certain=False, notes=("no history is recorded for this layer",))
    if recorded.recorder == "import":
        note = tr("imported: rootfs.tar stands for the tar that became this layer")
        return Instruction("ADD", "rootfs.tar /", False, (note,), ("ADD rootfs.tar /",))
    if not recorded.arguments:
        return Instruction(is_certain=False, notes=("a step without a command",))
    what = (
        tr("a container that ran this was committed, or RUN in exec form")
        if recorded.recorder == "commit"
        else tr("not an instruction of a Dockerfile")
    )
    return Instruction(arguments=recorded.arguments, is_certain=False, notes=(f"{what}: {recorded.arguments}",))


def _not_written(recorded: RecordedCommand, why: str) -> Instruction:
    text = f"{recorded.instruction} {recorded.arguments}".strip()
    return Instruction(arguments=text, is_certain=False, notes=(f"cannot be written here ({why}): {text}",))


def _checked(found: Instruction, recorded: RecordedCommand) -> Instruction:
    """The same with its lines. Raises UsageError for what a builder would refuse, or take for something else."""
    if not found.word or found.lines:
        return found
    text = found.arguments
    if not text.strip():
        raise UsageError(tr("it has no arguments"))
    if not is_one_line(text):
        raise UsageError(tr("it has line ends, or characters that are not shown"))
    if found.word in ("ADD", "COPY", "ONBUILD", "RUN") and json_words(text) is None and has_heredoc(text):
        raise UsageError(tr("the content of its here-document is not recorded"))
    if found.word in ("ADD", "COPY") and len(json_words(text) or text.split()) < 2:
        raise UsageError(tr("it has no destination"))
    if found.word in CONFIG_INSTRUCTIONS:
        apply_changes(_SOME_ENVIRONMENT if recorded.is_source else ExecConfig(), [f"{found.word} {text}"])
    return found._replace(lines=continued_lines(f"{found.word} {text}"))


_SOME_ENVIRONMENT = ExecConfig(env=("PATH=/bin",))


def _as_recorded(recorded: RecordedCommand, _known: KnownConfig, _shell: tuple[str, ...]) -> Instruction:
    trigger = recorded.arguments.partition(" ")[0].upper()
    if recorded.instruction == "ONBUILD" and trigger not in INSTRUCTIONS:
        raise UsageError(tr("its trigger is not an instruction"))
    return Instruction(recorded.instruction, recorded.arguments)


def _run(recorded: RecordedCommand, _known: KnownConfig, shell: tuple[str, ...]) -> Instruction:
    """RUN in the form that runs the same: shell form, a here-document, else exec form with the shell."""
    text = recorded.arguments
    build_arguments = recorded.build_arguments
    notes = (
        (tr("build arguments that were set: {build_arguments}", build_arguments=build_arguments),)
        if build_arguments
        else ()
    )
    if recorded.shell is None:
        if recorded.is_source:
            return Instruction("RUN", text, notes=notes)
        words = text.split()
        is_one_word = len(words) == 1
        note = () if is_one_word else (tr("recorded without a shell, so in exec form; where its words end is a guess"),)
        return Instruction("RUN", json_array(words), is_one_word, (*notes, *note))
    stripped = text.strip()
    if recorded.recorder == "buildah" and (words_of := json_words(stripped)) is not None:
        return Instruction("RUN", json_array(words_of), notes=notes)
    is_shell_form = (
        (recorded.shell == shell or recorded.recorder == "buildah")
        and stripped
        and json_words(stripped) is None
        and (recorded.recorder == "buildah" or not stripped.startswith("--"))
    )
    if is_shell_form and is_one_line(stripped) and not has_heredoc(stripped):
        return Instruction("RUN", stripped, notes=notes)
    if is_shell_form and recorded.recorder == "buildkit" and (lines := heredoc(text)) is not None:
        return Instruction("RUN", text, notes=notes, lines=lines)
    return Instruction("RUN", json_array((*recorded.shell, text)), notes=notes)


def _copy(recorded: RecordedCommand, _known: KnownConfig, _shell: tuple[str, ...]) -> Instruction:
    word, text = recorded.instruction, recorded.arguments
    files, is_in, target = text.partition(" in ")
    if is_in and target.strip() and any(map(_CHECKSUM.fullmatch, words := files.split())):
        note = tr(
            "which files were copied is not recorded, only their checksum; layertui extract takes them from the layer"
        )
        flags = "".join(f"{one} " for one in words if one.startswith("--"))
        paths = [*(one for one in words if not one.startswith("--")), target.strip()]
        return Instruction(word, flags + _path_words(paths), is_certain=False, notes=(note,))
    if recorded.is_source:
        notes = (tr("the build stage that it names is not recorded"),) if "--from=" in text else ()
        return Instruction(word, text, not notes, notes)
    options = _OPTIONS.match(text)
    flags = options[0] if options else ""
    words = text[len(flags) :].split()
    if any(word.startswith("<<") for word in words):
        raise UsageError(tr("the content of its here-document is not recorded"))
    note = tr("from the build context or from another build stage: which one is not recorded")
    return Instruction(word, flags + _path_words(words), is_certain=False, notes=(note,) if word == "COPY" else ())


_CHECKSUM = re.compile(r"(?:file|dir|multi):[0-9a-f]{16,}")
_OPTIONS = re.compile(r"(?:--\S+ )+")


def _path_words(words: Iterable[str]) -> str:
    listed = [escaped(word) for word in words]
    return " ".join(listed) if all(map(is_plain_word, listed)) else json_array(listed)


def _command(recorded: RecordedCommand, _known: KnownConfig, _shell: tuple[str, ...]) -> Instruction:
    """CMD, ENTRYPOINT: Docker records the words as Go prints a list of strings, also where they were in shell form."""
    text = recorded.arguments
    if recorded.is_source or not text.startswith("["):
        words = json_words(text)
        return Instruction(recorded.instruction, text if words is None else json_array(words))
    if (words := json_words(text)) is None:
        if _GO_LIST.fullmatch(text):
            words = tuple(go_unquoted(word[1:-1]) for word in re.findall(GO_STRING, text))
        else:
            split = tuple(text.strip("[]").split())
            note = tr("where its words end is a guess")
            return Instruction(recorded.instruction, json_array(split), is_certain=False, notes=(note,))
    return Instruction(recorded.instruction, json_array(words))


_GO_LIST = re.compile(rf"\[(?:{GO_STRING}(?: {GO_STRING})*)?\]", re.DOTALL)


def _list(recorded: RecordedCommand, known: KnownConfig, _shell: tuple[str, ...]) -> Instruction:
    """VOLUME, SHELL: Docker records the words as Go prints a list, without quotes."""
    text = recorded.arguments
    words = json_words(text)
    if words is not None:
        return Instruction(recorded.instruction, json_array(words))
    if recorded.is_source and recorded.instruction != "SHELL":
        return Instruction(recorded.instruction, text)
    if not text.startswith("[") or not text.endswith("]"):
        raise UsageError(tr("it is not in exec form"))
    inside = text[1:-1]
    same = known.lists.get(inside)
    split = same or tuple(inside.split())
    if not split:
        raise UsageError(tr("it has no words"))
    is_certain = same is not None or len(split) == 1
    note = () if is_certain else (tr("where its words end is a guess"),)
    return Instruction(recorded.instruction, json_array(split), is_certain, note)


def _pairs(recorded: RecordedCommand, known: KnownConfig, _shell: tuple[str, ...]) -> Instruction:
    """ENV, LABEL: Docker records names and values without quotes; which names there are, the config says."""
    text, word = recorded.arguments, recorded.instruction
    if recorded.is_source:
        return Instruction(word, text)
    held = known.labels if word == "LABEL" else known.env
    begins = [match for match in _NAME.finditer(text) if match.start() == 0 or match[1] in held]
    if not begins or begins[0].start() != 0:
        raise UsageError(tr("it has no NAME=VALUE"))
    ends = [match.start() - 1 for match in begins[1:]] + [len(text)]
    pairs = [(begin[1], text[begin.end() : end]) for begin, end in zip(begins, ends, strict=True)]
    is_certain = len(_NAME.findall(text)) == 1 or all(held.get(name) == value for name, value in pairs)
    name_of = _word if word == "LABEL" else escaped
    written = " ".join(f"{name_of(name)}={_word(value)}" for name, value in pairs)
    note = () if is_certain else (tr("where its values end is a guess"),)
    return Instruction(word, written, is_certain, note)


def _word(text: str) -> str:
    return text if is_plain_word(text) else quoted(text)


_NAME = re.compile(r"(?:(?<=\s)|\A)([^\s=]+)=")


def _argument(recorded: RecordedCommand, _known: KnownConfig, _shell: tuple[str, ...]) -> Instruction:
    text = recorded.arguments
    if recorded.is_source:
        return Instruction("ARG", text)
    name, equals, value = text.partition("=")
    if not _VARIABLE.fullmatch(name):
        if not all(_VARIABLE.fullmatch(one.partition("=")[0]) for one in text.split()):
            raise UsageError(tr("it has no name"))
        return Instruction("ARG", " ".join(map(escaped, text.split())))
    is_certain = re.search(r"\s\w+=", value) is None
    note = () if is_certain else (tr("it may have been several arguments"),)
    return Instruction("ARG", name + equals + (_word(value) if equals else ""), is_certain, note)


_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


def _expose(recorded: RecordedCommand, _known: KnownConfig, _shell: tuple[str, ...]) -> Instruction:
    text = recorded.arguments
    if recorded.is_source and not text.startswith(("map[", "[")):
        return Instruction("EXPOSE", text)
    ports = re.findall(r"(?<![\w{])\d+(?:-\d+)?(?:/\w+)?", text)
    return Instruction("EXPOSE", " ".join(ports))


def _one_value(recorded: RecordedCommand, _known: KnownConfig, _shell: tuple[str, ...]) -> Instruction:
    text = recorded.arguments
    if recorded.is_source:
        return Instruction(recorded.instruction, text)
    value = escaped(text)
    if '"' in text or "'" in text:
        value = quoted(text)
    return Instruction(recorded.instruction, value)


def _health_check(recorded: RecordedCommand, _known: KnownConfig, _shell: tuple[str, ...]) -> Instruction:
    text = as_dockerfile(f"HEALTHCHECK {recorded.arguments}").removeprefix("HEALTHCHECK ")
    if text.startswith("&"):
        raise UsageError(tr("it is not recorded in a form that is known"))
    return Instruction("HEALTHCHECK", text)


_MADE: dict[str, Callable[[RecordedCommand, KnownConfig, tuple[str, ...]], Instruction]] = {
    "ADD": _copy,
    "ARG": _argument,
    "CMD": _command,
    "COPY": _copy,
    "ENTRYPOINT": _command,
    "ENV": _pairs,
    "EXPOSE": _expose,
    "HEALTHCHECK": _health_check,
    "LABEL": _pairs,
    "RUN": _run,
    "SHELL": _list,
    "STOPSIGNAL": _one_value,
    "USER": _one_value,
    "VOLUME": _list,
    "WORKDIR": _one_value,
}
