"""The help of every command, and errors of many, in a language: cli_in.py LANGUAGE FOLDER writes FOLDER/cli.json."""

import io
import json
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent)]

from pseudo import Pseudo

from layertui.core.language import texts

if __name__ == "__main__":
    if sys.argv[1] == "pseudo":
        texts.use_translations(Pseudo())
    else:
        texts.use(sys.argv[1])

import click
from click.testing import CliRunner

from layertui.core.inspector import Inspector
from layertui.core.settings import Settings
from layertui.tui.verbs.commands import root, run
from layertui.tui.verbs.shared.cli_context import CliContext

ERRORS = (
    ["nosuchverb"],
    ["ls"],
    ["ls", "demo:9.9"],
    ["ls", "demo:2.0", "/nowhere"],
    ["cat", "demo:2.0", "/etc"],
    ["history", "demo:2.0", "--nosuchoption"],
    ["load", "/nowhere.tar"],
    ["load", "/etc/passwd"],
    ["save", "demo:9.9", "-o", "x.tar"],
    ["tag", "demo:2.0", "BAD NAME"],
    ["rmi", "demo:9.9"],
    ["create", "demo:9.9"],
    ["start", "nobody"],
    ["stop", "nobody"],
    ["logs", "nobody"],
    ["rm", "nobody"],
    ["export", "nobody", "-o", "x.tar"],
    ["compare", "demo:1.0", "demo:9.9"],
    ["extract", "demo:2.0", "/nowhere", "y"],
    ["find", "demo:2.0", "--regex", "("],
    ["analyze", "demo:9.9"],
    ["--store", "/etc/passwd", "images"],
)


REPORTS = (
    ["compare", "demo:1.0", "demo:2.0"],
    ["compare", "demo:1.0", "demo:2.0", "--format", "markdown"],
    ["compare", "demo:1.0", "demo:2.0", "--format", "html"],
    ["analyze", "demo:2.0"],
    ["analyze", "demo:2.0", "--format", "markdown"],
    ["analyze", "demo:2.0", "--format", "html"],
    ["file", "demo:2.0", "/etc/motd"],
    ["df"],
    ["fsck"],
)


def every_command(command: click.Command, words: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The words of every command, groups and their subcommands."""
    found = [words]
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            sub = command.get_command(context, name)
            if sub is not None:
                found += every_command(sub, (*words, name))
    return found


def own_words() -> list[str]:
    """Names of commands, and the values that options can have: the same in every language."""
    found: set[str] = set()
    for words in every_command(root):
        command: click.Command = root
        for word in words:
            assert isinstance(command, click.Group)
            command = command.get_command(click.Context(command), word) or command
        found |= {*words}
        for option in command.params:
            found |= {str(one) for one in getattr(option.type, "choices", ())}
    return sorted(found)


def said(words: list[str]) -> str:
    """What a command writes to stderr, as the program runs it."""
    wrong = io.StringIO()
    with redirect_stderr(wrong), redirect_stdout(io.StringIO()):
        code = run(words, CliContext())
    assert code, f"{words} is no error"
    return wrong.getvalue()


def main(folder: Path) -> None:
    os.chdir(folder)
    Inspector(Settings(folder / "store")).images.demo()
    runner = CliRunner()
    os.environ |= {"LAYERTUI_STORE": str(folder / "store"), "DOCKER_HOST": "unix:///nonexistent"}
    os.environ |= {"CONTAINER_HOST": "unix:///nonexistent"}
    env = {"LAYERTUI_STORE": str(folder / "store"), "COLUMNS": "100"}
    helps = {" ".join(words): runner.invoke(root, [*words, "--help"], env=env).output for words in every_command(root)}
    errors = {" ".join(words): said(words) for words in map(list, ERRORS)}
    reports = {" ".join(words): runner.invoke(root, words, env=env).output for words in map(list, REPORTS)}
    (folder / "cli.json").write_text(
        json.dumps({"help": helps, "errors": errors, "reports": reports, "own": own_words()})
    )


if __name__ == "__main__":
    main(Path(sys.argv[2]))
