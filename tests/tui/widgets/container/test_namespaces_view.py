from dataclasses import replace

from layertui.core.containers.model.container import State
from layertui.core.containers.observe.namespaces import Namespaces
from layertui.tui.widgets.container.namespaces_view import NamespacesView, sentence
from tui_stage import Stage

HOST = {"uts": 3, "mnt": 1, "pid": 2, "new": 9}
CREATED = Namespaces(State.CREATED, 0, HOST)
RUNNING = Namespaces(State.RUNNING, 42, HOST, {"mnt": 11, "pid": 12, "uts": 3, "new": 9}, ("mnt", "pid"))


class OneView(Stage):
    def compose(self):
        yield NamespacesView()


def test_the_sentence_says_what_create_did_and_start_did():
    assert sentence(CREATED) == "created, never started: a writable layer; no process, no namespaces"
    assert sentence(RUNNING) == "running, process 42: 2 namespaces of its own, the rest are the host's"
    assert "the writable layer is kept" in sentence(Namespaces(State.EXITED, 0, HOST))


async def test_before_and_after_stand_beside_the_host():
    app = OneView()
    async with app.run_test(size=(120, 12)) as pilot:
        view = app.query_one(NamespacesView)
        view.show(RUNNING, CREATED)
        await pilot.pause()
        lines = [view.render_line(y).text.split() for y in range(2, 6)]
        assert lines[0][:5] == ["▌●", "mnt", "1", "–", "11"]
        assert lines[2] == ["uts", "3", "–", "3", "the", "host's", "own"]
        assert lines[3][0] == "new"  # a kind not known comes last


async def test_each_title_is_above_its_column():
    processes = {"mnt": (42, 43)}
    app = OneView()
    async with app.run_test(size=(120, 12)) as pilot:
        view = app.query_one(NamespacesView)
        view.show(replace(RUNNING, processes=processes), None)
        await pilot.pause()
        head, first = (view.render_line(y).text for y in (1, 2))
        assert head.index("processes") == first.index("42 43")
        assert head.index("keeps apart") == first.index("mounts:")
