"""The story of the lesson, by keys or by the mouse, on screens in a language: seed_in.py LANGUAGE HANDS FOLDER COLUMNS ROWS.

Create makes a layer, start the namespaces; export and import lose the history, save and load keep it. A process of its own,
because a language is chosen before the modules with texts are imported. What is shown is checked after each step; what is wrong
ends the process with an AssertionError.
"""

import asyncio
import os
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent)]

from layertui.core.language import texts

if __name__ == "__main__":
    texts.use(sys.argv[1])

from rich.cells import cell_len

from layertui.core.inspector import Inspector
from layertui.core.settings import Settings
from layertui.tui.app import LayerTui
from layertui.tui.screens.compare.compare_screen import CompareScreen
from layertui.tui.screens.container.container_screen import ContainerScreen
from layertui.tui.screens.dialogs.create_dialog import CreateDialog
from layertui.tui.screens.dialogs.export_dialog import ExportDialog, SaveDialog
from layertui.tui.screens.dialogs.load_dialog import BringInDialog
from layertui.tui.screens.dialogs.write_dialog import WriteDialog
from layertui.tui.screens.home.home_screen import HomeScreen
from mouse_person import KeysPerson, MousePerson, begins_at_home, lines_of, titled

SAID = {
    "zh_CN": {
        "panes": ("1 镜像", "2 容器", "3 层", "4 文件"),
        "layers": ("3 层：demo:2.0",),
        "create": ("用 demo:2.0 创建容器", "创建可写层。还不运行任何东西。", "没有进程，没有名称空间"),
        "created": ("已创建",),
        "write": ("/1.txt：可写层里的新文件。",),
        "running": ("个独立的名称空间，其余是主机的", "◉ 运行中"),
        "stopped": ("◉ 已退出", "可写层保留"),
        "export": ("导出 kind_banzai", "丢失：", "条构建记录", "`import` 可把它重新变成镜像"),
        "import": ("文件的 tar：import 做出一个镜像，只有一层、一条构建记录。",),
        "load": ("1 个镜像",),
        "compared": ("flat:1 是", "导出后的导入", "文件相同"),
    },
    "en": {
        "panes": ("1 Images", "2 Containers", "3 Layers", "4 Files"),
        "layers": ("3 Layers of demo:2.0",),
        "create": ("Create a container of demo:2.0", "Nothing runs yet.", "No process, no namespaces"),
        "created": ("Created",),
        "write": ("/1.txt: new file in the writable layer.",),
        "running": ("namespaces of its own", "◉ running"),
        "stopped": ("◉ exited", "writable layer kept"),
        "export": ("Export kind_banzai", "Lost:", "history steps", "`import`"),
        "import": ("A tar of files: import makes an image with one layer and one history step.",),
        "load": ("1 image",),
        "compared": ("flat:1 is an import of an export of", "the same files"),
    },
}


class Story:
    """What a person does, and what is shown then; `inspector` is asked what became of it."""

    def __init__(self, person: KeysPerson, inspector: Inspector, said: dict[str, tuple[str, ...]]) -> None:
        self.person, self.app, self.inspector, self.said = person, person.app, inspector, said

    async def shows(self, part: str) -> None:
        """Wait until its texts are on the terminal, perhaps over several lines; every line is exactly as wide as it."""

        def seen() -> bool:
            lines = lines_of(self.app)
            text = "\n".join(lines)
            run_on = " ".join(" ".join(lines).replace("│", " ").split())
            return all(one in text or one in run_on or one in run_on.replace(" ", "") for one in self.said[part])

        try:
            await self.person.sees(seen)
        except AssertionError:
            raise AssertionError(f"waited for {self.said[part]} on\n" + "\n".join(lines_of(self.app))) from None
        assert {cell_len(line) for line in lines_of(self.app)} == {self.app.size.width}

    async def goes_to(self, pane: str, name: str) -> None:
        """To a row of home."""
        rows = getattr(self.app.screen.panes, pane)
        await self.person.row(rows, titled(rows, name))

    async def creates_and_writes(self) -> None:
        await self.shows("panes")
        await self.goes_to("images", "demo:2.0")
        await self.shows("layers")
        await self.person.does("c", "create")
        await self.person.sees_screen(CreateDialog)
        await self.shows("create")
        await self.person.types("#name", "kind_banzai")
        await self.person.confirms()
        await self.person.sees(lambda: isinstance(self.app.screen, HomeScreen) and self.app.screen.state.container)
        await self.goes_to("containers", "kind_banzai")
        await self.shows("created")
        container = self.inspector.containers.get("kind_banzai")
        assert container.state == "created"
        assert self.inspector.containers.observation.namespaces("kind_banzai").container is None
        await self.person.does("w", "write")
        await self.person.sees_screen(WriteDialog)
        await self.person.types("#path", "/1.txt")
        await self.shows("write")
        await self.person.types("#text", "hello")
        await self.person.confirms()
        await self.person.sees_screen(HomeScreen)
        with self.inspector.read(self.inspector.open("container:kind_banzai"), "/1.txt") as content:
            assert content.read() == b"hello"

    async def starts_and_stops(self) -> None:
        await self.goes_to("containers", "kind_banzai")
        await self.person.does("s", "start")
        await self.person.sees_screen(ContainerScreen)
        await self.shows("running")
        own = self.inspector.containers.observation.namespaces("kind_banzai").own
        assert {"mnt", "pid", "net", "uts", "ipc"} <= set(own)
        await self.person.does("s", "stop")
        await self.shows("stopped")
        await self.person.leaves()
        await self.person.sees_screen(HomeScreen)

    async def exports_and_imports(self) -> None:
        await self.goes_to("containers", "kind_banzai")
        await self.person.does("x", "take_out")
        await self.person.sees_screen(ExportDialog)
        await self.shows("export")
        await self.person.types("#target", "flat.tar")
        await self.person.confirms()
        await self.person.sees_screen(HomeScreen)
        await self.loads("flat.tar", "import", "flat:1")
        (step,) = self.inspector.history(self.inspector.open("flat:1"))
        assert step.comment == "Imported from -"

    async def saves_and_loads(self) -> None:
        before = self.inspector.open("demo:1.0").image.id
        await self.goes_to("images", "demo:1.0")
        await self.person.does("x", "take_out")
        await self.person.sees_screen(SaveDialog)
        await self.person.types("#target", "whole.tar")
        await self.person.confirms()
        await self.person.sees_screen(HomeScreen)
        self.inspector.images.remove("demo:1.0")
        await self.person.does("r", "refresh")
        await self.loads("whole.tar", "load")
        assert self.inspector.open("demo:1.0").image.id == before

    async def loads(self, path: str, part: str, name: str = "") -> None:
        await self.person.does("L", "bring_in")
        await self.person.sees_screen(BringInDialog)
        await self.person.types("#file", path)
        await self.shows(part)
        if name:
            await self.person.types("#ref", name)
        await self.person.confirms()
        await self.person.sees_screen(HomeScreen)

    async def compares(self) -> None:
        await self.goes_to("containers", "kind_banzai")
        await self.person.does("space", "mark")
        await self.goes_to("images", "flat:1")
        await self.person.does("equals_sign", "compare")
        await self.person.sees_screen(CompareScreen)
        await self.shows("compared")
        await self.person.leaves()
        await self.person.sees_screen(HomeScreen)


async def main(language: str, hands: type[KeysPerson], folder: Path, size: tuple[int, int]) -> None:
    os.chdir(folder)
    inspector = Inspector(Settings(folder / "store", runtime="bwrap"))
    inspector.images.demo()
    app = LayerTui(inspector.settings, inspector=inspector)
    try:
        async with app.run_test(size=size) as pilot:
            story = Story(await begins_at_home(hands, app, pilot), inspector, SAID[language])
            await story.creates_and_writes()
            await story.starts_and_stops()
            await story.exports_and_imports()
            await story.saves_and_loads()
            await story.compares()
    finally:
        for container in inspector.containers.list():
            inspector.containers.remove(container.id, force=True)


if __name__ == "__main__":
    hands = {"keys": KeysPerson, "mouse": MousePerson}[sys.argv[2]]
    asyncio.run(main(sys.argv[1], hands, Path(sys.argv[3]), (int(sys.argv[4]), int(sys.argv[5]))))
