"""The body of `POST /containers/create` for CreateOptions, as docker's own command line would write it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from layertui.core.containers.model.container import SHM_SIZE, CreateOptions
from layertui.core.containers.model.mounts import Mount
from layertui.core.containers.model.ports import by_container_port
from layertui.core.engines.daemon.api_json.json_values import Object


def create_body(image: str, options: CreateOptions, *, attached: bool) -> Object:
    """The body for a container of this image, as the daemon knows it by name or ID. `attached`: its streams are wanted."""
    published = by_container_port(options.ports)
    body: Object = {
        "Image": image,
        "Env": list(options.env),
        "Tty": options.tty,
        "OpenStdin": options.interactive,
        "StdinOnce": options.interactive and options.input_once,
        "AttachStdin": options.interactive and attached,
        "AttachStdout": attached,
        "AttachStderr": attached,
        "Labels": dict(options.labels),
        "ExposedPorts": {port: {} for port in published},
        "Volumes": {one.target: {} for one in options.mounts if _is_anonymous(one)},
        "HostConfig": _host_config(options),
    }
    if options.command is not None:
        body["Cmd"] = list(options.command)
    if options.entrypoint is not None:
        # An empty word is what makes a daemon drop the image's; an empty list would leave it.
        body["Entrypoint"] = list(options.entrypoint) or [""]
    given = {
        "User": options.user,
        "WorkingDir": options.working_dir,
        "Hostname": options.hostname,
        "StopSignal": options.stop_signal,
        "StopTimeout": options.stop_timeout,
    }
    return {**body, **{key: value for key, value in given.items() if value is not None}}


def _host_config(options: CreateOptions) -> Object:
    limits, mounts = options.limits, options.mounts
    security = ["no-new-privileges"] if options.no_new_privileges else []
    if not options.confined:
        security.append("seccomp=unconfined")
    host: Object = {
        "NetworkMode": options.net,
        "AutoRemove": options.remove,
        "ReadonlyRootfs": options.read_only,
        "CapAdd": list(options.cap_add),
        "CapDrop": list(options.cap_drop),
        "GroupAdd": list(options.groups),
        "SecurityOpt": security,
        "PortBindings": {
            port: [{"HostIp": one.ip, "HostPort": str(one.host or "")} for one in ports]
            for port, ports in by_container_port(options.ports).items()
        },
        "Binds": [_bind(one) for one in mounts if one.kind == "bind" and one.makes_source],
        "Mounts": [
            _mount(one) for one in mounts if one.kind != "tmpfs" and not one.makes_source and not _is_anonymous(one)
        ],
        "Tmpfs": {one.target: _tmpfs_words(one) for one in mounts if one.kind == "tmpfs"},
        "Memory": limits.memory or 0,
        "MemorySwap": limits.swap or 0,
        "NanoCpus": limits.nano_cpus or 0,
    }
    if limits.pids is not None:
        host["PidsLimit"] = limits.pids
    if options.shm_size != SHM_SIZE:
        host["ShmSize"] = options.shm_size
    if options.init:
        host["Init"] = True
    if log := _log_options(options):
        host["LogConfig"] = {"Type": "json-file", "Config": log}
    return host


def _log_options(options: CreateOptions) -> dict[str, str]:
    found = {}
    if options.log_size is not None:
        found["max-size"] = str(options.log_size or -1)
    if options.log_files is not None:
        found["max-file"] = str(options.log_files)
    return found


def _is_anonymous(mount: Mount) -> bool:
    """Whether it is what `-v PATH` asks for, which becomes part of the container's config."""
    return mount.kind == "volume" and not mount.source and not mount.read_only


def _bind(mount: Mount) -> str:
    return f"{mount.source}:{mount.target}{':ro' if mount.read_only else ''}"


def _mount(mount: Mount) -> Object:
    found: Object = {"Type": mount.kind, "Target": mount.target, "ReadOnly": mount.read_only}
    if mount.source:
        found["Source"] = mount.source
    if not mount.copies:
        found["VolumeOptions"] = {"NoCopy": True}
    return found


def _tmpfs_words(mount: Mount) -> str:
    words: Sequence[str] = [
        *([f"size={mount.size}"] if mount.size is not None else []),
        *([f"mode={mount.mode:o}"] if mount.mode is not None else []),
        *(["ro"] if mount.read_only else []),
        *mount.flags,
    ]
    return _joined(words)


def _joined(words: Iterable[str]) -> str:
    return ",".join(words)
