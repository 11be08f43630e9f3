"""What the benchmarks measure on and with: images that are sound in the opinion of the standard library, and bounds that say no."""

import hashlib
import importlib
import json
import re
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = (
    "tars",
    "images",
    "lines",
    "timing",
    "painting",
    "bench",
    "cataloging",
    "looking",
    "crowd",
    "daemons",
    "engines",
    "finding",
    "keys",
    "many",
    "registries",
    "screens",
    "run",
)


@pytest.fixture(scope="module")
def scripts():
    """The scripts by name; they see each other as when they are run."""
    before = list(sys.path)
    sys.path.insert(0, str(ROOT / "benchmarks"))
    found = {name: importlib.import_module(name) for name in SCRIPTS}
    yield found
    sys.path[:] = before
    for name in SCRIPTS:
        del sys.modules[name]


@pytest.fixture
def images(scripts):
    return scripts["images"]


@pytest.mark.parametrize(
    ("kind", "scale"), [("tiny", 1.0), ("many", 0.01), ("wh", 0.02), ("smallnw", 0.001), ("huge", 0.0005)]
)
def test_an_archive_of_a_kind_is_sound(images, tmp_path, kind, scale):
    path = tmp_path / "image.tar"
    image_id = images.make(kind, path, scale=scale)
    with tarfile.open(path) as tar:
        (row,) = json.loads(tar.extractfile("manifest.json").read())
        config_bytes = tar.extractfile(row["Config"]).read()
        config = json.loads(config_bytes)
        layers = [tar.extractfile(name).read() for name in row["Layers"]]
        blobs = {
            name.removeprefix("blobs/sha256/"): tar.extractfile(name).read()
            for name in tar.getnames()
            if name.count("/") == 2
        }
    assert image_id == f"sha256:{hashlib.sha256(config_bytes).hexdigest()}"
    assert [f"sha256:{hashlib.sha256(content).hexdigest()}" for content in layers] == config["rootfs"]["diff_ids"]
    assert all(hashlib.sha256(content).hexdigest() == digest for digest, content in blobs.items())
    assert len([step for step in config["history"] if not step.get("empty_layer")]) == len(layers)


def test_the_same_seed_makes_the_same_image(images, tmp_path):
    once = images.make("many", tmp_path / "a.tar", scale=0.01)
    assert images.make("many", tmp_path / "b.tar", scale=0.01) == once
    assert images.make("many", tmp_path / "c.tar", scale=0.01, seed=2) != once


def test_long_names_are_whole(scripts, tmp_path):
    name, target = "a/" * 80 + "name", "b/" * 90 + "target"
    with (tmp_path / "layer.tar").open("wb") as out:
        layer = scripts["tars"].LayerWriter(out)
        layer.file(name, b"content")
        layer.symlink("link", target)
        layer.write(bytes(1024))
    with tarfile.open(tmp_path / "layer.tar") as tar:
        assert tar.extractfile(name).read() == b"content"
        assert tar.getmember("link").linkname == target


@pytest.mark.parametrize(
    ("bound", "ours", "peer", "met"),
    [
        (">= 6x", 1.0, 6.0, True),
        (">= 6x", 1.0, 5.9, False),
        ("<= 1.5x", 1.5, 1.0, True),
        ("<= 1.5x", 1.6, 1.0, False),
        ("<= 80 ms", 0.08, None, True),
        ("<= 80 ms", 0.081, 9.0, False),
    ],
)
def test_a_bound_is_met_or_not(scripts, bound, ours, peer, met):
    lines = scripts["lines"]
    other = None if peer is None else lines.Figure((peer,))
    assert lines.Bound(bound).met(lines.Figure((ours, ours + 1)), other) is met


def test_the_page_says_what_is_missed_and_why(scripts):
    lines = scripts["lines"]
    second, six, mega = lines.Figure((1.0,)), lines.Figure((6.0, 7.0)), lines.Figure((50.0,), "MB")
    done = [
        lines.Line("cold `layers` of *deb* (1 GB)", second, "dive", six, ">= 6x", ">= 10x"),
        lines.Line("cold `layers` of *huge*", second, "dive", six, ">= 6x", ">= 6x"),
        lines.Line("`create busybox true`", second, "docker", six, "<= 150 ms", "<= 100 ms"),
        lines.Line("memory of the UI", mega, must="<= 60 MB", aim="<= 45 MB"),
    ]
    page = lines.page(done, ["engines: no docker"], "a machine", 0.7, 300)
    assert "| 1.00 s | dive | 6.00 s (6.50 s) | 6.00x | >= 6x | >= 10x | must |" in page
    assert "| 6.00x | >= 6x | >= 6x | aim |" in page
    assert "| **no** |" in page
    assert "| 50 MB | – | – | – | <= 60 MB | <= 45 MB | must |" in page
    whys = [row for row in page.splitlines() if row.startswith("- ")]
    assert [why.split(":")[0] for why in whys] == [
        "- left out",
        "- cold `layers` of *deb*",
        "- `create",
        "- memory of the UI",
    ]


def test_the_peer_comes_first_in_every_other_round_and_what_is_long_runs_once(scripts):
    seen = []

    def run(name, seconds):
        return lambda: seen.append(name) or seconds

    one, again, peer = scripts["timing"].by_turns(3, run("cold", 1.0), run("warm", 0.5), run("peer", 11.0))
    assert seen == ["cold", "warm", "peer", "cold", "warm", "cold", "warm"]
    assert (len(one.runs), len(again.runs), peer.runs) == (3, 3, (11.0,))


@pytest.mark.slow
def test_our_own_program_is_measured_cold_and_warm(scripts, tmp_path):
    bench = scripts["bench"].Bench(tmp_path / "work", tmp_path / "images", 0.01, 1)
    archive = bench.archive("tiny")
    cold, warm = scripts["timing"].by_turns(
        1, bench.ours("--json", "layers", archive, cold=True), bench.ours("--json", "layers", archive)
    )
    assert cold.least > 0
    assert warm.least > 0
    assert list((bench.store / "cache").iterdir())
    with pytest.raises(RuntimeError, match="no such file"):
        bench.ours("ls", archive, "/nothing")()
    assert bench.ours("ls", archive, "/nothing", good=(1,))() > 0
    peak = scripts["timing"].peak_memory([sys.executable, "-c", "bytearray(b'x') * 100_000_000"])
    assert 95 < peak.least < 140


@pytest.mark.slow
def test_a_terminal_waits_for_no_program_for_ever(scripts):
    painting = scripts["painting"]
    echo = "import tty, sys, os; tty.setraw(0); os.write(1, b'ready')\nwhile True: os.write(1, os.read(0, 9))"
    with painting.Terminal([sys.executable, "-c", echo]) as there:
        assert there.until(b"ready") > 0
        presses = there.press([b"x"] * 3)
        assert len(presses.times) == 3
        assert presses.p50 <= presses.p95
        assert there.memory() > 1
        assert there.hold([b"x", b"y"], 0.1) >= 0
        with pytest.raises(painting.NotPainted, match="'nothing' was not painted"):
            there.until(b"nothing", 0.1)
    deaf = "import tty, os, time; tty.setraw(0); os.write(1, b'ready'); time.sleep(60)"
    with painting.Terminal([sys.executable, "-c", deaf]) as there:
        there.until(b"ready")
        with pytest.raises(painting.NotPainted, match="painted nothing"):
            there.press([b"x"] * 2, 0.1)
    with painting.Terminal([sys.executable, "-c", ""]) as gone:
        with pytest.raises(painting.NotPainted, match="has ended"):
            gone.until(b"ready")
        with pytest.raises(painting.NotPainted, match="has ended"):
            gone.press([b"x"], 0.1)


def test_a_program_begins_with_the_size_of_its_terminal(scripts):
    asking = "import os, time; print(*os.get_terminal_size(), flush=True); time.sleep(60)"
    with scripts["painting"].Terminal([sys.executable, "-c", asking]) as there:
        assert there.until(rb"160 45") > 0


@pytest.mark.slow
def test_a_key_is_done_when_something_is_painted_for_it(scripts):
    """dive hides the cursor at once, and paints later; at the end of a list it hides the cursor and that is all."""
    painting = scripts["painting"]
    late = r"""
import os, time, tty
tty.setraw(0)
os.write(1, b"ready")
while key := os.read(0, 1):
    os.write(1, b"\x1b[?25l\x1b[?25l")
    if key == b"x":
        time.sleep(0.4)
        os.write(1, b"\x1b[?25lpainted")
"""
    with painting.Terminal([sys.executable, "-c", late]) as there:
        there.until(b"ready")
        presses = there.press([b"x", b"x", b"y", b"x"], 1.0)
        assert len(presses.times) == 2
        assert min(presses.times) > 0.3


def test_the_keys_over_the_layers_lead_away_and_home_again(scripts, tmp_path):
    bench = scripts["bench"].Bench(tmp_path / "work", tmp_path / "images", 0.01, 1)
    there_and_back = scripts["keys"]._there_and_back
    assert bench.layers("tiny") == 3
    down, up = scripts["keys"].DOWN, scripts["keys"].UP
    assert there_and_back(bench, "tiny") == [down, down, up, up] * 5
    assert there_and_back(bench, "many") == [down] * 10 + [up] * 10


def test_a_row_of_dives_tree_is_distinguished_from_a_heading(scripts):
    row = scripts["keys"].DIVE_FILES
    assert re.search(row, "drwxr-xr-x   0:0   1.9 MB  ├── bin".encode())
    assert re.search(row, "└─⊕ srv".encode())
    assert not re.search(row, "│ Current Layer Contents ├─────── ┃ ● Layers ┣━━━━━".encode())
