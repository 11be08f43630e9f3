"""A report on two sides in each of its forms; and nothing in one that a hostile image could make act."""

import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from builders import docker_archive, file, image, layer, whiteout
from layertui.core.analysis.packages.package_changes import PackageChanges
from layertui.core.inspector import Inspector
from layertui.core.progress import Progress
from layertui.core.settings import Settings
from layertui.tui.report.comparison.markdown import MOST_FILES
from layertui.tui.report.comparison.report_forms import FORMS, report_in
from layertui.tui.report.comparison.verdict import verdict
from layertui.tui.report.markdown_text import escaped
from layertui.tui.screens.dialogs.report_dialog import save_report
from layertui.tui.widgets.compare.change_choice import choose_first

HOSTILE = "</code><script>alert(1)</script>|`x`\x1b[31m\u202e\n[a](http://x.y)@who#1&lt;"
BASE = layer([file("etc/motd", b"hello\n"), file("bin/sh", b"#!" * 500)])
VOID = frozenset(["meta", "path", "rect"])


def compared(tmp_path, a, b, **asked):
    with Inspector(Settings(tmp_path / "store")) as inspector:
        sides = [inspector.open(str(docker_archive(each, tmp_path / f"{n}.tar"))) for n, each in enumerate((a, b), 1)]
        return inspector.compare(*sides, **asked)


@pytest.fixture
def hostile(tmp_path):
    more = layer(
        [file(f"d/{HOSTILE}".replace("/script", "script").replace("//", ""), b"x"), file("etc/motd", b"other\n")]
    )
    one = image([BASE], history=["ADD x /"], tags=["one:1"])
    two = image(
        [BASE, more],
        history=["ADD x /", {"created_by": f"RUN {HOSTILE}"}],
        config={"Labels": {HOSTILE: HOSTILE}, "Env": [f"{HOSTILE.replace('=', '')}=1"], "Cmd": [HOSTILE]},
        tags=["two:1"],
    )
    return compared(tmp_path, one, two)


@pytest.mark.parametrize("form", FORMS)
def test_no_form_carries_a_control_character(hostile, form):
    text = "\n".join(report_in(form, hostile))
    assert not [char for char in text if (ord(char) < 32 and char != "\n") or char in "\x7f\u202e"]


def test_a_name_in_markdown_stays_a_cell(hostile):
    lines = list(report_in("markdown", hostile))
    tables = [line for line in lines if line.startswith("|")]
    assert tables
    for row, head in zip(tables, heads(lines), strict=True):
        assert row.count("|") == head.count("|"), row
    text = "\n".join(lines).replace("<code>", "").replace("</code>", "")
    assert not set("<`[]@") & set(text)
    assert "http://" not in text


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"])))
@example("a|b`c`*d*_e_[f](g)<h>&lt;\\\\~~i~~![j](k)#l @m $n$")
@pytest.mark.slow
def test_a_parser_of_markdown_reads_back_what_was_written(text):
    rendered = (
        MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(f"| a |\n| - |\n| x{escaped(text)}x |\n")
    )
    found = Elements()
    found.feed(rendered)
    assert {tag for tag, _ in found.found} <= {"table", "thead", "tbody", "tr", "th", "td"}
    assert found.text.split() == f"a x{text}x".split()


def test_only_what_would_act_where_it_stands_is_an_entity():
    assert escaped("etc/nginx.conf: a:1 (b) 1.2.3") == "etc/nginx.conf: a:1 (b) 1.2.3"
    for live in ("http://a", "www.a.b", "WWW.a", "mailto:a", "xmpp:a", ":smile:", "a@b", "a_b", "#1", "a|b"):
        assert "&#" in escaped(live), live


def heads(lines):
    """For each row of a table, the heading of that table."""
    head = None
    for line in lines:
        if not line.startswith("|"):
            head = None
        else:
            head = head or line
            yield head


class Elements(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.open, self.text = [], [], ""

    def handle_data(self, data):
        self.text += data

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def test_a_page_has_no_element_that_an_image_brought(hostile):
    page = Elements()
    page.feed("\n".join(report_in("html", hostile)))
    page.close()
    assert page.open == []
    tags = {tag for tag, _ in page.found}
    assert not tags & {"script", "a", "img", "iframe", "link", "object", "form", "input"}
    known = {"class", "style", "charset", "content", "http-equiv", "name", "lang"}
    known |= {"xmlns", "viewbox", "role", "aria-label", "d", "x", "y", "width", "height", "rx"}
    assert {name for _, attributes in page.found for name in attributes} <= known
    assert ("svg" in tags, "table" in tags) == (True, True)


def test_the_verdict_is_first_in_every_form(hostile):
    sentence = verdict(hostile)
    assert sentence.startswith("1 layer shared of 1 and 2; 3 files added, 1 changed; +7B; CMD, ")
    assert next(report_in("text", hostile)) == sentence
    assert next(report_in("markdown", hostile)).startswith("**1 layer shared of 1 and 2; 3 files")
    assert json.loads("".join(report_in("json", hostile)))["verdict"] == sentence
    assert '<p class="verdict">1 layer shared' in "\n".join(report_in("html", hostile))


@pytest.mark.parametrize(
    ("ours", "theirs", "told"),
    [
        ((1,), (2,), "the only layer is not shared"),
        ((1, 2), (3, 4), "none of 2 layers shared"),
        ((1, 2, 3), (1, 2, 4), "2 of 3 layers shared"),
        ((1,), (2, 3), "no layers shared of 1 and 2"),
        ((1,), (1, 2), "1 layer shared of 1 and 2"),
        ((), (), "no layers"),
    ],
)
def test_how_many_layers_are_shared_is_said_in_good_english(tmp_path, ours, theirs, told):
    sides = [
        image([layer([file(f"{n}")]) for n in each], config={"User": user})
        for each, user in ((ours, "a"), (theirs, "b"))
    ]
    assert verdict(compared(tmp_path, *sides)).startswith(f"{told};")


@pytest.mark.parametrize(
    ("theirs", "told"),
    [
        ({"a": {"mtime": 1}, "b": {"mtime": 1}}, "2 files differ only in mtime"),
        ({"a": {"mtime": 1}}, "1 file differs only in mtime"),
        ({"a": {"mtime": 1}, "b": {"content": b"x"}}, "1 file changed, 1 differs only in mtime"),
        (
            {"a": {"mtime": 1, "uid": 1}, "b": {"mode": 0o600}, "d": {}},
            "1 file added, 2 differ only in mtime, owner or mode",
        ),
        ({"a": {"mode": 0o600, "content": b"x"}}, "1 file changed"),
    ],
)
def test_what_differs_in_time_owner_or_mode_alone_is_marked_as_in_the_list_of_files(tmp_path, theirs, told):
    ours = image([layer([file("a"), file("b")])], history=["COPY"])
    changed = image(
        [layer([file(name, **theirs.get(name, {})) for name in ("a", "b", *theirs.keys() - {"a", "b"})])],
        history=["COPY"],
    )
    report = compared(tmp_path, ours, changed, history=False, config=False)
    assert verdict(report) == told
    shown = choose_first(report.files, Progress())
    first = int(told.split()[0])
    assert len(shown.tree.changes) == first
    assert f", {shown.hidden} differ" in told or not shown.hidden


def test_of_what_is_the_same_there_is_only_the_verdict(tmp_path):
    one = image([BASE], tags=["one:1"])
    report = compared(tmp_path, one, one)
    assert list(report_in("text", report)) == ["nothing differs"]
    assert "|" not in "".join(report_in("markdown", report))
    assert "<table>" not in "".join(report_in("html", report))


def test_only_what_was_asked_for_is_reported(tmp_path):
    one, two = image([BASE], tags=["one:1"]), image([layer([file("x", b"x")])], config={"User": "app"}, tags=["two:1"])
    report = compared(tmp_path, one, two, history=False, files=False)
    text = "\n".join(report_in("text", report))
    assert ("Config" in text, "Files" in text, "History" in text) == (True, False, False)
    assert verdict(report) == "USER changed"


def test_a_long_list_of_files_is_cut_in_a_review(tmp_path):
    many = layer([file(f"f{n:05}", b"") for n in range(MOST_FILES + 7)])
    report = compared(tmp_path, image([BASE], tags=["one:1"]), image([BASE, many], tags=["two:1"]))
    lines = list(report_in("markdown", report))
    assert "… and 7 more." in lines
    assert sum("/f00" in line for line in lines) == MOST_FILES


@pytest.mark.parametrize(("own", "said"), [(1, "with 1 path changed"), (2, "with 2 paths changed"), (3, None)])
def test_an_import_of_a_container_with_files_of_its_own(tmp_path, own, said):
    """The image that it was made of lacks them, and the daemon puts some into each export."""
    files = [file(f"f{n:02}", b"x") for n in range(20)]
    flat = image(
        [layer([*files, *(file(f"own{n}") for n in range(own))])],
        history=[{"comment": "Imported from -"}],
        tags=["flat:1"],
    )
    report = compared(tmp_path, image([layer(files)], history=["ADD x /"], tags=["whole:1"]), flat)
    begin = f"flat:1 looks like an import of an export of whole:1 {said}; "
    assert verdict(report).startswith(begin) if said else report.imported is None


def test_an_import_is_reported_with_what_was_lost_and_how_to_keep_it(tmp_path):
    flat = image(
        [layer([file("bin/sh", b"#!" * 500), file("etc/motd", b"hello\n")])],
        history=[{"comment": "Imported from -"}],
        tags=["flat:1"],
    )
    whole = image([BASE], history=["ADD x /"], config={"Cmd": ["sh", "-c", "it's"], "Env": ["A=b c"]}, tags=["whole:1"])
    report = compared(tmp_path, whole, flat)
    lines = list(report_in("text", report))
    assert lines[0].startswith(
        "flat:1 is an import of an export of whole:1; the only layer is not shared; the same files"
    )
    assert "  CMD: will no longer start: no command" in lines
    (command,) = (line for line in lines if "layertui import" in line)
    assert '-c \'ENV A="b c"\' -c \'CMD ["sh", "-c", "it\'"\'"\'s"]\' FILE NAME:TAG' in command
    assert "Lost" in "\n".join(report_in("html", report))


def test_what_layers_removed_is_reported_as_that(tmp_path):
    built = image([BASE, layer([whiteout("etc/motd")]), layer([file("etc/motd", b"x")])], tags=["one:1"])
    path = docker_archive(built, tmp_path / "one.tar")
    with Inspector(Settings(tmp_path / "store")) as inspector:
        removes, brings = inspector.open(f"{path}@2..2"), inspector.open(f"{path}@3..3")
        report = inspector.compare(removes, brings, history=False, config=False)
        assert list(report_in("text", report))[3:4] == ["  M /etc/motd  (removed by the left, type, layer 1 → 3)"]
        report = inspector.compare(removes, inspector.open(f"{path}@1..1"), history=False, config=False)
        assert "  M /etc/motd  (removed by the left, type, layer 1)" in list(report_in("text", report))


def test_what_the_screen_saves_as_json_is_the_document_of_the_command_whether_packages_are_read_or_not(tmp_path):
    report = compared(tmp_path, image([BASE], tags=["one:1"]), image([BASE], tags=["two:1"]))
    save_report(replace(report, packages=PackageChanges(())), tmp_path / "saved.json", "json")
    assert (tmp_path / "saved.json").read_text() == "\n".join(report_in("json", report)) + "\n"
