"""What `zsc_wh.plan` and `zsc_wh.ingest` give."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from zsc_wh.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from zsc_wh.warehouse import Rows


@dataclass(frozen=True)
class Planned:
    """What an ingest would do.

    Parameters
    ----------
    counts : mapping of str to int
        Cells by state: done, to score, to run, failed before, impossible, left for
        later.
    cells : polars.DataFrame
        A row per cell: encoder, dataset, reducer, clusterer, seed, state, reason,
        cell_key.
    tasks : polars.DataFrame
        A row per stage: tasks to run, arrays at hand, forecasts of time (seconds on one
        core), memory and disk (bytes).
    missing : str
        Datasets and weights that this machine lacks, with what to do; empty without.
    text : str
        What ``zscwh plan`` says above its table.
    """

    counts: Mapping[str, int]
    cells: pl.DataFrame
    tasks: pl.DataFrame
    missing: str
    text: str

    def __repr__(self) -> str:
        """Return what would be done, for people."""
        return f"{self.text}\n{self.missing}".rstrip()

    def _repr_html_(self) -> str:
        """Return the same for a notebook, with the table of stages."""
        return f"<pre>{escape(repr(self))}</pre>{self.tasks._repr_html_()}"


@dataclass(frozen=True)
class Ingested:
    """What an ingest did.

    Parameters
    ----------
    counts : mapping of str to int
        Cells that it ran, by the status of their run: done, not_converged, degenerate,
        failed, oom, timeout, killed, skipped, blocked or cancelled.
    tasks : mapping of str to int
        Tasks that it executed, by stage.
    failed : bool
        Whether something failed now or is held since it failed before, or was skipped
        for want of memory: where the command exits with 1.
    cells : polars.DataFrame
        A row per cell of the grids: encoder, dataset, reducer, clusterer, seed, state
        before the ingest, status and reason of the run that it made (NULL where it made
        none), cell_key.
    """

    counts: Mapping[str, int]
    tasks: Mapping[str, int]
    failed: bool
    cells: pl.DataFrame

    def __repr__(self) -> str:
        """Return what was done, for people."""
        by = ", ".join(f"{n} {status}" for status, n in self.counts.items())
        ran = sum(self.counts.values())
        text = f"{counted(ran, 'cell')} executed" + (f": {by}" if by else "")
        held = "; some failed, `cells` says why" if self.failed else ""
        return f"{text}; {counted(len(self.cells), 'cell')} in the grids{held}"


def frame(rows: Rows) -> pl.DataFrame:
    """Return rows as a frame; whole numbers and text stay so where all are NULL."""
    import polars as pl

    kinds = {"VARCHAR": pl.String, "DOUBLE": pl.Float64}
    schema = {
        name: kinds.get(kind, pl.Int64)
        for name, kind in zip(rows.columns, rows.types, strict=True)
    }
    return pl.DataFrame(rows.rows, schema, orient="row")
