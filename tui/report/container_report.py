"""Containers as JSON objects and as lines of text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from layertui.core.containers.model.ports import shown
from layertui.core.errors import LayertuiError
from layertui.core.language.texts import english, tr
from layertui.tui.common.format import age, quoted, safe, status
from layertui.tui.report.json_output import aligned, docker_table

if TYPE_CHECKING:
    from layertui.core.containers.model.container import Container
    from layertui.core.containers.model.mount_table import MountedLayer, MountTable
    from layertui.core.containers.observe.namespaces import Namespaces

Object = dict[str, Any]

# The width to which docker cuts a command in `ps`.
COMMAND_WIDTH = 20


def container_object(container: Container, size_rw: int | None) -> Object:
    """One container of `ps --json`."""
    return {
        "id": container.id,
        "name": container.name,
        "image": container.image,
        "image_id": container.image_id,
        "command": list(container.command),
        "created": container.created,
        "status": str(container.state),
        "pid": container.pid,
        "exit_code": container.exit_code,
        "started": container.started,
        "finished": container.finished,
        "size_rw": size_rw,
        "ports": list(map(str, container.published)),
    }


@english()
def container_lines(containers: Iterable[Container], *, full: bool) -> Iterator[str]:
    """`ps` as docker prints it."""
    rows = [
        [
            container.id if full else container.short_id,
            safe(container.image),
            quoted(container.command, None if full else COMMAND_WIDTH),
            age(container.created),
            status(
                str(container.state),
                container.started,
                container.finished,
                container.exit_code,
                paused_by=container.paused_by,
            ),
            shown(container.published),
            safe(container.name),
        ]
        for container in containers
    ]
    return docker_table(["CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"], rows)


def namespaces_object(found: Namespaces) -> Object:
    """What `namespaces --json` prints."""
    return {
        "status": str(found.status),
        "pid": found.pid,
        "host": dict(found.host),
        "container": dict(found.container) if found.container is not None else None,
        "own": list(found.own),
        "processes": {kind: list(pids) for kind, pids in found.processes.items()},
    }


def namespaces_lines(found: Namespaces) -> Iterator[str]:
    """The container's namespaces beside the host's, its own ones marked."""
    inside = found.container or {}
    rows = [["NAMESPACE", "HOST", "CONTAINER", "", "PROCESSES"]]
    rows += [
        [
            kind,
            str(inode),
            str(inside.get(kind, "-")),
            "own" if kind in found.own else "",
            " ".join(map(str, found.processes.get(kind, ()))),
        ]
        for kind, inode in found.host.items()
    ]
    yield tr("Status: {status}", status=found.status) + (
        tr(", pid {pid}", pid=found.pid) if found.pid else tr(", no process")
    )
    yield from aligned("lrrll", rows)


def mounts_object(table: MountTable) -> Object:
    """The mounts in `namespaces --json`: the root's layers, top first, and the mount table."""
    return {
        "layers": [
            {"first": one.first, "last": one.last, "folder": str(one.folder), "writable": one.writable}
            for one in table.layers
        ],
        "mounts": [
            {"path": one.path, "type": one.kind, "source": one.source, "options": list(one.options)}
            for one in table.mounts
        ],
    }


def layer_name(layer: MountedLayer) -> str:
    """The layers in a folder: `3`, `1-9`, `own`."""
    if layer.writable:
        return "own"
    return "-" if not layer.last else str(layer.last) if layer.first == layer.last else f"{layer.first}-{layer.last}"


def mounts_lines(table: MountTable) -> Iterator[str]:
    """The folder of each layer, and the mounts."""
    yield ""
    yield from aligned("ll", [["LAYER", "FOLDER"], *([layer_name(one), safe(str(one.folder))] for one in table.layers)])
    if table.mounts:
        yield ""
        rows = [[safe(one.path), one.kind, one.options[0], safe(one.source)] for one in table.mounts]
        yield from aligned("llll", [["MOUNT", "TYPE", "", "SOURCE"], *rows])


def sizes(containers: Iterable[Container], size_rw: Callable[[str], int], warn: Callable[[str], None]) -> list[Object]:
    """`ps --json`, with the size of each container's writable layer."""
    found = []
    for container in containers:
        taken, why_not = size_or_why(size_rw, container.id)
        if why_not is not None:
            warn(tr("{name}: its size is not known: {why_not}", name=safe(container.name), why_not=why_not))
        found.append(container_object(container, taken))
    return found


def size_or_why(size_rw: Callable[[str], int], container_id: str) -> tuple[int | None, str | None]:
    """The bytes of a container's writable layer; or why they are unknown: one container must not break a list."""
    try:
        return size_rw(container_id), None
    except LayertuiError as error:
        return None, str(error)
