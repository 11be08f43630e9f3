"""Starts a container: resolves user and working folder, writes the bundle, and calls a runtime.

Also adds a process to a running container (`exec`), which needs the same data.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from layertui.core.containers.lifecycle import ending
from layertui.core.containers.lifecycle.mount_points import resolve_mount_targets
from layertui.core.containers.model.container import Container, CreateOptions, ExecOptions
from layertui.core.containers.model.id_ranges import ids
from layertui.core.containers.model.mounts import Mount, with_volume_folders
from layertui.core.containers.model.ports import with_free_ports
from layertui.core.containers.model.resource_limits import log_limit
from layertui.core.containers.model.run_config import command_of, environment, require_absolute, working_dir
from layertui.core.containers.model.run_config import merged as merged_env
from layertui.core.containers.records import container_events, lost_containers
from layertui.core.containers.records.records import CONNECTED, Records
from layertui.core.containers.rootfs import lower_dirs as merged
from layertui.core.containers.runtimes.bundle import FILES, MOUNT_POINTS, Bundle, network_files, renew
from layertui.core.containers.runtimes.isolation import cgroups
from layertui.core.containers.runtimes.isolation.capabilities import granted
from layertui.core.containers.runtimes.isolation.networks import NetworkProgram
from layertui.core.containers.runtimes.runtime import RUNTIMES, Runtime, connected_by
from layertui.core.containers.runtimes.runtime_spec import ProcessSpec, RuntimeSpec
from layertui.core.containers.runtimes.shim_launch import StartFailed
from layertui.core.containers.runtimes.shim_process import Shim, ShimLost
from layertui.core.containers.runtimes.user_lookup import ContainerUser, groups_joined, look_up
from layertui.core.errors import (
    CommandNotExecutable,
    LayertuiError,
    NotFound,
    StorageError,
    UsageError,
    as_storage_error,
    misplaced,
)
from layertui.core.fs.atomic import write_atomically, write_private
from layertui.core.fs.file_window import read_small
from layertui.core.language.texts import tr
from layertui.core.oci import strict_json
from layertui.core.oci.image_config import ExecConfig
from layertui.core.storage.lost_and_found import is_own_folder
from layertui.core.store_paths import ContainerPaths, StorePaths

if TYPE_CHECKING:
    from layertui.core.containers.rootfs.writable_layer import UpperLayer

DID_NOT_START = 128
SHELLS = ("bash", "ash", "sh")


def start(
    records: Records,
    container: Container,
    config: ExecConfig,
    lowers: Sequence[Path],
    runtime: Runtime,
    own: Callable[[], UpperLayer],
    shim: Shim,
) -> None:
    """Start a container; the caller holds its lock. `own` is called if its layer lacks a folder.

    A failure is recorded, and the state stays the same. Raises WrongState, NotFound, Conflict, StartFailed, CommandNotFound,
    CommandNotExecutable, RuntimeUnavailable, StorageError.
    """
    before = records.life(container.id)
    paths = records.paths(container.id)
    try:
        with as_storage_error(paths.folder):
            ending.wait_for_shim_cleanup(container, before)
            lost_containers.reap_orphans(records, container.id, but=shim.process.pid)
            _refuse_misplaced(paths)
            network = connected_by(container.options.net, runtime, records.folder.parent)
            bundle = replace(make_bundle(records, container, config, lowers, own, network), shim=shim)
            write_atomically(paths.runtime, runtime.name.encode(), durable=False)
            container_events.prepare_events(bundle.folder, container)
            runtime.start(bundle)
    except LayertuiError as error:
        if isinstance(error, ShimLost):
            lost_containers.reap_orphans(records, container.id, but=shim.process.pid)
        code = error.exit_code if error.exit_code in (126, 127) else DID_NOT_START
        with suppress(StorageError):  # with a full disk the error itself says so
            records.failed(container.id, code, str(error), before)
        raise
    paths.failed.unlink(missing_ok=True)


def _refuse_misplaced(paths: ContainerPaths) -> None:
    """Raise StorageError, with a clear message, for files that a runtime or a shim would fail on."""
    for path in (paths.log, paths.failed, paths.runtime):
        with suppress(FileNotFoundError):
            if not stat.S_ISREG(path.lstat().st_mode):
                raise misplaced(path, "file")
    for path in (paths.upper, paths.work):
        if not is_own_folder(path):
            raise misplaced(path, "folder")


def make_bundle(
    records: Records,
    container: Container,
    config: ExecConfig,
    lowers: Sequence[Path],
    own: Callable[[], UpperLayer],
    network: NetworkProgram | None = None,
) -> Bundle:
    """Write the complete input of a runtime. Raises NotFound, Conflict, LayertuiError, StorageError."""
    paths, options = records.paths(container.id), container.options
    roots = [paths.upper, *lowers]
    _refuse_symlinks(roots)
    user = _user_of(roots, container, options.user or config.user)
    _make_working_dir(roots, working_dir(config, options), own)
    outer = tuple(_outside(records, options))
    inner = _own_volumes(roots, (*config.volumes, *options.own_volumes), outer, own, writable=options.read_only)
    mounts = resolve_mount_targets(roots, (*outer, *inner), own)
    renew(paths.run)
    hostname = hostname_of(container)
    process = _first_process(config, options, hostname, user)
    named = network_files(paths.run, hostname, options.net, network, _bindable(roots))
    published = with_free_ports(options.ports) if network is not None else ()
    if network is not None:
        kept = {"net": network.name, "ports": [asdict(port) for port in published]}
        write_private(paths.run / CONNECTED, strict_json.dumps(kept))
    taken = {mount.target for mount in mounts}
    pids_limit = records.pids_limit if ids().mode == "root" and cgroups.counts_processes() else 0
    return Bundle(
        folder=paths.run,
        spec=RuntimeSpec(
            id=container.id,
            hostname=hostname,
            process=process,
            net=options.net,
            shm_size=options.shm_size,
            read_only=options.read_only,
            mounts=(*(mount for mount in named if mount.target not in taken), *mounts),
            limits=options.limits.with_default(pids_limit),
        ),
        lowers=tuple(lowers),
        upper=paths.upper,
        log_limit=log_limit(options.log_size, options.log_files, records.log_limit),
        work=paths.work,
        interactive=options.interactive,
        input_once=options.input_once,
        remove=options.remove,
        network=network,
        published=published,
    )


def _make_working_dir(roots: Sequence[Path], path: str, own: Callable[[], UpperLayer]) -> None:
    found = merged.find(roots, path)
    if found is None:
        own().mkdir(path, parents=True)
    elif not found.is_dir():
        raise StartFailed(tr("the working folder {path} is not a folder", path=path))


def _first_process(config: ExecConfig, options: CreateOptions, hostname: str, user: ContainerUser) -> ProcessSpec:
    entrypoint, command = command_of(config, options)
    return ProcessSpec(
        args=(*_init(options), *entrypoint, *command),
        env=environment(config, options, hostname, user.home),
        cwd=working_dir(config, options),
        user=user,
        tty=options.tty,
        **_may(options),
    )


def _own_volumes(
    roots: Sequence[Path],
    paths: Sequence[str],
    outer: Sequence[Mount],
    own: Callable[[], UpperLayer],
    *,
    writable: bool,
) -> list[Mount]:
    """Anonymous volumes, which are in the writable layer: missing folders are made.

    With `writable` each is mounted from there over a read-only root: then it must contain everything that is visible in it.
    """
    taken = {mount.target for mount in outer}
    paths = [path for one in paths if (path := os.path.normpath(f"/{one.lstrip('/')}")) not in taken]
    if missing := [path for path in paths if merged.find(roots, path) is None]:
        own().mkdirs(missing)
    for path in paths:
        folder = merged.find(roots, path)
        if folder is None or not folder.is_dir():
            raise StartFailed(tr("cannot mount a volume at {path}: that would be a folder onto a file", path=path))
    found = {real for path in paths if (real := merged.real(roots, path)) is not None} if writable else set()
    inner = sorted(found - taken - {"/."})
    for path in inner:
        own().copy_up_tree(path)
    return [Mount(kind="bind", source=str(roots[0] / path[1:]), target=path) for path in inner]


def _outside(records: Records, options: CreateOptions) -> Iterator[Mount]:
    """The mounts from outside the container's layers."""
    mounts = with_volume_folders(options.mounts, StorePaths(records.folder.parent).volumes)
    yield from (mount for mount in mounts if mount.kind != "volume")
    if options.init:
        from layertui.core.containers.runtimes.init_process import init_mount

        yield init_mount()


def _init(options: CreateOptions) -> tuple[str, ...]:
    """The command prefix for `--init`."""
    if not options.init:
        return ()
    from layertui.core.containers.runtimes.init_process import TARGET

    return TARGET, "--"


def _refuse_symlinks(roots: Sequence[Path]) -> None:
    """Raise for symlinks that would lead a runtime elsewhere when it mounts at these paths: they are attacks."""
    for name in MOUNT_POINTS[:3]:
        found = merged.find(roots, name, follow=False)
        if found is not None and (found.is_symlink() or not found.is_dir()):
            raise StartFailed(tr("the container could not be started: /{name} is not a folder in its image", name=name))


def hostname_of(container: Container) -> str:
    """The configured hostname, by default the short ID, as in docker."""
    return container.options.hostname or container.short_id


def _user_of(roots: Sequence[Path], container: Container, spelled: str) -> ContainerUser:
    """The user that `spelled` means in these layers, with the container's additional groups."""
    group, further = merged.read(roots, "/etc/group"), container.options.groups
    if further and ids().mode == "single":
        raise UsageError(
            tr(
                "no further groups can be given, since you are not root; leave out --group-add {further}",
                further=further[0],
            )
        )
    return groups_joined(look_up(spelled, merged.read(roots, "/etc/passwd"), group), further, group)


def _may(options: CreateOptions) -> dict[str, Any]:
    """The rights of every process of the container."""
    return {
        "capabilities": granted(options.cap_add, options.cap_drop),
        "no_new_privileges": options.no_new_privileges,
        "confined": options.confined,
    }


def _bindable(roots: Sequence[Path]) -> list[str]:
    """Files of /etc over which a file can be mounted: not symlinks, and not removed by the container."""
    return [name for name in FILES if merged.find(roots, f"/etc/{name}") in {root / "etc" / name for root in roots}]


def exec_process(
    container: Container,
    config: ExecConfig,
    roots: Sequence[Path],
    argv: Sequence[str],
    asked: ExecOptions,
) -> ProcessSpec:
    """The process that `exec` adds: as the first one, except for its own options.

    Raises UsageError, and CommandNotExecutable for a user that the container does not have.
    """
    if not argv:
        raise UsageError(tr("no command given"))
    options = container.options
    first = _user_of(roots, container, options.user or config.user)
    try:
        who = first if asked.user is None else _user_of(roots, container, asked.user)
    except NotFound as error:
        raise CommandNotExecutable(str(error)) from error  # 126, as docker's exec does
    if ids().mode == "single" and (who.uid, who.gid) != (first.uid, first.gid):
        raise UsageError(
            tr(
                "container {name} has one user only, {uid}:{gid}, since you are not root; leave out --user",
                name=container.name,
                uid=first.uid,
                gid=first.gid,
            )
        )
    base = environment(config, replace(options, tty=asked.tty), hostname_of(container), who.home)
    require_absolute(asked.working_dir)
    cwd = os.path.normpath(asked.working_dir) if asked.working_dir else working_dir(config, options)
    env = tuple(merged_env([*base, *asked.env]))
    return ProcessSpec(args=tuple(argv), env=env, cwd=cwd, user=who, tty=asked.tty, **_may(options))


def shell_of(container: Container, roots: Sequence[Path]) -> str:
    """The best shell in these layers. Raises NotFound if there is none."""
    for name in SHELLS:
        for folder in ("/bin", "/usr/bin", "/usr/local/bin"):
            if merged.find(roots, f"{folder}/{name}") is not None:
                return f"{folder}/{name}"
    raise NotFound(
        tr(
            "container {name} has no shell: neither {shells} nor {shells2}",
            name=container.name,
            shells=", ".join(SHELLS[:-1]),
            shells2=SHELLS[-1],
        )
    )


def started_by(records: Records, container: Container, chosen: str | None) -> str | None:
    """The runtime of the container's last start, by its recorded name, unless the user has `chosen` a path to such a program.

    A path in an older record counts as its last component: which program a name means is decided on this machine.
    """
    try:
        name = os.path.basename(os.fsdecode(read_small(records.paths(container.id).runtime)))
    except FileNotFoundError:
        return chosen
    return name if name in RUNTIMES and name != os.path.basename(chosen or "") else chosen
