"""The picture that a file is: decoded and drawn by jobs, and shown in a PictureView."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe
from layertui.tui.widgets.pages.picture_lines import picture_strips
from layertui.tui.widgets.size.tile_styles import has_few_colours

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.strip import Strip

    from layertui.core.analysis.file_pages.picture_pixels import SmallPicture
    from layertui.core.inspector import Inspector
    from layertui.core.progress import Progress
    from layertui.tui.screens.file.file_pages import FilePages
    from layertui.tui.screens.shared.base_screen import InspectorScreen
    from layertui.tui.widgets.pages.picture_view import PictureView


class FilePicture:
    """The part of a FileScreen that has the picture. What cannot be decoded stays a file of bytes, with one line why."""

    def __init__(self, screen: InspectorScreen[Any], view: PictureView) -> None:
        self._screen = screen
        self._view = view
        self._picture: SmallPicture | None = None

    @property
    def is_decoded(self) -> bool:
        """Whether there is a picture to show."""
        return self._picture is not None

    def forget(self) -> None:
        """The file is another one."""
        self._picture = None
        self._screen.host.jobs.stop(self._screen, "picture")

    def decode(self, pages: FilePages, then: Callable[[], None], failed: Callable[[], None]) -> None:
        """Decode a file's picture; `then` it can be shown, or it `failed`, with the reason shown."""
        self._picture = None

        def decoded(picture: SmallPicture) -> None:
            self._picture = picture
            then()

        def refused(error: Exception) -> None:
            failed()
            self._screen.show_notice(safe(str(error)), severity="warning", seconds=10)

        self._screen.ask(
            tr("decoding the picture"),
            lambda _, progress: pages.picture(progress),
            decoded,
            group="picture",
            failed=refused,
        )

    def draw(self) -> None:
        """Draw the picture for the present size of the pane."""
        picture, view = self._picture, self._view
        room = view.room(few_colours=has_few_colours(self._screen.app))
        if picture is None or not room.width or not room.height:
            return

        def drawn(_inspector: Inspector, _progress: Progress) -> list[Strip]:
            return picture_strips(picture.fitted(room.width, room.height * 2), room)

        self._screen.ask(
            tr("drawing the picture"), drawn, lambda strips: view.show_lines(strips, room), group="picture", quiet=True
        )
