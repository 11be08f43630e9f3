"""Where the catalog is, and how its answers are written: what all subcommands have in common."""

from __future__ import annotations

import csv
import io
import sys
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import click

from layertui.core.errors import NotFound, UsageError
from layertui.core.language.texts import tr
from layertui.tui.common.format import safe, size
from layertui.tui.report.json_output import json_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    from layertui.core.catalog.questions.catalog_database import CatalogDatabase
    from layertui.core.catalog.storage.catalog_files import CatalogFiles
    from layertui.tui.verbs.shared.cli_context import CliContext

Form = Literal["text", "csv", "arrow"]

_SHORT = ("digest", "id", "diff_id", "chain_id", "digest_before", "digest_after")
_SIZES = ("size", "bytes")


def place_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option for where the catalog is."""
    return click.option(
        "--catalog",
        "place",
        metavar="PLACE",
        help="The catalog: a folder, or a URL such as s3://bucket/catalog (LAYERTUI_CATALOG); default: in the store.",
    )(command)


def form_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--csv` and `--arrow` to a command."""
    command = click.option("--arrow", is_flag=True, help="The answer as an Arrow IPC stream, for other programs.")(
        command
    )
    return click.option("--csv", "as_csv", is_flag=True, help="The answer as CSV, with a header.")(command)


def files_at(context: CliContext, place: str | None) -> CatalogFiles:
    """The files of the catalog. Raises LayertuiError where the extra is not installed, UsageError."""
    from layertui.core.catalog.extra import require_extra

    require_extra()
    from layertui.core.catalog.storage.catalog_files import catalog_files

    return catalog_files(place or context.settings.catalog)


@contextmanager
def database_at(context: CliContext, place: str | None) -> Iterator[CatalogDatabase]:
    """The catalog, to be asked. Raises NotFound where there is none."""
    files = files_at(context, place)
    from layertui.core.catalog.questions.catalog_database import CatalogDatabase
    from layertui.core.catalog.storage.catalog_state import read_state

    state = read_state(files)
    if not state.number:
        raise NotFound(tr("no catalog at {place}; `layertui catalog add SOURCE` makes one", place=files.place))
    with CatalogDatabase(files, state) as database:
        yield database


def form_of(context: CliContext, *, as_csv: bool, arrow: bool) -> Form:
    """The form that the options ask for. Raises UsageError for several."""
    if as_csv + arrow + context.json > 1:
        raise UsageError(tr("--json, --csv and --arrow are three forms of the answer; choose one"))
    if arrow and sys.stdout is not None and sys.stdout.isatty():
        raise UsageError(tr("--arrow writes bytes that are no text; send them to a file or a program"))
    return "csv" if as_csv else "arrow" if arrow else "text"


def write_answer(context: CliContext, answer: pa.Table | pa.RecordBatchReader, form: Form) -> None:
    """Write the rows of an answer to stdout, piece by piece, in one of the forms."""
    import pyarrow as pa

    from layertui.core.catalog.questions.catalog_database import pieces, python_rows

    batches = pieces(answer.to_batches()) if isinstance(answer, pa.Table) else answer
    names = answer.schema.names
    if form == "arrow":
        with pa.ipc.new_stream(context.out.raw, answer.schema) as out:
            for batch in batches:
                out.write_batch(batch)
        return
    rows = (row for batch in batches for row in python_rows(batch))
    if context.json:
        context.out.array(json_bytes(_plain(row)).decode() for row in rows)
    elif form == "csv":
        context.out.pieces(csv_lines(names, ([row[name] for name in names] for row in rows)))
    else:
        headers = [safe(name).upper().replace("_", " ") for name in names]
        context.out.table(headers, ([_cell(name, row[name]) for name in names] for row in rows))


def csv_lines(names: list[str], rows: Iterator[list[Any]]) -> Iterator[str]:
    """Lines of CSV; on a terminal, what would control it is escaped."""
    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    spelled = safe if is_terminal else str
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([spelled(name) for name in names])
    for row in rows:
        writer.writerow(["" if value is None else spelled(_text(value)) for value in row])
        yield text.getvalue()
        text.seek(0)
        text.truncate()
    yield text.getvalue()


def _plain(value: Any) -> Any:
    """A value of a column as JSON has it, names as they are in the layers."""
    from layertui.core.catalog.storage.stored_text import unstored

    match value:
        case str():
            return unstored(value)
        case bytes():
            return value.hex()
        case datetime():
            return _time(value)
        case dict():
            return {_plain(str(key)): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case bool() | int() | float() | None:
            return value
        case _:
            return str(value)


def _text(value: Any) -> str:
    plain = _plain(value)
    return plain if isinstance(plain, str) else json_bytes(plain).decode()


def _time(value: datetime) -> str:
    from datetime import UTC

    try:
        moment = value.astimezone(UTC) if value.tzinfo is not None else value
    except OverflowError:  # the first or the last day that there is
        return str(value)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name in _SHORT and isinstance(value, str):
        return safe(value.partition(":")[2][:12] or value)
    if name.endswith(_SIZES) and isinstance(value, int):
        return size(value)
    if isinstance(value, list):
        return safe(", ".join(_text(item) for item in value))
    return safe(_text(value))
