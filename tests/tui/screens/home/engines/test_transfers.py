"""Pull and push on home, with a registry in this process: what would be sent is shown first."""

import json

import pytest
from textual.widgets import Input

from builders import docker_archive, file, image, layer
from home_driver import driven
from layertui.core.client_environment import ClientEnvironment
from layertui.core.errors import NotFound
from layertui.core.inspector import Inspector
from layertui.core.inspector.images.transfer_estimate import TransferEstimate
from layertui.core.oci.reference import Reference
from layertui.core.settings import Settings
from layertui.tui.app import LayerTui
from layertui.tui.screens.home.engines import transfer_inquiry
from layertui.tui.screens.home.engines.pull_dialog import PullDialog
from layertui.tui.screens.home.engines.push_dialog import PushDialog, proposed_destination
from layertui.tui.screens.home.engines.registry_dialog import RegistryDialog, RegistryList
from small_registry import small_registry
from tui_sample import clock

BASE = layer([file("etc/motd", "hello\n")])
SHOP = image([BASE, layer([file("app/run", "x" * 5000)])], config={"Cmd": ["sh"]}, tags=["shop:2.1"])
OTHER = image([BASE], config={"Cmd": ["sh"]}, tags=["base:1"])


@pytest.fixture
def served():
    with small_registry() as found:
        yield found


@pytest.fixture
def inspector(tmp_path, served):
    """An empty store; the registry has `team/shop:2.1`."""
    with Inspector(Settings(tmp_path / "other")) as other:
        other.images.load(docker_archive(SHOP, tmp_path / "shop.tar"))
        other.transfers().push("shop:2.1", f"{served.host}/team/shop:2.1")
    served.seen.clear()
    with Inspector(Settings(tmp_path / "store")) as made:
        yield made


def load(inspector, tmp_path, built):
    inspector.images.load(docker_archive(built, tmp_path / "more.tar"))


@pytest.fixture
async def drive(inspector):
    app = LayerTui(inspector.settings, inspector=inspector, clock=clock)
    async with driven(app) as driver:
        yield driver


def effect(drive):
    return str(drive.app.screen.query_one("#effect").render())


@pytest.mark.slow
async def test_pull_shows_what_it_would_fetch_and_selects_the_new_image(drive, inspector, served):
    await drive.press("p")
    assert isinstance(drive.app.screen, PullDialog)
    name = f"{served.host}/team/shop:2.1"
    drive.app.screen.query_one("#ref", Input).value = name
    await drive.press("enter")
    assert f"{name}: 2 layers, " in effect(drive)
    assert "embedded has none of them yet" in effect(drive)
    with pytest.raises(NotFound):
        inspector.open(name)
    await drive.press("enter")
    assert drive.home.state.selection.name == name
    assert inspector.open(name).image.names[0].familiar == name


@pytest.mark.slow
async def test_a_pull_of_what_is_not_there_looks_no_more_and_says_why(drive, served):
    await drive.press("p")
    drive.app.screen.query_one("#ref", Input).value = f"{served.host}/team/none:1"
    await drive.press("enter")
    assert "Looking" not in effect(drive)
    assert str(drive.app.screen.query_one("#outcome").render())
    assert drive.app.screen.focused.id == "ref"


@pytest.mark.slow
def test_only_what_is_missing_is_said_to_be_sent(inspector, served, tmp_path):
    load(inspector, tmp_path, OTHER)
    found = inspector.transfers().estimates.pull(f"{served.host}/team/shop:2.1")
    assert (found.layers, found.missing_layers) == (2, 1)
    assert found.missing_size == inspector.open(f"docker://{served.host}/team/shop:2.1").image.layers[1].size
    pushed = inspector.transfers().estimates.push("base:1", f"{served.host}/team/shop:base")
    assert (pushed.layers, pushed.missing_layers) == (1, 0)
    assert not [one for one in served.seen if one.startswith(("POST", "PUT", "PATCH"))]
    layers = inspector.open(f"docker://{served.host}/team/shop:2.1").image.layers
    assert not [one for one in served.seen if one.startswith("GET") and any(layer.digest in one for layer in layers)]


@pytest.mark.slow
async def test_another_reference_is_looked_up_anew(drive, served):
    await drive.press("p")
    field = drive.app.screen.query_one("#ref", Input)
    field.value = f"{served.host}/team/shop:2.1"
    await drive.press("enter")
    field.value = f"{served.host}/team/nothing:1"
    await drive.press("enter")
    assert isinstance(drive.app.screen, PullDialog)
    assert "team/nothing" in str(drive.app.screen.query_one("#outcome").render())


@pytest.mark.slow
async def test_push_says_what_the_registry_lacks(drive, inspector, served, tmp_path, monkeypatch):
    monkeypatch.setattr(transfer_inquiry, "TYPING", 0.05)
    load(inspector, tmp_path, OTHER)
    await drive.press("r")
    await drive.press("1", "P")
    dialog = drive.app.screen
    assert isinstance(dialog, PushDialog)
    dialog.query_one("#to", Input).value = f"{served.host}/team/shop:base"
    for _ in range(1000):
        await drive.rest()
        if "has all of them" in effect(drive):
            break
        await drive.pilot.pause(0.02)
    assert "1 layer, " in effect(drive)
    assert f"layertui push base:1 {served.host}/team/shop:base" in str(dialog.query_one("#command").render())
    await drive.press("enter")
    assert ("team/shop", "base") in served.tags
    await drive.press("P")
    assert drive.app.screen.query_one("#to", Input).value == f"{served.host}/team/base:1"


def test_a_registry_that_cannot_be_asked_leaves_the_size_known(inspector, served, tmp_path):
    load(inspector, tmp_path, OTHER)
    served.fault("HEAD", status=401, times=9)
    found = inspector.transfers().estimates.push("base:1", f"{served.host}/team/shop:base")
    assert (found.layers, found.size, found.missing_layers) == (1, inspector.open("base:1").image.layers[0].size, None)
    assert served.host in found.why_not


@pytest.mark.parametrize(
    ("names", "last", "proposed"),
    [
        ([], None, ""),
        (["shop:1"], None, "shop:1"),
        (["shop:1", "reg.example/team/shop:1"], None, "reg.example/team/shop:1"),
        (["shop:1"], "reg.example/team/other:3", "reg.example/team/shop:1"),
        (["shop:1"], "reg.example/other:3", "reg.example/shop:1"),
        (["shop:1"], "someone/other:3", "shop:1"),
    ],
)
def test_the_proposed_destination(names, last, proposed):
    parsed = Reference.parse(last) if last else None
    assert proposed_destination([Reference.parse(name) for name in names], parsed) == proposed


@pytest.mark.slow
async def test_a_registry_is_walked_from_its_repositories_to_an_image(drive, served):
    await drive.press("E", "b")
    dialog = drive.app.screen
    assert isinstance(dialog, RegistryDialog)
    dialog.query_one("#where", Input).value = served.host
    await drive.press("enter")
    names = dialog.query_one(RegistryList)
    assert names.names == ("team/shop",)
    await drive.press("enter")
    assert names.names == ("2.1",)
    await drive.press("left")
    assert names.names == ("team/shop",)
    await drive.press("enter", "enter")
    assert drive.home.state.selection.name == f"docker://{served.host}/team/shop:2.1"
    assert len(drive.home.state.subject.image.layers) == 2
    await drive.press("1", "p")
    assert drive.app.screen.query_one("#ref", Input).value == f"{served.host}/team/shop:2.1"


@pytest.mark.slow
async def test_a_registry_that_lists_no_repositories_says_so(drive, served):
    served.fault("GET", "_catalog", status=404, times=9)
    await drive.press("E", "b")
    drive.app.screen.query_one("#where", Input).value = served.host
    await drive.press("enter")
    assert "does not list its repositories" in str(drive.app.screen.query_one("#outcome").render())
    drive.app.screen.query_one("#where", Input).value = f"{served.host}/team/shop"
    await drive.press("enter")
    assert drive.app.screen.query_one(RegistryList).names == ("2.1",)


def test_registries_with_credentials_are_known(tmp_path):
    config = {
        "auths": {"https://index.docker.io/v1/": {}, "https://old.example/v2/": {}, "reg.example:5000/team": {}},
        "credHelpers": {"other.example": "x"},
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    clients = ClientEnvironment(docker_config=tmp_path)
    found = Inspector(Settings(tmp_path / "store", clients=clients)).transfers().registries()
    assert found == ["docker.io", "old.example", "other.example", "reg.example:5000"]


def test_sizes_before_compression_are_said_to_be_such():
    estimate = TransferEstimate(2, 4_000_000, 1, 1_000_000, is_before_compression=True)
    text = "2 layers, 4MB before they are compressed. there lacks 1 layer, 1MB."
    assert transfer_inquiry.estimate_text(estimate, "there") == text
