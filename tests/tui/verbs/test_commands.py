"""The shape of the command line: options anywhere, one line for an error, exit codes, and what a start costs."""

import subprocess
import sys

import pytest

from builders import docker_archive, file, image, layer
from command_line import layertui, modules_of, process
from layertui import __version__
from layertui.tui.verbs.commands import VERBS, root


@pytest.fixture
def archive(tmp_path):
    demo = image([layer([file("etc/motd", "hi\n")])], history=["ADD rootfs /"], tags=["demo:1.0"])
    return docker_archive(demo, tmp_path / "demo.tar")


def test_version():
    assert layertui("version").ok().text == f"layertui {__version__}\n"
    assert layertui("version", "--json").ok().json == {"version": __version__}


def test_global_options_stand_before_or_after_the_verb(archive, store_folder):
    before = layertui("--json", "--store", store_folder, "--engine", "embedded", "ls", archive)
    after = layertui("ls", archive, "--engine", "embedded", "--store", store_folder, "--json")
    assert before.ok().json == after.ok().json
    assert before.json[0]["path"] == "/etc"


@pytest.mark.parametrize(
    "words",
    [
        ["fetch", "busybox"],
        ["frobnicate"],
        ["version", "--no-such-option"],
        ["ls"],
        ["ls", "--layer", "x", "y"],
        ["ls", "--layer", "0", "y"],
        ["--no-such-option"],
        ["save", "--format", "zip", "x"],
        ["tag", "only-one"],
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(words):
    layertui(*words).failed(2)


def test_a_message_is_no_longer_than_somebody_reads():
    said = layertui("inspect", "a/" * 50_000).failed(1).err
    assert len(said) < 10_000
    assert said.startswith("error: a/a/")
    assert "…" in said


def test_a_word_that_is_nearly_a_verb_gets_a_suggestion():
    assert "did you mean 'images'" in layertui("imges").failed(2).err


def test_the_screen_needs_a_terminal(archive):
    assert "terminal" in layertui().failed(1).err
    assert "terminal" in layertui(archive).failed(1).err
    assert "terminal" in layertui("--json", f"docker-archive:{archive}").failed(1).err


def test_an_error_with_json_is_the_plain_line_too(tmp_path):
    layertui("--json", "history", tmp_path / "nope.tar").failed(1)


def test_names_from_outside_cannot_act_on_the_terminal(tmp_path):
    done = layertui("history", tmp_path / "a\x1b[31m\nb.tar").failed(1)
    assert "\x1b" not in done.err


def test_help_lists_every_verb():
    text = layertui("--help").ok().text
    for verb in VERBS:
        assert f"\n  {verb} " in text
        assert layertui(verb, "--help").ok().text.startswith("Usage: layertui ")


def test_every_verb_has_a_sentence_and_each_option_a_word():
    for verb in VERBS:
        command = root.get_command(None, verb)
        assert command.name == verb
        assert command.help
        assert all(option.help for option in command.params if option.param_type_name == "option"), verb


def test_the_answer_meets_a_full_disk():
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "layertui", "version"], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 1
    assert done.stderr.decode().startswith("error: ")
    assert done.stderr.count(b"\n") == 1


def test_a_reader_that_has_seen_enough_hears_nothing(archive):
    code = f"{sys.executable} -m layertui ls -R {archive} | true"
    done = subprocess.run(["bash", "-c", code], capture_output=True, check=False)
    assert done.stderr == b""


def test_an_interrupt_ends_with_130(monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("layertui.tui.verbs.shared.cli_context.CliContext.out", property(interrupted))
    done = layertui("version")
    assert (done.code, done.out, done.err) == (130, b"", "")


def test_what_nobody_expected_is_a_line_too(monkeypatch):
    monkeypatch.setattr("layertui.tui.verbs.shared.cli_context.CliContext.out", property(lambda _: 1 / 0))
    assert "ZeroDivisionError" in layertui("version").failed(1).err


def test_version_imports_click_and_little_else():
    loaded = modules_of("version")
    assert "click" in loaded
    for heavy in (
        "textual",
        "rich",
        "numpy",
        "asyncio",
        "layertui.core.inspector",
        "layertui.core.oci.image_config",
    ):
        assert heavy not in loaded


@pytest.mark.parametrize("words", [["history"], ["history", "--json"], ["inspect"]])
def test_verbs_that_do_not_look_inside_layers_need_no_numpy(words, archive):
    loaded = modules_of(*words, archive)
    for heavy in ("textual", "rich", "numpy"):
        assert heavy not in loaded


def test_verbs_that_look_inside_layers_need_no_screen(archive):
    loaded = modules_of("ls", archive)
    assert "numpy" in loaded
    for heavy in ("textual", "rich"):
        assert heavy not in loaded


def test_as_a_process_of_its_own(archive):
    assert process("ls", archive).ok().lines == ["/etc"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ["images"],
        ["images", "--json"],
        ["ps", "-a"],
        ["ps", "-a", "--json"],
        ["history", "demo:1.0"],
        ["inspect", "demo:1.0"],
        ["create", "demo:1.0", "sh"],
        ["tag", "demo:1.0", "demo:2.0"],
        ["save", "-o", "/dev/null", "demo:1.0"],
        ["rmi", "demo:1.0"],
        ["df"],
        ["gc"],
    ],
    ids=" ".join,
)
def test_verbs_of_the_store_need_no_numpy(words, archive, store_folder):
    process("load", archive, store=store_folder).ok()
    loaded = modules_of(*words, store=store_folder)
    for heavy in ("textual", "rich", "numpy", "asyncio"):
        assert heavy not in loaded


class Screen:
    """A substitute for the app, which records what it was opened on."""

    opened: list = []
    return_code = 0

    def __init__(self, settings, image=None, tour=None):
        assert tour is None
        self.opened.append((settings.store, image))

    def run(self):
        pass


@pytest.fixture
def screen(monkeypatch):
    import layertui.tui.app

    monkeypatch.setattr(layertui.tui.app, "LayerTui", Screen)
    monkeypatch.setattr("layertui.tui.verbs.open_screen.require_terminal", lambda *_, **__: None)
    Screen.opened.clear()
    return Screen.opened


def test_without_a_verb_the_screen_opens(screen, store_folder):
    assert layertui("--store", store_folder).code == 0
    assert screen == [(store_folder, None)]


@pytest.mark.parametrize("spell", ["{}", "docker-archive:{}", "{}@1"])
def test_a_word_that_names_an_image_opens_the_screen_on_it(screen, archive, store_folder, spell):
    name = spell.format(archive)
    assert layertui(name, store=store_folder).code == 0
    assert layertui("--store", store_folder, name, "--json").code == 0
    assert screen == [(store_folder, name)] * 2


def test_an_image_of_the_store_is_opened_by_its_plain_name(screen, tmp_path, store_folder):
    demo = image([layer([])], tags=["frobnicate:latest"])
    layertui("load", docker_archive(demo, tmp_path / "x.tar"), store=store_folder).ok()
    assert layertui("frobnicate", store=store_folder).code == 0
    assert screen == [(store_folder, "frobnicate")]
    layertui("frobnicate", "and", "more", store=store_folder).failed(2)


def test_the_demo_opens_the_screen(screen, store_folder):
    assert layertui("demo", store=store_folder).code == 0
    assert screen == [(store_folder, None)]


def test_the_list_of_verbs_cuts_no_sentence_in_two():
    told = layertui("--help").ok().text
    assert not [line for line in told.splitlines() if line.endswith("...")]


def test_h_is_help_but_where_dockers_own_means_the_host_name():
    for name in VERBS:
        if name in ("create", "run"):
            assert layertui(name, "-h").failed(2).err.endswith(f"requires an argument; see `layertui {name} --help`\n")
        else:
            assert layertui(name, "-h").ok().text == layertui(name, "--help").ok().text
    assert layertui("-h").ok().text == layertui("--help").ok().text
