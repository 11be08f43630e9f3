"""Root at a store of another user: verbs that look look, those that act say a line; nothing is written, run, signalled or followed."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from command_line import layertui, process
from hostile.damage import TOP, box
from layertui.core import ownership
from layertui.core.containers.model.process_identity import Process, boot_id
from layertui.core.engines.embedded.upkeep.store_changes import changes
from layertui.core.errors import Cancelled
from layertui.core.oci import strict_json
from layertui.core.progress import Progress
from layertui.core.settings import Settings
from layertui.core.storage.event_journal import EventJournal
from layertui.tui.verbs.commands import VERBS
from small_registry import small_registry

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can have a store of somebody else"),
]

SOMEBODY = 65534
SECRET = b"only root may read this"

LOOKS = {
    "images": [],
    "save": ["-o", "OUT", "demo:1"],
    "copy": ["demo:1", "oci:OUT:demo"],
    "push": ["demo:1", "REGISTRY/demo:1"],
    "history": ["demo:1"],
    "layers": ["demo:1"],
    "inspect": ["box", "demo:1"],
    "ls": ["-R", "container:box"],
    "tree": ["container:box"],
    "cat": ["container:box", "/mine"],
    "which": ["container:box", "/mine"],
    "versions": ["container:box", "/mine"],
    "extract": ["container:box", "/mine", "OUT"],
    "file": ["container:box", "/mine"],
    "find": ["--content", "a", "--hidden"],
    "compare": ["demo:1", "other:1"],
    "analyze": ["container:box"],
    "ps": ["-a"],
    "logs": ["box"],
    "diff": ["box"],
    "export": ["-o", "OUT", "box"],
    "events": ["--until", "0s"],
    "fsck": [],
    "df": ["-v"],
    "engines": ["-v"],
    "version": [],
    "config": [],
    "completion": ["bash"],
}
ACTS = {
    "load": ["ARCHIVE"],
    "import": ["ARCHIVE"],
    "pull": ["REGISTRY/demo:1"],
    "tag": ["demo:1", "demo:2"],
    "rmi": ["-f", "demo:1"],
    "create": ["demo:1"],
    "rm": ["-f", "box"],
    "namespaces": ["box"],
    "run": ["demo:1"],
    "start": ["box"],
    "attach": ["box"],
    "stop": ["-t", "0", "box"],
    "kill": ["box"],
    "wait": ["box"],
    "exec": ["box", "true"],
    "pause": ["box"],
    "unpause": ["box"],
    "restart": ["-t", "0", "box"],
    "rename": ["box", "crate"],
    "write": ["box", "/mine", "/dev/null"],
    "mkdir": ["box", "/new"],
    "unlink": ["box", "/mine"],
    "cp": ["ARCHIVE", "box:/"],
    "commit": ["box"],
    "top": ["box"],
    "stats": ["--no-stream", "box"],
    "gc": [],
    "demo": ["--no-ui"],
    "catalog": ["add", "demo:1"],
}
SERVES = {"serve", "tour"}
"""They open no store here: each page does, and the tour at a terminal, as the screens do."""
OF_REGISTRIES = {
    "login": ["-u", "ann", "--password-stdin", "REGISTRY"],
    "tags": ["REGISTRY/demo"],
    "logout": ["REGISTRY"],
}


def test_every_verb_is_of_one_kind():
    assert sorted([*LOOKS, *ACTS, *OF_REGISTRIES, *SERVES]) == sorted(VERBS)


@pytest.fixture
def trap(store, tmp_path):
    """A container that its owner says is running and paused: with a process of root's, and a program of his own as runtime."""
    (tmp_path / "evil").mkdir()
    evil = tmp_path / "evil/runc"
    evil.write_text(f"#!/bin/sh\necho $0 $* >> {tmp_path}/ran\n")
    evil.chmod(0o755)
    with subprocess.Popen(["sleep", "600"]) as bystander:
        try:
            running = Process.of(bystander.pid)
            folder = box(store)
            (folder / "run").mkdir()
            named = {"pid": running.pid, "start_time": running.start_time}
            named |= {f"shim{'_' * bool(name)}{name}": number for name, number in (("", 4000000), ("start_time", 1))}
            note = {**named, "boot_id": boot_id(), "started": "2026-01-01T00:00:00.000000000Z"}
            (folder / "run/state").write_bytes(strict_json.dumps(note))
            (folder / "run/paused").write_text('{"by": "freezer"}')
            (folder / "run/plan").write_text(f"cleanup={evil}\0cleanup=plan\0record={tmp_path}/precious\0kind=detached")
            (folder / "runtime").write_text(str(evil))
            (folder / "log").write_text("2026-01-01T00:00:00.000000000Z stdout F said\n")
            theirs(store)
            yield bystander
            assert not (tmp_path / "ran").exists()
            assert bystander.poll() is None
        finally:
            bystander.kill()


def theirs(store: Path) -> None:
    for path in (store, *store.rglob("*")):
        os.chown(path, SOMEBODY, SOMEBODY, follow_symlinks=False)
    ownership.forget()


def snapshot(folder: Path) -> dict[Path, tuple[object, ...]]:
    found = {}
    for path in (folder, *folder.rglob("*")):
        what = path.lstat()
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        found[path] = (
            what.st_mode,
            what.st_uid,
            what.st_gid,
            what.st_size,
            what.st_mtime_ns,
            what.st_ctime_ns,
            content,
        )
    return found


@pytest.fixture
def served():
    with small_registry() as found:
        yield found


def spelled(words, tmp_path, served=None):
    values = {"OUT": str(tmp_path / "out"), "ARCHIVE": str(tmp_path / "0.tar")}
    if served is not None:
        values["REGISTRY"] = served.host
    return [re.sub("|".join(values), lambda found: values[found[0]], word) for word in words]


@pytest.mark.parametrize("verb", LOOKS)
def test_what_looks(verb, trap, store, tmp_path, served):
    """The answer comes, and the store is as it was."""
    before = snapshot(store)
    layertui(verb, *spelled(LOOKS[verb], tmp_path, served), store=store).ok()
    assert snapshot(store) == before


@pytest.mark.parametrize("verb", ACTS)
def test_what_acts(verb, trap, store, tmp_path, served):
    """One line that says whose the store is and what to do; and the store, and every process, is as it was."""
    before = snapshot(store)
    done = layertui(verb, *spelled(ACTS[verb], tmp_path, served), store=store)
    assert served.seen == []
    done.failed(125 if verb == "run" else 1)
    assert done.err == (
        f"error: {store} belongs to nobody; root only looks at it:"
        " run it as nobody (sudo -u nobody …), or say --trust-store\n"
    )
    assert snapshot(store) == before


def test_what_is_of_registries_alone(trap, store, tmp_path, served):
    before = snapshot(store)
    for verb, words in OF_REGISTRIES.items():
        layertui(verb, *spelled(words, tmp_path, served), store=store, stdin=b"secret\n").ok()
    assert snapshot(store) == before


def test_status_is_what_the_record_says(trap, store):
    (row,) = [row for row in layertui("ps", "-a", "--json", store=store).ok().json if row["name"] == "box"]
    assert (row["status"], row["pid"]) == ("paused", trap.pid)
    (box(store) / "run/exit").write_text('{"code": 7, "finished": "2026-01-01T00:00:01.000000000Z"}')
    (row,) = [row for row in layertui("ps", "-a", "--json", store=store).ok().json if row["name"] == "box"]
    assert (row["status"], row["pid"], row["exit_code"]) == ("exited", 0, 7)


def test_a_dry_run_looks(trap, store):
    before = snapshot(store)
    layertui("gc", "--dry-run", store=store).ok()
    layertui("fsck", "--repair", store=store).failed()
    assert snapshot(store) == before


@pytest.mark.parametrize("how", ["an option", "the environment"])
def test_trusted_by_an_option(how, trap, store, monkeypatch):
    if how == "the environment":
        monkeypatch.setenv("LAYERTUI_TRUST_STORE", "1")
    option = ["--trust-store"] if how == "an option" else []
    layertui("tag", *option, "demo:1", "demo:2", store=store).ok()
    assert ["demo:1", "demo:2"] in [one["tags"] for one in layertui("images", "--json", *option, store=store).ok().json]
    monkeypatch.setenv("LAYERTUI_TRUST_STORE", "0")
    layertui("tag", "demo:1", "demo:3", store=store).failed()


@pytest.mark.parametrize("mode", [0o777, 0o775], ids=oct)
@pytest.mark.parametrize("place", ["", "containers", "blobs", ".."])
def test_a_folder_that_others_can_write_to(place, mode, store):
    """A user who could have replaced the store, or a part of it, may have done so; the line says by which folder."""
    (folder := store / place).chmod(mode)
    store.chmod(mode if not place else 0o755)
    os.chown(folder, 0, SOMEBODY)
    ownership.forget()
    done = layertui("tag", "demo:1", "demo:2", store=store).failed()
    assert f"{folder.resolve()} can be changed by other users" in done.err
    layertui("ls", "demo:1", store=store).ok()
    folder.chmod(0o755)
    ownership.forget()
    layertui("tag", "demo:1", "demo:2", store=store).ok()


@pytest.mark.parametrize("place", ["containers", "index.json", ".."])
def test_a_part_that_belongs_to_another(place, store):
    store.chmod(0o755)
    os.chown(store / place, SOMEBODY, SOMEBODY)
    ownership.forget()
    assert f"{(store / place).resolve()} belongs to nobody" in layertui("gc", store=store).failed().err


def test_a_container_that_belongs_to_another(trap, store):
    """In a store of ours: neither is it acted on, nor is the process that it names."""
    for path in (store, *store.rglob("*")):
        os.chown(path, 0, 0, follow_symlinks=False)
    os.chown(box(store), SOMEBODY, SOMEBODY)
    ownership.forget()
    for words in (["stop", "-t", "0"], ["kill"], ["rm", "-f"], ["start"], ["unpause"]):
        done = layertui(*words, "box", store=store).failed()
        assert f"{box(store)} belongs to nobody" in done.err
    layertui("rename", "box", "crate", store=store).failed()
    layertui("ps", "-a", store=store).ok()
    assert box(store).is_dir()
    layertui("tag", "demo:1", "demo:2", store=store).ok()


# ---------------------------------------------------------------- files that lead elsewhere, or never end


def to_a_secret(path: Path, secret: Path) -> None:
    path.symlink_to(secret)


def to_what_never_ends(path: Path, _: Path) -> None:
    path.symlink_to("/dev/zero")


def a_pipe(path: Path, _: Path) -> None:
    os.mkfifo(path)


FILES = [
    *("index.json", "oci-layout", "events/log", "lock", "BLOB"),
    *(f"BOX/{name}" for name in ("record.json", "log", "log.1", "owners", "failed", "runtime", "lock")),
    *(f"BOX/run/{name}" for name in ("state", "exit", "paused", "connected", "plan")),
]


ENDLESS = ("index.json", "events/log", "BOX/record.json", "BOX/log", "BOX/run/state")


@pytest.mark.parametrize(
    ("place", "put"),
    [(place, put) for put in (to_a_secret, a_pipe) for place in FILES]
    + [(place, to_what_never_ends) for place in ENDLESS],
)
def test_a_file_that_leads_elsewhere(place, put, trap, store, tmp_path):
    """Every reading command ends, with its answer or a line, and shows nothing of the link's target."""
    secret = tmp_path / "secret"
    secret.write_bytes(secret_for(place, store))
    path = store / place.replace("BOX", str(box(store))).replace("BLOB", f"blobs/sha256/{TOP[7:]}")
    path.unlink(missing_ok=True)
    put(path, secret)
    look(store, tmp_path)
    path.unlink()


@pytest.mark.parametrize("place", ["BOX/upper", "BOX/run", "BOX", "containers", "containers/names", "events", "blobs"])
def test_a_folder_that_leads_elsewhere(place, trap, store, tmp_path):
    path = store / place.replace("BOX", str(box(store)))
    elsewhere = tmp_path / "elsewhere"
    path.rename(elsewhere)
    for hidden in elsewhere.rglob("*"):
        if hidden.is_file() and not hidden.is_symlink() and hidden.name in ("mine", "log", "record.json"):
            hidden.write_bytes(secret_for(f"BOX/{hidden.name}", store, hidden.read_bytes()))
    path.symlink_to(elsewhere)
    look(store, tmp_path)


@pytest.mark.parametrize("place", ["cache", "volumes/data", "unpacked/0123456789abcdef0123456789abcdef", "blobs"])
def test_a_folder_of_roots_is_not_measured(place, trap, store, tmp_path):
    """Nor are its names shown."""
    (tmp_path / "large").mkdir()
    with (tmp_path / "large" / SECRET.decode()).open("wb") as file:
        file.truncate(7 << 40)
    path = store / place
    if path.exists():
        path.rename(tmp_path / "away")
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(tmp_path / "large")
    theirs(store)
    for verb in ("df", "fsck"):
        done = layertui(verb, *LOOKS[verb], store=store)
        assert SECRET not in done.out
        assert b"7.7TB" not in done.out
        assert "unexpected" not in done.err


def test_what_changes_is_watched(trap, store):
    """What waits for more begins to, without making the folder that it waits in."""
    before = snapshot(store)
    ownership.forget()
    settings = Settings(store)
    journal = EventJournal(settings.store / "events")
    assert next(journal.events(past=True, follow=True)).action
    progress = Progress()
    watching = changes(journal.folder, box(store), progress)
    progress.cancel()
    with pytest.raises(Cancelled):
        next(watching)
    assert snapshot(store) == before


@pytest.mark.parametrize("named", [True, False])
def test_a_store_behind_a_symlink_of_somebodys(named, store, tmp_path):
    """A user who can replace the link decides which store it is."""
    (link := tmp_path / "link").symlink_to(store if named else tmp_path)
    spelled = link if named else link / "store"
    layertui("tag", "demo:1", "demo:2", store=spelled).ok()
    os.lchown(link, SOMEBODY, SOMEBODY)
    ownership.forget()
    done = layertui("tag", "demo:1", "demo:3", store=spelled).failed()
    assert f"{link} belongs to nobody; root only looks at " in done.err


def secret_for(place: str, store: Path, known: bytes = b"") -> bytes:
    """A secret in the form that the place has, so that it would be shown."""
    if place.endswith(("log", "log.1")) and "BOX" in place:
        return b"2026-01-01T00:00:00.000000000Z stdout F " + SECRET + b"\n"
    if place.endswith("record.json"):
        kept = strict_json.loads_trusted_object(known or (box(store) / "record.json").read_bytes(), what="record")
        return strict_json.dumps({**kept, "image": SECRET.decode()})
    if place == "events/log":
        event = {
            "time": "2026-01-01T00:00:00Z",
            "type": "image",
            "action": SECRET.decode(),
            "id": "x",
            "attributes": {},
        }
        return strict_json.dumps(event) + b"\n"
    if place.endswith("failed"):
        return strict_json.dumps({"code": 1, "reason": SECRET.decode()})
    if place.endswith("exit"):
        return strict_json.dumps({"code": 1, "finished": "x", "reason": SECRET.decode()})
    return SECRET


def look(store: Path, tmp_path: Path) -> None:
    ownership.forget()
    for verb in ("images", "inspect", "ls", "cat", "ps", "logs", "diff", "export", "events", "fsck", "df"):
        done = layertui(verb, *spelled(LOOKS[verb], tmp_path), store=store)
        assert SECRET not in done.out + done.err.encode(), verb
        out = tmp_path / "out"
        if out.is_file():
            assert SECRET not in out.read_bytes(), verb
            out.unlink()
        assert done.code in (0, 1), f"{verb}: {done.err}"
        assert "unexpected" not in done.err, f"{verb}: {done.err}"


def test_what_a_record_says_is_mounted(trap, store, tmp_path):
    """A container of another user that has a folder of root's mounted: its content is not shown."""
    (tmp_path / "mounted").mkdir()
    (tmp_path / "mounted/secret").write_bytes(SECRET)
    path = box(store) / "record.json"
    record = strict_json.loads_trusted_object(path.read_bytes(), what="record")
    record["options"]["mounts"] = [{"kind": "bind", "source": str(tmp_path / "mounted"), "target": "/etc"}]
    path.write_bytes(strict_json.dumps(record))
    assert layertui("cat", "container:box", "/etc/secret", store=store).failed().out == b""
    assert "secret" not in layertui("ls", "-R", "container:box", store=store).ok().text
    layertui("cp", "box:/etc/secret", tmp_path / "out", store=store).failed()
    look(store, tmp_path)


def test_a_record_names_a_runtime_and_not_a_program(store, tmp_path):
    """Also in a store of ours: which program a name means is decided on this machine."""
    (tmp_path / "evil").mkdir()
    evil = tmp_path / "evil/runc"
    evil.write_text(f"#!/bin/sh\necho >> {tmp_path}/ran\nexit 1\n")
    evil.chmod(0o755)
    (box(store) / "run").mkdir()
    (box(store) / "runtime").write_text(str(evil))
    (box(store) / "run/paused").write_text('{"by": "freezer"}')
    layertui("rm", "-f", "box", store=store)
    assert not (tmp_path / "ran").exists()


def test_a_plain_user_at_a_store_of_another(store, tmp_path, plain_user):
    """The same line, and the same looking."""
    theirs_too = plain_user.home / "theirs"
    subprocess.run(["cp", "-a", store, theirs_too], check=True)
    for path in (theirs_too, *theirs_too.rglob("*")):
        os.chown(path, 4242, 4242, follow_symlinks=False)
        if not path.is_symlink():
            path.chmod(0o755)
    before = snapshot(theirs_too)
    assert b"other" in plain_user.layertui("--store", theirs_too, "images").stdout
    done = plain_user.layertui("--store", theirs_too, "tag", "demo:1", "demo:2")
    assert done.returncode == 1
    assert b"belongs to #4242; " in done.stderr
    assert b"run it as #4242 (sudo -u #4242 \xe2\x80\xa6), or say --trust-store" in done.stderr
    assert plain_user.layertui("--store", theirs_too, "ls", "container:box").returncode == 0
    assert snapshot(theirs_too) == before


def test_in_a_process_of_its_own(trap, store):
    """As a user calls it, with all that happens before a verb."""
    assert b"demo" in process("images", store=store).ok().out
    assert "--trust-store" in process("rm", "-f", "box", store=store).failed().err
