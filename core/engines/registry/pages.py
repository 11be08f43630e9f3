"""Lists that a registry gives in pages: repositories, tags; the next page is in `Link` (distribution-spec, "Listing Tags")."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from layertui.core.engines.registry.registry_host import join_url, split_url
from layertui.core.errors import Damaged, LayertuiError, LimitExceeded, NotFound, Unauthorized
from layertui.core.images.image import DocumentBudget
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.engines.registry.registry_client import RegistryClient
    from layertui.core.progress import Progress

_PAGE = 1000
_MOST_PAGES = 10_000
_LONGEST_LINK = 8192  # bytes of a header
# Nothing that has matched is given back: a registry could write a header that takes hours.
_LINK = re.compile(r"<([^<>]*+)>((?:\s*+;\s*+[^\s=;,<>]++\s*+(?:=\s*+(?:\"[^\"]*+\"|[^\s;,\"<>]*+))?+)*+)\s*+(?:,|$)")
_REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]*))", re.IGNORECASE)
_DIGITS = re.compile(r"([0-9]+)")


def repositories(client: RegistryClient, progress: Progress | None = None) -> Iterator[str]:
    """The repositories that a registry lets one see. Raises LayertuiError where it does not list them."""
    try:
        yield from _texts(client, "/v2/_catalog", "registry:catalog:*", "repositories", progress)
    except (Unauthorized, NotFound, _NotAllowed) as error:
        raise LayertuiError(
            tr(
                "registry {host} does not list its repositories; name one: `layertui tags docker://{registry}/NAME`",
                host=client.host,
                registry=client.registry,
            )
        ) from error


def tags(client: RegistryClient, repository: str, progress: Progress | None = None) -> list[str]:
    """All tags of a repository in natural order: `1.9` before `1.10`. Raises NotFound."""
    scope = f"repository:{repository}:pull"
    return sorted(set(_texts(client, f"/v2/{repository}/tags/list", scope, "tags", progress)), key=natural)


def natural(text: str) -> list[tuple[int, int, str, str]]:
    """A key that sorts numbers in texts by their value, however many digits they have."""
    return [_natural(part) for part in _DIGITS.split(text) if part]


def _natural(part: str) -> tuple[int, int, str, str]:
    if not (part.isascii() and part.isdecimal()):
        return 1, 0, part, part
    digits = part.lstrip("0")
    return 0, len(digits), digits, part


def next_link(headers: list[str]) -> str | None:
    """The address behind `rel="next"` in `Link` headers (RFC 8288); None where there is none."""
    for header in headers:
        for target, parameters in _LINK.findall(header) if len(header) <= _LONGEST_LINK else ():
            rel = _REL.search(parameters)
            if rel is not None and "next" in (rel[1] or rel[2] or "").lower().split():
                return str(target)
    return None


class _NotAllowed(LayertuiError):
    """The registry knows no such list."""


def _texts(client: RegistryClient, path: str, scope: str, key: str, progress: Progress | None) -> Iterator[str]:
    documents = DocumentBudget(tr("registry {host}", host=client.host))
    seen: set[str] = set()
    address: str | None = f"{path}?n={_PAGE}"
    while address is not None:
        seen.add(address)
        answer = client.request("GET", address, scope=scope, progress=progress, accept=(405, 501))
        if answer.status >= 400:
            raise _NotAllowed(tr("registry {host}: no {path}", host=client.host, path=path))
        documents.add(answer.body)
        content = answer.json(tr("the list"))
        found = content.get(key) if isinstance(content, dict) else ()
        if not isinstance(found, list | type(None)) or not all(isinstance(one, str) for one in found or ()):
            raise Damaged(
                tr(
                    "registry {host}: its list of {key} has another form than the specification says",
                    host=client.host,
                    key=key,
                )
            )
        yield from found or ()
        address = _next_page(answer.url, answer.headers.getlist("link"))
        if address is not None and len(seen) == _MOST_PAGES:
            raise LimitExceeded(
                tr(
                    "registry {host}: its list of {key} has more than {most_pages:,} pages",
                    host=client.host,
                    key=key,
                    most_pages=_MOST_PAGES,
                )
            )
        if address in seen:
            raise Damaged(
                tr("registry {host}: its list of {key} leads to the same page again", host=client.host, key=key)
            )


def _next_page(page: str, links: list[str]) -> str | None:
    """The path and query of the next page. A registry behind a proxy may not know by which host and scheme it is reached."""
    link = next_link(links)
    if link is None:
        return None
    parts = split_url(join_url(page, link))
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
