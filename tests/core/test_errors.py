"""The error tree: exit codes, and one line for whatever the disk says."""

import errno
import inspect

import pytest

from layertui.core import errors


def tree():
    return [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, Exception)]


def test_every_error_descends_from_one_root():
    assert all(issubclass(kind, errors.LayertuiError) for kind in tree())


def test_the_drawing_at_the_top_names_every_error():
    assert errors.__doc__ is not None
    assert {kind.__name__ for kind in tree()} == {
        word for word in errors.__doc__.replace("├── ", " ").replace("└── ", " ").split() if hasattr(errors, word)
    }


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.NotFound, 1),
        (errors.UsageError, 2),
        (errors.RuntimeUnavailable, 125),
        (errors.CommandNotExecutable, 126),
        (errors.CommandNotFound, 127),
        (errors.Cancelled, 130),
    ],
)
def test_each_error_knows_what_a_process_ends_with(kind, code):
    assert kind("why").exit_code == code


def test_what_the_disk_says_becomes_one_line_with_place_and_advice():
    line = str(errors.storage_error(OSError(errno.ENOSPC, "No space left on device"), "/var/x"))
    assert line.startswith("/var/x: No space left on device; ")
    assert "\n" not in line


def test_the_place_comes_from_the_error_where_no_other_is_given():
    with (
        pytest.raises(errors.StorageError, match=r"^/nowhere/at/all: No such file or directory$"),
        errors.as_storage_error(),
    ):
        open("/nowhere/at/all", "rb")


def test_an_error_without_a_number_still_says_something():
    assert str(errors.storage_error(OSError("odd"))) == "odd"
    assert str(errors.storage_error(OSError())) == "OSError"


def test_cancelled_needs_no_message():
    assert str(errors.Cancelled()) == "cancelled"
