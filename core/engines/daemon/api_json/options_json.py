"""CreateOptions read back from a daemon's `inspect`: `Config`, `HostConfig` and `Mounts`."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from contextlib import suppress

from layertui.core.containers.model.container import SHM_SIZE, CreateOptions
from layertui.core.containers.model.mounts import Mount, bytes_of, tmpfs
from layertui.core.containers.model.ports import EVERYWHERE, Port
from layertui.core.containers.model.resource_limits import NO_LIMIT, PERIOD, Limits
from layertui.core.engines.daemon.api_json.json_values import (
    Object,
    flag,
    inner,
    number,
    objects,
    pairs,
    text,
    texts,
)
from layertui.core.errors import UsageError

_TMPFS_WORDS = ("size", "mode", "ro", "rw", "exec", "noexec", "suid", "nosuid", "dev", "nodev")
"""What we take of a tmpfs' options; Podman adds others of its own."""
_PODMAN_TMPFS = ("rw", "nosuid", "nodev")
"""Which Podman adds to each tmpfs: of its answers they are left out, together with `tmpcopyup`."""


def options_of(found: Object) -> CreateOptions:
    """With what a container was created. Options that its image has too cannot be distinguished from those that were given."""
    config, host = inner(found, "Config"), inner(found, "HostConfig")
    security = [word.replace(":", "=", 1) for word in texts(host, "SecurityOpt")]
    log = pairs(inner(host, "LogConfig"), "Config")
    net, hostname = text(host, "NetworkMode") or "default", text(config, "Hostname")
    entrypoint = texts(config, "Entrypoint")
    return CreateOptions(
        name=text(found, "Name").removeprefix("/") or None,
        command=texts(config, "Cmd") or None,
        entrypoint=entrypoint or None,
        env=texts(config, "Env"),
        user=text(config, "User") or None,
        working_dir=text(config, "WorkingDir") or None,
        tty=flag(config, "Tty"),
        interactive=flag(config, "OpenStdin"),
        input_once=flag(config, "StdinOnce"),
        read_only=flag(host, "ReadonlyRootfs"),
        net=net,
        ports=tuple(ports_of(inner(host, "PortBindings"))),
        labels=pairs(config, "Labels"),
        remove=flag(host, "AutoRemove"),
        hostname=None if net == "host" or hostname == text(found, "Id")[:12] else hostname or None,
        stop_signal=signal_name(text(config, "StopSignal")),
        stop_timeout=number(config, "StopTimeout") if isinstance(config.get("StopTimeout"), int) else None,
        groups=texts(host, "GroupAdd"),
        mounts=tuple(_mounts(found, host)),
        limits=_limits(host),
        shm_size=number(host, "ShmSize") or SHM_SIZE,
        log_size=_log_size(log.get("max-size")),
        log_files=int(log["max-file"]) if log.get("max-file", "").isdecimal() else None,
        init=flag(host, "Init"),
        cap_add=_capabilities(texts(host, "CapAdd")),
        cap_drop=_capabilities(texts(host, "CapDrop")),
        no_new_privileges=any(word in ("no-new-privileges", "no-new-privileges=true") for word in security),
        confined="seccomp=unconfined" not in security and not flag(host, "Privileged"),
    )


def ports_of(bindings: Object) -> Iterator[Port]:
    """`{"80/tcp": [{"HostIp", "HostPort"}]}`; a port that is only exposed has null there."""
    for spelled in bindings:
        own, _, protocol = spelled.partition("/")
        for one in objects(bindings, spelled):
            host = text(one, "HostPort")
            if own.isdecimal() and (host.isdecimal() or not host):
                yield Port(own=int(own), host=int(host or 0), ip=text(one, "HostIp") or EVERYWHERE, protocol=protocol)


def signal_name(spelled: str) -> str | None:
    """`SIGINT`; Podman writes the number, and that of SIGTERM for a container that was given none. None for that."""
    if not spelled.isdecimal():
        return spelled or None
    if int(spelled) == signal.SIGTERM:
        return None
    try:
        return signal.Signals(int(spelled)).name
    except ValueError:
        return spelled


def _limits(host: Object) -> Limits:
    nano, quota, pids = number(host, "NanoCpus"), number(host, "CpuQuota"), number(host, "PidsLimit")
    if not nano and quota > 0:  # Podman has only these two
        nano = quota * 10**9 // (number(host, "CpuPeriod") or PERIOD)
    return Limits(
        memory=number(host, "Memory") or None,
        swap=number(host, "MemorySwap") or None,
        nano_cpus=nano or None,
        pids=NO_LIMIT if pids < 0 else pids or None,
    )


def _log_size(spelled: str | None) -> int | None:
    with suppress(UsageError):
        return None if spelled is None else 0 if spelled == "-1" else bytes_of(spelled)
    return None


def _capabilities(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(name if name == "ALL" or name.startswith("CAP_") else f"CAP_{name}" for name in names)


def _mounts(found: Object, host: Object) -> Iterator[Mount]:
    uncopied = {text(one, "Target") for one in objects(host, "Mounts") if flag(inner(one, "VolumeOptions"), "NoCopy")}
    made = [tuple(bind.split(":")[:2]) for bind in texts(host, "Binds")]
    for one in objects(found, "Mounts"):
        target, source, read_only = text(one, "Destination"), text(one, "Source"), one.get("RW") is False
        if not target:
            continue
        if text(one, "Type") == "volume":
            name = text(one, "Name")
            yield Mount(kind="volume", target=target, source=name, read_only=read_only, copies=target not in uncopied)
        elif text(one, "Type") == "bind":
            makes = (source, target) in made
            yield Mount(kind="bind", target=target, source=source, read_only=read_only, makes_source=makes)
    for target, words in pairs(host, "Tmpfs").items():
        with suppress(UsageError):
            yield _tmpfs(target, words)


def _tmpfs(target: str, spelled: str) -> Mount:
    words = [word for word in spelled.split(",") if word.partition("=")[0] in _TMPFS_WORDS]
    if "tmpcopyup" in spelled:
        words = [word for word in words if word not in _PODMAN_TMPFS]
    return tmpfs(f"{target}:{','.join(words)}")
