"""Make and run the scikit-learn compatible estimator that a declaration names.

Its code is the user's or another project's. It is imported where it runs, never by a
plan, and whatever it raises costs its own task.
"""

from __future__ import annotations

import inspect
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from zsc_wh.errors import ComputeError, ConfigError, NotApplicableError, ZscError
from zsc_wh.fields import nearest
from zsc_wh.libraries import calling
from zsc_wh.magnitude import is_extreme
from zsc_wh.plugins import find
from zsc_wh.words import error_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray


def own_features(X: NDArray[Any], target: str, remedy: str) -> NDArray[Any]:
    """Return a copy of features, which foreign code may write to.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Finite.
    target : str
        Name of the estimator.
    remedy : str
        What to declare for features near 1.

    Raises
    ------
    NotApplicableError
        When they are so large or small that squares overflow or vanish. They are not
        scaled silently, because what the code does may depend on their unit.
    """
    if is_extreme(X):
        largest = float(np.abs(X).max())
        raise NotApplicableError(
            what=f"the largest feature is {largest:.0e}: too "
            f"{'large' if largest > 1 else 'small'} for code that squares distances",
            where=target,
            hint=f"Declare {remedy}, which brings them near 1.",
        )
    return X.copy()


def make(target: str, kind: str, given: Mapping[str, Any], seed: int) -> Any:
    """Make an estimator.

    Parameters
    ----------
    target : str
        Dotted name or entry point of a class, or of a function that returns the
        estimator (see `zsc_wh.plugins.find`).
    kind : {"reducer", "clusterer"}
        What is declared.
    given : mapping
        Keyword arguments.
    seed : int
        Given as ``random_state`` where the estimator has that parameter and `given`
        does not set it.

    Raises
    ------
    ConfigError
        When it cannot be found or called, or lacks a parameter that is given.
    ComputeError
        When making it fails.
    """
    factory = find(target, kind)
    known = _parameters(factory, f"{kind} {target}")
    if not any(one.kind is one.VAR_KEYWORD for one in known.values()):
        _check(given, tuple(known), f"{kind} {target}")
    seeded = {"random_state": seed} if "random_state" in known else {}
    with running(target):
        return factory(**{**seeded, **given})


def can(estimator: Any, *methods: str) -> bool:
    """Say whether an estimator has all of some methods."""
    return all(callable(getattr(estimator, name, None)) for name in methods)


@contextmanager
def running(target: str) -> Iterator[list[str]]:
    """Run foreign code inside this context.

    Yields
    ------
    list of str
        Filled when the context ends, with the warnings (see `calling`).

    Raises
    ------
    ComputeError
        When it raises anything but lack of memory or an error of ours.
    """
    with calling(target) as notes:
        try:
            yield notes
        except (MemoryError, ZscError):
            raise
        except Exception as error:
            raise ComputeError(
                what=f"{target} failed with {error_line(error)}"
            ) from error


def _parameters(factory: Any, where: str) -> Mapping[str, inspect.Parameter]:
    try:
        return inspect.signature(factory).parameters
    except (TypeError, ValueError) as error:
        raise ConfigError(
            what="it does not tell its parameters",
            where=where,
            hint="Name a class, or a function that returns an estimator.",
        ) from error


def _check(given: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    for name in given:
        if name not in known:
            raise ConfigError(
                what=f"no parameter '{name}'{nearest(name, known)}",
                where=where,
                hint=f"Known parameters: {', '.join(known) or 'none'}.",
            )
