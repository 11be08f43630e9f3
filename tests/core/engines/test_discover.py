import json
import os
import socket
import subprocess
import sys
from dataclasses import replace
from zipfile import ZipFile

import pytest

from layertui.core.client_environment import ClientEnvironment
from layertui.core.engines import discover
from layertui.core.engines.discover import Engines
from layertui.core.engines.engine import Engine
from layertui.core.errors import LayertuiError, NotFound, Unreachable
from layertui.core.layers.cache.catalog import Catalog
from layertui.core.settings import Settings


def engines(store, default="embedded", makers=None):
    return Engines(Settings(store=store, engine=default), lambda: Catalog(None), makers)


def test_the_embedded_one_is_there(tmp_path):
    found = engines(tmp_path)
    assert found.default.name == "embedded"
    assert found.default.sink is not None
    assert found.default.containers is not None
    assert found.names()[0] == "embedded"


def test_one_that_is_not(tmp_path):
    with pytest.raises(NotFound, match="embedded"):
        _ = engines(tmp_path, "nowhere").default


def test_several_at_once_each_made_once(tmp_path):
    made = []

    def make(settings, catalog):
        made.append((settings.engine, settings.store))
        return Engine(settings.engine, None)

    found = engines(tmp_path, "one", {"one": make, "two": make})
    assert found.default is found.named("one")
    assert found.named("two") is found.named("two")
    assert found.named("embedded").upkeep is not None
    assert made == [("one", tmp_path), ("two", tmp_path)]
    assert found.names()[:3] == ["embedded", "one", "two"]


@pytest.mark.parametrize(
    ("spelled", "why"),
    [
        ("no_such_module_at_all:engine", "ModuleNotFoundError"),
        ("json:no_such_function", "AttributeError"),
        ("json:loads", "TypeError"),
    ],
)
def test_one_of_another_package_that_cannot_be_loaded_is_one_line(tmp_path, monkeypatch, spelled, why):
    monkeypatch.setattr(discover, "_entry_points", lambda: {"broken": spelled})
    found = engines(tmp_path)
    assert found.names() == ["embedded", "docker", "podman", "broken"]
    with pytest.raises(LayertuiError, match=f"the engine broken .* cannot be loaded: {why}"):
        found.named("broken")
    assert found.default.name == "embedded"


def test_one_of_a_package_in_a_zip_is_found(tmp_path, monkeypatch):
    with ZipFile(tmp_path / "packages.zip", "w") as packages:
        packages.writestr("zipped-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: zipped\nVersion: 1.0\n")
        packages.writestr("zipped-1.0.dist-info/entry_points.txt", "[layertui.engines]\nzipped = json:loads\n")
    monkeypatch.syspath_prepend(tmp_path / "packages.zip")
    assert engines(tmp_path).names()[-1] == "zipped"


def test_a_folder_of_packages_that_cannot_be_looked_into_has_none(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path / ("n" * 300))  # longer than a name may be: the error that root gets, too
    assert engines(tmp_path).names()[0] == "embedded"


def test_the_names_load_neither_package_metadata_nor_openssl(tmp_path):
    """Megabytes and milliseconds of every screen, for what hardly anybody has."""
    (tmp_path / "docker/contexts/meta/far").mkdir(parents=True)
    far = {"Name": "far", "Endpoints": {"docker": {"Host": "tcp://192.0.2.1:2376"}}}
    (tmp_path / "docker/contexts/meta/far/meta.json").write_text(json.dumps(far))
    code = (
        "import sys; from layertui.core.inspector.inspector import Inspector; from layertui.core.settings import Settings; "
        f"print(Inspector(Settings.load(store={str(tmp_path / 'store')!r})).engine_names(), *sys.modules)"
    )
    env = {**os.environ, "DOCKER_CONFIG": str(tmp_path / "docker")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd="/", env=env)
    names, *modules = done.stdout.partition("]")[0], *done.stdout.partition("]")[2].split()
    assert "'far'" in names
    assert {"importlib.metadata", "_hashlib"}.isdisjoint(modules)


@pytest.fixture
def daemons(tmp_path):
    """Settings with a docker context for Docker's own socket and one for a host on a network; nothing listens for Podman."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "s"))
    (tmp_path / "same").symlink_to(tmp_path / "s")
    for number, (name, host) in enumerate((("twin", f"unix://{tmp_path}/same"), ("far", "tcp://192.0.2.1:2376"))):
        meta = tmp_path / "docker" / "contexts" / "meta" / str(number)
        meta.mkdir(parents=True)
        (meta / "meta.json").write_text(json.dumps({"Name": name, "Endpoints": {"docker": {"Host": host}}}))
    yield ClientEnvironment(
        docker_host=f"unix://{tmp_path}/s", docker_config=tmp_path / "docker", container_host=f"unix://{tmp_path}/none"
    )
    listener.close()


def test_those_worth_a_look_are_the_default_and_all_that_may_answer_each_address_once(tmp_path, daemons):
    found = Engines(Settings(store=tmp_path, clients=daemons), lambda: Catalog(None))
    assert found.to_look_into("embedded") == ["embedded", "docker", "far"]
    assert found.to_look_into("twin") == ["twin", "embedded", "far"]
    assert found.to_look_into("podman") == ["podman", "embedded", "docker", "far"]


@pytest.mark.parametrize("of_environment", [True, False])
def test_a_docker_context_that_is_not_there_is_an_error_and_not_the_daemon_of_this_machine(
    tmp_path, daemons, of_environment
):
    if not of_environment:
        (daemons.docker_config / "config.json").write_text('{"currentContext": "gone"}')
    clients = replace(daemons, docker_host="", docker_context="gone" if of_environment else "")
    found = Engines(Settings(store=tmp_path, clients=clients), lambda: Catalog(None))
    with pytest.raises(Unreachable, match=r"^Docker Engine at context gone: docker has no such context; "):
        found.named("docker").images.list()
    assert "docker" not in found.to_look_into("embedded")


def test_the_default_context_is_none(tmp_path, daemons):
    clients = replace(daemons, docker_host="", docker_context="default")
    found = Engines(Settings(store=tmp_path, clients=clients), lambda: Catalog(None))
    assert found.endpoints["docker"].address.startswith("unix://")


def test_nothing_is_made_before_it_is_needed(tmp_path):
    found = engines(tmp_path / "store").default
    assert found.containers is not None
    assert list(found.containers.list()) == []
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("words", [["version"], ["images"], ["ps"]])
def test_no_client_of_daemons_or_registries_is_imported_for_the_embedded_store(tmp_path, words):
    script = (
        "import sys\nfrom layertui.tui.cli import main\n"
        "try:\n    main()\nfinally:\n    sys.exit(sorted({'urllib3', 'requests', 'docker'} & set(sys.modules)) or 0)"
    )
    argv = [sys.executable, "-c", script, "--store", str(tmp_path / "store"), *words]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_lists_and_lives_need_no_numpy():
    script = "import sys, layertui.core.engines.embedded.embedded_engine; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
