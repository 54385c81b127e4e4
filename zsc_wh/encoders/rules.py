"""What a declaration says of the names of weights in a checkpoint.

Each of those who publish weights saves them in a way of their own: under a prefix, with
a projector or a second network beside them, with other names. So a declaration says
which names count, which are dropped and what they are called here; what is left has to
fit the architecture exactly.
"""

from __future__ import annotations

import re
from collections import Counter
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from zsc_wh.encoders.checkpoints import read_state, same_versions
from zsc_wh.errors import DataError
from zsc_wh.fields import Field
from zsc_wh.words import some

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from zsc_wh.encoders.checkpoints import State

FIELDS: Mapping[str, Field] = {
    "entry": Field(
        str,
        default=None,
        doc="the dictionary in the file that holds the weights, such as state_dict; "
        "the only one if not given",
    ),
    "strip": Field(
        str,
        default=None,
        doc="prefix of the names that count, which is removed; others are dropped",
    ),
    "keep": Field(
        str,
        default=None,
        doc="prefix of the names that count, which stays; others are dropped",
    ),
    "drop": Field(
        list,
        default=[],
        doc='names that are left over, in which * stands for anything: ["fc.*"]',
    ),
    "rename": Field(
        list,
        default=[],
        doc="'OLD -> NEW', applied to each name in this order; OLD is a regular "
        "expression, NEW may use its groups",
    ),
    "missing": Field(
        list,
        default=[],
        doc="weights that the file may lack and that keep their initial value, in "
        'which * stands for anything: ["fc_norm.*"]',
    ),
}

_ARROW = "->"


def check(params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (key, fault) for renamings that cannot be read."""
    for rule in params["rename"]:
        old, arrow, new = rule.partition(_ARROW)
        if not arrow or not old.strip():
            yield "rename", f"'{rule}' is not of the form 'OLD -> NEW'"
            continue
        try:
            pattern = re.compile(f"{old.strip()}|")
        except re.error as error:
            at = "" if error.pos is None else f", at its character {error.pos + 1}"
            yield "rename", f"OLD of '{rule}' is not a valid regular expression{at}"
            continue
        try:
            pattern.sub(new.strip(), "")
        except (re.error, IndexError):
            yield "rename", f"NEW of '{rule}' names a group that OLD does not have"


def read_ruled(path: Path, params: Mapping[str, Any]) -> State:
    """Return the weights that count in a file, under the names of the architecture.

    Parameters
    ----------
    path : Path
        See `read_state`.
    params : mapping
        Complete parameters, with those of `FIELDS`.

    Raises
    ------
    DataError
        As `read_state`; when no name begins with `keep`, or two come to the same name.
    """
    whole = read_state(path, params["entry"], params["strip"])
    keep = params["keep"] or ""
    kept = {name: each for name, each in whole.items() if name.startswith(keep)}
    if not kept:
        raise DataError(
            what=f"no name in the file begins with keep = '{keep}'",
            where=str(path),
            hint=f"It holds {some(whole)}.",
        )
    wanted = [name for name in kept if not matches(name, params["drop"])]
    renamed = {name: _renamed(name, params["rename"]) for name in wanted}
    twice = [new for new, n in Counter(renamed.values()).items() if n > 1]
    if twice:
        raise DataError(
            what=f"after `rename`, several weights have the same name: {some(twice)}",
            where=str(path),
            hint="Correct `rename`, or drop the others with `drop`.",
        )
    state = {renamed[name]: kept[name] for name in wanted}
    return same_versions(state, whole)


def matches(name: str, patterns: Sequence[str]) -> bool:
    """Whether a name is one of those that patterns with ``*`` stand for."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _renamed(name: str, rules: Sequence[str]) -> str:
    for rule in rules:
        old, _, new = rule.partition(_ARROW)
        name = re.sub(old.strip(), new.strip(), name)
    return name
