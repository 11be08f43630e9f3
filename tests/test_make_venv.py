"""`make` on a machine that has little: a virtual environment with pip, or one line that says what is missing, and nothing half made."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from absent import need

ROOT = Path(__file__).resolve().parent.parent

# Debian's Python: before `python3-venv` is installed it has no `ensurepip`, and what it makes has no pip. Making a real pip takes seconds:
# this one knows which folder it was made for, and works there alone.
PYTHON = """#!/bin/sh
case "$*" in
*"import ensurepip"*) [ -e {installed} ] ;;
"-m venv "*)
    mkdir -p "$3/bin"
    printf '#!/bin/sh\\n[ -e {installed} ]\\n' >"$3/bin/python"
    chmod +x "$3/bin/python"
    [ -e {installed} ] || exit 1
    printf '#!/bin/sh\\n[ -x "%s/bin/python" ] && echo "pip 1 from %s/lib"\\n' "$PWD/$3" "$PWD/$3" >"$3/bin/pip"
    chmod +x "$3/bin/pip" ;;
*) exec {python} "$@" ;;
esac
"""
APT = "#!/bin/sh\n[ $1 = update ] || {{ echo $* >>{said}; touch {installed}; }}\n"
VIRTUALENV = '#!/bin/sh\ntouch {installed}; for folder; do :; done\nexec python3 -m venv "$folder"\n'


class Machine:
    """A PATH with a Python without `ensurepip` and little else, and a clone of what makes the environment."""

    def __init__(self, folder: Path) -> None:
        self.bin, self.clone = folder / "bin", folder / "clone"
        self.words = {name: str(folder / name) for name in ("installed", "said")} | {
            "python": sys.executable,
        }
        self.bin.mkdir()
        self.clone.mkdir()
        for name in ("make", "sh", "cat", "chmod", "id", "mkdir", "rm", "touch"):
            (self.bin / name).symlink_to(shutil.which(name) or name)
        (self.clone / ".ci").mkdir()
        for name in ("Makefile", ".ci/make-venv"):
            shutil.copy(ROOT / name, self.clone / name)
        self.put("python3", PYTHON)

    def put(self, name: str, script: str) -> None:
        """A program on PATH, in place of one that may be there."""
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text(script.format(**self.words))
        path.chmod(0o755)

    def make(self, *words: str) -> subprocess.CompletedProcess[str]:
        env = {"PATH": str(self.bin), "HOME": str(self.clone.parent)}
        words = words or (".venv/.made",)
        return subprocess.run(
            ["make", *words], cwd=self.clone, env=env, capture_output=True, text=True, check=False, timeout=300
        )

    def pip(self) -> str:
        """Which pip the programs of the environment find: the folder that it lies in."""
        done = subprocess.run([self.clone / ".venv/bin/pip", "--version"], capture_output=True, text=True, check=True)
        return done.stdout.split(" from ")[1]


@pytest.fixture
def machine(tmp_path):
    need("make")
    return Machine(tmp_path)


def errors(done):
    return [line for line in done.stderr.splitlines() if not line.startswith("make: ")]


def test_a_plain_user_is_reported_what_to_install_and_the_second_try_and_one_after_moving_work(machine):
    machine.put("id", "#!/bin/sh\necho 1000\n")
    machine.put("apt-get", APT)
    done = machine.make()
    assert done.returncode
    assert errors(done) == [
        "error: python3 makes no virtual environments yet; install what it lacks and try again: sudo apt install python3-venv"
    ]
    assert not (machine.clone / ".venv").exists()
    assert not Path(machine.words["said"]).exists()

    Path(machine.words["installed"]).touch()
    assert machine.make().returncode == 0
    assert machine.pip().startswith(str(machine.clone))
    assert "up to date" in machine.make().stdout

    machine.clone = machine.clone.rename(machine.clone.parent / "with a space")
    assert machine.make().returncode == 0
    assert machine.pip().startswith(str(machine.clone))


def test_root_gets_it_with_apt_which_is_said_also_where_half_an_environment_lies(machine):
    machine.put("id", "#!/bin/sh\necho 0\n")
    machine.put("apt-get", APT)
    (machine.clone / ".venv/bin").mkdir(parents=True)
    os.symlink(sys.executable, machine.clone / ".venv/bin/python")
    done = machine.make()
    assert (done.returncode, errors(done)) == (0, [])
    assert "Installing python3-venv with apt-get" in done.stdout
    assert "install" in Path(machine.words["said"]).read_text()
    assert machine.pip().startswith(str(machine.clone))


def test_virtualenv_serves_where_it_is_there(machine):
    machine.put("virtualenv", VIRTUALENV)
    done = machine.make()
    assert (done.returncode, errors(done)) == (0, [])
    assert machine.pip().startswith(str(machine.clone))


def test_apt_that_cannot_install_is_one_line_and_leaves_nothing(machine):
    machine.put("id", "#!/bin/sh\necho 0\n")
    machine.put("apt-get", "#!/bin/sh\nexit 100\n")
    done = machine.make()
    assert errors(done) == ["error: python3-venv could not be installed; try: apt install python3-venv"]
    assert not (machine.clone / ".venv").exists()


@pytest.mark.parametrize(
    ("script", "line"),
    [
        (None, "error: no python3 on PATH; install Python 3.11 or newer"),
        ("#!/bin/sh\nexit 1\n", "error: layertui needs Python 3.11 or newer; say which"),
    ],
)
def test_no_python_that_will_do_is_one_line(machine, script, line):
    if script is None:
        (machine.bin / "python3").unlink()
    else:
        machine.put("python3", script)
    done = machine.make()
    (said,) = errors(done)
    assert said.startswith(line)
    assert not (machine.clone / ".venv").exists()
