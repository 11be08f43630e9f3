"""Symlinks followed by names: the same path as the kernel finds, on a real folder."""

import errno
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertui.core.fs.symlink_walk import MOST_LINKS, WalkStep, follow_links

TREE = {
    "a": None,
    "a/b": None,
    "a/up": "..",
    "a/abs": "/a/b",
    "a/b/far": "../../a/./b",
    "chain": "a/abs",
    "loop": "loop",
    "out": "../../a",
}


def look(way, name, more):
    path = "/".join([*way, name])
    if path not in TREE:
        raise FileNotFoundError(errno.ENOENT, "no such file", path)
    return WalkStep(name, TREE[path])


def walked(path, **how):
    return "/".join(follow_links(path, look, **how))


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    top = tmp_path_factory.mktemp("top")
    for path, link in TREE.items():
        if link is None:
            (top / path).mkdir()
        else:
            (top / path).symlink_to(link.replace("/a/b", f"{top}/a/b") if link.startswith("/") else link)
    return top


@given(st.lists(st.sampled_from(["a", "b", "up", "abs", "far", "chain", "loop", "..", ".", ""]), max_size=8))
def test_it_finds_what_the_kernel_finds(real, parts):
    path, above = "/".join(parts), []
    try:
        found = walked(path, above_root=lambda: above.append(1))
    except OSError as error:
        if not above:  # the kernel knows no root here
            with pytest.raises(OSError, match=os.strerror(error.errno)):
                os.stat(f"{real}/{path}")
    else:
        if not above:
            assert os.path.realpath(f"{real}/{path}") == os.path.normpath(f"{real}/{found}")


def test_a_link_at_the_end_is_followed_on_demand():
    assert walked("a/abs", follow=False) == "a/abs"
    assert walked("a/abs") == "a/b"
    assert walked("chain/far") == "a/b"


def test_above_the_root_is_the_callers_to_say():
    assert walked("out/b") == "a/b"
    with pytest.raises(ValueError, match="above"):
        walked("out/b", above_root=lambda: (_ for _ in ()).throw(ValueError("above")))


def test_no_more_links_than_the_kernel_follows():
    def chain(way, name, more):
        return WalkStep(name, f"{int(name) - 1}" if int(name) else None)

    assert follow_links(str(MOST_LINKS), chain) == ["0"]
    with pytest.raises(OSError, match=os.strerror(errno.ELOOP)):
        follow_links(str(MOST_LINKS + 1), chain)
