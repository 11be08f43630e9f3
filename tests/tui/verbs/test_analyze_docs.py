"""The examples in docs/analyze.md: their YAML can be read, and each command in them runs."""

import re
import shlex
from pathlib import Path

import pytest
import yaml

from builders import docker_archive, file, image, layer
from command_line import layertui
from layertui.core.analysis.rules.rules import rule_names
from layertui.tui.report.analysis.size_forms import FORMS

PAGE = (Path(__file__).resolve().parents[3] / "docs/analyze.md").read_text()
RULES, GITHUB, GITLAB = (yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
STEPS = [*(step["run"] for step in GITHUB["jobs"]["image"]["steps"] if "run" in step), *GITLAB["image-size"]["script"]]
COMMANDS = [step for step in STEPS if step.startswith("layertui")]
SHELL = re.findall(r"^layertui analyze .*?(?=\s+#|$)", PAGE, re.MULTILINE)


@pytest.fixture
def archive(tmp_path):
    one = layer([file(f"f{number}", b"x" * 9) for number in range(9)])
    return docker_archive(image([one] * 5, tags=["shop:2.1"]), tmp_path / "shop.tar")


def words_of(command, archive):
    """The words of a command line without its redirection, of an archive instead of an engine's image or container."""
    words = shlex.split(re.split(r" >>? ", command)[0])[1:]
    if words[:2] == ["--engine", "docker"]:
        del words[:2]
    return [re.sub(r"^(shop[:.][a-z0-9.]+|container:box)", str(archive), word) for word in words]


def test_the_pipelines_have_commands():
    assert (len(COMMANDS), len(SHELL)) == (4, 6)


@pytest.mark.parametrize("command", [*COMMANDS, *SHELL])
def test_a_command_of_the_page(archive, command):
    done = layertui(*words_of(command, archive))
    assert done.code in ((0, 1) if "--ci" in command else (0,)), done.err
    assert done.out


def test_the_file_of_rules(archive, tmp_path):
    rules = tmp_path / "rules.yml"
    rules.write_text(yaml.safe_dump(RULES))
    found = layertui("analyze", "--ci", "--ci-config", rules, "--json", archive)
    assert found.code == 1  # each layer stores the same files again
    lists = sum(len(value) - 1 for name, value in RULES["rules"].items() if name.startswith("forbid"))
    assert len(found.json["rules"]) == len(RULES["rules"]) + lists - 1  # allowSecret is no result of its own


def test_every_rule_and_every_form_is_on_the_page():
    assert not [name for name in rule_names() if f"| `--{name}" not in PAGE]
    assert not [form for form in FORMS if f"`{form}`" not in PAGE]


def test_every_key_of_the_document_is_on_the_page(archive):
    keys = layertui("analyze", "--json", archive).ok().json
    assert not [key for key in keys if f"`{key}`" not in PAGE]
