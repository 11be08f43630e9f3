"""What a container can see and use, measured from inside: with each runtime that works here, and with docker.

    python tests/hostile/inside.py        writes the table into docs/security.md

The same script runs as a container's first process and as one that `exec` adds; what it finds is looked at, not what was asked for.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
PAGE = ROOT / "docs" / "security.md"
BEGIN, END = "<!-- inside: made by `make security` -->\n", "<!-- end of inside -->\n"

# Each line: what it is, a colon, what was found.
PROBE = r"""
for applet in cut sed awk df mknod unshare find mkdir sort uniq; do eval "$applet() { busybox $applet \"\$@\"; }"; done
of() { grep "^$1:" /proc/self/status | cut -f2; }
can() { if (eval "$1") >/dev/null 2>&1; then echo yes; else echo no; fi; }
echo "capabilities, effective:$(of CapEff)"
echo "capabilities, bounding:$(of CapBnd)"
echo "capabilities, inheritable and ambient:$(of CapInh)$(of CapAmb)" | sed 's/:0*$/:none/'
echo "no new privileges:$(of NoNewPrivs)"
echo "filter of system calls, 2 where it is on:$(of Seccomp)"
echo "ids of the host that are seen (first line of uid_map):$(tr -s ' ' < /proc/self/uid_map | head -1)"
echo "descriptors beside the three streams:$(ls /proc/self/fd | grep -vc '^[0123]$')"
echo "streams lead to:$(for n in 0 1 2; do readlink /proc/self/fd/$n | sed 's/[:[].*//'; done | sort -u | tr '\n' ' ')"
echo "variables of the host's in the environment:$(env | grep -c OF_THE_HOST)"
echo "processes seen:$(ls -d /proc/[0-9]* | wc -l | awk '{print $1 < 9 ? "its own" : "more"}')"
echo "own session:$([ "$(cut -d' ' -f6 /proc/self/stat)" != 0 ] && echo yes || echo no)"
echo "path of its cgroup:$(sed -n 's/.*://p' /proc/self/cgroup | sort -u | head -3 | sed 's/[0-9a-f]\{64\}/ID/' | tr '\n' ' ')"
echo "a namespace can be made (unshare -U):$(can 'unshare -U true')"
echo "something can be mounted:$(can 'mkdir -p /tmp/m && mount -t tmpfs x /tmp/m')"
echo "a device can be made and opened:$(can 'mknod /tmp/d b 7 0 && head -c1 /tmp/d')"
for path in /proc/sys /proc/sysrq-trigger /proc/kcore /proc/keys /proc/timer_list /sys /sys/fs/cgroup /proc/1/root/proc/irq; do
    if [ -d $path ]; then test=$(can "touch $path/x; [ -e $path/x ] || echo 0 > $path/kernel/panic"); else test=$(can ": > $path"); fi
    echo "$path, written to:$test"
done
echo "mode of the host's /dev/full changed:$([ -e /dev/full ] && can 'chmod 600 /dev/full && chmod 666 /dev/full && mount | grep -q "devtmpfs on /dev/full"')"
echo "/proc/kcore, read:$(can 'head -c1 /proc/kcore | grep -q .')"
echo "devices:$(cd /dev; find . -type c -o -type b | sed 's/..//' | grep -v '^pts' | sort | tr '\n' ' ')"
echo "size of /dev/shm, kB:$(df -k /dev/shm 2>/dev/null | awk 'END {print $2}')"
echo "size of /dev, kB:$(df -k /dev 2>/dev/null | awk 'END {print $2}')"
echo "writable mounts:$(awk '$4 ~ /^rw/ {print $2}' /proc/self/mounts | sort | tr '\n' ' ')"
echo "namespaces of its own:$(for n in mnt pid net uts ipc user cgroup; do [ "$(readlink /proc/self/ns/$n)" = "$(echo "$HOST_NS" | tr ' ' '\n' | grep "^$n:")" ] || printf "$n "; done)"
"""


def host_namespaces() -> str:
    """As passed to the probe."""
    return " ".join(
        os.readlink(f"/proc/self/ns/{name}") for name in ("mnt", "pid", "net", "uts", "ipc", "user", "cgroup")
    )


def found(text: str) -> dict[str, str]:
    """What one run of the probe has said."""
    pairs = (line.partition(":") for line in text.splitlines() if ":" in line)
    return {what: value.strip() or "none" for what, _, value in pairs}


def ours(runtime: str, folder: Path) -> dict[str, dict[str, str]]:
    """First process and `exec`, by layertui with this runtime."""
    from builders import docker_archive
    from containing import box

    store = folder / runtime
    env = {**os.environ, "LAYERTUI_RUNTIME": runtime, "LAYERTUI_STORE": str(store), "OF_THE_HOST": "x"}
    run = _runner([sys.executable, "-m", "layertui"], env)
    run("load", "-i", str(docker_archive(box(), folder / "box.tar")))
    return _both(run, ())


def docker(folder: Path, client: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """The same by docker."""
    run = _runner(list(client), {**os.environ, "OF_THE_HOST": "x"})
    run("load", "-i", str(folder / "box.tar"))
    return _both(run, ("--network", "none"))


def _runner(argv: list[str], env: Mapping[str, str]) -> Callable[..., str]:
    def run(*words: str) -> str:
        done = subprocess.run([*argv, *words], env=env, capture_output=True, stdin=subprocess.DEVNULL, check=False)
        if done.returncode:
            raise RuntimeError(f"{words[0]}: {done.stderr.decode(errors='replace')}")
        return done.stdout.decode(errors="replace")

    return run


def _both(run: Callable[..., str], more: tuple[str, ...]) -> dict[str, dict[str, str]]:
    told = ("-e", f"HOST_NS={host_namespaces()}")
    script = f"{PROBE}\necho over; exec sleep 600"
    run("run", "-d", "--name", "probe", *more, *told, "box:1", "sh", "-c", script)
    try:
        first = ""
        while "over" not in first:  # the process that ran it waits then
            first = run("logs", "probe")
        return {"first": found(first), "exec": found(run("exec", *told, "probe", "sh", "-c", PROBE))}
    finally:
        run("rm", "-f", "probe")


def columns() -> dict[str, dict[str, dict[str, str]]]:
    """By name of the runtime, what was measured. Docker is left out where it is not to be had."""
    import peer_daemons
    import peers
    from containing import require_runtime, runtimes

    measured = {}
    with tempfile.TemporaryDirectory() as name, ExitStack() as peers_running:
        folder = Path(name)
        for runtime in runtimes():
            require_runtime(runtime, folder / "probed")
            measured[f"layertui, {runtime}"] = ours(runtime, folder)
        try:
            daemon = peers_running.enter_context(peer_daemons.docker_20())
        except peers.Missing as missing:
            sys.stderr.write(f"no docker: {missing}\n")
        else:
            measured["docker"] = docker(folder, daemon.client.argv)
    return measured


def lines(measured: Mapping[str, Mapping[str, Mapping[str, str]]]) -> Iterator[str]:
    """The table: one column a runtime; where `exec` finds something else than the first process, both."""
    yield f"| measured inside | {' | '.join(measured)} |"
    yield f"| --- |{' --- |' * len(measured)}"
    some = next(iter(measured.values()))
    for what in some["first"]:
        cells = []
        for one in measured.values():
            first, added = one["first"].get(what, "?"), one["exec"].get(what, "?")
            cells.append(first if first == added else f"{first}; exec: {added}")
        yield f"| {what} | {' | '.join(cells)} |"


def main() -> int:
    """Measure, and write the table."""
    page = PAGE.read_text()
    old = page[page.index(BEGIN) : page.index(END)]
    table = "\n".join(lines(columns()))
    PAGE.write_text(page.replace(old, f"{BEGIN}{table}\n"))
    sys.stdout.write(table + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
