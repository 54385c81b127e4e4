"""Call a numeric library: its warnings are kept, its errors are ours.

A warning of a library says something about the result, so it is neither hidden nor
printed: the method that called takes what it understands into its own fields and
returns the rest as notes.
"""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from zsc_wh.errors import ComputeError, MissingExtraError
from zsc_wh.installed import install_command
from zsc_wh.words import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


@dataclass(frozen=True)
class Footprint:
    """What loading a library costs a process, once.

    Parameters
    ----------
    bytes : int
        Memory that stays taken, code that it compiles included.
    seconds : float
        Time to import it, and to compile what is compiled on first use.
    """

    bytes: int
    seconds: float


_FAILURES = (ValueError, TypeError, ArithmeticError, RuntimeError)
_PANIC = "PanicException"
"""What Rust raises where an assertion of its own fails; Python can import no class of
it, and it is no `Exception`."""

_LONGEST = 1000
"""Characters of a warning that are kept: methods look for what they know in it."""

PROCESS_BYTES = 40 * 2**20
"""Python with NumPy and the stages of this package."""

FOOTPRINTS: Mapping[str, Footprint] = MappingProxyType(
    {
        name: Footprint(mib * 2**20, seconds)
        for name, mib, seconds in (
            ("numpy", 0, 0.0),
            ("scipy", 27, 0.3),
            ("scikit-learn", 91, 1.0),
            ("fast-plscan", 130, 2.0),
            ("faiss", 20, 0.3),
            ("manifolds-rs", 30, 0.3),
            ("numba", 170, 1.5),
            ("umap-learn", 285, 12.0),
            ("pacmap", 170, 4.0),
            ("torch", 470, 2.0),
            ("timm", 670, 3.5),
            ("torchvision", 635, 3.0),
            ("open_clip", 700, 3.5),
        )
    }
)
"""What is loaded, by the name that methods give: each with what it loads itself (numba
stands for affinity propagation, which loads scikit-learn too). Resident sizes measured
in fresh processes with ``tests/bench/bench_forecast.py`` on Linux, Python 3.11,
scikit-learn 1.9, umap-learn 0.5.12, pacmap 0.9.1, torch 2.14; others differ a little.
"""


@contextmanager
def calling(library: str, extra: str = "ingest") -> Iterator[list[str]]:
    """Import and call a library inside this context.

    Parameters
    ----------
    library : str
        Its name for people.
    extra : str
        The extra of this distribution that installs it.

    Yields
    ------
    list of str
        Filled when the context ends: one line for each distinct warning, as
        ``Category: message``.

    Raises
    ------
    MissingExtraError
        When it is not installed.
    ComputeError
        When it raises one of the errors that libraries raise for numbers or
        parameters they cannot handle. Running out of memory is not one of them.
    """
    lines: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield lines
        except ImportError as error:
            raise MissingExtraError(
                what=f"{library} is not installed, or cannot be imported "
                f"({one_line(error)})",
                hint=f"Install it with: {install_command(extra)}",
            ) from error
        except BaseException as error:
            if not isinstance(error, _FAILURES) and type(error).__name__ != _PANIC:
                raise
            raise ComputeError(
                what=f"{library} failed with {type(error).__name__}: {_line(error)}"
            ) from error
    found = [f"{w.category.__name__}: {_line(w.message)}" for w in caught]
    lines.extend(dict.fromkeys(found))


def without(notes: Iterable[str], *known: str) -> tuple[str, ...]:
    """Return the notes that hold none of the `known` texts, in order."""
    return tuple(note for note in notes if not any(text in note for text in known))


def _line(value: object) -> str:
    return one_line(value, _LONGEST)
