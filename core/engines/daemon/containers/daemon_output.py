"""DaemonOutput: what a daemon's container has written, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from layertui.core.containers.observe.container_logs import LogLine
from layertui.core.engines.daemon.api_json.stream_frames import LONGEST, Stream, StreamFrames
from layertui.core.engines.daemon.containers.daemon_requests import pieces, streamed
from layertui.core.oci.timestamps import utc

if TYPE_CHECKING:
    from layertui.core.engines.daemon.containers.container_lookup import ContainerLookup
    from layertui.core.progress import Progress


class DaemonOutput:
    """See ContainerOutput in `container_protocols.py`."""

    def __init__(self, lookup: ContainerLookup) -> None:
        self._lookup = lookup

    def logs(
        self, name: str, *, follow: bool = False, tail: int | None = None, progress: Progress | None = None
    ) -> Iterator[LogLine]:
        container = self._lookup.get(name)
        query: dict[str, object] = {
            "stdout": 1,
            "stderr": 1,
            "timestamps": 1,
            "follow": int(follow),
            "tail": "all" if tail is None else tail,
        }
        return self._lines(container.id, query, progress, framed=not container.options.tty)

    def _lines(
        self, container_id: str, query: dict[str, object], progress: Progress | None, *, framed: bool
    ) -> Iterator[LogLine]:
        path = f"/containers/{container_id}/logs"
        with streamed(self._lookup.client, "GET", path, "", query, progress) as response:
            frames = StreamFrames(framed=framed, whole=True)
            found = (one for piece in pieces(response) for one in frames.feed(piece))
            yield from (log_line(*one) for one in found) if framed else lines_of(found)


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
