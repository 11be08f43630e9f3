"""What is remembered: any state is read back as it was kept; anything else is ignored with one line, and another user's is not obeyed."""

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertui.core.errors import StorageError
from layertui.core.settings import Settings
from layertui.tui.common.remembered_state import (
    LARGEST,
    MOST_PLACES,
    MOST_TYPED,
    Bookmark,
    RememberedState,
    ScreenPlace,
    keep_state,
    read_state,
)
from layertui.tui.common.screen_memory import FILE, Memory

TEXT = st.text(max_size=20)
PLACES = st.builds(
    ScreenPlace,
    **dict.fromkeys(("name", "title", "engine", "path", "pane", "tab"), TEXT),
    layer=st.none() | st.integers(1, 500),
    alone=st.booleans(),
    zoom=st.integers(0, 2),
    orders=st.dictionaries(TEXT, TEXT, max_size=3),
    filters=st.dictionaries(TEXT, TEXT, max_size=3),
    sizes=st.dictionaries(TEXT, st.integers(0, 999), max_size=3),
    folds=st.lists(TEXT, max_size=5).map(tuple),
)
STATES = st.builds(
    RememberedState,
    places=st.dictionaries(TEXT, PLACES, max_size=3),
    **dict.fromkeys(("filters", "lookups", "recent"), st.lists(TEXT, max_size=4).map(tuple)),
    bookmarks=st.lists(st.builds(Bookmark, TEXT, TEXT, TEXT, TEXT), max_size=3).map(tuple),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=10,
)


@given(STATES)
def test_what_is_kept_is_read_back(tmp_path_factory, state):
    path = tmp_path_factory.mktemp("state") / FILE
    keep_state(path, state)
    assert read_state(path) == (state, "")


@given(st.fixed_dictionaries({"version": st.just(1)}, optional=dict.fromkeys(
    ("places", "filters", "lookups", "recent", "bookmarks"), JSON)) | JSON)  # fmt: skip
def test_whatever_else_is_in_it_does_no_harm(tmp_path_factory, document):
    path = tmp_path_factory.mktemp("state") / FILE
    path.write_text(json.dumps(document))
    state, problem = read_state(path)
    assert isinstance(state, RememberedState)
    assert "\n" not in problem


def test_a_broken_file_is_ignored_with_one_line(tmp_path):
    path = tmp_path / FILE
    path.write_bytes(b"{not json")
    assert read_state(path) == (
        RememberedState(),
        f"{path}: is damaged; it is ignored, and replaced when layertui ends",
    )
    path.write_bytes(b" " * (LARGEST + 1))
    assert "is larger than" in read_state(path)[1]
    path.unlink()
    assert read_state(path) == (RememberedState(), "")
    os.mkfifo(path)
    assert "not a regular file" in read_state(path)[1]


def test_a_file_that_others_can_write_is_not_obeyed_and_not_replaced(tmp_path):
    memory = Memory(Settings.load(store=tmp_path / "store"), tmp_path)
    path = tmp_path / FILE
    keep_state(path, RememberedState(lookups=("/etc/motd",)))
    path.chmod(0o666)
    before = path.read_bytes()
    assert memory.read() == f"{path} can be changed by other users; it is not obeyed"
    assert memory.typed("lookups") == ()
    memory.keep(ScreenPlace(name="demo:1.0"))
    assert path.read_bytes() == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
def test_another_users_file_is_not_obeyed_through_a_symlink_either_and_root_writes_nothing_in_their_folders(tmp_path):
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    keep_state(theirs / "kept", RememberedState(lookups=("/x",)))
    os.chown(theirs / "kept", 12345, 12345)
    os.chown(theirs, 12345, 12345)
    (tmp_path / FILE).symlink_to(theirs / "kept")
    assert read_state(tmp_path / FILE) == (None, f"{tmp_path / FILE} belongs to #12345; it is not obeyed")
    with pytest.raises(StorageError, match="belongs to #12345"):
        keep_state(theirs / "new", RememberedState())


def test_two_sessions_keep_both_what_they_typed(tmp_path):
    settings = Settings.load(store=tmp_path / "store")
    one, other = Memory(settings, tmp_path), Memory(Settings.load(store=tmp_path / "other"), tmp_path)
    one.read()
    other.read()
    one.note_typed("filters", "motd")
    other.note_typed("filters", "*.so")
    one.keep(ScreenPlace(name="demo:1.0"))
    other.keep(ScreenPlace(name="shop:2"))
    again = Memory(settings, tmp_path)
    assert again.read() == ""
    assert again.place.name == "demo:1.0"
    assert set(again.typed("filters")) == {"motd", "*.so"}


def test_two_sessions_keep_both_their_bookmarks_and_none_that_one_took_away(tmp_path):
    motd, hosts, passwd = (
        Bookmark("demo:1.0", "demo:1.0", "embedded", f"/etc/{name}") for name in ("motd", "hosts", "passwd")
    )
    keep_state(tmp_path / FILE, RememberedState(bookmarks=(motd,)))
    settings = Settings.load(store=tmp_path / "store")
    one, other = Memory(settings, tmp_path), Memory(settings, tmp_path)
    one.read()
    other.read()
    one.turn_bookmark(hosts)
    other.turn_bookmark(passwd)
    other.turn_bookmark(motd)
    one.keep(ScreenPlace())
    other.keep(ScreenPlace())
    again = Memory(settings, tmp_path)
    again.read()
    assert set(again.state.bookmarks) == {hosts, passwd}


def test_what_is_opened_before_the_file_is_read_is_kept(tmp_path):
    keep_state(tmp_path / FILE, RememberedState(recent=("/a.tar",)))
    memory = Memory(Settings.load(store=tmp_path / "store"), tmp_path)
    memory.note_opened("/b.tar")
    memory.read()
    assert memory.state.recent == ("/b.tar", "/a.tar")


def test_it_never_grows_without_end(tmp_path):
    memory = Memory(Settings.load(store=tmp_path / "store"), tmp_path)
    for number in range(MOST_TYPED + 20):
        memory.note_typed("lookups", f"/{number}")
    assert len(memory.typed("lookups")) == MOST_TYPED
    assert memory.typed("lookups")[0] == f"/{MOST_TYPED + 19}"
    state = RememberedState()
    for number in range(MOST_PLACES + 5):
        state = state.at(str(number), ScreenPlace(name=str(number)))
    assert len(state.places) == MOST_PLACES
    assert str(MOST_PLACES + 4) in state.places


def test_with_the_setting_off_nothing_is_read_or_written(tmp_path):
    memory = Memory(Settings.load(store=tmp_path / "store", fresh=True), tmp_path)
    memory.read()
    memory.keep(ScreenPlace(name="demo:1.0"))
    assert not (tmp_path / FILE).exists()


@pytest.mark.parametrize("value", ["0", "1"])
def test_the_variable(monkeypatch, value):
    monkeypatch.setenv("LAYERTUI_REMEMBER", value)
    assert Settings.load().remember is (value == "1")
