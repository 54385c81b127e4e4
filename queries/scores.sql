-- name: scores
-- doc: one row per closed cell, label level that it is judged at, and score that was computed for it, the median over its runs; results has the usual ones side by side
-- params:
--   $grid grid = null             only what this grid wants (mine), or wanted before (mine@1); NULL: what the newest declarations of all grids want
--   $metric text = null           only this metric, such as davies_bouldin
--   $dataset dataset = null       only this dataset
--   $encoder encoder = null       only this encoder
--   $reducer reducer = null       only this reducer
--   $clusterer clusterer = null   only this clusterer
--   $seed seed = null             only this seed
--   $cell cell = null             only the cell whose key starts with this
-- columns:
--   encoder text      name of the encoder
--   dataset text      name of the dataset
--   reducer text      name of the reducer
--   clusterer text    name of the clusterer
--   level text        label level that the cell is judged at; NULL without labels
--   seed integer      seed of reducer and clusterer
--   metric text       metric
--   space text        labels: against the labels of the level; reduced, original or umap: where distances were measured
--   subset text       all samples (noise as one cluster), or the clustered ones
--   value double      the score; NULL where it is undefined
--   n_runs bigint     runs that have it
--   reason text       why the value is NULL
--   cell_key text     key of the cell
-- reads: named_cell, cell_score

select
    cells.encoder,
    cells.dataset,
    cells.reducer,
    cells.clusterer,
    cells.level,
    cells.seed,
    cell_score.metric,
    cell_score.space,
    cell_score.subset,
    cell_score.value,
    cell_score.n_runs,
    cell_score.reason,
    cells.cell_key
from named_cell as cells
inner join cell_score using (cell_key)
where
    is_shown(cells.grid, cells.is_current, $grid, [$dataset, $encoder, $reducer, $clusterer])
    and cell_score.label_key in ('', cells.label_key)
    and ($metric is null or cell_score.metric = $metric)
    and ($dataset is null or cells.dataset = $dataset)
    and ($encoder is null or cells.encoder = $encoder)
    and ($reducer is null or cells.reducer = $reducer)
    and ($clusterer is null or cells.clusterer = $clusterer)
    and ($seed is null or cells.seed = $seed)
    and ($cell is null or starts_with(cells.cell_key, $cell))
order by
    cells.dataset, cells.encoder, cells.reducer, cells.clusterer, cells.level, cells.seed,
    cells.cell_key, cell_score.space, cell_score.metric, cell_score.subset;
