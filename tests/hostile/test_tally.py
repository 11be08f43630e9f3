"""What came of everything hostile, as it is told."""

from hostile.tally import told


def test_a_flaw_is_told_before_the_next_one_is_looked_for(capsys):
    flaws = told(iter(["the first", "the second"]))
    assert next(flaws) == "the first"
    assert capsys.readouterr().err == "flaw: the first\n"
    assert list(flaws) == ["the second"]
