"""Does one task: reads a layer or a stack of layers and writes its rows to the catalog, or merges. Runs in whichever process has it."""

from __future__ import annotations

import time
from collections import OrderedDict
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, Any, NoReturn

from layertui.core.catalog.storage.catalog_files import CatalogFiles, catalog_files, file_name
from layertui.core.catalog.tasks.task_values import CatalogTask, TaskResult
from layertui.core.errors import (
    Damaged,
    LayertuiError,
    LimitExceeded,
    NotFound,
    StorageError,
    Unreachable,
    storage_error,
)
from layertui.core.inspector import Inspector
from layertui.core.language.texts import tr
from layertui.core.oci.digest import DiffID, chain_ids
from layertui.core.progress import quiet
from layertui.core.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertui.core.analysis.packages.find_packages import PackagesFound
    from layertui.core.analysis.packages.layer_databases import LayerDatabases
    from layertui.core.catalog.storage.catalog_state import StoredFile
    from layertui.core.catalog.storage.kept_layers import KeptLayer
    from layertui.core.images.image import Layer
    from layertui.core.inspector.subject import Subject
    from layertui.core.layers.stack.stack import Stack
    from layertui.core.layers.table.entry import Entry

_REMEMBERED = 16  # images of a process; the tasks of one image mostly follow each other
_LASTING = (Damaged, LimitExceeded, NotFound)

_lock = Lock()
_inspectors: dict[tuple[str, str], Inspector] = {}
_subjects: OrderedDict[tuple[str, str, str, str], Subject] = OrderedDict()


def do_task(task: CatalogTask) -> TaskResult:
    """Do a task; what goes wrong comes back as one line."""
    begun = time.monotonic()
    was_open = _key(task) in _subjects
    try:
        if task.kind == "merge":
            return TaskResult(task, {task.key: _merged(task)}, {}, time.monotonic() - begun)
        files, row = (_layer if task.kind == "layer" else _stack)(task, catalog_files(task.place))
    except LayertuiError as error:
        if was_open and isinstance(error, Damaged):  # an archive may have been replaced since it was opened
            with _lock:
                _subjects.pop(_key(task), None)
            return do_task(task)
        lasts = isinstance(error, _LASTING) and not isinstance(error, (Unreachable, StorageError))
        return TaskResult(task, {}, {}, time.monotonic() - begun, str(error), not lasts)
    except OSError as error:
        return TaskResult(task, {}, {}, time.monotonic() - begun, str(storage_error(error)), may_pass=True)
    written = {table: [file] for table, file in files.items() if file is not None}
    return TaskResult(task, written, row, time.monotonic() - begun)


def _merged(task: CatalogTask) -> list[StoredFile]:
    from layertui.core.catalog.storage.merge_files import merge

    return list(merge(catalog_files(task.place), task.key, task.small, task.name, quiet()))


def _layer(task: CatalogTask, files: CatalogFiles) -> tuple[dict[str, Any], dict[str, Any]]:
    from layertui.core.catalog.storage.table_schemas import put_table
    from layertui.core.catalog.tasks.table_rows import content_rows, file_rows

    inspector, subject = _opened(task)
    layer = subject.image.layers[task.number - 1]
    (table, _), stack = _read(inspector, layer, files)
    name = file_name(task.key)
    written = {"files": put_table(files, "files", name, file_rows(table, task.key))}
    if task.contents:
        written["contents"] = put_table(files, "contents", name, content_rows(stack, task.key, quiet()))
    row = {"diff_id": task.key, "entries": len(table), "size": table.size, "stored_size": layer.size}
    return written, row


def _read(inspector: Inspector, layer: Layer, files: CatalogFiles) -> tuple[KeptLayer, Stack]:
    """Read a layer, and keep it so that no stack has to read it again; with a stack of it alone."""
    from layertui.core.analysis.packages.read_layer_databases import read_layer_databases
    from layertui.core.catalog.storage.kept_layers import KeptLayer, put_layer

    # Every byte is summed: what is kept under a DiffID counts for all images that have it.
    inspector.catalog.proven_tables([layer], quiet())
    stack = inspector.catalog.stack([layer], quiet())
    kept = KeptLayer(inspector.catalog.table(layer, quiet()), read_layer_databases(stack, quiet()))
    put_layer(files, str(layer.diff_id), kept)
    return kept, stack


def _stack(task: CatalogTask, files: CatalogFiles) -> tuple[dict[str, Any], dict[str, Any]]:
    from layertui.core.analysis.stored_files import stored_files
    from layertui.core.catalog.storage.table_schemas import put_rows, put_table
    from layertui.core.catalog.tasks import stack_rows

    stack, found = _laid_out(task, files)
    diff_ids, name, chain = [*task.diff_ids], file_name(task.key), task.key
    written = {
        "hidden": put_table(files, "hidden", name, stack_rows.hidden_rows(stack, chain)),
        "linked": put_rows(files, "linked", name, stack_rows.linked_rows(stack, chain, diff_ids)),
        "packages": put_rows(files, "packages", name, stack_rows.package_rows(found, chain)),
        "owned": put_table(files, "owned", name, stack_rows.owned_rows(found, chain)),
    }
    copies = stored_files(stack)
    row = {
        "chain_id": chain,
        "diff_ids": diff_ids,
        "chain_ids": [str(one) for one in chain_ids(DiffID.each(diff_ids))],
        "stored": copies.by_layer(copies.layer).tolist()[1:],
        "hidden": copies.by_layer(copies.layer, copies.hidden).tolist()[1:],
        "problems": list(found.problems),
    }
    return written, row


def _laid_out(task: CatalogTask, files: CatalogFiles) -> tuple[Stack, PackagesFound]:
    """A stack of layers and its packages, from what the catalog keeps of these; what it does not is read."""
    from layertui.core.analysis.packages.find_packages import find_packages
    from layertui.core.catalog.storage.kept_layers import kept_layer
    from layertui.core.layers.stack.stack import Stack
    from layertui.core.layers.stack.timeline import StackLayer

    kept = []
    for number, diff_id in enumerate(task.diff_ids):
        layer = kept_layer(files, diff_id)
        if layer is None:  # of an older version's catalog
            inspector, subject = _opened(task)
            layer, _ = _read(inspector, subject.image.layers[number], files)
        kept.append(layer)
    stack = Stack.from_layers([StackLayer(layer.table, _Databases(layer.databases)) for layer in kept])
    with suppress(_NotKept):
        return stack, find_packages(stack, progress=quiet())
    inspector, subject = _opened(task)
    stack = inspector.stack(subject, quiet(), verify=True)
    return stack, find_packages(stack, progress=quiet())


class _NotKept(Exception):
    """A file of a layer is needed that the catalog does not keep."""


class _Databases:
    """The contents of a layer, of which these databases are kept; see LayerContent in `stack/timeline.py`."""

    def __init__(self, databases: LayerDatabases) -> None:
        self._databases = databases

    def databases(self) -> LayerDatabases:
        """See KnownDatabases."""
        return self._databases

    def open(self, entry: Entry) -> NoReturn:
        """Raise _NotKept."""
        raise _NotKept(entry.path)


def _opened(task: CatalogTask) -> tuple[Inspector, Subject]:
    """The image of a task, which the tasks before may have opened."""
    at = _key(task)
    with _lock:
        inspector = _inspector(task)
        subject = _subjects.get(at)
        if subject is None:
            subject = inspector.open(task.name, progress=quiet())
            if str(subject.image.id) != task.image_id:
                raise NotFound(tr("{name} is another image now; the next `catalog add` records it", name=task.name))
            _subjects[at] = subject
            if len(_subjects) > _REMEMBERED:
                _subjects.popitem(last=False)
        _subjects.move_to_end(at)
    return inspector, subject


def _key(task: CatalogTask) -> tuple[str, str, str, str]:
    return task.store, task.engine, task.name, task.image_id


def _inspector(task: CatalogTask) -> Inspector:
    key = (task.store, task.engine)
    if key not in _inspectors:
        _inspectors[key] = _made(lambda: Settings.load(store=task.store or None, engine=task.engine or None))
    return _inspectors[key]


def _made(settings: Callable[[], Settings]) -> Inspector:
    return Inspector(settings())
