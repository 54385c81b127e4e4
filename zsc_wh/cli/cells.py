"""Which cell the user means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zsc_wh.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Sequence


def the_one(found: Sequence[tuple[str, str]], text: str, *, what: str) -> str:
    """Return the key of the only cell found.

    Parameters
    ----------
    found : sequence of (str, str)
        Key and title of the cells that `text` means.
    text : str
        What the user wrote.
    what : str
        What kind of cell was looked for, such as "cell with a result".

    Raises
    ------
    QueryError
        When there is none, or more than one; they are listed then.
    """
    if not found:
        raise QueryError(
            what=f"no {what} is called '{text}'",
            mend="`zscwh query results` lists them with their keys.",
        )
    if len(found) > 1:
        names = "\n  ".join(f"{key}  {title}" for key, title in found)
        raise QueryError(
            what=f"'{text}' means {len(found)} cells:\n  {names}\n",
            mend="Give more of the key, or the seed.",
        )
    return found[0][0]
