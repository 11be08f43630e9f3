"""What is kept between runs: mapped, bounded, remade where it is damaged, and shared by processes."""

import mmap
import os
import subprocess
import sys

import pytest

from builders import docker_archive, file, folder, image, layer
from layertui.core.layers.cache import cache_files as module
from layertui.core.layers.cache.cache_files import Cache
from layertui.core.layers.cache.catalog import Catalog

from .test_catalog import Blob

TAR = layer([folder("d"), *(file(f"d/{number}", b"x" * number) for number in range(40))])


def table(tar=TAR):
    return Catalog(None).table(Blob(tar))


def test_a_kept_table_is_mapped_not_read(tmp_path):
    cache = Cache(tmp_path)
    cache.keep_table("key", table())
    base = cache.table("key").size_of
    while getattr(base, "base", None) is not None:
        base = base.base
    assert isinstance(base.obj if isinstance(base, memoryview) else base, mmap.mmap)


def test_what_was_used_longest_ago_goes_first(tmp_path, monkeypatch):
    cache = Cache(tmp_path)
    for number in range(4):
        cache.keep_table(f"{number}", table())
        os.utime(cache._path(f"{number}", "table"), ns=(0, number * 10**9))
    assert cache.table("0") is not None  # used now
    size = cache._path("0", "table").stat().st_size
    monkeypatch.setattr(module, "LIMIT", 2 * size)
    cache.trim()
    assert [cache.has_table(f"{number}") for number in range(4)] == [True, False, False, True]


@pytest.mark.parametrize(
    "damage", [lambda whole: whole[: len(whole) // 2], lambda whole: whole[:-1] + b"\xff", lambda whole: b""]
)
def test_damaged_files_of_every_kind_are_remade(tmp_path, damage):
    blobs = [Blob(source="a"), Blob(TAR, source="b")]
    first = Catalog(tmp_path).counts(blobs, proven=True)
    kinds = {path.suffix for path in tmp_path.iterdir()}
    assert kinds == {".table", ".stack", ".counts", ".proven"}
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    for path, whole in before.items():
        path.write_bytes(damage(whole))
    assert Catalog(tmp_path).counts(blobs, proven=True) == first
    for path, whole in before.items():
        if path.suffix in (".stack", ".counts", ".proven"):
            assert path.read_bytes() == whole


PROCESS = """
import sys
from pathlib import Path
from layertui.core.inspector import Inspector
from layertui.core.layers import cache
from layertui.core.settings import Settings

cache.LIMIT = 40_000
for number in range(30):
    with Inspector(Settings(Path(sys.argv[1]))) as inspector:
        subject = inspector.open(sys.argv[2 + number % 5])
        assert [did.entries for did in inspector.layers(subject, verify=True)] == [51]
        assert len(inspector.view(subject)) == 51
"""


@pytest.mark.slow
def test_several_processes_keep_use_and_trim_at_once(tmp_path):
    archives = []
    for number in range(5):
        entries = [folder("d"), *(file(f"d/{number}-{name}") for name in range(50))]
        archives.append(docker_archive(image([layer(entries)]), tmp_path / f"{number}.tar"))
    argv = [sys.executable, "-c", PROCESS, str(tmp_path / "store"), *map(str, archives)]
    running = [subprocess.Popen(argv, stderr=subprocess.PIPE) for _ in range(3)]
    for process in running:
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said.decode()
    kept = list((tmp_path / "store/cache").iterdir())
    assert 0 < sum(path.stat().st_size for path in kept) <= 2 * 40_000
    assert not [path for path in kept if path.name.startswith(".tmp-")]
