"""Tab completion: a script for bash or zsh with all commands and options in it.

Nothing is started while somebody types: what there is to complete is in the script.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

_BASH = """\
# Completes `retainer`: eval "$(./retainer completion bash)"
_retainer() {
    local word=${COMP_WORDS[COMP_CWORD]} path="" n
    for ((n = 1; n < COMP_CWORD; n++)); do
        case ${COMP_WORDS[n]} in
            --stage|--table-prefix|--most) n=$((n + 1)) ;;
            -*) ;;
            *) case " $(_retainer_words "$path") " in
                   *" ${COMP_WORDS[n]} "*) path="$path ${COMP_WORDS[n]}" ;;
               esac ;;
        esac
    done
    case ${COMP_WORDS[COMP_CWORD-1]} in
        --stage) COMPREPLY=($(compgen -W "STAGES" -- "$word")); return ;;
    esac
    COMPREPLY=($(compgen -W "$(_retainer_words "$path")" -- "$word"))
}
_retainer_words() {
    case $1 in
CASES
    esac
}
complete -o default -F _retainer retainer ./retainer
"""

_ZSH = "autoload -Uz compinit bashcompinit && compinit && bashcompinit\n"


def script(shell: str, parser: argparse.ArgumentParser, stages: list[str]) -> str:
    """Return what a shell has to evaluate."""
    cases = "\n".join(
        f'        "{path}") echo "{" ".join(words)}" ;;' for path, words in _words(parser, "")
    )
    text = _BASH.replace("STAGES", " ".join(stages)).replace("CASES", cases)
    return text if shell == "bash" else _ZSH + text


def subparsers(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The commands right below one."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def _words(parser: argparse.ArgumentParser, path: str) -> Iterator[tuple[str, list[str]]]:
    below = subparsers(parser)
    words = list(below)
    for action in parser._actions:
        words += [option for option in action.option_strings if option.startswith("--")]
        if not action.option_strings and action.choices and not below:
            words += [str(choice) for choice in action.choices]
    yield path, words
    for name, inner in below.items():
        yield from _words(inner, f"{path} {name}")
