"""BlobStream: the bytes of one blob, as a registry sends them; what is cut off goes on by Range."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from layertui.core.engines.registry.connection.transport_errors import plain
from layertui.core.errors import Damaged, Unreachable
from layertui.core.fs.reader import Reader
from layertui.core.language.texts import tr
from layertui.core.progress import quiet, unseen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.engines.registry.connection.registry_answer import RegistryAnswer
    from layertui.core.engines.registry.registry_client import RegistryClient
    from layertui.core.oci.descriptor import Descriptor
    from layertui.core.progress import Progress

_MUCH = 1 << 20  # bytes; a registry that sends less between two failures is not going on
_CONTENT_RANGE = re.compile(r"bytes (\d{1,19})-(\d{1,19})/(\d{1,19}|\*)")


class NoRanges(Unreachable):
    """The registry sends blobs as a whole only."""


class BlobStream(Reader):
    """A blob, or the bytes `start` to `end` of it, to be read forward. Nothing is asked for before the first `read`.

    Not verified. Raises Damaged for another length than the descriptor says, NoRanges for a registry that does not know ranges,
    and what `RegistryClient.request` raises.
    """

    def __init__(
        self,
        client: RegistryClient,
        repository: str,
        descriptor: Descriptor,
        start: int = 0,
        end: int | None = None,
        progress: Progress | None = None,
    ) -> None:
        super().__init__()
        self._client, self._repository, self._descriptor = client, repository, descriptor
        self._at, self._end = start, descriptor.size if end is None else end
        self._stop = unseen(progress or quiet())  # cancelled by `interrupt`, too
        self._retries = client.retries(self._stop)
        self._moved = 0
        self._answer: RegistryAnswer | None = None
        self._pieces: Iterator[bytes] = iter(())
        self._piece = b""
        self.name = tr("registry {host}", host=client.host)

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0:
            return b"".join(iter(lambda: self.read(1 << 20), b""))
        if not self._piece and not self._next():
            return b""
        if size >= len(self._piece):  # as a rule: nothing of it is copied
            got, self._piece = self._piece, b""
        else:
            got, self._piece = self._piece[:size], self._piece[size:]
        return got

    def interrupt(self) -> None:
        """End a `read` that another thread is in, whatever it waits for: it raises Cancelled. Only `close` may follow."""
        self._stop.cancel()
        if (answer := self._answer) is not None:
            answer.interrupt()

    def close(self) -> None:
        self._drop()
        super().close()

    def _next(self) -> bool:
        """Have the next piece; False at the end."""
        while self._at < self._end:
            if self._answer is None:
                self._begin()
            self._stop.advance(0)  # it may have been interrupted before there was an answer to end
            try:
                piece = next(self._pieces)
            except (Unreachable, StopIteration) as error:
                self._drop()
                self._stop.advance(0)
                if not self._retries.wait():
                    raise Unreachable(
                        tr("{title} is cut off after {at:,} bytes; try again", title=self._title, at=self._at)
                    ) from error
                continue
            if len(piece) > self._end - self._at:
                raise Damaged(
                    tr(
                        "{title} is longer than the {size:,} bytes that its descriptor says",
                        title=self._title,
                        size=self._descriptor.size,
                    )
                )
            self._at += len(piece)
            self._moved += len(piece)
            if self._moved >= _MUCH:  # it goes on: the time for attempts starts again
                self._retries, self._moved = self._client.retries(self._stop), 0
            self._piece = piece
            return True
        self._drop()
        return False

    def _begin(self) -> None:
        """Ask for what is left."""
        whole = self._at == 0 and self._end == self._descriptor.size
        answer = self._client.request(
            "GET",
            f"/v2/{self._repository}/blobs/{self._descriptor.digest}",
            scope=f"repository:{self._repository}:pull",
            headers={} if whole else {"range": f"bytes={self._at}-{self._end - 1}"},
            stream=True,
            progress=self._stop,
        )
        try:
            self._check(answer, whole=whole)
        except BaseException:
            answer.close()
            raise
        self._answer, self._pieces = answer, answer.chunks()

    def _check(self, answer: RegistryAnswer, *, whole: bool) -> None:
        size = self._descriptor.size
        if answer.status == 206:
            given = answer.headers.get("content-range", "")
            found = _CONTENT_RANGE.fullmatch(given)
            if found is None or int(found[1]) != self._at or found[3] not in ("*", str(size)):
                raise Damaged(
                    tr(
                        "{title}: asked for bytes from {at}, the registry sends {given!r}",
                        title=self._title,
                        at=self._at,
                        given=plain(given) or "others",
                    )
                )
        elif answer.status == 200 and whole:
            length = answer.headers.get("content-length")
            if length is not None and length != str(size):
                raise Damaged(
                    tr(
                        "{title} is {length} bytes long, not {size:,} as its descriptor says",
                        title=self._title,
                        length=plain(length),
                        size=size,
                    )
                )
        elif answer.status == 200:
            raise NoRanges(tr("{title}: the registry sends it as a whole only", title=self._title))
        else:
            raise Unreachable(tr("{title}: the registry answers {status}", title=self._title, status=answer.status))

    def _drop(self) -> None:
        if self._answer is not None:
            self._answer.close()
            self._answer = None

    @property
    def _title(self) -> str:
        return tr(
            "{name}: blob {short} of {repository}",
            name=self.name,
            short=self._descriptor.digest.short,
            repository=self._repository,
        )
