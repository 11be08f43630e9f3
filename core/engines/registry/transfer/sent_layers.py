"""SentLayers: as which compressed blobs layers were sent to registries, so that they are not compressed and sent again."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from layertui.core.errors import LayertuiError
from layertui.core.layers.cache.cache_files import Cache
from layertui.core.oci import strict_json
from layertui.core.oci.descriptor import Descriptor

if TYPE_CHECKING:
    from pathlib import Path

    from layertui.core.oci.digest import DiffID

_KIND = "sent"
_BLOBS = 4  # of one layer: another version of a compressor writes another blob
_PLACES = 16


class SentLayer(NamedTuple):
    """A blob that has the content of a layer."""

    blob: Descriptor
    places: tuple[str, ...]
    """Where it was sent to, the last place first: `HOST/NAME`."""

    def repositories(self, registry: str) -> list[str]:
        """The repositories of a registry that it was sent to."""
        return [place.removeprefix(f"{registry}/") for place in self.places if place.startswith(f"{registry}/")]


class SentLayers:
    """By DiffID. Only blobs that were compressed here, from content with that DiffID, are kept."""

    def __init__(self, folder: Path | None) -> None:
        """`folder` is that of the cache; None keeps nothing."""
        self._cache = Cache(folder)

    def find(self, diff_id: DiffID) -> list[SentLayer]:
        """The blobs of a layer, the last one first."""
        content = self._cache.note(_key(diff_id), _KIND)
        if content is None:
            return []
        try:
            rows = strict_json.loads(content)
            return [SentLayer(Descriptor.from_json(row["blob"]), tuple(map(str, row["places"]))) for row in rows]
        except (LayertuiError, KeyError, TypeError):
            return []

    def keep(self, diff_id: DiffID, blob: Descriptor, place: str) -> None:
        """A layer was sent to a place, or is there, as this blob."""
        known = self.find(diff_id)
        before = next((one.places for one in known if one.blob.digest == blob.digest), ())
        if known and known[0].blob.digest == blob.digest and before[:1] == (place,):
            return
        places = tuple(dict.fromkeys((place, *before)))[:_PLACES]
        others = [one for one in known if one.blob.digest != blob.digest]
        rows = [SentLayer(blob, places), *others][:_BLOBS]
        content = strict_json.dumps([{"blob": one.blob.to_json(), "places": one.places} for one in rows])
        self._cache.keep_note(_key(diff_id), _KIND, content)


def _key(diff_id: DiffID) -> str:
    return f"sent layer {diff_id}"  # the name of a file, so the same in every language
