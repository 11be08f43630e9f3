"""`export` and `save` are not the same: the story of a container carried to another host, by the command line."""

import io
import tarfile

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def host(layertui):
    layertui.run("demo", "--no-ui")
    layertui.run("run", "--name", "test_export", "busybox", "touch", "/1.txt")
    yield layertui
    layertui.run("rm", "-f", "test_export")


def test_export_then_import_keeps_the_files_and_one_row(host, other_host, tmp_path):
    host.run("export", "test_export", "-o", tmp_path / "test_export.tar")
    with tarfile.open(tmp_path / "test_export.tar") as tar:
        assert "1.txt" in tar.getnames()
        assert not [name for name in tar.getnames() if ".wh." in name]
        content = sum(member.size for member in tar if member.isreg())
    image_id = other_host.text("import", tmp_path / "test_export.tar", "test:test")
    (step,) = other_host.json("history", "test:test")
    assert (step["comment"], step["created_by"] or "", step["size"]) == ("Imported from -", "", content)
    (row,) = other_host.json("images")
    assert (row["id"], row["tags"], len(row["diff_ids"])) == (image_id, ["test:test"], 1)
    text = other_host.text("history", "test:test")
    assert "Imported from -" in text
    assert len(text.splitlines()) == 2


def test_save_then_load_keeps_everything(host, other_host, tmp_path):
    host.run("save", "-o", tmp_path / "demo.tar", "demo:1.0")
    assert other_host.text("load", "-i", tmp_path / "demo.tar") == "Loaded image: demo:1.0"
    assert other_host.json("history", "demo:1.0") == host.json("history", "demo:1.0")
    (here,) = (row for row in host.json("images") if "demo:1.0" in row["tags"])
    (there,) = other_host.json("images")
    assert there["id"] == here["id"]
    assert there["diff_ids"] == here["diff_ids"]
    assert len(there["diff_ids"]) > 1


def test_side_by_side_nothing_differs_but_the_past(host, tmp_path):
    """The flat image shows what the container shows; what is lost is history, layers and config."""
    flat = host.run("export", "test_export").stdout
    host.run("import", "-", "test:test", stdin=flat)
    files = host.json("compare", "--files", "container:test_export", "test:test")
    assert files["same"], files["files"]["changes"][:5]
    whole = host.json("compare", "container:test_export", "test:test")
    assert not whole["same"]
    assert whole["base"]["layers"] == 0
    assert whole["verdict"]
    assert host.run("compare", "--exit-code", "busybox", "test:test", check=False).returncode == 1
    assert host.run("compare", "--exit-code", "busybox", "busybox", check=False).returncode == 0


def test_export_works_in_every_state(host):
    host.run("create", "--name", "fresh", "busybox", "sh")
    with tarfile.open(fileobj=io.BytesIO(host.run("export", "fresh").stdout)) as tar:
        assert "1.txt" not in tar.getnames()
        assert tar.getnames()
    host.run("rm", "fresh")


def test_what_is_imported_runs(host):
    flat = host.run("export", "test_export").stdout
    host.run("import", "-c", 'CMD ["ls", "/1.txt"]', "-", "test:test", stdin=flat)
    assert host.text("run", "--rm", "test:test") == "/1.txt"


def test_from_pipe_to_pipe(host, other_host):
    saved = host.run("save", "demo:1.0", "demo:2.0").stdout
    said = other_host.text("load", "-", stdin=saved).splitlines()
    assert sorted(said) == ["Loaded image: demo:1.0", "Loaded image: demo:2.0"]
    compared = other_host.json("compare", "demo:1.0", "demo:2.0")
    assert compared["base"]["layers"] == 2
