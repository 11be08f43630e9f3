"""What came of everything hostile, as it is told."""

from hostile.tally import BEGIN, END, OF_PART, PAGE, PARTS, told


def test_a_flaw_is_told_before_the_next_one_is_looked_for(capsys):
    flaws = told(iter(["the first", "the second"]))
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
