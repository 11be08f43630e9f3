"""Vulnerabilities of runtimes and engines at a container's start, by number: with each runtime that works here, the attack comes to nothing."""

import json
import os

import pytest

from builders import docker_archive, file, folder, image, layer, symlink
from clearing import clear
from containing import box, require_runtime, runtimes
from hostile.trial import SECRET, Trial

pytestmark = pytest.mark.slow


@pytest.fixture(params=runtimes())
def trial(request, tmp_path, monkeypatch):
    require_runtime(request.param, tmp_path / "probe")
    monkeypatch.setenv("LAYERTUI_RUNTIME", request.param)
    made = Trial(tmp_path / "trial")
    yield made
    for row in made.say("--json", "ps", "-a").json:
        made.say("rm", "-f", row["id"])
    clear([tmp_path / "trial"])


def load(trial, name="box:1", *layers, **config):
    """The box, with further layers, or of another config."""
    base = box()
    built = image([*base.layers, *layers], tags=[name], config={"Cmd": ["sh"], "Env": ["PATH=/bin"], **config})
    trial.say("load", docker_archive(built, trial.folder / "box.tar")).ok()


def test_cve_2019_19921_2023_27561_2023_28642_and_2026_41579(trial):
    """runc: if /proc or /dev of an image was a symlink, mounts were made and files were removed at its target."""
    (trial.outside / "ptmx").write_bytes(b"the host's\n")
    for name in ("proc", "dev", "sys"):
        load(trial, f"{name}:1", layer([symlink(name, str(trial.outside))]))
        done = trial.say("run", f"{name}:1", "true")
        assert f"/{name} is not a folder" in done.err
        assert sorted(os.listdir(trial.outside)) == ["inner", "ptmx", "secret"]


def test_cve_2024_21626(trial):
    """runc <= 1.1.11: the working directory /proc/self/fd/N was a folder of the host whose descriptor had leaked."""
    load(trial)
    for number in (3, 5, 6, 7, 8, 9, 10, 12):
        done = trial.say(
            "run",
            "-w",
            f"/proc/self/fd/{number}",
            "box:1",
            "sh",
            "-c",
            "cat ../../../../../../../../../../../../../../etc/hostname; ls; pwd",
        )
        assert os.uname().nodename.encode() + b"\n" not in done.out
        assert SECRET not in done.out


def test_cve_2022_24769_and_2022_29162(trial):
    """moby, runc exec: processes started with inheritable capabilities, which files in the image could turn into permitted ones."""
    load(trial)
    trial.say("run", "-d", "--name", "box", "box:1", "sleep", "60").ok()
    for process in ("self", "1"):
        # The exit code shows it: what `exec` prints goes to the process's own stdout.
        trial.say("exec", "box", "grep", "-q", "^CapInh:.*\t0000000000000000$", f"/proc/{process}/status").ok()


def test_cve_2022_2989_2022_36109_and_2023_25173(trial):
    """podman, moby, containerd: a user's primary group was not among the supplementary groups, so that a file that denies this group was accessible."""
    load(trial, User="app")
    if os.geteuid() and b"65536" not in open("/proc/self/uid_map", "rb").read():
        pytest.skip("one user id only")
    done = trial.say("run", "box:1", "grep", "Groups", "/proc/self/status").ok()
    assert "1001" in done.text.split()


def test_cve_2019_5736(trial):
    """runc < 1.0-rc7: a container that ran /proc/self/exe could overwrite the runtime's program on the host."""
    load(trial, "evil:1", layer([symlink("evil", "/proc/self/exe"), folder("x"), file("x/f")]))
    programs = [path for name in ("runc", "crun", "bwrap") for path in _programs(name)]
    before = [os.stat(path).st_mtime_ns for path in programs]
    trial.say("run", "--entrypoint", "/evil", "evil:1", "--version")
    trial.say("run", "evil:1", "sh", "-c", "for p in 1 $$ self; do echo evil > /proc/$p/exe; done 2>&1; true")
    assert [os.stat(path).st_mtime_ns for path in programs] == before


def _programs(name):
    found = [os.path.join(folder, name) for folder in os.environ["PATH"].split(":")]
    return [path for path in found if os.path.exists(path)]


def test_cve_2020_15257(trial):
    """containerd < 1.4.3: the shim listened on an abstract socket, which containers in the host's network namespace could connect to."""
    load(trial)
    trial.say("run", "-d", "--name", "box", "box:1", "sleep", "60").ok()
    pid = json.loads(trial.say("--json", "ps").out)[0]["pid"]
    assert pid
    with open("/proc/net/unix", encoding="ascii", errors="replace") as table:
        assert not [line for line in table if " @" in line and ("layertui" in line or str(trial.store) in line)]


def test_cve_2021_30465(trial):
    """runc < 1.0-rc95: through a symlink in the image, the target of a mount was on the host."""
    load(trial, "evil:1", layer([symlink("d", str(trial.outside)), symlink("up", f"../../../../..{trial.outside}")]))
    (trial.folder / "mine").mkdir()
    (trial.folder / "mine" / "f").write_bytes(b"mine\n")
    for link in ("d", "up"):
        trial.say(
            "run", "-v", f"{trial.folder}/mine:/{link}/inner", "evil:1", "sh", "-c", f"echo evil > /{link}/inner/g"
        )
        assert sorted(os.listdir(trial.outside)) == ["inner", "secret"]
        assert not os.listdir(trial.outside / "inner")
