"""The command tour: ten steps on the demo images, in a store of its own."""

from __future__ import annotations

import click

from layertui.core.errors import UsageError
from layertui.core.language.texts import tr
from layertui.tui.verbs.shared.cli_context import CliContext, pass_context, verb


def _clear(context: CliContext) -> None:
    """Remove what earlier rounds have left in the tour's own store."""
    inspector = context.inspector
    for container in inspector.containers.list():
        inspector.containers.remove(container.id, force=True, volumes=True)
    for image in inspector.images.list():
        inspector.images.remove(str(image.id), force=True)


@verb("tour", "tour", "tour --again")
@click.option(
    "--again", is_flag=True, help="Begin with the first step and only the demo images, instead of where it was left."
)
@pass_context
def tour_verb(context: CliContext, again: bool) -> int:
    """Take the tour: what an image and a container are, in ten steps on the demo images.

    Nothing of yours is touched: the tour has a store of its own, in the user's state folder; with --store it is in that
    store. It is left with `q`, and goes on where it was left.
    """
    from layertui.core.config.setting_list import EMBEDDED
    from layertui.core.errors import NotFound
    from layertui.core.settings import user_state
    from layertui.tui.verbs.open_screen import open_screen, require_terminal

    if context.engine not in (None, EMBEDDED):
        raise UsageError(tr("the tour is in the embedded engine: leave --engine out"))
    folder = user_state() / "tour"
    is_own = context.store is None
    context.store, context.engine = context.store or str(folder / "store"), EMBEDDED
    require_terminal(context, instead=tr("`layertui demo --no-ui` adds the images of the tour"))
    if again and is_own:
        _clear(context)
    try:
        context.inspector.open("demo:2.0")
    except NotFound:
        context.inspector.images.demo(context.progress())

    from layertui.tui.screens.tour.tour import Tour
    from layertui.tui.screens.tour.tour_progress import TourProgress, progress_file, read_progress

    store = context.settings.store
    file = progress_file(folder, store)
    tour = Tour(file, store, TourProgress() if again else read_progress(file))
    try:
        return open_screen(context, "demo:2.0", tour)
    finally:
        tour.keep()
