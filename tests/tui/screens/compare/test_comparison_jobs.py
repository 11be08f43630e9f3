"""What is asked of a comparison, without a screen."""

import pytest

from immediate import Done, Heard, Immediate
from layertui.core.errors import NotFound
from layertui.core.layers.diff.file_changes import ChangeFilter
from layertui.tui.screens.compare.compare_layout import details_height
from layertui.tui.screens.compare.comparison_jobs import ComparisonJobs
from layertui.tui.widgets.compare.change_choice import ChangeChoice
from tui_values import built, flat
from tui_world import World


@pytest.fixture
def world(tmp_path):
    return World(tmp_path, *built(), flat())


def compared(world, a, b):
    heard = Heard()
    jobs = ComparisonJobs(Immediate(world.inspector), heard, a, b)
    assert jobs.report is None
    jobs.compare(a, b)
    return jobs, heard


def paths(chosen):
    return [change.path for change in chosen.tree.changes]


def test_histories_come_before_files_and_files_before_those_that_are_shown(world):
    jobs, heard = compared(world, "demo:1.0", "demo:2.0")
    assert heard.names == ["show_names", "show_histories", "show_files", "show_chosen", "show_packages"]
    assert heard.last("show_histories")[0].files is None
    assert heard.last("show_files")[0].packages is None
    assert heard.last("show_packages") == [jobs.report]
    assert jobs.files_known


def test_the_files_of_a_layer_or_of_a_text_are_chosen(world):
    jobs, heard = compared(world, "demo:1.0", "demo:2.0")
    jobs.choose_files(ChangeChoice(text="passwd"))
    assert paths(heard.last("show_chosen")[0]) == ["/etc/passwd"]
    jobs.choose_layers(None, 6, ChangeChoice())
    assert paths(heard.last("show_chosen")[0]) == ["/etc/passwd", "/var", "/var/cache"]
    jobs.choose_layers(None, 6, ChangeChoice(ignoring=ChangeFilter(), text="cache"))
    assert paths(heard.last("show_chosen")[0]) == ["/var/cache"]


def test_what_was_chosen_before_is_shown_of_the_same_two_swapped(world):
    jobs, heard = compared(world, "demo:1.0", "demo:2.0")
    jobs.compare("demo:2.0", "demo:1.0", ChangeChoice(text="passwd"))
    assert paths(heard.last("show_chosen")[0]) == ["/etc/passwd"]
    assert (jobs.a, jobs.b) == ("demo:2.0", "demo:1.0")


def test_a_name_that_is_not_there_fails_and_nothing_is_known(world):
    jobs, heard = compared(world, "demo:1.0", "nobody:1")
    assert heard.names == ["show_names", "show_failed"]
    assert isinstance(heard.last("show_failed")[0], NotFound)
    jobs.choose_files(ChangeChoice())
    jobs.choose_layers(None, 6, ChangeChoice())
    assert heard.names == ["show_names", "show_failed"]


def test_stopping_the_packages_leaves_the_files(world):
    heard = Heard()
    screen = Immediate(world.inspector)
    jobs = ComparisonJobs(screen, heard, "demo:1.0", "demo:2.0")
    jobs.compare("demo:1.0", "demo:2.0")
    screen.stopped()
    assert (heard.names[-1], "show_stopped" in heard.names) == ("show_no_packages", False)
    assert jobs.files_known


def test_only_the_newest_comparison_is_said_to_be_stopped(world):
    heard = Heard()
    screen = Immediate(world.inspector)
    jobs = ComparisonJobs(screen, heard, "demo:1.0", "demo:2.0")
    later = screen.ask
    screen.ask = lambda *args, group, **given: later(*args, group=group, **given) if group == "compare" else Done()
    jobs.compare("demo:1.0", "demo:2.0")
    screen.stopped()
    assert heard.names[-1] == "show_stopped"
    screen.ask = lambda *_, **__: Done(over=False)
    jobs.compare("demo:2.0", "demo:1.0")
    screen.stopped()  # of the older one
    assert heard.names[-1] == "show_names"


@pytest.mark.parametrize(
    ("both", "rows", "narrow", "zoomed", "wanted"),
    [
        (40, 10, False, False, 26),  # the list takes its ten rows, two of its head, two of its frame
        (40, 100, False, False, 11),
        (40, 100, True, False, 9),
        (40, 2, False, False, 30),
        (40, 100, False, True, 30),
    ],
)
def test_a_list_takes_the_lines_it_needs_and_the_details_the_rest(both, rows, narrow, zoomed, wanted):
    assert details_height(both, rows, 2, narrow=narrow, zoomed=zoomed) == wanted
