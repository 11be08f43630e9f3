"""Words and numbers that all forms of a size report share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.core.analysis.stored_files import Why
from layertui.core.language.texts import counted, tr, trn
from layertui.tui.common.format import count_text, field_words, one_line, shorten, size, size_change

if TYPE_CHECKING:
    from layertui.core.analysis.rules.findings import RuleFinding
    from layertui.core.analysis.rules.rules import RuleResult
    from layertui.core.analysis.waste import HiddenCopy, WastedPath
    from layertui.core.inspector.look.size_report import Growth, LayerBytes, SizeReport

_HIDING = {
    Why.OVERWRITTEN: tr("overwritten in"),
    Why.REMOVED: tr("removed in"),
    Why.OPAQUE: tr("its folder emptied in"),
    Why.SAME_CONTENT: tr("the same bytes again in"),
}
_STEP_WIDTH = 60
_SIZES = ("highest-wasted-bytes", "max-size", "max-growth")


def summary(report: SizeReport) -> str:
    """The figures in one sentence."""
    return tr(
        "{size} in {layers}; {size2} of it hidden by higher layers; efficiency {ratio}",
        size=size(report.size),
        layers=counted(len(report.layers), "layer"),
        size2=size(report.wasted_bytes),
        ratio=ratio(report.efficiency),
    )


def dive_sentence(report: SizeReport) -> str | None:
    """What dive says, where its figures are others."""
    dive = report.dive
    if dive is None or (ratio(dive.efficiency), dive.wasted_bytes) == (ratio(report.efficiency), report.wasted_bytes):
        return None
    return tr(
        "dive says: {size} wasted, efficiency {ratio}; it counts copies that show, and not all that are hidden",
        size=size(dive.wasted_bytes),
        ratio=ratio(dive.efficiency),
    )


def ratio(value: float) -> str:
    """A ratio with four digits: 0.9612; never 1 for one that is below it."""
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0.9999" if text == "1" and value < 1 else text


def percent(part: int, whole: int) -> str:
    """A share: `12%`, `<1%`; empty of nothing."""
    if not part or not whole:
        return ""
    share = 100 * part / whole
    return "<1%" if share < 1 else f"{share:.0f}%"


def hiding(path: WastedPath) -> str:
    """Which layer does what to the copies of a path: `removed in 4`."""
    words = list(dict.fromkeys(map(_of_copy, path.copies)))
    if path.changed:
        words.append(tr("only {changed} changed", changed=tr(" and ").join(field_words(path.changed))))
    return ", ".join(words)


def _of_copy(copy: HiddenCopy) -> str:
    return f"{_HIDING[copy.why]} {copy.hidden_by}"


def step_of(layer: LayerBytes) -> str:
    """The command of a layer; not yet in one line, and not escaped."""
    return tr("(writable)") if layer.writable else layer.command or layer.created_by or ""


def growth_sentence(growth: Growth, subject: str) -> str:
    """What changed against the other image: `app:2 adds 41MB to app:1: node_modules +38MB`."""
    kinds = ", ".join(f"{name} {size_change(count)}" for name, count in growth.kinds[:5])
    change = (
        tr("adds {size} to", size=size(growth.bytes))
        if growth.bytes >= 0
        else tr("takes {size} from", size=size(-growth.bytes))
    )
    return f"{subject} {change} {growth.against}" + (f": {kinds}" if kinds else "")


def rule_sentence(rule: RuleResult) -> str:
    """What was asked for and what there is: `efficiency 0.85 is below 0.9`."""
    if rule.name == "no-secrets":
        return trn("{number} secret", "{number} secrets", int(rule.value), number=count_text(int(rule.value)))
    if rule.name == "forbid-package":
        count = count_text(int(rule.value))
        return trn(
            "{count} package is {limit}", "{count} packages are {limit}", int(rule.value), count=count, limit=rule.limit
        )
    if rule.name in ("forbid", "no-setuid"):
        paths, number = int(rule.value), count_text(int(rule.value))
        if rule.name == "forbid":
            return trn(
                "{number} path matches {limit}", "{number} paths match {limit}", paths, number=number, limit=rule.limit
            )
        return trn("{number} path with setuid", "{number} paths with setuid", paths, number=number)
    value, limit = (_number(rule, number) for number in (rule.value, rule.limit))
    is_least = rule.name == "lowest-efficiency"
    if rule.passed:
        return (
            tr("{value}, at least {limit} required", value=value, limit=limit)
            if is_least
            else tr("{value}, at most {limit} allowed", value=value, limit=limit)
        )
    return (
        tr("{value} is below {limit}", value=value, limit=limit)
        if is_least
        else tr("{value} is above {limit}", value=value, limit=limit)
    )


def finding_texts(rule: RuleResult, report: SizeReport) -> list[str]:
    """What breaks a rule, a line each: paths, or findings with the layer and the step at fault; not yet escaped."""
    if not rule.findings:
        return list(rule.paths)
    steps = {layer.number: shorten(one_line(step_of(layer)), _STEP_WIDTH) for layer in report.layers}
    return [_finding_text(finding, steps.get(finding.layer, "")) for finding in rule.findings]


def _finding_text(finding: RuleFinding, step: str) -> str:
    where = finding.path if finding.line is None else f"{finding.path}:{finding.line}"
    hidden = tr(", hidden") if finding.hidden else ""
    return tr(
        "{where}: {kind}, layer {layer}{hidden}", where=where, kind=finding.kind, layer=finding.layer, hidden=hidden
    ) + (f" ({step})" if step else "")


def _number(rule: RuleResult, number: float | str) -> str:
    if isinstance(number, str):  # a glob
        return number
    if rule.name in _SIZES:
        return size(int(number))
    return count_text(int(number)) if rule.name in ("max-layers", "max-packages") else ratio(number)


def verdict(report: SizeReport) -> str:
    """Whether the rules are kept: `FAIL: 1 of 3 rules`."""
    failed, rules = sum(not rule.passed for rule in report.rules), len(report.rules)
    if failed:
        return trn("FAIL: {failed} of {count} rule", "FAIL: {failed} of {count} rules", rules, failed=failed)
    return trn("PASS: {count} rule", "PASS: {count} rules", rules)
