"""Packs the packages of a stack into bytes to be cached beside its tables, and unpacks them again."""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING

import numpy as np

from layertui.core.analysis.packages.find_packages import FoundPackage, PackagesFound
from layertui.core.analysis.packages.package import Package
from layertui.core.bounds import bounds
from layertui.core.errors import Damaged
from layertui.core.oci import strict_json

if TYPE_CHECKING:
    from layertui.core.layers.stack.stack import Stack

_FORMAT = 4


def pack(found: PackagesFound) -> bytes | None:
    """The packages as bytes, with the problems and the limits that they were found with; None for problems that may pass."""
    if found.may_pass:
        return None
    rows = [
        [*astuple(one.package), one.layer, one.hidden_in, one.replaced, one.part, one.size] for one in found.packages
    ]
    heading = strict_json.dumps(
        {
            "format": _FORMAT,
            "rows": len(found.view),
            "packages": rows,
            "problems": list(found.problems),
            "bounds": list(bounds()) if found.problems else None,
        }
    )
    return len(heading).to_bytes(8, "little") + heading + found.owner.astype("<i4").tobytes()


def unpack(stack: Stack, packed: bytes) -> PackagesFound | None:
    """What `pack` packed of the top view of this stack; None for anything else, and for problems with other limits."""
    end = 8 + int.from_bytes(packed[:8], "little")
    view = stack.view()
    try:
        heading = strict_json.loads_trusted_object(packed[8:end])
        if (heading["format"], heading["rows"]) != (_FORMAT, len(view)):
            return None
        if heading["bounds"] not in (None, list(bounds())):
            return None
        problems = [str(problem) for problem in heading["problems"]]
        packages = [FoundPackage(Package(*row[:-5]), *row[-5:]) for row in heading["packages"]]
        owner = np.frombuffer(packed, "<i4", offset=end).astype(np.int32)
    except (Damaged, KeyError, TypeError, ValueError):
        return None
    return PackagesFound(view, packages, owner, problems) if len(owner) == len(view) else None
