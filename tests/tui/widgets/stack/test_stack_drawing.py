"""Laws of the drawing: for all stacks and sizes."""

from hypothesis import given
from hypothesis import strategies as st

from layertui.tui.widgets.stack.stack_drawing import (
    ANSWERS,
    ANY_LAYER,
    HIDDEN,
    PASSED,
    READ_ONLY,
    REMOVED,
    SIGNS,
    WRITABLE,
    Slab,
    draw_stack,
)
from layertui.tui.widgets.text.pieces import width_of


@st.composite
def stacks(draw):
    """Layers as a lookup leaves them: passed, one that ends the search, then hidden versions and layers not searched."""
    count = draw(st.integers(1, 60))
    end = draw(st.integers(0, count))
    signs = [PASSED] * end
    if end < count:
        signs += [draw(st.sampled_from([ANSWERS, REMOVED]))]
        signs += draw(st.lists(st.sampled_from(["", HIDDEN]), min_size=count - end - 1, max_size=count - end - 1))
    labels = [str(number) for number in range(count, 0, -1)]
    if draw(st.booleans()):
        labels[0] = WRITABLE
    texts = st.sampled_from(["RUN a", "复制 " * 30, "COPY . /x", ""])
    return [Slab(label, draw(texts), sign) for label, sign in zip(labels, signs, strict=True)]


def plain(lines):
    return ["".join(text for text, _ in line) for line in lines]


def folded(line):
    return int(line[13:].split()[0]) if line.strip().startswith(ANY_LAYER) else 0


@given(stacks(), st.integers(1, 140), st.integers(0, 70))
def test_it_never_needs_more_than_the_size_it_was_given(slabs, width, height):
    lines = draw_stack(slabs, width, height, path="/etc/motd")
    assert len(lines) <= height
    assert {width_of(line) for line in lines} <= {width}


@given(stacks(), st.integers(3, 70))
def test_no_layer_is_lost_and_the_one_that_answers_is_never_folded(slabs, height):
    lines = plain(draw_stack(slabs, 80, height))
    shown = [line.split()[0] for line in lines if READ_ONLY not in line and not line.strip().startswith(ANY_LAYER)]
    assert len(shown) + sum(map(folded, lines)) == len(slabs)
    numbers = [int(label) for label in shown if label != WRITABLE]
    assert numbers == sorted(numbers, reverse=True)
    assert any(READ_ONLY in line for line in lines) == (slabs[0].label == WRITABLE and len(slabs) > 1)
    for sign in (ANSWERS, REMOVED):
        wanted = [slab.label for slab in slabs if slab.sign == sign]
        if wanted and height >= 5:
            assert [line.split()[0] for line in lines if line[8] == SIGNS[sign][0]] == wanted


@given(stacks(), st.integers(5, 70))
def test_the_path_falls_in_one_column_down_to_the_layer_that_ends_the_search(slabs, height):
    lines = plain(draw_stack(slabs, 80, height))
    end = next((slab.sign for slab in slabs if slab.sign != PASSED), None)
    column = [line[8] for line in lines]
    if end is None:
        assert set(column) == {"│"}
    else:
        at = next(at for at, line in enumerate(lines) if line[8] != "│")
        assert column[at] == SIGNS[end][0]
        assert "│" not in column[at + 1 :]


def test_each_sign_has_a_glyph_of_its_own():
    glyphs = [glyph for glyph, _ in SIGNS.values()]
    assert len(set(glyphs)) == len(glyphs)


def test_a_fall_as_it_is_drawn():
    slabs = [
        Slab(WRITABLE, "writable layer", PASSED, "not here"),
        Slab("3", "RUN rm /etc/issue", REMOVED, "removed"),
        Slab("2", "COPY etc /etc", "", "not searched"),
        Slab("1", "ADD rootfs.tar /", HIDDEN, "hidden"),
    ]
    lines = [line.rstrip() for line in plain(draw_stack(slabs, 52, 9, path="/etc/issue"))]
    assert lines == [
        "       ▼ /etc/issue",
        "  ✎ ╌╌╌│╌╌╌ writable layer              not here",
        "    ═══│═══ read-only from here down",
        "  3 ───×─── RUN rm /etc/issue           removed",
        "  2 ─────── COPY etc /etc               not searched",
        "  1 ───○─── ADD rootfs.tar /            hidden",
    ]
