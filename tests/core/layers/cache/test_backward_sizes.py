"""Two walks towards each other, wherever they meet: what the one says is made beforehand, and the other hears a part of it."""

from functools import partial

import pytest

from builders import file, folder, layer
from layertui.core.errors import LayertuiError, LimitExceeded
from layertui.core.fs.file_window import Window
from layertui.core.layers.cache import backward_sizes, layer_sizes
from rawtar import END, extended, long, member

SMALL = layer([file("f", b"12345"), folder("d"), file("d/x", bytes(600))])
MANY = layer([file(f"a/{n}", b"x" * n) for n in range(200)])
TWICE = layer([file(f"a/{n % 100}", b"x" * n) for n in range(200)])
AWAY = b"".join(member(b"a%d" % n, bytes(n)) for n in range(60)) + b"".join(
    member(b"a%d/" % n, kind=b"5") for n in range(60)
)
LONG = b"".join(long(b"n" * 120 + b"%d" % n) + member(b"n", b"xy", magic=b"ustar  \0") for n in range(100)) + END
NESTED = layer([file("in.tar", MANY), *(file(f"b/{n}", b"x") for n in range(50)), file("last.tar", SMALL)])
GLOBAL = MANY[: -len(END)] + extended((b"uid", b"7"), kind=b"g") + MANY
ODD = b"".join(extended((b"path", b"p%d" % n)) + member(b"n", b"xyz") for n in range(100)) + END
LARGE = layer(
    [file(f"{name}{n}", bytes(n * 90_000)) for name in "abc" for n in (1, 0, 2)] + [folder(f"{n}") for n in range(60)]
)
BROKEN = MANY[: len(MANY) // 2] + b"dirt" * 1000
LAYERS = {
    "many": MANY,
    "twice": TWICE,
    "away": AWAY,
    "long": LONG,
    "nested": NESTED,
    "global": GLOBAL,
    "odd": ODD,
    "large": LARGE,
    "broken": BROKEN,
}


class Stored:
    def __init__(self, path, content):
        path.write_bytes(content)
        self.path, self.size = path, len(content)

    def open_at(self):
        return Window(self.path)


def outcome(of):
    try:
        return of()
    except LayertuiError as error:
        return f"{type(error).__name__}: {error}"


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    monkeypatch.setattr(backward_sizes, "_FIRST", 24 << 10)
    monkeypatch.setattr(backward_sizes, "_LEAST", 8 << 10)
    monkeypatch.setattr(backward_sizes, "_MEMBERS", 20)
    monkeypatch.setattr(backward_sizes, "_STEP", 1 << 10)
    monkeypatch.setattr(backward_sizes, "_SEARCHED", 4 << 10)


def both(blobs, order, said):
    saying = iter(said)
    return layer_sizes._sizes(blobs, order, lambda wait: next(saying, None), None)


@pytest.mark.parametrize("kind", LAYERS)
def test_the_sizes_are_the_same_wherever_both_meet(kind, tmp_path):
    contents = {"1": SMALL, "2": LAYERS[kind], "3": SMALL.replace(b"12345", b"67890")}
    blobs = {key: Stored(tmp_path / key, content) for key, content in contents.items()}
    order, *said = backward_sizes.backwards(list(blobs), lambda key: Window(blobs[key].path))
    alone = outcome(partial(both, blobs, order, []))
    assert order == ["1", "2", "3"]
    assert len(said) > 6 or kind == "broken"
    assert [outcome(partial(both, blobs, order, said[:heard])) for heard in range(len(said) + 1)] == [alone] * (
        len(said) + 1
    )


def test_what_was_found_is_not_walked_again(tmp_path, monkeypatch):
    blobs = {"1": Stored(tmp_path / "1", MANY), "2": Stored(tmp_path / "2", SMALL)}
    order, *said = backward_sizes.backwards(list(blobs), lambda key: Window(blobs[key].path))
    walked = []

    def content_sizes(*args):
        found = real(*args)
        walked.append(found[1])
        return found

    real = layer_sizes.content_sizes
    monkeypatch.setattr(layer_sizes, "content_sizes", content_sizes)
    assert both(blobs, order, said[: len(said) // 2 & -2]) == {"1": sum(range(200)), "2": 605}
    assert len(walked) == 1
    assert 0 < walked[0] < len(MANY)


def test_both_together_are_not_more_than_the_bounds_allow(lower, tmp_path):
    blobs = {"1": Stored(tmp_path / "1", MANY)}
    order, *said = backward_sizes.backwards(list(blobs), lambda key: Window(blobs[key].path))
    lower(entries=150)
    with pytest.raises(LimitExceeded):
        both(blobs, order, said[: len(said) // 2 & -2])
