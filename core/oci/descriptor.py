"""Descriptor and Platform (image-spec descriptor.md and image-index.md)."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from layertui.core.errors import Damaged, UsageError
from layertui.core.language.texts import tr
from layertui.core.oci.digest import Digest
from layertui.core.oci.media_types import REFERENCE_TYPE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

_ARCHITECTURES = {
    "x86_64": ("amd64", ""),
    "x86-64": ("amd64", ""),
    "i386": ("386", ""),
    "i486": ("386", ""),
    "i586": ("386", ""),
    "i686": ("386", ""),
    "aarch64": ("arm64", ""),
    "armhf": ("arm", "v7"),
    "armel": ("arm", "v6"),
    "armv6l": ("arm", "v6"),
    "armv7l": ("arm", "v7"),
    "armv8l": ("arm64", ""),
    "loongarch64": ("loong64", ""),
    "mips64el": ("mips64le", ""),
}
_KNOWN_ARCHITECTURES = frozenset(
    "386 amd64 arm arm64 loong64 mips mips64 mips64le mipsle ppc64 ppc64le riscv64 s390x wasm".split()  # noqa: SIM905
)
_KNOWN_SYSTEMS = frozenset(
    "aix android darwin dragonfly freebsd illumos ios js linux netbsd openbsd plan9 solaris wasip1 windows zos".split()  # noqa: SIM905
)
_WORD = re.compile(r"[A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True)
class Platform:
    """An operating system and a CPU architecture, with Go's names."""

    os: str
    architecture: str
    variant: str = ""
    os_version: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False, compare=False, repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse ``os[/arch[/variant]]``, or an architecture alone. Raises UsageError for anything else."""
        words = text.strip().split("/")
        if not 1 <= len(words) <= 3 or not all(_WORD.fullmatch(word) for word in words):
            raise UsageError(
                tr("{text!r} is not a platform; write os/arch or os/arch/variant, such as linux/arm64", text=text)
            )
        words = [word.lower() for word in words]
        host = cls.host()
        if len(words) == 1:
            architecture, variant = _architecture(words[0], "")
            if architecture in _KNOWN_ARCHITECTURES:
                return cls(host.os, architecture, variant)
            if _system(words[0]) not in _KNOWN_SYSTEMS:
                raise UsageError(
                    tr("{text!r} is neither an operating system nor an architecture that images are for", text=text)
                )
            return cls(_system(words[0]), host.architecture, host.variant)
        architecture, variant = _architecture(words[1], words[2] if len(words) == 3 else "")
        return cls(_system(words[0]), architecture, variant)

    @classmethod
    def host(cls) -> Self:
        """The platform of images that run on this machine: always Linux."""
        # Containers need Linux, also when layertui runs on another system.
        machine = os.uname().machine if sys.platform != "win32" else "amd64"
        architecture, variant = _architecture(machine.lower(), "")
        return cls("linux", architecture, variant)

    @classmethod
    def from_json(cls, value: object) -> Self | None:
        """Parse a ``platform`` object; None if there is none. Raises Damaged."""
        if value is None:
            return None
        if not isinstance(value, dict):
            raise Damaged(tr("a descriptor's platform is not a JSON object"))
        known = {key: value.get(key) or "" for key in ("os", "architecture", "variant", "os.version")}
        if not all(isinstance(text, str) for text in known.values()):
            raise Damaged(tr("a descriptor's platform has a field that is not a text"))
        extra = {key: kept for key, kept in value.items() if key not in known}
        return cls(known["os"], known["architecture"], known["variant"], known["os.version"], extra)

    def to_json(self) -> dict[str, Any]:
        obj: dict[str, Any] = {"architecture": self.architecture, "os": self.os}
        if self.os_version:
            obj["os.version"] = self.os_version
        if self.variant:
            obj["variant"] = self.variant
        return {**obj, **self.extra}

    def fits(self, wanted: Platform) -> bool:
        """Whether an image of this platform satisfies ``wanted``; what ``wanted`` leaves out may be anything."""
        mine, theirs = self.normalized(), wanted.normalized()
        return (
            (mine.os, mine.architecture) == (theirs.os, theirs.architecture)
            and theirs.variant in ("", mine.variant)
            and theirs.os_version in ("", mine.os_version)
        )

    def normalized(self) -> Platform:
        """The same platform with Go's names: ``aarch64`` is ``arm64``, and so is ``arm64/v8``."""
        architecture, variant = _architecture(self.architecture.lower(), self.variant.lower())
        return replace(self, os=_system(self.os.lower()), architecture=architecture, variant=variant)

    def __str__(self) -> str:
        """``os/arch``, with the variant where there is one."""
        return "/".join(word for word in (self.os, self.architecture, self.variant) if word)


def _system(name: str) -> str:
    return "darwin" if name == "macos" else name


def _architecture(name: str, variant: str) -> tuple[str, str]:
    name, implied = _ARCHITECTURES.get(name, (name, ""))
    variant = variant or implied
    if name in ("arm", "arm64") and variant.isdigit():
        variant = "v" + variant
    if (name, variant) in (("arm64", "v8"), ("amd64", "v1")):
        variant = ""
    if (name, variant) == ("arm", ""):
        variant = "v7"
    return name, variant


_PLAIN = {"mediaType", "digest", "size"}
_KNOWN = {*_PLAIN, "annotations", "platform"}


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A reference to a blob: its media type, digest and size."""

    media_type: str
    digest: Digest
    size: int
    annotations: Mapping[str, str] = field(default_factory=dict, hash=False)
    platform: Platform | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False, repr=False)

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Parse a descriptor. Raises Damaged if a required field is missing or of another type."""
        if not isinstance(value, dict):
            raise Damaged(tr("a descriptor is not a JSON object"))
        media_type, digest, size = value.get("mediaType") or "", value.get("digest"), value.get("size")
        if not isinstance(media_type, str) or not isinstance(digest, str):
            raise Damaged(tr("a descriptor has no digest, or its mediaType is not a text"))
        if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size < 1 << 63:
            raise Damaged(tr("the descriptor of {digest} has an invalid size", digest=digest[:100]))
        if len(value) == len(_PLAIN) and value.keys() == _PLAIN:  # most are, and a store has thousands
            return cls(media_type, Digest(digest), size)
        return cls(
            media_type,
            Digest(digest),
            size,
            read_annotations(value.get("annotations")),
            Platform.from_json(value.get("platform")),
            {key: kept for key, kept in value.items() if key not in _KNOWN},
        )

    def to_json(self) -> dict[str, Any]:
        obj: dict[str, Any] = {"mediaType": self.media_type, "digest": str(self.digest), "size": self.size}
        if self.annotations:
            obj["annotations"] = dict(self.annotations)
        if self.platform is not None:
            obj["platform"] = self.platform.to_json()
        return {**obj, **self.extra}

    def with_annotations(self, annotations: Mapping[str, str] | None = None, **named: str) -> Descriptor:
        """The same descriptor with further annotations."""
        return replace(self, annotations={**self.annotations, **(annotations or {}), **named})

    @property
    def is_attestation(self) -> bool:
        """Whether this is a build attestation in an image's index."""
        return self.annotations.get(REFERENCE_TYPE) == "attestation-manifest"


def read_annotations(value: object) -> dict[str, str]:
    """Parse an ``annotations`` object, which may be null. Raises Damaged."""
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise Damaged(tr("annotations are no JSON object of texts"))
    return value
