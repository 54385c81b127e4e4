"""What a label in a column means, and what is wrong with a column or its file."""

from __future__ import annotations

import re
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

from zsc_wh.errors import AbsentError, DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import polars as pl

    from zsc_wh.datasets.listing import Labels

_WHOLE = re.compile(r"-?(0|[1-9]\d*)(\.0*)?")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_TRUTH = ("true", "false")
_FRACTION = re.compile(r"[+-]?\d*\.\d*[1-9]\d*")
_BEYOND_INT64 = 2.0**63  # so large a float says nothing of the number meant


def labels_of(
    column: pl.Series,
    where: str,
    missing: Sequence[str] = ("",),
    *,
    is_text: bool = False,
) -> Labels:
    """Return a column as labels: texts or whole numbers, None where one is missing.

    Every file of labels is read by this, so that a label means the same in all.

    Parameters
    ----------
    column : polars.Series
        Texts, bytes in UTF-8, truth values, or whole numbers of any type.
    where : str
        File and column, for messages.
    missing : sequence of str
        What means no label, besides NULL and NaN; numbers are compared as texts.
    is_text : bool
        Whether the file holds nothing but texts, which then count as numbers if all
        of them are whole ones, also when written as ``1.0``, as some programs do in a
        column with gaps, and as truth values if all are ``True`` or ``False``. Leading
        zeros make a text.

    Raises
    ------
    DataError
        When a number is not whole or is a float from 2^63 on, bytes are not UTF-8, or
        the column is of another type.

    Notes
    -----
    Truth values become the texts ``true`` and ``false``. A text such as ``nan`` or
    ``NA`` is a class like any other, since a class may be called so.
    """
    labels = _without(_plain(column, where), missing)
    if is_text:
        # "-1.0" is the declared "-1" only once it is a number
        labels = _without(_typed(labels, where), missing)
    return labels


def _plain(column: pl.Series, where: str) -> Labels:
    """Return the values of a column as texts or whole numbers."""
    import polars as pl

    kind = column.dtype
    if kind.is_float() or kind.is_decimal():
        column = column.cast(pl.Float64).fill_nan(None)
        odd = column.filter(
            (column != column.round()) | (column.abs() >= _BEYOND_INT64)
        )
        if len(odd):
            raise _not_whole(odd[0], where)
        column = column.cast(pl.Int64)
    elif kind == pl.Binary:
        return _decoded(column.to_list(), where)
    elif not (kind.is_integer() or kind == pl.Null):
        if kind not in (pl.String, pl.Categorical, pl.Enum, pl.Boolean):
            raise DataError(
                what=f"labels must be strings or whole numbers, not {kind}",
                where=where,
                hint="Name the right column.",
            )
        column = column.cast(pl.String)
    return column.to_list()


def _decoded(values: Sequence[bytes | None], where: str) -> Labels:
    try:
        return [None if value is None else value.decode() for value in values]
    except UnicodeDecodeError as error:
        raise DataError(
            what=f"the label {error.object!r} is not text in UTF-8",
            where=where,
            hint="Name the right column, or write the classes as strings.",
        ) from error


def _without(labels: Labels, missing: Sequence[str]) -> Labels:
    return [None if str(label) in missing else label for label in labels]


def _typed(labels: Labels, where: str) -> Labels:
    """Turn the texts of a text file into the numbers or truth values that they are."""
    present = {str(label) for label in labels if label is not None}
    if all(_WHOLE.fullmatch(label) for label in present):
        number = {label: int(label.partition(".")[0]) for label in present}
        return [None if label is None else number[str(label)] for label in labels]
    if all(label.lower() in _TRUTH for label in present):
        return [None if label is None else str(label).lower() for label in labels]
    fractions = [label for label in present if _FRACTION.fullmatch(label)]
    if fractions and all(_NUMBER.fullmatch(label) for label in present):
        raise _not_whole(min(fractions), where)
    return labels


def _not_whole(label: object, where: str) -> DataError:
    return DataError(
        what=f"labels must be strings or whole numbers, not {label}",
        where=where,
        hint="Name the right column, or write the classes as strings.",
    )


@contextmanager
def table_faults(path: Path) -> Iterator[None]:
    """Turn what polars and the system raise on a table into a `DataError`."""
    from polars.exceptions import PanicException, PolarsError

    try:
        yield
    except FileNotFoundError as error:
        raise AbsentError(
            what="no such file",
            where=str(path),
            hint="A relative path starts at the folder of the declaring file.",
        ) from error
    except OSError as error:
        raise DataError(
            what=f"cannot be read as a table ({error.strerror or 'damaged gzip file'})",
            where=str(path),
            hint="Check that it is a file that you may read.",
        ) from error
    except (PolarsError, PanicException, EOFError, zlib.error) as error:
        raise DataError(
            what="cannot be read as a table: the file is damaged or cut off",
            where=str(path),
            hint="Write or copy it again.",
        ) from error
