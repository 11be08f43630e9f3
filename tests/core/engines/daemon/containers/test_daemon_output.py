"""Lines of a daemon's logs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertui.core.containers.observe.container_logs import LogLine
from layertui.core.engines.daemon.containers.daemon_output import joined


def test_a_line_in_pieces_is_one_with_the_time_of_the_first():
    pieces = [
        LogLine("stdout", "1", b"ab"),
        LogLine("stderr", "2", b"error\n"),
        LogLine("stdout", "3", b"c\n"),
        LogLine("stdout", "4", b"end"),
    ]
    assert list(joined(pieces)) == [
        LogLine("stderr", "2", b"error\n"),
        LogLine("stdout", "1", b"abc\n"),
        LogLine("stdout", "4", b"end"),
    ]


@pytest.mark.slow
@given(st.lists(st.tuples(st.sampled_from(["stdout", "stderr"]), st.sampled_from([b"a", b"bb\n", b"\n", b"c"]))))
def test_no_byte_is_lost(pieces):
    found = list(joined(LogLine(stream, "", text) for stream, text in pieces))
    for one in ("stdout", "stderr"):
        sent = b"".join(text for stream, text in pieces if stream == one)
        assert b"".join(line.text for line in found if line.stream == one) == sent
        assert all(line.text.endswith(b"\n") for line in [each for each in found if each.stream == one][:-1])
