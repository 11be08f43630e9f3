"""Rules for images: limits of dive's `.dive-ci`, and more; each is checked against an analysis."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from layertui.core.analysis.byte_counts import bytes_from
from layertui.core.analysis.rules.forbidden_paths import matching_paths
from layertui.core.analysis.stack_paths import paths_of
from layertui.core.analysis.waste import efficiency, user_wasted_share
from layertui.core.errors import LayertuiError, UsageError
from layertui.core.language.texts import tr
from layertui.core.layers.table.entry import Kind
from layertui.core.progress import quiet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from layertui.core.analysis.packages.find_packages import PackagesFound
    from layertui.core.analysis.rules.findings import RuleFinding
    from layertui.core.analysis.rules.package_rules import ForbiddenPackage
    from layertui.core.analysis.stored_files import StoredFiles
    from layertui.core.progress import Progress

Number = int | float
RuleTexts = dict[str, "tuple[str, ...]"]
"""Rules as they are written: by their name, `lowest-efficiency`, each with one value; those in `LISTS` may have several."""

DIVE_DEFAULTS: RuleTexts = {"lowest-efficiency": ("0.9",), "highest-user-wasted-percent": ("0.1",)}
"""What dive checks where nothing else is said."""

LISTS = ("forbid", "forbid-package", "allow-secret")
"""The rules that may have several values."""

_DISABLED = ("", "disabled", "off", "false")  # dive's words, in small or capital letters
_SETUID = 0o4000


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules to check; None, False and () are not checked. Ratios are 0 to 1, sizes bytes."""

    lowest_efficiency: float | None = None
    highest_wasted_bytes: int | None = None
    highest_user_wasted_percent: float | None = None
    max_size: int | None = None
    max_layers: int | None = None
    max_growth: int | None = None
    max_packages: int | None = None
    no_setuid: bool = False
    no_secrets: bool = False
    allow_secret: tuple[str, ...] = ()
    """Globs of paths that `no_secrets` leaves out."""
    forbid: tuple[str, ...] = ()
    forbid_package: tuple[ForbiddenPackage, ...] = ()

    @property
    def any(self) -> bool:
        """Whether there is something to check."""
        return replace(self, allow_secret=()) != Rules()

    @property
    def of_packages(self) -> bool:
        """Whether the packages have to be known for them."""
        return self.max_packages is not None or bool(self.forbid_package)


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One rule, and whether an image keeps it."""

    name: str
    """`lowest-efficiency` …; `forbid` and `forbid-package` once for each value."""
    limit: Number | str
    """The number that was given, the glob, or the package."""
    value: Number
    """The image's number; of rules that forbid something, how many paths or findings there are."""
    passed: bool
    paths: tuple[str, ...] = ()
    """The paths that break the rule."""
    findings: tuple[RuleFinding, ...] = ()
    """What breaks a rule for secrets or packages; their paths are in `paths` too, each once."""


def rule_names() -> tuple[str, ...]:
    """The names of all rules, as on the command line."""
    return tuple(field.name.replace("_", "-") for field in fields(Rules))


def rules_from(texts: Mapping[str, Sequence[str]]) -> Rules:
    """The rules as values. Raises UsageError for a value that is none, or out of range."""
    values: dict[str, object] = {}
    for name, written in texts.items():
        wanted = tuple(text for text in written if text.strip().lower() not in _DISABLED)
        if not wanted:
            continue
        try:
            parser = _PARSERS.get(name)
            values[name.replace("-", "_")] = (
                tuple(map(_LIST_PARSERS[name], wanted)) if parser is None else parser(wanted[-1].strip())
            )
        except ValueError as error:
            raise UsageError(tr("the rule {name}: {error}", name=name, error=error)) from error
    return Rules(**values)  # type: ignore[arg-type]


def check_rules(
    rules: Rules,
    stored: StoredFiles,
    *,
    growth: int | None = None,
    packages: PackagesFound | None = None,
    progress: Progress | None = None,
) -> list[RuleResult]:
    """The results of all rules that are to be checked; ``growth`` is in bytes, against another image.

    ``packages`` may be None if no rule is about them. Raises UsageError for a glob that is none, and LayertuiError if a rule
    cannot be judged because something could not be read.
    """
    layers = stored.high - stored.low + 1 if len(stored.stack) else 0
    at_least = [("lowest-efficiency", rules.lowest_efficiency, efficiency(stored))]
    at_most = [
        ("highest-wasted-bytes", rules.highest_wasted_bytes, stored.hidden_bytes),
        ("highest-user-wasted-percent", rules.highest_user_wasted_percent, user_wasted_share(stored)),
        ("max-size", rules.max_size, stored.stored_bytes),
        ("max-layers", rules.max_layers, layers),
        ("max-growth", rules.max_growth, growth),
    ]
    results = [RuleResult(name, limit, value, value >= limit) for name, limit, value in at_least if limit is not None]
    results += [
        RuleResult(name, limit, value, value <= limit)
        for name, limit, value in at_most
        if limit is not None and value is not None
    ]
    if packages is not None and rules.of_packages:
        results += _package_rules(rules, packages)
    results += _path_rules(rules, stored)
    if rules.no_secrets:
        results.append(_secrets(rules, stored, progress or quiet()))
    return results


def _package_rules(rules: Rules, packages: PackagesFound) -> Iterator[RuleResult]:
    from layertui.core.analysis.rules.package_rules import forbidden_in, package_count

    if rules.max_packages is not None:
        count = package_count(packages)
        yield _judged(
            RuleResult("max-packages", rules.max_packages, count, count <= rules.max_packages), packages.problems
        )
    for forbidden in rules.forbid_package:
        found = forbidden_in(packages, forbidden)
        yield _judged(_with_findings("forbid-package", forbidden.written, found), packages.problems)


def _secrets(rules: Rules, stored: StoredFiles, progress: Progress) -> RuleResult:
    from layertui.core.analysis.rules.secret_files import find_secrets

    found = find_secrets(stored, rules.allow_secret, progress)
    return _judged(_with_findings("no-secrets", 0, found.findings), found.problems)


def _with_findings(name: str, limit: Number | str, findings: Sequence[RuleFinding]) -> RuleResult:
    paths = tuple(dict.fromkeys(finding.path for finding in findings))
    return RuleResult(name, limit, len(findings), not findings, paths, tuple(findings))


def _judged(result: RuleResult, problems: Sequence[str]) -> RuleResult:
    """The result. Raises LayertuiError for one that passes only as far as could be read."""
    if result.passed and problems:
        more = tr(", and {problems:,} more", problems=len(problems) - 1) if len(problems) > 1 else ""
        raise LayertuiError(
            tr("the rule {name} cannot be checked: {problems}{more}", name=result.name, problems=problems[0], more=more)
        )
    return result


def _path_rules(rules: Rules, stored: StoredFiles) -> Iterator[RuleResult]:
    if rules.no_setuid:
        paths = setuid_files(stored)
        yield RuleResult("no-setuid", 0, len(paths), not paths, tuple(paths))
    for glob in rules.forbid:
        paths = matching_paths(stored.stack, glob, stored.low, stored.high)
        yield RuleResult("forbid", glob, len(paths), not paths, tuple(paths))


def setuid_files(stored: StoredFiles) -> list[str]:
    """The visible files that run as their owner, of the layers that are looked at; in tree order."""
    stack = stored.stack
    visible = (stack.born <= stored.high) & (stack.gone > stored.high) & (stack.layer >= stored.low)
    rows = np.flatnonzero((stack.kind == Kind.FILE) & visible)
    rows = rows[stack.column("mode", stack.inode[rows]) & _SETUID != 0]
    return paths_of(stack, stack.path_id[rows])


def _forbidden_package(text: str) -> object:
    from layertui.core.analysis.rules.package_rules import forbidden_package

    return forbidden_package(text)


def _ratio(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise ValueError(tr("{text!r} is no number from 0 to 1", text=text))
    return value


def _count(text: str) -> int:
    if not text.isdecimal():
        raise ValueError(tr("{text!r} is no number", text=text))
    return int(text)


def _flag(text: str) -> bool:
    if text.lower() not in ("true", "yes", "on"):
        raise ValueError(tr("{text!r} is neither true nor false", text=text))
    return True


_PARSERS: dict[str, Callable[[str], object]] = {
    "lowest-efficiency": _ratio,
    "highest-wasted-bytes": bytes_from,
    "highest-user-wasted-percent": _ratio,
    "max-size": bytes_from,
    "max-layers": _count,
    "max-growth": bytes_from,
    "max-packages": _count,
    "no-setuid": _flag,
    "no-secrets": _flag,
}
_LIST_PARSERS: dict[str, Callable[[str], object]] = {
    "forbid": str,
    "forbid-package": _forbidden_package,
    "allow-secret": str,
}
