"""What may follow on a command line: commands and options from click, names and paths from the engine and from disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, cast

import click
from click.shell_completion import CompletionItem, ShellComplete

from layertui.core.errors import LayertuiError
from layertui.tui.verbs.shared.cli_context import CliContext

if TYPE_CHECKING:
    from layertui.core.inspector import Inspector

CONTAINER = "container:"


def candidates(words: Sequence[str], started: str, enter: Callable[..., object]) -> list[CompletionItem[str]]:
    """What may follow the words of a command line, each beginning with `started`; nothing if that cannot be found out.

    The commands are those of click's current context; `enter` is that of CliContext.
    """
    context = click.get_current_context().find_root()
    root, own = cast("click.Group", context.command), CliContext(enter=enter)
    verb = next((word for word in words if word in root.list_commands(context)), "")
    command = root.get_command(context, verb)
    for parameter in command.params if command is not None else root.params:
        if (complete := _completer(verb, parameter)) is not None:
            # click's own hook; set here, so that no command has to name what only a completion needs
            parameter.shell_complete = partial(_items, complete)  # type: ignore[method-assign]
    try:
        return ShellComplete(root, {"obj": own}, "layertui", "").get_completions(list(words), started)
    except (LayertuiError, click.ClickException, OSError):
        return []
    finally:
        own.close()


def _items(complete: Complete, context: click.Context, started: str) -> list[CompletionItem[str]]:
    found = complete(_Word(context, started))
    return [CompletionItem(one) for one in dict.fromkeys(found) if one.startswith(started)]


@dataclass
class _Word:
    """A word that is being typed, and the command line before it; each method gives what the word may become."""

    context: click.Context
    started: str

    @property
    def inspector(self) -> Inspector:
        """The interface of the core, with the store and the engine that the command line names."""
        return self.context.ensure_object(CliContext).inspector

    def image_names(self) -> list[str]:
        """The names of the images, of another engine behind its prefix; those of archives follow where a path is typed."""
        from layertui.core.engines.transports import engine_prefix
        from layertui.tui.screens.shared.path_completion import behind_prefix, image_names_in, named

        prefixes = [f"{engine_prefix(name)}:" for name in self.inspector.engine_names()] if self.started else []
        names = image_names_in(self.inspector)
        return [*named([*names, *behind_prefix(self.inspector, self.started)], self.started), *prefixes]

    def container_names(self) -> list[str]:
        return [container.name for container in self.inspector.containers.list()]

    def subjects(self) -> Iterable[str]:
        """Images, archives and containers: whatever a command that looks into files takes."""
        containers = [CONTAINER + name for name in self.container_names()]
        if self.started.startswith(CONTAINER):
            return containers
        return [*self.image_names(), *([CONTAINER] if containers else ())]

    def both(self) -> Iterable[str]:
        return [*self.image_names(), *self.container_names()]

    def engines(self) -> Iterable[str]:
        return self.inspector.engine_names()

    def files(self) -> list[str]:
        """Paths on this machine."""
        from layertui.tui.screens.shared.path_completion import on_host

        return on_host(self.started)

    def paths(self) -> Iterable[str]:
        """Paths in the image or the container that a word before names."""
        container = self.context.params.get("name")
        subject = CONTAINER + container if container else self.context.params.get("image")
        return self._paths_in(subject, self.started) if subject else ()

    def copied(self) -> Iterable[str]:
        """What `cp` takes: a path on this machine, or `NAME:PATH`."""
        name, colon, path = self.started.partition(":")
        if colon:
            return [f"{name}:{found}" for found in self._paths_in(CONTAINER + name, path)]
        return [*(f"{name}:" for name in self.container_names()), *self.files()]

    def _paths_in(self, subject: str, path: str) -> list[str]:
        from layertui.tui.screens.shared.path_completion import in_view, split

        folder, _ = split(path if path.startswith("/") else "/" + path)
        view, _ = self.inspector.view_at(self.inspector.open(subject), folder.rstrip("/") or "/")
        return in_view(view, path)


Complete = Callable[[_Word], Iterable[str]]

_BY_NAME: dict[str, Complete] = {
    **dict.fromkeys(("image", "a", "b"), _Word.subjects),
    **dict.fromkeys(("name", "names"), _Word.container_names),
    **dict.fromkeys(("file", "files", "dest"), _Word.files),
    "images": _Word.image_names,
    "path": _Word.paths,
}
_OF_VERBS: dict[tuple[str, str], Complete] = {
    ("inspect", "names"): _Word.both,
    ("images", "repository"): _Word.image_names,
    ("import", "source"): _Word.files,
    ("import", "name"): _Word.image_names,
    ("cp", "source"): _Word.copied,
    ("cp", "destination"): _Word.copied,
    ("copy", "source"): _Word.image_names,
    ("find", "images"): _Word.subjects,
    **{(verb, "image"): _Word.image_names for verb in ("create", "run", "tag", "push")},
}


def _completer(verb: str, parameter: click.Parameter) -> Complete | None:
    """How a parameter is completed; None for one that click completes, or that has no candidates."""
    name = parameter.name or ""
    if isinstance(parameter, click.Option):
        is_path = parameter.metavar in ("FILE", "DIR")
        return _Word.files if is_path else _Word.engines if name == "engine" else None
    return _OF_VERBS.get((verb, name)) or _BY_NAME.get(name)
