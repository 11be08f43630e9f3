"""No text stands outside the catalogues: in a language of other letters, whatever has letters of ours is data."""

import re

import pytest
from shown import screens

from ended_by_signal import SCREENS

pytestmark = pytest.mark.slow

# What stays as it is in every language: names of the sample, paths and commands; keys; words of docker, OCI and the kernel;
# names of programs, formats and units.
DATA = re.compile(
    r"""
    (?: demo | kind_banzai | busybox | flat | memory | embedded | docker | podman | layertui | one | two | stage
      | python3? | motd | passwd | usr | etc | bin | lib | var | srv | app | cache | py | so | sh | run | rootfs | tar | tmp | root
      | RUN | CMD | ENV | COPY | ADD | LABEL | WORKDIR | PATH | apk | add | rm | rf | file | in | local | sbin | hello | from | layer
      | Enter | Esc | Tab | Space | Shift | Backspace | Home | End | PgUp | PgDn | NAME | TAG | HOST | REPOSITORY | NEW
      | TERM | KILL | INT | HUP | USR | OCI | oci | json | markdown | html | text | gzip | zstd | txt | amd | linux | lyr
      | DiffID | ChainID | ID | sha | B | kB | MB | GB | UTC | UTF | mnt | pid | net | uts | ipc | user | cgroup | vnd | manifest | image
      | Dockerfile | dockerfile | layertui-session | container | Imported | Sure | So | it | is | new | application | buildkit
      | Full | stop | log | Tag | drwxr-xr-x | rw-r--r-- | ti | store | RE | primary | muted | bold | not | underline
    )
    """,
    re.VERBOSE,
)
COMMAND = re.compile(r"\$ layertui .*")
WORD = re.compile(r"[A-Za-z][A-Za-z_'-]*")
PATHS = re.compile(r"/tmp/\S*|\[/?[a-z$ -]*\]")  # of the store; style tags of titles
HEX = re.compile(r"[a-f0-9]+")


def words(text):
    """The words of a line that no catalogue has changed and that are no data."""
    for word in WORD.findall(PATHS.sub(" ", COMMAND.sub(" ", text))):
        for part in re.split(r"[_'-]", word) if not DATA.fullmatch(word) else ():
            if part and not DATA.fullmatch(part) and not HEX.fullmatch(part) and len(part) > 1:
                yield word


@pytest.mark.parametrize("name", SCREENS)
def test_every_word_on_a_screen_is_of_a_catalogue_or_data(name):
    answer = screens("pseudo", 120, 40)[name]
    lines = [*answer["lines"], *answer["said"], *answer["keys"]]
    outside = [(word, line.strip()) for line in lines for word in words(line)]
    assert outside == []


def test_a_word_outside_would_be_found():
    assert list(words("│ Delete demo:1.0? ")) == ["Delete"]
    assert list(words("$ layertui create demo:2.0")) == []
