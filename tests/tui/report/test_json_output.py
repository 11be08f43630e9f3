"""stdout: JSON that any parser takes, text that any terminal takes, docker's tables."""

import io
import json
import math

import pytest

from layertui.tui.report.json_output import Output, aligned, docker_table, json_bytes


@pytest.fixture
def out():
    return Output(io.BytesIO())


def test_text_is_utf8_and_what_is_no_text_is_escaped(out):
    out.line("日本 caf\udce9")
    assert out.raw.getvalue() == "日本 caf\\udce9\n".encode()


def test_many_lines_are_written_in_large_pieces():
    class Counting(io.BytesIO):
        writes = 0

        def write(self, content):
            self.writes += 1
            return super().write(content)

    out = Output(Counting())
    out.lines(f"line {number}" for number in range(50_000))
    assert out.raw.getvalue().count(b"\n") == 50_000
    assert out.raw.writes < 20


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": [1, None, True]}, '{"a":[1,null,true]}'),
        ({"nan": math.nan, "inf": math.inf}, '{"nan":null,"inf":null}'),
        ({"big": 2**70, "inf": math.inf}, '{"big":1180591620717411303424,"inf":null}'),
        ({"bytes": "a\udce9", "nan": [math.nan]}, '{"bytes":"a\\udce9","nan":[null]}'),
        (
            {"terminal": "a\x7f\x9b\u202e\u2066b é\u200b\U000e0041"},
            '{"terminal":"a\\u007f\\u009b\\u202e\\u2066b é\\u200b\\udb40\\udc41"}',
        ),
        ({"tuple": (1, 2)}, '{"tuple":[1,2]}'),
    ],
)
def test_json(value, text):
    assert json_bytes(value).decode() == text
    json.loads(json_bytes(value), parse_constant=pytest.fail)


def test_json_indented():
    assert json_bytes([{"a": 1}], indent=2) == b'[\n  {\n    "a": 1\n  }\n]'
    assert json_bytes([{"a": "\udcff"}], indent=2) == b'[\n  {\n    "a": "\\udcff"\n  }\n]'


@pytest.mark.parametrize("rows", [[], ["1"], ["1", '{"a": 2}', "3"]])
def test_an_array_of_rows_is_one_document(out, rows):
    out.array(iter(rows))
    assert json.loads(out.raw.getvalue()) == [json.loads(row) for row in rows]


def test_a_table_as_docker_lays_it_out():
    lines = list(docker_table(["IMAGE", "SIZE"], [["a-long-image-name", "1B"], ["b", "12MB"]]))
    assert lines == ["IMAGE               SIZE", "a-long-image-name   1B", "b                   12MB"]
    assert list(docker_table(["ID", "X"], [])) == ["ID        X"]


def test_rows_of_a_table_are_written_as_they_come_and_columns_only_get_wider():
    given = 0

    def rows():
        nonlocal given
        for number in range(200_000):
            given += 1
            yield ["x" * (200 if number == 150_000 else 20), "1B"]

    lines = docker_table(["NAME", "SIZE"], rows())
    assert next(lines) == "NAME".ljust(23) + "SIZE"
    assert given < 100_000
    rest = list(lines)
    assert len(rest) == 200_000
    assert rest[0] == "x" * 20 + "   1B"
    assert rest[150_000] == "x" * 200 + "   1B"
    assert rest[-1] == ("x" * 20).ljust(203) + "1B"


def test_a_cell_without_end_does_not_make_all_others_as_wide():
    lines = list(docker_table(["NAME", "SIZE"], [["x" * 200_000, "1B"], ["y", "2B"]]))
    assert lines[1] == "x" * 200_000 + "   1B"
    assert len(lines[2]) < 40_000
    assert lines[2].split() == ["y", "2B"]


def test_columns_two_blanks_apart_numbers_to_the_right():
    assert list(aligned("rl", [["1", "a"], ["100", "bcd"]])) == ["  1  a", "100  bcd"]
    assert list(aligned("rl", [])) == []
