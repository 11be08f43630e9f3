"""Actions on a comparison as a whole: swap its sides, compare others, save its report, restore a config."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from layertui.core.language.texts import tr
from layertui.tui.screens.shared.key_actions import Action
from layertui.tui.widgets.chrome.tab_frame import TabFrame
from layertui.tui.widgets.compare.change_tree import ChangeTree

if TYPE_CHECKING:
    from layertui.tui.screens.compare.comparison_jobs import ComparisonJobs
    from layertui.tui.screens.shared.base_screen import InspectorScreen
    from layertui.tui.widgets.compare.change_choice import ChangeChoice

NOT_KNOWN = tr("the comparison is not there yet")


class CompareActions:
    """The part of the comparison's screen that starts other comparisons."""

    def __init__(
        self,
        screen: InspectorScreen[None],
        comparison: ComparisonJobs,
        kept: Callable[[], ChangeChoice | None],
        others: Callable[[str, str], None],
    ) -> None:
        """`kept` returns the choice of files to show when the same two are compared again; `others` compares another pair."""
        self._screen = screen
        self._comparison = comparison
        self._kept = kept
        self._others = others

    def actions(self) -> dict[str, Action]:
        """The actions, by the names in the screen's bindings."""
        return {
            "refresh": Action(self._refresh),
            "swap": Action(self._swap),
            "others": Action(self._ask_others),
            "save": Action(self._save, self._no_report),
            "size_map": Action(self._size_map, self._no_files),
            "restore": Action(self._restore, self._no_config),
        }

    def _no_report(self) -> str:
        return "" if self._comparison.report is not None else tr("save: {not_known}", not_known=NOT_KNOWN)

    def _no_files(self) -> str:
        return "" if self._comparison.files_known else tr("size map: it is not known yet which files differ")

    def _no_config(self) -> str:
        report = self._comparison.report
        if report is None:
            return tr("config back: {not_known}", not_known=NOT_KNOWN)
        return "" if report.imported is not None else tr("config back: neither side is an import of the other's export")

    def _refresh(self) -> None:
        self._comparison.compare(self._comparison.a, self._comparison.b, self._kept())

    def _swap(self) -> None:
        self._comparison.compare(self._comparison.b, self._comparison.a, self._kept())

    def _ask_others(self) -> None:
        """Ask for another pair, or for one other side."""
        from layertui.tui.screens.dialogs.compare_dialog import CompareDialog

        def chosen(pair: tuple[str, str] | None) -> None:
            if pair is not None:
                self._others(*pair)

        dialog = CompareDialog(self._comparison.a, self._comparison.b).on_engine(self._screen.engine)
        self._screen.app.push_screen(dialog, chosen)

    def _size_map(self) -> None:
        """The bytes of the files that Files shows."""
        from layertui.tui.screens.compare.changed_sizes_screen import ChangedSizesScreen

        screen, report = self._screen, self._comparison.report
        tree = screen.query_one(ChangeTree)
        if report is None or tree.chosen is None:
            return

        def chosen(path: str | None) -> None:
            if path is not None:
                tree.go_to_path(path)
                screen.query_one(TabFrame).go_to("files")

        screen.app.push_screen(ChangedSizesScreen(tree.chosen, report.titles), chosen)

    def _save(self) -> None:
        """Save the report to a file."""
        from layertui.tui.screens.dialogs.report_dialog import SaveReportDialog

        comparison = self._comparison
        if comparison.report is not None:
            self._screen.app.push_screen(
                SaveReportDialog(comparison.report, (comparison.a, comparison.b)),
                lambda path: (
                    self._screen.show_notice(tr("The report is written to {path}.", path=path)) if path else None
                ),
            )

    def _restore(self) -> None:
        """Give the import the config of the original, under a new name; then compare that image."""
        from layertui.tui.screens.dialogs.restore_config import RestoreConfigDialog

        report, a, b = self._comparison.report, self._comparison.a, self._comparison.b
        if report is None or report.imported is None:
            return
        left = report.imported.copy == "a"

        def done(name: str | None) -> None:
            if name is not None:
                self._others(name if left else a, b if left else name)

        self._screen.app.push_screen(RestoreConfigDialog(report).on_engine(self._screen.engine), done)
