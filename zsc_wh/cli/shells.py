"""How bash, zsh and fish ask for completions, and how each takes the answer.

Click's own scripts break a word at ``=`` and ``:`` in bash, drop all names where a file
can be given, and do not quote. Here a shell hands over the words, and gets back a line
per completion: its kind, the whole word and a help text, apart from `BashComplete`,
which also gets the word cut and quoted as it is to be inserted.

Kinds are ``plain``, ``open`` (no blank follows), ``file`` and ``dir`` (the shell adds
its own).
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from click import shell_completion
from click.shell_completion import CompletionItem, split_arg_string

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEPARATOR = "\x1f"
_VALUE = re.compile(r"(--[a-z-]+=)(.*)", re.DOTALL)
_BASH_SPECIAL = re.compile(r"[^\w@%+=:,./~^{}-]|^[#~]|\{")
_QUOTED_SPECIAL = re.compile(r'(["$`\\])')


class _Complete(shell_completion.ShellComplete):
    """What the three have in common."""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        """Complete the last word; of ``--option=value``, the value."""
        option = _VALUE.fullmatch(incomplete)
        if option is None:
            return super().get_completions(args, incomplete)
        before, value = option.groups()
        items = super().get_completions([*args, before[:-1]], value)
        for item in items:
            item.value = before + item.value
        return items

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the cursor but the command, and the last one."""
        words = os.environ["COMP_WORDS"].split(_SEPARATOR)
        return words[1:], os.environ["COMP_CUR"]

    def format_completion(self, item: CompletionItem) -> str:
        """Return a line of kind, word and help."""
        kind = "open" if item.open and item.type == "plain" else item.type
        help_ = " ".join((item.help or "").split())
        return _SEPARATOR.join([kind, item.value, help_])


class ZshComplete(_Complete):
    """Completion for zsh, which cuts and quotes words by itself."""

    name: ClassVar[str] = "zsh"
    source_template: ClassVar[str] = r"""#compdef %(prog_name)s

%(complete_func)s() {
    local -a before response part plain plain_help open open_help
    local line
    before=("${(@Q)words[1,CURRENT-1]}")
    response=("${(@f)$(COMP_WORDS="${(pj:\x1f:)before}" COMP_CUR="${(Q)PREFIX}" \
        %(complete_var)s=zsh_complete ${~words[1]} 2>/dev/null)}")
    for line in $response; do
        part=("${(@ps:\x1f:)line}")
        case $part[1] in
            plain)
                plain+=("$part[2]")
                plain_help+=("$part[2]${part[3]:+  $part[3]}") ;;
            open)
                open+=("$part[2]")
                open_help+=("$part[2]${part[3]:+  $part[3]}") ;;
            file|dir)
                [[ $PREFIX == --*=* ]] && compset -P '*='
                if [[ $part[1] == dir ]]; then _files -/; else _files; fi ;;
        esac
    done
    (( $#plain )) && compadd -l -V names -d plain_help -a plain
    (( $#open )) && compadd -l -V names -S '' -d open_help -a open
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi
"""


class FishComplete(_Complete):
    """Completion for fish, which cuts and quotes words by itself."""

    name: ClassVar[str] = "fish"
    source_template: ClassVar[str] = r"""function %(complete_func)s
    # fish asks twice per Tab, for names and for files: the second time we know
    set -l token (commandline -ct)
    set -l words (commandline -opc | string join \x1f)
    set -l asked "$status_generation $words $token"
    if test "$asked" != "$%(complete_func)s_asked"
        set -g %(complete_func)s_asked "$asked"
        set -g %(complete_func)s_files
        set -g %(complete_func)s_names
        for line in (env COMP_WORDS="$words" COMP_CUR="$token" \
                %(complete_var)s=fish_complete %(prog_name)s 2>/dev/null)
            set -l part (string split \x1f -- $line)
            switch $part[1]
                case plain open
                    set -l name (printf '%%s\t%%s' "$part[2]" "$part[3]")
                    set -a %(complete_func)s_names $name
                case file dir
                    set %(complete_func)s_files yes
            end
        end
    end
    if test "$argv[1]" = files
        test -n "$%(complete_func)s_files"
    else
        printf '%%s\n' $%(complete_func)s_names
    end
end

complete --no-files --command %(prog_name)s --arguments "(%(complete_func)s)"
complete --command %(prog_name)s --condition "%(complete_func)s files" --force-files
"""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words; the last one comes as it was typed."""
        args, raw = super().get_completion_args()
        return args, (split_arg_string(raw) or [""])[0]


class BashComplete(_Complete):
    """Completion for bash, which replaces only what follows a ``=`` or a ``:``."""

    name: ClassVar[str] = "bash"
    source_template: ClassVar[str] = r"""%(complete_func)s() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        case $line in
            plain,*) COMPREPLY+=("${line#plain,}") ;;
            nospace) compopt -o nospace 2>/dev/null ;;
            default) compopt -o bashdefault -o default 2>/dev/null ;;
        esac
    done < <(COMP_LINE="${COMP_LINE:0:COMP_POINT}" COMP_CUR="$2" \
        %(complete_var)s=bash_complete "${1/#\~/$HOME}" 2>/dev/null)
}

complete -o nosort -F %(complete_func)s %(prog_name)s 2>/dev/null ||
    complete -F %(complete_func)s %(prog_name)s
"""

    def source(self) -> str:
        """Return the script; unlike click's, without asking bash for its version."""
        return self.source_template % self.source_vars()

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words of the line up to the cursor."""
        before, raw = _last_word(os.environ["COMP_LINE"])
        return split_arg_string(before)[1:], (split_arg_string(raw) or [""])[0]

    def complete(self) -> str:
        """Return what bash is to insert behind what it keeps of the word."""
        args, incomplete = self.get_completion_args()
        _, raw = _last_word(os.environ["COMP_LINE"])
        replaced = os.environ["COMP_CUR"]
        quote = _open_quote(raw)
        # what readline leaves as it is: up to a '=', a ':' or an open quote
        kept = raw[: len(raw) - len(replaced)] if raw.endswith(replaced) else ""
        start = (split_arg_string(kept) or [""])[0]
        lines, n_open = [], 0
        for item in _with_files(self.get_completions(args, incomplete)):
            if item.value.startswith(start):
                n_open += bool(item.open)
                rest = item.value[len(start) :]
                lines.append(f"plain,{_quoted(rest, quote, incomplete)}")
            if item.type in ("file", "dir"):
                lines = lines or ["default"]
        if n_open and n_open == len(lines):
            lines.append("nospace")
        return "\n".join(lines)


def _with_files(items: list[CompletionItem]) -> Iterator[CompletionItem]:
    """Yield the completions, files and folders in the place of their kinds."""
    for item in items:
        if item.type not in ("file", "dir"):
            yield item
            continue
        option = _VALUE.fullmatch(item.value)
        before, value = option.groups() if option else ("", item.value)
        for name, is_folder in _files(value):
            if is_folder or item.type == "file":
                yield CompletionItem(before + name, open=is_folder)


def _files(incomplete: str) -> Iterator[tuple[str, bool]]:
    """Yield what begins so, folders with a slash; nothing where none can be listed."""
    head, slash, tail = incomplete.rpartition("/")
    folder = os.path.expanduser(head + slash) or "."  # noqa: PTH111 - keeps './'
    try:
        found = sorted(Path(folder).iterdir())
    except OSError:
        return
    for path in found:
        if path.name.startswith(tail) and (tail or not path.name.startswith(".")):
            is_folder = path.is_dir()
            yield head + slash + path.name + ("/" if is_folder else ""), is_folder


def _last_word(line: str) -> tuple[str, str]:
    """Split a line where its last word begins; words are as they were typed."""
    start, quote, position = 0, "", 0
    while position < len(line):
        char = line[position]
        if char == "\\" and quote != "'":
            position += 1
        elif quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in " \t":
            start = position + 1
        position += 1
    return line[:start], line[start:]


def _open_quote(word: str) -> str:
    """Return the quote that a word leaves open, an empty text without."""
    quote, escaped = "", False
    for char in word:
        if escaped:
            escaped = False
        elif char == "\\" and quote != "'":
            escaped = True
        elif quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
    return quote


def _quoted(text: str, quote: str, incomplete: str) -> str:
    """Write a text as bash reads it behind an open quote, or without one."""
    if quote == "'":
        return text.replace("'", "'\\''")
    if quote:
        return _QUOTED_SPECIAL.sub(r"\\\1", text)
    home = text.startswith("~") and incomplete.startswith("~")
    escaped = _BASH_SPECIAL.sub(lambda match: "\\" + match[0], text)
    return escaped.removeprefix("\\") if home else escaped


SHELLS = {cls.name: cls for cls in (BashComplete, ZshComplete, FishComplete)}
"""The shells, by name."""


def register() -> None:
    """Let click answer our scripts."""
    for cls in SHELLS.values():
        shell_completion.add_completion_class(cls)
