"""What a typed pattern means."""

import pytest

from layertui.core.analysis.search.content_tests import ContainsRegex, ContainsText
from layertui.core.errors import UsageError
from layertui.tui.screens.find.typed_query import TypedQuery


@pytest.mark.parametrize(
    ("typed", "path", "fits"),
    [
        ("moTD", "/etc/moTD.d", True),
        ("moTD", "/etc/motd", False),
        ("motd", "/etc/MOTD", True),
        ("*.conf", "/etc/a.CONF", True),
        ("*.conf", "/etc/a.conf.d", False),
        ("*", "/etc/a", True),
        ("etc/m", "/etc/motd", True),
        ("etc/m", "/etcm", False),
        ("etc/*.d", "/usr/etc/a/x.d", True),
        ("/etc/*.d", "/usr/etc/x.d", False),
        ("a[b", "/x/a[bc", True),
        ("/^.etc/", "/etc/x", True),
        ("/^.ETC/", "/etc/x", False),
    ],
)
def test_names(typed, path, fits):
    query = TypedQuery(typed).query()
    if query.regex is not None:
        assert query.regex.in_line(path.encode()) is fits
    elif query.path is not None:
        assert query.path.matches(path) is fits
    else:
        assert query.name.matches(path.rpartition("/")[2]) is fits


@pytest.mark.parametrize(
    ("typed", "content", "fits"),
    [
        ("hello (", b"say HELLO (you)", True),
        ("Hello", b"hello", False),
        ("/^b.d$/", b"a\nbad\n", True),
        ("12", b"x12", True),
        ("*", b"no sign", False),
        ("*", b"a * b", True),
    ],
)
def test_contents(typed, content, fits):
    test = TypedQuery(typed, what="content").query().content
    assert isinstance(test, ContainsRegex | ContainsText)
    assert test.in_buffer(content, [0], [len(content)]) == ([0] if fits else [])


def test_nothing_typed_and_what_cannot_be():
    assert TypedQuery().query() is None
    assert TypedQuery("x", hidden=True).query().hidden
    with pytest.raises(UsageError):
        TypedQuery("/(/").query()
