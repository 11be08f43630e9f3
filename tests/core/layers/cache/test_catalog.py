"""Tables and stacks are made once, cached, and found by DiffID only after their bytes were verified."""

import gzip
import io

import pytest

from builders import file, folder, layer
from layertui.core.errors import Damaged, DigestMismatch, Truncated
from layertui.core.layers.cache import cache_files, early_sizes
from layertui.core.layers.cache.catalog import Catalog
from layertui.core.oci.digest import DiffID, digest_of
from layertui.core.progress import Progress

TAR = layer([folder("d"), file("d/a", b"12345"), file("b", b"1")])


class Blob:
    """A layer in memory that counts how often it is opened."""

    media_type = ""
    is_remote = False
    contents = None

    def __init__(self, tar=TAR, stored=None, diff_id=None, source=None):
        self._stored = tar if stored is None else stored
        self.diff_id = DiffID(diff_id or digest_of(tar))
        self.source = source
        self.size = len(self._stored)
        self.opened = 0

    def current_source(self):
        return self.source

    def open(self):
        return io.BytesIO(self._stored)

    def open_at(self):
        self.opened += 1
        return io.BytesIO(self._stored)


class Counting(io.BytesIO):
    """It counts what is read."""

    count = 0

    def read(self, size=-1):
        got = super().read(size)
        self.count += len(got)
        return got


def names(table):
    return [table.path(row) for row in range(len(table))]


def test_a_table_is_read_once_and_then_found_on_disk(tmp_path):
    blob = Blob()
    first = Catalog(tmp_path)
    assert names(first.table(blob)) == ["/b", "/d", "/d/a"]
    first.table(blob)
    opened = blob.opened
    assert names(Catalog(tmp_path).table(blob)) == ["/b", "/d", "/d/a"]
    assert blob.opened == opened


def test_a_layer_that_changes_while_it_is_read_is_refused(tmp_path):
    blob = Blob(source="before")
    blob.current_source = lambda: "after"
    with pytest.raises(Damaged, match="changed while it was read"):
        Catalog(tmp_path).table(blob)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_changed_since_is_not_taken_as_verified(tmp_path):
    blob, catalog = Blob(source="before"), Catalog(tmp_path)
    catalog.verify([blob])
    assert catalog._layers.is_proven(blob)
    blob.current_source = lambda: "after"
    assert not catalog._layers.is_proven(blob)


def test_a_damaged_cache_file_is_made_anew(tmp_path):
    Catalog(tmp_path).table(Blob())
    for path in tmp_path.iterdir():
        path.write_bytes(path.read_bytes()[:50])
    assert names(Catalog(tmp_path).table(Blob())) == ["/b", "/d", "/d/a"]


def test_a_lie_about_a_diff_id_reaches_no_honest_layer(tmp_path):
    liar = Blob(layer([file("evil")]), diff_id=digest_of(TAR), source="elsewhere")
    catalog = Catalog(tmp_path)
    assert names(catalog.table(liar)) == ["/evil"]
    assert names(catalog.table(Blob())) == ["/b", "/d", "/d/a"]
    assert names(Catalog(tmp_path).table(Blob())) == ["/b", "/d", "/d/a"]
    with pytest.raises(DigestMismatch):
        catalog.verify([liar])


def test_a_verified_table_is_found_under_its_diff_id(tmp_path):
    here = Blob(source="here")
    catalog = Catalog(tmp_path)
    catalog.table(here)
    catalog.verify([here])
    trusted = Blob()
    assert names(Catalog(tmp_path).table(trusted)) == ["/b", "/d", "/d/a"]
    assert trusted.opened == 0


def test_compressed_layers_are_read_and_verified(tmp_path):
    blob = Blob(stored=gzip.compress(TAR), source="gz")
    catalog = Catalog(tmp_path)
    stack = catalog.stack([blob])
    assert stack.open(stack.view().get("/d/a")).read() == b"12345"
    catalog.verify([blob])
    assert catalog.content_sizes([blob])[0] == 6


@pytest.mark.parametrize("worth", [1, 1 << 40])
def test_sizes_are_the_same_whichever_process_finds_them(worth, monkeypatch):
    monkeypatch.setattr(early_sizes, "WORTH_A_PROCESS", worth)
    tars = [layer([file("f", bytes(size))]) for size in (3000, 0, 1, 700, 5000)]
    blobs = [Blob(tar) for tar in tars[:3]] + [Blob(tar, gzip.compress(tar)) for tar in tars[3:]]
    assert Catalog(None).content_sizes(blobs) == [3000, 0, 1, 700, 5000]
    for place in range(5):
        damaged = [*blobs[:place], Blob(TAR, TAR[:700]), *blobs[place + 1 :]]
        with pytest.raises(Truncated):
            Catalog(None).content_sizes(damaged)


def test_content_size_needs_no_table():
    catalog = Catalog(None)
    assert catalog.content_sizes([Blob()])[0] == 6
    assert len(catalog._layers._tables) == 0


def test_content_size_counts_a_name_that_comes_twice_once():
    tar = layer([file("a", b"123"), file("a", b"12345")])
    assert Catalog(None).content_sizes([Blob(tar)])[0] == Catalog(None).table(Blob(tar)).size == 5


def test_a_stack_is_laid_once(tmp_path):
    catalog = Catalog(tmp_path)
    assert catalog.stack([Blob(), Blob()]) is catalog.stack([Blob(), Blob()])


def test_how_much_there_is_to_read_is_reported_where_it_is_known(tmp_path):
    large = layer([file("large", b"x" * 200_000)])
    told = Progress()
    Catalog(tmp_path / "a").stack([Blob(), Blob(large)], told)
    assert (told.what, told.total) == ("reading layers", len(TAR) + len(large))
    assert told.total - 2 * 10240 <= told.done <= told.total  # a tar's last blocks need not be read
    Catalog(tmp_path / "b").stack([Blob(), Blob(large, gzip.compress(large))], told)
    assert told.total is None


def test_a_cut_layer_is_truncated_and_leaves_no_table(tmp_path):
    catalog = Catalog(tmp_path)
    with pytest.raises(Truncated):
        catalog.table(Blob(TAR, stored=TAR[:1026]))
    assert list(tmp_path.iterdir()) == []


def test_a_stack_that_was_laid_takes_no_more_memory_than_one_that_was_kept(tmp_path):
    blobs = [Blob(source="1:2"), Blob(layer([file("b", b"2")]), source="1:3")]
    laid, kept = Catalog(tmp_path).stack(blobs), Catalog(tmp_path).stack(blobs)
    assert not laid.born.flags.owndata, "its columns are the file's"
    assert laid.gone.tolist() == kept.gone.tolist()
    assert names(laid.table(2)) == ["/b"]
    assert Catalog(None).stack(blobs).gone.tolist() == kept.gone.tolist()


def test_the_cache_stays_within_its_limit(tmp_path, monkeypatch):
    catalog = Catalog(tmp_path)
    catalog.stack([Blob()])
    size = sum(path.stat().st_size for path in tmp_path.iterdir())
    monkeypatch.setattr(cache_files, "LIMIT", size * 2)
    for number in range(5):
        catalog.stack([Blob(layer([file(f"f{number}")]))])
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= size * 2


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path):
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert len(Catalog(tmp_path / "cache").table(Blob())) == 3


def test_a_stack_is_proven_while_it_is_laid(tmp_path):
    assert len(Catalog(tmp_path).proven_stack([Blob(source="a"), Blob(source="b")])) == 2
    with pytest.raises(DigestMismatch):
        Catalog(tmp_path).proven_stack([Blob(source="a"), Blob(source="c", diff_id=digest_of(b""))])


def test_a_compressed_layer_is_proven_and_read_in_one_pass(tmp_path):
    blob = Blob(stored=gzip.compress(TAR), source="here")
    read = []
    blob.open = lambda: read.append(1) or io.BytesIO(blob._stored)
    catalog = Catalog(tmp_path)
    assert names(catalog.proven_stack([blob]).table(1)) == ["/b", "/d", "/d/a"]
    assert (len(read), blob.opened) == (1, 1)  # a look at what it is stored as, and the pass
    assert names(Catalog(tmp_path).table(Blob())) == ["/b", "/d", "/d/a"]


def test_a_compressed_layer_that_is_only_looked_at_is_unpressed_once(tmp_path):
    tar = layer([file(f"{number:0200}", bytes(100)) for number in range(300)])  # each with an extended header
    blob = Blob(tar, stored=gzip.compress(tar), source="here")
    read = []
    blob.open_at = lambda: read.append(Counting(blob._stored)) or read[-1]
    assert len(Catalog(tmp_path).stack([blob]).table(1)) == 300
    assert Catalog(None).content_sizes([blob])[0] == 300 * 100
    assert sum(stream.count for stream in read) < 3 * len(blob._stored)


def test_a_compressed_layer_that_lies_leaves_no_table(tmp_path):
    other = layer([file("evil")])
    with pytest.raises(DigestMismatch):
        Catalog(tmp_path).proven_stack([Blob(other, gzip.compress(other), digest_of(TAR), "here")])
    assert names(Catalog(tmp_path).table(Blob())) == ["/b", "/d", "/d/a"]


def test_what_was_proven_once_is_not_summed_again(tmp_path):
    class Closed(Blob):
        def open(self):
            raise AssertionError("summed again")

    Catalog(tmp_path).verify([Blob(source="here")])
    Catalog(tmp_path).verify([Closed(source="here")])
    with pytest.raises(AssertionError):
        Catalog(tmp_path).verify([Closed(source="elsewhere")])
    with pytest.raises(AssertionError):
        Catalog(None).verify([Closed(source="here")])


def test_a_proven_table_is_found_under_its_diff_id(tmp_path):
    Catalog(tmp_path).proven_stack([Blob(source="here")])
    stored = Blob()
    Catalog(tmp_path).stack([stored])
    assert stored.opened == 0


def test_the_bytes_of_a_layer_are_added_up_once(tmp_path):
    first = Blob()
    assert Catalog(tmp_path).content_sizes([first])[0] == 6
    again = Blob()
    assert Catalog(tmp_path).content_sizes([again])[0] == 6
    assert (first.opened, again.opened) == (1, 0)


def test_a_second_opening_reads_no_archive_and_only_the_tables_it_needs(tmp_path):
    Catalog(tmp_path).stack([Blob(source="a"), Blob(layer([file("d/a", b"new")]), source="b")])
    lower, upper = Blob(source="a"), Blob(layer([file("d/a", b"new")]), source="b")
    stack = Catalog(tmp_path).stack([lower, upper])
    view = stack.view()
    assert [(entry.path, entry.layer) for entry in view] == [("/b", 1), ("/d", 1), ("/d/a", 2)]
    assert (lower.opened, upper.opened) == (0, 0)
    assert stack.open(view.get("/d/a")).read() == b"new"


def test_counts_are_kept_and_proven_where_asked(tmp_path):
    blobs = [Blob(source="a"), Blob(layer([file("b", b"22")]), source="b")]
    first = Catalog(tmp_path).counts(blobs, proven=True)
    assert [(one.entries, one.added, one.modified, one.removed, one.size) for one in first] == [
        (3, 3, 0, 0, 6),
        (1, 0, 1, 0, 2),
    ]
    opened = [blob.opened for blob in blobs]
    assert Catalog(tmp_path).counts(blobs, proven=True) == first
    assert [blob.opened for blob in blobs] == opened
    for path in tmp_path.glob("*.counts"):
        path.write_bytes(path.read_bytes().replace(b"1", b"7"))
    assert Catalog(tmp_path).counts(blobs) == first


def test_counts_that_were_only_looked_at_are_summed_when_they_must_be_true(tmp_path):
    liar = Blob(layer([file("evil")]), diff_id=digest_of(TAR), source="elsewhere")
    Catalog(tmp_path).counts([liar])
    with pytest.raises(DigestMismatch):
        Catalog(tmp_path).counts([liar], proven=True)
