"""The command logs."""

from __future__ import annotations

import sys
from datetime import UTC
from typing import TYPE_CHECKING, BinaryIO

import click

from layertui.core.errors import UsageError
from layertui.core.language.texts import tr
from layertui.tui.verbs.shared.cli_context import CliContext, pass_context, verb

if TYPE_CHECKING:
    from layertui.core.containers.observe.container_logs import LogLine


@verb("logs", "logs -f kind_banzai", "logs --tail 10 -t kind_banzai")
@click.option("-f", "--follow", is_flag=True, help="Follow the output until it ends.")
@click.option("--tail", default="all", metavar="N", help="No more than the last N lines.")
@click.option("-t", "--timestamps", is_flag=True, help="The time before each line.")
@click.option("--since", metavar="T", help="Only what came since: a time, or how long ago (10m, 1h30m).")
@click.option("--raw", is_flag=True, help="On a terminal too the bytes as they are, control characters among them.")
@click.argument("name")
@pass_context
def logs_verb(
    context: CliContext, name: str, follow: bool, tail: str, timestamps: bool, since: str | None, raw: bool
) -> None:
    """Print what a container has written. On a terminal control characters are escaped."""
    if tail != "all" and not tail.removeprefix("-").isdecimal():
        raise UsageError(tr("invalid value {tail!r} for --tail: write a number, or all", tail=tail))
    # A negative number is all of them, as docker has it.
    lines = context.inspector.containers.output.logs(
        name, follow=follow, tail=None if tail == "all" or tail[0] == "-" else int(tail)
    )
    if since is not None:
        from layertui.tui.verbs.container.watch_verbs import moment_of

        begin = moment_of(since).astimezone(UTC).isoformat(timespec="microseconds")
        lines = (line for line in lines if line.time[:26] >= begin[:26])
    if context.json:
        for line in lines:
            context.out.document(_log_object(line))
            context.out.raw.flush()
        return
    streams = _Streams(raw=raw)
    for line in lines:
        streams.write(line, timestamps=timestamps)


def _log_object(line: LogLine) -> dict[str, str]:
    return {"time": line.time, "stream": line.stream, "text": line.text.decode("utf-8", "surrogateescape")}


class _Streams:
    """Our stdout and stderr, for lines that a container wrote to its own."""

    def __init__(self, *, raw: bool) -> None:
        ours = {"stdout": sys.stdout, "stderr": sys.stderr}
        self._streams: dict[str, BinaryIO | None] = {
            name: stream.buffer if stream is not None else None for name, stream in ours.items()
        }
        self._escaped = {name for name, stream in ours.items() if stream is not None and stream.isatty() and not raw}
        self._amid: set[str] = set()

    def write(self, line: LogLine, *, timestamps: bool) -> None:
        """One line, or the piece of one, at once."""
        stream = self._streams[line.stream]
        if stream is None:
            return
        text = line.text
        if line.stream in self._escaped:
            from layertui.tui.common.format import safe_lines

            text = safe_lines(text.decode("utf-8", "surrogateescape")).encode()
        begins = line.stream not in self._amid
        stream.write(f"{line.time} ".encode() + text if timestamps and begins else text)
        stream.flush()
        (self._amid.discard if line.text.endswith(b"\n") else self._amid.add)(line.stream)
