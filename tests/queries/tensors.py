"""Made-up tensors of results for tests against numpy and scipy, and a way to ask them.

The rows go into `compared_cell` itself, in memory, so that an example takes
milliseconds. That the view gives such rows is proved elsewhere.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from tests.queries.made import key
from zsc_wh.sqlfiles import macros, queries, tables
from zsc_wh.warehouse.execute import fetch_rows
from zsc_wh.warehouse.limits import NO_LIMITS
from zsc_wh.warehouse.macros import make_macros
from zsc_wh.warehouse.params import bind
from zsc_wh.warehouse.steps import finish_rows, sql_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from tests.queries.conftest import Ask

Row = dict[str, Any]

ENCODERS: tuple[tuple[str, str, str | None, bool], ...] = (
    ("net", "supervised", "rn50", False),
    ("ssl", "ssl", "rn50", False),
    ("tuned", "ssl", "rn50", True),
    ("rand", "random", "rn50", False),
    ("vit", "supervised", "vit", False),
    ("clip", "multimodal", "vit", False),
    ("pixels", "none", None, False),
)
"""Name, family, backbone and whether it was fine-tuned; an example takes the first."""

DATASETS = (("air", "fine"), ("cars", "fine"), ("dtd", "far"), ("mnist", None))
CLUSTERERS = ("affinity", "hdbscan", "kmeans")
REDUCERS = ("none", "umap-50")
SCORES = ("ami", "silhouette", "silhouette_original", "silhouette_umap")

EXAMPLES = settings(
    max_examples=min(12, settings().max_examples),
    phases=[Phase.generate],
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
"""The same few examples on every machine, none of them timed or made smaller."""


@dataclass(frozen=True)
class Tensor:
    """Scores by name, as arrays of (encoder, dataset, reducer, clusterer, seed).

    NaN stands for a score that is missing. With one reducer the rows are those of a
    study, whose recipe is not told apart; with two, those of a cross product.
    """

    scores: dict[str, NDArray[np.float64]]
    extra: Mapping[str, Iterable[Row]] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, ...]:
        """Return how many encoders, datasets, reducers, clusterers and seeds."""
        return self.scores["ami"].shape

    def encoders(self) -> list[tuple[str, str, str | None, bool]]:
        """Return the encoders, with what is declared of each."""
        return list(ENCODERS[: self.shape[0]])

    def datasets(self) -> list[tuple[str, str | None]]:
        """Return the datasets, each with its group."""
        return list(DATASETS[: self.shape[1]])

    def clusterers(self) -> list[str]:
        """Return the names of the clusterers."""
        return list(CLUSTERERS[: self.shape[3]])

    def reducers(self) -> list[str]:
        """Return the names of the reducers."""
        return list(REDUCERS[: self.shape[2]])

    def medians(self, name: str = "ami") -> NDArray[np.float64]:
        """Return a score as (encoder, dataset, reducer, clusterer), over the seeds."""
        values = self.scores[name]
        flat = values.reshape(-1, values.shape[-1])
        found = [row[~np.isnan(row)] for row in flat]
        medians = [np.median(row) if row.size else np.nan for row in found]
        return np.array(medians).reshape(values.shape[:-1])

    def judged(self, name: str) -> Tensor:
        """Return the tensor with a silhouette of the runs alone that have an AMI."""
        scored = ~np.isnan(self.scores["ami"])
        return Tensor(self.scores | {name: np.where(scored, self.scores[name], np.nan)})

    def places(self) -> Iterator[tuple[int, ...]]:
        """Iterate over the places of the tensor, a cell each."""
        return np.ndindex(self.shape)

    def rows(self) -> Iterator[Row]:
        """Iterate over the rows of `compared_cell`."""
        crossed = self.shape[2] > 1
        for place in self.places():
            e, d, r, c, s = place
            encoder, family, backbone, fine_tuned = ENCODERS[e]
            dataset, group = DATASETS[d]
            values = {
                name: float(scores[place]) for name, scores in self.scores.items()
            }
            yield {
                "grid": None,
                "is_current": True,
                "cell_key": key("cell", *place),
                "embedding_key": key("embedding", e, d),
                "reduction_key": key("reduction", e, d, r, s),
                "encoder": encoder,
                "family": family,
                "backbone": backbone,
                "fine_tuned": fine_tuned,
                "dataset": dataset,
                "domain_group": group,
                "reducer": REDUCERS[r],
                "clusterer": CLUSTERERS[c],
                "recipe": REDUCERS[r] if crossed else "",
                "k_source": "labels" if CLUSTERERS[c] == "kmeans" else "estimated",
                "clusterer_key": key("clusterer"),
                "k": 2 + c,
                "seed": s,
                "run_key": key("run", *place),
                "n_runs": 1,
                "n_classes": 4 + d,
                "n_samples": 100,
                **{name: None if np.isnan(v) else v for name, v in values.items()},
            }


@st.composite
def tensors(draw: st.DrawFn, scores: tuple[str, ...] = SCORES) -> Tensor:
    """Draw a tensor: small, with ties, constant rows and cells that are missing."""
    longest = (len(ENCODERS), len(DATASETS), len(REDUCERS), len(CLUSTERERS), 3)
    shape = tuple(draw(st.integers(1, n)) for n in longest)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    steps = draw(st.sampled_from((1, 4, 1000)))
    missing = draw(st.sampled_from((0.0, 0.1, 0.4, 1.0)))
    constant = draw(st.sampled_from((0.0, 0.3)))
    made = {}
    for name in scores:
        values = np.round(rng.uniform(size=shape) * steps) / steps
        same = rng.uniform(size=shape[1:4]) < constant
        values[:, same] = 0.5
        values[rng.uniform(size=shape) < missing] = np.nan
        made[name] = values
    return Tensor(made)


class Rows:
    """A warehouse in memory, whose rows are put in place of one another."""

    def __init__(self, blank: Path) -> None:
        self._con = duckdb.connect()
        self._con.execute(f"attach '{blank}' as blank (read_only)")
        self._con.execute("use blank")
        names = [*tables(), "compared_cell", "closed_run"]
        for name in names:
            self._con.execute(f"create temp table {name} as from {name} limit 0")
        make_macros(self._con, " ".join(macros()))
        self._filled: set[str] = set()

    def put(self, tensor: Tensor) -> Ask:
        """Hold the rows of a tensor alone, and return a way to ask them."""
        for name in self._filled:
            self._con.execute(f"delete from temp.{name}")
        self._filled.clear()
        for name, rows in {"compared_cell": tensor.rows(), **tensor.extra}.items():
            self._insert(name, list(rows))
        return lambda name, /, **params: answered(self._con, name, params)

    def _insert(self, table: str, rows: list[Row]) -> None:
        self._con.execute(f"describe temp.{table}")
        types = {name: kind for name, kind, *_ in self._con.fetchall()}
        form = json.dumps([{name: types[name] for name in rows[0]}])
        self._con.execute(
            f"insert into temp.{table} by name"
            f" select unnest(from_json($1, '{form}'), max_depth := 2)",
            [json.dumps(rows)],
        )
        self._filled.add(table)


def answered(
    con: duckdb.DuckDBPyConnection, name: str, params: Mapping[str, object]
) -> list[Row]:
    """Return the rows of a named query as dictionaries."""
    query = queries()[name]
    values = bind(query, params)
    found = fetch_rows(con, query.sql, sql_values(query, values), name)
    answer = finish_rows(query, values, found, NO_LIMITS)
    return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


def by(rows: Iterable[Row], *names: str) -> dict[Any, Row]:
    """Return the rows by the values of some columns, which tell them apart."""
    found: dict[Any, Row] = {}
    for row in rows:
        place = tuple(row[name] for name in names)
        assert place not in found, place
        found[place] = row
    return found


def approx(value: float | None) -> object:
    """Return what an answer has to equal up to rounding: NULL for None and for NaN."""
    missing = value is None or np.isnan(value)
    return None if missing else pytest.approx(value, abs=1e-9)
