"""What a catalog keeps of each layer besides its rows, a file each: the table, and what its package databases say.

With it the stacks of an image are laid out on any machine, and its packages found, without reading a layer again. No state names these
files: each is known by the DiffID of its layer, of which every byte was verified. Where one is missing the layer is read.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa

from layertui.core.analysis.packages.layer_databases import LayerDatabases
from layertui.core.catalog.storage.catalog_files import file_name
from layertui.core.errors import NotFound
from layertui.core.fs.reader import read_fully
from layertui.core.layers.table.layer_table import LayerTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertui.core.catalog.storage.catalog_files import CatalogFiles

_MAGIC = b"LTK1"
_NUMBER = 8  # bytes of each of the four lengths: of the table and of the databases, packed and unpacked
_HEAD = len(_MAGIC) + 4 * _NUMBER
_MOST = (
    1 << 30,
    256 << 20,
)  # bytes of the table, which is ours, and of the databases, which may be anybody's; unpacked


class KeptLayer(NamedTuple):
    """What is kept of a layer."""

    table: LayerTable
    databases: LayerDatabases


def put_layer(files: CatalogFiles, diff_id: str, layer: KeptLayer) -> None:
    """Keep a layer. Raises StorageError."""
    with TemporaryDirectory(prefix="layertui-") as folder:
        path = Path(folder, "table")
        layer.table.save(path, of=diff_id)
        parts = path.read_bytes(), layer.databases.pack()
    if any(len(part) > most for part, most in zip(parts, _MOST, strict=True)):
        return
    packed = [pa.compress(part, codec="zstd", asbytes=True) for part in parts]
    lengths = (len(packed[0]), len(packed[1]), len(parts[0]), len(parts[1]))
    head = _MAGIC + b"".join(length.to_bytes(_NUMBER, "little") for length in lengths)
    files.put(_name(diff_id), lambda out: out.write(head + packed[0] + packed[1]))


def kept_layer(files: CatalogFiles, diff_id: str) -> KeptLayer | None:
    """A layer; None where it is not kept, or damaged. For a catalog of our own: what is in the table is believed."""
    parts = _parts(files, diff_id, (0, 1))
    if parts is None:
        return None
    with TemporaryDirectory(prefix="layertui-") as folder:  # removed at once: what is mapped stays until it is closed
        path = Path(folder, "table")
        path.write_bytes(parts[0])
        table = LayerTable.load(path, of=diff_id)
    databases = LayerDatabases.unpack(parts[1])
    return None if table is None or databases is None else KeptLayer(table, databases)


def kept_databases(files: CatalogFiles, diff_id: str) -> LayerDatabases | None:
    """What the databases of a layer say; None where it is not kept, or damaged. The catalog may be anybody's."""
    parts = _parts(files, diff_id, (1,))
    return None if parts is None else LayerDatabases.unpack(parts[0])


def _parts(files: CatalogFiles, diff_id: str, numbers: Sequence[int]) -> list[bytes] | None:
    """Parts of the file, unpacked."""
    try:
        with files.open(_name(diff_id)) as file:
            head = read_fully(file.read, _HEAD)
            lengths = [int.from_bytes(head[at : at + _NUMBER], "little") for at in range(len(_MAGIC), _HEAD, _NUMBER)]
            if len(head) < _HEAD or not head.startswith(_MAGIC) or max(lengths) > max(_MOST):
                return None
            found = []
            for number in numbers:
                if max(lengths[number], lengths[2 + number]) > _MOST[number]:
                    return None
                file.seek(_HEAD + number * lengths[0])
                packed = read_fully(file.read, lengths[number])
                found.append(pa.decompress(packed, lengths[2 + number], codec="zstd", asbytes=True))
    except (NotFound, OSError, pa.ArrowException):
        return None
    return found


def _name(diff_id: str) -> str:
    return f"kept/{file_name(diff_id)}.layer"
