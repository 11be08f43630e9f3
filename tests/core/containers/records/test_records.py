import json
import os

import pytest

from layertui.core.containers.lifecycle import ending
from layertui.core.containers.model.container import CreateOptions, State
from layertui.core.containers.records import record_codec
from layertui.core.containers.records.interrupted_work import sweep
from layertui.core.containers.records.life_record import LifeRecord
from layertui.core.errors import Conflict, Damaged, NotFound
from layertui.core.fs.atomic import TEMPORARY
from layertui.core.oci.digest import Digest

DIGEST = Digest("sha256:" + "1" * 64)


def test_everything_asked_for_comes_back(records, make):
    options = {
        "name": "web",
        "command": ("a", "\udcff"),
        "entrypoint": (),
        "env": ("A=b",),
        "labels": {"k": "v"},
        "tty": True,
        "net": "host",
    }
    made = make(**options)
    assert records.read(made.id) == made
    assert made.options == CreateOptions(**options)


def test_options_of_another_version_are_passed_over(records, make):
    made = make()
    path = records.path(made.id) / "record.json"
    record = json.loads(path.read_text())
    record["options"]["from_the_future"] = 1
    del record["options"]["net"]
    path.write_text(json.dumps(record))
    assert records.read(made.id).options.net == "none"


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"name": 1}'])
def test_a_damaged_record(records, make, content):
    made = make()
    (records.path(made.id) / "record.json").write_text(content)
    with pytest.raises(Damaged, match="record"):
        records.read(made.id)


WRONG = [
    *[("id", "0" * 64), ("name", "../x"), ("name", 1), ("image", None), ("image_id", "x"), ("manifest", 1)],
    *[("command", "x"), ("command", [1]), ("created", {}), ("options", []), ("options", None)],
    *[("env", "A=b"), ("labels", {"a": 1}), ("mounts", [1]), ("mounts", {"a": 1}), ("ports", [{"own": "x"}])],
    *[("limits", {"memory": "1"}), ("tty", 1), ("stop_timeout", 1 << 70), ("hostname", "a\0b")],
]


@pytest.mark.parametrize(("key", "value"), WRONG)
def test_a_record_that_says_something_else(records, make, key, value):
    made = make()
    path = records.path(made.id) / "record.json"
    record = json.loads(path.read_text())
    (record if key in record else record["options"])[key] = value
    path.write_text(json.dumps(record))
    with pytest.raises(Damaged):
        records.read(made.id)
    assert records.list() == []


@pytest.mark.parametrize(
    "content", [{}, [], {"pid": "1"}, {"code": "x"}, {"code": None, "finished": 5}, {"by": 1}, "x"]
)
@pytest.mark.parametrize("note", ["failed", "run/state", "run/exit", "run/paused", "run/connected"])
def test_a_note_that_says_something_else(records, make, note, content):
    made = make()
    (records.path(made.id) / "run").mkdir()
    (records.path(made.id) / note).write_text(json.dumps(content))
    assert records.read(made.id).state is State.CREATED


def test_a_failed_create_leaves_nothing(records, make):
    make(name="web")
    with pytest.raises(Conflict):
        make(name="web")
    assert len(os.listdir(records.folder)) == 3
    assert os.listdir(records.folder / "names") == ["web"]


def test_a_name_left_by_a_removal_cut_short(records, make):
    made = make(name="web")
    records.path(made.id).rename(records.folder / f".gone-{made.id}")
    with pytest.raises(NotFound):
        records.find("web")
    again = make(name="web")
    assert records.find("web").id == again.id
    sweep(records)
    assert sorted(os.listdir(records.folder)) == sorted([again.id, "lock", "names"])


def test_renamed(records, make):
    made = make(name="old")
    make(name="taken")
    with pytest.raises(Conflict):
        records.rename(made, "taken")
    records.rename(made, "new")
    assert records.find("new").id == made.id
    with pytest.raises(NotFound):
        records.find("old")


def test_renamed_twice_at_once(records, make):
    """The second has seen the name that the first took away, and that is another container's by now."""
    seen = make(name="old")
    records.rename(seen, "new")
    other = make(name="old")
    records.rename(seen, "newer")
    assert (records.find("newer").id, records.find("old").id) == (seen.id, other.id)


def test_names_cannot_leave_the_folder(records, make):
    make()
    for name in ("..", ".", "", "../lock", "names/x"):
        with pytest.raises(NotFound):
            records.find(name)


def test_removal_of_what_the_overlay_left(records, make):
    made = make()
    (records.path(made.id) / "work/work").mkdir(mode=0)
    records.remove(made)
    assert os.listdir(records.folder) == ["names", "lock"] or sorted(os.listdir(records.folder)) == ["lock", "names"]


def test_a_failed_start_of_what_had_run(records, make):
    made = make()
    records.failed(
        made.id, 127, "why", LifeRecord(State.EXITED, started="2026-01-01T00:00:01Z", finished="2026-01-01T00:00:02Z")
    )
    now = records.read(made.id)
    assert (now.state, now.exit_code, now.reason) == (State.EXITED, 127, "why")


def test_no_folder_at_all(records):
    assert records.list() == []
    assert not records.folder.exists()


def test_what_was_removed_meanwhile_cannot_be_held(records, make):
    made = make(name="gone")
    records.remove(made)
    with (
        pytest.raises(NotFound, match=f"no such container: {made.id[:12]}; it has been removed meanwhile"),
        records.lock(made.id),
    ):
        pass
    ending.remove(records, made, lambda: None, lambda: None, force=True)


def test_of_containers_that_never_ran_only_their_records_are_read(records, make, monkeypatch):
    made = [make() for _ in range(3)]
    read, opened = record_codec.read_small, []
    monkeypatch.setattr(record_codec, "read_small", lambda path: opened.append(path) or read(path))
    assert {one.id for one in records.list()} == {one.id for one in made}
    assert sorted(opened) == sorted(str(records.path(one.id) / "record.json") for one in made)


@pytest.mark.parametrize("field", ["command", "env", "tty", "net", "labels", "groups", "user", "stop_timeout"])
def test_an_option_of_another_kind_is_damage(records, make, field):
    made = make()
    path = records.path(made.id) / "record.json"
    record = json.loads(path.read_text())
    record["options"][field] = {"an": ["object", 1]}
    path.write_text(json.dumps(record))
    with pytest.raises(Damaged, match=field):
        records.read(made.id)


def test_a_record_is_decoded_again_only_once_it_has_changed(records, make, monkeypatch):
    """Commands such as `fsck` look at each of thousands of containers several times."""
    first, second = make(name="first"), make(name="second")
    decoded = []
    decode = record_codec.decode

    def counted(kind, kept, what, **given):
        if kind is record_codec.RecordDoc:
            decoded.append(kept["name"])
        return decode(kind, kept, what, **given)

    monkeypatch.setattr(record_codec, "decode", counted)
    record_codec.decode_record.cache_clear()
    for _ in range(3):
        assert {one.name for one in records.list()} == {"first", "second"}
        assert list(records.manifests()) == [DIGEST, DIGEST]
        assert records.named("first") == first.id
    assert sorted(decoded) == ["first", "second"]
    records.rename(second, "third")
    assert records.read(second.id).name == "third"
    assert records.named("second") is None
    assert sorted(decoded) == ["first", "second", "third"]


def test_a_name_is_found_in_a_record_that_is_damaged_otherwise(records, make):
    made = make(name="box")
    path = records.path(made.id) / "record.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"command": 1}))
    assert records.named("box") == made.id
    with pytest.raises(Damaged):
        records.read(made.id)


def test_only_containers_with_something_to_remove_are_locked_by_a_sweep(records, make, monkeypatch):
    tidy, untidy = make(), make()
    left = records.path(untidy.id) / f"{TEMPORARY}x"
    left.touch()
    locked = []
    lock = records.lock
    monkeypatch.setattr(records, "lock", lambda one, timeout=None: locked.append(one) or lock(one, timeout))
    sweep(records)
    assert locked == [untidy.id]
    assert not left.exists()
    assert records.read(tidy.id) == tidy
