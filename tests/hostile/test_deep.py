"""A container that makes folders in each other by the thousand: it is looked at as any other, and takes no list with it."""

import os

import pytest

from builders import docker_archive, file, folder, image, layer
from builders.deep import deep
from layertui.core.inspector import Inspector
from layertui.core.progress import quiet
from layertui.core.settings import Settings
from layertui.tui.screens.home.home_questions import listing_of

pytestmark = pytest.mark.slow

DEEP = 3000
VERBS = [
    ("diff", "deep"),
    ("ls", "-R", "container:deep"),
    ("tree", "container:deep"),
    ("ps", "-a"),
    ("--json", "ps", "-a"),
    ("df",),
    ("df", "-v"),
    ("inspect", "deep"),
    ("export", "deep"),
    ("commit", "deep", "committed:1"),
]


@pytest.fixture
def containers(trial):
    """One whose writable layer is deep, and another."""
    built = image([layer([folder("etc"), file("etc/motd", b"hello\n")])], tags=["box:1"])
    trial.say("load", docker_archive(built, trial.folder / "box.tar")).ok()
    trial.say("create", "--name", "other", "box:1", "true").ok()
    made = trial.say("create", "--name", "deep", "box:1", "true").text.strip()
    os.close(deep(trial.store / "containers" / made / "upper", DEEP))
    return made


def test_every_verb_takes_a_container_as_deep_as_it_is(trial, containers):
    for verb in VERBS:
        trial.say(*verb).ok()
    trial.say("unlink", "-r", "deep", "/d").ok()
    trial.say("rm", "deep").ok()
    assert trial.sound() == []


def test_one_deeper_than_the_limit_is_reported_and_the_others_are_listed(trial, containers, monkeypatch):
    monkeypatch.setenv("LAYERTUI_MAX_TREE_DEPTH", "100")
    rows = trial.say("--json", "ps", "-a")
    assert {row["name"]: row["size_rw"] for row in rows.json} == {"other": 0, "deep": None}
    assert "deep: its size is not known" in rows.err
    assert "the limit is 100, LAYERTUI_MAX_TREE_DEPTH sets another" in rows.err
    used = trial.say("--json", "df")
    assert used.json["containers"]["count"] == 2
    assert "deep is not counted" in used.err
    assert trial.say("--json", "inspect", "deep").json[0]["SizeRw"] is None
    for verb in (("diff", "deep"), ("export", "deep"), ("ls", "-R", "container:deep")):
        done = trial.say(*verb)
        assert (done.code, "LAYERTUI_MAX_TREE_DEPTH" in done.err) == (1, True), verb
    trial.say("rm", "deep").ok()
    assert trial.sound() == []


def test_a_volume_deeper_than_the_limit_is_reported_too(trial, containers, monkeypatch):
    trial.say("create", "--name", "third", "-v", "data:/data", "box:1", "true").ok()
    (volume,) = (trial.store / "volumes").glob("data*")  # made with the container
    os.close(deep(volume, 200))
    monkeypatch.setenv("LAYERTUI_MAX_TREE_DEPTH", "100")
    assert "volume data is not counted" in trial.say("df").err
    assert "?" in trial.say("df", "-v").text


def test_the_home_screen_lists_the_others_and_says_why_one_has_no_size(trial, containers, lower):
    with Inspector(Settings(trial.store)) as inspector:
        assert listing_of(inspector, quiet()).no_sizes == {}
        lower(tree_depth=100)
        listing = listing_of(inspector, quiet())
    assert [one.name for one in listing.containers] == ["deep", "other"]
    assert list(listing.no_sizes) == [containers]
    assert "LAYERTUI_MAX_TREE_DEPTH" in listing.no_sizes[containers]
