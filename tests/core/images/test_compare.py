"""Two histories lined up, the base they share, and configs."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import file, image, layer, oci_archive
from layertui.core.images.align import MOST, align
from layertui.core.images.archive import open_archive
from layertui.core.images.compare import Comparison, compare
from layertui.core.images.history import Step, steps
from layertui.core.images.image import Layer
from layertui.core.oci.descriptor import Descriptor
from layertui.core.oci.digest import DiffID, Digest, chain_ids, digest_of

LAYERS = {name: layer([file(name, name)]) for name in "abcdefgh"}
ENV = "ENV {}"


def made(tmp_path, *history, **how):
    """Make an image of steps: "a:RUN x" brings layer a, "-:ENV X" none."""
    parts = [step.split(":", 1) for step in history]
    empty = [n for n, (name, _) in enumerate(parts) if name == "-"]
    built = image(
        [LAYERS[name] for name, _ in parts if name != "-"], history=[text for _, text in parts], empty=empty, **how
    )
    path = oci_archive(built, tmp_path / f"{built.id[7:19]}.tar")
    return open_archive(path).images[0]


def ops(compared: Comparison):
    return [
        (pair.op, pair.a.command if pair.a else None, pair.b.command if pair.b else None) for pair in compared.history
    ]


def test_an_image_and_itself(tmp_path):
    one = made(tmp_path, "a:ADD x /", "-:ENV A=1", "b:RUN y", config={"Env": ["A=1"], "Labels": {"l": "1"}})
    compared = compare(one, one)
    assert compared.same_history
    assert compared.same_config
    assert (compared.base.layers, compared.base.steps, compared.base.chain_id) == (2, 3, one.chain_ids[1])


def test_a_step_put_in_between_parts_nothing_else(tmp_path):
    one = made(tmp_path, "a:ADD x /", "b:RUN b", "c:RUN c", "d:RUN d")
    other = made(tmp_path, "a:ADD x /", "e:RUN new thing", "b:RUN b", "c:RUN c", "d:RUN d")
    compared = compare(one, other)
    assert [op for op, _, _ in ops(compared)] == ["same", "only_b", "same", "same", "same"]
    assert (compared.base.layers, compared.base.steps) == (1, 1)
    # The same DiffID and command on another base is the same step, though its ChainID differs.
    assert compared.history[2].a.chain_id != compared.history[2].b.chain_id


def test_what_is_changed(tmp_path):
    one = made(
        tmp_path,
        "a:ADD x /",
        '-:CMD ["sh"]',
        "b:RUN echo > /etc/motd",
        "c:RUN apk add python3=3.11",
        "-:ENV PATH=/srv/bin",
        "d:COPY app /srv/app",
    )
    other = made(
        tmp_path,
        "a:ADD x /",
        "b:RUN echo > /etc/motd",
        "e:RUN apk add python3=3.12",
        "-:ENV PATH=/srv/app/bin",
        "d:COPY app /srv/app",
        "f:RUN rm -rf /var/cache",
    )
    assert ops(compare(one, other)) == [
        ("same", "ADD x /", "ADD x /"),
        ("only_a", 'CMD ["sh"]', None),
        ("same", "RUN echo > /etc/motd", "RUN echo > /etc/motd"),
        ("changed", "RUN apk add python3=3.11", "RUN apk add python3=3.12"),
        ("changed", "ENV PATH=/srv/bin", "ENV PATH=/srv/app/bin"),
        ("same", "COPY app /srv/app", "COPY app /srv/app"),
        ("only_b", None, "RUN rm -rf /var/cache"),
    ]


def test_the_same_command_with_another_outcome_is_changed(tmp_path):
    compared = compare(made(tmp_path, "a:ADD x /", "b:RUN make"), made(tmp_path, "a:ADD x /", "c:RUN make"))
    assert [pair.op for pair in compared.history] == ["same", "changed"]


def test_noise_of_two_builders_makes_no_difference(tmp_path):
    one = made(tmp_path, "a:/bin/sh -c make", '-:/bin/sh -c #(nop)  CMD ["sh"]')
    other = made(tmp_path, "a:RUN /bin/sh -c make # buildkit", '-:CMD ["sh"]')
    assert compare(one, other).same_history


def test_nothing_in_common(tmp_path):
    compared = compare(made(tmp_path, "a:ADD one /"), made(tmp_path, "b:COPY two /two", "-:USER x"))
    assert [pair.op for pair in compared.history] == ["only_a", "only_b", "only_b"]
    assert (compared.base.layers, compared.base.chain_id, compared.base.steps) == (0, None, 0)


def test_sizes_of_the_base(tmp_path):
    one = made(tmp_path, "a:ADD x /", "-:ENV A=1", "b:RUN b")
    other = made(tmp_path, "a:ADD x /", "-:ENV A=1", "c:RUN something else entirely")
    sized = [[replace(each, size=5) for each in steps(found)] for found in (one, other)]
    base = compare(one, other, *sized).base
    assert (base.layers, base.size, base.steps) == (1, 5, 2)


@pytest.mark.parametrize(
    ("ours", "theirs", "fields"),
    [
        ({"Env": ["A=1", "B=2"]}, {"Env": ["B=2", "A=1"]}, []),
        (
            {"Env": ["A=1", "B=2"]},
            {"Env": ["A=2", "C=3"]},
            [("env.A", "1", "2"), ("env.B", "2", None), ("env.C", None, "3")],
        ),
        ({"Env": ["A=1", "A=2"]}, {"Env": ["A=2"]}, []),
        ({"Labels": {"x": "1"}}, {"Labels": {"x": "2"}}, [("labels.x", "1", "2")]),
        ({"Cmd": ["sh"]}, {"Entrypoint": ["sh"]}, [("entrypoint", None, ["sh"]), ("cmd", ["sh"], None)]),
        ({"User": "app"}, {"User": ""}, [("user", "app", None)]),
        ({"ExposedPorts": {"80/tcp": {}, "81/tcp": {}}}, {"ExposedPorts": {"81/tcp": {}, "80/tcp": {}}}, []),
        ({"Volumes": {"/d": {}}}, {}, [("volumes", ["/d"], None)]),
        ({"StopSignal": "TERM"}, {"StopSignal": "INT"}, [("stop_signal", "TERM", "INT")]),
        ({"Healthcheck": {"Test": ["NONE"]}}, {}, [("healthcheck", {"Test": ["NONE"]}, None)]),
        ({"WorkingDir": "/a"}, {"WorkingDir": "/b"}, [("working_dir", "/a", "/b")]),
    ],
)
def test_configs(tmp_path, ours, theirs, fields):
    one, other = made(tmp_path, "a:ADD x /", config=ours), made(tmp_path, "a:ADD x /", config=theirs)
    assert [(one.field, one.a, one.b) for one in compare(one, other).config] == fields
    assert [(one.field, one.b, one.a) for one in compare(other, one).config] == fields


def test_platforms_are_part_of_the_config(tmp_path):
    one, other = made(tmp_path, "a:ADD x /"), made(tmp_path, "a:ADD x /", architecture="arm64", variant="v8")
    assert [one.field for one in compare(one, other).config] == ["architecture", "variant"]


# ---------------------------------------------------------------- laws


class Nowhere:
    def open(self, descriptor):
        raise AssertionError


def step(command, content):
    if content is None:
        return Step(command, empty_layer=True)
    diff_id = DiffID(digest_of(content.encode()))
    return Step(
        command, layer=Layer(Descriptor("x", Digest(diff_id), 1), diff_id, chain_ids([diff_id])[0], 1, Nowhere())
    )


STEPS = st.lists(
    st.builds(
        step,
        st.sampled_from(["RUN a", "RUN a b c", "RUN a b d", "ENV A=1", "ENV A=2", "CMD [x]", "COPY a /a", "", "sh"]),
        st.sampled_from([None, "1", "2", "3"]),
    ),
    max_size=8,
)


@given(STEPS, STEPS)
def test_every_step_once_and_in_order(a, b):
    lines = align(a, b)
    assert [left for left, _, _ in lines if left is not None] == list(range(len(a)))
    assert [right for _, right, _ in lines if right is not None] == list(range(len(b)))
    for left, right, same in lines:
        if left is not None and right is not None:
            equal = (a[left].diff_id, a[left].command, a[left].empty_layer) == (
                b[right].diff_id,
                b[right].command,
                b[right].empty_layer,
            )
            assert same == equal


@given(STEPS, STEPS)
def test_the_mirror(a, b):
    there = {(left, right, same) for left, right, same in align(a, b)}
    back = {(left, right, same) for right, left, same in align(b, a)}
    assert there == back


@given(STEPS, STEPS)
def test_no_alignment_has_more_steps_the_same(a, b):
    key = lambda one: (one.diff_id, one.command, one.empty_layer)  # noqa: E731
    longest = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in range(len(a)):
        for j in range(len(b)):
            longest[i + 1][j + 1] = (
                longest[i][j] + 1 if key(a[i]) == key(b[j]) else max(longest[i][j + 1], longest[i + 1][j])
            )
    assert sum(same for _, _, same in align(a, b)) == longest[-1][-1]


@given(STEPS)
def test_a_history_and_itself(a):
    assert align(a, a) == [(n, n, True) for n in range(len(a))]


def test_very_long_histories_do_not_take_for_ever():
    rng = random.Random(7)
    a = [step(f"RUN {rng.random()}", str(n)) for n in range(3000)]
    b = [one for one in a if rng.random() < 0.9] + [step("RUN more", "more")]
    assert len(a) * len(b) > MOST
    lines = align(a, b)
    assert sum(same for _, _, same in lines) >= len(b) - 60
