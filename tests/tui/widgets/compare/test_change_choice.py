from builders import file, folder
from layertui.core.layers.diff.file_changes import BUT_CONTENT, ChangeFilter
from layertui.core.progress import Progress
from layertui.tui.widgets.compare.change_choice import ChangeChoice, OfLayer, choose, choose_first
from tui_values import changes, differences


def paths(chosen):
    return [change.path for change in chosen.tree.changes]


def test_at_first_only_contents_and_the_rest_is_counted():
    chosen = choose_first(changes(), Progress())
    assert chosen.choice.ignoring == BUT_CONTENT
    assert "/etc/motd" in paths(chosen)
    assert not {"/srv/run.sh", "/srv/owned", "/srv/touched"} & set(paths(chosen))
    assert chosen.hidden == 3
    assert chosen.bars[0].path == "/usr/lib"


def test_what_is_not_ignored_counts():
    assert "/srv/run.sh" in paths(choose(changes(), ChangeChoice(ChangeFilter(time=True, owner=True)), Progress()))
    assert choose(changes(), ChangeChoice(ChangeFilter()), Progress()).hidden == 0


def test_where_no_content_differs_the_rest_is_shown():
    chosen = choose_first(differences([file("a", "x")], [file("a", "x", mtime=5)]), Progress())
    assert (paths(chosen), chosen.choice.ignoring) == (["/a"], ChangeFilter())
    assert paths(choose_first(differences([file("a")], [file("a")]), Progress())) == []


def test_a_text_is_looked_for_in_the_path_and_a_glob_in_the_name():
    def found(text):
        return paths(choose(changes(), ChangeChoice(text=text), Progress()))

    assert found("PASSWD") == []
    assert found("passwd") == ["/etc/passwd"]
    assert found("*.so") == ["/usr/lib/python3.11.so", "/usr/lib/python3.12.so"]
    assert found("/^r/") == ["/usr/lib/python3.12/re.py"]
    assert len(found("usr/lib")) == 6


def test_of_one_layer_what_it_brings_and_what_it_removes():
    changed = differences(
        [folder("a"), file("a/x", "1"), file("a/y", "1"), file("b", "1")], [folder("a"), file("b", "2"), file("c", "2")]
    )
    assert paths(choose(changed, ChangeChoice(layers=(None, OfLayer(1))), Progress())) == ["/b", "/c"]
    assert paths(choose(changed, ChangeChoice(layers=(None, OfLayer(2, frozenset({"/a"})))), Progress())) == [
        "/a/x",
        "/a/y",
    ]
    assert paths(choose(changed, ChangeChoice(layers=(OfLayer(1), None)), Progress())) == ["/a/x", "/a/y", "/b"]
