"""Starts a container: looks up who and where its process is, makes its bundle, and hands that to a runtime.

And adds a process to one that runs, which asks the same questions.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from layertui.core.containers import events
from layertui.core.containers import lowers as merged
from layertui.core.containers.bundle import FILES, MOUNT_POINTS, Bundle, network_files, renew
from layertui.core.containers.capabilities import granted
from layertui.core.containers.container import Container, CreateOptions
from layertui.core.containers.ids import ids
from layertui.core.containers.launching import StartFailed
from layertui.core.containers.placing import placed
from layertui.core.containers.records import Records
from layertui.core.containers.runtime import Runtime
from layertui.core.containers.session import Client
from layertui.core.containers.spec import (
    Process,
    Spec,
    command_of,
    environment,
    require_absolute,
    require_net,
    working_dir,
)
from layertui.core.containers.spec import merged as merged_env
from layertui.core.containers.users import User, joined, look_up
from layertui.core.errors import (
    CommandNotExecutable,
    LayertuiError,
    NotFound,
    StorageError,
    UsageError,
    as_storage_error,
)
from layertui.core.oci.config import ExecConfig

if TYPE_CHECKING:
    from layertui.core.containers.own_layer import OwnLayer

DID_NOT_START = 128
SHELLS = ("bash", "ash", "sh")


def start(
    records: Records,
    container: Container,
    config: ExecConfig,
    lowers: Sequence[Path],
    runtime: Runtime,
    own: OwnLayer,
    client: Client,
) -> None:
    """Make the container run; its lock is held. What fails is noted in its records, and its state stays what it was."""
    before = records.life(container.id)
    folder = records.path(container.id)
    try:
        with as_storage_error(folder):
            bundle = replace(make_bundle(records, container, config, lowers, own), client=client)
            (folder / "runtime").write_text(runtime.program, encoding="utf-8")
            events.lay_ready(bundle.folder, container)
            runtime.start(bundle)
    except LayertuiError as error:
        code = error.exit_code if error.exit_code in (126, 127) else DID_NOT_START
        with suppress(StorageError):  # a full disk, of which the error tells
            records.failed(container.id, code, str(error), before)
        raise
    (folder / "failed").unlink(missing_ok=True)


def make_bundle(
    records: Records, container: Container, config: ExecConfig, lowers: Sequence[Path], own: OwnLayer
) -> Bundle:
    """All that a runtime is told, with the files that it needs."""
    folder, options = records.path(container.id), container.options
    require_net(options.net)
    roots = [folder / "upper", *lowers]
    _refuse_symlinks(roots)
    user = _user_of(roots, container, options.user or config.user)
    cwd = working_dir(config, options)
    if merged.find(roots, cwd) is None:
        own.mkdir(cwd, parents=True)
    for volume in config.volumes:
        if merged.find(roots, volume) is None:
            own.mkdir(f"/{volume.lstrip('/')}", parents=True)
    mounts = placed(roots, options.mounts, own)
    renew(folder / "run")
    hostname = hostname_of(container)
    entrypoint, command = command_of(config, options)
    process = Process(
        args=(*entrypoint, *command),
        env=environment(config, options, hostname, user.home),
        cwd=cwd,
        user=user,
        tty=options.tty,
        **_may(options),
    )
    named = network_files(folder / "run", hostname, options.net, _bindable(roots))
    taken = {mount.target for mount in mounts}
    return Bundle(
        folder=folder / "run",
        spec=Spec(
            id=container.id,
            hostname=hostname,
            process=process,
            net=options.net,
            read_only=options.read_only,
            mounts=(*(mount for mount in named if mount.target not in taken), *mounts),
            limits=options.limits,
        ),
        lowers=tuple(lowers),
        upper=folder / "upper",
        log_limit=records.log_limit,
        work=folder / "work",
        interactive=options.interactive,
        remove=options.remove,
    )


def _refuse_symlinks(roots: Sequence[Path]) -> None:
    """No runtime is to be led elsewhere when it mounts these: a symlink there comes from somebody with a plan."""
    for name in MOUNT_POINTS[:3]:
        found = merged.find(roots, name, follow=False)
        if found is not None and (found.is_symlink() or not found.is_dir()):
            raise StartFailed(f"the container could not be started: /{name} is no folder in its image")


def hostname_of(container: Container) -> str:
    """The name asked for, else the short ID as docker's."""
    return container.options.hostname or container.short_id


def _user_of(roots: Sequence[Path], container: Container, spelled: str) -> User:
    """The user that a spelling means in these layers, in the groups that the container was given."""
    group, further = merged.read(roots, "/etc/group"), container.options.groups
    if further and ids().mode == "single":
        raise UsageError(f"no further groups can be given, since you are not root; leave out --group-add {further[0]}")
    return joined(look_up(spelled, merged.read(roots, "/etc/passwd"), group), further, group)


def _may(options: CreateOptions) -> dict[str, Any]:
    """What every process of a container may do."""
    return {
        "capabilities": granted(options.cap_add, options.cap_drop),
        "no_new_privileges": options.no_new_privileges,
        "confined": options.confined,
    }


def _bindable(roots: Sequence[Path]) -> list[str]:
    """Files of /etc that are files where one can be mounted: no symlinks, and not removed by the container."""
    return [name for name in FILES if merged.find(roots, f"/etc/{name}") in {root / "etc" / name for root in roots}]


def exec_process(
    container: Container,
    config: ExecConfig,
    roots: Sequence[Path],
    argv: Sequence[str],
    env: Sequence[str],
    working_folder: str | None,
    user: str | None,
    *,
    tty: bool = False,
) -> Process:
    """The process that `exec` adds: as the first one, but for what is asked for."""
    if not argv:
        raise UsageError("no command to execute was given")
    options = container.options
    first = _user_of(roots, container, options.user or config.user)
    try:
        who = first if user is None else _user_of(roots, container, user)
    except NotFound as error:
        raise CommandNotExecutable(str(error)) from error  # 126, as docker's exec says it
    if ids().mode == "single" and (who.uid, who.gid) != (first.uid, first.gid):
        raise UsageError(
            f"container {container.name} has one user only, {first.uid}:{first.gid}, since you are not root; leave out --user"
        )
    base = environment(config, replace(options, tty=tty), hostname_of(container), who.home)
    require_absolute(working_folder)
    cwd = os.path.normpath(working_folder) if working_folder else working_dir(config, options)
    return Process(args=tuple(argv), env=tuple(merged_env([*base, *env])), cwd=cwd, user=who, tty=tty, **_may(options))


def shell_of(container: Container, roots: Sequence[Path]) -> str:
    """The best shell in these layers. NotFound where there is none."""
    for name in SHELLS:
        for folder in ("/bin", "/usr/bin", "/usr/local/bin"):
            if merged.find(roots, f"{folder}/{name}") is not None:
                return f"{folder}/{name}"
    raise NotFound(f"container {container.name} has no shell: neither {', '.join(SHELLS[:-1])} nor {SHELLS[-1]}")


def started_by(records: Records, container: Container) -> str | None:
    """The program of the runtime that the container was last started by."""
    try:
        return (records.path(container.id) / "runtime").read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
