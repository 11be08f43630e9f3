"""What a daemon measures of a container, and the folders that it names as its root."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from layertui.core.containers.model.mount_table import MountedLayer
from layertui.core.engines.daemon.api_json.json_values import Object, inner, number, objects, pairs, text

if TYPE_CHECKING:
    from layertui.core.containers.observe.resource_usage import UsageSample

_INIT = "-init/diff"
"""The end of the folder in which Docker makes mount points, between the image and the container's writable layer."""


def layers_of(found: Object) -> tuple[MountedLayer, ...]:
    """The folders of an overlay from `GraphDriver`, the top one first; none where the storage driver reports none."""
    folders = pairs(inner(found, "GraphDriver"), "Data")
    upper = folders.get("UpperDir")
    if not upper:
        return ()
    lowers = [folder for folder in folders.get("LowerDir", "").split(":") if folder]
    of_image = [folder for folder in lowers if not folder.endswith(_INIT)]
    layers = [MountedLayer(len(of_image) + 1, len(of_image) + 1, Path(upper), writable=True)]
    number_of = len(of_image)
    for folder in lowers:
        if folder.endswith(_INIT):
            layers.append(MountedLayer(0, 0, Path(folder)))
        else:
            layers.append(MountedLayer(number_of, number_of, Path(folder)))
            number_of -= 1
    return tuple(layers)


def sample_of(found: Object, at: float) -> UsageSample | None:
    """One answer of `stats`; None where the container is not running, of which Docker answers nothing but zeros."""
    from layertui.core.containers.observe.resource_usage import UsageSample

    if text(found, "read").startswith("0001-") or "cause" in found:
        return None
    memory, pids = inner(found, "memory_stats"), number(inner(found, "pids_stats"), "current")
    details = inner(memory, "stats")
    inactive = number(details, "total_inactive_file") or number(details, "inactive_file")
    networks = inner(found, "networks")
    devices = [inner(networks, name) for name in networks]
    disk = {"read": 0, "write": 0}
    for one in objects(inner(found, "blkio_stats"), "io_service_bytes_recursive"):
        kind = text(one, "op").lower()
        if kind in disk:
            disk[kind] += number(one, "value")
    return UsageSample(
        at=at,
        cpu=number(inner(inner(found, "cpu_stats"), "cpu_usage"), "total_usage") / 1e9,
        memory=max(0, number(memory, "usage") - inactive),
        limit=number(memory, "limit"),
        received=sum(number(device, "rx_bytes") for device in devices),
        sent=sum(number(device, "tx_bytes") for device in devices),
        read=disk["read"],
        written=disk["write"],
        pids=pids,
    )
