"""Finds the uncompressed layers of an archive from its outer tar alone, in a second process, before the manifest is read."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from layertui.core.fs.file_window import Window
from layertui.core.layers.cache.backward_sizes import backwards
from layertui.core.streams.tar.header_block import looks_like_member
from layertui.core.streams.tar.member_steps import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCK = 512


def key_of_source(source: str) -> str:
    """The key of a layer whose digest is not verified, from its source."""
    return f"source:{source}"


@contextmanager
def plain_layers(path: str) -> Iterator[dict[str, Window]]:
    """The uncompressed layer tars in an archive, by the keys that the catalog gives them."""
    with Window(path) as tar:
        inner = (tar.window(member.offset, member.size) for member in walk(cast("BinaryIO", tar)))
        yield {key_of_source(window.source): window for window in inner if looks_like_member(window.read(_BLOCK))}


def of_archive(path: str) -> Iterator[Any]:
    """What the second process reports about an archive, if one was started early."""
    with plain_layers(path) as layers:
        yield from backwards(list(layers), lambda key: cast("BinaryIO", layers[key]))
