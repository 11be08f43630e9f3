"""The text of the Details pane for an image, a layer, a container or a file.

Every identifier has its full name (image ID, manifest digest, DiffID, ChainID), because these are different things.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from layertui.core.containers.model.ports import shown
from layertui.core.language.texts import tr, trn
from layertui.core.layers.table.entry import Entry, Kind
from layertui.tui.common.format import (
    age,
    count_text,
    kind_text,
    layer_name,
    mode_text,
    mtime_text,
    octal,
    one_line,
    quoted,
    safe,
    size,
    status,
    when,
)
from layertui.tui.widgets.files.document import Part, heading
from layertui.tui.widgets.text.pieces import many

if TYPE_CHECKING:
    from layertui.core.containers.model.container import Container
    from layertui.core.containers.observe.container_logs import LogLine
    from layertui.core.images.history_steps import Step
    from layertui.core.images.image import Image
    from layertui.core.inspector.inspector_answers import LayerSummary
    from layertui.core.inspector.subject import Subject
    from layertui.core.oci.digest import Digest


def exact(count: int | None) -> str:
    """A size as docker prints it, and in bytes."""
    if count is None:
        return tr("not counted yet")
    return (
        many(count, "byte") if count < 1000 else tr("{size} ({count} bytes)", size=size(count), count=count_text(count))
    )


def image_parts(
    image: Image, total: int | None, now: datetime, in_engine: tuple[str, Digest] | None = None
) -> list[Part]:
    """An image with its identifiers; `in_engine` is an engine's name and the ID that it has for the image, if another one."""
    parts = [heading(tr("Image"))]
    names = [name.familiar for name in image.names]
    parts += [Part(safe(name), tr("name") if number == 0 else " ", "strong") for number, name in enumerate(names)]
    parts += [
        Part(str(image.id), tr("image ID")),
        *([Part(str(in_engine[1]), tr("ID in {in_engine}", in_engine=safe(in_engine[0])))] if in_engine else []),
        *(
            [Part(safe(digest), tr("in a registry")) for digest in image.repo_digests]
            if image.manifest_is_made
            else [Part(str(image.digest), tr("manifest digest"))]
        ),
        Part(safe(str(image.platform)), tr("platform")),
        Part(
            tr(
                "{created} UTC, {created2}",
                created=when(image.config.created),
                created2=age(image.config.created, now).lower(),
            )
            if image.config.created
            else tr("not recorded"),
            tr("created"),
        ),
    ]
    if image.config.author:
        parts.append(Part(one_line(image.config.author), tr("author")))
    parts += [
        Part(f"{len(image.layers)}", tr("layers")),
        Part(exact(total), tr("size")),
        Part(exact(sum(layer.size for layer in image.layers)), tr("stored size")),
    ]
    if any(layer.is_recorded for layer in image.layers):  # a catalog has no manifest, and no contents
        return [*parts, Part(tr("of a catalog: files are listed, and cannot be read"), tr("contents"), "dim")]
    return parts if image.manifest_is_made else [*parts, Part(image.manifest.media_type, tr("manifest type"))]


def layer_parts(summary: LayerSummary | None, step: Step | None, now: datetime) -> list[Part]:
    """A layer with its identifiers, and its changes."""
    layer = summary.layer if summary is not None else step.layer if step is not None else None
    if layer is None:
        if step is None:
            return []
        return [heading(tr("A step that made no layer")), *_step_parts(step, now)]
    parts = [
        heading(tr("Layer {number}", number=layer.number)),
        Part(str(layer.diff_id), tr("DiffID")),
        Part(str(layer.chain_id), tr("ChainID")),
        *(
            [Part(str(layer.digest), tr("digest")), Part(layer.media_type, tr("media type"))]
            if not layer.is_recorded
            else []
        ),
        Part(exact(layer.size), tr("stored size")),
    ]
    if summary is not None:
        entries = trn("{count:,} entry", "{count:,} entries", summary.entries)
        parts.insert(1, Part(exact(summary.size), tr("size")))
        parts.insert(2, Part(f"{entries}; {counts_text(summary)}", tr("holds")))
    return [*parts, *(_step_parts(step, now) if step is not None else [])]


def writable_layer_parts(number: int, summary: LayerSummary | None) -> list[Part]:
    """A container's writable layer; with its changes once they are counted."""
    counted = (
        [Part(exact(summary.size), tr("size"), "own"), Part(counts_text(summary), tr("changes"))] if summary else []
    )
    identities = Part(tr("none: not part of an image until it is committed"), tr("identities"), "dim")
    return [heading(tr("Layer {number}: the container's writable layer", number=number)), *counted, identities]


def counts_text(summary: LayerSummary) -> str:
    """The changes of a layer, in words."""
    done = [
        f"{count_text(count)} {word}"
        for count, word in (
            (summary.added, tr("added")),
            (summary.modified, tr("modified")),
            (summary.removed, tr("removed")),
        )
        if count
    ]
    return ", ".join(done) or tr("nothing changed")


def _step_parts(step: Step, now: datetime) -> list[Part]:
    parts = [Part(one_line(step.command) or tr("no command recorded"), tr("created by"), "" if step.command else "dim")]
    if step.created:
        parts.append(
            Part(
                tr("{created} UTC, {created2}", created=when(step.created), created2=age(step.created, now).lower()),
                tr("created"),
            )
        )
    if step.comment:
        parts.append(Part(one_line(step.comment), tr("comment")))
    if step.author:
        parts.append(Part(one_line(step.author), tr("author")))
    return parts


def container_parts(container: Container, size_rw: int | str | None, no_start: str | None, now: datetime) -> list[Part]:
    """A container: its parts and its state; its size is a number, or the reason why it is unknown."""
    state = status(str(container.state), container.started, container.finished, container.exit_code, now)
    parts = [
        heading(tr("Container")),
        Part(safe(container.name), tr("name"), "strong"),
        Part(container.id, tr("container ID")),
        Part(state, tr("status")),
        Part(_life(container), " ", "dim"),
        Part(safe(container.image), tr("image")),
        Part(str(container.image_id), tr("image ID")),
        Part(quoted(container.command), tr("command")),
        Part(
            tr(
                "{created} UTC, {created2}",
                created=when(container.created),
                created2=age(container.created, now).lower(),
            ),
            tr("created"),
        ),
    ]
    if container.reason:
        parts.append(Part(tr(one_line(container.reason)), tr("reason"), "changed"))
    if isinstance(size_rw, str):
        parts.append(Part(one_line(size_rw), tr("writable layer"), "changed"))
    elif size_rw is not None:
        parts.append(Part(exact(size_rw), tr("writable layer"), "own"))
    if container.pid:
        parts.append(Part(str(container.pid), tr("process")))
    options = container.options
    if container.net != "none":
        parts.append(Part(container.net, tr("network")))
    if ports := shown(container.published or options.ports):
        parts.append(Part(ports, tr("ports")))
    if options.user:
        parts.append(Part(safe(options.user), tr("user")))
    if options.working_dir:
        parts.append(Part(safe(options.working_dir), tr("working dir")))
    parts += [Part(safe(line), "env" if number == 0 else " ") for number, line in enumerate(options.env)]
    if no_start:
        parts.append(Part(one_line(no_start), tr("cannot start"), "changed"))
    return parts


def _life(container: Container) -> str:
    if container.state == "created":
        return tr("It has a writable layer only: no process, no namespaces.")
    if container.state == "running":
        return tr("Its process runs in its own namespaces; it writes to the writable layer.")
    if container.state == "paused" and container.paused_by == "signals":
        return tr("Paused by SIGSTOP: its processes are stopped, and may notice it.")
    if container.state == "paused":
        return tr("Paused by the cgroup freezer: its processes are stopped, and do not notice it.")
    if container.state == "exited":
        return tr("Its process has ended; the writable layer can still be read and written.")
    return ""


def command_parts(step: Step | None, container: Container | None) -> list[Part]:
    """The complete command of the step that made a layer, as recorded."""
    if step is None:
        if container is None:
            return [Part(tr("No history is recorded for this layer."), word="dim")]
        return [
            heading(tr("What runs in the container")),
            *(Part(safe(word), word="strong" if number == 0 else "") for number, word in enumerate(container.command)),
        ]
    parts = [
        heading(
            tr("Step of layer {number}", number=step.number)
            if step.layer is not None
            else tr("Step that made no layer")
        )
    ]
    parts += [Part(safe(line)) for line in _command_lines(step.command or tr("no command recorded"))]
    if step.created_by and one_line(step.created_by) != one_line(step.command):
        parts += [heading(tr("As recorded")), *(Part(safe(line), word="dim") for line in step.created_by.splitlines())]
    return parts


def _command_lines(command: str) -> Iterable[str]:
    """A chain of shell commands, one per line, as it was probably written."""
    for line in command.splitlines():
        first, *others = line.split(" && ")
        yield first
        for other in others:
            yield "  && " + other.strip()


def config_parts(subject: Subject) -> list[Part]:
    """The configuration for containers of the image: Env, Entrypoint, Cmd and the rest."""
    config = subject.image.config
    run = config.config
    parts = [heading(tr("Config"))]
    words: Sequence[tuple[str, Sequence[str] | None]] = (
        ("Entrypoint", run.entrypoint),
        ("Cmd", run.cmd),
        ("Shell", run.shell),
    )
    for name, value in words:
        if value is not None:
            parts.append(Part(safe(json.dumps(list(value), ensure_ascii=False)), name))
    for name, text in (("WorkingDir", run.working_dir), ("User", run.user), ("StopSignal", run.stop_signal)):
        if text:
            parts.append(Part(safe(text), name))
    for name, lines in (
        ("ExposedPorts", run.exposed_ports),
        ("Volumes", run.volumes),
        ("Env", run.env),
        ("OnBuild", run.on_build),
    ):
        parts += [Part(safe(line), name if number == 0 else " ") for number, line in enumerate(lines)]
    if run.healthcheck is not None:
        parts.append(Part(safe(json.dumps(dict(run.healthcheck), ensure_ascii=False)), tr("Healthcheck")))
    if len(parts) == 1:
        parts.append(Part(tr("Empty: no command, no environment, as `import` makes it."), word="dim"))
    if run.labels:
        parts += [heading(tr("Labels")), *(Part(safe(value), safe(name)) for name, value in sorted(run.labels.items()))]
    if subject.image.manifest.annotations:
        annotations: Mapping[str, str] = subject.image.manifest.annotations
        parts += [
            heading(tr("Annotations")),
            *(Part(safe(value), safe(name)) for name, value in sorted(annotations.items())),
        ]
    return parts


def entry_parts(entry: Entry, own_number: int | None) -> list[Part]:
    """The attributes of a path, above its content."""
    owner = f"{entry.uid}:{entry.gid}"
    if entry.uname or entry.gname:
        owner += f" ({safe(entry.uname)}:{safe(entry.gname)})"
    layer = layer_name(entry.layer, own_number)
    figures = [
        mode_text(entry.kind, entry.mode),
        octal(entry.mode),
        owner,
        exact(entry.size) if entry.kind == Kind.FILE else kind_text(entry.kind.word),
        mtime_text(entry.mtime),
    ]
    parts = [
        Part(safe(entry.path), word="strong"),
        Part("  ".join([*figures, layer.replace(" ", "\u00a0")]), word="dim"),
    ]
    if entry.link is not None:
        parts.append(Part(f"→ {safe(entry.link)}", word="base"))
    if entry.hardlink_to is not None:
        parts.append(Part(tr("another name of {hardlink_to}", hardlink_to=safe(entry.hardlink_to)), word="base"))
    if entry.dev is not None:
        parts.append(Part(tr("device {dev}:{dev2}", dev=entry.dev[0], dev2=entry.dev[1]), word="dim"))
    for name, value in entry.xattrs.items():
        parts.append(Part(f"{safe(name)} = {safe(value[:64])}", word="dim"))
    return parts


def log_parts(lines: Iterable[LogLine]) -> list[Part]:
    """The output of a container; standard error is marked."""
    parts = [
        Part(
            safe(line.text.rstrip(b"\r\n")),
            "! " + line.time[11:19] if line.stream == "stderr" else "  " + line.time[11:19],
            "changed" if line.stream == "stderr" else "",
        )
        for line in lines
    ]
    return parts or [Part(tr("No output yet."), word="dim")]
