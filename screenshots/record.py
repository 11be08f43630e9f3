"""Record the journey of the lesson: journey.cast, typed into the real program at a terminal, and journey.svg, its screens one by one.

make recording              both; needs a runtime, as `layertui start` does
asciinema play screenshots/journey.cast
"""

import asyncio
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path
from typing import NamedTuple

from make import HERE, at_rest

SIZE = (100, 30)
TITLE = "layertui: create, start, write, export, import, and what was lost"


class Step(NamedTuple):
    """Keys, then a while to read what they have brought."""

    keys: tuple[str, ...]
    seconds: float = 2.0
    is_frame: bool = True


JOURNEY = (
    Step((), 2.5),
    Step(("c",), 2.5),
    Step((*"kind_banzai", "tab", *"sh"), 2.5),
    Step(("enter",), 3),
    Step(("s",), 4),
    Step(("w",), 1.5),
    Step((*"/1.txt", "tab", *"hello"), 2),
    Step(("ctrl+s", "3"), 2.5),
    Step(("escape", "2", "x"), 3),
    Step(("enter",), 2.5),
    Step(("L",), 2.5),
    Step(("enter",), 2.5),
    Step(("=",), 5),
)
BYTES = {"enter": b"\r", "escape": b"\x1b", "tab": b"\t", "ctrl+s": b"\x13"}
LETTER, QUIET, LONGEST = 0.07, 0.6, 20.0
"""Seconds between two letters; without output after which a screen is finished; and for which that is waited for."""


class Terminal:
    """The program at a terminal, and all it has written: pieces with the seconds since its start."""

    def __init__(self, argv: list[str], env: dict[str, str]) -> None:
        self.began = time.monotonic()
        self.pieces: list[tuple[float, bytes]] = []
        self._pid, self._master = pty.fork()
        if self._pid == 0:
            os.execvpe(argv[0], argv, env)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))
        os.kill(self._pid, signal.SIGWINCH)

    def read(self, seconds: float, *, until_quiet: bool = False) -> None:
        """Take what comes for so long; or until nothing has come for `QUIET` seconds."""
        end = time.monotonic() + (LONGEST if until_quiet else seconds)
        while (left := end - time.monotonic()) > 0:
            ready, _, _ = select.select([self._master], [], [], min(left, QUIET) if until_quiet else left)
            if not ready:
                if until_quiet:
                    return
                continue
            try:
                piece = os.read(self._master, 1 << 16)
            except OSError:
                return
            self.pieces.append((time.monotonic() - self.began, piece))

    def type(self, step: Step) -> None:
        """The keys of a step, as a person types, and the time to read."""
        for key in step.keys:
            os.write(self._master, BYTES.get(key, key.encode()))
            self.read(LETTER)
            if len(key) > 1 or len(step.keys) <= 3:  # another screen may come
                self.read(0, until_quiet=True)
        self.read(step.seconds)

    def end(self) -> None:
        """Leave as a user does."""
        for _ in range(3):
            os.write(self._master, b"q")
            self.read(0, until_quiet=True)
        os.waitpid(self._pid, 0)
        os.close(self._master)


def cast(pieces: list[tuple[float, bytes]]) -> str:
    """The pieces as asciicast v2: a header, then one event a line. Characters that were cut in two are whole again."""
    header = {"version": 2, "width": SIZE[0], "height": SIZE[1], "title": TITLE, "env": {"TERM": "xterm-256color"}}
    lines, rest = [json.dumps(header)], b""
    for when, piece in pieces:
        whole = rest + piece
        cut = len(whole)
        while cut and cut > len(whole) - 4:
            try:
                text = whole[:cut].decode()
                break
            except UnicodeDecodeError:
                cut -= 1
        else:
            text = whole.decode(errors="replace")
            cut = len(whole)
        rest = whole[cut:]
        lines.append(json.dumps([round(when, 3), "o", text], ensure_ascii=False))
    return "\n".join(lines) + "\n"


def animated(frames: list[tuple[str, float]]) -> str:
    """Pictures as one SVG that shows each for its seconds, again and again; a viewer without animations shows the first."""
    total = sum(seconds for _, seconds in frames)
    box = re.search(r'viewBox="([^"]+)"', frames[0][0])
    assert box is not None
    rules, groups, at = [], [], 0.0
    for number, (svg, seconds) in enumerate(frames):
        first, last = 100 * at / total, 100 * (at + seconds) / total
        hidden = "0%{visibility:hidden}" if number else ""
        rules.append(
            f"@keyframes k{number}{{{hidden}{first:.3f}%{{visibility:visible}}{last:.3f}%{{visibility:hidden}}}}"
        )
        rules.append(f".f{number}{{animation:k{number} {total:.1f}s step-end infinite}}")
        groups.append(
            f'<g class="f{number}"{" visibility=" + chr(34) + "hidden" + chr(34) if number else ""}>{svg}</g>'
        )
        at += seconds
    style = f"<style>{''.join(rules)}</style>"
    return f'<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" viewBox="{box[1]}">{style}{"".join(groups)}</svg>\n'


async def frames(store: Path) -> list[tuple[str, float]]:
    """The screen after each step, as SVG, and for how long it is to be seen."""
    from layertui.core.settings import Settings
    from layertui.tui.app import LayerTui

    app = LayerTui(Settings.load(store=str(store), fresh=True))
    app.animation_level = "none"
    found = []
    async with app.run_test(size=SIZE) as pilot:
        await at_rest(app, pilot)
        for step in JOURNEY:
            for key in step.keys:
                await pilot.press({"=": "equals_sign", "/": "slash", ".": "full_stop", "_": "underscore"}.get(key, key))
                if len(key) > 1 or len(step.keys) <= 3:
                    await at_rest(app, pilot)
            await at_rest(app, pilot)
            await asyncio.sleep(QUIET)
            await at_rest(app, pilot)
            svg = app.export_screenshot(title="layertui")
            found.append((re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL), step.seconds))
    return found


def main() -> int:
    """Make both, each with a store of its own."""
    program = [sys.executable, "-m", "layertui"]
    env = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}
    env |= {"DOCKER_HOST": "unix:///nonexistent", "CONTAINER_HOST": "unix:///nonexistent"}
    os.environ |= {name: env[name] for name in ("DOCKER_HOST", "CONTAINER_HOST")}
    for make in (_cast, _svg):
        with tempfile.TemporaryDirectory(prefix="lts-") as folder:
            store = Path(folder, "store")
            os.chdir(folder)
            subprocess.run(
                [*program, "--store", str(store), "demo", "--no-ui"], env=env, check=True, stdout=subprocess.DEVNULL
            )
            try:
                make(store, env, program)
            finally:
                subprocess.run(
                    [*program, "--store", str(store), "rm", "--force", "kind_banzai"],
                    env=env, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )  # fmt: skip
                os.chdir(HERE)
    return 0


def _cast(store: Path, env: dict[str, str], program: list[str]) -> None:
    terminal = Terminal([*program, "--store", str(store), "--fresh"], env)
    terminal.read(0, until_quiet=True)
    for step in JOURNEY:
        terminal.type(step)
    terminal.end()
    text = cast(terminal.pieces)
    (HERE / "journey.cast").write_text(text.replace(str(store.parent), "/root"))
    print(HERE / "journey.cast")


def _svg(store: Path, _env: dict[str, str], _program: list[str]) -> None:
    pictures = asyncio.run(frames(store))
    (HERE / "journey.svg").write_text(animated(pictures).replace(str(store.parent), "/root"))
    print(HERE / "journey.svg")


if __name__ == "__main__":
    sys.exit(main())
