"""What is given to a task, and what comes back: small plain values, since they travel to other processes and machines.

No credential is among them: a process that reads a registry or writes to an object store finds its own, where the clients of those look.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from layertui.core.catalog.storage.catalog_state import StoredFile

Kind = Literal["layer", "stack", "merge"]


class CatalogTask(NamedTuple):
    """One layer, or one stack of layers, to be read and written to the catalog; or small files of it to be merged.

    Doing it twice writes the same rows again.
    """

    kind: Kind
    key: str
    """A DiffID, a ChainID, or a table."""
    place: str
    """Where the catalog is."""
    store: str
    """The store of the process that adds; empty for the worker's own."""
    engine: str
    """The engine that has the image; empty where its name says it."""
    name: str
    """What opens the image."""
    image_id: str
    """The image that this must be."""
    number: int
    """The number of the layer; of the top one, for a stack."""
    bytes: int
    """As stored: what there is to read."""
    contents: bool = True
    """Whether the sha256 of each file is wanted."""
    diff_ids: tuple[str, ...] = ()
    """The layers, lowest first."""
    small: tuple[StoredFile, ...] = ()
    """The files that are merged."""


class TaskResult(NamedTuple):
    """What a task wrote, or why it could not."""

    task: CatalogTask
    files: Mapping[str, Sequence[Any]]
    """A StoredFile for each table."""
    row: Mapping[str, Any]
    """The row of the table `layers` or `stacks`, which the process that adds writes together with others; none of a merge."""
    seconds: float = 0.0
    error: str = ""
    """One line; nothing was written that counts."""
    may_pass: bool = False
    """Whether it is worth another try, now or in the next run."""
