"""Loads or imports a file after inspecting it; the answer is the names of the new images.

Enter after a path that was not inspected yet inspects it, and then loads or imports it; but if tags would move, which the
user has not seen yet, it waits for another Enter.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, TextArea

from layertui.core.errors import Ambiguous
from layertui.core.language.texts import tr
from layertui.core.oci.config_instructions import changes_of
from layertui.tui.common.command_log import ActCommand, command_in
from layertui.tui.common.format import safe, size
from layertui.tui.common.jobs import one_line
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.screens.dialogs.dialog import KEPT, LOST, NOTE, Dialog, lines
from layertui.tui.screens.dialogs.import_fields import ImportFields
from layertui.tui.screens.shared.clipboard import copy_key
from layertui.tui.screens.shared.copy_targets import as_path
from layertui.tui.screens.shared.notices import ActNotice, NextKey
from layertui.tui.screens.shared.path_completion import on_host
from layertui.tui.widgets.forms.fields import Choice, Field, Tick
from layertui.tui.widgets.forms.path_line import PathLine, completes
from layertui.tui.widgets.text.pieces import many

if TYPE_CHECKING:
    from layertui.core.images.image import Image
    from layertui.core.inspector.inspector_answers import Findings, Loaded

SHOWN = 6
"""The number of images of an archive that are listed; the rest is counted."""


class BringInDialog(Dialog["tuple[str, ...] | None"]):
    """The file, what is in it, and the questions that follow from that."""

    DEFAULT_CSS = """
    BringInDialog #platform-field { display: none; }
    BringInDialog #keep { display: none; margin: 0 0 0 13; }
    """

    YES = tr("Load or import")

    def __init__(self, path: str = "") -> None:
        super().__init__()
        self._path = path
        self._findings: Findings | None = None
        self._looked_at = ""
        self._go_on = False
        """Whether Enter came before the file was inspected, so that it is loaded afterwards."""
        self._note = ""
        self._platforms: tuple[str, ...] = ()
        self._platform: str | None = None
        """The one of several that is loaded; None: this machine's."""
        self._import_fields = ImportFields(self._read_config)

    def heading(self) -> str:
        return tr("Load or import")

    def fields(self) -> Iterable[Widget]:
        """The file; the fields of an import are shown when it turns out to be one."""
        yield Field(
            tr("File"),
            PathLine(self._path, placeholder=tr("image archive, OCI layout or tar of files"), id="file"),
            hint=completes(),
        )
        yield Field(tr("Platform"), Choice([("", "")], id="platform"), id="platform-field")
        yield Tick(tr("refuse to move tags (--no-clobber)"), id="keep")
        yield self._import_fields

    def on_mount(self) -> None:
        """Start listing the images whose config can be taken."""
        super().on_mount()
        self.ask(
            "names",
            lambda inspector, _progress: [name.familiar for image in inspector.images.list() for name in image.names],
            self._listed,
            group="names",
            quiet=True,
        )

    def _listed(self, names: list[str]) -> None:
        self._import_fields.images = names

    # -- inspecting the file

    @on(PathLine.Wanted, "#file")
    def _wanted(self, event: PathLine.Wanted) -> None:
        text = event.text
        self.ask(
            tr("looking at the folder"),
            lambda _inspector, _progress: (on_host(text), _looks_like_something(as_path(text))),
            lambda answer: self._offered(event.line, text, answer),
            group="file",
            quiet=True,
        )

    def _offered(self, line: PathLine, text: str, answer: tuple[list[str], bool]) -> None:
        candidates, something = answer
        line.offer(text, candidates)
        if text == self._looked_at or text != line.value:
            return
        self._go_on = False  # Enter was for another text
        if something:
            self._look(text)
        else:
            self._findings, self._note, self._looked_at = None, "", text
        self._show_what_is_asked()

    def _look(self, text: str) -> None:
        """Inspect the file; a newer call stops the older one."""
        path = as_path(text)
        if text != self._looked_at:
            self._platform = None
            self._show_platforms((), "")
        platform = self._platform
        self._findings, self._note, self._looked_at = None, tr("looking into {name} …", name=path.name), text
        self.ask(
            tr("looking into {name}", name=path.name),
            lambda inspector, progress: inspector.images.look_into(path, progress, platform=platform),
            self._found,
            group="look",
            failed=self._not_found,
        )

    def _show_platforms(self, platforms: tuple[str, ...], shown: str) -> None:
        """Show the platforms to choose from, and the one that would be loaded; none hides the field."""
        self._platforms = platforms
        field = self.query_one("#platform-field")
        field.display = bool(platforms)
        if platforms:
            self.query_one("#platform", Choice).show_options([(one, one) for one in platforms], shown)

    @on(Choice.Changed, "#platform")
    def _platform_turned(self, event: Choice.Changed) -> None:
        self._platform = event.value
        self._look(self._looked_at)

    def _found(self, findings: Findings) -> None:
        self._findings, self._note = findings, ""
        if findings.platforms and not self._platforms:
            shown = next((str(image.platform) for image in findings.images), findings.platforms[0])
            self._show_platforms(findings.platforms, shown if shown in findings.platforms else findings.platforms[0])
        self._show_what_is_asked()
        if self._go_on:
            self._go_on = False
            if findings.moves:
                self.show_error_text(
                    tr(
                        "loading it moves these tags: {confirm} loads it all the same",
                        confirm=key_name("confirm", "Enter"),
                    )
                )
            else:
                self._bring_in(findings)

    def _not_found(self, error: Exception) -> None:
        if isinstance(error, Ambiguous) and (platforms := tuple(one.platform for one in error.choices)):
            self._go_on = False  # first a platform must be chosen
            self._platform = platforms[0]
            self._show_platforms(platforms, platforms[0])
            self._look(self._looked_at)
            return
        self._findings, self._note = None, "" if self._go_on else one_line(error)
        self._show_what_is_asked()
        if self._go_on:
            self._go_on, self._looked_at = False, ""  # the file may exist at the next Enter
            self.show_error_text(one_line(error), at="#file")

    def _show_what_is_asked(self) -> None:
        findings = self._findings
        self._import_fields.display = self._imports
        self.query_one("#keep").display = findings is not None and bool(findings.moves)
        self.label_submit(tr("Import") if self._imports else tr("Load") if findings is not None else self.YES)
        self.renew()

    @property
    def _imports(self) -> bool:
        return self._findings is not None and self._findings.form == "tar"

    # -- the effect

    def effect(self) -> Content:
        """What was found, and what would be done with it."""
        findings = self._findings
        if findings is None:
            wrong = self._note and not self._note.endswith("…")
            note = self._note or tr("Nothing is changed until you confirm.")
            return lines((safe(note), LOST if wrong else NOTE))
        if findings.form == "tar":
            return self._import_effect()
        what = {
            "docker": tr("A docker archive"),
            "oci": tr("An OCI archive"),
            "layout": tr("An OCI layout"),
        }[findings.form]
        listed = [_image_line(image) for image in findings.images[:SHOWN]]
        more = len(findings.images) - SHOWN
        kept = self.query_one("#keep", Tick).value
        moves = [
            (
                tr(
                    "{familiar} would move from {short} to {short2}",
                    familiar=safe(moved.name.familiar),
                    short=moved.was.short,
                    short2=moved.now.short,
                ),
                LOST,
            )
            for moved in findings.moves[:SHOWN]
        ]
        return lines(
            (
                tr(
                    "{what}: {images}, {layers}.",
                    what=what,
                    images=many(len(findings.images), "image"),
                    layers=many(findings.layers, "layer"),
                ),
                KEPT,
            ),
            *[(line, "") for line in listed],
            (tr("  and {more} more", more=more), NOTE) if more > 0 else None,
            *moves,
            (tr("Refused: it would move these tags."), NOTE) if kept and findings.moves else None,
            *[(safe(warning), "$text-warning") for warning in findings.warnings[:3]],
            (tr("load keeps all layers, history, config and the image ID."), NOTE),
        )

    def _import_effect(self) -> Content:
        changes = self._import_fields.changes
        return lines(
            (tr("A tar of files: import makes an image with one layer and one history step."), ""),
            (tr("{changes} to its config.", changes=many(len(changes), "change")), KEPT)
            if changes
            else (tr("No CMD and no ENV: create will need a command."), LOST),
        )

    @property
    def _file(self) -> str:
        return self.query_one("#file", Input).value.strip()

    def command(self) -> Sequence[str]:
        """`layertui load …` or `layertui import …`."""
        return self._command_for(self._file or "FILE")

    def act(self) -> ActCommand | None:
        """With the file as it is named in any folder."""
        return ActCommand(command_in(self.engine, self._command_for(str(as_path(self._file).absolute()))))

    def _command_for(self, file: str) -> Sequence[str]:
        if not self._imports:
            options = ["--no-clobber"] if self.query_one("#keep", Tick).value else []
            options += ["--platform", self._platform] if self._platform else []
            return ("layertui", "load", *options, "-i", file)
        return self._import_fields.command_for(file)

    # -- the config of another image

    def _read_config(self, name: str, then: Callable[[Sequence[str]], None]) -> None:
        self.ask(
            tr("reading the config of {name}", name=name),
            lambda inspector, progress: changes_of(inspector.open(name, progress=progress).image.config.config),
            then,
            group="config",
            quiet=True,
        )

    @on(TextArea.Changed, "#changes")
    def _changes_edited(self) -> None:
        self.renew()

    # -- the work

    def confirm(self) -> None:
        """Load or import what was found."""
        text = self.query_one("#file", Input).value
        if not text.strip():
            self.show_error_text(tr("a file is needed: an image archive, an OCI layout or a tar of files"), at="#file")
        elif self._findings is not None and self._looked_at == text:
            self._bring_in(self._findings)
        else:
            self._go_on = True
            if self._looked_at != text or not self._note.endswith("…"):
                self._look(text)
            self.renew()

    def _bring_in(self, findings: Findings) -> None:
        path = findings.path
        if findings.form == "tar":
            self._import(path)
            return
        clobber, platform = not self.query_one("#keep", Tick).value, self._platform
        self.do(
            tr("loading {name}", name=path.name),
            lambda inspector, progress: inspector.images.load(
                path, clobber=clobber, platform=platform, progress=progress
            ),
            lambda loaded: self._loaded(path, loaded),
        )

    def _loaded(self, path: Path, loaded: list[Loaded]) -> None:
        for one in loaded:
            for warning in one.warnings:
                self.show_notice(warning, severity="warning")
            for moved in one.moved:
                self.show_notice(
                    tr(
                        "{familiar} was {short} and is {short2} now",
                        familiar=moved.name.familiar,
                        short=moved.was.short,
                        short2=moved.now.short,
                    ),
                    severity="warning",
                )
        names = tuple(one.names[0].familiar if one.names else str(one.image.id) for one in loaded)
        listed = ", ".join(one.names[0].familiar if one.names else one.image.id.short for one in loaded[:SHOWN])
        more = tr(" and {loaded} more", loaded=len(loaded) - SHOWN) if len(loaded) > SHOWN else ""
        taken = size(sum(one.image.stored_size for one in loaded))
        self.finish(
            names,
            ActNotice(
                tr(
                    "Loaded {listed}{more} from {path}, {taken}",
                    listed=listed,
                    more=more,
                    path=path.absolute(),
                    taken=taken,
                ),
                (self._copies_id(names[0], loaded[0].image),),
            ),
        )

    def _copies_id(self, name: str, image: Image) -> NextKey:
        return copy_key(self, tr("image ID"), str(image.id), tr("the ID of {name}", name=name))

    def _import(self, path: Path) -> None:
        fields = self._import_fields
        ref, message, changes = fields.ref or None, fields.message or None, fields.changes

        def imported(image: Image) -> None:
            name = image.names[0].familiar if image.names else str(image.id)
            shown = name if image.names else image.id.short
            sentence = tr(
                "Imported {path} as {shown}, {size}: one layer, one history step",
                path=path.absolute(),
                shown=shown,
                size=size(image.stored_size),
            )
            self.finish((name,), ActNotice(sentence, (self._copies_id(shown, image),)), made=str(image.id))

        self.do(
            tr("importing {name}", name=path.name),
            lambda inspector, progress: inspector.images.import_(
                path, ref, message=message, changes=changes, progress=progress
            ),
            imported,
        )


def _looks_like_something(path: Path) -> bool:
    """Whether inspecting it makes sense: a file, or a folder with an image layout."""
    return path.is_file() or (path.is_dir() and os.path.lexists(path / "oci-layout"))


def _image_line(image: Image) -> str:
    names = ", ".join(safe(name.familiar) for name in image.names) or tr("no name")
    return f"  {names}  {image.id.short}  {many(len(image.layers), 'layer')}  {size(image.stored_size)}"
