"""Uploads one blob to a repository: mounted from another one if it is there, else sent, and continued after a cut.

A small blob goes as the body of one PUT. A larger one goes in chunks by PATCH; the registry is asked how far it came after each failure.
The bytes are hashed as they are read, so that a source that is wrong is found out here and named.
"""

from __future__ import annotations

from contextlib import suppress
from threading import Timer
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import quote

from layertui.core.engines.registry.connection.registry_answer import Patience
from layertui.core.engines.registry.registry_retry import Retries
from layertui.core.errors import DigestMismatch, LayertuiError, NotFound, Truncated, Unreachable
from layertui.core.language.texts import tr
from layertui.core.oci.digest import Sum
from layertui.core.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from layertui.core.engines.registry.connection.registry_answer import RegistryAnswer
    from layertui.core.engines.registry.registry_client import RegistryClient
    from layertui.core.oci.descriptor import Descriptor

_SMALL = 4 << 20  # bytes that are held in memory and sent at once
_CHUNK = 64 << 20  # bytes of one PATCH: what is sent again at most where a registry does not say how far it came
_PIECE = 1 << 20
_PARTING = 2  # seconds


class BlobUpload:
    """One blob on its way to a repository."""

    def __init__(
        self,
        client: RegistryClient,
        repository: str,
        blob: Descriptor,
        open_blob: Callable[[], BinaryIO],
        progress: Progress,
        patience: Patience | None = None,
    ) -> None:
        """`open_blob` gives the bytes, seekable; it is called only if they have to be sent."""
        self._client, self._repository, self._blob = client, repository, blob
        self._open, self._progress, self._patience = open_blob, progress, patience or Patience()
        self._scope = f"repository:{repository}:pull,push"
        self._sum = Sum(blob.digest.algorithm)
        self._chunk = _CHUNK

    def is_there(self) -> bool:
        """Whether the repository has the blob already."""
        path = f"/v2/{self._repository}/blobs/{self._blob.digest}"
        answer = self._client.request("HEAD", path, scope=self._scope, accept=(404,), progress=self._progress)
        return answer.status == 200

    def mounted(self, mount_from: Sequence[str]) -> bool:
        """Whether the repository has got the blob from one of these repositories of the registry; nothing is sent."""
        for other in mount_from:
            place = self._begun(other)
            if place is None:
                return True
            self._abandon(place)
        return False

    def run(self, mount_from: Sequence[str] = ()) -> None:
        """Bring the blob into the repository, which does not have it. `mount_from`: repositories of the registry that may have it.

        Raises DigestMismatch and Truncated where the source is not what its descriptor says, Unreachable where the registry does
        not take it after all attempts, and what `RegistryClient.request` and `open_blob` raise.
        """
        place = None
        for other in mount_from:
            place = self._begun(other)
            if place is None:
                self._progress.advance(self._blob.size)
                return
        if place is None:
            place = self._begun()
        assert place is not None
        with self._open() as stream:
            if self._blob.size <= _SMALL:
                content = b"".join(self._read(stream, 0, self._blob.size))
                self._finish(place, content)
                return
            try:
                place = self._send(stream, place)
            except BaseException:
                self._abandon(place)
                raise
            self._finish(place, b"")

    def _abandon(self, place: str) -> None:
        """Have the registry forget what has come of it, unless that takes long: the user may wait for the end of a cancel."""
        limited = Progress()
        timer = Timer(_PARTING, limited.cancel)
        timer.start()
        try:
            with suppress(LayertuiError):
                self._client.request("DELETE", place, scope=self._scope, accept=range(400, 600), progress=limited)
        finally:
            timer.cancel()

    def _begun(self, mount_from: str | None = None) -> str | None:
        """Begin an upload; where it goes to, or None if the registry has mounted the blob instead."""
        path, scope = f"/v2/{self._repository}/blobs/uploads/", self._scope
        if mount_from is not None:
            path += f"?mount={quote(self._blob.digest, safe='')}&from={quote(mount_from, safe='')}"
            scope += f" repository:{mount_from}:pull"
        # Without rights on the other repository a token may be refused: the blob is sent, then.
        refusals = (400, 401, 403, 404, 405) if mount_from is not None else ()
        answer = self._client.request(
            "POST", path, scope=scope, headers={"content-length": "0"}, accept=refusals, progress=self._progress
        )
        if answer.status == 201:
            return None
        if answer.status >= 400:
            return self._begun()
        # A registry may want long chunks, but not any that it likes.
        self._chunk = max(_CHUNK, _number(answer.headers.get("oci-chunk-min-length")))
        return self._client.location(answer)

    def _send(self, stream: BinaryIO, place: str) -> str:
        """Send the blob in chunks; where the upload is to be finished."""
        sent, retries = 0, Retries(self._patience, self._progress)
        while sent < self._blob.size:
            size, before = min(self._chunk, self._blob.size - sent), sent
            failure = Unreachable(
                tr(
                    "registry {host}: takes no more of blob {digest}; try again later",
                    host=self._client.host,
                    digest=self._blob.digest,
                )
            )
            try:
                answer = self._patch(stream, place, sent, size)
                if answer.status < 400:
                    sent = min(_next(answer, sent + size), sent + size)
                    place = self._client.location(answer)
            except Unreachable as error:
                failure = error
            if sent > before:
                retries = Retries(self._patience, self._progress)
            elif not retries.wait():
                raise failure
            else:
                place, sent = self._status(place)
        return place

    def _patch(self, stream: BinaryIO, place: str, start: int, size: int) -> RegistryAnswer:
        headers = {
            "content-type": "application/octet-stream",
            "content-length": str(size),
            "content-range": f"{start}-{start + size - 1}",
        }
        return self._client.request(
            "PATCH",
            place,
            scope=self._scope,
            headers=headers,
            content=lambda: self._read(stream, start, size),
            accept=(404, 416),  # it has forgotten the upload, or come further or less far
            progress=self._progress,
        )

    def _status(self, place: str) -> tuple[str, int]:
        """Where an upload goes on after a cut, and how many bytes of it have come; a new one if the registry forgot it."""
        answer = self._client.request("GET", place, scope=self._scope, accept=(404,), progress=self._progress)
        if answer.status == 404:
            begun = self._begun()
            assert begun is not None
            return begun, 0
        with suppress(Unreachable):  # a status need not say it again
            place = self._client.location(answer)
        return place, min(_next(answer, 0), self._sum.size)

    def _read(self, stream: BinaryIO, start: int, size: int) -> Iterator[bytes]:
        """Bytes of the blob; those that were not read before are hashed, and the last of them only come if the digest is right."""
        stream.seek(start)
        position, end = start, start + size
        while position < end:
            piece = stream.read(min(_PIECE, end - position))
            if not piece:
                raise Truncated(
                    tr(
                        "blob {digest} ends after {position:,} of {size:,} bytes",
                        digest=self._blob.digest,
                        position=position,
                        size=self._blob.size,
                    )
                )
            position += len(piece)
            if position > self._sum.size:
                new = piece[len(piece) - (position - self._sum.size) :]
                self._sum.update(new)
                self._progress.advance(len(new))
                if position == self._blob.size and self._sum.digest() != self._blob.digest:
                    raise DigestMismatch(
                        tr(
                            "blob {digest}: the content's digest is {digest2}",
                            digest=self._blob.digest,
                            digest2=self._sum.digest(),
                        )
                    )
            yield piece

    def _finish(self, place: str, content: bytes) -> None:
        place += f"{'&' if '?' in place else '?'}digest={quote(self._blob.digest, safe='')}"
        headers = {"content-type": "application/octet-stream", "content-length": str(len(content))}
        try:
            self._client.request(
                "PUT", place, scope=self._scope, headers=headers, content=content, progress=self._progress
            )
        except NotFound:
            # Its answer may have been lost on the way, and the upload be gone because it is done.
            if not self.is_there():
                raise


def _next(answer: RegistryAnswer, otherwise: int) -> int:
    """How many bytes of an upload have come, by the `Range` of an answer, whose second number is that of the last one."""
    last = answer.headers.get("range", "").removeprefix("bytes=").partition("-")[2]
    if not last.isascii() or not last.isdigit():
        return otherwise
    number = _number(last)
    return number + 1 if number else 0


def _number(text: str | None) -> int:
    return int(text[:15]) if text is not None and text.isascii() and text.isdigit() else 0
