"""What is kept of a layer: it is read back as it was, and anything else in its place is as if nothing were kept."""

import random
import tracemalloc

import pytest

from builders import file
from catalog_stage import need_extra
from layertui.core.catalog.storage.catalog_files import catalog_files
from package_databases import stack_of

pytestmark = pytest.mark.slow

DIFF_ID = "sha256:" + "0" * 64
STATUS = b"Package: busybox\nStatus: install ok installed\nVersion: 1.0\n\n"


@pytest.fixture
def files(tmp_path):
    need_extra()
    files = catalog_files(str(tmp_path / "catalog"))
    files.require_ours()
    return files


@pytest.fixture
def kept(files, tmp_path):
    """One layer with a package database, kept; the path of its file."""
    from layertui.core.analysis.packages.layer_databases import DatabaseNote, LayerDatabases
    from layertui.core.catalog.storage.kept_layers import KeptLayer, put_layer

    databases = LayerDatabases({b"var\x00lib\x00dpkg\x00status": DatabaseNote(len(STATUS), STATUS)})
    put_layer(files, DIFF_ID, KeptLayer(stack_of([file("a", b"a")]).layers[0].table, databases))
    (path,) = (tmp_path / "catalog/kept").iterdir()
    return path


def test_it_is_read_back(files, kept):
    from layertui.core.catalog.storage.kept_layers import kept_databases, kept_layer

    note = kept_databases(files, DIFF_ID).get(b"var\x00lib\x00dpkg\x00status", len(STATUS))
    assert note.content == STATUS
    layer = kept_layer(files, DIFF_ID)
    assert len(layer.table) == 1
    assert kept_databases(files, DIFF_ID.replace("0", "1")) is None


def test_lengths_that_lie_take_no_memory(files, kept):
    from layertui.core.catalog.storage.kept_layers import kept_databases

    whole = kept.read_bytes()
    tracemalloc.start()
    try:
        for at in range(4):
            for lie in (1 << 30, 1 << 40, (1 << 64) - 1, 0, 7):
                kept.write_bytes(whole[: 4 + 8 * at] + lie.to_bytes(8, "little") + whole[12 + 8 * at :])
                found = kept_databases(files, DIFF_ID)
                assert found is None or at == 2, "the table, which is not read here"
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()


def test_a_bomb_is_not_unpacked(files, kept):
    import pyarrow as pa

    from layertui.core.catalog.storage import kept_layers

    length = kept_layers._MOST[1] + 1
    packed = pa.compress(bytes(length), codec="zstd", asbytes=True)
    head = b"".join(one.to_bytes(8, "little") for one in (0, len(packed), 0, length))
    kept.write_bytes(b"LTK1" + head + packed)
    assert kept_layers.kept_databases(files, DIFF_ID) is None


@pytest.mark.parametrize("seed", range(200))
def test_any_bytes_are_databases_or_nothing(files, kept, seed):
    from layertui.core.catalog.storage.kept_layers import kept_databases

    dice = random.Random(seed)
    content = bytearray(kept.read_bytes())
    for _ in range(dice.randint(1, 6)):
        content[dice.randrange(len(content))] = dice.randrange(256)
    if dice.random() < 0.3:
        del content[dice.randrange(len(content)) :]
    kept.write_bytes(content)
    found = kept_databases(files, DIFF_ID)
    assert found is None or hasattr(found, "get")
