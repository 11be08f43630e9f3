"""Opens each screen and dialog in turn and, once it is shown, sends this process a signal: ended_by_signal.py FOLDER NUMBER.

Says of each, when its app has ended: whether it was shown, the app's exit code, and whether the terminal's modes are as they were.
"""

import io
import os
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual.command import CommandPalette
from textual.geometry import Offset
from textual.screen import Screen

import layertui.tui
from builders import docker_archive
from layertui.core.analysis.file_pages.page_source import PageSource
from layertui.core.errors import ImageChoice
from layertui.core.progress import quiet
from layertui.tui.app import LayerTui
from layertui.tui.common.command_log import CommandLog
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
from layertui.tui.screens.dialogs.commit_dialog import CommitDialog
from layertui.tui.screens.dialogs.compare_dialog import CompareDialog
from layertui.tui.screens.dialogs.create_dialog import CreateDialog
from layertui.tui.screens.dialogs.delete.delete_container_dialog import DeleteContainerDialog
from layertui.tui.screens.dialogs.delete.delete_file_dialog import DeleteFileDialog
from layertui.tui.screens.dialogs.delete.delete_image_dialog import DeleteImageDialog
from layertui.tui.screens.dialogs.export_dialog import taking_out
from layertui.tui.screens.dialogs.life_dialogs import KillDialog, RenameDialog
from layertui.tui.screens.dialogs.load_dialog import BringInDialog
from layertui.tui.screens.dialogs.path_dialogs import AttributesDialog, NewFolderDialog, RenamePathDialog
from layertui.tui.screens.dialogs.questions import ChooseImageDialog, Confirm, LeaveDialog, Notice
from layertui.tui.screens.dialogs.report_dialog import SaveReportDialog
from layertui.tui.screens.dialogs.restore_config import RestoreConfigDialog
from layertui.tui.screens.dialogs.tag_dialog import TagDialog
from layertui.tui.screens.dialogs.write_dialog import WriteDialog
from layertui.tui.screens.file.file_screen import FileScreen
from layertui.tui.screens.file.file_target import LayerFile
from layertui.tui.screens.file.save_file_dialog import SaveFileDialog
from layertui.tui.screens.find.find_screen import FindScreen
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
from tui_values import BASE, built, flat
from tui_world import World

Make = Callable[[World], Screen[Any] | None]


def _report(world: World, *names: str) -> Any:
    return world.inspector.compare(*map(world.inspector.open, names))


def _content(world: World) -> ContentScreen:
    subjects = [world.inspector.open(name) for name in ("demo:1.0", "demo:2.0")]
    sides = [Side(one, world.inspector.view(one).get("/etc/motd")) for one in subjects]
    return ContentScreen(*sides, "/etc/motd")


SCREENS: dict[str, Make] = {
    "HomeScreen": lambda world: None,
    "palette": lambda world: CommandPalette(),
    "HelpScreen": lambda world: HelpScreen(Notice("below")),
    "Confirm": lambda world: Confirm("Sure?"),
    "Notice": lambda world: Notice("So it is."),
    "LeaveDialog": lambda world: LeaveDialog("/new"),
    "ChooseImageDialog": lambda world: ChooseImageDialog("two.tar", [ImageChoice("demo:1.0", "demo:1.0")]),
    "CompareScreen": lambda world: CompareScreen("demo:1.0", "demo:2.0"),
    "ContainerScreen": lambda world: ContainerScreen("kind_banzai"),
    "ContentScreen": _content,
    "FileScreen": lambda world: FileScreen(LayerFile(world.inspector.open("demo:2.0"), "/etc/motd")),
    "LogScreen": lambda world: LogScreen(ContainerLog(world.inspector.containers.get("kind_banzai").id, "kind_banzai")),
    "LookupScreen": lambda world: LookupScreen("demo:2.0", "/etc/motd"),
    "CreateDialog": lambda world: CreateDialog("demo:2.0"),
    "BookmarksDialog": lambda world: BookmarksDialog([Bookmark("demo:2.0", "demo:2.0", "", "/etc/motd")], print),
    "OpenDialog": lambda world: OpenDialog(["/one.tar"]),
    "RowMenu": lambda world: RowMenu([MenuEntry("Tag", "t", "tag", HelpScreen(Notice("below")))], Offset(3, 3)),
    "TagDialog": lambda world: TagDialog("demo:2.0"),
    "CopyImageDialog": lambda world: CopyImageDialog("demo:2.0", "demo:2.0", [TransferTarget("one", "one", "one:")]),
    "PullDialog": lambda world: PullDialog([TransferTarget("", "memory", "memory:")], ""),
    "PushDialog": lambda world: PushDialog("demo:2.0", ""),
    "RegistryDialog": lambda world: RegistryDialog(),
    "EnginesDialog": lambda world: EnginesDialog(EngineChoice()),
    "FleetScreen": lambda world: FleetScreen([listing_of(world.inspector, quiet())]),
    "ChangedSizesScreen": lambda world: ChangedSizesScreen(
        choose_first(_report(world, "demo:1.0", "demo:2.0").files, quiet()), ("demo:1.0", "demo:2.0")
    ),
    "SizeScreen": lambda world: SizeScreen("demo:2.0"),
    "RepositoryMapScreen": lambda world: RepositoryMapScreen(),
    "FilesBySizeScreen": lambda world: FilesBySizeScreen(
        "demo:2.0", world.inspector.stack(world.inspector.open("demo:2.0")), 1, 3
    ),
    "FindScreen": lambda world: FindScreen(Selection("demo:2.0", "demo:2.0"), None, print),
    "CommitDialog": lambda world: CommitDialog("kind_banzai"),
    "DeleteFileDialog": lambda world: DeleteFileDialog("kind_banzai", "/etc/motd"),
    "DeleteImageDialog": lambda world: DeleteImageDialog("demo:1.0"),
    "DeleteContainerDialog": lambda world: DeleteContainerDialog("kind_banzai"),
    "SaveDockerfileDialog": lambda world: SaveDockerfileDialog("demo:2.0", "FROM scratch\n"),
    "SaveDialog": lambda world: taking_out("demo:2.0"),
    "ExportDialog": lambda world: taking_out("container:kind_banzai"),
    "ExtractDialog": lambda world: taking_out("demo:2.0", "/etc/motd"),
    "JobsScreen": lambda world: JobsScreen(),
    "CommandLogScreen": lambda world: CommandLogScreen(CommandLog()),
    "SaveScriptDialog": lambda world: SaveScriptDialog((), "layertui"),
    "SaveFileDialog": lambda world: SaveFileDialog("/etc/motd", PageSource(io.BytesIO(b"hello"), 5), ()),
    "BringInDialog load": lambda world: BringInDialog("two.tar"),
    "BringInDialog import": lambda world: BringInDialog("rootfs.tar"),
    "WriteDialog": lambda world: WriteDialog("kind_banzai", "/new"),
    "KillDialog": lambda world: KillDialog("kind_banzai"),
    "RenameDialog": lambda world: RenameDialog("kind_banzai"),
    "OfferContainer": lambda world: OfferContainer("demo:2.0", "/"),
    "CompareDialog": lambda world: CompareDialog("demo:1.0"),
    "NewFolderDialog": lambda world: NewFolderDialog("kind_banzai"),
    "RenamePathDialog": lambda world: RenamePathDialog("kind_banzai", "/etc/motd"),
    "AttributesDialog": lambda world: AttributesDialog("kind_banzai", "/etc/motd"),
    "SaveReportDialog": lambda world: SaveReportDialog(
        _report(world, "demo:1.0", "demo:2.0"), ("demo:1.0", "demo:2.0")
    ),
    "RestoreConfigDialog": lambda world: RestoreConfigDialog(_report(world, "demo:2.0", "flat:1")),
}


class Ended(LayerTui):
    """Opens one screen, and is sent the signal as soon as it takes keys."""

    CSS_PATH = str(Path(layertui.tui.__file__).parent / "layertui.tcss")

    def __init__(self, screen: Screen[Any] | None, number: int, world: World) -> None:
        super().__init__(world.inspector.settings, inspector=world.inspector)
        self.animation_level = "none"
        self._wanted, self._number = screen, number
        self.stood = False

    def get_default_screen(self) -> Screen[Any]:
        return super().get_default_screen() if self._wanted is None else Screen()

    def on_mount(self) -> None:
        super().on_mount()
        if self._wanted is not None:
            self.push_screen(self._wanted)
        self.set_timer(0.02, self._send_when_shown)

    def _send_when_shown(self) -> None:
        if not self.screen.is_mounted or self.focused is None:
            self.set_timer(0.02, self._send_when_shown)
            return
        self.stood = self.screen is (self._wanted or self.screen_stack[0])
        os.kill(os.getpid(), self._number)


def main(folder: Path, number: int) -> None:
    os.chdir(folder)
    docker_archive(list(built()), folder / "two.tar")
    (folder / "rootfs.tar").write_bytes(BASE)
    modes = termios.tcgetattr(0)
    world = World(folder / "store", *built(), flat())
    world.container()
    for name, make in SCREENS.items():
        app = Ended(make(world), number, world)
        app.run()
        sys.stdout.write(f"<{name}: {app.stood} {app.return_code} {termios.tcgetattr(0) == modes}>\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
