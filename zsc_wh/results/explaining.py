"""Explain a cell: from its numbers to inputs, versions and the way to repeat it."""

from __future__ import annotations

import json
import shlex
import tomllib
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from zsc_wh.declare import read_catalog, shipped_grids
from zsc_wh.results.lookup import declaring_grids
from zsc_wh.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from zsc_wh.results.lookup import DeclaredIn
    from zsc_wh.warehouse import Warehouse


class Fact(NamedTuple):
    """One thing that is known of a cell: which part of it, what, and the value."""

    part: str
    name: str
    value: str


def explain(warehouse: Warehouse, cell_key: str) -> list[Fact]:
    """Return all that the warehouse knows of a cell; what it does not know is left out.

    Parameters
    ----------
    warehouse : Warehouse
        Where it is declared.
    cell_key : str
        The whole key.

    Returns
    -------
    list of Fact
        In reading order: the cell, its scores, its inputs, how and where it was made,
        the grids that declare it, its other runs, and the commands that make it again.
    """
    facts = _wide(warehouse, cell_key)
    grids = declaring_grids(warehouse, cell_key)
    facts += _scores(warehouse, cell_key)
    facts += _arrays(warehouse, facts)
    facts += [Fact("grid", grid.name, grid.source) for grid in grids]
    facts += _other_runs(warehouse, cell_key)
    facts += _again(warehouse, cell_key, grids, facts)
    return sorted(facts, key=lambda fact: _PARTS.index(fact.part.split()[0]))


def _wide(warehouse: Warehouse, cell_key: str) -> list[Fact]:
    """Return the row of the cell and all rows that it refers to, one fact a column."""
    rows = warehouse.read(_CELL, {"cell_key": cell_key})
    facts = []
    for column, value in zip(rows.columns, rows.rows[0], strict=True):
        part, _, name = column.partition(".")
        if name == "versions" and value is not None:
            made = json.loads(value)
            facts += [Fact(f"{part} versions", k, v) for k, v in sorted(made.items())]
        elif value is not None:
            facts.append(Fact(part, name, _text(value)))
    return facts


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _scores(warehouse: Warehouse, cell_key: str) -> Iterator[Fact]:
    rows = warehouse.read(_SCORES, {"cell_key": cell_key})
    for metric, space, subset, level, value, reason in rows.rows:
        name = "/".join(filter(None, (metric, space, subset, level)))
        said = f"undefined: {reason}" if value is None else str(value)
        yield Fact("score", name, said)


def _arrays(warehouse: Warehouse, facts: list[Fact]) -> Iterator[Fact]:
    """Say whether the arrays are in the store, by what is noted of them there."""
    store = Store(warehouse.store_path)
    known = {(fact.part, fact.name): fact.value for fact in facts}
    for part in ("embedding", "reduction"):
        if (part, "sha256") not in known:
            continue
        note = store.note(known[part, "key"])
        if note is None:
            state = "not in the store; it is made again when it is needed"
        elif note.sha256 == known[part, "sha256"]:
            state = "in the store"
        else:
            state = f"made again since, with sha256 {note.sha256}"
        yield Fact(part, "array", state)


def _other_runs(warehouse: Warehouse, cell_key: str) -> Iterator[Fact]:
    for started_at, said in warehouse.read(_RUNS, {"cell_key": cell_key}).rows:
        yield Fact("other run", started_at.isoformat(timespec="seconds"), said)


def _again(
    warehouse: Warehouse, cell_key: str, grids: list[DeclaredIn], facts: list[Fact]
) -> Iterator[Fact]:
    """Yield the commands that make the cell again, for the newest grid."""
    known = {(fact.part, fact.name): fact.value for fact in facts}
    if known.get(("run", "host")) == _IMPORTED:
        said = "it was computed elsewhere; the run versions name the imported file"
        yield Fact("again", "run", said)
        return
    if not grids:
        return
    grid = grids[0]
    shipped = shipped_grids().get(grid.name)
    is_shipped = shipped is not None and shipped.read_text("utf-8") == grid.toml
    file = grid.name if is_shipped else grid.source
    zscwh = shlex.join(["zscwh", "--warehouse", str(warehouse.path)])
    commands = [f"{zscwh} ingest {shlex.quote(file)} --cell {cell_key}"]
    if ("run", "key") in known:
        commands.insert(0, f"{zscwh} forget --cell {cell_key} --yes")
    if not is_shipped:
        yield Fact(
            "again",
            "grid file",
            f"{zscwh} explain {cell_key} --grid {shlex.quote(file)}",
        )
    if lacking := _lacking(grid, known):
        said = "neither in the grid file nor shipped; add --catalog FILE to the ingest"
        yield Fact("again", "catalog", f"{', '.join(lacking)}: {said}")
    yield Fact("again", "run", " && ".join(commands))


def _lacking(grid: DeclaredIn, known: Mapping[tuple[str, str], str]) -> list[str]:
    """Return what the cell names that its grid took from a catalog of the user."""
    own, shipped = tomllib.loads(grid.toml), read_catalog()
    return [
        f"{kind} '{name}'"
        for kind in ("encoder", "dataset", "reducer", "clusterer")
        if (name := known["cell", kind]) not in {*own.get(kind, ()), *shipped.of(kind)}
    ]


_IMPORTED = "imported"
"""Host of runs that came in by `zscwh import` and were never computed here."""

_PARTS = (
    "cell",
    "score",
    "dataset",
    "encoder",
    "embedding",
    "reducer",
    "reduction",
    "clusterer",
    "run",
    "grid",
    "other",
    "again",
)
"""First words of the parts, in reading order."""

_SCORES = """
select
    metric,
    space,
    score.subset,
    level,
    value,
    score.reason
from score
inner join closing_run using (run_key)
where cell_key = $cell_key
order by space, metric, score.subset, level
"""

_RUNS = """
select
    started_at,
    concat_ws(', ', status, reason, host, 'run ' || run_key)
from run
where
    cell_key = $cell_key
    and run_key not in (select run_key from closing_run)
    and run_key not in (select run_key from unclosed_cell)
order by started_at, run_key
"""

_CELL = """
with newest as (
    select * from closing_run where cell_key = $cell_key
    union all
    select * from unclosed_cell where cell_key = $cell_key
),

-- where K comes from the labels, those of samples that could not be read do not count
labelled as (
    select
        cell.cell_key,
        cell.embedding_key,
        unnest(label.class_index) as class_index,
        generate_subscripts(label.class_index, 1) - 1 as sample_index
    from cell
    inner join label using (dataset_key, level)
    where cell.cell_key = $cell_key
),

readable as (
    select
        cell_key,
        count(distinct class_index) as n_classes
    from labelled
    anti join unreadable_sample using (embedding_key, sample_index)
    group by cell_key
)

select
    encoder.name as "cell.encoder",
    dataset.name as "cell.dataset",
    reducer.name as "cell.reducer",
    clusterer.name as "cell.clusterer",
    cell.seed as "cell.seed",
    cell.level as "cell.level",
    cell.subset as "cell.subset",
    cell.dtype as "cell.dtype",
    cell.cell_key as "cell.key",
    coalesce(newest.status, 'not run yet') as "cell.status",
    newest.reason as "cell.reason",
    newest.n_clusters as "cell.n_clusters",
    newest.n_noise as "cell.n_noise",
    newest.converged as "cell.converged",
    newest.n_iter as "cell.n_iter",
    dataset.n_samples as "dataset.n_samples",
    label_level.n_classes as "dataset.n_classes",
    dataset.loader as "dataset.loader",
    dataset.subset as "dataset.subset",
    dataset.dataset_key as "dataset.fingerprint",
    encoder.backbone as "encoder.backbone",
    encoder.objective as "encoder.objective",
    encoder.pretrained_on as "encoder.pretrained_on",
    encoder.loader as "encoder.loader",
    encoder.encoder_key as "encoder.key",
    embedding.embedding_key as "embedding.key",
    embedding.n as "embedding.n",
    embedding.dim as "embedding.dim",
    embedding.transform as "embedding.transform",
    embedding.precision as "embedding.precision",
    embedding.content_sha256 as "embedding.content_sha256",
    embedding.weights_sha256 as "embedding.weights_sha256",
    embedding.sha256 as "embedding.sha256",
    embedding.wall_s as "embedding.wall_s",
    embedding.peak_bytes as "embedding.peak_bytes",
    embedding.cpu_energy_j as "embedding.cpu_energy_j",
    embedding.gpu_energy_j as "embedding.gpu_energy_j",
    embedding.threads as "embedding.threads",
    embedding.device as "embedding.device",
    embedding.host as "embedding.host",
    embedding.created_at as "embedding.created_at",
    embedding.versions as "embedding.versions",
    reducer.kind as "reducer.kind",
    reducer.params as "reducer.params",
    reducer.reducer_key as "reducer.key",
    reduction.reduction_key as "reduction.key",
    reduction.seed as "reduction.seed",
    reduction.dim as "reduction.dim",
    reduction.explained_variance as "reduction.explained_variance",
    reduction.sha256 as "reduction.sha256",
    reduction.wall_s as "reduction.wall_s",
    reduction.peak_bytes as "reduction.peak_bytes",
    reduction.cpu_energy_j as "reduction.cpu_energy_j",
    reduction.gpu_energy_j as "reduction.gpu_energy_j",
    reduction.threads as "reduction.threads",
    reduction.device as "reduction.device",
    reduction.host as "reduction.host",
    reduction.created_at as "reduction.created_at",
    reduction.versions as "reduction.versions",
    clusterer.kind as "clusterer.kind",
    clusterer.params as "clusterer.params",
    clusterer.k_source as "clusterer.k_source",
    case clusterer.k_source
        -- an imported dataset has no list of labels
        when 'labels' then coalesce(readable.n_classes, label_level.n_classes)
        else clusterer.k
    end as "clusterer.k",
    clusterer.standardise as "clusterer.standardise",
    clusterer.dimension_correction as "clusterer.dimension_correction",
    clusterer.clusterer_key as "clusterer.key",
    newest.run_key as "run.key",
    newest.wall_s as "run.wall_s",
    newest.peak_bytes as "run.peak_bytes",
    newest.cpu_energy_j as "run.cpu_energy_j",
    newest.gpu_energy_j as "run.gpu_energy_j",
    newest.threads as "run.threads",
    newest.device as "run.device",
    newest.host as "run.host",
    newest.started_at as "run.started_at",
    shard.source as "run.shard_source",
    shard.shard_sha256 as "run.shard_sha256",
    shard.loaded_at as "run.loaded_at",
    newest.versions as "run.versions"
from cell
inner join encoder using (encoder_key)
inner join dataset using (dataset_key)
inner join reducer using (reducer_key)
inner join clusterer using (clusterer_key)
left join label_level
    on cell.dataset_key = label_level.dataset_key and cell.level = label_level.level
left join readable on cell.cell_key = readable.cell_key
left join embedding on cell.embedding_key = embedding.embedding_key
left join reduction on cell.reduction_key = reduction.reduction_key
left join newest on cell.cell_key = newest.cell_key
left join shard on newest.shard_seq = shard.shard_seq
where cell.cell_key = $cell_key
"""
