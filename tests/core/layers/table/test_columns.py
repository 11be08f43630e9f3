"""Columns in a file: what was written is read, and what is damaged is None."""

import numpy as np
import pytest

from layertui.core.layers.table.columns import narrow, read_columns, write_columns


def test_columns_come_back_as_written(tmp_path):
    columns = {"a": np.arange(5), "none": np.empty(0, np.int32), "bytes": np.frombuffer(b"xyz", np.uint8)}
    write_columns(tmp_path / "f", {"x": [1, "y"]}, columns)
    meta, found = read_columns(tmp_path / "f")
    assert meta == {"x": [1, "y"]}
    for name, column in columns.items():
        assert found[name].tolist() == column.tolist()
        assert found[name].dtype == column.dtype


def test_no_file_is_none(tmp_path):
    assert read_columns(tmp_path / "absent") is None


@pytest.mark.parametrize("cut", [0, 5, 30, -1])
def test_a_cut_file_is_none(tmp_path, cut):
    write_columns(tmp_path / "f", {}, {"a": np.arange(100)})
    whole = (tmp_path / "f").read_bytes()
    (tmp_path / "f").write_bytes(whole[:cut])
    assert read_columns(tmp_path / "f") is None


def test_a_heading_that_is_no_json_is_none(tmp_path):
    write_columns(tmp_path / "f", {}, {"a": np.arange(100)})
    whole = bytearray((tmp_path / "f").read_bytes())
    whole[30] = 0xFF
    (tmp_path / "f").write_bytes(whole)
    assert read_columns(tmp_path / "f") is None


@pytest.mark.parametrize(
    ("values", "dtype"),
    [([], "int8"), ([1, -1], "int8"), ([128], "int16"), ([40000], "int32"), ([2**40, -1], "int64")],
)
def test_narrow_keeps_the_numbers(values, dtype):
    column = narrow(np.array(values, np.int64))
    assert column.tolist() == values
    assert column.dtype == dtype


def test_no_bit_may_be_other_than_written(tmp_path):
    write_columns(tmp_path / "f", {"x": 1}, {"a": np.arange(3), "b": np.frombuffer(b"abc", np.uint8)})
    whole = (tmp_path / "f").read_bytes()
    for at in range(len(whole)):
        damaged = bytearray(whole)
        damaged[at] ^= 0x10
        (tmp_path / "f").write_bytes(damaged)
        assert read_columns(tmp_path / "f") is None
