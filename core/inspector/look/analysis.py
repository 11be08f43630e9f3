"""What is asked about the size of a Subject and its packages; the Inspector hands it out as `analysis`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.core.errors import UsageError
from layertui.core.language.texts import tr
from layertui.core.progress import quiet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from layertui.core.analysis.packages.find_packages import FileOwner, PackagesFound
    from layertui.core.analysis.packages.package_changes import PackageChanges
    from layertui.core.analysis.rules.rules import Rules
    from layertui.core.analysis.step_waste import StepWaste
    from layertui.core.images.history_steps import Step
    from layertui.core.inspector.look.size_maps import SizeMaps
    from layertui.core.inspector.look.size_report import SizeReport
    from layertui.core.inspector.subject import Subject
    from layertui.core.layers.cache.catalog import Catalog
    from layertui.core.layers.diff.file_changes import Changes
    from layertui.core.layers.stack.stack import Stack
    from layertui.core.progress import Progress


class Analysis:
    """Questions about bytes and packages."""

    def __init__(
        self,
        stack: Callable[[Subject, Progress | None], Stack],
        history: Callable[[Subject], Sequence[Step]],
        catalog: Callable[[], Catalog],
    ) -> None:
        """`stack` makes the layer tables of a Subject into one, `history` has its steps; both raise what Inspector's raise."""
        self._stack = stack
        self._history = history
        self._catalog = catalog

    def size_maps(self, subject: Subject, progress: Progress | None = None) -> SizeMaps:
        """What takes the bytes of a Subject, by folder, layer, kind and package: all that its layers store, hidden or not."""
        from layertui.core.inspector.look.size_maps import SizeMaps
        from layertui.core.inspector.look.subject_packages import packages_of

        stack = self._stack(subject, progress)
        return SizeMaps(
            subject,
            stack,
            self._history(subject),
            lambda: packages_of(subject, stack, self._catalog(), progress or quiet()),
        )

    def rules(
        self, given: Mapping[str, Sequence[str]], *, file: Path | None = None, as_dive: bool = False
    ) -> tuple[Rules, str | None]:
        """The rules that are `given` by their names, and those of a `file` like dive's; and the image that the file names for growth.

        With `as_dive`, what a file leaves out has dive's limits, and so has everything if nothing but disabled rules is given.
        Raises UsageError.
        """
        from layertui.core.analysis.rules.rules import DIVE_DEFAULTS, rules_from
        from layertui.core.analysis.rules.rules_file import read_rules

        written, against = read_rules(file) if file is not None else ({}, None)
        limits = DIVE_DEFAULTS if as_dive and (file is not None or not rules_from(given).any) else {}
        rules = rules_from({**limits, **written, **given})
        if rules.allow_secret and not rules.no_secrets:
            raise UsageError(tr("the rule allow-secret needs the rule no-secrets"))
        return rules, against

    def size_report(
        self,
        subject: Subject,
        rules: Rules | None = None,
        *,
        contents: bool = True,
        against: Subject | None = None,
        progress: Progress | None = None,
    ) -> SizeReport:
        """Why a Subject is as big as it is: hidden bytes, kinds of files, what builds left behind; and whether it keeps rules.

        With `contents`, files of equal size are read to find those with the same content, and databases of packages too.
        `against` is another Subject, for what this one has grown by.
        """
        from layertui.core.analysis.rules.rules import Rules
        from layertui.core.inspector.look.size_report import size_report

        other = None if against is None else (against, self._stack(against, progress))
        return size_report(
            subject,
            self._stack(subject, progress),
            self._history(subject),
            self._catalog(),
            rules=rules or Rules(),
            contents=contents,
            against=other,
            progress=progress or quiet(),
        )

    def step_waste(self, subject: Subject, progress: Progress | None = None) -> Mapping[int, tuple[StepWaste, ...]]:
        """What the step of each layer wastes, by the layer's number, with advice for the Dockerfile; of `@M..N`, of these layers."""
        from layertui.core.analysis.step_waste import waste_by_layer
        from layertui.core.analysis.stored_files import stored_files

        low, high = subject.span or (1, subject.upto)
        return waste_by_layer(stored_files(self._stack(subject, progress), low=low, high=high))

    def packages(self, subject: Subject, progress: Progress | None = None) -> PackagesFound:
        """The packages in what a Subject shows, who brought them, and which files they own; what is damaged is reported as a problem."""
        from layertui.core.inspector.look.subject_packages import packages_of

        return packages_of(subject, self._stack(subject, progress), self._catalog(), progress or quiet())

    def package_changes(self, files: Changes, progress: Progress | None = None) -> PackageChanges:
        """The packages that differ between two Subjects, from the files that do."""
        from layertui.core.analysis.packages.package_changes import package_changes

        return package_changes(files, progress or quiet())

    def package_of(self, subject: Subject, path: str, progress: Progress | None = None) -> FileOwner | None:
        """Which package owns a file, by its absolute path without symlinks; None if that cannot be said. Fetches no layer for it."""
        from layertui.core.inspector.look.subject_packages import owner_in

        return owner_in(subject, self._stack(subject, progress), path, self._catalog(), progress or quiet())
