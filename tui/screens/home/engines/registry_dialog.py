"""Looks around in a registry: its repositories, and their tags; the answer is the name that opens the chosen image."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from layertui.core.language.texts import tr, trn
from layertui.tui.common.format import safe
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.screens.dialogs.dialog import NOTE, Dialog, lines
from layertui.tui.widgets.forms.fields import Field, Line
from layertui.tui.widgets.lists.row_list import RowList
from layertui.tui.widgets.text.pieces import Pieces, fit, many

if TYPE_CHECKING:
    from layertui.core.inspector import Inspector
    from layertui.core.progress import Progress

MOST_LINES = 10
"""Of more the list scrolls."""


class RegistryList(RowList):
    """Registries, the repositories of one, or the tags of one repository."""

    TITLE_OF_KEYS = tr("Registry")

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", tr("open"), tooltip=tr("List its repositories or its tags, or open the image")),
        Binding("left,h,backspace", "screen.up", tr("up"), tooltip=tr("Go back to the repositories")),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.names: tuple[str, ...] = ()
        self.styles.height = 1

    def show_names(self, names: Sequence[str]) -> None:
        """List these repositories or tags."""
        self.names = tuple(names)
        self.styles.height = min(max(1, len(names)), MOST_LINES)
        self.show_count(len(names), cursor=0)

    @property
    def current(self) -> str | None:
        """The one under the cursor."""
        return self.names[self.cursor] if self.cursor < len(self.names) else None

    def draw_row(self, index: int, width: int) -> Pieces:
        return [(" ", ""), (fit(safe(self.names[index]), width - 1), "")]


class RegistryDialog(Dialog["str | None"]):
    """A host, or a repository, and below it what it has."""

    YES = tr("List")

    def __init__(self) -> None:
        super().__init__()
        self._listed: str | None = None
        """Of what the list is: empty for the registries, a host, or a repository with its host."""

    def heading(self) -> str:
        return tr("Browse a registry")

    def fields(self) -> Iterable[Widget]:
        yield Field(tr("Registry"), Line(placeholder=tr("HOST, or HOST/REPOSITORY"), id="where"))
        yield RegistryList(id="names")

    def on_mount(self) -> None:
        """List the registries that there are credentials for."""
        super().on_mount()
        self._list("")

    def _list(self, where: str) -> None:
        def call(inspector: Inspector, progress: Progress) -> list[str]:
            transfers = inspector.transfers()
            if "/" in where:
                return transfers.tags(where, progress)
            return transfers.repositories(where, progress) if where else transfers.registries()

        self.find_out(tr("listing {where}", where=where), call, lambda names: self._show(where, names), group="names")

    def _show(self, where: str, names: list[str]) -> None:
        self._listed = where
        rows = self.query_one(RegistryList)
        rows.show_names(names)
        if where and names:
            rows.focus()
        self.renew()

    @on(RegistryList.Chosen)
    def _chosen(self) -> None:
        name = self.query_one(RegistryList).current
        if name is None or self._listed is None:
            return
        if "/" in self._listed:
            self.dismiss(f"docker://{self._listed}:{name}")
        else:
            self._go(f"{self._listed}/{name}" if self._listed else name)

    def _go(self, where: str) -> None:
        self.query_one("#where", Input).value = where
        self._list(where)

    def action_up(self) -> None:
        """From tags to repositories, from these to the registries."""
        if self._listed:
            self._go(self._listed.partition("/")[0] if "/" in self._listed else "")

    def effect(self) -> Content:
        count = len(self.query_one(RegistryList).names)
        if not self._listed:
            known = tr("Registries with credentials are listed (`layertui login HOST` adds one). ") if count else ""
            return lines(
                (
                    tr(
                        "{known}{confirm} lists the repositories of a host, or the tags of a repository.",
                        known=known,
                        confirm=key_name("confirm", "Enter"),
                    ),
                    NOTE,
                )
            )
        if "/" in self._listed:
            return lines(
                (
                    tr(
                        "{count} of {listed}. {choose} opens one; only its manifest is read.",
                        choose=key_name("choose", "Enter"),
                        count=many(count, "tag"),
                        listed=safe(self._listed),
                    ),
                    NOTE,
                )
            )
        what = trn("1 repository", "{count:,} repositories", count)
        choose = key_name("choose", "Enter")
        return lines(
            (
                tr(
                    "{what} of {listed}. {choose} lists the tags of one.",
                    what=what,
                    listed=safe(self._listed),
                    choose=choose,
                ),
                NOTE,
            )
        )

    def command(self) -> Sequence[str]:
        where = self._listed or "HOST"
        return ("layertui", "tags", f"docker://{where if '/' in where else f'{where}/REPOSITORY'}")

    def confirm(self) -> None:
        where = self.query_one("#where", Input).value.strip().removeprefix("docker://").strip("/")
        if not where:
            self.show_error_text(tr("a host is needed, such as registry.example:5000"), at="#where")
            return
        self._list(where)
