import pytest

from layertui.core.analysis.byte_counts import bytes_from


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("0", 0),
        ("1,000", 1000),
        ("20MB", 20_000_000),
        ("20 mb", 20_000_000),
        ("1.5kB", 1500),
        (".5K", 500),
        ("1GiB", 1 << 30),
        ("2Mi", 2 << 20),
        ("7B", 7),
        ("3t", 3 * 10**12),
    ],
)
def test_as_dive_reads_them(text, count):
    assert bytes_from(text) == count


@pytest.mark.parametrize("text", ["", "MB", "-1", "1e9", "20XB", "1iB", "1.2.3", "nan", "1 M B", "²"])
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match="is no number of bytes"):
        bytes_from(text)
