import pytest

from layertui.core.containers.model.container import Container, State, require
from layertui.core.errors import WrongState
from layertui.core.oci.digest import Digest

DIGEST = Digest("sha256:" + "0" * 64)


def container(state):
    return Container(
        id="ab" * 32, name="web", image="x", image_id=DIGEST, manifest=DIGEST, command=("sh",), created="", state=state
    )


@pytest.mark.parametrize(
    ("verb", "states"),
    [
        ("start", "created running exited"),
        ("kill", "running paused"),
        ("exec", "running"),
        ("pause", "running"),
        ("unpause", "paused"),
        ("remove", "created exited dead"),
        ("write to", "created running paused exited"),
    ],
)
def test_which_verb_in_which_state(verb, states):
    for state in State:
        if state in states.split():
            require(container(state), verb)
        else:
            with pytest.raises(WrongState, match=f"cannot {verb} container web: it is {state}"):
                require(container(state), verb)


def test_who_is_alive():
    assert [state for state in State if state.alive] == [State.RUNNING, State.PAUSED]


def test_the_short_id():
    assert container(State.CREATED).short_id == "abababababab"
