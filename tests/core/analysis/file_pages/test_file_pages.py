"""Pages of files: whatever the content is, windows at all offsets agree with the whole; and holes are not read."""

import io
import random
import re

import pytest

from layertui.core.analysis.file_pages import content_search, line_index, page_rows
from layertui.core.analysis.file_pages.content_search import ContentPattern, next_match, previous_match
from layertui.core.analysis.file_pages.line_index import LineIndex
from layertui.core.analysis.file_pages.page_rows import hex_window, line_numbers, text_window
from layertui.core.analysis.file_pages.page_source import CrLines, PageSource
from layertui.core.errors import Cancelled, UsageError
from layertui.core.progress import Progress, quiet
from layertui.core.streams.tar.member_content import SparseContent

FAR = 100 << 30


def source_of(content):
    return PageSource(io.BytesIO(content), len(content))


def sparse():
    """100 GB, of which the first and the last bytes are stored."""
    stored = b"first\nneedle\n" + b"needle\nlast\n"
    pieces = ((0, 13), (FAR - 12, 12))
    return PageSource(io.BufferedReader(SparseContent(io.BytesIO(stored), pieces, FAR)), FAR)


@pytest.fixture
def small(monkeypatch):
    """All sizes small, so that a short text has many blocks, marks and pieces."""
    monkeypatch.setattr(page_rows, "BLOCK", 16)
    monkeypatch.setattr(page_rows, "AROUND", 64)
    monkeypatch.setattr(page_rows, "_FAR", 64)
    monkeypatch.setattr(line_index, "_LEAST_STEP", 8)
    monkeypatch.setattr(content_search, "_CHUNK", 32)
    monkeypatch.setattr(content_search, "_BACKWARD_CHUNK", 32)


def texts():
    picked = random.Random(7)
    for ends in (2, 9, 60, 400):
        yield "".join("\n" if not picked.randrange(ends) else picked.choice("ab é€😀\t") for _ in range(150)).encode()
    yield from (b"", b"\n", b"one line", b"a\r\nb\r\n", b"x" * 150, b"\n" * 100, b"\xff\x80\x80\x80" * 40)


def test_a_text_with_cr_is_the_same_text_with_lf(small):
    for content in texts():
        if b"\r" in content:
            continue
        old, new = CrLines(source_of(content.replace(b"\n", b"\r"))), source_of(content)
        assert old.size == new.size
        assert old.data_from(3, 9) == new.data_from(3, 9)
        for offset in range(0, len(content) + 1, 7):
            one, other = text_window(old, offset, quiet()), text_window(new, offset, quiet())
            assert (list(one.starts), one.end, one.data) == (list(other.starts), other.end, other.data)
        lines = LineIndex(old), LineIndex(new)
        for index in lines:
            index.build(quiet())
        assert lines[0].lines == lines[1].lines


def test_windows_at_all_offsets_have_the_same_rows_and_together_all_bytes(small):
    for content in texts():
        source, starts = source_of(content), {}
        for offset in range(len(content) + 1):
            window = text_window(source, offset, quiet())
            if not content:
                assert not len(window)
                continue
            row = window.index_of(offset)
            assert window.starts[row] <= offset <= window.end_of(row)
            for at in range(len(window)):
                assert starts.setdefault(window.starts[at], window.end_of(at)) == window.end_of(at)
                assert window.end_of(at) - window.starts[at] < 2 * page_rows.BLOCK + 4
                assert b"\n" not in window.row(at)
        assert b"".join(content[start : starts[start]] for start in sorted(starts)) == content
        assert {0, *(match.end() for match in re.finditer(b"\n", content[:-1]))} <= {0, *starts}


def test_no_row_begins_inside_of_a_character(small):
    source = source_of("€".encode() * 200)
    window = text_window(source, 300, quiet())
    assert len(window) > 5
    for at in range(len(window)):
        window.row(at).decode()


def test_line_numbers_and_offsets_are_those_of_the_whole_text(small):
    for content in texts():
        source = source_of(content)
        index = LineIndex(source)
        assert index.offset_of(3, quiet()) == index.offset_of(3, quiet())
        index.build(quiet())
        lines = content.split(b"\n")
        assert index.lines == len(lines) - (lines[-1] == b"")
        begins = [0]
        for line in lines[:-1]:
            begins.append(begins[-1] + len(line) + 1)
        for number in range(1, (index.lines or 1) + 1):
            assert index.offset_of(number, quiet()) == begins[number - 1]
            assert index.number_at(begins[number - 1], quiet()) == number
        window = text_window(source, len(content) // 2, quiet())
        if len(window):
            first = index.number_at(window.starts[0], quiet())
            for at, number in enumerate(line_numbers(window, first)):
                if number is not None:
                    assert window.starts[at] == begins[number - 1]


def test_a_search_finds_what_a_search_of_the_whole_finds(small):
    for content in texts():
        source = source_of(content)
        for typed, plain in (("ab", rb"(?i)ab"), ("/a+$/", rb"(?m)a+$"), ("/^b/", rb"(?m)^b"), ("€", "€".encode())):
            pattern = ContentPattern(typed)
            found, at = [], 0
            while (match := next_match(source, pattern, at, quiet())) is not None:
                found.append(match.start)
                at = match.start + 1
            expected = [at for at in range(len(content)) if re.compile(plain).match(content, at)]
            assert found == expected, (typed, content)
            back, at = [], len(content)
            while (match := previous_match(source, pattern, at, quiet())) is not None:
                back.append(match.start)
                at = match.start
            assert back[::-1] == expected, (typed, content)


def test_a_text_in_lower_case_ignores_case_and_an_invalid_expression_is_refused():
    assert ContentPattern("Ab").first_in(b"ab Ab") == (3, 5)
    assert ContentPattern("ab").first_in(b"x AB") == (2, 4)
    assert ContentPattern("/x*/").all_in(b"a xx b") == [(2, 4)]
    with pytest.raises(UsageError):
        ContentPattern("/(/")


def test_a_sparse_file_of_100_gb_is_counted_and_searched_without_its_holes():
    source = sparse()
    index = LineIndex(source)
    index.build(quiet())
    assert index.lines == 4
    assert index.offset_of(4, quiet()) == FAR - 5
    assert text_window(source, FAR, quiet()).row(-1 + len(text_window(source, FAR, quiet()))) == b"last"
    needle = ContentPattern("needle")
    assert next_match(source, needle, 7, quiet()).start == FAR - 12
    assert previous_match(source, needle, FAR - 12, quiet()).start == 6
    assert hex_window(source, FAR, quiet()).row(-1 + len(hex_window(source, FAR, quiet())))[-5:] == b"last\n"


def test_a_cancelled_count_goes_on_where_it_was(small):
    content = b"ab\n" * 100
    index = LineIndex(source_of(content))
    stopped = Progress()
    stopped.cancel()
    with pytest.raises(Cancelled):
        index.build(stopped)
    assert index.lines is None
    index.build(quiet())
    assert index.lines == 100


def test_a_closed_source_gives_nothing_more():
    content = io.BytesIO(b"text")
    source = PageSource(content, 4)
    source.close()
    assert content.closed
    with pytest.raises(Cancelled):
        source.read(0, 4, quiet())


def test_hex_rows_have_sixteen_bytes_and_begin_at_multiples_of_it():
    content = bytes(range(256)) * 4 + b"end"
    window = hex_window(source_of(content), 500, quiet())
    assert [window.row(at) for at in range(len(window))] == [content[at : at + 16] for at in range(0, 1027, 16)]
