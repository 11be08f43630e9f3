"""A catalog brought up to date: what is new is read once, what is unchanged costs one HEAD, what is broken stops nothing else."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from builders import digest_of, docker_archive, file, image, layer, oci_layout
from builders.images import BuiltIndex
from catalog_stage import InlineRunner, asked, family, fill, need_extra, own_settings
from layertui.core.errors import Cancelled, NotFound, NotOurs
from layertui.core.inspector import Inspector
from layertui.core.progress import Progress
from layertui.core.settings import Settings
from registry_faults import faulty_registry, status

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("extra")]

BASE = layer([file("etc/os-release", "ID=base\n")])


@pytest.fixture
def extra():
    need_extra()


@pytest.fixture
def settings(tmp_path):
    return own_settings(tmp_path)


def images_of(place):
    with asked(place) as database:
        return {row["image"]: row["digest"] for row in database.rows("SELECT image, digest FROM images")}


def count(place, table):
    with asked(place) as database:
        return database.rows(f"SELECT count(*) AS n FROM {table}")[0]["n"]


def test_each_layer_is_read_once_whatever_images_have_it(settings, tmp_path):
    made = family(3, 10)
    folder = tmp_path / "archives"
    folder.mkdir()
    for number, one in enumerate(made):
        docker_archive(one, folder / f"{number}.tar")
    runner = InlineRunner()
    answer = fill(tmp_path / "c", folder, settings=settings, runner=runner)
    layers = [task.key for task in runner.done if task.kind == "layer"]
    assert sorted(layers) == sorted({digest for one in made for digest in one.diff_ids})
    assert (answer.images, answer.layers, answer.problems) == (10, len(layers), [])
    again = fill(tmp_path / "c", folder, settings=settings)
    assert (again.images, again.unchanged, again.layers) == (0, 10, 0)
    (folder / "3.tar").unlink()
    gone = fill(tmp_path / "c", folder, settings=settings)
    assert (gone.gone, gone.unchanged) == (1, 9)
    assert str(folder / "3.tar") not in images_of(tmp_path / "c")
    assert count(tmp_path / "c", "images_log") == 11


def test_no_digest_is_made_up_for_an_image_without_a_manifest(settings, tmp_path):
    """As docker's classic store and `docker save` of docker 20 have it: its ID stands for it."""
    built = image([BASE], tags=["shop:1"])
    archive = docker_archive(built, tmp_path / "old.tar", old=True)
    place, store = tmp_path / "store" / "catalog", tmp_path / "store"
    fill(place, archive, settings=settings)
    assert images_of(place) == {str(archive): built.id}
    assert fill(place, archive, settings=settings).unchanged == 1
    with Inspector(Settings(store, engine="catalog")) as inspector:
        (listed,) = inspector.engine.images.list()
        assert (listed.id, listed.digest) == (built.id, None)
        opened = inspector.open(built.id).image
        assert (opened.manifest_is_made, opened.repo_digests) == (True, ())


def test_an_unchanged_manifest_costs_one_head(settings, tmp_path):
    with faulty_registry() as registry:
        for number, one in enumerate(family(4, 6)):
            registry.put_image(f"team/app{number % 2}", str(number), one)
        registry.put_image("other/app", "1", image([BASE]))
        source = f"docker://{registry.host}/team/*"
        first = fill(tmp_path / "c", source, settings=settings)
        assert (first.images, first.problems) == (6, [])
        registry.asked.clear()
        again = fill(tmp_path / "c", source, settings=settings)
        assert (again.images, again.unchanged) == (0, 6)
        manifests = [one.method for one in registry.asked if "/manifests/" in one.path]
        assert manifests == ["HEAD"] * 6
        assert not [one for one in registry.asked if "/blobs/" in one.path]
        moved = image([BASE, layer([file("new", "new")])])
        registry.put_image("team/app0", "0", moved)
        changed = fill(tmp_path / "c", source, settings=settings)
        assert (changed.images, changed.unchanged, changed.layers) == (1, 5, 2)
        assert images_of(tmp_path / "c")[f"docker://{registry.host}/team/app0:0"] == moved.digest


def test_tags_by_glob_and_each_platform(settings, tmp_path):
    arm = image([BASE, layer([file("arm", "arm")])], architecture="arm64")
    amd = image([BASE, layer([file("amd", "amd")])])
    with faulty_registry() as registry:
        registry.put_image("app", "2.0", BuiltIndex((amd, arm)))
        registry.put_image("app", "1.0", image([BASE]))
        answer = fill(tmp_path / "c", f"docker://{registry.host}/app:2.*", settings=settings)
        name = f"docker://{registry.host}/app:2.0"
        assert images_of(tmp_path / "c") == {name: amd.digest, f"{name}@{arm.digest}": arm.digest}
        assert answer.layers == 3
        assert fill(tmp_path / "c", f"docker://{registry.host}/app:2.*", settings=settings).unchanged == 1


def test_a_broken_layer_is_reported_and_the_rest_is_complete(settings, tmp_path):
    good, bad = image([BASE, layer([file("good", "1")])]), image([BASE, layer([file("bad", "2" * 1000)])])
    with faulty_registry() as registry:
        registry.put_image("good", "1", good)
        registry.put_image("bad", "1", bad)
        registry.blobs[digest_of(bad.stored[-1])] = b"x" * len(bad.stored[-1])
        answer = fill(tmp_path / "c", f"docker://{registry.host}/*", settings=settings)
        assert answer.images == 1
        assert len(answer.problems) == 1
        assert "bad" in answer.problems[0]
        assert list(images_of(tmp_path / "c")) == [f"docker://{registry.host}/good:1"]
        registry.keep(*bad.stored)
        mended = fill(tmp_path / "c", f"docker://{registry.host}/*", settings=settings)
        assert (mended.images, mended.unchanged, mended.layers, mended.problems) == (1, 1, 1, [])


def test_a_registry_that_is_busy_is_asked_again(settings, tmp_path):
    with faulty_registry() as registry:
        registry.put_image("app", "1", image([BASE]))
        registry.fault("/manifests/", status(429, {"Retry-After": "0"}), status(500))
        registry.fault("/blobs/", status(500), status(429, {"Retry-After": "0"}))
        answer = fill(tmp_path / "c", f"docker://{registry.host}/*", settings=settings)
        assert (answer.images, answer.problems) == (1, [])


def test_a_run_that_is_stopped_keeps_what_it_has_and_is_taken_up(settings, tmp_path):
    folder = tmp_path / "archives"
    folder.mkdir()
    made = family(5, 8)
    for number, one in enumerate(made):
        docker_archive(one, folder / f"{number}.tar")
    with pytest.raises(Cancelled):
        fill(tmp_path / "c", folder, settings=settings, runner=InlineRunner(most=7), progress=Progress())
    assert 0 < count(tmp_path / "c", "layers") <= 7
    runner = InlineRunner()
    answer = fill(tmp_path / "c", folder, settings=settings, runner=runner)
    assert answer.problems == []
    assert len(images_of(tmp_path / "c")) == 8
    every = {digest for one in made for digest in one.diff_ids}
    assert count(tmp_path / "c", "layers") == len(every)


def test_two_that_add_at_the_same_time_lose_nothing(settings, tmp_path):
    folders = []
    for seed in range(4):
        folder = tmp_path / f"archives{seed}"
        folder.mkdir()
        for number, one in enumerate(family(seed, 4)):
            docker_archive(one, folder / f"{number}.tar")
        folders.append(folder)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda folder: fill(tmp_path / "c", folder, settings=settings), folders))
    assert [answer.problems for answer in answers] == [[]] * 4
    assert len(images_of(tmp_path / "c")) == 16
    assert count(tmp_path / "c", "images") == 16


def test_many_small_files_are_merged_and_the_answers_stay(settings, tmp_path):
    from layertui.core.catalog.adding.record_files import compact
    from layertui.core.catalog.storage.catalog_files import catalog_files
    from layertui.core.catalog.storage.catalog_state import TABLES, read_state

    folder = tmp_path / "archives"
    folder.mkdir()
    for number, one in enumerate(family(6, 40)):
        docker_archive(one, folder / f"{number:02}.tar")
    fill(tmp_path / "c", folder, settings=settings)
    files = catalog_files(str(tmp_path / "c"))
    state = read_state(files)
    assert len(state.of("files")) == 1  # more than 32 were merged at once
    with asked(tmp_path / "c") as reader:  # has its state from before
        before = {table: reader.rows(f"SELECT count(*) AS n FROM {table}") for table in ("files", "hidden", "images")}
        compact(files, Progress())
        after = read_state(files)
        assert all(len(after.of(table)) <= 1 for table in TABLES)
        for table, rows in before.items():
            assert reader.rows(f"SELECT count(*) AS n FROM {table}") == rows
            with asked(tmp_path / "c") as newer:
                assert newer.rows(f"SELECT count(*) AS n FROM {table}") == rows


def test_a_layout_a_name_and_an_engine(settings, tmp_path):
    from command_line import layertui

    docker_archive(image([BASE], tags=["mine:1"]), tmp_path / "mine.tar")
    layertui("load", tmp_path / "mine.tar", store=settings.store).ok()
    fill(tmp_path / "c", "mine:1", settings=settings)
    assert list(images_of(tmp_path / "c")) == ["mine:1"]
    fill(tmp_path / "d", "embedded", settings=settings)
    assert list(images_of(tmp_path / "d")) == ["mine:1"]
    layout = oci_layout([image([BASE], tags=["a:1"]), image([layer([file("b")])], tags=["b:1"])], tmp_path / "layout")
    fill(tmp_path / "e", layout, settings=settings)
    assert len(images_of(tmp_path / "e")) == 2
    with pytest.raises(NotFound):
        fill(tmp_path / "c", "nothing:1", settings=settings)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can have a folder of somebody else")
def test_a_catalog_of_another_user_is_only_read(settings, tmp_path):
    docker_archive(image([BASE]), tmp_path / "one.tar")
    fill(tmp_path / "c", tmp_path / "one.tar", settings=settings)
    os.chown(tmp_path / "c", 65534, 65534)
    assert len(images_of(tmp_path / "c")) == 1
    with pytest.raises(NotOurs):
        fill(tmp_path / "c", tmp_path / "one.tar", settings=settings)


@pytest.mark.parametrize("merges", [False, True])
def test_what_another_process_adds_meanwhile_is_there_once(settings, tmp_path, merges):
    from layertui.core.catalog.adding.record_files import compact
    from layertui.core.catalog.storage.catalog_files import catalog_files

    # Both read the same layers, as neither had recorded them when the other looked.
    place, folder = tmp_path / "c", tmp_path / "archives"
    folder.mkdir()
    for number, one in enumerate(family(5, 4)):
        docker_archive(one, folder / f"{number}.tar")

    class Overtaken(InlineRunner):
        def run(self, next_task, progress):
            for number, result in enumerate(super().run(next_task, progress)):
                if not number:
                    assert fill(place, folder, settings=settings).images == 4
                    if merges:
                        compact(catalog_files(str(place)), Progress())
                yield result

    answer = fill(place, folder, settings=settings, runner=Overtaken())
    assert (answer.images, answer.problems) == (4, [])
    fill(tmp_path / "alone", folder, settings=settings)
    tables = ("files", "contents", "layers", "stacks", "hidden", "linked", "packages", "owned", "images")
    assert {one: count(place, one) for one in tables} == {one: count(tmp_path / "alone", one) for one in tables}


def test_an_archive_that_was_written_anew_is_opened_again(settings, tmp_path):
    """A worker lives longer than a run, and remembers what it has open."""
    (one,) = family(9, 1)
    docker_archive(one, tmp_path / "one.tar")
    assert fill(tmp_path / "c", tmp_path / "one.tar", settings=settings).images == 1
    docker_archive(one, tmp_path / "one.tar", compress="gzip")
    answer = fill(tmp_path / "other", tmp_path / "one.tar", settings=settings)
    assert (answer.images, answer.problems) == (1, [])


def test_the_small_files_of_the_end_are_merged_by_the_workers(settings, tmp_path, monkeypatch):
    from layertui.core.catalog.storage.catalog_files import catalog_files
    from layertui.core.catalog.storage.catalog_state import read_state

    monkeypatch.setattr("layertui.core.catalog.adding.merge_plan.MOST_SMALL", 3)
    folder = tmp_path / "archives"
    folder.mkdir()
    for number, one in enumerate(family(5, 6)):
        docker_archive(one, folder / f"{number}.tar")
    runner, said = InlineRunner(), []
    progress = Progress(report=lambda state: said.append(state.what))
    answer = fill(tmp_path / "c", folder, settings=settings, runner=runner, progress=progress)
    assert (answer.images, answer.problems) == (6, [])
    merged = [task.key for task in runner.done if task.kind == "merge"]
    assert {"files", "contents"} <= {*merged}
    assert len(merged) == len({*merged})
    assert [task.kind for task in runner.done[-len(merged) :]] == ["merge"] * len(merged)
    assert len(read_state(catalog_files(str(tmp_path / "c"))).of("files")) == 1
    assert any(what.startswith("merging ") and "files" in what for what in said)
    fill(tmp_path / "other", folder, settings=settings)
    for table in ("files", "contents", "layers", "stacks", "hidden", "packages", "images"):
        assert count(tmp_path / "c", table) == count(tmp_path / "other", table)
