"""What an image says of its process, with each runtime that works here: none of it becomes a word to us, to the shim or to the runtime."""

import pytest

from builders import docker_archive, file, image, layer
from clearing import clear
from containing import GROUP, PASSWD, box, require_runtime, runtimes
from hostile.trial import Trial

pytestmark = pytest.mark.slow


@pytest.fixture(params=runtimes())
def trial(request, tmp_path, monkeypatch):
    require_runtime(request.param, tmp_path / "probe")
    monkeypatch.setenv("LAYERTUI_RUNTIME", request.param)
    made = Trial(tmp_path / "trial")
    yield made
    for row in made.say("--json", "ps", "-a").json:
        made.say("rm", "-f", row["id"])
    # docker's own codes for what did not start
    assert [flaw for flaw in made.sound() if not flaw.endswith(("exit 125", "exit 126", "exit 127"))] == []
    clear([tmp_path / "trial"])


def load(trial, *layers, **config):
    built = image(
        [*box().layers, *layers], tags=["box:1"], config={"Cmd": ["sleep", "60"], "Env": ["PATH=/bin"], **config}
    )
    trial.say("load", docker_archive(built, trial.folder / "box.tar")).ok()


def words(trial):
    """What would be words of a plan, in which NULs part them."""
    return (f"x\0cgroup={trial.outside}\0group=0\0arg=sh\0run=true", "x\0--bind\0/\0/mnt", "\ud800")


@pytest.mark.parametrize("field", ["Env", "Cmd", "Entrypoint", "WorkingDir", "Volumes", "User"])
def test_a_config_that_adds_words(field, trial):
    for text in words(trial):
        said = {"Env": [f"A={text}"], "WorkingDir": f"/{text}", "Volumes": {f"/{text}": {}}, "User": text}
        load(trial, **{field: said.get(field, ["sleep", text])})
        trial.say("run", "-d", "--name", "box", "box:1")
        trial.say("exec", "box", "true")
        trial.say("rm", "-f", "box")


def test_a_home_that_adds_words(trial):
    """The process begins in peace, and what `exec` is given comes from files that it has changed since."""
    hostile = PASSWD.replace(":/root:", f":/\0cgroup={trial.outside}\0group=0:")
    load(trial, layer([file("etc/group", GROUP.encode()), file("hostile", hostile.encode())]))
    trial.say("run", "-d", "--name", "box", "box:1").ok()
    trial.say("exec", "box", "cp", "/hostile", "/etc/passwd").ok()
    done = trial.say("exec", "box", "true")
    assert done.code
    assert "NUL" in done.err


@pytest.mark.parametrize("field", ["WorkingDir", "Volumes"])
def test_a_folder_deeper_than_a_path_can_say(field, trial):
    path = "/a" * 250_000
    load(trial, **{field: path if field == "WorkingDir" else {path: {}}})
    done = trial.say("run", "box:1", "true")
    assert done.code
    assert len(done.err) < 1000
