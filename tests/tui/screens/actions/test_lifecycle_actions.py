"""What the keys of a container's life do in each of its states, and why they do nothing; asked without an app."""

from types import SimpleNamespace

import pytest

from layertui.core.containers.model.container import State
from layertui.tui.screens.actions.lifecycle_actions import LIFE_KEYS, SHELL_KEY, LifeActions


class Screen:
    """Answers every question at once, with what the inspector's verb answers."""

    engine = ""
    host = SimpleNamespace(confirm="destructive")

    def __init__(self, inspector):
        self.inspector, self.told, self.titles, self.logged = inspector, [], [], []

    def ask(self, title, call, then, *, group, quiet=False, engine=None):
        self.titles.append((title, group, quiet))
        then(call(self.inspector, None))

    def announce(self, notice, command):
        self.told.append(notice.text)
        self.logged.append(command.words)


class Verbs:
    """An Inspector's containers and all their parts in one: each method answers the container in its next state."""

    def __init__(self):
        self.called = []
        self.containers = self.lifecycle = self.processes = self

    def __getattr__(self, verb):
        def call(name, *_more, **_how):
            self.called.append((verb, name))
            return container(State.PAUSED if verb == "pause" else State.RUNNING, paused_by="signals")

        return call


def container(state, *, tty=False, paused_by=None):
    return SimpleNamespace(name="box", state=state, options=SimpleNamespace(tty=tty), paused_by=paused_by, pid=42)


def part(at):
    screen, changed = Screen(Verbs()), []
    return LifeActions(screen, lambda: at, lambda one, _engine: changed.append(one)), screen, changed


@pytest.mark.parametrize(
    ("state", "possible"),
    [
        (State.CREATED, {"shell", "rename"}),
        (State.RUNNING, {"shell", "pause", "restart", "kill", "rename"}),
        (State.PAUSED, {"unpause", "restart", "kill", "rename"}),
        (State.EXITED, {"shell", "rename"}),
        (State.DEAD, {"rename"}),
        (None, set()),
    ],
)
def test_each_state_has_its_keys_and_the_others_say_why_not(state, possible):
    actions = part(container(state) if state else None)[0].actions()
    assert set(actions) == {binding.action for binding in (*LIFE_KEYS, SHELL_KEY)}
    refusals = {name: action.refusal() for name, action in actions.items()}
    assert {name for name, refusal in refusals.items() if not refusal} == possible
    assert all(
        "\n" not in refusal and ("container" in refusal or "box" in refusal) for refusal in refusals.values() if refusal
    )


def test_attach_is_for_a_container_with_a_terminal():
    assert part(container(State.RUNNING, tty=True))[0].actions()["attach"].refusal() == ""
    assert "-t" in part(container(State.RUNNING))[0].actions()["attach"].refusal()
    assert "s starts it" in part(container(State.CREATED, tty=True))[0].actions()["attach"].refusal()
    assert "z unpauses it" in part(container(State.PAUSED, tty=True))[0].actions()["attach"].refusal()


@pytest.mark.parametrize(
    ("action", "state", "verb"),
    [("pause", State.RUNNING, "pause"), ("unpause", State.PAUSED, "unpause"), ("restart", State.RUNNING, "restart")],
)
def test_a_change_is_asked_for_in_a_job_and_handed_on(action, state, verb):
    actions, screen, changed = part(container(state))
    actions.actions()[action].run()
    assert screen.inspector.called == [(verb, "box")]
    assert [group for _, group, _ in screen.titles] == ["life"]
    assert len(changed) == 1


def test_a_pause_by_signals_says_so():
    actions, screen, changed = part(container(State.RUNNING))
    actions.actions()["pause"].run()
    assert screen.told == ["Paused box (SIGSTOP: no cgroup freezer can be used here)"]
    assert changed[0].state == State.PAUSED


def test_nothing_is_asked_without_a_container():
    actions, screen, changed = part(None)
    for action in actions.actions().values():
        action.run()
    assert not screen.titles
    assert not changed
