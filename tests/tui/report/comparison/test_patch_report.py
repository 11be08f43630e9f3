"""One path of two sides as a unified diff: what `patch` can read, and what a terminal can bear."""

import io
import subprocess

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from absent import need
from layertui.tui.report.comparison.patch_report import patch_lines, patch_object, read_content


def content(text, label="x:/f"):
    return None if text is None else read_content(label, io.BytesIO(text))


def patch(a, b):
    return list(patch_lines(content(a, "a:/f"), content(b, "b:/f")))


def test_lines_that_differ():
    assert patch(b"one\ntwo\n", b"one\n2\n") == ["--- a:/f", "+++ b:/f", "@@ -1,2 +1,2 @@", " one", "-two", "+2"]


def test_what_one_side_does_not_have_is_the_empty_device():
    assert patch(None, b"one\n") == ["--- /dev/null", "+++ b:/f", "@@ -0,0 +1 @@", "+one"]
    assert patch(b"one\n", None)[1] == "+++ /dev/null"
    assert patch(b"", None) == []


def test_a_missing_end_of_the_last_line():
    assert patch(b"a", b"a\n")[3:] == ["-a", "\\ No newline at end of file", "+a"]
    # A line that looks like a header is one of the file's.
    assert patch(b"-- x", b"")[3:] == ["--- x", "\\ No newline at end of file"]


def test_what_would_act_on_a_terminal_is_escaped_and_a_tab_is_not():
    assert patch(b"a\tb\n", b"\x1b[31m\tb\r\x0c\xff\n")[3:] == ["-a\tb", "+\\x1b[31m\tb\\x0d\\x0c\\udcff"]


def test_binary_files_are_reported_by_size_and_digest():
    (line,) = patch(b"\0" * 1200, b"\1")
    assert line.startswith("Binary files a:/f (1,200 bytes, sha256:")
    assert line.endswith(") differ")
    (line,) = patch(None, b"\0")
    assert line.startswith("Binary files /dev/null and b:/f (1 bytes")
    assert patch(b"\0", b"\0") == []


def test_as_an_object():
    told = patch_object("/f", content(b"a\n"), content(b"\0"))
    assert (told["same"], told["diff"], told["b"]["size"]) == (False, None, 1)
    assert patch_object("/f", content(b"a\n"), None) == {
        "path": "/f",
        "same": False,
        "a": {"size": 2, "sha256": content(b"a\n").sha256},
        "b": None,
        "diff": "--- x:/f\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n",
    }


TEXTS = st.text(st.sampled_from("ab\n\t -+@"), max_size=12).map(str.encode)


@pytest.mark.slow
@given(TEXTS, TEXTS)
def test_patch_makes_the_one_of_the_other(tmp_path_factory, a, b):
    need("patch")
    assume(a and b and a != b)
    place = tmp_path_factory.mktemp("patch") / "f"
    place.write_bytes(a)
    lines = "".join(f"{line}\n" for line in patch(a, b))
    subprocess.run(["patch", "-s", place], input=lines.encode(), check=True)
    assert place.read_bytes() == b
