import pytest

from layertui.core.containers.model.container_names import checked, new_id, random_name
from layertui.core.errors import UsageError


def test_ids_are_64_hex_digits_and_no_number_in_front():
    for _ in range(50):
        made = new_id()
        assert len(made) == 64
        assert int(made, 16) >= 0
        assert not made[:12].isdigit()


def test_names_are_two_words():
    how, who = random_name(lambda _: False).split("_")
    assert how.isalpha()
    assert who.isalpha()
    assert checked(f"{how}_{who}") == f"{how}_{who}"


def test_a_name_that_is_taken_is_not_made_up():
    seen = set()

    def taken(name):
        seen.add(name)
        return len(seen) < 60

    assert random_name(taken) in seen
    assert len(seen) == 60


@pytest.mark.parametrize("name", ["ab", "a.b", "A-b_c.1", "0x", "/web"])
def test_names(name):
    assert checked(name) == name.removeprefix("/")


@pytest.mark.parametrize("name", ["", "a", ".a", "-ab", "a b", "a/b", "ä1", "a\n", "ab\n"])
def test_no_names(name):
    with pytest.raises(UsageError):
        checked(name)
