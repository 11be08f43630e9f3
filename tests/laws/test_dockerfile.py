"""Whatever a history says, its Dockerfile is made of comments, blank lines, and one instruction with its lines for each step."""

import json
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from builders import image
from layertui.core.images.dockerfile.image_dockerfile import image_dockerfile
from layertui.core.images.history_steps import steps
from layertui.core.unsafe_text import UNSAFE
from layertui.tui.report.dockerfile.dockerfile_lines import dockerfile_text
from tui_values import opened

KNOWN = "ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|RUN|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR"
pieces = st.sampled_from(
    [
        *KNOWN.split("|"), "FROM", "FROM evil", "/bin/sh -c", "#(nop) ", "#(nop)", "|1 A=b ", "# buildkit", "#", "\\", "\n",
        "\r", "\t", "  ", "    ", " ", '"', "'", "$A", "${", "<<EOF", "EOF", "<<", "[", "]", '["a", "b"]', "A=b", "=",
        "/x", "--from=y", "--mount=type=x", "&{[", " in /y ", "file:0123456789abcdef0", "map[80/tcp:{}]", "80", "\x1b[31m",
        "\u202e", "\x85", "\u2028", "\x00", "é", "a", "b c", "NONE", "CMD x", "/bin/bash -o pipefail -c",
    ]
)  # fmt: skip
texts = st.one_of(
    st.lists(pieces, max_size=12).map("".join), st.lists(pieces, max_size=8).map(" ".join), st.text(max_size=30)
)
entries = st.fixed_dictionaries(
    {"created_by": texts, "empty_layer": st.just(True)},
    optional={"comment": st.one_of(texts, st.just("buildkit.dockerfile.v0"), st.just("FROM x")), "author": st.just("kaniko")},
)  # fmt: skip
configs = st.fixed_dictionaries(
    {},
    optional={
        "Env": st.lists(texts, max_size=2),
        "Labels": st.dictionaries(texts, texts, max_size=2),
        "Cmd": st.lists(texts, max_size=2),
        "Entrypoint": st.lists(texts, max_size=2),
        "User": texts,
        "WorkingDir": texts,
        "Shell": st.lists(texts, max_size=2),
        "OnBuild": st.lists(texts, max_size=2),
        "StopSignal": texts,
        "Volumes": st.dictionaries(texts, st.just({}), max_size=2),
        "Healthcheck": st.fixed_dictionaries({"Test": st.lists(texts, max_size=2)}),
    },
)


def instructions(lines):
    """The instructions of a Dockerfile as BuildKit's parser reads them: comments dropped, lines continued, here-documents taken."""
    found, pending, rest = [], "", iter(lines)
    for line in rest:
        if line.lstrip().startswith("#") or not (pending or line.strip()):
            continue
        assert line.strip(), "an empty line within an instruction"
        if match := re.search(r"\\[ \t]*$", line):
            pending += line[: match.start()]
            continue
        whole, pending = (pending + line).strip(), ""
        word = whole.partition(" ")[0]
        if word in ("RUN", "COPY", "ADD") and not _is_json(whole.partition(" ")[2]):
            for mark in re.findall(r"(?:^|\s)\d*<<-?(\S+)", whole):
                body = list(iter(lambda rest=rest: next(rest), mark))  # StopIteration where it never ends
                whole = f"{whole}\n{body}"
        found.append(whole)
    assert not pending, "the last instruction is not complete"
    return found


def _is_json(text):
    try:
        return isinstance(json.loads(text), list)
    except ValueError:
        return False


@pytest.mark.slow
@given(st.lists(entries, max_size=4), configs)
@example([{"created_by": "RUN /bin/sh -c a\nEOF\nEND\n # buildkit", "empty_layer": True}], {})
@example([{"created_by": "/bin/sh -c a\\", "empty_layer": True}, {"created_by": "x", "empty_layer": True}], {})
def test_any_history_gives_a_file_that_can_be_read(history, config):
    (found,) = opened(image([], history=history, config=config))
    made = image_dockerfile(found, steps(found))
    lines = list(dockerfile_text(made))
    assert not [line for line in lines if UNSAFE.search(line.replace("\t", " "))]
    read = instructions(lines)
    assert read[0] == "FROM scratch"
    written = [one.instruction for one in made.steps if one.instruction.lines]
    assert [text.split()[0] for text in read[1:]] == [one.word for one in written]
    assert all(re.fullmatch(KNOWN, one.word) for one in written)
    for one, text in zip(written, read[1:], strict=True):
        if "\n" not in text:
            assert text == f"{one.word} {one.arguments}".strip()


@pytest.mark.slow
@given(st.text(st.sampled_from("ab '\"#&;|$\t\\"), min_size=1, max_size=40))
def test_a_command_is_the_same_after_it_was_broken_into_lines(text):
    (found,) = opened(image([], history=[{"created_by": f"/bin/sh -c {text}", "empty_layer": True}]))
    read = instructions(dockerfile_text(image_dockerfile(found, steps(found))))
    ours = [one.removeprefix("RUN ") for one in read if one.startswith("RUN ")]
    if not text.strip():
        assert ours in ([], [json.dumps(["/bin/sh", "-c", text])])
    else:
        (one,) = ours
        assert text.strip() == one.strip() or json.loads(one) == ["/bin/sh", "-c", text]
