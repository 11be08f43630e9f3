"""The base of an image among the images of several engines: the one with the most layers and steps, and none that only looks like it."""

from builders import file, image, layer
from layertui.core.inspector.base_search import base_of, dockerfile_of
from two_engines import two_engines

A, B, C = (layer([file(name, name)]) for name in "abc")
ADD = "/bin/sh -c #(nop) ADD file:0123456789abcdef0123 in / "
FIRST = [ADD, 'CMD ["sh"]']
OURS = image([A, B, C], history=[*FIRST, "RUN b", "ENV A=1", "RUN c"], empty=[1, 3], tags=["ours:1"])


def bases(folder, ours=(), theirs=(), name="ours:1"):
    with two_engines(folder, [OURS, *ours], theirs) as inspector:
        subject = inspector.open(name)
        steps = inspector.history(subject, sizes=False)
        base = base_of(inspector, subject, steps)
        return base, dockerfile_of(subject, steps, base)


def test_the_longest_of_any_engine_is_the_base(tmp_path):
    low = image([A], history=FIRST, empty=[1], tags=["low:1"])
    high = image([A, B], history=[*FIRST, "RUN b"], empty=[1], tags=["high:1"])
    base, found = bases(tmp_path, [low], [high])
    assert (base.name, base.engine, base.layers, base.steps) == ("high:1", "two", 2, 3)
    assert found.from_line == "FROM high:1"
    assert [one.instruction.word for one in found.steps if one.step] == ["ENV", "RUN"]


def test_an_image_of_the_same_layers_and_fewer_steps(tmp_path):
    config = image([A], history=[*FIRST, "ENV A=1"], empty=[1, 2], tags=["config:1"])
    low = image([A], history=FIRST, empty=[1], tags=["low:1"])
    other = image([A], history=[*FIRST, "ENV A=2"], empty=[1, 2], tags=["other:1"])
    base, _ = bases(tmp_path, [config, low, other], name="config:1")
    assert base.name == "low:1"


def test_what_is_no_base(tmp_path):
    above = image(
        [A, B, C], history=[*FIRST, "RUN b", "ENV A=1", "RUN c", "ENV B=1"], empty=[1, 3, 5], tags=["above:1"]
    )
    unlike = image([A, B], history=[ADD, "RUN other"], tags=["unlike:1"])
    bare = image([A], history=(), tags=["bare:1"])
    again = image(
        [A, B, C], history=[*FIRST, "RUN b", "ENV A=1", "RUN c"], empty=[1, 3], tags=["again:1"], config={"User": "x"}
    )
    base, found = bases(tmp_path, [above, unlike], [bare, again])
    assert base is None
    assert found.from_line == "FROM scratch"


def test_an_engine_that_does_not_answer_is_left_out(tmp_path, monkeypatch):
    low = image([A], history=FIRST, empty=[1], tags=["low:1"])
    with two_engines(tmp_path, [OURS, low]) as inspector:
        monkeypatch.setattr(type(inspector), "engine_names", lambda _: ["one", "nowhere"])
        subject = inspector.open("ours:1")
        assert base_of(inspector, subject, inspector.history(subject, sizes=False)).name == "low:1"


def test_of_some_layers_only(tmp_path):
    low = image([A], history=FIRST, empty=[1], tags=["low:1"])
    base, found = bases(tmp_path, [low], name="ours:1@2")
    assert base.name == "low:1"
    assert [one.instruction.word for one in found.steps] == ["RUN", "ENV"]
    assert bases(tmp_path / "again", [low], name="ours:1@2..3")[0] is None
