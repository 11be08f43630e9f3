"""The report on all hostile tests."""

from hostile.tally import BEGIN, END, HEAD, OF_PART, PAGE, PARTS, put_rows, reported


def test_a_flaw_is_reported_before_the_next_one_is_looked_for(capsys):
    flaws = reported(iter(["the first", "the second"]))
    assert next(flaws) == "the first"
    assert capsys.readouterr().err == "flaw: the first\n"
    assert list(flaws) == ["the second"]


def test_each_row_of_the_page_belongs_to_one_part():
    """Else a part that is not asked for would lose its rows, or have those of another."""
    assert list(OF_PART) == list(PARTS)
    rows = PAGE.read_text().partition(BEGIN)[2].partition(END)[0].splitlines()[2:]
    assert rows
    for row in rows:
        assert [part for part, word in OF_PART.items() if word in row] != [], row
        assert len([part for part, word in OF_PART.items() if word in row]) == 1, row


def test_the_rows_of_a_part_take_the_place_of_its_former_ones(tmp_path):
    page = tmp_path / "page.md"
    races, crowd = "| 10 races against a container … | 1 | nothing | then |", "| … on one store … | 2 | 1 | then |"
    page.write_text("\n".join(["before", BEGIN + "\n".join([*HEAD, crowd, races]), END + "after\n"]))
    put_rows("races", [races.replace("then", "now"), races.replace("then", "now too")], page)
    now = [crowd, races.replace("then", "now"), races.replace("then", "now too")]
    assert page.read_text() == "\n".join(["before", BEGIN + "\n".join([*HEAD, *now]), END + "after\n"])
