"""A catalog of a real registry with three hundred images, and one in an object store."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

import pytest

from builders import digest_of, docker_archive
from catalog_stage import asked, family, fill, need_extra, own_settings

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("extra")]


@pytest.fixture
def extra():
    need_extra()


def push(host, repository, tag, built):
    """Put an image into a registry, as the specification says: blobs that are not there, then the manifest."""

    def send(method, url, body=None, media_type="application/octet-stream"):
        request = urllib.request.Request(url, body, {"Content-Type": media_type}, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.headers

    root = f"http://{host}/v2/{repository}"
    for blob in (*built.stored, built.config):
        place = send("POST", f"{root}/blobs/uploads/", b"")["Location"]
        place = place if place.startswith("http") else f"http://{host}{place}"
        send("PUT", f"{place}{'&' if '?' in place else '?'}digest={digest_of(blob)}", blob)
    send("PUT", f"{root}/manifests/{tag}", built.manifest, "application/vnd.oci.image.manifest.v1+json")


@pytest.mark.oracle
def test_three_hundred_images_of_a_registry(registry, tmp_path):
    from layertui.core.catalog.tasks.run_tasks import LocalRunner

    made = family(300, 300)
    for number, built in enumerate(made):
        push(registry.host, f"team/app{number % 20}", f"1.{number}", built)
    settings, source = own_settings(tmp_path), f"docker://{registry.host}/team/*"
    answer = fill(tmp_path / "c", source, settings=settings, runner=LocalRunner(2))
    assert (answer.images, answer.problems) == (300, [])
    assert answer.layers == len({digest for built in made for digest in built.diff_ids})
    again = fill(tmp_path / "c", source, settings=settings)
    assert (again.images, again.unchanged, again.layers) == (0, 300, 0)
    with asked(tmp_path / "c") as database:
        (row,) = database.rows("SELECT count(DISTINCT image) AS images, count(DISTINCT chain_id) AS stacks FROM images")
    assert row == {"images": 300, "stacks": len({built.chain_ids[-1] for built in made})}


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
