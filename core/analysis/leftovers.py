"""What builds leave behind: package lists, caches, bytecode, core dumps, version control; each with advice for the Dockerfile."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from layertui.core.analysis.stack_paths import paths_of
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.analysis.stored_files import StoredFiles
    from layertui.core.layers.stack.timeline import Timeline
    from layertui.core.layers.table.columns import Column


class _Rule(NamedTuple):
    kind: str
    folders: tuple[str, ...]
    hint: str


_FOLDER_RULES = (
    _Rule(tr("apt lists"), ("/var/lib/apt/lists",), tr("end the RUN of apt-get update with `rm -rf /var/lib/apt/lists/*`")),
    _Rule(tr("apt cache"), ("/var/cache/apt",), tr("end the RUN of apt-get install with `apt-get clean`")),
    _Rule(tr("apk cache"), ("/var/cache/apk", "/etc/apk/cache"), tr("install with `apk add --no-cache`")),
    _Rule(tr("dnf and yum cache"), ("/var/cache/dnf", "/var/cache/yum", "/var/cache/libdnf5"), tr("end the RUN with `dnf clean all`")),
    _Rule(tr("zypper cache"), ("/var/cache/zypp",), tr("end the RUN with `zypper clean --all`")),
    _Rule(tr("pacman cache"), ("/var/cache/pacman/pkg",), tr("end the RUN with `pacman -Scc --noconfirm`")),
    _Rule(tr("pip cache"), (".cache/pip",), tr("install with `pip install --no-cache-dir`")),
    _Rule(tr("uv cache"), (".cache/uv",), tr("install with `uv pip install --no-cache`, or `RUN --mount=type=cache,target=/root/.cache/uv`")),
    _Rule(tr("poetry cache"), (".cache/pypoetry",), tr("end the RUN with `rm -rf ~/.cache/pypoetry`")),
    _Rule(tr("conda packages"), ("conda/pkgs", "miniconda3/pkgs", "anaconda3/pkgs"), tr("end the RUN with `conda clean --all --yes`")),
    _Rule(tr("npm cache"), (".npm", "_cacache"), tr("end the RUN of npm with `npm cache clean --force`")),
    _Rule(tr("yarn cache"), (".cache/yarn", ".yarn-cache", ".yarn/berry/cache"), tr("end the RUN of yarn with `yarn cache clean`")),
    _Rule(tr("pnpm store"), (".pnpm-store", "pnpm/store"), tr("end the RUN of pnpm with `pnpm store prune`, or `RUN --mount=type=cache`")),
    _Rule(tr("go build cache"), (".cache/go-build",), tr("build with `RUN --mount=type=cache,target=/root/.cache/go-build`, or in a stage of its own")),
    _Rule(tr("go modules"), ("go/pkg/mod",), tr("build with `RUN --mount=type=cache,target=/go/pkg/mod`, or in a stage of its own")),
    _Rule(tr("cargo registry"), (".cargo/registry", "cargo/registry"), tr("build with `RUN --mount=type=cache`, or in a stage of its own")),
    _Rule(tr("maven repository"), (".m2/repository",), tr("build with `RUN --mount=type=cache,target=/root/.m2`, or in a stage of its own")),
    _Rule(tr("gradle cache"), (".gradle/caches",), tr("build with `RUN --mount=type=cache,target=/root/.gradle`, or in a stage of its own")),
    _Rule(tr("composer cache"), (".composer/cache", ".cache/composer"), tr("install with `composer install --no-cache`")),
    _Rule(tr("gem cache"), (".gem/cache", ".bundle/cache"), tr("install with `gem install --no-document`, and end the RUN with `rm -rf ~/.bundle/cache`")),
    _Rule(tr("version control"), (".git", ".svn", ".hg", ".bzr"), tr("name the folder in .dockerignore, so that COPY leaves it out")),
    _Rule(tr("temporary files"), ("/tmp", "/var/tmp"), tr("remove what is put in /tmp in the RUN that puts it there")),  # noqa: S108 - a path in an image
)  # fmt: skip
_WITH_SOURCE = _Rule(
    tr("python bytecode"), (), tr("set `ENV PYTHONDONTWRITEBYTECODE=1`, or install with `pip install --no-compile`")
)
_WITHOUT_SOURCE = _Rule(
    tr("python bytecode without source"), (), tr("remove __pycache__ together with the sources, in one RUN")
)
_CORE_DUMP = _Rule(
    tr("core dumps"), (), tr("run with `ulimit -c 0`, and remove the core file in the RUN that makes it")
)
_RULES = (*_FOLDER_RULES, _WITH_SOURCE, _WITHOUT_SOURCE, _CORE_DUMP)
_CORE_NAME = re.compile(rb"core(?:\.[0-9]+)?")
_NOT_CORE = ("/usr/lib/", "/usr/share/", "/etc/", "/proc/", "/sys/")


class Leftover:
    """The files of one kind that a build left behind, hidden ones included."""

    def __init__(self, rule: _Rule, stored: StoredFiles, copies: Column) -> None:
        """``copies``: indexes into ``stored``, int64, ascending."""
        self.kind, self.hint = rule.kind, rule.hint
        sizes = stored.bytes[copies]
        self.bytes = int(sizes.sum())
        self.hidden = int(sizes[stored.hidden[copies]].sum())
        """Bytes of those that are hidden: they were removed, but in a later layer."""
        self._stack = stored.stack
        path_ids = stored.stack.path_id[stored.rows[copies]]
        self._path_ids = path_ids[np.flatnonzero(np.diff(path_ids, prepend=-1))]

    @property
    def files(self) -> int:
        """How many paths there are."""
        return len(self._path_ids)

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Their paths in tree order, each once."""
        return tuple(paths_of(self._stack, self._path_ids))


def leftovers_of(stored: StoredFiles) -> list[Leftover]:
    """What builds left behind, the kinds with most bytes first; each file is of one kind."""
    numbers = _numbers(stored)
    by_rule = ((rule, np.flatnonzero(numbers == number)) for number, rule in enumerate(_RULES, 1))
    found = [Leftover(rule, stored, copies) for rule, copies in by_rule if len(copies)]
    return sorted(found, key=lambda leftover: -leftover.bytes)


def leftovers_by_layer(stored: StoredFiles) -> Iterator[tuple[int, Leftover]]:
    """What each layer leaves behind itself, by its number, ascending."""
    numbers = _numbers(stored)
    left = np.flatnonzero(numbers)
    for layer in np.unique(stored.layer[left]).tolist():
        mine = left[stored.layer[left] == layer]
        for number in np.unique(numbers[mine]).tolist():
            yield layer, Leftover(_RULES[number - 1], stored, mine[numbers[mine] == number])


def _numbers(stored: StoredFiles) -> Column:
    """For each copy the number of its rule, counted from 1; 0 for what is no leftover, and for empty files."""
    stack, rows = stored.stack, stored.rows
    found = stored.folders.inside([rule.folders for rule in _FOLDER_RULES])[stack.path_id[rows]]
    free = found == 0
    endings = stored.endings
    bytecode = np.flatnonzero(free & endings.any_of([".pyc", ".pyo"]))
    with_source = _have_sources(stored, bytecode, np.flatnonzero(endings.any_of([".py"])))
    found[bytecode] = np.where(with_source, _RULES.index(_WITH_SOURCE), _RULES.index(_WITHOUT_SOURCE)) + 1
    maybe = np.flatnonzero(free & (endings.any_of(["core"]) | endings.numbered(b"core.")))
    is_core = np.array(
        [_CORE_NAME.fullmatch(name) is not None for name in stack.names(stack.path_id[rows[maybe]])], bool
    )
    cores = maybe[is_core]
    paths = paths_of(stack, stack.path_id[rows[cores]])
    elsewhere = np.array([not path.startswith(_NOT_CORE) for path in paths], bool)
    found[cores[elsewhere]] = _RULES.index(_CORE_DUMP) + 1
    found[stored.bytes == 0] = 0
    return found


def _have_sources(stored: StoredFiles, bytecode: Column, sources: Column) -> Column:
    """Which files of bytecode have a source in the layers: ``x.py`` beside them, or beside their ``__pycache__``."""
    stack = stored.stack
    if not len(bytecode):
        return np.zeros(0, bool)
    homes = _homes(stack, stack.parent[stack.path_id[stored.rows[bytecode]]])
    is_home = np.zeros(len(stack.depth) + 1, bool)  # the last one is the root, which is -1
    is_home[homes] = True
    sources = sources[is_home[stack.parent[stack.path_id[stored.rows[sources]]]]]
    known = {(folder, name[:-3]) for folder, name in _folders_and_names(stored, sources)}
    names = stack.names(stack.path_id[stored.rows[bytecode]])
    named = zip(homes.tolist(), names, strict=True)
    return np.fromiter(((home, name.partition(b".")[0]) in known for home, name in named), bool, len(bytecode))


def _homes(stack: Timeline, folders: Column) -> Column:
    """The folders that the sources of bytecode are in: those with bytecode, or those that a `__pycache__` is in."""
    has_bytecode = np.zeros(len(stack.depth), bool)
    has_bytecode[folders[folders >= 0]] = True
    parents = np.flatnonzero(has_bytecode)
    caches = parents[[name == b"__pycache__" for name in stack.names(parents)]]
    home_of = np.arange(len(stack.depth) + 1, dtype=np.int64)
    home_of[-1] = -1
    home_of[caches] = stack.parent[caches]
    homes: Column = home_of[folders]
    return homes


def _folders_and_names(stored: StoredFiles, copies: Column) -> Iterator[tuple[int, bytes]]:
    stack = stored.stack
    path_ids = stack.path_id[stored.rows[copies]]
    return zip(stack.parent[path_ids].tolist(), stack.names(path_ids), strict=True)
