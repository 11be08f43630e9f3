"""The parts of home that only compute, asked without an app: state, marks, what an action is about, titles, and refusals."""

from types import SimpleNamespace

import pytest

from layertui.core.containers.model.container import State
from layertui.core.engines.engine import Engine
from layertui.tui.common.selection import Selection
from layertui.tui.screens.home.home_actions import HomeActions
from layertui.tui.screens.home.home_comparing import HomeComparing, Marks
from layertui.tui.screens.home.home_panes import HomeTarget
from layertui.tui.screens.home.home_questions import Listing, layer_rows, listing_without_sizes, step_of, whole_name
from layertui.tui.screens.home.home_state import HomeState
from layertui.tui.screens.home.home_titles import files_notes, files_title
from layertui.tui.widgets.text.text_match import Pattern
from tui_sample import SampleInspector


@pytest.fixture(scope="module")
def inspector(tmp_path_factory):
    return SampleInspector(tmp_path_factory.mktemp("sample"))


def looking_at(inspector, name):
    state = HomeState(Selection().of(name))
    subject = inspector.open(name)
    state.open(subject, tuple(inspector.history(subject)))
    return state


def listing(*containers, has_containers=True, no_start=None):
    return Listing("store", (), containers, {}, {}, no_start, has_containers=has_containers)


# -- the state


def test_what_is_opened_is_looked_at_from_its_top(inspector):
    state = looking_at(inspector, "demo:2.0")
    assert (state.top, state.layer, state.own_number, state.container) == (6, 6, None, None)
    state.count(inspector.layers(state.subject))
    assert state.size == sum(summary.size for summary in state.summaries.values())
    state.selection = state.selection.at_layer(2)
    assert state.layer == 2
    state.close()
    assert (state.subject, state.steps, state.size, state.top) == (None, (), None, 0)


def test_of_a_container_the_writable_layer_is_the_top(inspector):
    state = looking_at(inspector, "container:kind_banzai")
    assert (state.top, state.own_number) == (7, 7)


def test_a_listing_brings_the_state_of_the_container_that_is_looked_at(inspector):
    state = looking_at(inspector, "container:kind_banzai")
    stopped = SimpleNamespace(id=state.container.id, name="kind_banzai", state=State.EXITED)
    state.list(listing(stopped))
    assert state.container is stopped
    assert not state.container_has_gone
    state.list(listing())
    assert state.container_has_gone
    assert state.container is stopped  # looked at until something else is


@pytest.mark.parametrize("name", ["demo:2.0", "container:kind_banzai"])
def test_each_row_of_layers_stands_for_its_step(inspector, name):
    state = looking_at(inspector, name)
    rows = layer_rows(state.steps, {}, state.container)
    steps = [step_of(row, rows, state.steps) for row in rows if row.kind != "own"]
    assert steps == list(reversed(state.steps))
    assert step_of(None, rows, state.steps) is None
    own = [row for row in rows if row.kind == "own"]
    assert [step_of(row, rows, state.steps) for row in own] == [None] * len(own)


# -- marks


def test_of_three_marks_the_oldest_goes_and_each_change_is_reported():
    told = []
    marks = Marks(lambda: told.append(marks.names))
    for name in ("a:1", "b:1", "c:1", "c:1"):
        marks.turn(name)
    assert told == [("a:1",), ("a:1", "b:1"), ("b:1", "c:1"), ("b:1",)]
    marks.keep(["b:1"])
    assert len(told) == 4
    assert marks.clear()
    assert not marks.clear()
    assert told[4:] == [()]


def test_a_mark_on_a_layer_stays_as_long_as_its_image():
    marks = Marks(lambda: None)
    marks.turn("a:1@3..3")
    marks.turn("container:box")
    assert marks.of_layers
    marks.keep(["a:1"])
    assert marks.names == ("a:1@3..3",)
    assert (whole_name("a:1@3..3"), whole_name("a:1@2"), whole_name("me@host/a:1")) == ("a:1", "a:1", "me@host/a:1")


def test_two_are_compared_and_never_one_with_itself():
    marks = Marks(lambda: None)
    assert marks.pair("a:1") is None
    marks.turn("a:1")
    assert marks.pair("a:1") is None
    assert marks.pair("b:1") == ("a:1", "b:1")
    marks.turn("c:1")
    assert marks.pair("b:1") == ("a:1", "c:1")


# -- what an action is about


def rows(current=None, items=None, **more):
    shown = [current] if current is not None else []
    return SimpleNamespace(current=current, items=shown if items is None else items, **more)


def panes(focused, image=None, container=None, entry=None, engine=""):
    files = SimpleNamespace(entry=entry, path=entry and entry.path, index=-1 if entry is None else 0, order="name")
    images = rows(image and SimpleNamespace(key=image, local=image, engine=engine))
    containers = rows(container and SimpleNamespace(container=container, engine=engine))
    layers = rows(all_rows=())
    return SimpleNamespace(
        focused=focused, images=images, containers=containers, files=files, layers=layers, lists={}, details=None
    )


@pytest.mark.parametrize(
    ("focused", "looked_at", "image", "container"),
    [
        ("images", "demo:2.0", "busybox:latest", None),
        ("containers", "demo:2.0", None, "box"),
        ("layers", "demo:2.0", "demo:2.0", None),
        ("files", "container:kind_banzai", None, "kind_banzai"),
        ("details", "container:kind_banzai", None, "kind_banzai"),
    ],
)
def test_an_action_is_about_what_the_cursor_is_on_else_about_what_is_looked_at(
    inspector, focused, looked_at, image, container
):
    here = panes(focused, "busybox:latest", SimpleNamespace(name="box"), SimpleNamespace(path="/etc"))
    target = HomeTarget(looking_at(inspector, looked_at), here)
    assert target.image_name == image
    assert (target.container and target.container.name) == container
    assert target.path == ("/etc" if focused == "files" else None)


def test_on_an_empty_store_each_reason_names_the_key_that_helps():
    target = HomeTarget(HomeState(listing=listing()), panes("images"))
    assert target.no_image("create") == "create needs an image: L loads one"
    assert target.no_container("start") == "start needs a container: c creates one of an image"
    assert target.no_subject("look up") == "look up needs an image or a container: L loads an image"


def test_before_anything_is_listed_the_reason_is_that():
    target = HomeTarget(HomeState(), panes("images"))
    assert target.no_image("create") == "create: still loading"
    assert target.no_container("start") == "start: still loading"


def test_in_another_pane_the_reason_names_the_pane():
    target = HomeTarget(HomeState(listing=listing()), panes("containers", image="busybox:latest"))
    assert target.no_image("create") == "create needs an image: 1 leads to the images"
    box = SimpleNamespace(name="box")
    target = HomeTarget(HomeState(listing=listing()), panes("images", image="busybox:latest", container=box))
    assert target.no_container("start") == "start needs a container: 2 leads to the containers"


def test_what_is_not_open_yet_is_named(inspector):
    state = HomeState(Selection().of("demo:2.0"))
    assert HomeTarget(state, panes("layers")).not_in_layers("size map") == "size map: still loading"
    state.listing = listing()
    target = HomeTarget(state, panes("layers"))
    assert target.not_in_layers("this layer alone").endswith("that is open, and demo:2.0 is not")
    state = looking_at(inspector, "demo:2.0")
    assert HomeTarget(state, panes("layers")).not_in_layers("this layer alone") == ""
    assert "3 and 4" in HomeTarget(state, panes("images")).not_in_layers("this layer alone")


def refusals(state, here):
    acting = HomeActions(None, state, here, HomeTarget(state, here), None, None, None, None)
    return {name: action.refusal() for name, action in acting.actions().items()}


@pytest.mark.parametrize(
    ("state", "start", "stop"),
    [
        (State.CREATED, "", "box is created, not running"),
        (State.RUNNING, "box is running already", ""),
        (State.PAUSED, "box is paused already", ""),
        (State.EXITED, "", "box is exited, not running"),
    ],
)
def test_a_container_is_started_or_stopped(state, start, stop):
    box = SimpleNamespace(name="box", state=state)
    home = HomeState(listing=listing(box))
    why = refusals(home, panes("containers", container=box))
    assert (why["start"], why["stop"]) == (start, stop)
    assert why["delete"] == why["take_out"] == why["write"] == ""


def test_where_nothing_can_start_a_container_the_reason_is_that():
    box = SimpleNamespace(name="box", state=State.CREATED)
    home = HomeState(listing=listing(box, no_start="no runtime passed its probe"))
    assert refusals(home, panes("containers", container=box))["start"] == "no runtime passed its probe"


def test_where_there_are_no_containers_none_is_created_or_written_to():
    home = HomeState(listing=listing(has_containers=False))
    why = refusals(home, panes("images", image="busybox:latest"))
    assert why["create"] == "create: there are no containers here"
    assert why["write"] == "write: there are no containers here"
    assert why["tag"] == ""


def test_what_an_engine_cannot_do_is_the_reason_for_rows_of_it_alone():
    cannot = {"images": "it cannot change images", "files": "it cannot reach files"}
    home = HomeState(listing=listing(), engines=("two",), others={"two": listing()._replace(refusals=cannot)})
    box = SimpleNamespace(name="box", state=State.CREATED)
    for engine, images, files in (("two", "it cannot change images", "it cannot reach files"), ("", "", "")):
        why = refusals(home, panes("images", image="shop:1", engine=engine))
        assert (why["tag"], why["delete"], why["create"]) == (images, images, "")
        why = refusals(home, panes("containers", container=box, engine=engine))
        assert (why["write"], why["take_out"], why["start"]) == (files, files, "")


def test_an_engine_that_is_only_read_says_so_before_a_dialog_opens():
    images = SimpleNamespace(list=list, unreadable=len)
    engine = Engine("containerd", images, read_only="containerd is only read")
    found = listing_without_sizes(SimpleNamespace(engine=engine, images=images))
    home = HomeState(listing=listing(), engines=("containerd",), others={"containerd": found})
    why = refusals(home, panes("images", image="shop:1", engine="containerd"))
    assert (why["delete"], why["tag"]) == ("containerd is only read", "containerd is only read")


def test_of_several_engines_those_show_that_are_not_hidden_and_are_named_that_have_something():
    box = SimpleNamespace(name="box", state=State.CREATED)
    one, two, three = (
        listing(*there)._replace(engine_name=name) for name, *there in (("one",), ("two", box), ("three",))
    )
    home = HomeState(listing=one, engines=("two", "three", "silent"), others={"three": three, "two": two})
    assert [there.engine_name for there in home.shown] == ["one", "two", "three"]
    assert [there.engine_name for there in home.filled] == ["two"]
    home.hidden = frozenset({"two"})
    assert [there.engine_name for there in home.filled] == ["one"]


# -- what is compared


def comparing(state, here, *marked):
    marks = Marks(lambda: None)
    for name in marked:
        marks.turn(name)
    return HomeComparing(state, here, HomeTarget(state, here), marks, None)


def test_a_container_is_compared_with_its_image_and_an_image_with_the_one_that_is_looked_at(inspector):
    state = looking_at(inspector, "container:kind_banzai")
    assert comparing(state, panes("files")).pair() == (str(state.container.image_id), "container:kind_banzai")
    state = looking_at(inspector, "demo:2.0")
    assert comparing(state, panes("files")).pair() is None
    assert comparing(state, panes("files"), "demo:1.0").pair() == ("demo:1.0", "demo:2.0")


# -- titles


def test_the_title_of_files_says_as_of_which_layer(inspector):
    state = HomeState()
    assert files_title(state) == "Files"
    state = looking_at(inspector, "container:kind_banzai")
    assert files_title(state) == "Files as of layer 6 + writable layer"
    state.selection = state.selection.turned()
    assert files_title(state) == "Files of the writable layer only"
    state.selection = state.selection.at_layer(3)
    assert files_title(state) == "Files of layer 3 only"
    state.selection = state.selection.turned()
    assert files_title(state) == "Files as of layer 3"


def test_the_notes_of_files_say_what_is_hidden():
    class View:
        total_size = 2048

        def __len__(self):
            return 1234

    state = HomeState(only_changes=True, with_removed=True)
    assert files_notes(state, None, None, None, "name") == []
    assert files_notes(state, View(), None, 7, "size") == [
        "1,234 entries",
        "2.05kB",
        "only changes",
        "with removed",
        "by size",
    ]
    assert files_notes(HomeState(), View(), Pattern.of("etc"), 7, "name") == ["/ etc", "7 of 1,234"]
