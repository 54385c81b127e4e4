"""What the doctor says: one finding a line."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """How a finding is to be taken."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


class Finding(NamedTuple):
    """One thing that was looked at.

    Parameters
    ----------
    area, what : str
        Where it belongs, and what it is.
    state : State
        A note is good to know or missing and not always needed; a problem stops
        something that the command line offers here.
    detail : str
        What was seen.
    hint : str or None
        What can be done about it.
    """

    area: str
    what: str
    state: State
    detail: str
    hint: str | None = None
