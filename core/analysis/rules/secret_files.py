"""Finds secrets in what layers store, hidden files too: by the names of files, and by texts in them.

A secret itself is never part of what is found: only the path, the layer, what it is, and the line.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from layertui.core.analysis.rules.findings import RuleFinding
from layertui.core.analysis.rules.secret_patterns import (
    PLACEHOLDERS,
    PRIVATE_KEY,
    SECRET_NAMES,
    SECRET_TEXTS,
    SecretName,
)
from layertui.core.analysis.search.content_rows import rows_with_content
from layertui.core.analysis.search.content_tests import ContainsRegex
from layertui.core.analysis.search.globs import Glob
from layertui.core.analysis.search.linear_regex import LinearRegex
from layertui.core.analysis.stack_paths import paths_of
from layertui.core.errors import Cancelled, LayertuiError
from layertui.core.fs.reader import read_fully
from layertui.core.language.texts import tr
from layertui.core.layers.diff.file_contents import Bodies

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from layertui.core.analysis.stored_files import StoredFiles
    from layertui.core.layers.table.columns import Column
    from layertui.core.progress import Progress

SEARCHED = 1 << 20
"""Bytes of each file that are searched, from its beginning."""
MOST_FINDINGS = 10_000
"""Secrets that are listed; the search ends there."""
_MOST_OF_A_FILE = 20
_KEY_LINE = r"^[\s\"']*(?:[A-Za-z0-9+/=]{32}|Proc-Type:|DEK-Info:|Version:|Comment:)"
_KEY_IN_LINE = r"-----(?:\\n|\\r)+[A-Za-z0-9+/=]{32}"
_TEXT_SIGNS = 8192  # bytes at the beginning, in which a text has no zero


class SecretsFound(NamedTuple):
    """The secrets in what layers store; `problems` are files that could not be read, a line each."""

    findings: tuple[RuleFinding, ...]
    problems: tuple[str, ...]


def find_secrets(stored: StoredFiles, allowed: Sequence[str], progress: Progress) -> SecretsFound:
    """The secrets in the stored files, in tree order; `allowed` are globs of paths that are left out, as those of `forbid`.

    Raises UsageError for a glob that is none, LayertuiError where RE2 is not installed, Cancelled, and what opening a layer raises.
    """
    return _SecretSearch(stored, allowed, progress).found()


class _SecretSearch:
    """One search of a stack."""

    def __init__(self, stored: StoredFiles, allowed: Sequence[str], progress: Progress) -> None:
        self._stored, self._progress = stored, progress
        self._allowed = [(Glob(glob if "/" not in glob else "/" + glob.strip("/")), "/" in glob) for glob in allowed]
        self._any = LinearRegex("|".join(f"(?:{text.regex})" for text in SECRET_TEXTS))
        self._texts = [(text.kind, LinearRegex(text.regex)) for text in SECRET_TEXTS]
        self._lines = {name.kind: LinearRegex(name.line) for name in SECRET_NAMES if name.line is not None}
        self._placeholder, self._key_line = LinearRegex(PLACEHOLDERS), LinearRegex(_KEY_LINE)
        self._key_in_line = LinearRegex(_KEY_IN_LINE)
        self._problems: list[str] = []

    def found(self) -> SecretsFound:
        """Everything; contents are read only where a name, or one search for all patterns at once, says so."""
        stored = self._stored
        nonempty = np.flatnonzero(stored.bytes > 0)
        named = self._named(nonempty)
        candidates = np.union1d(np.array(list(named), np.int64), self._with_text(nonempty))
        paths = dict(
            zip(candidates.tolist(), paths_of(stored.stack, stored.stack.path_id[stored.rows[candidates]]), strict=True)
        )
        kept = [copy for copy in candidates.tolist() if not self._is_allowed(paths[copy])]
        findings: dict[int, list[RuleFinding]] = {}
        count = 0
        for copy, content in self._contents(kept):
            findings[copy] = [
                RuleFinding(paths[copy], int(stored.layer[copy]), kind, line, bool(stored.hidden[copy]))
                for kind, line in self._in_file(content, named.get(copy))
            ]
            count += len(findings[copy])
            if count >= MOST_FINDINGS:
                break
        listed = tuple(one for copy in kept for one in findings.get(copy, ()))
        return SecretsFound(listed, tuple(self._problems))

    def _named(self, copies: Column) -> dict[int, SecretName]:
        """The copies whose names, or the last parts of whose paths, are those of secrets."""
        stack, rows = self._stored.stack, self._stored.rows
        by_name = [(Glob(glob.rpartition("/")[2]), glob, name) for name in SECRET_NAMES for glob in name.globs]
        literal = {glob.text.encode(): (full, name) for glob, full, name in by_name if glob.is_literal}
        endings = tuple((glob.suffix, full, name) for glob, full, name in by_name if not glob.is_literal)
        suffixes = tuple(suffix for suffix, _, _ in endings)
        found: dict[int, SecretName] = {}
        places = stack.path_id[rows[copies]]
        for copy, place, text in zip(copies.tolist(), places.tolist(), stack.names(places), strict=True):
            one = literal.get(text)
            if one is None and text.endswith(suffixes):
                one = next((full, name) for suffix, full, name in endings if text.endswith(suffix))
            if one is not None and ("/" not in one[0] or stack.path(place).endswith("/" + one[0])):
                found[copy] = one[1]
        return found

    def _with_text(self, copies: Column) -> Column:
        """The copies that have a text like a secret; of those that are longer than `SEARCHED`, in what is searched of them."""
        stored, progress = self._stored, self._progress
        test = ContainsRegex(self._any)
        short = stored.bytes[copies] <= SEARCHED
        total = int(np.minimum(stored.bytes[copies], SEARCHED).sum())
        progress.begin(tr("searching for secrets"), total)
        found = [np.zeros(0, np.int64)]
        for number in range(stored.low, stored.high + 1):
            mine = copies[short & (stored.layer[copies] == number)]
            if len(mine) and stored.stack.layers[number - 1].content is None:
                self._problems.append(tr("the content of layer {number} is not at hand", number=number))
            elif len(mine):
                own = stored.stack.row[stored.rows[mine]].astype(np.int64)
                order = np.argsort(own)
                passing = rows_with_content(stored.stack.layers[number - 1], own[order], test, progress, self._problems)
                found.append(mine[np.isin(own, passing)])
        long = [
            copy
            for copy, content in self._contents(copies[~short].tolist())
            if test.in_buffer(content, [0], [len(content)])
        ]
        return np.concatenate([*found, np.array(long, np.int64)])

    def _contents(self, copies: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        """The first bytes of some copies, in the order in which they are stored."""
        stored, stack = self._stored, self._stored.stack
        chosen = np.array(copies, np.int64)
        rows = stored.rows[chosen]
        order = np.lexsort((stack.column("body", rows), stack.layer[rows]))
        with Bodies(stack, rows[order]) as bodies:
            for copy, row in zip(chosen[order].tolist(), rows[order].tolist(), strict=True):
                self._progress.advance(0)
                try:
                    content = read_fully(bodies.open(row).read, min(int(stored.bytes[copy]), SEARCHED))
                except Cancelled:
                    raise
                except (LayertuiError, OSError) as error:
                    self._problems.append(f"{stack.path(int(stack.path_id[row]))}: {error}")
                    continue
                yield copy, content

    def _in_file(self, content: bytes, name: SecretName | None) -> list[tuple[str, int | None]]:
        """What is found in a file: kinds and lines. A name alone counts where the content says nothing more."""
        lines = content.split(b"\n")
        is_text = b"\0" not in content[:_TEXT_SIGNS]
        found = list(islice(self._in_lines(lines, name), _MOST_OF_A_FILE))
        if not found and name is not None and name.line is None:
            return [(name.kind, None)]
        return [(kind, line if is_text else None) for kind, line in found]

    def _in_lines(self, lines: list[bytes], name: SecretName | None) -> Iterator[tuple[str, int]]:
        of_name = self._lines.get(name.kind) if name is not None else None
        by_name = set(of_name.found_in(lines)) if of_name is not None else set()
        for at in sorted(by_name.union(self._any.found_in(lines))):
            if name is not None and at in by_name:
                yield name.kind, at + 1
                continue
            for kind, regex in self._texts:
                if regex.in_line(lines[at]) and self._is_real(kind, lines, at):
                    yield kind, at + 1

    def _is_real(self, kind: str, lines: list[bytes], at: int) -> bool:
        """Whether a line that looks like a secret is no example; a private key needs its first bytes, too."""
        if kind != PRIVATE_KEY:
            return not self._placeholder.in_line(lines[at])
        following = lines[at + 1 : at + 3]  # a key of OpenPGP has an empty line before its first bytes
        return self._key_in_line.in_line(lines[at]) or any(map(self._key_line.in_line, following))

    def _is_allowed(self, path: str) -> bool:
        return any(glob.matches(path if whole else path.rpartition("/")[2]) for glob, whole in self._allowed)
