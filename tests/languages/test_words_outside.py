"""No text stands outside the catalogues: in a language of other letters, whatever has letters of ours is data."""

import ast
import re
from pathlib import Path

import pytest
from shown import screens

import layertui.tui
from ended_by_signal import SCREENS
from layertui.tui.widgets.text.theme_styles import WORD_STYLES

pytestmark = pytest.mark.slow

# What stays as it is in every language: names of the sample, paths and commands; keys; words of docker, OCI and the kernel;
# names of programs, formats and units.
DATA = re.compile(
    r"""
    (?: demo | kind_banzai | busybox | flat | memory | embedded | docker | podman | layertui | one | two | stage
      | python3? | motd | passwd | usr | etc | bin | lib | var | srv | app | cache | py | so | sh | run | rootfs | tar | tmp | root
      | RUN | CMD | ENV | COPY | ADD | LABEL | WORKDIR | PATH | apk | add | rm | rf | file | in | local | sbin | hello | from | layer
      | Enter | Esc | Tab | Space | Shift | Backspace | Home | End | PgUp | PgDn | NAME | TAG | HOST | REPOSITORY | NEW
      | TERM | KILL | INT | HUP | USR | OCI | oci | json | markdown | html | text | gzip | zstd | txt | amd | linux | lyr
      | DiffID | ChainID | ID | sha | B | kB | MB | GB | UTC | UTF | mnt | pid | net | uts | ipc | user | cgroup | vnd | manifest | image
      | Dockerfile | dockerfile | layertui-session | container | Imported | Sure | So | it | is | new | application | buildkit
      | Full | stop | log | Tag | drwxr-xr-x | rw-r--r-- | ti | store | RE | primary | muted | bold | not | underline
    )
    """,
    re.VERBOSE,
)
COMMAND = re.compile(r"\$ layertui .*")
WORD = re.compile(r"[A-Za-z][A-Za-z_'-]*")
PATHS = re.compile(r"/tmp/\S*|\[/?[a-z$ -]*\]")  # of the store; style tags of titles
HEX = re.compile(r"[a-f0-9]+")


def words(text):
    """The words of a line that no catalogue has changed and that are no data."""
    for word in WORD.findall(PATHS.sub(" ", COMMAND.sub(" ", text))):
        for part in re.split(r"[_'-]", word) if not DATA.fullmatch(word) else ():
            if part and not DATA.fullmatch(part) and not HEX.fullmatch(part) and len(part) > 1:
                yield word


@pytest.mark.xdist_group("shown-in-pseudo")  # on one worker: all screens are shown once for all of these tests
@pytest.mark.parametrize("name", SCREENS)
def test_every_word_on_a_screen_is_of_a_catalogue_or_data(name):
    answer = screens("pseudo", 120, 40)[name]
    lines = [*answer["lines"], *answer["said"], *answer["keys"]]
    outside = [(word, line.strip()) for line in lines for word in words(line)]
    assert outside == []


def test_a_word_outside_would_be_found():
    assert list(words("│ Delete demo:1.0? ")) == ["Delete"]
    assert list(words("$ layertui create demo:2.0")) == []


# Words that are the same in every language: names of streams and formats, docker's own words, what is typed.
OF_ALL_LANGUAGES = {
    "stdout",
    "stderr",
    "$text-error",
    "soname",
    "SHA-256",
    "NAME:TAG",
    "(Imported from -)",
    "Enter",
    "layertui",
}
SHOWN_BY = {
    "fit",
    "right",
    "fit_middle",
    "fit_left",
    "set_title",
    "set_subtitle",
    "show_notice",
    "show_error_text",
    "titled",
}
TABLES = {"AnalysisTable", "html_table", "markdown_table"}
"""Functions of a title, alignments and headers."""

SHOWN_AS = {"hint", "label", "tooltip", "placeholder", "title"}
STYLES = {*WORD_STYLES, "$text-muted", "$text-primary", "$text-success", "$text-warning", "$text-error"}


def literal(node):
    """The words that stand in an expression as they are."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return " ".join(filter(None, map(literal, values)))
        case ast.IfExp(body=one, orelse=other) | ast.BinOp(op=ast.Add(), left=one, right=other):
            return f"{literal(one)} {literal(other)}"
    return ""


def shown_texts(node, *, is_report):
    """The expressions of a node whose value is shown: pieces with their style, what is fitted into a column, rows of a report."""
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args) if name in SHOWN_BY:
            yield from args
        case ast.Call(func=ast.Attribute(attr="note"), args=[_, text]):  # of a tab
            yield text
        case ast.Tuple(elts=[text, ast.Constant(value=str(style))]) if style and set(style.split()) <= STYLES:
            yield text
        case ast.Call(func=ast.Name(id=name), args=[title, _, headers, *_]) if name in TABLES:
            yield from (title, *(headers.elts if isinstance(headers, ast.Tuple) else ()))
        case ast.Assign(targets=[ast.Name(id="headers")], value=ast.Tuple(elts=headers)) if is_report:
            yield from headers
        case ast.Yield(value=ast.Tuple(elts=[text, *_])) if is_report:
            yield text
        case ast.keyword(arg=name, value=text) if name in SHOWN_AS:
            yield text


def outside(source, *, is_report=False):
    """The texts of a file that are shown and of no catalogue."""
    for node in ast.walk(ast.parse(source)):
        for shown in shown_texts(node, is_report=is_report):
            text = literal(shown).strip()
            if (
                re.search("[A-Za-z]{2}", text)
                and not set(text.split()) <= OF_ALL_LANGUAGES
                and text not in OF_ALL_LANGUAGES
            ):
                yield text


def test_no_text_in_the_code_of_the_screens_and_reports_is_outside():
    """Also what is shown only in a state that no sample has."""
    package = Path(layertui.tui.__file__).parent
    files = sorted(package.rglob("*.py"))
    found = [
        (file.name, text) for file in files for text in outside(file.read_text(), is_report="report" in file.parts)
    ]
    assert found == []


def test_a_text_in_the_code_would_be_found():
    pieces = 'x = [(fit("package", 3), "title"), (tr("name"), "title"), (f" {n} lines", "dim strong")]'
    assert sorted(outside(pieces)) == ["lines", "package"]
    tables = 'yield from html_table("Sizes", "lr", ("layer", tr("size")), rows)\nheaders = ("rule", left)'
    assert sorted(outside(tables, is_report=True)) == ["Sizes", "layer", "rule"]
    assert sorted(outside('frame.note("files", "stopped")\nyield "key", x', is_report=True)) == ["key", "stopped"]
