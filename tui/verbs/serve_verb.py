"""The command serve: the screens in a browser on this machine."""

from __future__ import annotations

import os
import sys

import click

from layertui.core.errors import LayertuiError
from layertui.core.language.texts import tr
from layertui.tui.verbs.shared.cli_context import CliContext, pass_context, verb


@verb("serve", "serve", "serve --port 8000 demo:1.0")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="Listen on this port; default: a free one."
)
@click.option("--page", is_flag=True, hidden=True, help="For the server: run the screens of one page.")
@click.argument("image", required=False)
@pass_context
def serve_verb(context: CliContext, port: int, page: bool, image: str | None) -> int:
    """Show the screens in a browser on this machine.

    Prints an address that can be opened once, and serves until Ctrl-C. It listens on 127.0.0.1 only; from another machine it is
    reached through ssh: `ssh -L 8000:127.0.0.1:8000 HOST`, then `layertui serve --port 8000` there.

    Needs the extra `serve`: `pipx install 'layertui[serve]'`.
    """
    if page:
        from layertui.tui.verbs.open_screen import open_page

        return open_page(context, image)
    _serve(context, port, image)
    return 0


def _serve(context: CliContext, port: int, image: str | None) -> None:
    try:
        from layertui.tui.browser.app_server import AppServer, loopback_listener
    except ImportError as error:
        raise LayertuiError(
            tr("`serve` needs the package {name}: install the extra, `pip install 'layertui[serve]'`", name=error.name)
        ) from None
    command = [sys.executable, "-m", "layertui", *context.settings.given, "serve", "--page", *filter(None, [image])]
    try:
        listener = loopback_listener(port)
    except OSError as error:
        raise LayertuiError(
            tr("port {port} of 127.0.0.1 cannot be used: {strerror}", port=port, strerror=os.strerror(error.errno or 0))
        ) from None
    with listener:
        server = AppServer(command, listener)

        def ready() -> None:
            if context.json:
                context.out.document({"url": server.guard.address})
            else:
                context.out.lines([server.guard.address])
                context.say(tr("Open this address once in a browser on this machine. Ctrl-C ends the server."))
            sys.stdout.flush()

        server.run(ready)
