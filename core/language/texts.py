"""The language of all texts that people read: English as it stands in the code, or a catalogue of translations.

A text is wrapped where it is written: ``tr("starting {name}", name=name)``, ``trn("{count} image", "{count} images", n)``.
The language is chosen once, before modules with texts are imported, so that constants may be texts, too. English costs
nothing: no catalogue is read, and gettext is not imported. docs/languages.md says how to add a language.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from gettext import NullTranslations

AUTO = "auto"
"""The value of the setting that leaves the choice to the locale."""

ENGLISH = "en"

LANGUAGES = (ENGLISH, "zh_CN")
"""The languages that there are: English, and those with a catalogue."""

FOLDER = os.path.join(os.path.dirname(os.path.dirname(__file__)), "locale")
DOMAIN = "layertui"

# Other ways to write a language: those who read another one of these write Chinese in other characters.
_OTHER_CHARACTERS = ("tw", "hk", "mo", "hant")

_translations: NullTranslations | None = None


def tr(text: str, /, **values: object) -> str:
    """A text in the user's language, with values in its places as `str.format` puts them."""
    if _translations is not None and text:
        text = _translations.gettext(text)
    return text.format(**values) if values else text


def trn(one: str, many: str, count: int, /, **values: object) -> str:
    """A text about a number of things; the number is its place `count`, if no other value is given for that."""
    text = one if count == 1 else many
    if _translations is not None:
        text = _translations.ngettext(one, many, count)
    return text.format(**{"count": count, **values})


def counted(count: int, noun: str, /) -> str:
    """A count with its noun, which the catalogues have in the plural, too: `1 layer`, `3 layers`."""
    return trn("{count:,} " + noun, "{count:,} " + noun + "s", count)


def marked(text: str, /) -> str:
    """A text that `tr` translates later, where it is shown: this only puts it into the catalogues."""
    return text


def use(language: str) -> None:
    """Translate all texts from now on; a language without a catalogue is English."""
    if language in LANGUAGES and language != ENGLISH:
        import gettext

        use_translations(gettext.translation(DOMAIN, FOLDER, [language], fallback=True))


def use_translations(translations: NullTranslations) -> None:
    """The same with a catalogue in memory. Libraries that ask `gettext` for their texts, as click does, get ours."""
    import gettext

    global _translations  # noqa: PLW0603 - chosen once, at the start of the process
    _translations = translations
    gettext.gettext = translations.gettext
    gettext.ngettext = translations.ngettext


def is_english() -> bool:
    """Whether texts are as they stand in the code."""
    return _translations is None


@contextmanager
def english() -> Iterator[None]:
    """Leave texts as they stand in the code meanwhile: docker's tables have docker's words in every language."""
    global _translations  # noqa: PLW0603 - for the command line, which has one thread that says anything
    chosen, _translations = _translations, None
    try:
        yield
    finally:
        _translations = chosen


def locale_language(environ: Mapping[str, str]) -> str:
    """The language that a locale asks for, by the variables that gettext reads; English if there is none like it.

    LANGUAGE is a list, and counts only if the locale is not C.
    """
    locale = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := environ.get(name))), "C")
    if locale.partition(".")[0] in ("C", "POSIX"):
        return ENGLISH
    for name in [*environ.get("LANGUAGE", "").split(":"), locale]:
        if (language := _known(name)) is not None:
            return language
    return ENGLISH


def _known(name: str) -> str | None:
    """The language of ours that a locale's name means: `zh_CN.UTF-8`, `zh-Hans`, `en_GB@euro`."""
    words = name.partition(".")[0].partition("@")[0].replace("-", "_").lower().split("_")
    if any(word in _OTHER_CHARACTERS for word in words):
        return None
    return next((language for language in LANGUAGES if language.lower().split("_")[0] == words[0]), None)
