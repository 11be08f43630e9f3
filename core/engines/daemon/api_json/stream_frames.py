"""The frames in which a daemon sends stdout and stderr of a process without a terminal: a kind, a length, the content."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from layertui.core.errors import Damaged
from layertui.core.language.texts import tr

Stream = Literal["stdout", "stderr"]
HEADER = 8
LONGEST = 1 << 20
"""Bytes after which a line is given on in pieces: a daemon may send one without an end."""
_STREAMS: dict[int, Stream] = {0: "stdout", 1: "stdout", 2: "stderr"}
_SYSTEM_ERROR = 3  # an error of the daemon itself, amid the output


class StreamFrames:
    """Takes bytes as they come; content is given on as soon as it is there, or by whole frames."""

    def __init__(self, *, framed: bool = True, whole: bool = False) -> None:
        """`framed` is false for a terminal, whose output comes as it is. `whole`: a log has one line in each frame."""
        self._framed, self._whole = framed, whole
        self._content = bytearray()
        self._header = bytearray()
        self._stream: Stream = "stdout"
        self._missing = 0

    def feed(self, content: bytes) -> Iterator[tuple[Stream, bytes]]:
        """The pieces of output in what has come. Damaged for what is no frame."""
        if not self._framed:
            if content:
                yield "stdout", content
            return
        view = memoryview(content)
        while view:
            if self._missing:
                piece, view = view[: self._missing], view[self._missing :]
                self._missing -= len(piece)
                self._content += piece
                if not self._whole or not self._missing or len(self._content) > LONGEST:
                    yield self._stream, bytes(self._content)
                    self._content.clear()
                continue
            lacking = HEADER - len(self._header)
            self._header += view[:lacking]
            view = view[lacking:]
            if len(self._header) == HEADER:
                self._begin()

    def _begin(self) -> None:
        kind = self._header[0]
        if kind not in _STREAMS and kind != _SYSTEM_ERROR:
            raise Damaged(tr("the daemon's output is no frame of stdout or stderr: it begins with {kind}", kind=kind))
        self._stream = _STREAMS.get(kind, "stderr")
        self._missing = int.from_bytes(self._header[4:], "big")
        self._header.clear()
