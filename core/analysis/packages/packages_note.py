"""Packs the packages of a stack into bytes to be cached beside its tables, and unpacks them again."""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING

import numpy as np

from layertui.core.analysis.packages.find_packages import FoundPackage, PackagesFound
from layertui.core.analysis.packages.package import Package
from layertui.core.errors import Damaged
from layertui.core.oci import strict_json

if TYPE_CHECKING:
    from layertui.core.layers.stack.stack import Stack

_FORMAT = 1


def pack(found: PackagesFound) -> bytes | None:
    """The packages as bytes; None if something could not be read, which may be otherwise next time or with another limit."""
    if found.problems:
        return None
    rows = [
        [*astuple(one.package), one.layer, one.hidden_in, one.replaced, one.part, one.size] for one in found.packages
    ]
    heading = strict_json.dumps({"format": _FORMAT, "rows": len(found.view), "packages": rows})
    return len(heading).to_bytes(8, "little") + heading + found.owner.astype("<i4").tobytes()


def unpack(stack: Stack, packed: bytes) -> PackagesFound | None:
    """What `pack` packed of the top view of this stack; None for anything else."""
    end = 8 + int.from_bytes(packed[:8], "little")
    view = stack.view()
    try:
        heading = strict_json.loads_trusted_object(packed[8:end])
        if (heading["format"], heading["rows"]) != (_FORMAT, len(view)):
            return None
        packages = [FoundPackage(Package(*row[:-5]), *row[-5:]) for row in heading["packages"]]
        owner = np.frombuffer(packed, "<i4", offset=end).astype(np.int32)
    except (Damaged, KeyError, TypeError, ValueError):
        return None
    return PackagesFound(view, packages, owner, ()) if len(owner) == len(view) else None
