"""Make the catalogues of translations: the template of all texts, each language brought up to date, and what programs read.

`make catalogues` runs it. A catalogue, `core/locale/LANGUAGE/LC_MESSAGES/layertui.po`, is edited by people; `layertui.mo` is
made of it. tests/languages/test_catalogues.py fails if a catalogue is not up to date, or a translation is missing or wrong.
"""

import ast
import inspect
import io
from collections.abc import Iterator
from pathlib import Path

from babel import Locale
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "core/locale"
TEMPLATE = LOCALE / "layertui.pot"

Text = str | tuple[str, str]
"""A text, or one for a single thing and one for several."""

# What click itself says, by gettext, in all versions that we support.
CLICK = (
    "Options",
    "Commands",
    "Usage:",
    "(Deprecated)",
    "Show this message and exit.",
    "Show the version and exit.",
    "Error: {message}",
    "default: {default}",
    "required",
    "Missing argument",
    "Missing option",
    "Missing parameter",
    "Missing command.",
    "Missing {param_type}",
    "No such command {name!r}.",
    "No such option: {name}",
    "No such option {name!r}.",
    "Positional arguments",
    "Missing parameter: {param_name}",
    "Aborted!",
    "Invalid value: {message}",
    "Invalid value for {param_hint}: {message}",
    "Option {name!r} does not take a value.",
    "Option {name!r} requires an argument.",
    "{value!r} is not a valid {number_type}.",
    "{value} is not in the range {range}.",
    "{name} {filename!r} does not exist.",
    "Choose from:\n\t{choices}",
    "{value} is not in the range.",
    "Could not open file {filename!r}: {message}",
)
CLICK_PLURALS = (
    ("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)"),
    ("(Possible option: {possibilities})", "(Possible options: {possibilities})"),
    ("Option {name!r} requires an argument.", "Option {name!r} requires {nargs} arguments."),
    ("Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})"),
    ("{value!r} is not {choice}.", "{value!r} is not one of {choices}."),
    ("Takes {nargs} values but 1 was given.", "Takes {nargs} values but {len} were given."),
)


def texts_of(source: str, *, is_verbs: bool = False) -> Iterator[Text]:
    """All texts of a module; of a module of verbs also the help of verbs and options."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            yield from _of_call(node, is_verbs=is_verbs)
        elif is_verbs and isinstance(node, ast.FunctionDef) and _is_verb(node):
            yield inspect.cleandoc(ast.get_docstring(node) or "")


def _of_call(node: ast.Call, *, is_verbs: bool) -> Iterator[Text]:
    name = (
        node.func.id
        if isinstance(node.func, ast.Name)
        else node.func.attr
        if isinstance(node.func, ast.Attribute)
        else ""
    )
    if name in ("tr", "marked"):
        yield from _constants(node.args[0])
    elif name == "trn":
        yield from zip(_constants(node.args[0]), _constants(node.args[1]), strict=True)
    elif name in ("counted", "many") and len(node.args) == 2:
        yield from (("{count:,} " + noun, "{count:,} " + noun + "s") for noun in _constants(node.args[1]))
    elif is_verbs:
        yield from (text for word in node.keywords if word.arg == "help" for text in _constants(word.value))


def _constants(node: ast.expr) -> list[str]:
    """The texts that an expression may be."""
    if isinstance(node, ast.IfExp):
        return [*_constants(node.body), *_constants(node.orelse)]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value else []


def _is_verb(node: ast.FunctionDef) -> bool:
    called = (one.func for one in node.decorator_list if isinstance(one, ast.Call))
    return any(ast.unparse(function) in ("verb", "click.group") for function in called)


class Undated(Catalog):
    """A catalogue whose head has nothing but what a reader needs: no dates, and no version of Babel."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """Name and value of each line of the head."""
        kept = ("Language", "Plural-Forms", "Content-Type", "Content-Transfer-Encoding")
        return [line for line in super().mime_headers if line[0] in kept]


def template() -> Catalog:
    """The catalogue of all texts, each with the files that have it."""
    catalog = Catalog(project="layertui", copyright_holder="the authors of layertui", fuzzy=False)
    for folder in ("core", "tui"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            place = path.relative_to(ROOT).as_posix()
            for text in texts_of(path.read_text(), is_verbs=place.startswith("tui/verbs/")):
                catalog.add(text, locations=[(place, None)])
    for text in (*CLICK, *CLICK_PLURALS):
        catalog.add(text, locations=[("click", None)])
    return catalog


def updated(language: str) -> Catalog:
    """A language's catalogue with all texts there are now, and no others; what is new has no translation."""
    path = po_file(language)
    made = template()
    if not path.exists():
        known = Catalog(locale=Locale.parse(language))
    else:
        with path.open("rb") as file:
            known = read_po(file, locale=language)
    catalog = Undated(locale=Locale.parse(language), project="layertui", fuzzy=False)
    for message in made:
        if message.id:
            old = known.get(message.id)
            same = old is not None and old.id == message.id  # Babel looks up a text with its plural by the first alone
            catalog.add(message.id, old.string if old and same else None, locations=message.locations)
    return catalog


def po_file(language: str) -> Path:
    """The catalogue that people edit."""
    return LOCALE / language / "LC_MESSAGES/layertui.po"


def mo_file(language: str) -> Path:
    """The one that the program reads."""
    return po_file(language).with_suffix(".mo")


def po_bytes(catalog: Catalog, language: str = "") -> bytes:
    """A catalogue as a file; the same texts are the same bytes: without dates, and without the versions of tools."""
    out = io.BytesIO()
    write_po(out, catalog, width=120, sort_output=True, include_lineno=False, omit_header=True)
    plural = catalog.plural_expr if catalog.locale else "(n != 1)"
    head = [
        *([f"Language: {language}"] if language else []),
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        f"Plural-Forms: nplurals={catalog.num_plurals}; plural={plural};",
    ]
    return b"\n".join([b'msgid ""', b'msgstr ""', *(f'"{line}\\n"'.encode() for line in head), b"", out.getvalue()])


def mo_bytes(catalog: Catalog) -> bytes:
    """A catalogue as the program reads it; the same translations are the same bytes."""
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def languages() -> list[str]:
    """Those that have a catalogue."""
    return sorted(path.parent.parent.name for path in LOCALE.glob("*/LC_MESSAGES/layertui.po"))


def main() -> None:
    TEMPLATE.write_bytes(po_bytes(template()))
    for language in languages():
        catalog = updated(language)
        po_file(language).write_bytes(po_bytes(catalog, language))
        mo_file(language).write_bytes(mo_bytes(catalog))
        missing = [message.id for message in catalog if message.id and not _is_translated(message.string)]
        print(f"{language}: {len(catalog)} texts, {len(missing)} without a translation")


def _is_translated(string: object) -> bool:
    return all(string) if isinstance(string, list | tuple) else bool(string)


if __name__ == "__main__":
    main()
