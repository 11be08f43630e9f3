from layertui.tui.widgets.compare.word_marks import LONGEST, shifted, word_spans


def test_words_that_the_other_side_lacks():
    assert word_spans("apt add python3=3.11 curl", "apt add python3=3.12 curl") == (
        ("apt add python3=", False),
        ("3.11", True),
        (" curl", False),
    )


def test_lines_with_next_to_nothing_in_common_differ_as_a_whole():
    assert word_spans("alpha beta (gamma)", "one two (three) four") == (("alpha beta (gamma)", True),)


def test_very_long_lines_are_marked_as_a_whole():
    long = "word " * LONGEST
    assert word_spans(long, long + "more") == ((long, True),)


def test_scrolled_sideways_the_beginning_is_gone():
    assert shifted([("abc", "x"), ("def", "")], 4) == [("ef", "")]
    assert shifted([("abc", "x")], 0) == [("abc", "x")]
