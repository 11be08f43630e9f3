"""What a crash or a power cut has left in a store: reported by `fsck`, deleted by `gc`, and harmless."""

import json

import pytest

from command_line import layertui
from hostile.damage import box, flip, state

LEFTOVERS = {
    "tmp/.tmp-1-a": lambda s: (s / "tmp").mkdir(exist_ok=True),
    ".tmp-0123": lambda s: None,
    "cache/.tmp-0123": lambda s: (s / "cache").mkdir(exist_ok=True),
    "containers/.new-x/upper": lambda s: (s / "containers/.new-x").mkdir(),
    "volumes/.new-x/file": lambda s: (s / "volumes/.new-x").mkdir(parents=True),
    "containers/.gone-x/upper": lambda s: (s / "containers/.gone-x").mkdir(),
}  # fmt: skip


@pytest.mark.parametrize("where", LEFTOVERS)
def test_leftovers_are_reported_and_swept(where, store):
    LEFTOVERS[where](store)
    (store / where).write_bytes(b"x")
    told = layertui("fsck", "--json", store=store).ok().json
    assert [one["kind"] for one in told["leftovers"]] == ["leftover"]
    assert told["leftovers"][0]["what"] in where
    layertui("gc", store=store).ok()
    assert not (store / where).exists()
    assert "leftovers" not in layertui("fsck", "--json", store=store).ok().json


def test_leftovers_of_a_container(store):
    (box(store) / "staging").mkdir()
    (box(store) / ".tmp-12").touch()
    (store / "containers/names/nobody").symlink_to("../" + "0" * 64)
    assert len(layertui("fsck", "--json", store=store).ok().json["leftovers"]) == 3
    layertui("gc", store=store).ok()
    assert "leftovers" not in layertui("fsck", "--json", store=store).ok().json


def test_unpacked_layers_of_nobody(store):
    (store / "unpacked" / ("0" * 32)).mkdir(parents=True)
    (told,) = layertui("fsck", "--json", store=store).ok().json["leftovers"]
    assert told["what"] == f"unpacked/{'0' * 32}"
    layertui("gc", store=store).ok()
    assert not (store / "unpacked" / ("0" * 32)).exists()


def test_a_damaged_cache_is_none(store):
    before = layertui("ls", "-R", "--json", "demo:1", store=store).ok().json
    damaged = [path for path in (store / "cache").iterdir() if path.suffix in (".table", ".stack")]
    for path in damaged:
        flip(path)
    told = layertui("fsck", "--json", store=store).ok().json
    assert {one["what"] for one in told["leftovers"]} == {f"cache/{path.name}" for path in damaged}
    assert layertui("ls", "-R", "--json", "demo:1", store=store).ok().json == before
    assert "leftovers" not in layertui("fsck", "--json", store=store).ok().json


def test_a_lock_that_nobody_holds_stops_nobody(store):
    for name in ("lock", "index.lock", "containers/lock"):
        (store / name).write_text("held by 1\n")
    layertui("tag", "demo:1", "demo:2", store=store).ok()
    layertui("gc", store=store).ok()
    layertui("rm", "box", store=store).ok()
    layertui("fsck", "--repair", store=store).ok()


def test_events_with_a_torn_line(store):
    """What a full disk has left of a line costs that line, and not the next one."""
    with open(store / "events/log", "ab") as log:
        log.write(b'{"time":"2026')
    layertui("tag", "demo:1", "demo:2", store=store).ok()
    last = (store / "events/log").read_bytes().splitlines()[-1]
    assert json.loads(last)["attributes"]["name"] == "demo:2"


def test_notes_of_a_start_that_a_power_cut_has_emptied(store):
    (box(store) / "run").mkdir()
    for name in ("state", "exit"):
        (box(store) / "run" / name).touch()
    assert state(store)[1] == {"box", "other"}
    layertui("fsck", store=store).ok()
