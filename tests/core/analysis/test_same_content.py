import hashlib
import io

import numpy as np
import pytest

from builders import file, hardlink, image, layer, whiteout
from layertui.core.analysis import content_digests, same_content
from layertui.core.analysis.same_content import digests_to_compare
from layertui.core.analysis.stored_files import Why, stored_files
from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.stack.timeline import StackLayer
from layertui.core.layers.table.layer_tar import TarballContent, read_table
from layertui.core.progress import quiet


def stack_of(*layers):
    found = []
    for items in layers:
        tar = layer(items)
        table = read_table(io.BytesIO(tar), quiet())
        found.append(StackLayer(table, TarballContent(table, lambda tar=tar: io.BytesIO(tar))))
    return Stack.from_layers(found)


def digests(stack, notes=None):
    stored = stored_files(stack)
    return stored, digests_to_compare(stored, np.arange(1, len(stack) + 1), quiet(), notes)


class Notes(dict):
    def load(self, layer):
        return self.get(layer)

    def keep(self, layer, note):
        self[layer] = note


def paths_of_groups(stack, notes=None):
    return [group.paths() for group in digests(stack, notes)[1].groups().groups]


def sha256(content):
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


STACK = [
    [
        file("a", b"same"),
        file("b", b"same"),
        file("b2", b"diff"),
        hardlink("c", "a"),
        file("gone", b"same"),
        file("big1", b"x" * 100),
        file("empty1"),
        file("empty2"),
    ],
    [whiteout("gone"), file("d", b"same"), file("big2", b"x" * 100)],
]


def test_groups_of_visible_files():
    _, found = digests(stack_of(*STACK))
    assert [(group.digest, group.size, group.paths(), group.repeated) for group in found.groups().groups] == [
        (sha256(b"x" * 100), 100, ["/big1", "/big2"], 100),
        (sha256(b"same"), 4, ["/a", "/b", "/d"], 8),
    ]
    assert (found.groups().count, found.groups().repeated) == (2, 108)
    assert (len(found.groups(1).groups), found.groups(1).count, found.groups(1).repeated) == (1, 2, 108)


def test_a_file_that_was_only_changed_in_mode_is_stored_again():
    stack = stack_of(
        [file("big", b"x" * 50, mode=0o644), file("other", b"y" * 50), file("moved", b"z" * 50)],
        [file("big", b"x" * 50, mode=0o755), file("other", b"Y" * 50), whiteout("moved"), file("there", b"z" * 50)],
    )
    stored, found = digests(stack)
    found.mark_rewritten()
    hidden = {
        stack.path(int(stack.path_id[stored.rows[at]])): Why(stored.why[at]) for at in np.flatnonzero(stored.hidden)
    }
    assert hidden == {"/big": Why.SAME_CONTENT, "/other": Why.OVERWRITTEN, "/moved": Why.REMOVED}


def test_only_files_of_equal_size_are_read(monkeypatch):
    read = []
    monkeypatch.setattr(
        content_digests, "_read", lambda stack, rows, _: read.extend(rows) or np.zeros((len(rows), 32), np.uint8)
    )
    stack = stack_of([file("a", b"1"), file("b", b"22"), file("c", b"33"), file("d", b"4444")], [file("a", b"5")])
    _, found = digests(stack)
    assert [stack.path(int(stack.path_id[row])) for row in read] == ["/a", "/a", "/b", "/c"]
    assert found.groups().groups == ()  # what could not be read is the same as nothing


def test_of_too_many_the_largest_are_compared(monkeypatch):
    monkeypatch.setattr(same_content, "MOST_FILES", 2)
    _, found = digests(stack_of(*STACK))
    assert [group.size for group in found.groups().groups] == [100]


SAME = [["/big1", "/big2"], ["/a", "/b", "/d"]]


def test_digests_are_kept_and_read_once():
    notes = Notes()
    digests(stack_of(*STACK), notes)
    again = stack_of(*STACK)
    for lower_or_upper in again.layers:
        lower_or_upper.content = None  # reading would fail
    assert paths_of_groups(again, notes) == SAME


def test_another_image_with_a_layer_reads_only_what_was_not_read_of_it(monkeypatch):
    notes = Notes()
    digests(stack_of(*STACK), notes)
    other = stack_of(STACK[0], [file("e", b"same"), file("f", b"123456"), file("g", b"12345"), file("b2", b"diff")])
    read, as_before = [], content_digests._read
    monkeypatch.setattr(
        content_digests, "_read", lambda stack, rows, *rest: read.extend(rows) or as_before(stack, rows, *rest)
    )
    assert paths_of_groups(other, notes) == [["/a", "/b", "/e", "/gone"]]
    # Of the lower layer only the file that was not looked at before: it was hidden then.
    assert sorted((int(other.layer[row]), other.path(int(other.path_id[row]))) for row in read) == [
        (1, "/gone"),
        (2, "/b2"),
        (2, "/e"),
    ]
    read.clear()
    assert paths_of_groups(stack_of(*STACK), Notes({1: notes[1]})) == SAME
    assert len(read) == 2  # those of the upper layer: what was kept of the lower one is still there


@pytest.mark.parametrize("column", range(3), ids=["row", "body", "size"])
def test_kept_digests_of_other_files_are_not_taken(column):
    notes = Notes()
    digests(stack_of(*STACK), notes)
    for number, note in list(notes.items()):
        kept = np.frombuffer(note, "<i8").reshape(-1, 7).copy()
        kept[:, column] += 1
        kept[:, 3:] = 7
        notes[number] = kept.tobytes()
    assert paths_of_groups(stack_of(*STACK), notes) == SAME


def test_what_is_no_note_is_not_taken():
    notes = Notes()
    digests(stack_of(*STACK), notes)
    for wrong in (b"", b"x" * 32, b"x" * 56, notes[1][::-1], notes[1][:-1], notes[1] * 2):
        assert paths_of_groups(stack_of(*STACK), Notes({1: wrong, 2: wrong})) == SAME


def test_what_could_not_be_read_is_not_kept(monkeypatch):
    notes = Notes()
    monkeypatch.setattr(content_digests, "_read", lambda stack, rows, _: np.zeros((len(rows), 32), np.uint8))
    digests(stack_of(*STACK), notes)
    assert notes == {}


def test_layers_that_are_not_to_be_read():
    stack = stack_of(*STACK)
    stored = stored_files(stack)
    found = digests_to_compare(stored, np.array([1]), quiet())
    assert [group.paths() for group in found.groups().groups] == [["/a", "/b"]]


def test_a_range_whose_links_lead_below_it():
    stack = stack_of([file("a", b"1234"), file("b", b"5678")], [file("a", b"9999")], [hardlink("a", "b")])
    stored = stored_files(stack, low=2)
    found = digests_to_compare(stored, np.array([1, 2, 3]), quiet())
    found.mark_rewritten()
    assert stored.why.tolist() == [Why.OVERWRITTEN]
    assert found.groups().groups == ()


@pytest.mark.parametrize("compress", ["none", "gzip", "zstd"])
def test_through_compression(compress, tmp_path):
    from builders import docker_archive
    from command_line import layertui

    path = docker_archive(image([layer(items) for items in STACK], compress=compress), tmp_path / "a.tar")
    found = layertui("analyze", "--json", path).ok().json["same_content"]
    assert [(row["digest"], row["paths"]) for row in found] == [
        (sha256(b"x" * 100), ["/big1", "/big2"]),
        (sha256(b"same"), ["/a", "/b", "/d"]),
    ]
