"""The steps of an image's history, each with the layer it made, if any (image-spec config.md, "history").

The history is optional and may not match the layers. As in docker, each entry without `empty_layer` belongs to the next
layer, from the bottom up. Layers without an entry get a step of their own, above the recorded ones.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from layertui.core.images.image import Image, Layer
from layertui.core.language.texts import tr
from layertui.core.oci.digest import ChainID, DiffID

Sizes = Callable[[Layer], int | None]


class Step(NamedTuple):
    """One build step."""

    created_by: str | None = None
    """Empty if a recorded step has no command; None if no history is recorded."""
    created: str | None = None
    comment: str | None = None
    author: str | None = None
    empty_layer: bool = False
    layer: Layer | None = None
    size: int | None = None
    """The bytes of the regular files its layer brings; None where they were not asked for, are not known, or there is no layer."""

    @property
    def number(self) -> int | None:
        """The number of its layer, 1 at the bottom."""
        return None if self.layer is None else self.layer.number

    @property
    def diff_id(self) -> DiffID | None:
        """The DiffID of its layer."""
        return None if self.layer is None else self.layer.diff_id

    @property
    def chain_id(self) -> ChainID | None:
        """The ChainID of its layer."""
        return None if self.layer is None else self.layer.chain_id

    @property
    def command(self) -> str:
        """The command as in a Dockerfile: without what builders add."""
        return command(self.created_by or "")


def steps(image: Image, sizes: Sizes | None = None) -> tuple[Step, ...]:
    """List the steps of an image, oldest first."""
    layers = iter(image.layers)
    listed: list[Step] = []
    for entry in image.config.history:
        layer = None if entry.empty_layer else next(layers, None)
        size = 0 if entry.empty_layer else _size(layer, sizes)
        listed.append(
            Step(entry.created_by or "", entry.created, entry.comment, entry.author, entry.empty_layer, layer, size)
        )
    listed += [Step(layer=layer, size=_size(layer, sizes)) for layer in layers]
    return tuple(listed)


def excess(image: Image) -> str | None:
    """A warning if the history has more steps that made a layer than there are layers; else None."""
    recorded = sum(not entry.empty_layer for entry in image.config.history)
    if recorded <= len(image.layers):
        return None
    return tr(
        "the history names {recorded:,} layers, but there are {layers:,}; the newest steps have none",
        recorded=recorded,
        layers=len(image.layers),
    )


def _size(layer: Layer | None, sizes: Sizes | None) -> int | None:
    return None if layer is None or sizes is None else sizes(layer)


_SHELL = r"(?:(?:/usr)?/bin/(?:ba|da|a|z|k)?sh(?: -[a-zA-Z]+(?: pipefail)?)*? -[a-z]*c|cmd /S /C|powershell -Command)"
_NOP = re.compile(rf"(?:{_SHELL} )?#\(nop\)\s*")
# `|2 A=1 B=two words /bin/sh -c make`: the build arguments that were set; their values may have blanks.
_RUN = re.compile(rf"(?:RUN )?(?:\|\d+ .*?)?{_SHELL} ", re.DOTALL)
_BLANKS = re.compile(r"(?<=\S)[ \t]{2,}")


@lru_cache(maxsize=4096)
def command(created_by: str) -> str:
    """The text of a history entry as in a Dockerfile.

    `/bin/sh -c #(nop)  CMD ["sh"]` (the classic builder) is `CMD ["sh"]`; `RUN /bin/sh -c make # buildkit` and
    `/bin/sh -c make` are `RUN make`.
    """
    text = created_by.strip().removesuffix("# buildkit").rstrip()
    if match := _NOP.match(text):
        text = text[match.end() :]
    elif match := _RUN.match(text):
        text = "RUN " + text[match.end() :].lstrip()
    if text.startswith("HEALTHCHECK &{"):
        from layertui.core.images.healthcheck_text import as_dockerfile  # most histories have no HEALTHCHECK

        text = as_dockerfile(text)
    return _BLANKS.sub(" ", text).strip()
