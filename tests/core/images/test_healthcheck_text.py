"""HEALTHCHECK as docker writes it into a history."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertui.core.images.healthcheck_text import as_dockerfile
from layertui.core.images.history_steps import command

WRITTEN = [  # by docker 20.10's builder; the last by buildkit
    (r"""/bin/sh -c #(nop)  HEALTHCHECK &{["NONE"] "0s" "0s" "0s" '\x00'}""", "HEALTHCHECK NONE"),
    (
        r"""/bin/sh -c #(nop)  HEALTHCHECK &{["CMD-SHELL" "curl -f http://localhost/ || exit 1"] "0s" "0s" "0s" '\x00'}""",
        "HEALTHCHECK CMD curl -f http://localhost/ || exit 1",
    ),
    (
        r"""/bin/sh -c #(nop)  HEALTHCHECK &{["CMD" "curl" "x y"] "1m30s" "500ms" "2h0m0s" '\x03'}""",
        'HEALTHCHECK --interval=1m30s --timeout=500ms --start-period=2h0m0s --retries=3 CMD ["curl", "x y"]',
    ),
    (
        r"""/bin/sh -c #(nop)  HEALTHCHECK &{["CMD-SHELL" "echo \"a\\tb\" '$HOME' | grep 'é ☺'"] "0s" "0s" "0s" '\n'}""",
        "HEALTHCHECK --retries=10 CMD echo \"a\\tb\" '$HOME' | grep 'é ☺'",
    ),
    (
        r"""/bin/sh -c #(nop)  HEALTHCHECK &{["CMD-SHELL" "x"] "0s" "0s" "0s" '\''}""",
        "HEALTHCHECK --retries=39 CMD x",
    ),
    (
        r"""/bin/sh -c #(nop)  HEALTHCHECK &{["CMD-SHELL" "x"] "0s" "0s" "0s" 'Ĭ'}""",
        "HEALTHCHECK --retries=300 CMD x",
    ),
    (r"""HEALTHCHECK &{["CMD-SHELL" "x"] "5s" "0s" "0s" "250ms" '\x00'} # buildkit""", None),
]


@pytest.mark.parametrize(("text", "line"), WRITTEN)
def test_it_is_a_line_of_a_dockerfile(text, line):
    assert command(text) == (line or "HEALTHCHECK --interval=5s --start-interval=250ms CMD x")


@pytest.mark.parametrize(
    "text",
    [
        "HEALTHCHECK CMD x",
        "HEALTHCHECK NONE",
        'HEALTHCHECK &{[] "0s" "0s" "0s" \'\\x00\'}',
        'HEALTHCHECK &{["NONE"] "0s" \'\\x00\'}',
        'HEALTHCHECK &{["NONE"] "0s" "0s" "0s" \'\ufffd\'}',
        'HEALTHCHECK &{["NONE"] "5s" "0s" "0s" \'\\x00\'}',
        'HEALTHCHECK &{["OTHER" "x"] "0s" "0s" "0s" \'\\x00\'}',
        'HEALTHCHECK &{["CMD-SHELL" "x"] "0s" "0s" "0s" \'ab\'}',
        'HEALTHCHECK &{["CMD-SHELL" "x] "0s" "0s" "0s" \'\\x00\'}',
        "HEALTHCHECK &{",
    ],
)
def test_what_docker_does_not_write_stays_as_it_is(text):
    assert as_dockerfile(text) == text


@given(st.text("HEALTHCHECK &{}[]\"\\ 'xuU0s\ud800\n", max_size=60))
def test_any_text_is_taken(text):
    assert isinstance(as_dockerfile("HEALTHCHECK &{[" + text), str)
    assert isinstance(as_dockerfile(f'HEALTHCHECK &{{["CMD-SHELL" "{text}"] "0s" "0s" "0s" \'\\x00\'}}'), str)
