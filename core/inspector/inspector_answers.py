"""What the Inspector answers with, where no room below has a value for it already."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from layertui.core.analysis.packages.package_changes import PackageChanges
    from layertui.core.containers.model.probe_result import ProbeResult
    from layertui.core.engines.engine import EngineKind
    from layertui.core.images.compare.compare_images import Comparison, SharedBytes
    from layertui.core.images.image import Image, Layer
    from layertui.core.inspector.subject import Subject
    from layertui.core.layers.diff.file_changes import Changes
    from layertui.core.oci.digest import Digest
    from layertui.core.oci.reference import Reference


Side = Literal["a", "b"]


@dataclass(frozen=True, slots=True)
class Loss:
    """One thing that the original has and the import has not."""

    what: str
    """`8 history steps`, `CMD`, `ENV PATH` … The name of a variable or a label comes out of an image."""
    meaning: str = ""
    """What that means for users of the import; empty where there is nothing to say."""


@dataclass(frozen=True, slots=True)
class Imported:
    """One side is the other's files in one layer, as `import` makes them of what `export` wrote."""

    copy: Side
    """Which side is the import."""
    lost: tuple[Loss, ...]
    changed: int = 0
    """Paths in which both differ: of the container that was exported, or put into every export by a daemon."""


@dataclass(frozen=True, slots=True)
class LayerSummary:
    """One layer of a Subject and what it did to the layers below it."""

    number: int
    layer: Layer | None
    """None for a container's writable layer, which has no identities."""
    writable: bool
    size: int
    stored_size: int | None
    entries: int
    added: int
    modified: int
    removed: int
    created_by: str | None
    command: str | None
    """`created_by` without the builder's noise."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A tag that points, or would point, to another image than before."""

    name: Reference
    was: Digest
    now: Digest


@dataclass(frozen=True, slots=True)
class Loaded:
    """One image that a load has put into the store, the tags it got, and what there is to say about them."""

    image: Image
    names: tuple[Reference, ...]
    moved: tuple[Moved, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Findings:
    """What lies in a file before anything is done with it."""

    path: Path
    form: Literal["docker", "oci", "layout", "tar"]
    """An archive of images in one of three forms, or a plain tar that `import` would take."""
    images: tuple[Image, ...] = ()
    layers: int = 0
    """Different layers in all images together."""
    moves: tuple[Moved, ...] = ()
    """Tags in the store that a load would move."""
    warnings: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    """Those that its images are for, where one is for several: `load` takes the one for this machine unless `platform` says another."""


@dataclass(frozen=True, slots=True)
class FileCounts:
    """How many paths were added, removed and modified."""

    added: int = 0
    removed: int = 0
    modified: int = 0
    but_content: int = 0
    """How many of the modified are of the same content, and differ in what `but_content_in` names alone: time, owner, mode."""
    but_content_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """Two Subjects side by side. What was not asked for does not count, and files are None."""

    a: Subject
    b: Subject
    comparison: Comparison
    files: Changes | None = None
    counts: FileCounts | None = None
    history: bool = True
    """Whether the histories were asked for."""
    config: bool = True
    own: tuple[int, int] = (0, 0)
    """Bytes in the writable layers of those that are containers, which no history speaks of."""
    packages: PackageChanges | None = None
    """None where packages were not asked for, or files not compared."""
    imported: Imported | None = None
    """One side is an import of the other's export; never said where the files were not compared."""

    @property
    def same(self) -> bool:
        """Nothing differs in what was asked for."""
        return (
            not (self.history and not self.comparison.same_history)
            and not (self.config and not self.comparison.same_config)
            and not self.files
        )

    @property
    def titles(self) -> tuple[str, str]:
        """What the sides are called; with their engines where these are two."""
        engines = [one.engine.name if one.engine is not None else "" for one in (self.a, self.b)]
        if not all(engines) or engines[0] == engines[1]:
            return self.a.title, self.b.title
        return f"{self.a.title} ({engines[0]})", f"{self.b.title} ({engines[1]})"

    @property
    def shares(self) -> SharedBytes:
        """The files' bytes in layers that both have, or one of them; writable layers count for their side."""
        shares = self.comparison.shares
        return replace(shares, only_a=shares.only_a + self.own[0], only_b=shares.only_b + self.own[1])


@dataclass(frozen=True, slots=True)
class EngineReport:
    """One engine, what it has, and what its containers would be started by."""

    name: str
    default: bool
    """Bare names are looked up in it."""
    kind: EngineKind = "other"
    address: str = ""
    reachable: bool = False
    version: str = ""
    why: str | None = None
    """Why it cannot be reached; None where it can."""
    can_be_started: bool = False
    """Whether its service is started when it is asked for something."""
    images: int | None = None
    containers: int | None = None
    """None where it has no such thing, or cannot be asked."""
    takes_images: bool = True
    """Whether images can be loaded into it."""
    problem: str | None = None
    """Why it cannot be asked, or no container be started in it."""
    runtimes: tuple[ProbeResult, ...] = ()
    ids: str | None = None
    """Which user ids its containers can have: see Ids."""
    advice: tuple[str, ...] = ()
    networks: tuple[ProbeResult, ...] = ()
    """What would connect its containers, with ports of their own."""

    @property
    def runtime(self) -> ProbeResult | None:
        """The one that would start a container."""
        return next((one for one in self.runtimes if one.reason is None), None)


@dataclass(frozen=True, slots=True)
class WriteEffect:
    """What a write to a path would do, shown before it is done."""

    path: str
    exists: bool
    layer: int | None = None
    """The layer that has the file now."""
    copied_up: bool = False
    """The file is in the image: the writable layer gets a copy, the layer stays as it is."""
    is_folder: bool = False
    """The path, or what it links to, is a folder: nothing can be written there."""
    mounted: str = ""
    """Where what the path lies in is mounted, if it is in no layer."""
