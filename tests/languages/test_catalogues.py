"""Every language has every text, translated, with the same places for values, the same code and the same line ends."""

import gettext
import importlib.util
import io
import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from pseudo import Pseudo, marked

from layertui.core.bounds import check
from layertui.core.errors import LimitExceeded
from layertui.core.language import texts

ROOT = Path(__file__).resolve().parents[2]
_spec = importlib.util.spec_from_file_location("catalogues", ROOT / "docs/catalogues.py")
assert _spec is not None
assert _spec.loader is not None
catalogues = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(catalogues)

LANGUAGES = catalogues.languages()
PLACE = re.compile(r"(?<!\{)\{[^{}]*\}(?!\})")
CODE = re.compile(r"`[^`]*`")
BARE_COUNT = re.compile(r"\{(?!length\})\w+\} (?:bytes|entries|files|certificates|pixels|folders deep)\b")
"""A count as it is; `length` is what a registry says, and need not be a number."""


made_of_the_code = cache(catalogues.updated)
"""Made once: all modules are parsed for it."""


def messages(language):
    with catalogues.po_file(language).open("rb") as file:
        return [message for message in read_po(file, locale=language) if message.id]


def both(message):
    """Each translation of a message with the text it stands for; of a plural the text for several."""
    if isinstance(message.id, tuple):
        return [(message.id, string) for string in message.string]
    return [((message.id,), message.string)]


def test_all_languages_but_english_have_a_catalogue():
    assert sorted(LANGUAGES) == sorted(set(texts.LANGUAGES) - {texts.ENGLISH})


def test_the_template_has_the_texts_of_the_code():
    assert catalogues.TEMPLATE.read_bytes() == catalogues.po_bytes(catalogues.template()), "run `make catalogues`"


def test_counts_in_messages_of_the_core_have_thousands_separators():
    """The screens do it by `count_text`; what the core says goes to both faces as it is."""
    wrong = {
        text
        for path in (ROOT / "core").rglob("*.py")
        for text in catalogues.texts_of(path.read_text())
        if isinstance(text, str) and BARE_COUNT.search(text)
    }
    assert wrong == set()
    with pytest.raises(LimitExceeded, match="3,000,001 members; the limit is 3,000,000, LAYERTUI_MAX_ENTRIES"):
        check("entries", 3_000_001, "3,000,001 members")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_has_the_texts_of_the_code_and_no_others(language):
    made = made_of_the_code(language)
    assert catalogues.po_file(language).read_bytes() == catalogues.po_bytes(made, language), "run `make catalogues`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language):
    missing = [message.id for message in messages(language) if not all(string for _, string in both(message))]
    assert missing == []
    assert [message.id for message in messages(language) if message.fuzzy] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_places_for_values_are_those_of_the_text(language):
    """Of a text for one thing a value may be missing: it is written out there."""
    wrong = []
    for message in messages(language):
        for ids, string in both(message):
            found = set(PLACE.findall(string))
            known = set().union(*(PLACE.findall(one) for one in ids))
            needed = set(PLACE.findall(ids[-1])) - {"{count}"}
            if not needed <= found <= known:
                wrong.append((ids, string))
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_code_and_markup_are_those_of_the_text(language):
    wrong = [
        (ids, string)
        for message in messages(language)
        for ids, string in both(message)
        if sorted(CODE.findall(ids[-1])) != sorted(CODE.findall(string))
        or ids[-1].count("`") != string.count("`")
        or sorted(re.findall(r"\[/?[a-z$][a-z -]*\]", ids[-1])) != sorted(re.findall(r"\[/?[a-z$][a-z -]*\]", string))
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_line_ends_at_both_ends_are_those_of_the_text(language):
    wrong = [
        (ids, string)
        for message in messages(language)
        for ids, string in both(message)
        if ids[-1].startswith("\n") != string.startswith("\n") or ids[-1].endswith("\n") != string.endswith("\n")
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_has_a_character_that_controls_a_terminal(language):
    from layertui.core.unsafe_text import UNSAFE

    assert [
        one
        for message in messages(language)
        for _, one in both(message)
        if UNSAFE.search(one.replace("\n", "").replace("\t", ""))
    ] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_program_reads_is_made_of_the_catalogue(language):
    read = catalogues.mo_bytes(made_of_the_code(language))
    made = gettext.GNUTranslations(io.BytesIO(read))
    with catalogues.mo_file(language).open("rb") as file:
        kept = gettext.GNUTranslations(file)
    assert kept._catalog == made._catalog, "run `make catalogues`"
    assert catalogues.mo_file(language).read_bytes() == read


def test_a_catalogue_is_the_same_bytes_whenever_it_is_made():
    makes = (made_of_the_code, catalogues.updated)  # the second one anew
    one, other = (catalogues.mo_bytes(make(LANGUAGES[0])) for make in makes)
    assert one == other
    assert re.search(rb"Date|Babel", one[one.index(b"Language: ") :].partition(b"\0")[0]) is None


# ---------------------------------------------------------------- what is taken for a text


def test_texts_are_found_where_they_are_written():
    source = 'tr("one {x}", x=1)\nmarked("two")\ntrn("{count} a", "{count} b", n)\ncounted(n, "layer")\nmany(3, "x" if y else "z")\n'
    assert list(catalogues.texts_of(source)) == [
        "one {x}",
        "two",
        ("{count} a", "{count} b"),
        ("{count:,} layer", "{count:,} layers"),
        ("{count:,} x", "{count:,} xs"),
        ("{count:,} z", "{count:,} zs"),
    ]


def test_help_of_verbs_and_options_is_a_text_in_their_modules_only():
    source = '@verb("x")\n@click.option("-a", help="All.")\ndef x_verb():\n    """Do it.\n\n    More.\n    """\n'
    assert set(catalogues.texts_of(source, is_verbs=True)) == {"All.", "Do it.\n\nMore."}
    assert list(catalogues.texts_of(source)) == []


def test_every_text_of_the_code_is_a_constant():
    """One that is put together cannot be in a catalogue."""
    import ast

    odd = []
    for path in [*(ROOT / "core").rglob("*.py"), *(ROOT / "tui").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in ("tr", "trn", "marked")
            ):
                first = node.args[0]
                if isinstance(first, ast.JoinedStr | ast.BinOp) and path.name != "texts.py":
                    odd.append((path.name, node.lineno))
    assert odd == []


# ---------------------------------------------------------------- the marked language


def test_the_marked_language_leaves_places_alone():
    assert marked("a {name!r} b").count("{name!r}") == 1
    assert not re.search("[a-z]", marked("a {name!r} b").replace("{name!r}", ""))
    assert Pseudo().ngettext("one", "many", 1) != Pseudo().ngettext("one", "many", 2)
