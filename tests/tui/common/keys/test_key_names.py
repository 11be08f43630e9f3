"""Sentences that name keys name those in force: config.toml may give an action another key."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.binding import Binding

import layertui.tui
from at_rest import at_rest
from ended_by_signal import SCREENS
from layertui.core.settings import Settings
from layertui.tui.app import LayerTui
from layertui.tui.common.keys.key_names import key_label, key_name, label_of, use_keys
from layertui.tui.screens.container.container_screen import ContainerScreen
from layertui.tui.screens.shared.key_actions import own_bindings
from layertui.tui.screens.shared.key_check import binding_classes, kept_keys
from layertui.tui.screens.shared.notices import ActNotice, NextKey
from layertui.tui.screens.shared.undo import undo_key
from layertui.tui.screens.tour.tour_steps import STEPS
from layertui.tui.widgets.chrome.tab_frame import TabFrame
from mouse_person import lines_of
from tui_sample import SampleInspector
from tui_values import built, flat
from tui_world import World

TUI = Path(inspect.getfile(layertui.tui)).parent

# A key by its default label, where a text would name it: `x`, "x saves", "Esc closes", "^o $EDITOR", "Save  s".
KEY = re.compile(
    r"`(?:[A-Za-z=]|\^[a-z])`|(?:^|[ :;])[b-zB-HJ-Z=/](?= [a-z]+s\b)|(?<!\w)(?:Esc|Space)\b|\^[a-z]\b|  [a-z]$|[Pp]ress [a-zA-Z]\b|(?<!`)\b(?:Enter|Tab)\b(?!`)|\b[1-5](?: to [1-5])? leads? "
)


@pytest.fixture(autouse=True)
def _default_keys():
    yield
    use_keys({})


def _calls(*names: str) -> Iterator[tuple[str, ast.Call]]:
    for path in sorted(TUI.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                yield f"{path.relative_to(TUI)}:{node.lineno}", node


def _named() -> set[tuple[str, str]]:
    """The actions that sentences name, with their default keys as they stand there."""
    return {(ast.literal_eval(call.args[0]), ast.literal_eval(call.args[1])) for _, call in _calls("key_name")}


def test_a_key_is_called_as_on_a_keyboard():
    names = ["ctrl+p", "shift+tab", "escape", "equals_sign", "right_curly_bracket", "f1", "ctrl+left", "space", "U"]
    assert list(map(label_of, names)) == ["^p", "Shift+Tab", "Esc", "=", "}", "F1", "^←", "Space", "U"]
    assert key_label(Binding("colon", "go", "go", key_display="::")) == "::"


def test_the_name_of_an_actions_key_is_that_of_the_key_it_has():
    assert key_name("lookup", "f") == "f"
    use_keys({"lookup": "ctrl+l, slash", "undo": "U"})
    assert (key_name("lookup", "f"), key_name("undo", "u"), key_name("tag", "t")) == ("^l", "U", "t")


def test_a_default_key_that_another_action_has_now_is_not_named():
    use_keys({"lookup": "x"}, {"take_out": "", "choose": "space,l", "tag": "t,f2"})
    assert key_name("take_out", "x") == "^p"
    assert key_name("choose", "Enter") == "Space"
    assert key_name("tag", "t") == "t"
    use_keys({"lookup": "x", "command_palette": "f9"}, {"take_out": ""})
    assert key_name("take_out", "x") == "F9"


def _config(tmp_path, keys):
    path = tmp_path / "config.toml"
    path.write_text("[keys]\n" + "".join(f"{action!r} = {key!r}\n" for action, key in keys.items()))
    return Settings.load(environ={"LAYERTUI_CONFIG": str(path), "LAYERTUI_STORE": str(tmp_path / "store")})


def test_the_keys_that_are_left_are_those_of_all_screens_with_the_action(tmp_path):
    kept = kept_keys({"lookup": "x", "pull": "enter"}, (LayerTui, *binding_classes()))
    assert kept["take_out"] == ""
    assert "lookup" not in kept
    assert "tag" not in kept


@pytest.mark.slow
async def test_the_screen_and_its_notices_do_not_name_a_lost_key(tmp_path):
    app = LayerTui(_config(tmp_path, {"lookup": "L", "tag": "f5"}), inspector=SampleInspector(tmp_path))
    async with app.run_test(size=(120, 40)) as pilot:
        await at_rest(app, pilot)
        assert key_name("bring_in", "L") == "^p"
        app.notices.show(ActNotice("Done", (NextKey(key_name("bring_in", "L"), "imports it", lambda: None),)), None)
        assert app.notices._shown[-1].notice.line == "Done"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("keys", "titles"),
    [
        ({}, ["1 Images", "2 Containers", "3 Layers of busybox:latest", "4 Files as of layer 1", "5 [Details]"]),
        (
            {"pane('images')": "f5", "lookup": "3"},
            ["F5 Images", "2 Containers", "Layers of busybox:latest", "4 Files as of layer 1", "5 [Details]"],
        ),
        (
            {"tag": "5"},
            ["1 Images", "2 Containers", "3 Layers of busybox:latest", "4 Files as of layer 1", "[Details]"],
        ),
    ],
)
async def test_the_titles_of_panes_have_the_keys_that_lead_to_them(tmp_path, keys, titles):
    app = LayerTui(_config(tmp_path, keys), inspector=SampleInspector(tmp_path))
    async with app.run_test(size=(160, 45)) as pilot:
        await at_rest(app, pilot)
        drawn = "\n".join(lines_of(app))
        assert [title for title in titles if f"╭─ {title} " not in drawn] == []
        details = app.screen.panes.details
        at = lines_of(app)[details.region.y].index("Command") + len("Command") - 1
        await pilot.click(offset=(at, details.region.y))
        await at_rest(app, pilot)
        assert details.tab == "command"


@pytest.mark.slow
async def test_the_titles_of_tabs_have_the_keys_that_lead_to_them(tmp_path):
    world = World(tmp_path / "images", *built())
    config = _config(tmp_path, {"tab('mounts')": "m", "shell": "4"})
    app = LayerTui(config, inspector=world.inspector)
    async with app.run_test(size=(160, 45)) as pilot:
        await at_rest(app, pilot)
        await app.push_screen(ContainerScreen(world.container()))
        await at_rest(app, pilot)
        frame = app.screen.query_one(TabFrame)
        (title,) = (line for line in lines_of(app) if "1 Namespaces" in line)
        tabs = ["1 Namespaces", "m Mounts", "3 Writable layer", "Processes", "5 Logs"]
        assert [re.sub(r" \(\w+\)", "", tab) for tab in title.strip("╭─╮ ").split(" · ")] == tabs
        for name, first_or_last in (("m Mounts", 0), ("m Mounts", -1), ("5 Logs", 0), ("5 Logs", -1)):
            frame.turn_to("namespaces")
            at = title.index(name) + (len(name) - 1 if first_or_last else 0)
            await pilot.click(TabFrame, offset=(at, 0))
            await at_rest(app, pilot)
            assert (name, frame.current) == (name, name[2:].lower())


async def test_before_all_screens_are_read_no_sentence_of_the_first_one_names_a_lost_key(tmp_path):
    LayerTui(_config(tmp_path, {"lookup": "c", "tag": "f5"}))
    assert (key_name("create", "c"), key_name("tag", "t"), key_name("bring_in", "L")) == ("^p", "F5", "L")


def test_the_default_keys_in_sentences_are_those_of_the_bindings():
    labels: dict[str, set[str]] = {}
    for kind in (LayerTui, *binding_classes()):
        for one in (*own_bindings(kind), *Binding.make_bindings(kind.__dict__.get("BINDINGS", ()))):
            labels.setdefault(one.action, set()).update((key_label(one), label_of(one.key)))
    labels["command_palette"] = {label_of(LayerTui.COMMAND_PALETTE_BINDING)}
    assert len(_named()) > 20
    assert {(action, label) for action, label in _named() if label not in labels.get(action, ())} == set()


def test_no_sentence_names_a_key_that_may_be_another():
    texts = [
        (where, argument.value)
        for where, call in _calls("tr", "trn", "marked")
        if not where.startswith(("verbs/", "report/"))
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    ]
    assert len(texts) > 1000
    assert [(where, text) for where, text in texts if KEY.search(text)] == []


def _sentences() -> set[str]:
    """How the sentences begin that name a key, with the default key: `L loads`, `Press q to`."""
    found = set()
    for _, call in _calls("tr"):
        values = {
            one.arg: ast.literal_eval(one.value.args[1])
            for one in call.keywords
            if isinstance(one.value, ast.Call) and ast.unparse(one.value.func) == "key_name"
        }
        for name, label in values.items():
            text = ast.literal_eval(call.args[0])
            found.update(f"{label} {word}" for word in re.findall(rf"\{{{name}\}}`? (\w+)", text))
    return found


@pytest.fixture
def remapped(tmp_path):
    path = tmp_path / "config.toml"
    others = {action: f"f{number}" for number, action in enumerate(sorted({action for action, _ in _named()}), 13)}
    path.write_text("[keys]\n" + "".join(f'"{action}" = "{key}"\n' for action, key in others.items()))
    return Settings.load(environ={"LAYERTUI_CONFIG": str(path), "LAYERTUI_STORE": str(tmp_path / "store")})


@pytest.mark.slow
async def test_no_screen_names_a_default_key_of_a_remapped_action(remapped, tmp_path):
    world = World(tmp_path / "images", *built(), flat())
    world.container()
    app = LayerTui(remapped, inspector=world.inspector)
    app.animation_level = "none"
    sentences, seen = _sentences(), {}
    assert len(sentences) > 20
    async with app.run_test(size=(120, 40)) as pilot:
        await at_rest(app, pilot)
        for name, make in SCREENS.items():
            screen = make(world)
            if screen is not None:
                await app.push_screen(screen)
                await at_rest(app, pilot)
            seen[name] = "\n".join(lines_of(app))
            if screen is not None:
                await screen.dismiss()
                await at_rest(app, pilot)
    wrong = [
        (name, one)
        for name, text in seen.items()
        for one in sentences
        if re.search(rf"(?<!\w){re.escape(one)}\b", text)
    ]
    assert wrong == []
    assert sum("F1" in text or "F2" in text for text in seen.values()) > len(seen) // 2


@pytest.mark.slow
async def test_the_new_key_works_in_a_notice_and_stands_in_empty_lists_and_the_tour(remapped, tmp_path):
    app = LayerTui(remapped, inspector=SampleInspector(tmp_path))
    keys = app.remapped_keys
    done = []
    async with app.run_test(size=(120, 40)) as pilot:
        await at_rest(app, pilot)
        offer = undo_key()
        app.notices.show(ActNotice("Done", (type(offer)(offer.key, offer.does, lambda: done.append("undone")),)), None)
        assert f"{label_of(keys['undo'])} puts it back" in app.notices._shown[-1].notice.line
        await pilot.press("u")
        await at_rest(app, pilot)
        assert done == []
        await pilot.press(keys["undo"])
        await at_rest(app, pilot)
        assert done == ["undone"]
    assert f"Press `{label_of(keys['lookup'])}`" in STEPS[1].task()
