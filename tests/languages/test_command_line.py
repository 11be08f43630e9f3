"""Help, errors and reports of the command line are of a catalogue: in a language of other letters, what has letters of ours is data."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

WORD = re.compile(r"(?<![\w/.:@$#=&~'-])[a-z][a-z]{2,}(?![\w/:=@-])")
EXAMPLE = re.compile(
    r"^\s+(layertui|docker|podman|echo|cat|skopeo|ssh|openssl|\$|#|bash|eval|source|SELECT|select)\b|\||\b(RUN|ADD|COPY) "
)
CODE = re.compile(r"`[^`]*`|'[^']*'|\"[^\"]*\"")
TAGS = re.compile(r"<style.*?</style>|<svg.*?</svg>|<code.*?</code>|<[^>]*>|&\w+;", re.DOTALL)
DATA = frozenset(
    [
        "layertui",
        "docker",
        "podman",
        "embedded",
        "mtime",
        "size",
        "content",
        "mode",
        "owner",
        "oci",
        "gzip",
        "zstd",
        "none",
        "html",
        "json",
        "markdown",
        "text",
        "junit",
        "sarif",
        "web",
        "srv",
        "app",
        "image",
        "container",
        "volume",
        "tar",
        "ssh",
        "step",
        "type",
        "count",
        "layers",
        "busybox",
        "motd",
        "demo",
        "etc",
        "python",
        "nobody",
        "missing",
        "group",
        "libssl",
        "bash",
        "zsh",
        "fish",
        "registry",
        "catalog",
    ]
)
"""Names of programs, formats, engines and files; columns of SQL; and words of Python's own errors."""


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    argv = [sys.executable, str(Path(__file__).with_name("cli_in.py")), "pseudo", str(folder)]
    subprocess.run(argv, check=True, timeout=120, env={**os.environ, "HOME": str(folder), "LC_ALL": "C.UTF-8"})
    return json.loads((folder / "cli.json").read_text())


def outside(text, own):
    """The words of a text that no catalogue has changed and that are no data."""
    for line in TAGS.sub(" ", text).splitlines():
        if not EXAMPLE.search(line):
            yield from (
                (word, line.strip())
                for word in WORD.findall(CODE.sub(" ", line))
                if word not in own and word not in DATA
            )


@pytest.mark.parametrize("kind", ["help", "errors", "reports"])
def test_no_word_is_outside(said, kind):
    own = frozenset(said["own"])
    found = {name: list(outside(text, own)) for name, text in said[kind].items()}
    assert len(found) > 4
    assert {name: words for name, words in found.items() if words} == {}


def test_a_word_outside_would_be_found():
    assert list(outside("  --all  Show everything", frozenset())) == [("everything", "--all  Show everything")]
    assert list(outside("  layertui show everything", frozenset())) == []
