"""analyze: why an image is as big as it is, and the rules of a CI gate; figures counted by hand."""

import json
import socket

import pytest

from builders import docker_archive, file, folder, hardlink, image, layer, opaque, whiteout
from command_line import layertui
from small_registry import small_registry

BASE = layer(
    [
        file("var/lib/apt/lists/a_Packages", b"p" * 400),
        file("usr/bin/tool", b"t" * 300, mode=0o4755),
        hardlink("usr/bin/again", "usr/bin/tool"),
        file("etc/motd", b"m" * 100),
        folder("data"),
        file("data/old", b"d" * 200),
    ]
)
CHANGED = layer(
    [
        file("usr/bin/tool", b"t" * 300, mode=0o755),
        whiteout("etc/motd"),
        whiteout("usr/bin/again"),
        file("root/key.pem", b"k" * 50),
    ]
)
TOP = layer([folder("data"), opaque("data"), file("data/new", b"k" * 50), file("\x1b[31m", b"e" * 10)])
APP = image([BASE, CHANGED, TOP], history=["ADD rootfs /", "RUN chmod", "RUN reset"], tags=["app:2"])
SMALL = image([BASE], history=["ADD rootfs /"], tags=["app:1"])

SIZE = 1000 + 350 + 60
WASTED = 300 + 100 + 200
"""The tool whose mode was changed, the removed message, the emptied folder."""


@pytest.fixture
def app(tmp_path):
    return docker_archive(APP, tmp_path / "app.tar")


@pytest.fixture(autouse=True)
def working_folder(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def test_the_document(app):
    found = layertui("analyze", "--json", app).ok().json
    assert (found["size"], found["layers"], found["wasted_bytes"]) == (SIZE, 3, WASTED)
    assert found["efficiency"] == 1 - WASTED / SIZE
    assert found["user_wasted_percent"] == WASTED / (SIZE - 1000)
    assert found["wasted"] == [
        {"path": "/usr/bin/tool", "bytes": 300, "count": 1, "layers": [1]},
        {"path": "/data/old", "bytes": 200, "count": 1, "layers": [1]},
        {"path": "/etc/motd", "bytes": 100, "count": 1, "layers": [1]},
    ]
    assert found["rules"] == []
    assert found["largest"][:2] == [
        {"path": "/var/lib/apt/lists/a_Packages", "size": 400, "layer": 1},
        {"path": "/usr/bin/tool", "size": 300, "layer": 2},
    ]
    assert [(same["size"], same["paths"]) for same in found["same_content"]] == [(50, ["/data/new", "/root/key.pem"])]
    assert found["leftovers"] == [{"kind": "apt lists", "bytes": 400, "paths": ["/var/lib/apt/lists/a_Packages"]}]
    assert sum(kind["bytes"] for kind in found["kinds"]) == SIZE
    assert found["packages"] == []
    assert found["by_layer"] == [
        {"layer": 1, "size": 1000, "hidden": 600, "hides": 0, "created_by": "ADD rootfs /"},
        {"layer": 2, "size": 350, "hidden": 0, "hides": 400, "created_by": "RUN chmod"},
        {"layer": 3, "size": 60, "hidden": 0, "hides": 200, "created_by": "RUN reset"},
    ]
    assert found["dive"] == {"efficiency": (SIZE - 300 - 100) / SIZE, "wasted_bytes": 700}
    assert found["hidden"] == [
        {
            "path": "/usr/bin/tool",
            "copies": [{"layer": 1, "bytes": 300, "hidden_by": 2, "why": "same_content"}],
            "changed": ["mode"],
        },
        {"path": "/data/old", "copies": [{"layer": 1, "bytes": 200, "hidden_by": 3, "why": "opaque"}], "changed": []},
        {"path": "/etc/motd", "copies": [{"layer": 1, "bytes": 100, "hidden_by": 2, "why": "removed"}], "changed": []},
    ]


def test_the_text(app):
    text = layertui("analyze", app).ok().text
    assert text.startswith("app:2: 1.41kB in 3 layers; 600B of it hidden by higher layers; efficiency 0.5745\n")
    assert "the same bytes again in 2, only mode changed  /usr/bin/tool" in text
    assert "its folder emptied in 3" in text
    assert "rm -rf /var/lib/apt/lists/*" in text
    assert "\x1b" not in text
    assert "/\\x1b[31m" in text
    assert "… and 2 more paths, 300B" in layertui("analyze", "--top", 1, app).ok().text


@pytest.mark.parametrize("options", [["--ci"], ["--no-contents"]])
def test_a_text_without_contents_says_so_where_a_copy_may_be_the_same_bytes_again(app, options):
    """Otherwise two reports of one image seem to differ in why a copy is hidden."""
    text = layertui("analyze", *options, app).text  # with --ci its rules fail
    assert "overwritten in 2 " in text
    assert "\n  contents were not compared: without options, `analyze` says which are the same bytes again\n" in text
    assert "contents were not compared" not in layertui("analyze", app).ok().text


def test_a_second_look_reads_no_contents_again(app, tmp_path):
    store = tmp_path / "store"
    first = layertui("analyze", "--json", app, store=store).ok().json
    assert layertui("analyze", "--json", app, store=store).ok().json == first
    without = layertui("analyze", "--json", "--no-contents", app, store=store).ok().json
    assert (without["same_content"], without["packages"]) == (None, None)


def test_some_layers_only(app):
    found = layertui("analyze", "--json", f"{app}@2..3").ok().json
    assert (found["size"], found["layers"], found["wasted_bytes"]) == (410, 2, 0)
    assert [row["hides"] for row in found["by_layer"]] == [400, 200]  # of what lies below them
    found = layertui("analyze", "--json", f"{app}@2").ok().json
    assert (found["size"], found["layers"], found["wasted_bytes"]) == (1350, 2, 400)
    layertui("analyze", f"{app}@9").failed()


def test_an_image_of_nothing(tmp_path):
    path = docker_archive(image([]), tmp_path / "empty.tar")
    found = layertui("analyze", "--json", path).ok().json
    assert (found["size"], found["layers"], found["efficiency"], found["user_wasted_percent"]) == (0, 0, 1, 0)
    layertui("analyze", path).ok()
    layertui("analyze", "--ci", path).ok()


# ---------------------------------------------------------------- rules

EFFICIENCY = ("--lowest-efficiency", "0.5")
RULES = [
    (EFFICIENCY, ("--lowest-efficiency", "0.58")),
    (("--highest-wasted-bytes", "600"), ("--highest-wasted-bytes", "599")),
    (("--max-layers", "3", "--highest-user-wasted-percent", "disabled"), ("--highest-user-wasted-percent", "1")),
    (("--max-size", "1410"), ("--max-size", "1kB")),
    (("--max-layers", "3"), ("--max-layers", "2")),
    (("--forbid", "*.key"), ("--forbid", "*.pem")),
    (("--forbid", "/root/*.key"), ("--forbid", "/root/*")),
    (("--forbid", "motd?"), ("--forbid", "motd")),
]


@pytest.mark.parametrize(("kept", "broken"), RULES)
def test_a_rule_decides_the_exit_code(app, kept, broken):
    assert layertui("analyze", "--ci", *kept, app).code == 0
    failed = layertui("analyze", "--ci", *broken, app)
    assert (failed.code, failed.err) == (1, "")
    assert failed.lines[-1].startswith("FAIL: 1 of ")
    assert layertui("analyze", *broken, app).code == 0


def test_the_setuid_file_of_the_base_is_replaced(app, tmp_path):
    assert layertui("analyze", "--ci", "--no-setuid", app).code == 0
    base = docker_archive(SMALL, tmp_path / "base.tar")
    found = layertui("analyze", "--ci", "--no-setuid", "--json", base)
    assert found.code == 1
    assert found.json["rules"] == [
        {"name": "no-setuid", "limit": 0, "value": 2, "pass": False, "paths": ["/usr/bin/again", "/usr/bin/tool"]}
    ]


def test_growth_against_another_image(app, tmp_path):
    base = docker_archive(SMALL, tmp_path / "base.tar")
    assert layertui("analyze", "--ci", "--max-growth", 410, "--against", base, app).code == 0
    failed = layertui("analyze", "--ci", "--max-growth", 409, "--against", base, app)
    assert failed.code == 1
    assert "app:2 adds 410B to app:1: " in failed.text
    shrunk = layertui("analyze", "--json", "--ci", "--max-growth", "0", "--against", app, base)
    assert (shrunk.code, shrunk.json["growth"]["bytes"]) == (0, -410)
    layertui("analyze", "--max-growth", 1, app).failed(2)
    layertui("analyze", "--ci", "--max-growth", 1, "--against", "nothing:1", app).failed(2)


def names_and_limits(done):
    return [(rule["name"], rule["limit"]) for rule in done.json["rules"]]


def test_without_rules_they_are_dives(app):
    done = layertui("analyze", "--ci", "--json", app)
    assert done.code == 1
    assert names_and_limits(done) == [("lowest-efficiency", 0.9), ("highest-user-wasted-percent", 0.1)]
    done = layertui("analyze", "--ci", "--json", "--highest-user-wasted-percent", "off", app)
    assert (done.code, names_and_limits(done)) == (1, [("lowest-efficiency", 0.9)])
    done = layertui("analyze", "--ci", "--json", *EFFICIENCY, app)
    assert (done.code, names_and_limits(done)) == (0, [("lowest-efficiency", 0.5)])


def test_a_file_of_dive_in_the_working_folder(app, working_folder):
    (working_folder / ".dive-ci").write_text("rules:\n  lowestEfficiency: 0.5\n  highestWastedBytes: 1KB\n")
    done = layertui("analyze", "--ci", "--json", app)
    assert done.code == 1  # by dive's own limit for what the file leaves out
    assert [(rule["name"], rule["pass"]) for rule in done.json["rules"]] == [
        ("lowest-efficiency", True),
        ("highest-wasted-bytes", True),
        ("highest-user-wasted-percent", False),
    ]
    done = layertui(
        "analyze", "--ci", "--json", "--highest-user-wasted-percent", "off", "--lowest-efficiency", 0.9, app
    )
    assert (done.code, names_and_limits(done)) == (1, [("lowest-efficiency", 0.9), ("highest-wasted-bytes", 1000)])
    assert layertui("analyze", "--json", app).ok().json["rules"] == []


def test_a_file_of_rules_elsewhere(app, tmp_path):
    rules = tmp_path / "rules.yml"
    rules.write_text(f"rules: {{forbid: ['*.pem'], maxGrowth: 1MB, against: '{app}', highestUserWastedPercent: off}}")
    done = layertui("analyze", "--ci", "--ci-config", rules, "--lowest-efficiency", "0.1", "--json", app)
    assert done.code == 1
    assert [(rule["name"], rule["pass"]) for rule in done.json["rules"]] == [
        ("lowest-efficiency", True),
        ("max-growth", True),
        ("forbid", False),
    ]


@pytest.mark.parametrize("name", ["docker://{host}/shop:1", "podman:shop:1", "far:shop:1"])
def test_a_file_of_rules_makes_us_speak_to_no_other_host(app, tmp_path, monkeypatch, name):
    """`far` is a context of docker's. The command line may name them all."""
    meta = tmp_path / "docker" / "contexts" / "meta" / "far"
    meta.mkdir(parents=True)
    with socket.create_server(("127.0.0.1", 0)) as registry:
        host = f"127.0.0.1:{registry.getsockname()[1]}"
        endpoint = {"Name": "far", "Endpoints": {"docker": {"Host": f"tcp://{host}"}}}
        (meta / "meta.json").write_text(json.dumps(endpoint))
        monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
        name = name.format(host=host)
        (tmp_path / "rules.yml").write_text(f"rules: {{maxGrowth: 1MB, against: '{name}'}}")
        done = layertui("analyze", "--ci", "--ci-config", tmp_path / "rules.yml", app).failed(2)
        assert f"{name}: a file may not name a registry or another engine" in done.err
        registry.setblocking(False)
        with pytest.raises(BlockingIOError):
            registry.accept()


@pytest.mark.parametrize(
    "words",
    [
        ["--ci", "none.tar"],
        ["--ci", "--ci-config", "none.yml", "APP"],
        ["--ci", "--max-size", "big", "APP"],
        ["--max-size", "big", "APP"],
        ["--ci", "--format", "pdf", "APP"],
        ["--ci", "--top", "0", "APP"],
        ["--ci"],
    ],
)
def test_what_cannot_be_analyzed_is_exit_code_2(app, words):
    layertui("analyze", *(str(app) if word == "APP" else word for word in words)).failed(2)


def test_a_damaged_image_is_exit_code_2_with_ci_and_1_without(tmp_path):
    broken = tmp_path / "broken.tar"
    broken.write_bytes(docker_archive(APP, tmp_path / "app.tar").read_bytes()[:3000])
    layertui("analyze", "--ci", broken).failed(2)
    layertui("analyze", broken).failed(1)


STATUS = b"""Package: tool
Status: install ok installed
Version: 1.2-3
Architecture: all

"""


def test_packages_by_the_layer_that_brought_them(tmp_path):
    listed = layer(
        [
            file("var/lib/dpkg/status", STATUS),
            file("var/lib/dpkg/info/tool.list", b"/usr/bin/tool\n"),
            file("usr/bin/tool", b"t" * 300),
        ]
    )
    path = docker_archive(image([BASE, listed]), tmp_path / "app.tar")
    (package,) = layertui("analyze", "--json", path).ok().json["packages"]
    assert [package[key] for key in ("type", "name", "version", "layer")] == ["dpkg", "tool", "1.2-3", 2]
    assert package["size"] >= 300
    assert "1 package, " in layertui("analyze", path).ok().text


def test_a_glob_that_is_none(app):
    layertui("analyze", "--ci", "--forbid", "[z-a]", app).failed(2)


# ---------------------------------------------------------------- other subjects than archives


def test_a_container_counts_its_writable_layer(app, tmp_path):
    store = tmp_path / "store"
    layertui("load", "-i", app, store=store).ok()
    layertui("create", "--name", "box", "app:2", "true", store=store).ok()
    layertui("write", "box", "/usr/bin/tool", "-", stdin=b"new", store=store).ok()
    layertui("unlink", "box", "/root/key.pem", store=store).ok()
    for name in ("container:box", "box"):
        found = layertui("analyze", "--json", name, store=store).ok().json
        assert (found["size"], found["layers"], found["wasted_bytes"]) == (SIZE + 3, 4, WASTED + 300 + 50)
        own = {"layer": 4, "size": 3, "hidden": 0, "hides": 350, "created_by": None}
        assert found["by_layer"][-1] == own
        assert found["dive"] is None
    assert "(writable)" in layertui("analyze", "box", store=store).ok().text
    assert layertui("analyze", "--json", "container:box@4..4", store=store).ok().json["size"] == 3


@pytest.mark.slow
def test_an_image_of_a_registry(app, tmp_path):
    store = tmp_path / "store"
    layertui("load", "-i", app, store=store).ok()
    expected = layertui("analyze", "--json", "app:2", store=store).ok().json
    with small_registry() as registry:
        name = f"{registry.host}/shop/app:2"
        layertui("push", "app:2", name, store=store).ok()
        assert layertui("analyze", "--json", f"docker://{name}", store=tmp_path / "other").ok().json == expected
        failed = layertui("analyze", "--ci", "--max-layers", 1, f"docker://{name}", store=tmp_path / "other")
        assert failed.code == 1
