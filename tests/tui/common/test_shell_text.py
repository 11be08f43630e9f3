"""Commands as a shell reads them: each word arrives as it is, and nothing in the line means anything to a terminal."""

import subprocess

import pytest

from absent import need
from layertui.tui.common.command_log import ActCommand, CommandLog, command_in
from layertui.tui.common.docker_command import docker_line
from layertui.tui.common.shell_text import layertui_line, shell_line

WORDS = (
    "demo:1.0",
    "",
    "two words",
    'it\'s $HOME `id` "x" !! \\ %s',
    "-n",
    "=ls",
    "=it's",
    "a\x1b[2Jb'c%d\\",
    "-\x07 !! $(id) `id` \" '",
    "line\nfeed\n\n",
    "\n",
    "\ttab",
    "\u202eevil\u2066",
    "not\udcffutf8",
    "中文 é",
    "中\x1b文",
)


def printed(line, shell):
    done = subprocess.run([shell, "-c", line], capture_output=True, check=True)
    return done.stdout.split(b"\0")[:-1]


@pytest.mark.parametrize("shell", ["sh", "bash", "zsh"])
def test_a_shell_gets_each_word_as_it_is(shell):
    need(shell)
    line = shell_line(("printf", "%s\\0", *WORDS))
    assert line.replace("\n", "").isprintable()
    assert printed(line, shell) == [word.encode("utf-8", "surrogateescape") for word in WORDS]


def test_typed_content_is_one_line_and_arrives_byte_by_byte():
    content = b"-hello 'w'\n\tit`s $HOME 100%\\ !!\x00\xff\x1b[2J\n"
    line = layertui_line(ActCommand(("cat",), stdin=content))
    assert line.isprintable()
    assert subprocess.run(["sh", "-c", line], capture_output=True, check=True).stdout == content


def test_its_output_goes_to_the_file(tmp_path):
    target = tmp_path / "it's here"
    subprocess.run(["sh", "-c", layertui_line(ActCommand(("echo", "x"), output=target))], check=True)
    assert target.read_text() == "x\n"


def test_a_secret_has_to_be_given_again():
    line = layertui_line(ActCommand(("sh", "-c", "echo $DB_PASSWORD"), secrets=("DB_PASSWORD",)))
    without = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False, env={})
    assert without.returncode
    assert "DB_PASSWORD: is secret" in without.stderr
    given = subprocess.run(["sh", "-c", line], capture_output=True, check=True, env={"DB_PASSWORD": "x"})
    assert given.stdout == b"x\n"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("save", "-o", "a.tar", "demo:1.0"), "docker save -o a.tar demo:1.0"),
        (("--store", "/s", "--engine", "podman", "--trust-store", "rm", "-f", "box"), "docker rm -f box"),
        (("save", "-o", "a.tar", "--compress", "zstd", "demo:1.0"), ""),
        (("create", "--net", "pasta:--map-gw", "demo:1.0"), ""),
        (("create", "--net", "host", "demo:1.0", "sh"), "docker create --net host demo:1.0 sh"),
        (("push", "demo:1.0"), "docker push demo:1.0"),
        (("push", "demo:1.0", "h/x:1"), "docker tag demo:1.0 h/x:1 && docker push h/x:1"),
        (("extract", "container:box", "/etc/motd", "/tmp/x"), "docker cp box:/etc/motd /tmp/x"),
        (("extract", "demo:1.0", "/etc/motd", "/tmp/x"), ""),
        (("mkdir", "box", "/x"), ""),
        ((), ""),
    ],
)
def test_docker_does_the_same_or_nothing(words, line):
    assert docker_line(ActCommand(("layertui", *words) if words else ())) == line


def test_the_log_adds_the_options_of_its_session():
    log = CommandLog(("--store", "/srv/s"))
    log.add("Tagged", ActCommand(command_in("podman", ("layertui", "tag", "a", "b"))))
    log.add("Renamed", ActCommand(command_in("podman", ())))
    assert [layertui_line(act.command) for act in log.acts] == ["layertui --store /srv/s --engine podman tag a b", ""]
