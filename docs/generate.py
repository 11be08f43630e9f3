"""Generate what comes from the program itself: cli.md, keys.md, the manual pages, and the list of files in architecture.md.

`make docs` runs it. tests/test_docs.py fails if a document differs from what it would generate.
"""

import ast
import inspect
import pkgutil
import sys
import textwrap
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
ROOMS = ("layertui", "core", "tui")
BEGIN, END = "<!-- files: made by `make docs` -->", "<!-- end of files -->"


# ---------------------------------------------------------------- cli.md


def cli() -> str:
    """Give docs/cli.md: each verb with its usage, its sentence and its options."""
    from layertui.tui.verbs.commands import root
    from layertui.tui.verbs.shared.cli_context import Verb

    context = click.Context(root, info_name="layertui")
    lines = [
        "# The command line",
        "",
        "<!-- made by `make docs` from the program itself -->",
        "",
        *_paragraphs(root.help),
        *_paragraphs(
            "Global options may come before or after the command. The answer goes to stdout, everything else to "
            "stderr; `--json` gives one JSON document. An error is one line, `error: …`, and exit code 1 (2 for "
            "wrong usage)."
        ),
        *_options(root, context),
    ]
    lines += _transports()
    for below in _commands(root, context):
        command = below.command
        usage = " ".join([below.command_path, *command.collect_usage_pieces(below)])
        name = below.command_path.partition(" ")[2]
        lines += [f"## {name}", "", "```", usage, "```", "", *_paragraphs(command.help), *_options(command, below)]
        lines += [*(["```", *command.examples, "```", ""] if isinstance(command, Verb) else ())]
    return "\n".join(lines).rstrip() + "\n"


def _commands(group: click.Group, context: click.Context) -> Iterator[click.Context]:
    """Each command of a group that is shown, and after a group its own."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        below = click.Context(command, info_name=name, parent=context)
        yield below
        if isinstance(command, click.Group):
            yield from _commands(command, below)


def _transports() -> list[str]:
    """How images are named by a transport, from the table that reads them."""
    from layertui.core.engines.transports import TRANSPORTS

    means = {"archive": "{}, on disk", "engine": "an image in {}", "container": "{}", "registry": "an image in {}"}
    rows = [f"| `{prefix}:{row.rest}` | {means[row.kind].format(row.about)} |" for prefix, row in TRANSPORTS.items()]
    return [
        "## Transports",
        "",
        "An IMAGE is a name, an ID or a path; or one of these. [scripting.md](scripting.md) tells more.",
        "",
        "| written | means |",
        "| --- | --- |",
        *rows,
        "| `ENGINE:NAME` | an image in another engine that `layertui engines` lists |",
        "",
    ]


def _paragraphs(text: str | None) -> Iterator[str]:
    for paragraph in inspect.cleandoc(text or "").split("\n\n"):
        if paragraph:
            yield from (*_wrapped(paragraph.replace("\b", "")), "")


def _wrapped(text: str) -> list[str]:
    """Wrap a paragraph as tests/test_docs.py demands; options such as `--exit-code` stay whole."""
    return textwrap.wrap(" ".join(text.split()), 100, break_on_hyphens=False, break_long_words=False)


def _options(command: click.Command, context: click.Context) -> list[str]:
    globals_ = set() if context.parent is None else {option.name for option in context.find_root().command.params}
    records = [
        option.get_help_record(context)
        for option in command.params
        if isinstance(option, click.Option) and option.name not in globals_
    ]
    rows = [f"| `{_cell(names)}` | {_cell(meaning)} |" for names, meaning in filter(None, records)]
    return ["| option | does |", "| --- | --- |", *rows, ""] if rows else []


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


# ---------------------------------------------------------------- man/*.1


def man_pages() -> dict[str, str]:
    """Give the manual pages by file name: one of the program, and one of each verb."""
    from layertui.tui.verbs.commands import root

    context = click.Context(root, info_name="layertui")
    pages = {"layertui.1": _man_page(context, _listed(context))}
    for below in _commands(root, context):
        if below.parent is context:  # what is below a group is in its page
            pages[f"layertui-{below.info_name}.1"] = _man_page(below, _listed(below))
    return pages


def _listed(context: click.Context) -> list[tuple[str, str]]:
    """The commands of a group with a sentence each; none of another command."""
    if not isinstance(context.command, click.Group):
        return []
    below = [one for one in _commands(context.command, context) if one.parent is context]
    return [(str(one.info_name), _roff(one.command.get_short_help_str(limit=100))) for one in below]


def _man_page(context: click.Context, commands: list[tuple[str, str]]) -> str:
    from click_man.man import ManPage

    from layertui import __version__
    from layertui.tui.verbs.shared.cli_context import Verb

    command = context.command
    page = ManPage(context.command_path)
    page.version, page.date = __version__, ""  # without a date the pages change only when what they say does
    page.short_help = _roff(command.get_short_help_str(limit=100).rstrip("."))
    page.description = _roff(inspect.cleandoc(command.help or "").replace("\b\n", ""))
    page.synopsis = _roff(" ".join(command.collect_usage_pieces(context)))
    records = [one.get_help_record(context) for one in command.params if isinstance(one, click.Option)]
    page.options = [(names, _roff(meaning)) for names, meaning in filter(None, records)]
    page.commands = commands
    examples = [_roff(one).replace("-", r"\-") for one in command.examples] if isinstance(command, Verb) else []
    shown = ["\n".join([".SH EXAMPLES", ".nf", *examples, ".fi", ""])] if examples else []
    return str(page) + "".join(shown)


def _roff(text: str) -> str:
    """Escape what roff would take for its own: a backslash, and a dot or a quote at the start of a line."""
    lines = text.replace("\\", r"\e").splitlines()
    return "\n".join(f"\\&{line}" if line.startswith((".", "'")) else line for line in lines)


# ---------------------------------------------------------------- keys.md


TEN_TASKS = (
    "## Ten tasks",
    "",
    "From home with the demo images, the cursor on the first of them. Text that is typed, such as a",
    "path, is not counted. A dash: the program cannot do it. `tests/journeys/test_ten_tasks.py` presses",
    "the keys of our column. The columns of dive and lazydocker are from a review of these screens, for",
    "which dive 0.13.1 was run beside layertui and lazydocker was not.",
    "",
    "| task | keys | count | dive | lazydocker | docker |",
    "| --- | --- | --- | --- | --- | --- |",
    "| find the biggest file | `G F` | 2 | 2, in each folder | - | a pipeline |",
    "| which layer brought /etc/motd | `j j f` path | 3 | each layer, by colour | - | - |",
    "| make a container and add a file | `j j w Enter Enter` path `Tab` text `Ctrl+S` | 7 | - | - | 2 commands |",
    "| start it and see its namespaces | `s` | 1 | - | start only | 3 commands |",
    "| export it and import it | `2 x Enter L Enter` | 5 | - | - | 2 commands |",
    "| what was lost | `=` | 1 | - | - | - |",
    "| compare 1.0 with 2.0 | `j Space = 2 Enter` | 5 | - | - | - |",
    "| take a file out | `j j 4 /` name `Enter x Enter` | 7 | - | - | 3 commands |",
    "| load a tar | `L` path `Enter` | 2 | - | - | 1 command |",
    "| delete an image | `j j d Enter` | 4 | - | 4 | 1 command |",
    "",
    "`j j` goes to the image, and so does `G`, as it is the last one. dive is started with its name; so",
    "started, `layertui demo:2.0` finds the biggest file in one key, `F`, in all folders and layers at",
    "once.",
    "",
    "## What may be expected otherwise",
    "",
    "- A drag over the rows of a list selects no text: `y` copies what the row under the cursor is, `Y`",
    "  more of it, and a drag with Shift held selects by the terminal itself. In Details, files and logs",
    "  a drag selects text; see [screen.md](screen.md#mouse).",
    "- A click on the title of a column sorts by it, one more returns to the order before. Images,",
    "  containers and layers have no titles: `o` sorts them.",
    "- Memory of a container is in units of 1024, `KiB` and `MiB`, and everything else in units of 1000,",
    "  `kB` and `MB`: both as docker prints them.",
    "- `q` closes a screen, and quits on home. Ctrl+C copies selected text and never quits.",
    "- Tab completes a path or a name while there is something to complete, and goes to the next field",
    "  otherwise.",
    "- `s` stops a running container without a question, and the notice after it offers `s` to start it",
    '  again; with `confirm = "all"` in config.toml it asks.',
    "",
)
"""A table of what a new user wants, and in how many keys; a test presses those of our column."""


def keys() -> str:
    """Give docs/keys.md: the bindings of the app, of each screen and of each widget."""
    from layertui.tui.app import LayerTui
    from layertui.tui.screens.help_screen import title_of

    lines = [
        "# The keys",
        "",
        "<!-- made by `make docs` from the bindings themselves -->",
        "",
        *_paragraphs(
            "A key works while its part of the screen, or something inside that part, has the focus. "
            "`?` lists the keys that work at the moment."
        ),
        *_paragraphs(
            "A number before a key that moves is a count, as in vim: `5j` moves five rows down, `12G` goes to row 12, "
            "in the file view to line 12. On screens whose panes or tabs have numbers (home, a container, a comparison) "
            "the digits lead to these, and there are no counts."
        ),
        *TEN_TASKS,
    ]
    for owner in [LayerTui, *_classes("layertui.tui.screens"), *_classes("layertui.tui.widgets")]:
        rows = [f"| {keys} | {says} |" for keys, says in _bindings(owner)]
        if rows:
            title = "Everywhere" if owner is LayerTui else title_of(owner)
            says = "" if owner is LayerTui else (inspect.getdoc(owner) or "").split("\n\n")[0].replace("\n", " ")
            lines += [f"## {title}", "", *_paragraphs(says), "| key | does |", "| --- | --- |", *rows, ""]
    lines += _action_names()
    return "\n".join(lines).rstrip() + "\n"


def _action_names() -> list[str]:
    """Give a table of all actions, by which config.toml gives them other keys."""
    from textual.binding import Binding

    from layertui.tui.app import LayerTui

    actions: dict[str, list[str]] = {}
    for owner in [LayerTui, *_classes("layertui.tui.screens"), *_classes("layertui.tui.widgets")]:
        for binding in Binding.make_bindings(owner.__dict__["BINDINGS"]):
            names = actions.setdefault(binding.action, [])
            if not binding.system and (name := f"`{_key(binding.key)}`") not in names:
                names.append(name)
    return [
        "## Names of the actions",
        "",
        *_paragraphs(
            "Every key can be changed in config.toml: [configuration.md](configuration.md#keys) tells how. "
            "These are the names of the actions there, with the keys that they have by default on any screen."
        ),
        "| action | keys |",
        "| --- | --- |",
        *(f"| `{action}` | {' '.join(names)} |" for action, names in sorted(actions.items()) if names),
        "",
    ]


def _classes(package: str) -> Iterator[type]:
    """Give the classes of a package's modules that bind keys, in the order of files and lines."""
    folder = import_module(package)
    for found in pkgutil.walk_packages(folder.__path__, f"{package}."):
        module = import_module(found.name)
        for value in vars(module).values():
            if inspect.isclass(value) and value.__module__ == module.__name__ and value.__dict__.get("BINDINGS"):
                yield value


def _bindings(owner: type) -> Iterator[tuple[str, str]]:
    """Give each action's keys and what they do; keys of one action share a row."""
    from textual.binding import Binding

    rows: dict[tuple[str, str], list[str]] = {}
    for binding in Binding.make_bindings(owner.__dict__["BINDINGS"]):
        if not binding.system:
            says = binding.tooltip or binding.description or binding.action.replace("_", " ")
            says = says[:1].upper() + says[1:]
            rows.setdefault((binding.action, says), []).append(_key(binding.key))
    for (_, says), names in rows.items():
        yield " ".join(f"`{name}`" for name in names), _cell(says)


NAMES = {
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "escape": "Esc",
    "slash": "/",
    "minus": "-",
    "plus": "+",
    "underscore": "_",
}


def _key(key: str) -> str:
    """Give a key as it is printed on a keyboard: "question_mark" is ?, "ctrl+s" Ctrl+S, "G" stays G."""
    from textual.keys import key_to_character

    character = None if key in NAMES else key_to_character(key)
    if character is not None and character.isprintable() and not character.isspace():
        return character.replace("|", "\\|")
    return "+".join(NAMES.get(part, part.capitalize()) for part in key.split("+"))


# ---------------------------------------------------------------- architecture.md


def files() -> str:
    """Give the list of files: each with the first sentence of its docstring."""
    lines = ["```"]
    for folder in _folders():
        said = _first_sentence(folder / "__init__.py")
        name = f"{folder.relative_to(ROOT)}/"
        lines.append(f"{name:<24} {said}".rstrip())
        paths = [path for path in sorted(folder.glob("*.py")) if path.name != "__init__.py"]
        lines += [*(f"    {path.name:<20} {_first_sentence(path)}".rstrip() for path in paths), ""]
    return "\n".join([*lines[:-1], "```"])


def _folders() -> Iterable[Path]:
    for room in ROOMS:
        yield from sorted({path.parent for path in (ROOT / room).rglob("*.py")})


def _first_sentence(path: Path) -> str:
    said = (ast.get_docstring(ast.parse(path.read_text())) or "").split("\n\n")[0].replace("\n", " ")
    return said.split(". ")[0].removesuffix(".")


def architecture() -> str:
    """Give docs/architecture.md with its list of files made new."""
    text = (DOCS / "architecture.md").read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{files()}\n{END}{after}"


MAN = DOCS / "man"
DOCUMENTS = {"cli.md": cli, "keys.md": keys, "architecture.md": architecture}


def main() -> int:
    """Write the documents that differ, and name them."""
    for name, make in DOCUMENTS.items():
        path, text = DOCS / name, make()
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            print(f"docs/{name}")
    pages = man_pages()
    MAN.mkdir(exist_ok=True)
    for stale in {path.name for path in MAN.glob("*.1")} - pages.keys():
        (MAN / stale).unlink()
    for name, text in pages.items():
        (MAN / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
