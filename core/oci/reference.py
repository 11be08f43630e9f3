"""Image references, registry/repository:tag@digest, parsed and shown as docker does.

The grammar is that of the distribution-spec. The short forms are docker's: ``busybox`` means
``docker.io/library/busybox:latest``. A word may also be an image ID; only a store can decide that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from layertui.core.errors import Damaged, UsageError
from layertui.core.language.texts import tr
from layertui.core.oci.digest import Digest

DEFAULT_REGISTRY = "docker.io"
DEFAULT_NAMESPACE = "library"
DEFAULT_TAG = "latest"

_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?")
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_ID = re.compile(r"[0-9a-f]{64}")
_LONGEST_NAME = 255


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """The full name of an image; ``tag`` may be None only if there is a digest, or if ``parse`` was called so."""

    registry: str
    repository: str
    tag: str | None = None
    digest: Digest | None = None

    @classmethod
    def parse(cls, text: str, default_tag: str | None = DEFAULT_TAG) -> Reference:
        """Parse a reference as docker does. Raises UsageError with the reason."""
        rest, at, digest_text = text.partition("@")
        digest = _digest(text, digest_text) if at else None
        name, tag = _split_tag(rest)
        if tag is not None and not _TAG.fullmatch(tag):
            raise _wrong(
                text,
                tr(
                    "{tag!r} is not a tag (letters, digits, '_', '.' and '-', at most 128, no '.' or '-' first)",
                    tag=tag,
                ),
            )
        registry, repository = _split_registry(name)
        _check_name(text, registry, repository)
        if tag is None and digest is None:
            tag = default_tag
        return cls(registry, repository, tag, digest)

    @property
    def name(self) -> str:
        """Registry and repository as docker shows them: defaults left out."""
        short = self.repository.removeprefix(f"{DEFAULT_NAMESPACE}/")
        for name in (short, self.repository):
            # Not where the short name would be parsed as something else: a
            # first component with a dot in it looks like a host.
            if _split_registry(name) == (self.registry, self.repository):
                return name
        return self.full_name

    @property
    def full_name(self) -> str:
        """Registry and repository, with defaults."""
        return f"{self.registry}/{self.repository}"

    @property
    def familiar(self) -> str:
        """The short form that docker shows, ``busybox:latest``."""
        return self.name + self._suffix()

    @property
    def canonical(self) -> str:
        """The full form, with defaults."""
        return self.full_name + self._suffix()

    def with_tag(self, tag: str) -> Reference:
        """The same repository with another tag, without a digest. Raises UsageError."""
        if not _TAG.fullmatch(tag):
            raise UsageError(tr("{tag!r} is not a tag", tag=tag))
        return replace(self, tag=tag, digest=None)

    def __str__(self) -> str:
        return self.familiar

    def _suffix(self) -> str:
        tag = "" if self.tag is None else f":{self.tag}"
        return tag if self.digest is None else f"{tag}@{self.digest}"


def _split_tag(text: str) -> tuple[str, str | None]:
    # A colon before the last slash belongs to a port.
    head, slash, last = text.rpartition("/")
    name, colon, tag = last.partition(":")
    return head + slash + name, tag if colon else None


def _split_registry(name: str) -> tuple[str, str]:
    first, slash, rest = name.partition("/")
    # A repository has no upper case, so it must be a host.
    is_host = bool(slash) and ("." in first or ":" in first or first == "localhost" or first != first.lower())
    registry, repository = (first, rest) if is_host else (DEFAULT_REGISTRY, name)
    if registry == f"index.{DEFAULT_REGISTRY}":
        registry = DEFAULT_REGISTRY
    if registry == DEFAULT_REGISTRY and "/" not in repository:
        repository = f"{DEFAULT_NAMESPACE}/{repository}"
    return registry, repository


def _check_name(text: str, registry: str, repository: str) -> None:
    last = repository.rpartition("/")[2]
    if not text or not last:
        raise _wrong(text, tr("a repository name is missing; write NAME[:TAG] or HOST/NAME[:TAG]"))
    if not _HOST.fullmatch(registry):
        raise _wrong(text, tr("{registry!r} is not a host name; write HOST[:PORT]/NAME", registry=registry))
    if repository != repository.lower() and _REPOSITORY.fullmatch(repository.lower()):
        name, _ = _split_tag(text.partition("@")[0])
        raise _wrong(text, tr("repository names are lower case; try {name!r}", name=name.lower() + text[len(name) :]))
    if not _REPOSITORY.fullmatch(repository):
        raise _wrong(
            text, tr("a repository name has lower-case letters and digits, with '.', '_', '-' and '/' between them")
        )
    # sha256:… would look like an ID; docker refuses to tag with it too.
    if registry == DEFAULT_REGISTRY and repository == f"{DEFAULT_NAMESPACE}/sha256":
        raise _wrong(text, tr("sha256 begins an ID, so it cannot be a name"))
    if _ID.fullmatch(repository.removeprefix(f"{DEFAULT_NAMESPACE}/")) and registry == DEFAULT_REGISTRY:
        raise _wrong(text, tr("64 hex digits are an ID, not a name"))
    if len(registry) + 1 + len(repository) > _LONGEST_NAME:
        raise _wrong(text, tr("a name has at most {longest_name} characters", longest_name=_LONGEST_NAME))


def _digest(text: str, digest_text: str) -> Digest:
    try:
        return Digest(digest_text)
    except Damaged as error:
        raise _wrong(text, str(error)) from None


def _wrong(text: str, why: str) -> UsageError:
    shown = text if len(text) <= 120 else text[:120] + "…"
    return UsageError(tr("invalid reference {shown!r}: {why}", shown=shown, why=why))
