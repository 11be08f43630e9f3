"""A catalog of a real registry with three hundred images, some of them where a run is a sample, and one in an object store."""

import os
import random
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

import pytest

import sampling
from builders import digest_of, docker_archive, file, image, layer
from builders.images import BuiltIndex
from catalog_stage import asked, family, fill, need_extra, own_settings
from dask_cluster import cluster, dask, kill_after
from layertui.core.analysis.search.file_query import FileQuery
from layertui.core.analysis.search.globs import Glob
from layertui.core.inspector import Inspector
from layertui.core.inspector.find_files import find_files
from layertui.core.progress import Progress

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("extra")]


@pytest.fixture
def extra():
    need_extra()


PUSHED = set()


def push(host, repository, tag, built):
    """Put an image into a registry, as the specification says: blobs that are not there, then the manifest."""

    def send(method, url, body=None, media_type="application/octet-stream"):
        request = urllib.request.Request(url, body, {"Content-Type": media_type}, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.headers

    root = f"http://{host}/v2/{repository}"
    images = built.images if isinstance(built, BuiltIndex) else [built]
    for one in images:
        for blob in (*one.stored, one.config):
            if (host, repository, blob) in PUSHED:
                continue
            PUSHED.add((host, repository, blob))
            place = send("POST", f"{root}/blobs/uploads/", b"")["Location"]
            place = place if place.startswith("http") else f"http://{host}{place}"
            send("PUT", f"{place}{'&' if '?' in place else '?'}digest={digest_of(blob)}", blob)
        name = one.digest if one is not built else tag
        send("PUT", f"{root}/manifests/{name}", one.manifest, "application/vnd.oci.image.manifest.v1+json")
    if isinstance(built, BuiltIndex):
        send("PUT", f"{root}/manifests/{tag}", built.index, "application/vnd.oci.image.index.v1+json")


@pytest.mark.oracle
def test_three_hundred_images_of_a_registry(registry, tmp_path):
    from layertui.core.catalog.tasks.run_tasks import LocalRunner

    count = 60 if sampling.seed() else 300
    made = family(300, count)
    for number, built in enumerate(made):
        push(registry.host, f"team/app{number % 20}", f"1.{number}", built)
    settings, source = own_settings(tmp_path), f"docker://{registry.host}/team/*"
    answer = fill(tmp_path / "c", source, settings=settings, runner=LocalRunner(2))
    assert (answer.images, answer.problems) == (count, [])
    assert answer.layers == len({digest for built in made for digest in built.diff_ids})
    again = fill(tmp_path / "c", source, settings=settings)
    assert (again.images, again.unchanged, again.layers) == (0, count, 0)
    with asked(tmp_path / "c") as database:
        (row,) = database.rows("SELECT count(DISTINCT image) AS images, count(DISTINCT chain_id) AS stacks FROM images")
    assert row == {"images": count, "stacks": len({built.chain_ids[-1] for built in made})}


@pytest.mark.oracle
@pytest.mark.filterwarnings("ignore")
def test_a_registry_read_by_a_cluster_into_an_object_store(registry, tmp_path, monkeypatch):
    """All real parts at once: several tags and two platforms, a worker that is killed, and a layer that is broken until the second run."""
    from layertui.core.catalog.questions.find_paths import CatalogQuery, find_paths

    dice = random.Random(304)
    images, repositories, indexes, until_killed = (24, 6, 5, 12) if sampling.seed() else (310, 20, 15, 60)
    made = family(304, images)
    tags = {(f"all/app{number % repositories}", f"1.{number}"): one for number, one in enumerate(made)}
    tags |= {(f"all/app{number}", "latest"): made[-number] for number in range(repositories)}
    for number in range(indexes):
        both = (
            image(made[number].layers),
            image([*made[number].layers, layer([file("arm", str(number))])], architecture="arm64"),
        )
        tags["all/both", f"2.{number}"] = BuiltIndex(both)
    for (repository, tag), one in tags.items():
        push(registry.host, repository, tag, one)
    bad = image([*made[0].layers, layer([file("srv/bad", dice.randbytes(3000))])])
    push(registry.host, "all/bad", "1", bad)
    hexed = digest_of(bad.stored[-1]).partition(":")[2]
    (blob,) = registry.folder.rglob(f"{hexed}/data")
    whole = blob.read_bytes()
    blob.write_bytes(bytes(len(whole)))
    count = len(tags) + indexes
    settings, source, place = own_settings(tmp_path), f"docker://{registry.host}/all/*", "s3://bucket/catalog"
    with object_store(monkeypatch) as address, cluster(tmp_path) as (scheduler, workers):
        urllib.request.urlopen(urllib.request.Request(f"{address}/bucket", method="PUT"), timeout=30).close()
        runner = dask(scheduler)
        kill_after(runner, workers[0], until_killed)
        try:
            answer = fill(place, source, settings=settings, runner=runner)
        finally:
            runner.close()
        assert workers[0].wait(10)
        assert len(answer.problems) == 1
        assert "all/bad" in answer.problems[0]
        assert answer.images == count
        blob.write_bytes(whole)
        runner = dask(scheduler)
        try:
            again = fill(place, source, settings=settings, runner=runner)
        finally:
            runner.close()
        assert (again.images, again.unchanged, again.layers, again.problems) == (1, len(tags), 1, [])
        every = {
            one
            for built in [*tags.values(), bad]
            for each in getattr(built, "images", [built])
            for one in each.diff_ids
        }
        with asked(place) as database:
            assert database.texts("SELECT diff_id FROM layers") == every
            assert len(database.texts("SELECT image FROM images")) == count + 1
            for image_name in sorted(dice.sample(sorted(database.texts("SELECT image FROM images")), 6)):
                named = image_name.partition("@")[2]
                name = (
                    f"{image_name.rpartition(':')[0].partition('@')[0].rpartition(':')[0]}@{named}"
                    if named
                    else image_name
                )
                query = FileQuery(name=Glob("*[a-f]*"), hidden=True)
                mine = [
                    row[1:4]
                    for row in find_paths(database, CatalogQuery(query, images=Glob(image_name.replace("[", "?"))))
                ]
                with Inspector(settings) as inspector:
                    (found,) = find_files(inspector, query, [name], progress=Progress())
                    theirs = [(one.path, one.kind.word, one.mode) for one, _ in found.files.entries()]
                assert mine == theirs
                assert mine


@contextmanager
def object_store(monkeypatch):
    """An S3 of moto in a process of its own; its address, and the variables that lead its clients there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ},
    )
    try:
        until = time.monotonic() + 60
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert time.monotonic() < until
            time.sleep(0.1)
        address = f"http://127.0.0.1:{port}"
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ann")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a secret")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        import s3fs

        s3fs.S3FileSystem.clear_instance_cache()  # fsspec keeps the client of another test, and with it that address
        yield address
    finally:
        server.terminate()
        server.wait(20)


@pytest.mark.filterwarnings("ignore")
def test_a_catalog_in_an_object_store(tmp_path, monkeypatch):
    from layertui.core.catalog.storage.catalog_files import catalog_files
    from layertui.core.catalog.storage.catalog_state import CatalogState, read_state, write_state
    from layertui.core.errors import Conflict

    folder = tmp_path / "archives"
    folder.mkdir()
    for number, built in enumerate(family(31, 6)):
        docker_archive(built, folder / f"{number}.tar")
    settings = own_settings(tmp_path)
    with object_store(monkeypatch) as address:
        urllib.request.urlopen(urllib.request.Request(f"{address}/bucket", method="PUT"), timeout=30).close()
        place = "s3://bucket/some/catalog"
        answer = fill(place, folder, settings=settings)
        assert (answer.images, answer.problems) == (6, [])
        assert fill(place, folder, settings=settings).unchanged == 6
        fill(tmp_path / "c", folder, settings=settings)
        for table in ("files", "contents", "hidden", "packages"):
            query = f"SELECT * FROM {table} ORDER BY ALL"
            with asked(place) as there, asked(tmp_path / "c") as here:
                assert there.rows(query) == here.rows(query)
        files = catalog_files(place)
        state = read_state(files)
        with pytest.raises(Conflict):
            write_state(files, CatalogState(state.number, state.files))
