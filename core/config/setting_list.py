"""The list of all settings: name in config.toml, variable, option, default, and which values each takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from layertui.core.bounds import PREFIX, Bounds, spelled_number
from layertui.core.language.texts import AUTO, LANGUAGES, marked, tr

EMBEDDED = "embedded"
EDITOR = "vi"
PAGER = "less"

Value = str | int | bool | None


class ValueKind(NamedTuple):
    """What values a setting takes; both functions return None for a value that is not of this kind."""

    advice: str
    """What to write instead of an invalid value; in English, with places for words."""
    of_toml: Callable[[object], Value]
    of_text: Callable[[str], Value]
    """The same for a variable or an option, which are texts."""
    words: tuple[str, ...] = ()
    """The words that it takes, if it takes no others."""

    @property
    def expected(self) -> str:
        """What to write instead of an invalid value, in the user's language."""
        if not self.words:
            return tr(self.advice)
        return tr(self.advice, words=", ".join(self.words[:-1]), last=self.words[-1])


class Setting(NamedTuple):
    """A setting: where it can be set, its default, and which values it may have."""

    name: str
    """In config.toml: `limits.entries` is `entries` in the table `[limits]`."""
    kind: ValueKind
    default: Value
    about: str
    variables: tuple[str, ...] = ()
    """The environment variables that set it, of which the first that is set counts."""
    option: str = ""
    """The option of the command line that sets it."""


def _text(value: object) -> Value:
    return value if isinstance(value, str) and value.strip() else None


def _path(value: object) -> Value:
    return value if isinstance(value, str) and value.startswith(("/", "~")) else None


def _switch(value: object) -> Value:
    return value if isinstance(value, bool) else None


def _count(value: object) -> Value:
    number = isinstance(value, int) and not isinstance(value, bool)
    return value if number and 0 <= value < 10**9 else None  # type: ignore[return-value,operator]  # `number` says so


def _count_of(text: str) -> Value:
    return int(text) if text.strip().isdecimal() and len(text.strip()) <= 9 else None


def _size(value: object) -> Value:
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if spelled_number(text) is not None else None


def one_of(*words: str) -> ValueKind:
    """One of a few words."""

    def checked(value: object) -> Value:
        return value if isinstance(value, str) and value in words else None

    return ValueKind(marked("write {words} or {last}"), checked, checked, words)


TEXT = ValueKind(marked("write a text in quotes"), _text, lambda text: text)
PATH = ValueKind(marked('write an absolute path in quotes, or one that begins with "~/"'), _path, lambda text: text)
SWITCH = ValueKind(marked("write true or false"), _switch, lambda text: text.strip() != "0")
COUNT = ValueKind(marked("write a number; 0 is no limit"), _count, _count_of)
LANGUAGE = one_of(AUTO, *LANGUAGES)
GLYPHS = one_of("ascii", "unicode")
CONFIRM = one_of("all", "destructive", "none")
START = one_of("container", "stay")
SIZE = ValueKind(
    marked('write a number, or one with k, m, g or t such as "512m"; 0 is no limit'), _size, lambda text: text
)

SETTINGS: tuple[Setting, ...] = (
    Setting("store", PATH, None, "The folder of the embedded store.", ("LAYERTUI_STORE",), "--store"),
    Setting("engine", TEXT, EMBEDDED, "Where bare names are looked up.", ("LAYERTUI_ENGINE",), "--engine"),
    Setting("runtime", TEXT, None, "The program that starts containers.", ("LAYERTUI_RUNTIME",)),
    Setting("editor", TEXT, EDITOR, "The editor for files.", ("VISUAL", "EDITOR")),
    Setting("pager", TEXT, PAGER, "The pager for texts.", ("PAGER",)),
    Setting("language", LANGUAGE, AUTO, "The language of all texts.", ("LAYERTUI_LANGUAGE",)),
    Setting("theme", TEXT, None, "The colours of the screen.", ("LAYERTUI_THEME",)),
    Setting("glyphs", GLYPHS, None, "The characters of lines and marks: ascii or unicode.", ("LAYERTUI_GLYPHS",)),
    Setting("mouse", SWITCH, True, "Whether the screen takes the mouse.", ("LAYERTUI_MOUSE",), "--no-mouse"),
    Setting("confirm", CONFIRM, "destructive", "Before which acts the screen asks.", ("LAYERTUI_CONFIRM",)),
    Setting("start", START, "container", "What the screen shows after a start.", ("LAYERTUI_START",)),
    Setting("remember", SWITCH, True, "Whether the screen opens where it was left.", ("LAYERTUI_REMEMBER",), "--fresh"),
    Setting("log_size", SIZE, None, "The largest size of a container's log.", ("LAYERTUI_LOG_SIZE",)),
    Setting("pids_limit", COUNT, None, "The most processes in a container.", ("LAYERTUI_PIDS_LIMIT",)),
    Setting(
        "trust_store",
        SWITCH,
        False,
        "Whether to act on a store that another user can change.",
        ("LAYERTUI_TRUST_STORE",),
        "--trust-store",
    ),
    Setting("catalog", TEXT, None, "The folder or the URL of the catalog.", ("LAYERTUI_CATALOG",), "--catalog"),
    *(
        Setting(f"limits.{name}", SIZE, str(default), "A limit on untrusted input.", (PREFIX + name.upper(),))
        for name, default in Bounds()._asdict().items()
    ),
)
