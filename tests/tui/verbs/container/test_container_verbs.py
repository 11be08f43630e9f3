"""ps, create, rm, inspect, namespaces of containers that never run; run, start, exec, logs and the rest of those that do."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from builders import docker_archive
from command_line import layertui, process
from containing import box, require_runtime


@pytest.fixture(autouse=True)
def image(tmp_path):
    layertui("load", docker_archive(box(), tmp_path / "box.tar")).ok()
    yield box()
    for name in layertui("ps", "-aq").lines:
        layertui("rm", "-f", name)


@pytest.fixture
def runs(store_folder):
    """For tests that start something."""
    require_runtime("bwrap", store_folder)


def created(*words) -> str:
    return layertui("create", *words).ok().text.strip()


def ps() -> dict[str, dict]:
    return {row["name"]: row for row in layertui("ps", "-a", "--json").ok().json}


# ---------------------------------------------------------------- what is there


def test_create_prints_the_full_id_and_runs_nothing(image):
    container_id = created("-ti", "--name", "kind_banzai", "box:1", "sh")
    assert len(container_id) == 64
    row = ps()["kind_banzai"]
    assert row["id"] == container_id
    assert (row["image"], row["image_id"], row["command"]) == ("box:1", image.id, ["sh"])
    assert (row["status"], row["pid"], row["exit_code"], row["started"], row["finished"]) == (
        "created",
        0,
        0,
        None,
        None,
    )
    assert row["size_rw"] == 0
    assert layertui("create", "--json", "box:1").ok().json.keys() == {"id"}


def test_ps_as_docker_prints_it():
    created("--name", "box_one", "box:1", "sh", "-c", "echo a long command")
    header, row = layertui("ps", "-a").ok().lines
    assert header.split() == ["CONTAINER", "ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"]
    assert '"sh -c \'echo a long …"' in row
    assert "Created" in row
    assert row.endswith("box_one")
    assert layertui("ps").ok().lines == [
        "CONTAINER ID   IMAGE     COMMAND   CREATED   STATUS    PORTS     NAMES",
    ]
    assert layertui("ps", "--json").ok().json == []
    assert layertui("ps", "-aq", "--no-trunc").ok().lines == [ps()["box_one"]["id"]]
    assert layertui("ps", "-aq").ok().lines == [ps()["box_one"]["id"][:12]]


def test_a_name_is_made_up_and_can_be_had_once():
    created("box:1")
    (name,) = ps()
    assert "_" in name
    layertui("create", "--name", name, "box:1").failed(1)
    layertui("create", "--name", "not a name", "box:1").failed(2)


def test_options_and_a_dash_after_the_image_belong_to_the_command():
    created("--name", "one", "box:1", "ls", "-l", "--json", "-t")
    created("--name", "two", "box:1", "--", "x")
    assert ps()["one"]["command"] == ["ls", "-l", "--json", "-t"]
    assert ps()["two"]["command"] == ["--", "x"]


def test_creates_options_are_kept(monkeypatch):
    monkeypatch.setenv("FROM_HERE", "ours")
    words = ["-e", "A=b=c", "-e", "FROM_HERE", "-e", "NOT_HERE", "-w", "/tmp", "-u", "1:2", "--entrypoint", "/bin/cat"]
    created("--name", "one", *words, "-l", "k=v", "--read-only", "--rm", "--hostname", "h", "-t", "-i", "box:1", "x")
    created("--name", "two", "--shm-size", "1m", "box:1", "x")
    assert layertui("inspect", "two").ok().json[0]["HostConfig"]["ShmSize"] == 1 << 20
    (found,) = layertui("inspect", "one").ok().json
    assert found["HostConfig"]["ShmSize"] == 64 << 20
    config = found["Config"]
    assert config["Env"] == ["A=b=c", "FROM_HERE=ours", "PATH=/bin", "FROM_IMAGE=yes"], "docker's order"
    assert (config["WorkingDir"], config["User"], config["Hostname"]) == ("/tmp", "1:2", "h")
    assert (config["Entrypoint"], config["Cmd"], config["Labels"]) == (["/bin/cat"], ["x"], {"k": "v"})
    assert (config["Tty"], config["OpenStdin"]) == (True, True)
    assert (found["Path"], found["Args"]) == ("/bin/cat", ["x"])
    assert (found["HostConfig"]["ReadonlyRootfs"], found["HostConfig"]["AutoRemove"]) == (True, True)


def test_inspect_of_containers_and_images_mixed(image):
    container_id = created("--name", "one", "box:1")
    found = layertui("inspect", "one", "box:1", container_id[:12]).ok().json
    assert [row["Id"] for row in found] == [container_id, image.id, container_id]
    state = found[0]["State"]
    assert (state["Status"], state["Pid"], state["ExitCode"], state["Running"]) == ("created", 0, 0, False)
    assert (found[0]["Name"], found[0]["Image"], found[0]["Mounts"]) == ("/one", image.id, [])
    layertui("inspect", "--type", "image", "one").failed(1)
    layertui("inspect", "--type", "container", "box:1").failed(1)


def test_namespaces_of_a_created_container():
    created("--name", "one", "box:1")
    found = layertui("namespaces", "--json", "one").ok().json
    assert (found["status"], found["pid"], found["container"], found["own"]) == ("created", 0, None, [])
    assert found["host"]["mnt"] == os.stat("/proc/self/ns/mnt").st_ino
    assert "no process" in layertui("namespaces", "one").ok().lines[0]


def test_an_image_of_an_archive_is_taken_in(tmp_path, store_folder):
    words = ["--store", store_folder, "create", "--name", "one", tmp_path / "box.tar"]
    layertui(*words).ok()
    assert layertui("images", "--json", store=store_folder).json[0]["tags"] == []
    layertui("cat", "container:one", "/etc/passwd", store=store_folder).ok()
    layertui("create", f"{tmp_path / 'box.tar'}@1", store=store_folder).failed(2)


def test_rm_goes_on_after_a_name_that_is_missing():
    created("--name", "one", "box:1")
    created("--name", "two", "box:1")
    done = layertui("rm", "one", "missing", "two")
    assert (done.code, done.lines) == (1, ["one", "two"])
    assert ps() == {}


@pytest.mark.parametrize("more", [(), ("--rm",), ("-d",), ("-v", "/srv")])
def test_a_run_that_cannot_start_leaves_no_container(more, tmp_path, monkeypatch):
    monkeypatch.setenv("LAYERTUI_RUNTIME", str(tmp_path / "runc"))
    layertui("run", *more, "--name", "one", "box:1", "true").failed(125)
    assert ps() == {}
    layertui("run", *more, "--name", "one", "box:1", "true").failed(125)  # and its name is free again


def test_unique_prefixes_name_a_container():
    container_id = created("--name", "one", "box:1")
    assert layertui("rm", container_id[:6]).ok().lines == [container_id[:6]]


# ---------------------------------------------------------------- what runs


@pytest.mark.usefixtures("runs")
class TestRunning:
    @pytest.mark.slow
    def test_run_gives_output_and_exit_code(self):
        done = process("run", "--name", "one", "box:1", "sh", "-c", "echo out; echo err >&2; exit 7")
        assert (done.code, done.out, done.err) == (7, b"out\n", "err\n")
        row = ps()["one"]
        assert (row["status"], row["exit_code"], row["pid"]) == ("exited", 7, 0)
        assert row["started"] < row["finished"]
        logs = process("logs", "one")
        assert (logs.out, logs.err) == (b"out\n", "err\n")
        assert layertui("wait", "one").code == 7
        assert layertui("wait", "--json", "one").json == [7]

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("words", "code"),
        [
            (["box:1", "no-such-command"], 127),
            (["box:1", "/etc/plain"], 126),
            (["missing", "true"], 125),
            (["--name", "not a name", "box:1", "true"], 125),
        ],
    )
    def test_runs_other_exit_codes(self, words, code):
        done = process("run", *words)
        assert (done.code, done.out) == (code, b"")
        assert (done.err.startswith("error: "), done.err.count("\n")) == (True, 1)
        assert ps() == {}

    @pytest.mark.slow
    def test_run_removes_the_container_with_rm(self):
        assert process("run", "--rm", "box:1", "sh", "-c", "echo hi; exit 3").code == 3
        assert ps() == {}

    @pytest.mark.slow
    def test_run_ends_when_nothing_is_left_of_it(self):
        made = "i=0; while [ $i -lt 2000 ]; do i=$((i+1)); : > /tmp/$i; done"
        for _ in range(3):
            process("run", "--rm", "box:1", "sh", "-c", f"mkdir -p /tmp; {made}").ok()
            left = os.listdir(os.path.join(os.environ["LAYERTUI_STORE"], "containers"))
            assert [name for name in left if len(name) >= 64] == []

    @pytest.mark.slow
    def test_run_hands_on_what_it_reads(self):
        done = process("run", "-i", "--rm", "box:1", "wc", "-l", stdin=b"1\n2\n3\n")
        assert (done.code, done.text.strip()) == (0, "3")
        assert process("run", "--rm", "box:1", "wc", "-l", stdin=b"1\n2\n3\n").text.strip() == "0"

    @pytest.mark.slow
    def test_a_signal_to_us_is_the_containers(self):
        script = "trap 'echo caught; exit 9' INT; echo ready; while :; do sleep 0.1; done"
        argv = [sys.executable, "-m", "layertui", "run", "box:1", "sh", "-c", script]
        with subprocess.Popen(argv, stdout=subprocess.PIPE) as ours:
            assert ours.stdout.readline() == b"ready\n"
            ours.send_signal(signal.SIGINT)
            assert ours.stdout.read() == b"caught\n"
            assert ours.wait() == 9

    @pytest.mark.slow
    def test_a_hangup_that_we_ignore_does_not_reach_the_container(self):
        script = "trap 'exit 9' HUP; trap 'exit 10' TERM; echo ready; while :; do sleep 0.1; done"
        argv = ["nohup", sys.executable, "-m", "layertui", "run", "box:1", "sh", "-c", script]
        with subprocess.Popen(argv, stdout=subprocess.PIPE) as ours:
            assert ours.stdout.readline() == b"ready\n"
            ours.send_signal(signal.SIGHUP)
            ours.send_signal(signal.SIGTERM)
            assert ours.wait() == 10

    @pytest.mark.slow
    def test_detached_stop_start_kill(self):
        container_id = layertui("run", "-d", "--name", "one", "box:1", "sleep", "1000").ok().text.strip()
        assert len(container_id) == 64
        row = ps()["one"]
        assert (row["status"], row["finished"]) == ("running", None)
        assert row["pid"] > 0
        assert "Up" in layertui("ps").ok().lines[1]
        layertui("rm", "one").failed(1)
        assert layertui("stop", "-t", "0", "one").ok().lines == ["one"]
        assert ps()["one"]["status"] == "exited"
        assert layertui("start", "one").ok().lines == ["one"]
        assert layertui("kill", "one").ok().lines == ["one"]
        done = layertui("wait", "one")
        assert (done.code, done.lines) == (137, ["137"])
        assert layertui("kill", "-s", "NOSUCH", "one").code in (1, 2)
        assert layertui("rm", "-f", "one").ok()

    @pytest.mark.slow
    def test_namespaces_of_its_own(self):
        layertui("run", "-d", "--name", "one", "box:1", "sleep", "1000").ok()
        found = layertui("namespaces", "--json", "one").ok().json
        assert {"mnt", "pid", "net", "uts", "ipc"} <= set(found["own"])
        assert found["pid"] == ps()["one"]["pid"]
        assert all(found["host"][kind] != found["container"][kind] for kind in found["own"])

    @pytest.mark.slow
    def test_start_attached_shows_this_run_alone(self):
        created("--name", "one", "box:1", "sh", "-c", "echo $$; exit 4")
        first = process("start", "-a", "one")
        second = process("start", "-a", "one")
        assert (first.code, second.code) == (4, 4)
        assert first.out.count(b"\n") == second.out.count(b"\n") == 1
        assert len(process("logs", "one").out.splitlines()) == 2
        assert len(process("logs", "--tail", "1", "one").out.splitlines()) == 1
        layertui("logs", "--tail", "x", "one").failed(2)

    @pytest.mark.slow
    def test_logs_as_they_come_and_as_json(self):
        created("--name", "one", "box:1", "sh", "-c", "echo a; sleep 0.3; echo b")
        layertui("start", "one").ok()
        begun = time.monotonic()
        followed = process("logs", "-f", "one")
        assert followed.out == b"a\nb\n"
        assert time.monotonic() - begun < 20
        lines = [json.loads(line) for line in layertui("logs", "--json", "one").ok().lines]
        assert [(line["stream"], line["text"]) for line in lines] == [("stdout", "a\n"), ("stdout", "b\n")]
        assert layertui("logs", "--json", "--tail", "-1", "one").ok().lines == layertui("logs", "--json", "one").lines
        stamped = process("logs", "-t", "one").out.splitlines()[0]
        assert stamped.startswith(lines[0]["time"].encode())

    @pytest.mark.slow
    def test_exec(self):
        layertui("run", "-d", "--name", "one", "box:1", "sleep", "1000").ok()
        done = process("exec", "-e", "X=y", "-w", "/tmp", "one", "sh", "-c", "echo $X; pwd; exit 5")
        assert (done.code, done.out) == (5, b"y\n/tmp\n")
        assert process("exec", "-i", "one", "cat", stdin=b"typed").out == b"typed"
        assert process("exec", "one", "no-such-command").code == 127
        layertui("exec", "-it", "one", "sh").failed(1)
        for words, code in (
            (("-u", "nobody-here"), 126),
            (("-w", "/nowhere"), 126),
            (("-w", "tmp"), 2),
            (("-e", "=x"), 2),
        ):
            process("exec", *words, "one", "true").failed(code)
        layertui("stop", "-t", "0", "one").ok()

    @pytest.mark.slow
    def test_exec_detached(self):
        layertui("run", "-d", "--name", "one", "box:1", "sh", "-c", "until [ -e /done ]; do sleep 0.1; done").ok()
        waiting = "echo seen by nobody; until [ -e /go ]; do sleep 0.1; done; echo > /done"
        assert process("exec", "-d", "one", "sh", "-c", waiting).out == b""
        process("exec", "-d", "one", "no-such-command").failed(127)
        process("exec", "one", "touch", "/go").ok()
        assert layertui("wait", "one").lines == ["0"]
        assert layertui("logs", "one").ok().text == ""
        layertui("exec", "one", "true").failed(1)

    @pytest.mark.slow
    def test_its_layer_shows_while_it_runs(self):
        layertui("run", "-d", "--name", "one", "box:1", "sh", "-c", "echo hi > /new; sleep 1000").ok()
        deadline = time.monotonic() + 20
        while layertui("diff", "one").lines != ["A /new"] and time.monotonic() < deadline:
            time.sleep(0.05)
        assert layertui("cat", "container:one", "/new").ok().out == b"hi\n"
        layertui("write", "one", "/etc/from-outside", stdin=b"seen").ok()
        assert process("exec", "one", "cat", "/etc/from-outside").out == b"seen"
        assert ps()["one"]["size_rw"] == 7


# ---------------------------------------------------------------- pause, restart, rename


@pytest.mark.slow
def test_pause_and_unpause(runs):
    layertui("run", "-d", "--name", "one", "box:1", "sleep", "600").ok()
    assert layertui("pause", "one").ok().lines == ["one"]
    how = "" if os.geteuid() == 0 else " by signals"
    assert f"(Paused{how})" in layertui("ps").ok().text
    assert ps()["one"]["status"] == "paused"
    state = layertui("inspect", "one").ok().json[0]["State"]
    assert (state["Status"], state["Running"], state["Paused"]) == ("paused", True, True)
    assert state["PausedBy"] == ("freezer" if os.geteuid() == 0 else "signals")
    layertui("pause", "one").failed(1)
    layertui("exec", "one", "true").failed(1)
    assert layertui("unpause", "--json", "one").ok().json == ["one"]
    layertui("unpause", "one").failed(1)
    assert "PausedBy" not in layertui("inspect", "one").ok().json[0]["State"]
    done = layertui("pause", "nobody", "one")
    assert (done.code, done.lines) == (1, ["one"])
    assert layertui("stop", "-t", "0", "one").ok().lines == ["one"]


@pytest.mark.slow
def test_restart_and_rename(runs):
    layertui("create", "--name", "one", "box:1", "sleep", "600").ok()
    layertui("create", "--name", "two", "box:1").ok()
    assert layertui("restart", "-t", "0", "one").ok().lines == ["one"]
    first = ps()["one"]["pid"]
    layertui("restart", "-t", "0", "one").ok()
    assert ps()["one"]["pid"] not in (0, first)
    assert layertui("rename", "one", "three").ok().text == ""
    assert ps()["three"]["status"] == "running"
    layertui("rename", "three", "two").failed(1)
    layertui("rename", "three", "-x").failed(2)
    assert layertui("rename", "--json", "two", "four").ok().json["name"] == "four"
    done = layertui("rm", "-f", "three", "nobody", "four")
    assert (done.code, done.lines) == (0, ["three", "four"])
    assert done.err == "error: no such container: nobody; `layertui ps -a` lists them\n"
    layertui("rm", "nobody").failed(1)
    layertui("restart", "nobody").failed(1)


# ---------------------------------------------------------------- events


def test_events_as_text_and_as_json():
    container_id = created("--name", "one", "box:1")
    layertui("rename", "one", "two").ok()
    rows = [json.loads(line) for line in layertui("events", "--json", "--since", "1h", "--until", "0s").ok().lines]
    assert [row["action"] for row in rows] == ["load", "create", "rename"]
    assert rows[2].keys() == {"time", "type", "action", "id", "attributes"}
    assert (rows[2]["type"], rows[2]["id"]) == ("container", container_id)
    assert rows[2]["attributes"] == {"image": "box:1", "name": "two", "oldName": "one"}
    line = layertui("events", "--since", rows[2]["time"], "--until", "0s").ok().lines[-1]
    assert line == f"{rows[2]['time']} container rename {container_id} (image=box:1, name=two, oldName=one)"
    assert layertui("events", "--since", "2200-01-01T00:00:00Z", "--until", "0s").ok().lines == []
    assert layertui("events", "--until", "0s").ok().lines == []
    for wrong in ("yesterday", "", "2026-13-01T00:00:00Z"):
        layertui("events", "--since", wrong, "--until", "0s").failed(2)


def test_events_are_followed_until_interrupted():
    # What was begun in the background of a shell ignores interrupts, and all that it begins.
    command = ["env", "--default-signal=INT", sys.executable, "-m", "layertui", "events", "--json", "--since", "1h"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as following:
        assert json.loads(following.stdout.readline())["action"] == "load"
        container_id = created("--name", "one", "box:1")
        seen = json.loads(following.stdout.readline())
        assert (seen["action"], seen["id"]) == ("create", container_id)
        following.send_signal(signal.SIGINT)
        assert following.wait(20) == 130


# ---------------------------------------------------------------- top, stats, mounts


@pytest.mark.slow
def test_top_and_stats_as_docker_prints_them(runs):
    layertui("run", "-d", "--name", "one", "box:1", "sleep", "600").ok()
    layertui("create", "--name", "idle", "box:1").ok()
    header, row = layertui("top", "one").ok().lines
    assert header.split() == ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"]
    assert row.split()[1] == str(ps()["one"]["pid"])
    assert row.endswith("00:00:00   sleep 600")
    (found,) = layertui("top", "one", "--json").ok().json
    assert (found["pid"], found["pid_inside"], found["command"]) == (ps()["one"]["pid"], 1, ["sleep", "600"])
    layertui("top", "idle").failed(1)
    header, row = layertui("stats", "--no-stream").ok().lines
    assert header.split("  ")[0] == "CONTAINER ID"
    assert row.split()[1] == "one"
    running, idle = layertui("stats", "--no-stream", "--json", "one", "idle").ok().json
    assert (running["pids"], idle["pids"]) == (1, None)
    assert running["memory"] > 0
    assert layertui("stats", "--no-stream", "idle").ok().lines[1].split()[2:] == ["--", "--", "/", "--", *["--"] * 4]
    layertui("stats", "--no-stream", "nobody").failed(1)


def test_namespaces_name_the_folder_of_each_layer(store_folder):
    created("--name", "one", "box:1")
    found = layertui("namespaces", "--json", "one").ok().json
    assert [(row["first"], row["last"], row["writable"]) for row in found["layers"]][:2] == [
        (4, 4, True),
        (3, 3, False),
    ]
    assert found["mounts"] == []
    lines = layertui("namespaces", "one").ok().lines
    assert [line.split()[0] for line in lines[lines.index("") + 1 :]] == ["LAYER", "own", "3", "2", "1", "-"]


@pytest.mark.slow
def test_logs_since(runs):
    layertui("run", "--name", "one", "box:1", "echo", "hi").ok()
    (line,) = layertui("logs", "--json", "one").ok().lines
    at = json.loads(line)["time"]
    assert layertui("logs", "--since", at, "one").ok().lines == ["hi"]
    assert layertui("logs", "--since", "1h", "one").ok().lines == ["hi"]
    assert layertui("logs", "--since", "2200-01-01T00:00:00Z", "one").ok().lines == []
    layertui("logs", "--since", "soon", "one").failed(2)


def test_a_network_has_podmans_options_and_no_others():
    for net in ("slirp4netns:allow_host_loopback=true", "pasta:--map-gw", "pasta:--no-map-gw"):
        created("--net", net, "box:1", "true")
    for net in (
        "slirp4netns:",
        "slirp4netns:port_handler=x",
        "pasta:--map-gw,--x",
        "host:x",
        "none:",
        "default:--map-gw",
    ):
        done = layertui("create", "--net", net, "box:1", "true")
        assert (done.code, done.err.startswith(f"error: '{net}' is not a network known here")) == (2, True), done.err
