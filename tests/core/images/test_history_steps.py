"""Steps and layers paired; commands without the builders' noise."""

import pytest

from builders import file, image, layer, oci_archive
from layertui.core.images.archive.archive import open_archive
from layertui.core.images.history_steps import command, excess, steps

A, B, C = (layer([file(name, name)]) for name in "abc")


def steps_of(tmp_path, built, sizes=None):
    with open_archive(oci_archive(built, tmp_path / "a.tar")) as found:
        return steps(found.images[0], sizes), excess(found.images[0])


def test_each_step_that_is_not_empty_takes_the_next_layer(tmp_path):
    built = image([A, B], history=["ADD a /", "ENV X=1", "RUN b", 'CMD ["sh"]'], empty=[1, 3])
    found, warning = steps_of(tmp_path, built, lambda one: one.number * 100)
    assert [one.number for one in found] == [1, None, 2, None]
    assert [one.size for one in found] == [100, 0, 200, 0]
    assert [one.diff_id for one in found] == [built.diff_ids[0], None, built.diff_ids[1], None]
    assert [one.chain_id for one in found] == [built.chain_ids[0], None, built.chain_ids[1], None]
    assert warning is None


@pytest.mark.parametrize("history", [(), ["ADD a /"], ["ENV X=1"]])
def test_layers_without_history_stand_above_the_recorded(tmp_path, history):
    empty = [0] if history == ["ENV X=1"] else []
    found, warning = steps_of(tmp_path, image([A, B], history=history, empty=empty))
    assert [one.number for one in found if one.layer] == [1, 2]
    assert [one.created_by for one in found] == [*history, *[None] * (len(found) - len(history))]
    assert warning is None


def test_more_steps_than_layers_are_shown_and_warned_of(tmp_path):
    found, warning = steps_of(tmp_path, image([A], history=["one", "two", "three"]), lambda one: 7)
    assert [one.number for one in found] == [1, None, None]
    assert [one.size for one in found] == [7, None, None]
    assert "3 layers, but there are 1" in warning


def test_no_sizes_unless_asked(tmp_path):
    found, _ = steps_of(tmp_path, image([A, B, C], history=["a", "b", "c"], empty=[]))
    assert [one.size for one in found] == [None, None, None]


def test_everything_may_be_missing(tmp_path):
    entries = [{}, {"created": "yesterday", "created_by": None, "author": "me", "comment": "c"}]
    found, _ = steps_of(tmp_path, image([A, B], history=entries))
    assert [(one.created, one.created_by, one.author, one.comment, one.command) for one in found] == [
        (None, "", None, None, ""),
        (None, "", "me", "c", ""),
    ]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", ""),
        ("sh", "sh"),
        ("touch /1.txt", "touch /1.txt"),
        ('/bin/sh -c #(nop)  CMD ["sh"]', 'CMD ["sh"]'),
        ("/bin/sh -c #(nop) ADD file:0123 in / ", "ADD file:0123 in /"),
        ("/bin/sh -c #(nop) WORKDIR /a  b", "WORKDIR /a b"),
        ("#(nop)  ENV A=b", "ENV A=b"),
        ("/bin/sh -c apt-get update", "RUN apt-get update"),
        ("/bin/bash -c make", "RUN make"),
        ("/bin/ash -eo pipefail -c make", "RUN make"),
        ("/bin/bash -o pipefail -c make", "RUN make"),
        ("|1 VERSION=1 /bin/sh -c make $VERSION", "RUN make $VERSION"),
        ("|2 A=1 B=two words /bin/sh -c make", "RUN make"),
        ("RUN /bin/sh -c make # buildkit", "RUN make"),
        ("RUN |1 A=1 /bin/sh -c make # buildkit", "RUN make"),
        ("RUN |0 /bin/sh -c make # buildkit", "RUN make"),
        ("COPY app /srv/app # buildkit", "COPY app /srv/app"),
        ("ENV PATH=/a:/b", "ENV PATH=/a:/b"),
        ("RUN /bin/sh -c set -e;     make \t all # buildkit", "RUN set -e; make all"),
        ("RUN /bin/sh -c cat <<EOF\n  two\nEOF # buildkit", "RUN cat <<EOF\n  two\nEOF"),
        ("cmd /S /C #(nop)  CMD [cmd]", "CMD [cmd]"),
        ("cmd /S /C dir", "RUN dir"),
        ("/bin/sh", "/bin/sh"),
        ("RUN echo '# buildkit' > x", "RUN echo '# buildkit' > x"),
        ("/bin/sh -c sh -c /bin/sh -c x", "RUN sh -c /bin/sh -c x"),
    ],
)
def test_commands_as_a_dockerfile_says_them(text, wanted):
    assert command(text) == wanted
