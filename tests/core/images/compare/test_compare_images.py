"""Two histories lined up, the base they share, and configs."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import file, image, layer, oci_archive
from layertui.core.images.archive.archive import open_archive
from layertui.core.images.compare.align import MOST, align
from layertui.core.images.compare.compare_images import Comparison, Rebuilt, SharedBytes, compare, pairs
from layertui.core.images.compare.word_diff import differing_words
from layertui.core.images.history_steps import Step, steps
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
    sized = [[each._replace(size=5) for each in steps(found)] for found in (one, other)]
    base = compare(one, other, *sized).base
    assert (base.layers, base.size, base.steps) == (1, 5, 2)


def test_a_step_that_moved_says_where_to(tmp_path):
    one = made(tmp_path, "a:ADD x /", "b:RUN b", "c:RUN c", "-:CMD x")
    other = made(tmp_path, "a:ADD x /", "c:RUN c", "-:CMD x", "b:RUN b")
    history = compare(one, other).history
    assert [(pair.op, pair.moved) for pair in history] == [
        ("same", None), ("only_a", 4), ("same", None), ("same", None), ("only_b", 1),
    ]  # fmt: skip


def test_a_layer_that_another_step_made_elsewhere_is_the_same_layer(tmp_path):
    one = made(tmp_path, "a:ADD x /", "b:RUN make", "c:RUN c")
    other = made(tmp_path, "a:ADD x /", "c:RUN c", "b:COPY made /made")
    history = compare(one, other).history
    assert [(pair.op, pair.moved) for pair in history] == [("same", None), ("only_a", 3), ("same", None), ("only_b", 1)]
    (pair,) = compare(made(tmp_path, "b:RUN make"), made(tmp_path, "b:COPY m /m")).history
    assert (pair.op, pair.same_layer, pair.moved) == ("changed", True, None)


def test_what_moved_has_not_become_another_step(tmp_path):
    one = made(tmp_path, "a:RUN install this", "b:RUN b", "c:RUN c")
    other = made(tmp_path, "d:RUN install that", "b:RUN b", "c:RUN c", "a:RUN install this")
    assert [(pair.op, pair.moved) for pair in compare(one, other).history] == [
        ("only_a", 4), ("only_b", None), ("same", None), ("same", None), ("only_b", 0),
    ]  # fmt: skip


def test_the_same_steps_built_again(tmp_path):
    one = made(tmp_path, "a:ADD x /", "b:COPY app /app", "-:ENV A=1", "c:RUN make", "d:RUN test")
    other = made(tmp_path, "a:ADD x /", "e:COPY app /app", "-:ENV A=1", "f:RUN make", "g:RUN test")
    compared = compare(one, other)
    assert compared.first_difference == 1
    assert compared.rebuilt == Rebuilt(step=2, again=2)
    edited = made(tmp_path, "a:ADD x /", "h:RUN new", "e:COPY app /app", "-:ENV A=1", "f:RUN make", "d:RUN test")
    assert compare(one, edited).rebuilt == Rebuilt(step=2, again=2)
    edited = made(tmp_path, "a:ADD x /", "e:COPY app /app", "-:ENV A=2", "f:RUN make", "d:RUN test")
    assert compare(one, edited).rebuilt is None  # not only built again
    assert compare(one, one).rebuilt is None
    assert compare(one, made(tmp_path, "a:ADD x /", "h:RUN something else")).rebuilt is None


def test_sizes_of_what_is_shared_and_of_what_is_not(tmp_path):
    one = made(tmp_path, "a:ADD x /", "b:RUN b", "-:CMD x", "c:RUN c")
    other = made(tmp_path, "a:ADD x /", "d:RUN something", "c:RUN c")
    diff_ids = [layer.diff_id for found in (one, other) for layer in found.layers]
    weigh = dict(zip(diff_ids, (1, 2, 4, 1, 8, 4), strict=True))
    sized = [
        [each._replace(size=weigh[each.diff_id] if each.layer else 0) for each in steps(found)]
        for found in (one, other)
    ]
    compared = compare(one, other, *sized)
    assert (compared.layers, compared.shared_layers) == ((3, 3), 2)
    assert compared.shares == SharedBytes(both=5, only_a=2, only_b=8)
    assert compared.running[-1] == (7, 13)
    stored = {layer.diff_id: layer.size for found in (one, other) for layer in found.layers}
    assert compared.transfer == SharedBytes(
        both=stored[one.diff_ids[0]] + stored[one.diff_ids[2]],
        only_a=stored[one.diff_ids[1]],
        only_b=stored[other.diff_ids[1]],
    )


@pytest.mark.parametrize(
    ("ours", "theirs", "field", "meaning"),
    [
        ({"Cmd": ["sh"]}, {}, "CMD", "will no longer start: no command"),
        ({"Entrypoint": ["e"], "Cmd": ["sh"]}, {"Cmd": ["sh"]}, "ENTRYPOINT", "a command is run itself now"),
        ({"User": "app"}, {}, "USER", "runs as root now"),
        ({"User": "app:app"}, {"User": "0:0"}, "USER", "runs as root now"),
        ({"User": "root"}, {"User": "app"}, "USER", "no longer runs as root"),
        ({"User": "root"}, {}, "USER", ""),
        ({"Env": ["PATH=/bin"]}, {"Env": ["PATH=/usr/bin"]}, "ENV PATH", "other folders"),
        ({"Env": ["A=1"]}, {}, "ENV A", "find it unset"),
        ({"Volumes": {"/d": {}}}, {}, "VOLUME", "goes with it"),
        ({"Labels": {"a.b": "1"}}, {}, "LABEL a.b", ""),
    ],
)
def test_what_a_difference_means(tmp_path, ours, theirs, field, meaning):
    one, other = made(tmp_path, "a:ADD x /", config=ours), made(tmp_path, "a:ADD x /", config=theirs)
    told = {one.name: one.meaning for one in compare(one, other).config}
    assert meaning in told[field] if meaning else not told[field]


def test_words_that_differ():
    assert differing_words("apk add python3=3.11 git", "apk add python3=3.12 git") == [
        ("apk add python3=", True), ("3.11", False), (" git", True),
    ]  # fmt: skip
    assert differing_words("", "x") == []


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


def test_rootfs_is_a_field_to_be_shown_where_the_layers_differ(tmp_path):
    one, other = made(tmp_path, "a:ADD x /"), made(tmp_path, "a:ADD x /", "b:ADD y /", config={"User": "app"})
    assert [(row.field, row.a, row.b) for row in compare(one, other).fields] == [
        ("user", None, "app"),
        ("rootfs", "1 layer", "2 layers"),
    ]
    assert [row.field for row in compare(one, other).config] == ["user"]
    assert compare(one, one).fields == ()


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


@pytest.mark.slow
@given(STEPS, STEPS)
def test_the_mirror(a, b):
    there = {(left, right, same) for left, right, same in align(a, b)}
    back = {(left, right, same) for right, left, same in align(b, a)}
    assert there == back


@pytest.mark.slow
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


@pytest.mark.slow
def test_very_long_histories_do_not_take_for_ever():
    rng = random.Random(7)
    a = [step(f"RUN {rng.random()}", str(n)) for n in range(3000)]
    b = [one for one in a if rng.random() < 0.9] + [step("RUN more", "more")]
    assert len(a) * len(b) > MOST
    lines = align(a, b)
    assert sum(same for _, _, same in lines) >= len(b) - 60


PLAN = st.lists(st.integers(0, 30), min_size=2, max_size=8, unique=True)


def built(numbers):
    return [step(f"RUN step {n} of many", str(n)) for n in numbers]


def shown(a, b):
    """The pairs of two histories that are not the same, without the images around them."""
    return [pair for pair in pairs(built(a), built(b)) if pair.op != "same"]


@given(PLAN, st.data())
def test_a_step_put_in_or_taken_out_is_the_only_difference(plan, drawn):
    less = list(plan)
    gone = less.pop(drawn.draw(st.integers(0, len(plan) - 1)))
    (pair,) = shown(plan, less)
    assert (pair.op, pair.a.command, pair.moved) == ("only_a", f"RUN step {gone} of many", None)
    (pair,) = shown(less, plan)
    assert (pair.op, pair.b.command, pair.moved) == ("only_b", f"RUN step {gone} of many", None)


@given(PLAN, st.data())
def test_a_step_that_moved_is_the_only_difference(plan, drawn):
    other = list(plan)
    moved = other.pop(drawn.draw(st.integers(0, len(plan) - 1)))
    other.insert(drawn.draw(st.integers(0, len(other))), moved)
    told = shown(plan, other)
    if other == plan:
        assert told == []
        return
    one, two = told
    assert {one.op, two.op} == {"only_a", "only_b"}
    history = pairs(built(plan), built(other))
    assert history[one.moved] == two
    assert history[two.moved] == one
    assert (one.a or one.b).command == (two.a or two.b).command


@pytest.mark.slow
@given(STEPS, STEPS)
def test_the_mirror_of_a_whole_history(a, b):
    there, back = pairs(a, b), pairs(b, a)
    assert Counter((pair.op, pair.a, pair.b, pair.moved is None) for pair in there) == Counter(
        (MIRROR.get(pair.op, pair.op), pair.b, pair.a, pair.moved is None) for pair in back
    )
    for history in (there, back):
        for index, pair in enumerate(history):
            if pair.moved is not None:
                assert history[pair.moved].moved == index


MIRROR = {"only_a": "only_b", "only_b": "only_a"}
