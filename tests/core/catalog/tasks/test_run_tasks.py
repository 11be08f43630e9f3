"""Tasks in processes of this machine and on a Dask cluster: the same rows, whoever dies meanwhile."""

import os
import signal

import pytest

from builders import digest_of, docker_archive, file, image, layer
from catalog_stage import InlineRunner, asked, family, fill, need_extra, own_settings
from dask_cluster import cluster, dask, kill_after
from layertui.core.catalog.storage.catalog_files import catalog_files
from layertui.core.errors import Unreachable
from registry_faults import faulty_registry

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("extra")]

TABLES = ("files", "contents", "layers", "stacks", "hidden", "linked", "owned", "packages")


@pytest.fixture
def extra():
    need_extra()


@pytest.fixture
def settings(tmp_path):
    return own_settings(tmp_path)


@pytest.fixture
def archives(tmp_path):
    folder = tmp_path / "archives"
    folder.mkdir()
    for number, one in enumerate(family(8, 12)):
        docker_archive(one, folder / f"{number:02}.tar")
    return folder


def all_rows(place):
    """Every row of every table that tasks write."""
    with asked(place) as database:
        rows = {}
        for table in TABLES:
            found = database.rows(f"SELECT * FROM {table}")
            rows[table] = sorted(repr({key: value for key, value in row.items() if key != "added"}) for row in found)
        return rows


def test_processes_write_what_this_one_does(settings, archives, tmp_path):
    from layertui.core.catalog.tasks.run_tasks import LocalRunner

    fill(tmp_path / "a", archives, settings=settings)
    answer = fill(tmp_path / "b", archives, settings=settings, runner=LocalRunner(2))
    assert answer.problems == []
    assert all_rows(tmp_path / "a") == all_rows(tmp_path / "b")


@pytest.mark.parametrize("workers", [0, 2])
def test_small_files_are_merged_while_more_are_added(settings, archives, tmp_path, monkeypatch, workers):
    from layertui.core.catalog.adding import add_images
    from layertui.core.catalog.adding.merge_plan import MergePlan
    from layertui.core.catalog.storage import merge_files
    from layertui.core.catalog.storage.catalog_state import read_state
    from layertui.core.catalog.tasks.run_tasks import LocalRunner

    fill(tmp_path / "a", archives, settings=settings)
    monkeypatch.setattr(add_images, "_COMMIT_AT", 3)
    monkeypatch.setattr(merge_files, "_MOST_WHILE_ADDING", 9)
    merged = []
    take = MergePlan.take

    def noted(merges, result):
        take(merges, result)
        merged.append((result.task.key, result.error, len(read_state(merges._files).of("files"))))

    monkeypatch.setattr(MergePlan, "take", noted)
    answer = fill(tmp_path / "b", archives, settings=settings, runner=LocalRunner(workers) if workers else None)
    assert (answer.images, answer.problems) == (12, [])
    assert {error for _, error, _ in merged} == {""}
    assert "files" in {table for table, _, _ in merged}
    if not workers:  # else some come while a merge waits
        assert max(files for _, _, files in merged) <= 9 + 3
    state = read_state(catalog_files(str(tmp_path / "b")))
    assert len(state.of("files")) < answer.layers
    assert all_rows(tmp_path / "a") == all_rows(tmp_path / "b")


def test_a_merge_that_fails_loses_nothing(settings, archives, tmp_path, monkeypatch):
    from layertui.core.catalog.adding import add_images
    from layertui.core.catalog.storage import merge_files
    from layertui.core.catalog.tasks.task_values import TaskResult

    fill(tmp_path / "a", archives, settings=settings)
    monkeypatch.setattr(add_images, "_COMMIT_AT", 3)
    monkeypatch.setattr(merge_files, "_MOST_WHILE_ADDING", 9)
    failed = []

    class NoMerges(InlineRunner):
        def run(self, next_task, progress):
            def others():
                while (task := next_task()) is not None and task.kind == "merge":
                    failed.append(TaskResult(task, {}, {}, error="no space", may_pass=True))
                return task

            for result in super().run(others, progress):
                yield from failed[-1:]
                yield result

    answer = fill(tmp_path / "b", archives, settings=settings, runner=NoMerges())
    assert failed
    assert (answer.images, answer.problems) == (12, [])
    assert all_rows(tmp_path / "a") == all_rows(tmp_path / "b")


def test_a_process_that_is_killed_is_started_again(settings, archives, tmp_path):
    from layertui.core.catalog.tasks.run_tasks import LocalRunner

    class Killing(LocalRunner):
        """Kills one of its processes after the first result."""

        killed = 0

        def _run(self, pool, *others):
            for result in super()._run(pool, *others):
                yield result
                if not self.killed:
                    self.killed = next(iter(pool._processes))
                    os.kill(self.killed, signal.SIGKILL)

    runner = Killing(2)
    answer = fill(tmp_path / "b", archives, settings=settings, runner=runner)
    assert runner.killed
    assert (answer.images, answer.problems) == (12, [])
    fill(tmp_path / "a", archives, settings=settings)
    assert all_rows(tmp_path / "a") == all_rows(tmp_path / "b")


def test_a_layer_that_ends_its_process_each_time_is_one_problem(settings, tmp_path):
    from layertui.core.catalog.tasks.run_tasks import LocalRunner, ended

    folder = tmp_path / "archives"
    folder.mkdir()
    docker_archive(image([layer([file("a")])]), folder / "a.tar")

    class Dying(InlineRunner):
        def run(self, next_task, progress):
            while (task := next_task()) is not None:
                yield ended(task)

    answer = fill(tmp_path / "c", folder, settings=settings, runner=Dying())
    assert len(answer.problems) == 1
    assert "ended 3 times" in answer.problems[0]
    assert answer.images == 0
    assert fill(tmp_path / "c", folder, settings=settings, runner=LocalRunner(1)).images == 1


# ---------------------------------------------------------------- Dask


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_writes_what_this_process_does_and_a_worker_may_die(settings, tmp_path):
    with faulty_registry() as registry, cluster(tmp_path) as (address, workers):
        for number, one in enumerate(family(9, 20)):
            registry.put_image(f"team/app{number % 3}", str(number), one)
        source = f"docker://{registry.host}/team/*"
        fill(tmp_path / "a", source, settings=settings)
        runner = dask(address)
        kill_after(runner, workers[0], 3)
        try:
            answer = fill(tmp_path / "b", source, settings=settings, runner=runner)
        finally:
            runner.close()
        assert workers[0].wait(10)
        assert (answer.images, answer.problems) == (20, [])
        assert all_rows(tmp_path / "a") == all_rows(tmp_path / "b")


@pytest.mark.filterwarnings("ignore")
def test_a_layer_is_fetched_once_whichever_workers_do_its_stacks(settings, tmp_path):
    made = family(4, 24)
    stored = {digest_of(blob) for one in made for blob in one.stored}
    with faulty_registry() as registry, cluster(tmp_path) as (address, _):
        for number, one in enumerate(made):
            registry.put_image(f"team/app{number % 3}", str(number), one)
        runner = dask(address)
        try:
            answer = fill(tmp_path / "c", f"docker://{registry.host}/team/*", settings=settings, runner=runner)
        finally:
            runner.close()
        asked_for = [one.path.rpartition("/")[2] for one in registry.asked if one.method == "GET"]
    assert (answer.images, answer.problems) == (24, [])
    assert sorted(one for one in asked_for if one in stored) == sorted(stored)


def test_a_layer_that_the_catalog_does_not_keep_is_read_again(settings, archives, tmp_path):
    from layertui.core.catalog.storage.kept_layers import kept_layer

    fill(tmp_path / "a", archives, settings=settings)
    kept = sorted((tmp_path / "a/kept").iterdir())

    class Forgetting(InlineRunner):
        """Of half of the layers a catalog of an older version keeps nothing, and one is damaged."""

        def run(self, next_task, progress):
            for number, result in enumerate(super().run(next_task, progress)):
                if result.task.kind == "layer" and number % 2:
                    name = next(path.name for path in kept if result.task.key[7:] in path.name)
                    path = tmp_path / "b/kept" / name
                    path.write_bytes(path.read_bytes()[:-9]) if number % 3 else path.unlink()
                yield result

    answer = fill(tmp_path / "b", archives, settings=settings, runner=Forgetting())
    assert answer.problems == []
    assert all_rows(tmp_path / "a") == all_rows(tmp_path / "b")
    assert sorted((tmp_path / "b/kept").iterdir()) == [tmp_path / "b/kept" / path.name for path in kept]
    files = catalog_files(str(tmp_path / "b"))
    assert all(kept_layer(files, "sha256:" + path.stem.removeprefix("sha256-")) is not None for path in kept)


def test_no_scheduler_is_one_line():
    from layertui.core.catalog.tasks import dask_tasks

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dask_tasks, "_PATIENCE", 1)
        with pytest.raises(Unreachable, match=r"Dask scheduler tcp://127.0.0.1:1"):
            dask("tcp://127.0.0.1:1")
