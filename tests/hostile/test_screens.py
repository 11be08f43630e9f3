"""Whatever an untrusted text is: every screen and dialog shows it escaped, as text, in its place. See `texts`.

Where a run is a sample, one screen and one dialog in four."""

import io
import pkgutil
import re
import sys
import time
from importlib import import_module

import pytest
from rich.cells import cell_len
from textual.geometry import Offset
from textual.screen import Screen

from at_rest import at_rest
from hostile.texts import ALL, PAYLOADS, RAW, evil_store, name_of
from layertui.core.analysis.by_folder.repository_sizes import RepositorySizes, SizedLayer
from layertui.core.analysis.file_pages.page_source import PageSource
from layertui.core.errors import ImageChoice, LayertuiError
from layertui.core.inspector import Inspector
from layertui.core.progress import quiet
from layertui.core.settings import Settings
from layertui.tui import screens
from layertui.tui.app import LayerTui
from layertui.tui.common.command_log import ActCommand, CommandLog
from layertui.tui.common.remembered_state import Bookmark
from layertui.tui.common.selection import Selection
from layertui.tui.screens.actions.row_menu import MenuEntry, RowMenu
from layertui.tui.screens.actions.write_action import OfferContainer
from layertui.tui.screens.compare.changed_sizes_screen import ChangedSizesScreen
from layertui.tui.screens.compare.compare_screen import CompareScreen
from layertui.tui.screens.compare.content_screen import ContentScreen
from layertui.tui.screens.compare.file_versions import Side
from layertui.tui.screens.container.container_log import ContainerLog
from layertui.tui.screens.container.container_screen import ContainerScreen
from layertui.tui.screens.container.log_screen import LogScreen
from layertui.tui.screens.dialogs import questions
from layertui.tui.screens.dialogs.commit_dialog import CommitDialog
from layertui.tui.screens.dialogs.compare_dialog import CompareDialog
from layertui.tui.screens.dialogs.create_dialog import CreateDialog
from layertui.tui.screens.dialogs.delete.delete_container_dialog import DeleteContainerDialog
from layertui.tui.screens.dialogs.delete.delete_file_dialog import DeleteFileDialog
from layertui.tui.screens.dialogs.delete.delete_image_dialog import DeleteImageDialog
from layertui.tui.screens.dialogs.export_dialog import ExportDialog, ExtractDialog, SaveDialog
from layertui.tui.screens.dialogs.life_dialogs import KillDialog, RenameDialog
from layertui.tui.screens.dialogs.load_dialog import BringInDialog
from layertui.tui.screens.dialogs.path_dialogs import AttributesDialog, NewFolderDialog, RenamePathDialog
from layertui.tui.screens.dialogs.report_dialog import SaveReportDialog
from layertui.tui.screens.dialogs.restore_config import RestoreConfigDialog
from layertui.tui.screens.dialogs.tag_dialog import TagDialog
from layertui.tui.screens.dialogs.write_dialog import WriteDialog
from layertui.tui.screens.file.file_screen import FileScreen
from layertui.tui.screens.file.file_target import LayerFile
from layertui.tui.screens.file.save_file_dialog import SaveFileDialog
from layertui.tui.screens.find.find_screen import FindScreen
from layertui.tui.screens.find.typed_query import TypedQuery
from layertui.tui.screens.help_screen import HelpScreen
from layertui.tui.screens.home.dockerfile.dockerfile_dialog import SaveDockerfileDialog
from layertui.tui.screens.home.engines.copy_image_dialog import CopyImageDialog
from layertui.tui.screens.home.engines.engines_dialog import EngineChoice, EnginesDialog
from layertui.tui.screens.home.engines.fleet_screen import FleetScreen
from layertui.tui.screens.home.engines.pull_dialog import PullDialog
from layertui.tui.screens.home.engines.push_dialog import PushDialog
from layertui.tui.screens.home.engines.registry_dialog import RegistryDialog
from layertui.tui.screens.home.engines.transfer_inquiry import TransferTarget
from layertui.tui.screens.home.home_questions import listing_of
from layertui.tui.screens.home.remembered.bookmarks_dialog import BookmarksDialog
from layertui.tui.screens.home.remembered.open_dialog import OpenDialog
from layertui.tui.screens.jobs_screen import JobsScreen
from layertui.tui.screens.log.command_log_screen import CommandLogScreen
from layertui.tui.screens.log.save_script_dialog import SaveScriptDialog
from layertui.tui.screens.lookup_screen import LookupScreen
from layertui.tui.screens.size.files_by_size_screen import FilesBySizeScreen
from layertui.tui.screens.size.repository_map_screen import RepositoryMapScreen
from layertui.tui.screens.size.size_screen import SizeScreen
from layertui.tui.widgets.compare.change_choice import choose_first
from sampling import share
from typing_at import typing_at

pytestmark = pytest.mark.slow

BIDI, OWN = f"/d/{name_of('bidi')}", f"/own/{name_of('escape')}"
TALL = (140, 100)
"""Most of it is visible."""


@pytest.fixture(scope="module")
def evil(tmp_path_factory):
    """A store with the texts everywhere; one container runs."""
    with evil_store(tmp_path_factory.mktemp("evil")) as (store, archive):
        yield Inspector(Settings(store, runtime="bwrap")), archive


class Drive:
    """Presses keys, waits until all is at rest, and looks at every cell each time."""

    def __init__(self, app, pilot):
        self.app, self.pilot = app, pilot
        self.flaws = set()

    async def rest(self):
        await at_rest(self.app, self.pilot)
        await self.pilot.pause(0.05)

    def look(self):
        """The lines on the screen; what is wrong with them is collected."""
        lines = []
        for strip in self.app.screen._compositor.render_strips():
            text = "".join(segment.text for segment in strip if not segment.control)
            if (found := RAW.search(text)) or (found := re.search(r"[\t\n]", text)):
                self.flaws.add((type(self.app.screen).__name__, found.group(), text.strip()))
            if cell_len(text) != self.app.size.width:
                self.flaws.add((type(self.app.screen).__name__, "width", text.strip()))
            for segment in strip:
                style = segment.style
                if style is not None and (style.link or "app.quit" in str(style.meta)):
                    self.flaws.add((type(self.app.screen).__name__, "markup", segment.text))
            lines.append(text.rstrip())
        return lines

    async def press(self, *keys):
        for key in keys:
            await self.pilot.press(key)
            await self.rest()
            self.look()
        return "\n".join(self.look())


@pytest.fixture
async def drive(evil, tmp_path, monkeypatch):
    inspector, _ = evil
    monkeypatch.chdir(tmp_path)
    app = LayerTui(inspector.settings, "evil:1", inspector=inspector)
    async with app.run_test(size=TALL) as pilot:
        driven = Drive(app, pilot)
        await driven.rest()
        yield driven
        assert driven.flaws == set()


def report(inspector, a="evil:1"):
    return inspector.compare(inspector.open(a), inspector.open("evil:2"))


def sides(inspector):
    subjects = [inspector.open(name) for name in ("evil:1", "evil:2")]
    return [Side(subject, inspector.view(subject).get(BIDI)) for subject in subjects]


def acts():
    log = CommandLog()
    log.add(f"Tagged {ALL}", ActCommand(("layertui", "tag", ALL, ALL), stdin=ALL.encode("utf-8", "surrogateescape")))
    log.add(ALL, ActCommand(("layertui", "rm", ALL), secrets=(ALL,)))
    return log


# What to open, and the keys to press in it.
SCREENS = {
    "compare": (
        lambda _: CompareScreen("evil:1", "evil:2"),
        [
            "1",
            "i",
            "j",
            "j",
            "2",
            "*",
            "j",
            "i",
            "3",
            "i",
            "j",
            "j",
            "4",
            "slash",
            "a",
            "enter",
            "s",
            "escape",
            "escape",
        ],
    ),
    "fleet": (lambda it: FleetScreen([listing_of(it, quiet())]), ["j", "j", "G", "l"]),
    "compare own": (lambda _: CompareScreen("evil:1", "container:box"), ["2", "enter"]),
    "container": (lambda _: ContainerScreen("box"), ["1", "2", "3", "j", "enter", "4", "5", "question_mark", "escape"]),
    "stopped": (lambda _: ContainerScreen("quiet"), ["1", "2", "3", "4", "5"]),
    "content": (lambda it: ContentScreen(*sides(it), BIDI, "modified"), ["z", "right"]),
    "a file": (
        lambda it: FileScreen(LayerFile(it.open("evil:1"), BIDI)),
        [
            "right",
            "left",
            "b",
            "b",
            "slash",
            *"/./",
            "enter",
            "n",
            "colon",
            "5",
            "0",
            "%",
            "enter",
            "G",
            "w",
            "G",
            "x",
            "escape",
            "less_than_sign",
        ],
    ),
    "a log": (
        lambda it: LogScreen(ContainerLog(it.containers.get("quiet").id, "quiet")),
        ["g", "t", "slash", *"/./", "enter", "n", "F", "F", "b", "b", "w", "x", "escape"],
    ),
    "lookup": (lambda _: LookupScreen("evil:1", BIDI), ["down", "down", "space"]),
    "lookup of none": (lambda _: LookupScreen(ALL), ["down"]),
    "lookup odd": (lambda _: LookupScreen("evil:1", ALL), ["down"]),
    "find": (
        lambda _: FindScreen(Selection("evil:1", "evil:1"), TypedQuery("/./", hidden=True), print),
        ["enter", *"jjG", "w", "slash", *"x", "backspace"],
    ),
    "find odd": (lambda _: FindScreen(Selection(ALL, ALL), TypedQuery(ALL, "all"), print), []),
    "size": (lambda _: SizeScreen("evil:1"), ["tab", "j", "j", "enter", "backspace", "tab", "b", "b", "enter", "G"]),
    "files by size": (
        lambda it: FilesBySizeScreen("evil:1", it.stack(it.open("evil:1")), 1, 1),
        ["j", "G", "v", "g", "slash", "a", "enter", "n", "y", "f", "escape"],
    ),
    "changed sizes": (
        lambda it: ChangedSizesScreen(choose_first(report(it).files, quiet()), (ALL, ALL)),
        ["tab", "j", "enter", "o"],
    ),
    "size of a comparison": (
        lambda _: CompareScreen("evil:1", "evil:2"),
        ["v", "tab", "j", "j", "enter", "backspace", "tab", "enter", "G", "backspace", "j", "tab", "o", "o"],
    ),
    "sizes by repository": (
        lambda _: RepositoryMapScreen(
            lambda *_: RepositorySizes(
                [SizedLayer(f"sha256:{n}", [f"{ALL}/{n}", ALL][: n + 1], ALL, 50 + n, n, ALL) for n in range(3)], 2
            )
        ),
        ["tab", "j", "enter", "j", "enter", "backspace", "tab", "j", "enter"],
    ),
    "size odd": (lambda _: SizeScreen(ALL), ["tab"]),
    "jobs": (lambda _: JobsScreen(), ["s", "j"]),
    "command log": (lambda _: CommandLogScreen(acts()), ["b", "k", "y", "b", "y", "Y", "x", "escape"]),
    "help": (lambda _: HelpScreen(CreateDialog("evil:1")), []),
}
DIALOGS = {
    "leave": lambda _: questions.LeaveDialog(ALL),
    "choose an image": lambda _: questions.ChooseImageDialog(ALL, [ImageChoice(ALL, ALL, ALL)]),
    "create": lambda _: CreateDialog("evil:1"),
    "create odd": lambda _: CreateDialog(ALL),
    "bookmarks": lambda _: BookmarksDialog([Bookmark(ALL, ALL, "", ALL)], print),
    "open": lambda _: OpenDialog([ALL, f"/{ALL}"]),
    "menu": lambda _: RowMenu([MenuEntry(ALL, "t", "tag", HelpScreen(CreateDialog("evil:1")))], Offset(3, 3)),
    "tag": lambda _: TagDialog("evil:1"),
    "tag odd": lambda _: TagDialog(ALL),
    "copy": lambda _: CopyImageDialog("evil:1", "evil:1", [TransferTarget("one", ALL, "one:")]),
    "copy odd": lambda _: CopyImageDialog(ALL, ALL, []),
    "registry": lambda _: RegistryDialog(),
    "pull": lambda _: PullDialog([TransferTarget("one", ALL, "one:"), TransferTarget("two", ALL, "two:")], "one", ALL),
    "push": lambda _: PushDialog("evil:1", ALL),
    "push odd": lambda _: PushDialog(ALL, ALL),
    "engines": lambda _: EnginesDialog(EngineChoice()),
    "commit": lambda _: CommitDialog("box"),
    "commit odd": lambda _: CommitDialog(ALL),
    "delete file": lambda _: DeleteFileDialog("box", f"{BIDI}/missing"),
    "delete image": lambda _: DeleteImageDialog(ALL),
    "delete container": lambda _: DeleteContainerDialog(ALL),
    "save": lambda _: SaveDialog(ALL),
    "export": lambda _: ExportDialog(ALL),
    "extract": lambda _: ExtractDialog("evil:1", BIDI),
    "extract odd": lambda _: ExtractDialog(ALL, ALL),
    "save file": lambda _: SaveFileDialog(ALL, PageSource(io.BytesIO(b"x"), 1), ("layertui", "file", ALL)),
    "load": lambda it: BringInDialog(str(it.archive)),
    "load odd": lambda _: BringInDialog(f"/{ALL}"),
    "write": lambda _: WriteDialog("box", OWN),
    "write odd": lambda _: WriteDialog(ALL, ALL),
    "script": lambda _: SaveScriptDialog(acts().acts, "layertui"),
    "kill": lambda _: KillDialog(ALL),
    "rename": lambda _: RenameDialog(ALL),
    "offer": lambda _: OfferContainer(ALL, ALL),
    "other sides": lambda _: CompareDialog(ALL),
    "new folder": lambda _: NewFolderDialog("box", f"{BIDI}/"),
    "new folder odd": lambda _: NewFolderDialog(ALL, ALL),
    "another path": lambda _: RenamePathDialog("box", OWN),
    "attributes": lambda _: AttributesDialog("box", OWN),
    "attributes odd": lambda _: AttributesDialog(ALL, ALL),
    "report": lambda it: SaveReportDialog(report(it), ("evil:1", ALL)),
    "dockerfile": lambda _: SaveDockerfileDialog(ALL, ALL),
    "config": lambda it: RestoreConfigDialog(report(it, "back:1")),
    "question": lambda _: questions.Confirm(ALL, title=ALL, command=("layertui", ALL)),
    "notice": lambda _: questions.Notice(ALL, title=ALL),
}


def test_every_screen_is_looked_at(evil):
    for module in pkgutil.walk_packages(screens.__path__, "layertui.tui.screens."):
        import_module(module.name)
    known, waiting = set(), [Screen]
    while waiting:
        waiting += (below := waiting.pop().__subclasses__())
        known |= {one for one in below if one.__module__.startswith("layertui.tui.") and not one.__subclasses__()}
    inspector, archive = evil
    inspector.archive = archive
    looked = {type(make(inspector)) for make in (*DIALOGS.values(), *(make for make, _ in SCREENS.values()))}
    assert {one.__name__ for one in known - looked} == {"HomeScreen"}  # it has a test of its own


async def test_home(drive):
    await drive.press("j", "2", "j", "3", "j", "z", "j", "j", "4", "asterisk")
    for _ in range(7):
        await drive.press("5", "right_square_bracket")
    await drive.press("1", "H", "3", "m", "a", "R")
    await drive.press("4", *"jjj", "slash", *"evil", "escape", "question_mark", "escape", "ctrl+p", "escape")


@pytest.mark.parametrize("name", SCREENS)
async def test_a_screen(name, drive):
    make, keys = SCREENS[name]
    drive.app.push_screen(make(drive.app.inspector))
    await drive.rest()
    drive.look()
    await drive.press(*keys)


async def test_every_dialog(drive, evil):
    inspector, archive = evil
    inspector.archive = archive
    for make in share([*DIALOGS.values()], "dialogs"):
        drive.app.push_screen(make(inspector))
        await drive.rest()
        drive.look()
        await drive.press("tab", "enter")
        while len(drive.app.screen_stack) > 1:
            drive.app.pop_screen()
            await drive.rest()


async def test_notices_and_errors(drive):
    drive.app.show_notice(ALL, severity="error")
    await drive.press("j")
    assert "PWNED" in "\n".join(drive.look())

    def fails(inspector, progress):
        raise LayertuiError(ALL)

    drive.app.screen.ask(ALL, fails, lambda _: None, group="x")
    await drive.press("j")


async def test_what_is_copied_can_be_pasted(drive):
    copied = []
    drive.app.copy_to_clipboard = copied.append
    await drive.press("1", "y", "Y", "2", "y", "Y", "3", "y", "Y")
    await drive.press("1", "D", "y", "Y")
    files = drive.app.screen.panes.files
    for path in (f"/d/{name_of('surrogate')}", BIDI, f"/d/{name_of('escape')}"):
        files.go_to(path)
        await drive.press("4", "y", "Y")
    assert len(copied) == 12  # the writable layer has neither digest nor command
    assert [text for text in copied if RAW.search(text)] == []
    assert "\n" not in "".join(text for text in copied if text.startswith("/d/"))


@pytest.mark.late("a real terminal: keys may come before what they are meant for is painted")
def test_what_reaches_a_real_terminal(evil):
    inspector, _ = evil
    argv = [sys.executable, "-m", "layertui", "--store", inspector.settings.store, "evil:1"]
    with typing_at(*argv, size=(50, 160), env={"LAYERTUI_RUNTIME": "bwrap"}) as it:

        def shows(text):
            it.wait_until(lambda: it._look(0.05) or text in it.shown)

        shows(b"PWNED")
        for keys in (b"3jj", b"4*jjj", b"5]]]]]", b"2\r", b"12345"):
            it.type(keys)
            until = time.monotonic() + 2
            it.wait_until(lambda until=until: it._look(0.05) is None or time.monotonic() > until)
        it.type(b"\x1b")
        time.sleep(0.5)
        it.type(b"q")
        assert it.end() == 0
    assert [
        payload for payload in PAYLOADS if payload.encode("latin-1") in it.shown or payload.encode() in it.shown
    ] == []
    it.shown.decode()
