"""Opens the screen from the command line."""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from layertui.core.errors import LayertuiError
from layertui.core.language.texts import tr
from layertui.tui.common.utf8 import locale_encoding

if TYPE_CHECKING:
    from layertui.tui.screens.tour.tour import Tour
    from layertui.tui.verbs.shared.cli_context import CliContext


WEB_DRIVER = "textual.drivers.web_driver:WebDriver"
"""What textual-serve sets for the program of a page."""


def open_screen(context: CliContext, image: str | None = None, tour: Tour | None = None) -> int:
    """The terminal UI, on an image if one is named."""
    require_terminal(context)
    return _run(context, image, tour)


def open_page(context: CliContext, image: str | None = None) -> int:
    """The terminal UI for a page of `layertui serve`, which stdin and stdout lead to. Raises LayertuiError if nothing serves it."""
    from textual import constants

    if constants.DRIVER != WEB_DRIVER:
        raise LayertuiError(tr("`--page` is for the server that `layertui serve` runs"))
    return _run(context, image)


def _run(context: CliContext, image: str | None, tour: Tour | None = None) -> int:
    # Nothing that is made before the first frame is garbage; it is looked for as soon as that is drawn (`memory.py`).
    gc.disable()
    from layertui.core.layers.cache.table_prefetch import prefetch

    _import_without_tls("asyncio")
    context.enter(context.settings.store)  # now: there are no threads yet
    with prefetch(image or "", context.settings.cache, context.settings.bounds):
        from layertui.tui.app import LayerTui

        app = LayerTui(context.settings, image, tour=tour)
        app.run()
    return app.return_code or 0


def _import_without_tls(name: str) -> None:
    """Import a module as if Python had no `ssl`; later imports find it again.

    asyncio imports it although the screen uses no TLS, and it is two megabytes and some milliseconds of the first frame.
    """
    if "ssl" in sys.modules or name in sys.modules:
        return
    sys.modules["ssl"] = None  # type: ignore[assignment]  # `import ssl` then fails as where it is not there
    try:
        import_module(name)
    finally:
        del sys.modules["ssl"]


def require_terminal(
    context: CliContext, *, instead: str = tr("`layertui --help` lists the verbs that need none")
) -> None:
    """Raise LayertuiError if stdin or stdout is no terminal, TERM is dumb, or the locale is not UTF-8; `instead` is what to try."""
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout)):
        raise LayertuiError(tr("the screen needs a terminal; {instead}", instead=instead))
    if context.settings.terminal == "dumb":
        raise LayertuiError(
            tr("the screen needs a terminal that moves its cursor, and TERM=dumb has none; set TERM=xterm")
        )
    if (encoding := locale_encoding()) is not None:
        raise LayertuiError(
            tr("the screen needs UTF-8, and the locale's encoding is {encoding}; set LC_ALL=C.UTF-8", encoding=encoding)
        )
