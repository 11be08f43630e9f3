"""IDs of the steps of a history: those that the engine has, and `None` where it has none or cannot say."""

from hashlib import sha256
from types import SimpleNamespace

import pytest

from builders import docker_archive, file, image, layer
from layertui.core.engines.daemon.images.image_answers import step_id
from layertui.core.errors import Cancelled, NotFound, Unreachable
from layertui.core.images.archive.archive import open_archive
from layertui.core.images.history_steps import steps
from layertui.core.inspector.look.step_ids import step_ids
from layertui.core.inspector.subject import Subject
from layertui.core.oci.digest import Digest

BELOW, BETWEEN = (Digest(f"sha256:{letter * 64}") for letter in "ab")
BUILT = image([layer([file("a")]), layer([file("b")])], history=["ADD a", "ENV A=1", "ADD b"], empty=[1])
ID = Digest(f"sha256:{sha256(BUILT.config).hexdigest()}")


class Images:
    def __init__(self, answer):
        self.answer = answer

    def step_ids(self, image_id):
        assert image_id == ID
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def found(tmp_path):
    with open_archive(docker_archive([BUILT], tmp_path / "built.tar")) as archive:
        opened = archive.images[0]
        assert opened.id == ID

        def ask(answer, **part):
            subject = Subject("x", opened, engine=SimpleNamespace(images=answer), **part)
            return step_ids(subject, steps(opened))

        yield ask


def test_the_engines_own_are_given(found):
    other = Digest(f"sha256:{'c' * 64}")  # of the manifest, with containerd's store
    assert found(Images((BELOW, BETWEEN, other))) == [BELOW, BETWEEN, other]
    assert found(Images((BELOW, None, None))) == [BELOW, None, ID]


@pytest.mark.parametrize("answer", [(), (BELOW, ID), NotFound("gone"), Unreachable("off"), None])
def test_else_the_newest_step_alone_has_one(answer, found):
    images = SimpleNamespace() if answer is None else Images(answer)
    assert found(images) == [None, None, ID]
    assert found(Images((BELOW, BETWEEN, ID)), upto=2) == [None, None, ID]


def test_who_cancels_sees_no_history(found):
    with pytest.raises(Cancelled):
        found(Images(Cancelled("no")))


@pytest.mark.parametrize("text", ["<missing>", "sha256:<missing>", None, 7, "", "a" * 63, f"md5:{'a' * 64}"])
def test_an_id_that_is_none(text):
    assert step_id({"Id": text}) is None


def test_an_id_with_and_without_its_algorithm():
    assert step_id({"Id": "a" * 64}) == step_id({"Id": BELOW}) == BELOW
