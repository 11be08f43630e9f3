"""The command completion: scripts that make bash, zsh and fish complete our command line; they ask it what may follow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click
from click.shell_completion import split_arg_string

from layertui.core.unsafe_text import UNSAFE
from layertui.tui.verbs.shared.cli_context import CliContext, pass_context, verb, words

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# The scripts evaluate nothing that we answer: bash inserts the text as it is, quoted by us; zsh and fish quote it.
_BASH = r"""# source <(layertui completion bash)
_layertui_complete() {
    local line=${COMP_LINE:0:COMP_POINT}
    mapfile -t COMPREPLY < <("$1" completion bash --complete -- "$COMP_WORDBREAKS" "$line" 2>/dev/null)
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[/:] ]]; then compopt -o nospace; fi
}
complete -o nosort -F _layertui_complete layertui
"""
_ZSH = r"""#compdef layertui
# source <(layertui completion zsh)
_layertui() {
    local -a found open
    local typed=${(Q)PREFIX} home=
    # zsh expands an unquoted ~ only if it is inserted as it was typed: all but the name is taken out of what is completed.
    if [[ $PREFIX == \~* ]] && compset -P '*/'; then home=${typed%/*}/; fi
    found=("${(@f)$("${words[1]}" completion zsh --complete -- "${(@Q)words[2,CURRENT-1]}" "$typed" 2>/dev/null)}")
    found=("${(@)found#"$home"}")
    found=("${(@)found:#}")
    open=("${(@M)found:#*[/:]}")
    found=("${(@)found:#*[/:]}")
    (( ${#found} )) && compadd -V layertui -- "${found[@]}"
    (( ${#open} )) && compadd -V layertui -S '' -- "${open[@]}"
    return 0
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _layertui "$@"
else
    compdef _layertui layertui
fi
"""
_FISH = r"""# layertui completion fish | source
function __layertui_complete
    set -l words (commandline -opc)
    $words[1] completion fish --complete -- $words[2..-1] (commandline -ct) 2>/dev/null
end
complete -c layertui -f -k -a '(__layertui_complete)'
"""
SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:@%+,=-")


@verb("completion", "completion bash > ~/.local/share/bash-completion/completions/layertui", "completion zsh")
@click.argument("shell", type=click.Choice(list(SCRIPTS)))
@click.option("--complete", is_flag=True, hidden=True, help="For the scripts: what may follow a line.")
@words("line", required=False, metavar="")
@pass_context
def completion_verb(context: CliContext, shell: str, complete: bool, line: tuple[str, ...]) -> None:
    """Print a script that completes commands, options, images, containers and paths in bash, zsh or fish."""
    if not complete and context.json:
        context.out.document({"shell": shell, "script": SCRIPTS[shell]})
    elif not complete:
        context.out.raw.write(SCRIPTS[shell].encode())
    elif context.json:
        context.out.document(list(_answers(context, shell, line)))
    else:
        context.out.lines(_answers(context, shell, line))


def _answers(context: CliContext, shell: str, line: tuple[str, ...]) -> Iterator[str]:
    """The lines for the shell's script, one for each candidate."""
    from layertui.tui.verbs.shared.completer import candidates

    if shell == "bash":
        if len(line) == 2:
            yield from _for_bash(context, *line)
        return
    before, started = list(line[:-1]), line[-1] if line else ""
    if shell == "fish":  # which quotes what we answer, but gives the word as it is typed
        started = (split_arg_string(started) or [""])[0]
    for one in filter(_is_shown, candidates(before, started, context.enter)):
        yield f"{one.value}\t{one.help}" if one.help and shell == "fish" else one.value


def _for_bash(context: CliContext, breaks: str, line: str) -> Iterator[str]:
    """The candidates for the line up to the cursor, without the part of the word that bash has split off."""
    from layertui.tui.verbs.shared.completer import candidates

    typed = re.split(r"(?<!\\)\s", line)[-1]
    before = split_arg_string(line)
    started = before.pop() if typed and before else ""
    if not before:
        return
    split_off = max((started.rfind(char) for char in breaks if char in ":=@"), default=-1) + 1
    for one in filter(_is_shown, candidates(before[1:], started, context.enter)):
        rest = one.value[split_off:]
        plain = all(char in _PLAIN or ord(char) > 127 for char in rest.removeprefix("~"))
        if "'" in typed or '"' in typed:  # what follows in quotes is not quoted again
            if plain:
                yield rest
        else:
            tilde = "~" if typed.startswith("~") and rest.startswith("~") else ""  # a quoted one would not be expanded
            quoted = (char if char in _PLAIN or ord(char) > 127 else f"\\{char}" for char in rest.removeprefix(tilde))
            yield tilde + "".join(quoted)


def _is_shown(one: CompletionItem[str]) -> bool:
    """Not a name with control characters: no shell could insert it."""
    return one.value.isprintable() and not UNSAFE.search(one.value)
