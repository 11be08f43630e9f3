"""Texts that begin alike are cut so that they can be told apart."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from layertui.tui.widgets.text.pieces import fit
from layertui.tui.widgets.text.told_apart import differences, fit_apart

WORDS = st.lists(st.sampled_from(["RUN", "a", "/usr/lib", "&&", "apt-get", "漢字", "x" * 40]), max_size=30)
TEXTS = WORDS.map(" ".join)


def shown(texts, width):
    return [fit_apart(text, width, shared) for text, shared in zip(texts, differences(texts), strict=True)]


@given(TEXTS, st.integers(0, 200), st.integers(0, 300))
def test_it_has_the_width(text, width, shared):
    assert cell_len(fit_apart(text, width, min(shared, len(text)))) == width


@given(st.lists(TEXTS, max_size=6), st.integers(12, 80))
def test_what_tells_a_text_apart_is_shown(texts, width):
    for text, shared, row in zip(texts, differences(texts), shown(texts, width), strict=True):
        if shared < len(text):
            others = [other for other in texts if other[:shared] == text[:shared] and other != text]
            assert shared == 0 or others
        if cell_len(text) > width and shared == 0:
            assert row == fit(text, width)


@given(TEXTS, st.sampled_from(["python3", "漢", "b"]), st.sampled_from(["nginx", "字", "c"]), st.integers(20, 80))
def test_two_texts_never_look_the_same(start, one, other, width):
    assert len(set(shown([f"{start} {one}", f"{start} {other}"], width))) == 2


def test_a_gap_is_at_a_word():
    start = "RUN /bin/sh -c set -eux; apt-get update; apt-get install -y --no-install-recommends "
    assert shown([start + "python3", start + "nginx curl", "CMD"], 50) == [
        "RUN /bin/sh -c…-y --no-install-recommends python3 ",
        "RUN /bin/sh -c…--no-install-recommends nginx curl ",
        "CMD" + " " * 47,
    ]


def test_texts_that_differ_early_are_cut_at_the_end():
    texts = ["RUN a " + "x" * 100, "RUN b " + "x" * 100]
    assert shown(texts, 40) == [fit(text, 40) for text in texts]
