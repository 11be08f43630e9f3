"""Images and containers as JSON objects with docker's keys (Engine API, `ImageInspect` and `ContainerInspect`)."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from layertui.core.containers.model.ports import EVERYWHERE, by_container_port
from layertui.core.containers.model.resource_limits import NO_LIMIT
from layertui.core.containers.model.run_config import asked_env, written_dir
from layertui.core.oci.timestamps import written
from layertui.tui.report.json_output import json_bytes

if TYPE_CHECKING:
    from layertui.core.containers.model.container import Container, CreateOptions
    from layertui.core.containers.model.mounts import Mount
    from layertui.core.containers.model.ports import Port
    from layertui.core.containers.storage.volumes import Volume
    from layertui.core.images.image import Image

Object = dict[str, Any]

# docker's value for an unknown time.
NO_TIME = "0001-01-01T00:00:00Z"


def inspection_text(found: list[Object]) -> str:
    """Indented, as `docker inspect` prints it."""
    return json_bytes(found, indent=2).decode("utf-8", "surrogateescape")


def image_inspection(image: Image, size: int | None) -> Object:
    """An image with docker's keys; `size` is unpacked."""
    config = image.config
    return {
        "Id": image.id,
        "RepoTags": [name.familiar for name in image.names if name.tag],
        "RepoDigests": list(image.repo_digests),
        "Parent": "",
        "Comment": config.history[-1].comment or "" if config.history else "",
        "Created": config.created or NO_TIME,
        "Author": config.author or "",
        "Config": _config(image),
        "Architecture": config.architecture,
        **({"Variant": config.variant} if config.variant else {}),
        "Os": config.os,
        "Size": size,
        "RootFS": {"Type": "layers", "Layers": list(image.diff_ids)},
        "Metadata": {"LastTagTime": NO_TIME},
        **({} if image.manifest_is_made else {"Descriptor": image.descriptor.to_json()}),
    }


def _config(image: Image) -> Object:
    """The config with the keys that docker always writes."""
    always: Object = {
        "Hostname": "",
        "User": "",
        "Env": [],
        "Cmd": None,
        "Entrypoint": None,
        "WorkingDir": "",
        "Volumes": None,
        "Labels": None,
        "OnBuild": None,
    }
    return {**always, **image.config.config.to_json()}


def volume_inspection(volume: Volume) -> Object:
    """A volume with docker's keys."""
    made = datetime.fromtimestamp(volume.folder.stat().st_ctime, UTC)
    return {
        "CreatedAt": written(made, "seconds"),
        "Driver": "local",
        "Labels": None,
        "Mountpoint": str(volume.folder),
        "Name": volume.name,
        "Options": None,
        "Scope": "local",
    }


def container_inspection(
    container: Container, image: Image | None, size_rw: int | None, volumes: Mapping[str, str]
) -> Object:
    """A container with docker's keys; `volumes` is the folder of named volumes."""
    options = container.options
    path, *arguments = container.command or ("",)
    config = _config(image) if image is not None else {}
    return {
        "Id": container.id,
        "Created": container.created,
        "Path": path,
        "Args": arguments,
        "State": _state(container),
        "Image": container.image_id,
        "Name": f"/{container.name}",
        "RestartCount": 0,
        "Driver": "overlay",
        "Platform": image.config.os if image is not None else "linux",
        "SizeRw": size_rw,
        "HostConfig": _host_config(options),
        "Mounts": [_mount(mount, volumes) for mount in _mounts(config, options)],
        "Config": _container_config(container, config),
        "NetworkSettings": {
            "Ports": _bindings(container.published, everywhere=EVERYWHERE),
            "Networks": {container.net: {}},
        },
    }


def _host_config(options: CreateOptions) -> Object:
    return {
        "NetworkMode": options.net,
        "PortBindings": _bindings(options.ports),
        "AutoRemove": options.remove,
        "ReadonlyRootfs": options.read_only,
        "Binds": [_bind(mount) for mount in options.mounts if _is_bind(mount)] or None,
        "Tmpfs": {mount.target: _memory(mount) for mount in options.mounts if mount.kind == "tmpfs"} or None,
        "ShmSize": options.shm_size,
        "Memory": options.limits.memory or 0,
        "MemorySwap": options.limits.swap or 0,
        "NanoCpus": options.limits.nano_cpus or 0,
        "PidsLimit": options.limits.pids if options.limits.pids != NO_LIMIT else None,
        "LogConfig": {"Type": "k8s-file", "Config": _log_config(options)},
        **({"Init": True} if options.init else {}),
        "CapAdd": list(options.cap_add) or None,
        "CapDrop": list(options.cap_drop) or None,
        "GroupAdd": list(options.groups) or None,
        "SecurityOpt": _security(options) or None,
    }


def _log_config(options: CreateOptions) -> Object:
    size = {} if options.log_size is None else {"max-size": str(options.log_size or -1)}
    return size if options.log_files is None else {**size, "max-file": str(options.log_files)}


def _container_config(container: Container, config: Object) -> Object:
    """The container's config: the image's with the options of `create`."""
    options = container.options
    return {
        **config,
        "Hostname": options.hostname or container.short_id,
        "User": options.user if options.user is not None else config.get("User", ""),
        "Env": asked_env(config.get("Env") or [], options.env),
        "Cmd": _command(container, config),
        "Entrypoint": _entrypoint(container, config),
        "WorkingDir": written_dir(options.working_dir or config.get("WorkingDir") or ""),
        "Volumes": _volumes(config, options),
        "Labels": {**(config.get("Labels") or {}), **options.labels},
        "Tty": options.tty,
        "OpenStdin": options.interactive,
        "StdinOnce": options.interactive and options.input_once,
        "Image": container.image,
        **({"StopSignal": options.stop_signal} if options.stop_signal else {}),
        **({} if options.stop_timeout is None else {"StopTimeout": options.stop_timeout}),
    }


def _bindings(ports: Sequence[Port], everywhere: str = "") -> Object:
    return {
        own: [
            {"HostIp": everywhere if port.ip == EVERYWHERE else port.ip, "HostPort": str(port.host or "")}
            for port in reached
        ]
        for own, reached in by_container_port(ports).items()
    }


def _bind(mount: Mount) -> str:
    return f"{mount.source}:{mount.target}{':ro' if mount.read_only else ''}"


def _memory(mount: Mount) -> str:
    sized = [f"size={mount.size}"] if mount.size is not None else []
    moded = [f"mode={mount.mode:o}"] if mount.mode is not None else []
    return ",".join([*mount.flags, *sized, *moded, *(["ro"] if mount.read_only else [])])


def _is_bind(mount: Mount) -> bool:
    """Whether docker lists it under Binds: mounts of `-v`, except anonymous volumes."""
    return mount.makes_source or (mount.kind == "volume" and bool(mount.source))


def _volumes(config: Object, options: CreateOptions) -> Object | None:
    return {**(config.get("Volumes") or {}), **{target: {} for target in options.own_volumes}} or None


def _mounts(config: Object, options: CreateOptions) -> list[Mount]:
    """The mounts of `create`, and the image's volumes that none of them replaces."""
    from layertui.core.containers.model.mounts import Mount, checked

    volumes = [Mount(kind="volume", target=posixpath.normpath(target)) for target in config.get("Volumes") or {}]
    kept = checked([*options.mounts, *volumes])
    return [mount for mount in dict.fromkeys([*options.mounts, *volumes]) if mount in kept]


def _mount(mount: Mount, volumes: Mapping[str, str]) -> Object:
    volume = {"Name": mount.source, "Driver": "local"} if mount.kind == "volume" else {}
    return {
        "Type": mount.kind,
        **volume,
        "Source": volumes.get(mount.source, "") if volume else mount.source,
        "Destination": mount.target,
        "Mode": "ro" if mount.read_only else "",
        "RW": not mount.read_only,
        "Propagation": "rprivate" if mount.kind == "bind" else "",
    }


def _security(options: CreateOptions) -> list[str]:
    found = ["no-new-privileges"] if options.no_new_privileges else []
    return found if options.confined else [*found, "seccomp=unconfined"]


def _state(container: Container) -> Object:
    state = str(container.state)
    return {
        "Status": state,
        "Running": state in ("running", "paused"),
        "Paused": state == "paused",
        **({"PausedBy": container.paused_by} if container.paused_by else {}),
        "Restarting": False,
        "OOMKilled": container.oom_killed,
        "Dead": state == "dead",
        "Pid": container.pid,
        "ExitCode": container.exit_code,
        "Error": container.reason or "",
        "StartedAt": container.started or NO_TIME,
        "FinishedAt": container.finished or NO_TIME,
    }


def _entrypoint(container: Container, config: Object) -> list[str] | None:
    given = container.options.entrypoint
    if given is None:
        entrypoint: list[str] | None = config.get("Entrypoint")
        return entrypoint
    return [word for word in given if word] or None


def _command(container: Container, config: Object) -> list[str] | None:
    if container.options.command is not None:
        return list(container.options.command)
    if container.options.entrypoint is not None:
        return None
    command: list[str] | None = config.get("Cmd")
    return command
