"""Packages of Node: `package.json` in a folder of `node_modules`. The package has the whole folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.core.analysis.packages.package import Package, RecordedPackage, field_text
from layertui.core.oci import strict_json

if TYPE_CHECKING:
    from collections.abc import Iterator


def node_packages(content: bytes, path: str) -> Iterator[RecordedPackage]:
    """The package of one package.json. Raises Damaged and LimitExceeded."""
    said = strict_json.load_object(content.removeprefix(b"\xef\xbb\xbf"), what="it")
    name, version = (said.get(key) for key in ("name", "version"))
    if isinstance(name, str) and name:
        yield RecordedPackage(
            Package("node", _text(name), _text(version) if isinstance(version, str) else "", database=path)
        )


def _text(value: str) -> str:
    return field_text(value.encode("utf-8", "surrogateescape"))
