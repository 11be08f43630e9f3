"""The story of create, start, export and import by keys, on screens in Chinese: seed_in.py FOLDER COLUMNS ROWS.

A process of its own, because a language is chosen before the modules with texts are imported. What is shown is checked after
each step; what is wrong ends the process with an AssertionError.
"""

import asyncio
import os
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent)]

from layertui.core.language import texts

if __name__ == "__main__":
    texts.use("zh_CN")

from rich.cells import cell_len
from shown_in import lines_of

from layertui.core.inspector import Inspector
from layertui.core.settings import Settings
from layertui.tui.app import LayerTui
from layertui.tui.screens.compare.compare_screen import CompareScreen
from layertui.tui.screens.container.container_screen import ContainerScreen
from layertui.tui.screens.dialogs.create_dialog import CreateDialog
from layertui.tui.screens.dialogs.export_dialog import ExportDialog
from layertui.tui.screens.dialogs.load_dialog import BringInDialog
from layertui.tui.screens.dialogs.write_dialog import WriteDialog
from layertui.tui.screens.home.home_screen import HomeScreen
from person import Person, begins


async def shows(person: Person, *wanted: str) -> None:
    """Wait until these texts are on the terminal; every line is exactly as wide as it."""

    def seen() -> bool:
        text = "\n".join(lines_of(person.app))
        return all(one in text for one in wanted)

    try:
        await person.sees(seen)
    except AssertionError:
        raise AssertionError(f"waited for {wanted} on\n" + "\n".join(lines_of(person.app))) from None
    assert {cell_len(line) for line in lines_of(person.app)} == {person.app.size.width}


async def creates_starts_and_writes(person: Person) -> None:
    await shows(person, "1 镜像", "2 容器", "3 层", "4 文件")
    await person.goes_to("images", "demo:2.0")
    await shows(person, "3 层：demo:2.0")
    await person.press("c")
    await person.sees_screen(CreateDialog)
    await shows(person, "用 demo:2.0 创建容器", "创建可写层。还不运行任何东西。", "没有进程，没有名称空间")
    await person.press(*"kind_banzai", "enter")
    await person.sees(
        lambda: isinstance(person.app.screen, HomeScreen) and person.app.screen.state.container is not None
    )
    await person.goes_to("containers", "kind_banzai")
    await shows(person, "已创建")
    await person.press("w")
    await person.sees_screen(WriteDialog)
    await person.fills("/1.txt")
    await shows(person, "/1.txt：可写层里的新文件。")
    await person.press("tab", *"hello", "ctrl+s")
    await person.sees_screen(HomeScreen)
    await person.goes_to("containers", "kind_banzai")
    await person.press("s")
    await person.sees_screen(ContainerScreen)
    await shows(person, "个独立的名称空间，其余是主机的", "◉ 运行中")
    await person.press("s")
    await shows(person, "◉ 已退出", "可写层保留")
    await person.press("escape")
    await person.sees_screen(HomeScreen)


async def exports_imports_and_compares(person: Person) -> None:
    await person.goes_to("containers", "kind_banzai")
    await person.press("x")
    await person.sees_screen(ExportDialog)
    await shows(person, "导出 kind_banzai", "丢失：", "条构建记录", "`import` 可把它重新变成镜像")
    await person.fills("flat.tar")
    await person.press("enter")
    await person.sees_screen(HomeScreen)
    await person.press("L")
    await person.sees_screen(BringInDialog)
    await person.fills("flat.tar")
    await shows(person, "文件的 tar：import 做出一个镜像，只有一层、一条构建记录。")
    await person.press("tab", *"flat:1", "enter")
    await person.sees_screen(HomeScreen)
    await person.goes_to("containers", "kind_banzai")
    await person.press("space")
    await person.goes_to("images", "flat:1")
    await person.press("equals_sign")
    await person.sees_screen(CompareScreen)
    await shows(person, "flat:1 是", "导出后的导入", "文件相同")
    await person.press("escape")
    await person.sees_screen(HomeScreen)


async def main(folder: Path, size: tuple[int, int]) -> None:
    os.chdir(folder)
    inspector = Inspector(Settings(folder / "store", runtime="bwrap"))
    inspector.images.demo()
    app = LayerTui(inspector.settings, inspector=inspector)
    try:
        async with app.run_test(size=size) as pilot:
            person = await begins(app, pilot)
            await creates_starts_and_writes(person)
            await exports_imports_and_compares(person)
    finally:
        for container in inspector.containers.list():
            inspector.containers.remove(container.id, force=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), (int(sys.argv[2]), int(sys.argv[3]))))
