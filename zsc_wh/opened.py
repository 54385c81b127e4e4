"""What `zsc_wh.open` gives: a warehouse for people who write Python.

It adds to `Warehouse` what a notebook asks for, and shows only that; everything else of
`Warehouse` is for the rest of the package.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from zsc_wh.errors import QueryError, StoreError, ZscError
from zsc_wh.fields import nearest
from zsc_wh.warehouse import Warehouse
from zsc_wh.warehouse.comments import SEEN_COLUMNS, SEEN_VIEWS
from zsc_wh.words import heading, one_line, some, word

if TYPE_CHECKING:
    import altair as alt
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from zsc_wh.warehouse import Rows

PUBLIC = (
    "assignments",
    "audit",
    "chart",
    "compare",
    "describe",
    "embedding",
    "explain",
    "load",
    "path",
    "queries",
    "query",
    "silhouettes",
    "sql",
    "tables",
)
"""What completion offers."""


class OpenWarehouse(Warehouse):
    """A warehouse file, with answers as polars frames.

    It holds no lock between calls, so that an ingest can go on beside it. A cell is
    named ``encoder/dataset/reducer/clusterer``, with ``/seed`` where there are several,
    or by its key or the beginning of it.

    Examples
    --------
    >>> warehouse = zsc_wh.open("zscwh.duckdb")  # doctest: +SKIP
    >>> warehouse.query("results", encoder="pixels")  # doctest: +SKIP
    >>> warehouse.sql("select avg(ami) from result where seed = $seed", seed=0)
    ... # doctest: +SKIP
    """

    def __dir__(self) -> list[str]:
        return [*PUBLIC]

    def query(self, name: str, /, **params: object) -> pl.DataFrame:
        """Run a named query.

        Parameters
        ----------
        name : str
            Name of the query; see `queries`.
        **params : object
            Its parameters, as Python values or as the command line writes them.

        Raises
        ------
        QueryError
            For an unknown query, parameter, name or cell, with the nearest.
        """
        return super().query(name, **params)

    def sql(self, text: str, /, **params: object) -> pl.DataFrame:
        """Run one SQL statement that reads.

        Parameters
        ----------
        text : str
            The statement; ``$name`` stands for a parameter.
        **params : object
            Values of the parameters.

        Raises
        ------
        QueryError
            When it is not one statement that reads, reaches out of the warehouse, or is
            wrong.
        """
        return super().sql(text, **params)

    def queries(self) -> pl.DataFrame:
        """Return the named queries: name, what a row is, and parameters."""
        import polars as pl

        from zsc_wh.sqlfiles import queries

        known = queries().values()
        return pl.DataFrame(
            {
                "query": [query.name for query in known],
                "doc": [query.doc for query in known],
                "params": [[param.name for param in query.params] for query in known],
            }
        )

    def tables(self) -> pl.DataFrame:
        """Return tables and views: name, kind, and what a row is."""
        return super().sql(
            "select table_name as name, 'table' as kind, comment as doc"  # noqa: S608
            " from duckdb_tables() where not internal union all"
            f" select view_name, 'view', comment from {SEEN_VIEWS} order by kind, name"
        )

    def describe(self, name: str) -> pl.DataFrame:
        """Return the columns of a table, view or named query, with their meaning.

        Parameters
        ----------
        name : str
            Such as ``result``, or a query such as ``encoder_ranks``.

        Raises
        ------
        QueryError
            When there is nothing of this name, with the nearest.
        """
        import polars as pl

        from zsc_wh.sqlfiles import queries

        if name in queries():
            columns = queries()[name].columns
            return pl.DataFrame(
                {
                    "column": [column.name for column in columns],
                    "type": [column.type for column in columns],
                    "doc": [column.help for column in columns],
                }
            )
        found = super().sql(
            "select column_name as column, lower(data_type) as type, comment as doc"  # noqa: S608
            f" from {SEEN_COLUMNS} where table_name = $name"
            " order by column_index",
            name=name,
        )
        if found.is_empty():
            known = [*self.tables()["name"], *queries()]
            raise QueryError(
                what=f"no table, view or query '{name}'" + nearest(name, known),
                hint="`tables()` and `queries()` list them.",
            )
        return found

    def assignments(self, cell: str) -> pl.DataFrame:
        """Return the cluster of every sample of a cell; -1 is noise.

        Raises
        ------
        QueryError
            When no cell with a result is called so, or several are.
        """
        return super().query("assignments", cell=self.cell_key(cell, closed=True))

    def embedding(self, cell: str) -> NDArray[np.float32]:
        """Return the features that a cell starts from, mapped from the store.

        Parameters
        ----------
        cell : str
            The cell.

        Returns
        -------
        ndarray of float32, shape (n, d)
            A row per sample that could be read, in sample order; read-only.

        Raises
        ------
        QueryError
            When no cell is called so, or several are.
        StoreError
            When the array is not in the store.
        """
        from zsc_wh.store import Store

        key = self.cell_key(cell, closed=False)
        found = super().sql(
            "select embedding_key from cell where cell_key = $key", key=key
        )
        store = Store(self.store_path)
        name = str(found.item())
        if store.note(name) is None:
            raise StoreError(
                what="the embedding is not in the store",
                where=str(self.store_path),
                hint="The next ingest that needs it makes it again.",
            )
        return store.load(name)

    def silhouettes(
        self,
        cell: str,
        by: str = "cluster",
        *,
        space: str = "reduced",
        subset: str = "all",
        distance: str = "euclidean",
    ) -> pl.DataFrame:
        """Return the silhouettes of a cell, computed now, by cluster or by sample.

        Parameters
        ----------
        cell : str
            The cell.
        by : {"cluster", "sample"}
            What a row is.
        space : {"reduced", "original"}
            Where distances are measured: what was clustered, or the embedding.
        subset : {"all", "clustered"}
            all: noise is one more cluster, -1; clustered: noise is left out.
        distance : {"euclidean", "cosine", "manhattan"}
            What is measured.

        Returns
        -------
        polars.DataFrame
            By cluster: cluster, n_samples, silhouette (mean, -1 to 1), lowest, highest,
            and n_negative, the samples that are nearer to another cluster. By sample:
            sample_index, sample_id, cluster, nearest (other cluster), silhouette.

        Raises
        ------
        QueryError
            When no cell with a result is called so, or several are.
        DataError
            Where no silhouette is defined, as with one cluster.
        StoreError
            When the array is not in the store.
        """
        from zsc_wh.results.silhouettes import silhouettes

        rows = silhouettes(
            self,
            self.cell_key(cell, closed=True),
            by=by,
            space=space,
            subset=subset,
            distance=distance,
        )
        return _frame(rows)

    def explain(self, cell: str) -> pl.DataFrame:
        """Return where the numbers of a cell come from: part, name, value.

        Raises
        ------
        QueryError
            When no cell is called so, or several are.
        """
        import polars as pl

        from zsc_wh.results.explaining import explain

        facts = explain(self, self.cell_key(cell, closed=False), cell)
        return pl.DataFrame(facts, schema=["part", "name", "value"], orient="row")

    def compare(self, a: str, b: str, metric: str = "ami") -> pl.DataFrame:
        """Return what differs between two sides, and what is within seed noise.

        Parameters
        ----------
        a, b : str
            Each a warehouse file, ``grid:NAME``, ``seed:N``, ``encoder:NAME`` (or of
            another kind) or a version of a name, as ``zscwh compare`` takes them.
        metric : str
            Name of a score.

        Raises
        ------
        ConfigError
            When a side is not written as one.
        QueryError
            When a side or the score is not known.
        """
        from zsc_wh.results import comparing, sides_asked

        left, right = sides_asked.sides(a, b, self.path)
        return _frame(comparing.as_rows(comparing.compare(left, right, metric)))

    def chart(self, name: str, /, **params: object) -> alt.VConcatChart:
        """Draw a named query, as the shipped reports do.

        Parameters
        ----------
        name : str
            Name of the query, such as ``clusterer_ranks``.
        **params : object
            Its parameters, as `query` takes them. Of several charts that reports draw
            of it, the one whose parameters agree best is drawn.

        Returns
        -------
        altair.VConcatChart
            A notebook shows it; ``save("ranks.svg")`` writes it. It holds its rows.

        Raises
        ------
        QueryError
            When no report draws the query (the message names those that have a chart),
            a parameter is wrong, or there is nothing to draw.
        MissingExtraError
            When the extra ``report`` is not installed.
        """
        from zsc_wh.report import chart

        return chart(self, name, params, self._folders)

    def __repr__(self) -> str:
        """Return what is inside, as lines."""
        facts = self._facts()
        width = max((len(name) for name, _ in facts), default=0)
        lines = [f"  {name:<{width}}  {value}" for name, value in facts]
        return "\n".join([f"zscwh warehouse {one_line(self.path)}", *lines])

    def _repr_html_(self) -> str:
        """Return what is inside, for a notebook."""
        rows = "".join(
            f"<tr><th style='text-align: left'>{escape(name)}</th>"
            f"<td style='text-align: left'>{escape(value)}</td></tr>"
            for name, value in self._facts()
        )
        return f"<b>{escape(one_line(self.path))}</b><table>{rows}</table>"

    def _facts(self) -> list[tuple[str, str]]:
        """Return what the warehouse holds; why it cannot be read, where it cannot.

        To show an object must not fail: the file may be gone, or held by a writer.
        """
        try:
            found = super().query("overview").row(0, named=True)
            grids = super().query("grids")
        except ZscError as error:
            return [("not readable", one_line(error))]
        counts = [
            (heading(name), word(name, value))
            for name, value in found.items()
            if value is not None
        ]
        return [("grid", some(grids["grid"])), *counts[1:]]


def _frame(rows: Rows) -> pl.DataFrame:
    import polars as pl

    return pl.DataFrame(
        rows.rows, list(rows.columns), orient="row", infer_schema_length=None
    )
