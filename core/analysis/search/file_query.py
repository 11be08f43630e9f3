"""FileQuery: what files are searched for; every condition that is given must hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from layertui.core.layers.table.entry import Kind

if TYPE_CHECKING:
    from layertui.core.analysis.search.content_tests import ContentTest
    from layertui.core.analysis.search.globs import Glob
    from layertui.core.analysis.search.linear_regex import LinearRegex
    from layertui.core.layers.table.entry import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class FileQuery:
    """The conditions; None for one that is not given."""

    name: Glob | None = None
    """Matches the last component of the path."""
    path: Glob | None = None
    """Matches the whole path, which begins with a slash."""
    regex: LinearRegex | None = None
    """Is found in the path."""
    kind: Kind | None = None
    sizes: range | None = None
    """Bytes that a regular file may have; other kinds have no size."""
    mode: int | None = None
    """Bits that are all set."""
    uid: int | None = None
    layer: int | None = None
    """The number of the layer that the entry is from."""
    content: ContentTest | None = None
    """What holds for the content of a regular file."""
    package: str | None = None
    """The name of a package that owns the file, among the packages of the whole view."""
    unowned: bool = False
    """Whether no package of the whole view owns the file; folders have no owner and are not meant."""
    hidden: bool = False
    """Whether versions that the view does not show are found too."""

    def has_attributes(self, entry: Entry) -> bool:
        """Whether kind, size, mode and owner are as asked for."""
        is_file = entry.kind is Kind.FILE
        return (
            (self.kind is None or entry.kind is self.kind)
            and (self.sizes is None or (is_file and entry.size in self.sizes))
            and (self.mode is None or entry.mode & self.mode == self.mode)
            and (self.uid is None or entry.uid == self.uid)
            and (self.content is None or is_file)
        )
