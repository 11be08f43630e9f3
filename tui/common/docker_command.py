"""The `docker` command that does the same as a `layertui` command, where there is one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from layertui.tui.common.shell_text import shell_line

if TYPE_CHECKING:
    from layertui.tui.common.command_log import ActCommand

_SAME = {
    "commit": frozenset[str](),
    "create": frozenset[str](),
    "export": frozenset[str](),
    "import": frozenset[str](),
    "kill": frozenset[str](),
    "load": frozenset(["--no-clobber"]),
    "pause": frozenset[str](),
    "pull": frozenset[str](),
    "rename": frozenset[str](),
    "restart": frozenset[str](),
    "rm": frozenset[str](),
    "rmi": frozenset[str](),
    "save": frozenset(["--format", "--compress"]),
    "start": frozenset[str](),
    "stop": frozenset[str](),
    "tag": frozenset[str](),
    "unpause": frozenset[str](),
}
"""Verbs that docker has with the same arguments, each with the options that it does not have."""

_NETWORKS = ("slirp4netns", "pasta")
"""Values of --net that docker does not know."""


def docker_line(command: ActCommand) -> str:
    """The shell command with docker; empty if docker cannot do the same."""
    words = _without_global_options(command.words)
    if not words or command.stdin is not None or command.secrets:
        return ""
    verb, given = words[0], words[1:]
    if verb in _SAME:
        networks = (value for option, value in pairwise(given) if option == "--net")
        if _SAME[verb] & set(given) or any(value.startswith(_NETWORKS) for value in networks):
            return ""
        return shell_line(("docker", *words))
    if verb == "push":
        image, *ref = given
        tagged = f"{shell_line(('docker', 'tag', image, *ref))} && " if ref else ""
        return tagged + shell_line(("docker", "push", *(ref or [image])))
    if verb == "extract" and given[0].startswith("container:") and "@" not in given[0]:
        name, path, target = given[0].removeprefix("container:"), *given[1:]
        return shell_line(("docker", "cp", f"{name}:{path}", target))
    return ""


def _without_global_options(words: Sequence[str]) -> Sequence[str]:
    rest = list(words[1:])
    while rest and rest[0] in ("--store", "--engine", "--trust-store"):
        del rest[: 1 if rest[0] == "--trust-store" else 2]
    return rest
