"""fsck, gc, df, demo: what the store holds, lacks and takes."""

import pytest

from builders import docker_archive, file, image, layer
from command_line import layertui

DEMO = image([layer([file("a", b"1" * 5000)])], tags=["demo:1"])


@pytest.fixture
def blob(tmp_path, store_folder):
    """A store with one image; its layer's file."""
    layertui("load", docker_archive(DEMO, tmp_path / "demo.tar"), store=store_folder).ok()
    return store_folder / "blobs" / "sha256" / DEMO.diff_ids[0][7:]


LOOKING = [
    ["images"], ["ps", "-a"], ["df", "-v"], ["fsck"], ["fsck", "--repair"], ["gc"], ["gc", "--dry-run"],
    ["events", "--until", "0s"],
]  # fmt: skip


@pytest.mark.parametrize("words", LOOKING, ids=" ".join)
def test_who_only_looks_makes_no_store(words, store_folder):
    layertui(*words, store=store_folder).ok()
    assert not store_folder.exists()


def test_a_store_that_is_not_there_is_reported(store_folder):
    assert f"no store in {store_folder} yet" in layertui("ls", "demo:1", store=store_folder).failed(1).err
    assert not store_folder.exists()


def test_gc_sweeps_no_folder_that_is_no_store(tmp_path):
    """`/` is not a store: the files in its `tmp` are not layertui's."""
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp/file").touch()
    layertui("gc", store=tmp_path).ok()
    assert (tmp_path / "tmp/file").exists()


def test_a_new_store_is_sound():
    assert layertui("fsck").ok().text.startswith("ok: ")
    found = layertui("fsck", "--json").ok().json
    assert (found["ok"], found["problems"]) == (True, [])


def test_damage_is_found_reported_and_swept(blob, store_folder):
    blob.chmod(0o644)
    content = bytearray(blob.read_bytes())
    content[700] ^= 1
    blob.write_bytes(content)
    done = layertui("fsck", "--json", store=store_folder)
    assert (done.code, done.err, done.json["ok"]) == (1, "", False)
    assert {problem["what"] for problem in done.json["problems"]} >= {DEMO.diff_ids[0]}
    assert all(problem.keys() == {"kind", "what", "detail"} for problem in done.json["problems"])
    text = layertui("fsck", store=store_folder)
    assert (text.code, text.err) == (1, "")
    assert "problem" in text.lines[-1]
    layertui("fsck", "--repair", store=store_folder)
    assert not blob.exists()


def test_a_container_without_its_image_is_a_problem(tmp_path, store_folder):
    runnable = image([layer([])], config={"Cmd": ["sh"]}, tags=["run:1"])
    layertui("load", docker_archive(runnable, tmp_path / "run.tar"), store=store_folder).ok()
    layertui("create", "--name", "one", "run:1", store=store_folder).ok()
    (store_folder / "blobs" / "sha256" / runnable.digest[7:]).unlink()
    done = layertui("fsck", "--json", store=store_folder)
    assert "one" in {problem["what"] for problem in done.json["problems"] if problem["kind"] == "container"}


def test_gc_sweeps_what_nothing_needs(blob, store_folder):
    assert layertui("gc", store=store_folder).ok().lines == ["Total reclaimed space: 0B"]
    stray = store_folder / "blobs" / "sha256" / ("0" * 64)
    stray.write_bytes(b"x" * 2000)
    assert layertui("gc", "--dry-run", store=store_folder).ok().lines[-1] == "Reclaimable space: 2kB"
    assert stray.exists()
    assert layertui("gc", "--json", store=store_folder).ok().json == {
        "deleted": [f"sha256:{'0' * 64}"],
        "temporary": 0,
        "size": 2000,
    }
    assert not stray.exists()
    assert blob.exists()


def test_df(blob, store_folder):
    header, *rows = layertui("df", store=store_folder).ok().lines
    assert header.split() == ["TYPE", "TOTAL", "ACTIVE", "SIZE", "RECLAIMABLE"]
    assert rows[0].split()[:3] == ["Images", "1", "0"]
    found = layertui("df", "--json", store=store_folder).ok().json
    assert found["images"]["count"] == 1
    assert found["images"]["size"] > 5000
    assert found["containers"] == {"count": 0, "active": 0, "size": 0, "reclaimable": 0}


def test_demo_can_be_asked_for_again():
    first = layertui("demo", "--no-ui", "--json").ok().json
    assert [row["tags"] for row in first] == [["busybox:latest"], ["demo:1.0"], ["demo:2.0"]]
    assert layertui("demo", "--no-ui", "--json").ok().json == first
    assert len(layertui("layers", "--json", "demo:1.0").ok().json) == 5
    assert layertui("compare", "--json", "demo:1.0", "demo:2.0").ok().json["base"]["layers"] == 2
    refused = layertui("demo").failed(1)
    assert refused.err == "error: the screen needs a terminal; `layertui demo --no-ui` only adds the images\n"


def test_the_demo_takes_no_name_from_an_image_of_the_users(tmp_path):
    own = DEMO.tagged("busybox:latest")
    layertui("load", docker_archive(own, tmp_path / "own.tar")).ok()
    layertui("demo", "--no-ui").ok()
    assert layertui("inspect", "busybox").ok().json[0]["Id"] == own.id
