import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertui.core.errors import StorageError
from layertui.tui.screens.tour.tour_progress import (
    FACTS,
    TourProgress,
    keep_progress,
    progress_file,
    read_progress,
)
from layertui.tui.screens.tour.tour_steps import STEPS


def test_there_are_ten_steps_and_no_fact_ends_two():
    facts = [fact for step in STEPS for fact in step.facts]
    assert len(STEPS) == 10
    assert len(facts) == len(set(facts))


@given(st.permutations(sorted(FACTS)))
def test_in_any_order_all_facts_lead_to_the_end_and_only_all(facts):
    progress = TourProgress()
    for number, fact in enumerate(facts, 1):
        before, progress = progress, progress.saw({fact})
        assert progress.at >= before.at
        assert progress.ended == (number == len(facts))


def test_what_is_done_early_counts_once_its_step_is_there():
    progress = TourProgress().saw({"walked", "compared versions"})
    assert progress.at == 1
    assert progress.saw({"looked up /etc/motd"}).at == 3
    assert progress.saw({"tag", "walked"}) is progress


@given(st.integers(0, 10), st.lists(st.integers(-3, 3)))
def test_next_and_back_stay_within_the_tour(at, moves):
    progress = TourProgress(at)
    for by in moves:
        progress = progress.moved(by)
        assert 0 <= progress.at <= len(STEPS)


def test_it_is_kept_for_each_store(tmp_path):
    one, two = (progress_file(tmp_path / "new" / "tour", Path(store)) for store in ("/a", "/b"))
    keep_progress(one, TourProgress(3, frozenset({"walked", "create"})))
    assert read_progress(one) == TourProgress(3, frozenset({"walked", "create"}))
    assert read_progress(two) == TourProgress()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[" * 5000,
        b"null",
        b"3",
        b'{"step": 99, "seen": []}',
        b'{"step": -1, "seen": []}',
        b'{"step": true, "seen": []}',
        b'{"step": 1e400, "seen": []}',
        b'{"step": 2, "seen": "walked"}',
        b'{"step": 2}',
    ],
)
def test_garbage_begins_anew(tmp_path, content):
    path = tmp_path / "kept.json"
    path.write_bytes(content)
    assert read_progress(path) == TourProgress()


def test_unknown_facts_are_left_out_and_a_folder_is_no_file(tmp_path):
    path = tmp_path / "kept.json"
    path.write_text(json.dumps({"step": 2, "seen": ["walked", "flown", 7, ["x"]]}))
    assert read_progress(path) == TourProgress(2, frozenset({"walked"}))
    assert read_progress(tmp_path) == TourProgress()


def test_a_pipe_is_not_waited_for_and_a_large_file_is_not_read(tmp_path):
    pipe, large = tmp_path / "pipe", tmp_path / "large"
    os.mkfifo(pipe)
    large.write_bytes(b'{"step": 2, "seen": []}'.ljust(5000))
    assert read_progress(pipe) == read_progress(large) == TourProgress()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
def test_what_another_user_keeps_is_not_obeyed_and_root_writes_nothing_in_their_folders(tmp_path):
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    for folder in (theirs, ours):
        folder.mkdir()
    path = theirs / "kept.json"
    path.write_text('{"step": 2, "seen": []}')
    os.chown(path, 12345, 12345)
    assert read_progress(path) == TourProgress()
    os.chown(theirs, 12345, 12345)
    (theirs / "link").symlink_to(ours)
    for inside in (path, theirs / "new" / "kept.json", theirs / "link" / "kept.json"):
        with pytest.raises(StorageError, match=f"{theirs}.* belongs to #12345"):
            keep_progress(inside, TourProgress(3))
    assert not list(ours.iterdir())
    assert path.read_text() == '{"step": 2, "seen": []}'
