"""The `layertui` command: starts slow work early, then imports the code that parses the command line."""

from __future__ import annotations

import gc
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager
    from typing import NoReturn

# Objects that may be made before garbage is looked for: about all that a verb imports.
_MADE_BY_IMPORTS = 50_000


def main(args: Sequence[str] | None = None) -> NoReturn:
    """The command, from words to the end of the process."""
    # Most verbs are done before there is any garbage to find among the modules, and what the process leaves goes with it.
    # Looking through all of it while it is made, and again at the end, took a tenth of the time of a short verb.
    gc.set_threshold(_MADE_BY_IMPORTS)
    words = list(sys.argv[1:] if args is None else args)
    if args is None and sys.getfilesystemencoding() != "utf-8":
        from layertui.tui.common.utf8 import ensure_utf8

        ensure_utf8(words)
    try:
        with _begun(words):
            from layertui.tui.verbs.commands import enter, run
            from layertui.tui.verbs.shared.cli_context import Asked

            code = run(words, Asked(enter=enter))
    except KeyboardInterrupt:  # before or after `run`, which has its own way out
        code = 130
    gc.freeze()
    sys.exit(code)


def _begun(words: Sequence[str]) -> AbstractContextManager[None]:
    """What a verb would wait for: half of that time is gone before the words are understood. A wrong guess costs little."""
    if "history" not in words:
        return nullcontext()
    from layertui.core.layers.cache.early_sizes import prefork

    return prefork(words)
