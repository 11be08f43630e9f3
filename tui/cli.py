"""The `layertui` command: starts slow work early, then imports the code that parses the command line."""

from __future__ import annotations

import gc
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING

from layertui.core.language.choice import choose_language

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager
    from typing import NoReturn

# Objects allocated before the first garbage collection: more than imports and lists of thousands make, which all stay until
# the end; collections only traversed them.
_BEFORE_COLLECTING = 200_000


def main(args: Sequence[str] | None = None) -> NoReturn:
    """The command, from its arguments to the end of the process."""
    # Most commands end before there is any garbage, and their memory is freed with the process. Collecting while modules
    # are loaded, and again at the end, took a tenth of the time of a short command.
    gc.set_threshold(_BEFORE_COLLECTING)
    words = list(sys.argv[1:] if args is None else args)
    if args is None and sys.getfilesystemencoding() != "utf-8":
        from layertui.tui.common.utf8 import ensure_utf8

        ensure_utf8(words)
    choose_language(words, _configured_language)
    try:
        with _begun(words):
            from layertui.tui.verbs.commands import enter, run
            from layertui.tui.verbs.shared.cli_context import CliContext

            code = run(words, CliContext(enter=enter))
    except KeyboardInterrupt:  # before or after `run`, which handles its own
        code = 130
    gc.freeze()
    sys.exit(code)


def _begun(words: Sequence[str]) -> AbstractContextManager[None]:
    """Start early what a command would wait for: half of that time passes before the arguments are parsed."""
    if "history" not in words:
        return nullcontext()
    from layertui.core.layers.cache.early_sizes import prefork

    return prefork(words)


def _configured_language(path: str) -> str:
    """The language that config.toml asks for; what is wrong with the file is reported when the settings are loaded."""
    from pathlib import Path

    from layertui.core.config.config_file import read_config
    from layertui.core.errors import LayertuiError

    try:
        written = read_config(Path(path)).values.get("language")
    except LayertuiError:
        return ""
    return str(written.value) if written is not None else ""
