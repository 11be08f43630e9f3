"""Find is a loop over the entries of the view: whatever the stack, the conditions, and the layer that is looked at."""

import io
import random

import pytest

from laws.naive import Layer
from laws.stacks import NAMES, as_tar, thrown
from layertui.core.analysis.search.content_tests import ContainsText, HasDigest
from layertui.core.analysis.search.file_query import FileQuery
from layertui.core.analysis.search.globs import Glob
from layertui.core.analysis.search.image_search import files_found
from layertui.core.analysis.search.layer_search import LayerSearch
from layertui.core.analysis.search.linear_regex import LinearRegex
from layertui.core.errors import NotFound
from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.stack.timeline import StackLayer
from layertui.core.layers.table.entry import Change, Entry, Kind
from layertui.core.layers.table.layer_tar import TarballContent, read_table
from layertui.core.oci.digest import digest_of
from layertui.core.progress import Progress

SEEDS = [pytest.param(seed, marks=pytest.mark.slow if seed >= 2 else ()) for seed in range(24)]


def stack_of(layers: tuple[Layer, ...]) -> Stack:
    made = []
    for members in layers:
        tar = as_tar(members)
        table = read_table(io.BytesIO(tar))
        made.append(StackLayer(table, TarballContent(table, lambda tar=tar: io.BytesIO(tar))))
    return Stack.from_layers(made)


class Asked:
    """A query from a few dice, and the same as a plain function of an entry and its content."""

    def __init__(self, dice: random.Random) -> None:
        letters = [name.decode("utf-8", "surrogateescape") for name in NAMES]
        self.name = dice.choice([None, "a", "a*", "*b", "*-*", "?", dice.choice(letters)])
        self.path = dice.choice([None, None, "/a/*", "*/a", "/*/a*"])
        self.regex = dice.choice([None, None, "^/a", "a0|b$"])
        self.kind = dice.choice([None, None, Kind.FILE, Kind.DIR, Kind.SYMLINK])
        self.sizes = dice.choice([None, None, range(2, 1 << 62), range(3)])
        self.mode = dice.choice([None, None, 0o4000, 0o111])
        self.uid = dice.choice([None, None, 0, 1000])
        self.layer = dice.choice([None, None, 1, 2])
        self.text = dice.choice([None, None, b"x", b"xa", b"xxxx"])
        self.digest = dice.choice([None, None, None, digest_of(b"xa"), digest_of(b"")])
        if self.text is not None:
            self.digest = None

    def query(self, *, hidden: bool) -> FileQuery:
        content = ContainsText(self.text) if self.text is not None else None
        if self.digest is not None:
            content = HasDigest(self.digest)
        return FileQuery(
            name=Glob(self.name) if self.name is not None else None,
            path=Glob(self.path) if self.path is not None else None,
            regex=LinearRegex(self.regex) if self.regex is not None else None,
            kind=self.kind,
            sizes=self.sizes,
            mode=self.mode,
            uid=self.uid,
            layer=self.layer,
            content=content,
            hidden=hidden,
        )

    def fits(self, stack: Stack, entry: Entry) -> bool:
        path = entry.path
        is_file = entry.kind is Kind.FILE
        return (
            (self.name is None or Glob(self.name).matches(path.rpartition("/")[2]))
            and (self.path is None or Glob(self.path).matches(path))
            and (self.regex is None or LinearRegex(self.regex).in_line(path.encode("utf-8", "surrogateescape")))
            and (self.kind is None or entry.kind is self.kind)
            and (self.sizes is None or (is_file and entry.size in self.sizes))
            and (self.mode is None or entry.mode & self.mode == self.mode)
            and (self.uid is None or entry.uid == self.uid)
            and (self.layer is None or entry.layer == self.layer)
            and (self.text is None or (is_file and self.text in content_of(stack, entry)))
            and (self.digest is None or (is_file and digest_of(content_of(stack, entry)) == self.digest))
        )


def content_of(stack: Stack, entry: Entry) -> bytes:
    try:
        with stack.open(entry) as file:
            return file.read()
    except NotFound:  # a hard link to what no layer has
        return b"no content"


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.slow
def test_by_any_conditions_over_any_stack(seed):
    dice = random.Random(seed)
    for _ in range(30):
        stack, asked = stack_of(thrown(dice)), Asked(dice)
        upto = dice.choice([None, dice.randint(1, len(stack))])
        found = files_found(stack, LayerSearch(asked.query(hidden=False)), Progress(), upto=upto)
        expected = [entry for entry in stack.view(upto) if asked.fits(stack, entry)]
        assert list(found.entries()) == [(entry, True) for entry in expected]
        assert len(found) == len(expected)
        assert [found.view.entry(index) for index in found.indexes.tolist()] == expected


@pytest.mark.parametrize("seed", SEEDS)
def test_hidden_versions_are_those_that_lower_views_show(seed):
    dice = random.Random(seed)
    for _ in range(15):
        stack, asked = stack_of(thrown(dice)), Asked(dice)
        top = {(entry.path, entry.layer) for entry in stack.view()}
        below = {
            (entry.path, entry.layer)
            for number in range(1, len(stack))
            for entry in stack.view(number)
            if asked.fits(stack, entry)
        }
        found = list(files_found(stack, LayerSearch(asked.query(hidden=True)), Progress()).entries())
        assert {(entry.path, entry.layer) for entry, visible in found if not visible} == below - top
        visible = [entry for entry, shown in found if shown]
        assert visible == [entry for entry in stack.view() if asked.fits(stack, entry)]
        paths = [entry.path.encode("utf-8", "surrogateescape").replace(b"/", b"\0") for entry, _ in found]
        assert paths == sorted(paths)


@pytest.mark.parametrize("seed", SEEDS)
def test_in_what_some_layers_changed(seed):
    dice = random.Random(seed)
    for _ in range(15):
        stack, asked = stack_of(thrown(dice)), Asked(dice)
        low = dice.randint(1, len(stack))
        span = (low, dice.randint(low, len(stack)))
        found = files_found(stack, LayerSearch(asked.query(hidden=False)), Progress(), span=span)
        there = (Change.ADDED, Change.MODIFIED)
        expected = [one for one in stack.span(*span) if one.change in there and asked.fits(stack, one)]
        assert [entry for entry, _ in found.entries()] == expected
