from __future__ import annotations

import warnings

import pytest

from zsc_wh.errors import ComputeError, MissingExtraError
from zsc_wh.installed import install_command
from zsc_wh.libraries import calling, without


def test_warnings_become_notes() -> None:
    """Each distinct warning is one line with its category; none escapes."""
    with calling("a library") as notes:
        warnings.warn("two\n  lines", stacklevel=1)
        warnings.warn("two\n  lines", stacklevel=1)
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    assert notes == ["UserWarning: two lines", "DeprecationWarning: old"]


def test_known_notes_are_left_out() -> None:
    """What a method understood is not told twice; the rest is kept."""
    assert without(["A: one", "A: two", "B: three"], "two", "four") == (
        "A: one",
        "B: three",
    )


@pytest.mark.parametrize(
    "error", [ValueError, TypeError, ZeroDivisionError, RuntimeError]
)
def test_errors_are_wrapped(error: type[Exception]) -> None:
    """An error of a library names the library and keeps its text and its cause."""
    with pytest.raises(ComputeError, match=f"{error.__name__}: bad input") as caught:
        _raise(error("bad\ninput"))
    assert caught.value.what.startswith("a library failed")
    assert isinstance(caught.value.__cause__, error)


def test_lack_of_memory_is_not_wrapped() -> None:
    """Whoever runs the task must see that memory ran out."""
    with pytest.raises(MemoryError):
        _raise(MemoryError())


def test_a_missing_library_names_its_extra() -> None:
    """The error says what to install."""
    with pytest.raises(MissingExtraError, match="a library is not installed") as caught:
        _raise(ImportError("No module named 'x'"))
    assert caught.value.hint == f"Install it with: {install_command('ingest')}"


def _raise(error: Exception) -> None:
    with calling("a library"):
        raise error


def test_text_of_a_library_is_made_plain() -> None:
    """It is shown and stored: no escape codes, no endless lines."""
    with calling("a library") as notes:
        warnings.warn("\x1b[31mred", stacklevel=1)
    assert notes == ["UserWarning: ?[31mred"]
    with pytest.raises(ComputeError) as caught:
        _raise(ValueError("\x1b[31m" + "x" * 10**6))
    assert "\x1b" not in caught.value.what
    assert len(caught.value.what) < 1500
