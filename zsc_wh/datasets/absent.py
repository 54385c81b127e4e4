"""Rows of a table whose files are not there: which, and why that may be."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from zsc_wh.errors import AbsentError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zsc_wh.datasets.digests import Digests
    from zsc_wh.datasets.places import Place

_TRIED = 100
"""How many absent names are looked for under another spelling."""


def absent_of(
    place: Place, names: Sequence[str], sizes: Sequence[int]
) -> tuple[str, ...]:
    """Return the names of files that are not there, in their order.

    Only what has no bytes is looked at, so that a whole dataset costs nothing. In an
    archive an empty file counts as absent, too: to tell them apart would mean to read
    a packed one from end to end.
    """
    empty = [name for name, size in zip(names, sizes, strict=True) if not size]
    stamps = place.stamps(empty)
    return tuple(
        name
        for name, stamp in zip(empty, stamps, strict=True)
        # a member has the stamp of its archive, which is never empty
        if stamp is None or stamp.size
    )


def hint(place: Place, absent: Sequence[str], known: Digests) -> str:
    """Return a sentence that says why files may be absent, or nothing.

    The first names are looked for as other programs write them.
    """
    tried = absent[:_TRIED]
    for respell, why in _SPELLINGS:
        others = [(name, respell(name)) for name in tried]
        changed = [(name, other) for name, other in others if other != name]
        sizes = place.sizes([other for _, other in changed], known)
        for (name, _), size in zip(changed, sizes, strict=True):
            if size:
                return why.format(name=name)
    if any("\\" in name for name in tried):
        return "Some paths are written with backslashes: write them with '/'."
    return ""


def check_some_there(
    place: Place, names: Sequence[str], absent: Sequence[str], why: str
) -> None:
    """Check that at least one file is there.

    Raises
    ------
    DataError
        Names the first, and where it was looked for.
    """
    if len(absent) == len(names):
        raise AbsentError(
            what="none of the files that the table names is there; the first is "
            f"'{names[0]}'",
            where=str(place.path),
            hint=why or "Set `images` to the folder or archive where the paths start.",
        )


def _form(form: str) -> Callable[[str], str]:
    return lambda name: unicodedata.normalize(form, name)  # type: ignore[arg-type]


def _stripped(name: str) -> str:
    return "/".join(part.strip() for part in name.split("/"))


_SPELLINGS: tuple[tuple[Callable[[str], str], str], ...] = (
    (
        lambda name: name.replace("\\", "/"),
        "'{name}' is there when it is written with '/' instead of backslashes.",
    ),
    (
        _form("NFC"),
        "'{name}' is there with its accents composed (Unicode NFC): the table is in "
        "NFD, as macOS writes names.",
    ),
    (
        _form("NFD"),
        "'{name}' is there with its accents decomposed (Unicode NFD, as macOS writes "
        "names): the table is in NFC.",
    ),
    (_stripped, "'{name}' is there without the blanks around its name."),
)
