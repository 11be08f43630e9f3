"""The command analyze."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from layertui.core.language.texts import tr
from layertui.tui.report.analysis.size_forms import FORMS
from layertui.tui.verbs.shared.cli_context import CliContext, pass_context, verb

if TYPE_CHECKING:
    from layertui.core.inspector.look.size_report import SizeReport

DIVE_FILE = ".dive-ci"
_WITHOUT_CONTENTS = ("junit", "sarif")


@verb(
    "analyze",
    "analyze demo:2.0",
    "analyze --ci --lowest-efficiency 0.95 --max-size 200MB demo:2.0",
    "analyze --ci --format junit app.tar > report.xml",
    "analyze --ci --max-growth 10MB --against app:1 --format markdown app:2",
    "analyze --ci --no-setuid --forbid '*.pem' --forbid '/root/.ssh/*' demo:2.0",
    "analyze --ci --no-secrets --allow-secret '/usr/share/doc/*' --forbid-package 'openssl<3.0.15' demo:2.0",
    "analyze --json container:kind_banzai",
    "analyze demo:2.0@2..3",
)
@click.option("--ci", is_flag=True, help="Exit with 0: all rules are kept, 1: a rule failed, 2: cannot be analyzed.")
@click.option(
    "--ci-config",
    "config",
    metavar="FILE",
    help=tr("Rules as YAML, as dive has them; with --ci, default: {file} if there is one.", file=DIVE_FILE),
)
@click.option("--lowest-efficiency", metavar="RATIO", help="Fails below it; 0 to 1.")
@click.option("--highest-wasted-bytes", metavar="SIZE", help="Fails above it; 20MB, 1GiB.")
@click.option(
    "--highest-user-wasted-percent",
    metavar="RATIO",
    help="Fails where hidden bytes are more of those above the base; 0 to 1.",
)
@click.option("--max-size", metavar="SIZE", help="Fails where the layers store more.")
@click.option("--max-layers", metavar="N", help="Fails where there are more layers.")
@click.option("--max-growth", metavar="SIZE", help="Fails where they store so much more than those of --against.")
@click.option("--against", metavar="IMAGE", help="The image to compare the size with.")
@click.option(
    "--forbid",
    multiple=True,
    metavar="GLOB",
    help="Fails where a layer stores such a path, though it may be hidden; with a slash in it: the whole path.",
)
@click.option("--no-setuid", is_flag=True, help="Fails where a file is setuid.")
@click.option(
    "--no-secrets",
    is_flag=True,
    help="Fails where a layer stores a private key, a password or a token, though it may be hidden.",
)
@click.option("--allow-secret", multiple=True, metavar="GLOB", help="Paths where secrets are allowed, as in --forbid.")
@click.option("--max-packages", metavar="N", help="Fails where there are more packages.")
@click.option(
    "--forbid-package",
    multiple=True,
    metavar="PACKAGE",
    help="Fails where it is installed: telnet, 'openssl<3.0.15', 'python:django>=4,<4.2.16'.",
)
@click.option("--format", "form", type=click.Choice(FORMS), help="Format of the report; default: text.")
@click.option("--no-contents", is_flag=True, help="Read no contents: no files with the same content are found.")
@click.option(
    "--top", type=click.IntRange(min=1), default=10, show_default=True, metavar="N", help="Rows of each list."
)
@click.argument("image")
@pass_context
def analyze_verb(
    context: CliContext,
    /,
    ci: bool,
    config: str | None,
    against: str | None,
    form: str | None,
    no_contents: bool,
    top: int,
    image: str,
    **rules: Any,
) -> int:
    """Show why an image is as big as it is: hidden bytes, largest files, kinds, what builds left behind; check rules.

    A container's writable layer is its highest one; of a range @M..N, only what these layers store is counted.
    """
    from layertui.core.errors import Cancelled, LayertuiError
    from layertui.tui.report.analysis.size_forms import size_report_in

    form = form or ("json" if context.json else "text")
    try:
        contents = not no_contents and form not in _WITHOUT_CONTENTS and not (ci and form == "text")
        report = _report(context, image, ci, config, against, contents, rules)
    except Cancelled:
        raise
    except (LayertuiError, OSError) as error:
        if not ci:
            raise
        context.fail(str(error))
        return 2
    context.out.lines(size_report_in(form, report, top))
    return 1 if ci and not report.passed else 0


def _report(
    context: CliContext,
    image: str,
    ci: bool,
    config: str | None,
    against: str | None,
    contents: bool,
    options: dict[str, Any],
) -> SizeReport:
    """The report; rules are read before anything of the image is."""
    from layertui.core.errors import UsageError

    file = Path(config) if config is not None else Path(DIVE_FILE)
    found = config is not None or (ci and file.exists())
    rules, of_file = context.inspector.analysis.rules(_given(options), file=file if found else None, as_dive=ci)
    other_name = against or of_file
    if rules.max_growth is not None and other_name is None:
        raise UsageError(tr("--max-growth needs --against IMAGE, the image to compare the size with"))
    progress = context.progress()
    subject, other = (
        context.inspector.open(name, progress=progress, or_container=True, elsewhere=is_given)
        if name is not None
        else None
        # A file of rules may come from anywhere, and must not make us speak to another host.
        for name, is_given in ((image, True), (other_name, against is not None))
    )
    assert subject is not None
    return context.inspector.analysis.size_report(subject, rules, contents=contents, against=other, progress=progress)


def _given(options: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """The rules on the command line, as they are written."""
    given: dict[str, tuple[str, ...]] = {}
    for name, value in options.items():
        if value not in (None, False, ()):
            texts = value if isinstance(value, tuple) else ("true" if value is True else value,)
            given[name.replace("_", "-")] = texts
    return given
