"""Reads `.dive-ci`, a file of rules as YAML: dive's own keys, and the names of all rules."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from layertui.core.analysis.rules.rules import LISTS, RuleTexts, rule_names
from layertui.core.errors import UsageError
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from pathlib import Path

    from yaml.nodes import Node

DIVE_FILE = ".dive-ci"
_LONGEST = 1 << 16  # bytes
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def read_rules(path: Path) -> tuple[RuleTexts, str | None]:
    """The rules in a file, and the image of its key ``against``.

    ``lowestEfficiency``, ``lowest-efficiency`` and ``lowest_efficiency`` are one rule. A rule without a value is left out. Raises
    UsageError for a file that cannot be read, is no YAML, or has a rule that does not exist.
    """
    import yaml

    try:
        if not path.is_file():
            raise UsageError(tr("{path}: there is no such file of rules", path=path))
        with path.open("rb") as stream:
            content = stream.read(_LONGEST + 1)
        if len(content) > _LONGEST:
            raise UsageError(
                tr("{path}: is over {longest:,} bytes, and so no file of rules", path=path, longest=_LONGEST)
            )
        # The nodes, not values: dive takes `0.90` and `20MB` as they are written, and a value may be an alias of itself.
        root = yaml.compose(content, Loader=yaml.SafeLoader)
        return _rules_in(root, path)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from error
    except RecursionError as error:
        raise UsageError(tr("{path}: nested too deep", path=path)) from error
    except (yaml.YAMLError, UnicodeError, ValueError) as error:
        why = getattr(error, "problem", None) or str(error).partition("\n")[0]
        mark = getattr(error, "problem_mark", None)
        where = tr(", line {line}", line=mark.line + 1) if mark is not None else ""
        raise UsageError(f"{path}{where}: {why}") from error


def _rules_in(root: Node | None, path: Path) -> tuple[RuleTexts, str | None]:
    top = _mapping(root, path, tr("the file"))
    texts: RuleTexts = {}
    against = None
    for key, node in _mapping(top.get("rules"), path, "rules").items():
        name = _CAPITAL.sub("-", key).replace("_", "-").lower()
        values = _texts(node, tr("{path}: the rule {key}", path=path, key=key))
        if name == "against":
            against = values[-1] if values else None
        elif name not in rule_names():
            near = get_close_matches(name, rule_names(), n=1)
            raise UsageError(
                tr("{path}: there is no rule {key!r}", path=path, key=key)
                + (tr("; did you mean {near!r}?", near=near[0]) if near else "")
            )
        elif values is not None:
            if name not in LISTS and len(values) != 1:
                raise UsageError(tr("{path}: the rule {key} has one value, not a list", path=path, key=key))
            texts[name] = values
    return texts, against


def _mapping(node: Node | None, path: Path, what: str) -> dict[str, Node]:
    """The keys and values of a mapping; none for one without a value."""
    from yaml.nodes import MappingNode, ScalarNode

    if node is None or _is_null(node):
        return {}
    if not isinstance(node, MappingNode):
        raise UsageError(tr("{path}: {what} is no mapping of names to values", path=path, what=what))
    found: dict[str, Node] = {}
    for key, value in node.value:
        if not isinstance(key, ScalarNode):
            raise UsageError(tr("{path}, line {line}: a key that is no name", path=path, line=key.start_mark.line + 1))
        if key.value in found:
            raise UsageError(
                tr(
                    "{path}, line {line}: the key {value!r} a second time",
                    path=path,
                    line=key.start_mark.line + 1,
                    value=key.value,
                )
            )
        found[key.value] = value
    return found


def _texts(node: Node, what: str) -> tuple[str, ...] | None:
    """The value of a rule, or those of a list; None for one without a value."""
    from yaml.nodes import ScalarNode, SequenceNode

    if _is_null(node):
        return None
    if isinstance(node, ScalarNode):
        return (node.value,)
    if isinstance(node, SequenceNode) and all(isinstance(item, ScalarNode) for item in node.value):
        return tuple(item.value for item in node.value)
    raise UsageError(tr("{what} has no value that can be read", what=what))


def _is_null(node: Node) -> bool:
    return bool(node.tag == "tag:yaml.org,2002:null")
