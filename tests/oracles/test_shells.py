"""completion in bash, zsh and fish: what Tab makes of a line is what a command then gets, whatever a file is called."""

import os
import pty
import re
import select
import signal
import sys
from pathlib import Path

import pytest

import peers
from absent import absent
from builders import docker_archive, file, image, layer
from layertui.tui.verbs.completion_verb import SCRIPTS

pytestmark = [pytest.mark.slow, pytest.mark.oracle]

ODD = "$(touch pwned) 'a' \"b\" `c` & ; * [x] !"
START = {"bash": ["--norc", "--noprofile", "-i"], "zsh": ["-f", "-i"], "fish": ["--no-config", "-i"]}
SET_UP = {
    "bash": "PS1=; HISTFILE=; source <(layertui completion bash)",
    "zsh": "PS1=; autoload -Uz compinit; compinit -D -u; unsetopt list_beep; source <(layertui completion zsh)",
}
CASES = [
    ("layertui hist", ["layertui", "history"]),
    ("layertui ls demo:", ["layertui", "ls", "demo:1.0"]),
    ("layertui --store ./store ls demo:", ["layertui", "--store", "./store", "ls", "demo:1.0"]),
    ("layertui cat demo:1.0 /etc/mo", ["layertui", "cat", "demo:1.0", "/etc/motd"]),
    ("layertui cat demo:1.0 /odd/", ["layertui", "cat", "demo:1.0", f"/odd/{ODD}"]),
    ("layertui start bo", ["layertui", "start", "box"]),
    ("layertui cata", ["layertui", "catalog"]),
    ("layertui catalog pack", ["layertui", "catalog", "packages"]),
    ("layertui catalog find --ima", ["layertui", "catalog", "find", "--image"]),
    ("layertui compare --exi", ["layertui", "compare", "--exit-code"]),
    ("layertui history ~/dem", ["layertui", "history", "~/demo.tar"]),  # which the shell expands
    ("layertui history docker-archive:~/dem", ["layertui", "history", "docker-archive:~/demo.tar"]),  # which we expand
    ("layertui history ~/own/", ["layertui", "history", f"~/own/{ODD}"]),
]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a store, and `layertui` on PATH."""
    folder = tmp_path_factory.mktemp("shells")
    files = [file("etc/motd", b"hello\n"), file(f"odd/{ODD}", b"x"), file("esc/a\x1b[31m", b"x")]
    archive = docker_archive(image([layer(files)], tags=["demo:1.0"], config={"Cmd": ["sh"]}), folder / "demo.tar")
    program = peers.program(folder / "store")
    program.run("load", archive)
    program.run("create", "--name", "box", "demo:1.0")
    (folder / "own").mkdir()
    (folder / "own" / ODD).touch()
    (folder / "bin").mkdir()
    (folder / "bin/layertui").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m layertui "$@"\n')
    (folder / "bin/layertui").chmod(0o755)
    return folder


def _shell(name: str) -> str:
    try:
        return peers.tool(name).argv[0]
    except peers.Missing as missing:
        absent(str(missing))


def _environment(place: Path) -> dict[str, str]:
    path = f"{place}/bin:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "LAYERTUI_STORE": str(place / "store"), "TERM": "dumb", "HOME": str(place)}


def _typed(shell: str, place: Path, keys: str) -> str:
    """What an interactive shell answers to keys, until it says END."""
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(place)
        os.execve(_shell(shell), [shell, *START[shell]], _environment(place))
    said = b""
    try:
        os.write(fd, keys.encode())
        while b"\nEND" not in said and select.select([fd], [], [], 60)[0]:
            said += os.read(fd, 1 << 16)
    except OSError:
        pass
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(fd)
    return said.decode().replace("\r", "")


@pytest.mark.parametrize("shell", ["bash", "zsh"])
@pytest.mark.parametrize(("line", "words"), CASES, ids=[line for line, _ in CASES])
def test_a_completed_line_means_what_it_shows(place, shell, line, words):
    _shell(shell)
    # Tab; then to the beginning of the line, where a command is put that prints its arguments
    said = _typed(shell, place, f"{SET_UP[shell]}\n{line}\t\x01printf '<%s>\\n' \necho; echo END\n")
    got = re.findall(r"^<(.*)>$", said, re.MULTILINE)
    assert got == [re.sub("^~", str(place), word) for word in words], said
    assert not (place / "pwned").exists()


@pytest.mark.parametrize(("line", "words"), CASES, ids=[line for line, _ in CASES])
def test_fish_is_given_the_same_words(place, line, words):
    fish = peers.Tool((_shell("fish"), "--no-config"), _environment(place))
    said = fish.run(
        "-c", "cd $argv[2]; layertui completion fish | source; complete -C $argv[1]", line, place
    ).stdout.decode()
    assert [one.partition("\t")[0] for one in said.splitlines()] == [words[-1]]
    assert not (place / "pwned").exists()


def test_a_name_with_control_characters_is_not_offered(place):
    for shell, words in (("zsh", ["cat", "demo:1.0", "/esc/"]), ("bash", [" :", "layertui cat demo:1.0 /esc/"])):
        assert peers.program(place / "store").run("completion", shell, "--complete", "--", *words).stdout == b""


@pytest.mark.parametrize("shell", list(SCRIPTS))
def test_a_store_that_cannot_be_read_completes_nothing(tmp_path, shell):
    (tmp_path / "store").write_text("no folder")
    line = [" :", "layertui ls demo:"] if shell == "bash" else ["ls", "demo:"]
    done = peers.program(tmp_path / "store").run("completion", shell, "--complete", "--", *line)
    assert (done.stdout, done.stderr) == (b"", b"")
