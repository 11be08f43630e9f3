"""DaemonOutput: what a daemon's container has written, line by line."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from layertui.core.containers.observe.container_logs import LogLine
from layertui.core.engines.daemon.api_json.stream_frames import LONGEST, Stream, StreamFrames
from layertui.core.engines.daemon.api_requests.daemon_answers import pieces, streamed
from layertui.core.errors import NotFound
from layertui.core.oci.timestamps import utc

if TYPE_CHECKING:
    from layertui.core.containers.model.container import Container
    from layertui.core.engines.daemon.containers.container_lookup import ContainerLookup
    from layertui.core.progress import Progress


_LEFT_OUT = 16
"""Lines at the end among which the last one that was given on is looked for."""


class DaemonOutput:
    """See ContainerOutput in `container_protocols.py`."""

    def __init__(self, lookup: ContainerLookup) -> None:
        self._lookup = lookup

    def logs(
        self, name: str, *, follow: bool = False, tail: int | None = None, progress: Progress | None = None
    ) -> Iterator[LogLine]:
        container, count = self._lookup.get(name), "all" if tail is None else tail
        if tail and self._lookup.client.is_podman_4:
            return self._last(container, progress, tail, follow=follow)
        lines = self._lines(container, progress, follow=int(follow), tail=count)
        if follow and self._lookup.client.endpoint.kind == "docker":
            return self._completed(lines, container, progress)
        return lines if follow else joined(lines)

    def _last(self, container: Container, progress: Progress | None, tail: int, *, follow: bool) -> Iterator[LogLine]:
        """The last lines, found among all of them: asked for them alone, Podman 4 joins pieces of different lines."""
        if not follow:
            return iter(deque(joined(self._lines(container, progress, tail="all")), maxlen=tail))
        starts = deque[int](maxlen=tail)
        ended = True
        for number, piece in enumerate(self._lines(container, progress, tail="all")):
            if ended:
                starts.append(number)
            ended = piece.text.endswith(b"\n")
        return islice(self._lines(container, progress, follow=1, tail="all"), starts[0] if starts else 0, None)

    def _completed(
        self, lines: Iterator[LogLine], container: Container, progress: Progress | None
    ) -> Iterator[LogLine]:
        """These lines, and at their end a last one without newline, which Docker 20 often leaves out of what is followed."""
        last = None
        for last in lines:
            yield last
        with suppress(NotFound):  # it was removed at its end
            found = list(self._lines(container, progress, tail=_LEFT_OUT))
            if last in found:
                yield from found[found.index(last) + 1 :]

    def _lines(self, container: Container, progress: Progress | None, **asked: object) -> Iterator[LogLine]:
        path, framed = f"/containers/{container.id}/logs", not container.options.tty
        query = {"stdout": 1, "stderr": 1, "timestamps": 1, **asked}
        with streamed(self._lookup.client, "GET", path, "", query, progress) as response:
            frames = StreamFrames(framed=framed, whole=True)
            found = (one for piece in pieces(response) for one in frames.feed(piece))
            yield from (log_line(*one) for one in found) if framed else lines_of(found)


def joined(lines: Iterable[LogLine]) -> Iterator[LogLine]:
    """Whole lines: a daemon sends a long line in pieces, and Podman any line at the end of a buffer. The first piece has the time."""
    begun: dict[Stream, LogLine] = {}
    for line in lines:
        before = begun.pop(line.stream, None)
        whole = line if before is None else before._replace(text=before.text + line.text)
        if whole.text.endswith(b"\n") or len(whole.text) > LONGEST:
            yield whole
        else:
            begun[line.stream] = whole
    yield from begun.values()


def lines_of(found: Iterable[tuple[Stream, bytes]]) -> Iterator[LogLine]:
    """The lines that a terminal was sent, which come without frames."""
    rest = b""
    for stream, content in found:
        *lines, rest = (rest + content).split(b"\n")
        yield from (log_line(stream, line + b"\n") for line in lines)
        if len(rest) > LONGEST:
            yield log_line(stream, rest)
            rest = b""
    if rest:
        yield log_line("stdout", rest)


def log_line(stream: Stream, line: bytes) -> LogLine:
    """`TIME TEXT`, as a daemon writes a line when it is asked for times."""
    stamp, blank, text = line.partition(b" ")
    time = stamp.decode("ascii", "replace")
    normal = utc(time)
    if normal is None or not blank:
        return LogLine(stream, "", line)
    return LogLine(stream, time if time.endswith("Z") else normal, text)
